package truth

import (
	"fmt"
	"iter"
	"math"
)

// Method names a way to infer the truth of tasks from labels.
type Method string

// The methods. Auto chooses among them and says why.
const (
	Auto          Method = "auto"
	Majority      Method = "majority"
	Wawa          Method = "wawa"
	OneCoin       Method = "one-coin"
	DawidSkene    Method = "dawid-skene"
	DawidSkeneMAP Method = "dawid-skene-map"
	IBCC          Method = "ibcc"
	BWA           Method = "bwa"
	GLAD          Method = "glad"
	MACE          Method = "mace"
)

// Methods lists all methods in the order in which they are shown.
func Methods() []Method {
	return []Method{Auto, Majority, Wawa, OneCoin, DawidSkene, DawidSkeneMAP, IBCC, BWA, GLAD, MACE}
}

// Options are the settings of a method. The zero value is the usual choice.
type Options struct {
	// Iterations caps the passes over the labels; 0 is the method's usual cap (5,000 for EM).
	Iterations int
	// Tolerance stops a method when its objective changes by at most this share; 0 is the
	// method's own (1e-7 for Dawid–Skene MAP, else 1e-10). A negative one never stops
	// before Iterations.
	Tolerance float64
	// Gold has the known class of each task, or −1; nil when no task is known. The
	// posterior of a gold task is clamped to its class.
	Gold []int32
	// GoldWeight is how many ordinary tasks a gold task counts as when the parameters of
	// workers are estimated; 0 is 10.
	GoldWeight float64
	// Seed is of the random restarts of MACE; the other methods use no randomness.
	Seed uint64
}

// Usual settings of the methods that climb an objective pass by pass.
const (
	usualIterations = 5000
	usualTolerance  = 1e-10
	usualGoldWeight = 10
)

// iterations and tolerance return the setting, or the method's own value when it is left at zero.
func (o Options) iterations(usual int) int {
	if o.Iterations == 0 {
		return usual
	}
	return o.Iterations
}

func (o Options) tolerance(usual float64) float64 {
	if o.Tolerance == 0 {
		return usual
	}
	return o.Tolerance
}

func (o Options) goldWeight() float64 {
	if o.GoldWeight == 0 {
		return usualGoldWeight
	}
	return o.GoldWeight
}

// gold returns the known class of a task, or −1.
func (o Options) gold(task int) int {
	if o.Gold == nil {
		return -1
	}
	return int(o.Gold[task])
}

// hasGold reports whether the class of any task is known.
func (o Options) hasGold() bool {
	for _, g := range o.Gold {
		if g >= 0 {
			return true
		}
	}
	return false
}

// check reports the first setting that cannot be used with the labels.
func (o Options) check(l *Labels) error {
	if o.Iterations < 0 {
		return fmt.Errorf("iterations are %d, and must be positive, or 0 for the usual number", o.Iterations)
	}
	if math.IsNaN(o.Tolerance) || math.IsInf(o.Tolerance, 0) {
		return fmt.Errorf("tolerance is %v, and must be a number", o.Tolerance)
	}
	if !(o.GoldWeight >= 0) || o.GoldWeight > 1e6 {
		return fmt.Errorf("gold weight is %v, and must be from 0 (the usual %d) to 1e6", o.GoldWeight, usualGoldWeight)
	}
	if o.Gold != nil && len(o.Gold) != l.tasks {
		return fmt.Errorf("gold has %d classes, and must have one for each of the %d tasks (−1 where none is known)", len(o.Gold), l.tasks)
	}
	for t, g := range o.Gold {
		if g < -1 || int(g) >= l.classes {
			return fmt.Errorf("gold of task %d is class %d, and must be from 0 to %d, or −1 where none is known", t, g, l.classes-1)
		}
	}
	return nil
}

// Result is what a method inferred.
type Result struct {
	Method Method // the method that was used: never Auto
	// Iterations is the number of passes made; 1 for a method that needs no more.
	Iterations int
	// Converged reports whether the passes ended by the tolerance and not by their cap.
	Converged bool
	// Objective names what Trace holds: "log-likelihood", "log-posterior", "evidence lower
	// bound", or "" for a method that climbs nothing.
	Objective string
	// Trace has the objective after each pass. It never falls.
	Trace []float64
	// LogLikelihood is the observed-data log-likelihood Σ_t log Σ_k π_k Π_i P(x_i | k) in
	// nats at the final parameters; for an evidence lower bound it is that bound; 0 for
	// majority, Wawa and BWA, which have none.
	LogLikelihood float64
	// Posterior has the probability of each class for each task.
	Posterior Posterior
	// Workers has one entry for each worker; see Worker for what its counts and intervals mean.
	Workers []Worker
	// Why says in words why the method was chosen, and what else deserves a look. It is
	// empty unless the method was chosen by Auto.
	Why string
}

// climb yields the number of each pass, until a pass changes Trace by at most the
// tolerance, which sets Converged, or the passes are as many as allowed.
func (r *Result) climb(o Options) iter.Seq[int] {
	tolerance := o.tolerance(usualTolerance)
	return func(yield func(int) bool) {
		r.Converged = false
		for r.Iterations < o.iterations(usualIterations) && yield(r.Iterations) {
			r.Iterations++
			if n := len(r.Trace); n > 1 && tolerance >= 0 && math.Abs(r.Trace[n-1]-r.Trace[n-2]) <= float64(tolerance*math.Abs(r.Trace[n-1])) {
				r.Converged = true
				return
			}
		}
	}
}

// Infer estimates the truth of each task by the method.
//
// It returns an error when an option does not fit the labels, and a *SizeError when the
// method would need too much memory for so many classes. Equal sets of labels give equal
// bits, whatever the order in which they were added. Under other numbers for tasks,
// workers and classes only the last digits differ, which order a sum.
func Infer(l *Labels, m Method, o Options) (*Result, error) {
	if l == nil || l.Len() == 0 {
		return nil, fmt.Errorf("truth by %s: there are no labels; make them by NewLabels", m)
	}
	if err := o.check(l); err != nil {
		return nil, fmt.Errorf("truth by %s: %w", m, err)
	}
	switch m {
	case Auto:
		return auto(l, o)
	case Majority:
		return majority(l, o), nil
	case Wawa:
		return wawa(l, o), nil
	case OneCoin:
		return oneCoin(l, o), nil
	case DawidSkene, DawidSkeneMAP:
		return dawidSkene(l, m, o)
	case IBCC:
		return ibcc(l, o)
	case BWA:
		return bwa(l, o)
	case GLAD:
		return glad(l, o)
	case MACE:
		return mace(l, o)
	default:
		return nil, fmt.Errorf("truth: there is no method %q; there are %v", m, Methods())
	}
}
