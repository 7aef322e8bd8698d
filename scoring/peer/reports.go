package peer

import (
	"fmt"
	"slices"
)

// Bounds of what NewReports takes.
const (
	MaxReports  = 1 << 26
	MaxTasks    = 1 << 26 // of tasks, of workers and of classes
	MaxMeetings = 1 << 26
)

// Reports are labels of tasks by workers. They are not changed after NewReports.
type Reports struct {
	tasks, workers, classes int
	byTask, byWorker        []report
	taskStart, workerStart  []int32 // those of task t are byTask[taskStart[t]:taskStart[t+1]]
}

// report is one label by one worker for one task.
type report struct{ task, worker, label int32 }

// NewReports gathers labels: report i is label[i], in 0..classes−1, by worker[i], in
// 0..workers−1, for task[i], in 0..tasks−1. Several reports by one worker for one task
// are separate observations. The order of reports does not matter.
//
// All that this package computes goes over meetings, the pairs of reports by two
// workers for one task; the error says when there are more than MaxMeetings, so that
// time and memory are bounded. A task with m reports has m·(m−1)/2 of them.
func NewReports(tasks, workers, classes int, task, worker, label []int32) (*Reports, error) {
	r := &Reports{tasks: tasks, workers: workers, classes: classes}
	if err := r.check(task, worker, label); err != nil {
		return nil, err
	}
	rows := make([]report, len(task))
	for i := range task {
		rows[i] = report{task[i], worker[i], label[i]}
	}
	// Sorting by label, then worker, then task, each keeping the order before it,
	// gives one order to whatever order the reports came in.
	rows, _ = order(rows, classes, func(x report) int32 { return x.label })
	rows, _ = order(rows, workers, func(x report) int32 { return x.worker })
	r.byTask, r.taskStart = order(rows, tasks, func(x report) int32 { return x.task })
	r.byWorker, r.workerStart = order(r.byTask, workers, func(x report) int32 { return x.worker })
	meetings := 0
	for t := range tasks {
		m := int(r.taskStart[t+1] - r.taskStart[t])
		if meetings += m * (m - 1) / 2; meetings > MaxMeetings {
			return nil, fmt.Errorf("up to task %d there are more than %d pairs of reports for one task, which has %d itself: split the reports, or draw some of those of large tasks", t, MaxMeetings, m)
		}
	}
	return r, nil
}

func (r *Reports) check(task, worker, label []int32) error {
	if len(task) != len(worker) || len(task) != len(label) {
		return fmt.Errorf("there are %d tasks, %d workers and %d labels of reports, want as many of each", len(task), len(worker), len(label))
	}
	if len(task) > MaxReports {
		return fmt.Errorf("there are %d reports, at most %d are allowed", len(task), MaxReports)
	}
	for _, c := range []struct {
		what  string
		count int
		codes []int32
	}{{"task", r.tasks, task}, {"worker", r.workers, worker}, {"label", r.classes, label}} {
		if c.count < 0 || c.count > MaxTasks {
			return fmt.Errorf("the number of %ss is %d, want 0 to %d", c.what, c.count, MaxTasks)
		}
		for i, x := range c.codes {
			if x < 0 || int(x) >= c.count {
				return fmt.Errorf("report %d has the %s %d, want 0 to %d", i, c.what, x, c.count-1)
			}
		}
	}
	return nil
}

// order sorts rows by a key in 0..keys−1 and keeps the order of those with one key,
// which begin at start[key].
func order(rows []report, keys int, key func(report) int32) (sorted []report, start []int32) {
	start = make([]int32, keys+1)
	for _, x := range rows {
		start[key(x)+1]++
	}
	for k := range keys {
		start[k+1] += start[k]
	}
	next := slices.Clone(start)
	sorted = make([]report, len(rows))
	for _, x := range rows {
		sorted[next[key(x)]] = x
		next[key(x)]++
	}
	return sorted, start
}

func (r *Reports) ofTask(t int32) []report { return r.byTask[r.taskStart[t]:r.taskStart[t+1]] }

// ofWorker are the reports of a worker in the order of tasks.
func (r *Reports) ofWorker(w int32) []report {
	return r.byWorker[r.workerStart[w]:r.workerStart[w+1]]
}

// meeting is a report of a worker and one of a peer for the same task.
type meeting struct {
	row          int32 // the worker's own, among those of ofWorker
	task         int32
	mine, theirs int32
}

// walk goes over the meetings of workers, one worker after another. Its memory is
// used again for each.
type walk struct {
	reports *Reports
	count   []int32 // by peer
	peers   []int32
	met     []meeting
}

func (r *Reports) walk() *walk { return &walk{reports: r, count: make([]int32, r.workers)} }

// of calls visit for each peer of a worker from `from` on, in their order, with their
// meetings in the order of tasks.
func (w *walk) of(worker, from int32, visit func(peer int32, met []meeting)) {
	rows := w.reports.ofWorker(worker)
	w.peers = w.peers[:0]
	total := int32(0)
	for _, mine := range rows {
		for _, x := range w.reports.ofTask(mine.task) {
			if x.worker == worker || x.worker < from {
				continue
			}
			if w.count[x.worker] == 0 {
				w.peers = append(w.peers, x.worker)
			}
			w.count[x.worker]++
			total++
		}
	}
	slices.Sort(w.peers)
	w.met = slices.Grow(w.met[:0], int(total))[:total]
	at := int32(0) // from here on, count is where a peer's next meeting goes
	for _, p := range w.peers {
		at, w.count[p] = at+w.count[p], at
	}
	for i, mine := range rows {
		for _, x := range w.reports.ofTask(mine.task) {
			if x.worker != worker && x.worker >= from {
				w.met[w.count[x.worker]] = meeting{int32(i), mine.task, mine.label, x.label}
				w.count[x.worker]++
			}
		}
	}
	begin := int32(0)
	for _, p := range w.peers {
		end := w.count[p]
		w.count[p] = 0
		visit(p, w.met[begin:end])
		begin = end
	}
}
