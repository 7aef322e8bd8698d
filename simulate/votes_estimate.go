package simulate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is the mean of independent runs, and the bounds of Student's interval at 95 %:
// mean ± t(0.975, n-1)·s/√n. With one run there are no bounds: they are infinite. So is all
// if one of the values is.
type Estimate struct {
	Mean, Lower, Upper float64
	Runs               int
}

// estimate is that of the values of runs, of which there is at least one.
func estimate(values []float64) Estimate {
	n := len(values)
	if n < 2 {
		return Estimate{Mean: stat.Mean(values, nil), Lower: math.Inf(-1), Upper: math.Inf(1), Runs: n}
	}
	if slices.ContainsFunc(values, func(v float64) bool { return math.IsInf(v, 1) }) {
		return Estimate{math.Inf(1), math.Inf(1), math.Inf(1), n}
	}
	mean, s := stat.MeanStdDev(values, nil)
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	half := t * s / math.Sqrt(float64(n))
	return Estimate{mean, mean - half, mean + half, n}
}

// String is the mean with its bounds.
func (e Estimate) String() string { return fmt.Sprintf("%.3f [%.3f, %.3f]", e.Mean, e.Lower, e.Upper) }

// Pays reports whether a ratio is of an adversary that pays: its upper bound is above 1.02.
func (e Estimate) Pays() bool { return e.Upper > 1.02 }
