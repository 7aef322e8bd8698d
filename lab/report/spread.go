package report

import (
	"math"
	"slices"
)

// spread is a sample in order, of which quantiles are taken. Some of it may be larger than
// any number, which stands for what never came. NaN is left out.
type spread struct {
	values  []float64
	endless int
}

func newSpread(values []float64, endless int) spread {
	s := spread{make([]float64, 0, len(values)), endless}
	for _, x := range values {
		if !math.IsNaN(x) {
			s.values = append(s.values, x)
		}
	}
	slices.Sort(s.values)
	return s
}

// size is how many values there are.
func (s spread) size() int { return len(s.values) + s.endless }

// quantile is the value at the share q of the way through the sample, with a straight line
// between neighbours (type 7 of Hyndman and Fan 1996); NaN of an empty one.
func (s spread) quantile(q float64) float64 {
	if s.size() == 0 {
		return math.NaN()
	}
	at := q * float64(s.size()-1)
	i := int(at)
	lower, upper := s.value(i), s.value(i+1)
	if at == float64(i) || lower == upper {
		return lower
	}
	return lower + (at-float64(i))*(upper-lower)
}

func (s spread) value(i int) float64 {
	if i < len(s.values) {
		return s.values[i]
	}
	return math.Inf(1)
}

func (s spread) median() float64 { return s.quantile(0.5) }

// band is what most of the sample lies within: from ten values on from the
// tenth to the ninetieth percentile, below that all of them, and of a single one nothing.
func (s spread) band() (lower, upper float64) {
	switch n := s.size(); {
	case n >= bandFrom:
		return s.quantile(0.1), s.quantile(0.9)
	case n > 1:
		return s.quantile(0), s.quantile(1)
	}
	return math.NaN(), math.NaN()
}

// bandFrom is the size of a sample from which its band leaves out the ends.
const bandFrom = 10

// bandName says what the band of n runs is.
func bandName(n int) string {
	switch {
	case n >= bandFrom:
		return "the band holds the middle 80 % of " + count(n) + " runs"
	case n > 1:
		return "the band holds all " + count(n) + " runs"
	}
	return "there is one run, so no band is drawn"
}

// mean adds values up, without those that are not finite.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) {
	if !math.IsNaN(x) && !math.IsInf(x, 0) {
		m.sum += x
		m.n++
	}
}

// value is NaN where nothing was added.
func (m mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / float64(m.n)
}

// extremes are the least and the greatest of what can be drawn.
type extremes struct {
	least, greatest float64
	some            bool
}

func (e *extremes) add(values ...float64) {
	for _, x := range values {
		if !drawable(x) {
			continue
		}
		if !e.some {
			e.least, e.greatest, e.some = x, x, true
			continue
		}
		e.least, e.greatest = min(e.least, x), max(e.greatest, x)
	}
}

// drawable reports whether a value has a place on an axis.
func drawable(x float64) bool { return !math.IsNaN(x) && math.Abs(x) <= 1e15 }
