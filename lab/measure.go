package lab

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/assaynet/assay/scoring/kernel"
)

// Interval is a measured value with its bounds at 95 %, which are NaN or infinite where one
// run tells nothing of them.
type Interval struct{ Value, Lower, Upper float64 }

// Measures are what was measured, by name.
type Measures map[string]Interval

// Measure measures a point with a seed. It is called side by side, and its result must
// follow from the point and the seed alone.
type Measure func(ctx context.Context, point Point, seed uint64) (Measures, error)

// combine joins the measures of the runs of a point: the mean, and the wider of two
// intervals for it. One follows from the intervals of the runs, which are independent, by
// the square root of the sum of the squares of their halves (the MOVER of Zou and Donner,
// Statistics in Medicine 27, 2008), the other is Student's from the spread of the values.
// A value that is NaN in one run is NaN, and so are bounds of which nothing is known.
func combine(runs []Measures) (Measures, error) {
	out := Measures{}
	for _, name := range slices.Sorted(maps.Keys(runs[0])) {
		var values []float64
		below, above := 0.0, 0.0
		for r, m := range runs {
			i, ok := m[name]
			if !ok || len(m) != len(runs[0]) {
				return nil, fmt.Errorf("run %d has other measures than run 0: %s", r, strings.Join(slices.Sorted(maps.Keys(m)), ", "))
			}
			values = append(values, i.Value)
			below += squared(i.Value - i.Lower)
			above += squared(i.Upper - i.Value)
		}
		n := float64(len(runs))
		mean := 0.0
		for _, v := range values {
			mean += v / n
		}
		if len(runs) == 1 {
			out[name] = Interval{mean, known(runs[0][name].Lower), known(runs[0][name].Upper)}
			continue
		}
		half := student(values, mean)
		out[name] = Interval{mean, mean - max(half, math.Sqrt(below)/n), mean + max(half, math.Sqrt(above)/n)}
	}
	return out, nil
}

// known is x, or NaN where it is infinite and so says nothing.
func known(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}

// squared is a square, and 0 of what is not known.
func squared(x float64) float64 {
	if math.IsNaN(known(x)) {
		return 0
	}
	return float64(x * x)
}

// student is half the interval of the mean of two values or more at 95 %. The quantile of the t
// distribution follows from that of the Beta distribution: t² = k·(1−x)/x where x is the
// quantile 0.05 of Beta(k/2, 1/2).
func student(values []float64, mean float64) float64 {
	k := float64(len(values) - 1)
	sum := 0.0
	for _, v := range values {
		sum += float64((v - mean) * (v - mean))
	}
	x := kernel.BetaQuantile(k/2, 0.5, 0.05)
	return math.Sqrt(float64(k*(1-x)/x) * sum / k / (k + 1))
}

// judge fills in what the measures of a trial mean.
func (s *Space) judge(t *Trialled) error {
	t.Objective, t.Violation = 0, 0
	for _, term := range s.Minimise {
		if _, ok := t.Measures[term.Of.Measure]; !ok {
			return fmt.Errorf("%s was not measured", term.Of.Measure)
		}
		t.Objective += float64(term.Weight * term.Of.of(t.Measures))
	}
	for _, c := range s.Constraints {
		if _, ok := t.Measures[c.Of.Measure]; !ok {
			return fmt.Errorf("%s was not measured", c.Of.Measure)
		}
		t.Violation += c.violation(t.Measures)
	}
	return nil
}

// violation is by how much a constraint is broken, in parts of its limit, so that
// constraints of different units can be added; 0 where it holds, infinite where the measure
// is NaN.
func (c Constraint) violation(m Measures) float64 {
	over := c.Of.of(m) - c.Limit
	if !c.Most {
		over = -over
	}
	if math.IsNaN(over) {
		return math.Inf(1)
	}
	if scale := math.Abs(c.Limit); scale > 0 {
		over /= scale
	}
	return max(over, 0)
}
