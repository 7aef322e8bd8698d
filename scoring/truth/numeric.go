package truth

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// MaxValue bounds the size of a numeric label, so that sums of squares stay finite.
const MaxValue = 1e100

// NumericLabels is an immutable set of observations "worker w gave task t the number x",
// in compressed rows by task. Within a task the rows are sorted by worker and then by
// number, so the order in which they were added changes no bit of any result. A worker
// who gives a task two numbers has made two observations.
type NumericLabels struct {
	tasks, workers int

	start  []int32 // rows of task t are start[t] to start[t+1]; length tasks+1
	worker []int32 // of each row
	value  []float64
	given  []int32 // numbers that each worker gave
}

// NewNumericLabels returns the set of the observations (task[i], worker[i], value[i]).
// Indices count from zero and are below the given numbers; values are finite and of size
// at most 1e100. A task or a worker without observations is allowed; no observations at
// all are not.
func NewNumericLabels(tasks, workers int, task, worker []int32, value []float64) (*NumericLabels, error) {
	for i, x := range value {
		if !(math.Abs(x) <= MaxValue) {
			return nil, fmt.Errorf("numeric labels: observation %d is %v, and must be a number from −%g to %g", i, x, MaxValue, MaxValue)
		}
	}
	// The rows are ordered as those of labels with one class are.
	l, err := NewLabels(tasks, workers, 1, task, worker, make([]int32, len(value)))
	if err != nil {
		return nil, fmt.Errorf("numeric %w", err)
	}
	order := make([]int32, len(value))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(task[a], task[b]), cmp.Compare(worker[a], worker[b]), cmp.Compare(value[a], value[b]))
	})
	n := &NumericLabels{tasks: tasks, workers: workers, start: l.start, worker: l.worker, given: l.given, value: make([]float64, len(value))}
	for i, from := range order {
		n.value[i] = value[from]
	}
	return n, nil
}

// row returns the workers and the values of the observations of a task.
func (l *NumericLabels) row(task int) (workers []int32, values []float64) {
	from, to := l.start[task], l.start[task+1]
	return l.worker[from:to], l.value[from:to]
}

// NumericMethod names a way to infer the true number of a task.
type NumericMethod string

// The methods for numbers. Without knowledge of the workers the mean is hard to beat when
// errors are near to normal, and the median or the trimmed mean when some are wild.
const (
	Mean     NumericMethod = "mean"
	Median   NumericMethod = "median"
	Trimmed  NumericMethod = "trimmed"  // the mean without the lowest and the highest 20 %
	Gaussian NumericMethod = "gaussian" // weighted by the precision of each worker, by EM
)

// NumericMethods lists all methods for numbers in the order in which they are shown.
func NumericMethods() []NumericMethod { return []NumericMethod{Mean, Median, Trimmed, Gaussian} }

// NumericOptions are the settings of the Gaussian method; the others have none.
type NumericOptions struct {
	Iterations int     // caps the passes; 0 is 5,000
	Tolerance  float64 // relative change of the objective that ends them; 0 is 1e-10
}

// TaskValue is what was inferred of one task: the value, its standard error, and bounds
// that hold the true number with about 95 % confidence. All are in the unit of the labels.
type TaskValue struct {
	Labels       int
	Value, Error float64
	Lower, Upper float64
}

// WorkerSpread is what was inferred of one worker: the standard deviation of the errors.
type WorkerSpread struct {
	Labels int
	SD     float64
}

// Estimates is the result of a method for numbers.
type Estimates struct {
	Method     NumericMethod
	Iterations int       // passes made; 1 for a method that needs no more
	Trace      []float64 // log-posterior after each pass of the Gaussian method; it never falls
	// SD is the standard deviation of labels within a task, pooled over all tasks, and
	// Freedom its degrees of freedom: labels less labelled tasks.
	SD      float64
	Freedom int
	Tasks   []TaskValue
	Workers []WorkerSpread
}

// Estimate infers the true number of each task.
//
// A task without labels has the value and bounds NaN. Where no task has two labels,
// nothing tells how far labels err: each value is its label, and the errors are +Inf with
// bounds −Inf and +Inf. Where all labels of each task are equal, errors are zero. An error
// is returned for an unknown method or a setting out of range. Equal inputs give equal bits.
func Estimate(l *NumericLabels, m NumericMethod, o NumericOptions) (*Estimates, error) {
	if err := (Options{Iterations: o.Iterations, Tolerance: o.Tolerance}).check(&Labels{}); err != nil {
		return nil, fmt.Errorf("numbers by %s: %w", m, err)
	}
	e := &Estimates{Method: m, Iterations: 1, Tasks: make([]TaskValue, l.tasks), Workers: make([]WorkerSpread, l.workers)}
	l.pool(e)
	switch m {
	case Mean:
		l.locate(e, mean)
	case Median:
		l.locate(e, median)
	case Trimmed:
		l.locate(e, trimmedMean)
	case Gaussian:
		l.gaussian(e, o)
	default:
		return nil, fmt.Errorf("numbers: there is no method %q; there are %v", m, NumericMethods())
	}
	return e, nil
}
