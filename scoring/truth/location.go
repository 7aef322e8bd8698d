package truth

import (
	"math"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// location is an estimate of the middle of some numbers. Its variance is unit/size when
// the sum of squares, over all tasks together, has mean unit·freedom.
type location struct {
	value   float64
	squares float64
	freedom int
	size    float64
}

// mean is the arithmetic mean. Sums are of differences from the first number, which
// keeps the digits of numbers that are large and close.
func mean(sorted []float64) location {
	n := float64(len(sorted))
	sum := 0.0
	for _, x := range sorted {
		sum += x - sorted[0]
	}
	m := sorted[0] + sum/n
	return location{m, squaresFrom(sorted, m), len(sorted) - 1, n}
}

// median is the middle number, or the mean of the two in the middle. For three and more
// labels with normal errors its variance is at most π/2 times that of the mean.
func median(sorted []float64) location {
	l := mean(sorted)
	n := len(sorted)
	low, high := sorted[(n-1)/2], sorted[n/2]
	l.value = low + float64((high-low)/2)
	if n > 2 {
		l.size /= math.Pi / 2
	}
	return l
}

// trimmedMean is the mean of what is left without the lowest and the highest fifth,
// rounded down. The sum of squares is of the Winsorised numbers, in which those cut away
// are replaced by the nearest left; with it the variance is that of Tukey and McLaughlin 1963.
func trimmedMean(sorted []float64) location {
	n := len(sorted)
	cut := n / 5
	left := sorted[cut : n-cut]
	l := mean(left)
	winsorised := slices.Clone(sorted)
	for i := range cut {
		winsorised[i], winsorised[n-1-i] = left[0], left[len(left)-1]
	}
	l.squares = mean(winsorised).squares
	return l
}

// squaresFrom is Σ (x − centre)².
func squaresFrom(values []float64, centre float64) float64 {
	sum := 0.0
	for _, x := range values {
		d := x - centre
		sum += float64(d * d)
	}
	return sum
}

// pool sets the spread of labels within tasks, and the numbers of labels.
func (l *NumericLabels) pool(e *Estimates) {
	squares := 0.0
	for t := range l.tasks {
		_, values := l.row(t)
		e.Tasks[t].Labels = len(values)
		if len(values) > 0 {
			m := mean(values)
			squares += m.squares
			e.Freedom += m.freedom
		}
	}
	for w, n := range l.given {
		e.Workers[w].Labels = int(n)
	}
	e.SD = spread(squares, e.Freedom)
}

// spread is a standard deviation, +Inf when there is nothing to tell it from.
func spread(squares float64, freedom int) float64 {
	if freedom == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(squares / float64(freedom))
}

// locate estimates each task by itself, with one spread for all.
func (l *NumericLabels) locate(e *Estimates, estimate func(sorted []float64) location) {
	found := make([]location, l.tasks)
	squares, freedom := 0.0, 0
	var sorted []float64
	for t := range l.tasks {
		_, values := l.row(t)
		if len(values) == 0 {
			continue
		}
		sorted = append(sorted[:0], values...)
		slices.Sort(sorted)
		found[t] = estimate(sorted)
		squares += found[t].squares
		freedom += found[t].freedom
	}
	unit, reach := spread(squares, freedom), studentQuantile(freedom)
	for t, f := range found {
		e.Tasks[t].set(f.value, unit/math.Sqrt(f.size), reach)
	}
	l.spreads(e)
}

// set fills in the value with its error and bounds.
func (v *TaskValue) set(value, err, reach float64) {
	if v.Labels == 0 {
		nan := math.NaN()
		v.Value, v.Error, v.Lower, v.Upper = nan, nan, nan, nan
		return
	}
	v.Value, v.Error = value, err
	v.Lower, v.Upper = value-float64(reach*err), value+float64(reach*err)
}

// spreads sets the standard deviation of each worker's errors from the distances to the
// values found, in which a label of n has lost 1/n of its square. A worker who shares no
// task with another has the pooled one.
func (l *NumericLabels) spreads(e *Estimates) {
	squares, freedom := make([]float64, l.workers), make([]float64, l.workers)
	for t := range l.tasks {
		workers, values := l.row(t)
		for i, w := range workers {
			d := values[i] - e.Tasks[t].Value
			squares[w] += float64(d * d)
			freedom[w] += 1 - 1/float64(len(values))
		}
	}
	for w := range e.Workers {
		e.Workers[w].SD = e.SD
		if freedom[w] > 0 {
			e.Workers[w].SD = math.Sqrt(squares[w] / freedom[w])
		}
	}
}

// studentQuantile is the 97.5 % quantile of Student's t with the degrees of freedom, by
// t² = df·(1−x)/x for the 5 % quantile x of Beta(df/2, ½). It is the normal one from 10,000 on.
func studentQuantile(freedom int) float64 {
	if freedom < 1 || freedom > 10000 {
		return kernel.NormalQuantile(0.975)
	}
	df := float64(freedom)
	x := kernel.BetaQuantile(df/2, 0.5, 0.05)
	return math.Sqrt(df * (1 - x) / x)
}
