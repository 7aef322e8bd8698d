package suite

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// Number is written as null in JSON, and as a dash for people, where it is no finite
// number: one run has no interval, and nobody's pay no ratio.
type Number float64

// MarshalJSON implements json.Marshaler.
func (x Number) MarshalJSON() ([]byte, error) { return json.Marshal(orNull(float64(x))) }

// Text is the number with so many decimals.
func (x Number) Text(decimals int) string {
	if orNull(float64(x)) == nil {
		return "–"
	}
	return strconv.FormatFloat(float64(x), 'f', decimals, 64)
}

// Span is an interval for people, a dash where there is none.
func Span(lower, upper Number) string {
	if orNull(float64(lower)) == nil || orNull(float64(upper)) == nil {
		return "–"
	}
	return lower.Text(3) + "–" + upper.Text(3)
}

// interval is the mean of some values with its 95 % interval by Student's t. One value
// alone has no interval: it spans everything.
func interval(values []float64) (mean, low, high float64) {
	n := float64(len(values))
	if n == 0 {
		return math.NaN(), math.Inf(-1), math.Inf(1)
	}
	for _, v := range values {
		mean += v / n
	}
	if n == 1 {
		return mean, math.Inf(-1), math.Inf(1)
	}
	var ss float64
	for _, v := range values {
		ss += (v - mean) * (v - mean)
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * math.Sqrt(ss/(n-1)/n)
	return mean, mean - half, mean + half
}

// median is that of values of which NaN stands for never, which is later than any; it is
// NaN where half or more are.
func median(values []float64) float64 {
	v := slices.Clone(values)
	for i := range v {
		if math.IsNaN(v[i]) {
			v[i] = math.Inf(1)
		}
	}
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	m := (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	if math.IsInf(m, 1) {
		return math.NaN()
	}
	return m
}

// rate is k of n with its upper bound at 95 %, two-sided by Clopper and Pearson (1934).
func rate(k, n int) (share, upper float64) {
	if n == 0 {
		return math.NaN(), 1
	}
	share, upper = float64(k)/float64(n), 1
	if k < n {
		upper = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(0.975)
	}
	return share, upper
}
