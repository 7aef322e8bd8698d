package truth

import (
	"fmt"
	"slices"
)

// maxIndex bounds the numbers of tasks, workers and classes, maxLabels the observations,
// and maxCells the numbers in one table of a method, 8 bytes each. What is larger is
// refused before any memory is asked for.
const (
	maxIndex  = 1 << 26
	maxLabels = 1 << 29
	maxCells  = 1 << 26
)

// Labels is an immutable set of observations "worker w gave task t the class c", in
// compressed rows by task. Within a task the rows are sorted by worker and then by
// class, so the order in which observations were added changes no bit of any result.
// A worker who labels a task twice has made two observations.
type Labels struct {
	tasks, workers, classes int

	start  []int32 // rows of task t are start[t] to start[t+1]; length tasks+1
	worker []int32 // of each row
	class  []int32 // of each row
	given  []int32 // labels that each worker gave

	// A cell is a pair of a worker and a class that the worker gave at least once. Cells
	// are numbered by worker and then by class, so a table with one entry for each has
	// at most Len entries however many classes there are.
	cell      []int32 // of each row
	cellStart []int32 // cells of worker w are cellStart[w] to cellStart[w+1]; length workers+1
	cellClass []int32 // of each cell
}

// NewLabels returns the set of the observations (task[i], worker[i], class[i]). Indices
// count from zero and are below the given numbers. A task, a worker or a class without
// observations is allowed; no observations at all are not.
func NewLabels(tasks, workers, classes int, task, worker, class []int32) (*Labels, error) {
	if len(task) == 0 || len(task) != len(worker) || len(task) != len(class) {
		return nil, fmt.Errorf("labels: %d tasks, %d workers and %d classes are given for the observations; the three must be equally many, and at least one", len(task), len(worker), len(class))
	}
	if len(task) > maxLabels {
		return nil, fmt.Errorf("labels: %d observations are more than the %d that fit; split the tasks into parts", len(task), maxLabels)
	}
	for _, x := range []struct {
		name   string
		number int
		of     []int32
	}{{"task", tasks, task}, {"worker", workers, worker}, {"class", classes, class}} {
		if x.number < 1 || x.number > maxIndex {
			return nil, fmt.Errorf("labels: the number of values of %s is %d, and must be from 1 to %d", x.name, x.number, maxIndex)
		}
		for i, v := range x.of {
			if v < 0 || int(v) >= x.number {
				return nil, fmt.Errorf("labels: observation %d has %s %d, which must be from 0 to %d", i, x.name, v, x.number-1)
			}
		}
	}
	return sortedLabels(tasks, workers, classes, task, worker, class), nil
}

// sortedLabels orders valid observations by task, worker and class: three stable counting
// sorts, the least significant key first.
func sortedLabels(tasks, workers, classes int, task, worker, class []int32) *Labels {
	l := &Labels{tasks: tasks, workers: workers, classes: classes}
	order := make([]int32, len(task))
	for i := range order {
		order[i] = int32(i)
	}
	buffer := make([]int32, len(task))
	countingSort(buffer, order, class, classes)
	ends := countingSort(order, buffer, worker, workers)
	l.given = make([]int32, workers)
	last := int32(0)
	for w, end := range ends {
		l.given[w], last = end-last, end
	}
	cell := l.numberCells(order, worker, class)
	ends = countingSort(buffer, order, task, tasks)
	l.start = make([]int32, tasks+1)
	copy(l.start[1:], ends)

	l.worker, l.class, l.cell = order, make([]int32, len(task)), make([]int32, len(task))
	for i, from := range buffer {
		l.worker[i], l.class[i], l.cell[i] = worker[from], class[from], cell[from]
	}
	return l
}

// numberCells numbers the cells and returns the one of each observation; order has the
// observations sorted by worker and class.
func (l *Labels) numberCells(order, worker, class []int32) []int32 {
	cell := make([]int32, len(order))
	l.cellStart = make([]int32, l.workers+1)
	lastWorker, lastClass := int32(-1), int32(-1)
	for _, i := range order {
		if worker[i] != lastWorker || class[i] != lastClass {
			lastWorker, lastClass = worker[i], class[i]
			l.cellClass = append(l.cellClass, lastClass)
			l.cellStart[lastWorker+1]++
		}
		cell[i] = int32(len(l.cellClass) - 1)
	}
	for w := range l.workers {
		l.cellStart[w+1] += l.cellStart[w]
	}
	return cell
}

// countingSort writes the indices of from to to, stably ordered by their keys, and
// returns where the run of each key ends.
func countingSort(to, from, key []int32, keys int) []int32 {
	at := make([]int32, keys)
	for _, k := range key {
		at[k]++
	}
	sum := int32(0)
	for k, n := range at {
		at[k], sum = sum, sum+n
	}
	for _, i := range from {
		k := key[i]
		to[at[k]] = i
		at[k]++
	}
	return at
}

// Len returns the number of observations.
func (l *Labels) Len() int { return len(l.worker) }

// Given reports whether anybody gave the task the class. Both count from zero.
func (l *Labels) Given(task, class int) bool {
	_, classes := l.row(task)
	return slices.Contains(classes, int32(class))
}

// row returns the workers and the classes of the observations of a task.
func (l *Labels) row(task int) (workers, classes []int32) {
	from, to := l.start[task], l.start[task+1]
	return l.worker[from:to], l.class[from:to]
}
