package forgery

import (
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// DispersionTest is the outcome of PoissonDispersion.
type DispersionTest struct {
	Index     float64 // variance over mean of the counts; below 1 is too regular
	ChiSquare float64 // (n−1)·Index
	P         float64 // two-sided
	Regular   float64 // one-sided: the chance of such a regular stream or a more regular one
}

// PoissonDispersion tests that the counts of events in n ≥ 2 equal parts of time are
// independent and Poisson with one mean: (n−1)·s²/mean refers to χ² with n−1 degrees of
// freedom (Fisher 1950), and P is twice the lesser tail, at most 1. The law is a limit
// for means of about 5 or more. Human traffic has bursts and days, so that a great index
// means little before Rescale; too small an index, a stream as of a machine, is the
// sign of forgery. Without any event P is 1.
func PoissonDispersion(counts []int64) (DispersionTest, error) {
	if len(counts) < 2 {
		return DispersionTest{}, fmt.Errorf("%d parts of time: two or more are compared", len(counts))
	}
	var total float64
	for i, n := range counts {
		if n < 0 {
			return DispersionTest{}, fmt.Errorf("the count of part %d is %d: allowed is 0 or more", i, n)
		}
		total += float64(n)
	}
	if total == 0 {
		return DispersionTest{Index: 1, ChiSquare: float64(len(counts) - 1), P: 1, Regular: 1}, nil
	}
	mean := total / float64(len(counts))
	var chi float64
	for _, n := range counts {
		chi += float64((float64(n)-mean)*(float64(n)-mean)) / mean
	}
	df := float64(len(counts) - 1)
	lower, upper := kernel.GammaCDF(df/2, chi/2), kernel.ChiSquaredSurvival(chi, df)
	return DispersionTest{chi / df, chi, min(1, 2*min(lower, upper)), lower}, nil
}

// ConditionalUniformity tests that events come from a Poisson process of constant rate
// in the window from start to end: given their number they are independent and uniform
// in it (Cox and Lewis 1966), so that D is of KolmogorovSmirnov. When the window ends
// with the last event that event is to be left out. It refuses times outside.
func ConditionalUniformity(times []float64, start, end float64) (KolmogorovTest, error) {
	if !(start < end) || math.IsInf(end-start, 0) {
		return KolmogorovTest{}, fmt.Errorf("a window from %v to %v: its end must be after its start, and both finite", start, end)
	}
	for i, t := range times {
		if !(t >= start && t <= end) {
			return KolmogorovTest{}, fmt.Errorf("time %d, %v, is outside of the window from %v to %v", i, t, start, end)
		}
	}
	return KolmogorovSmirnov(times, func(t float64) float64 { return (t - start) / (end - start) })
}

const hourMilliseconds = 3_600_000

// Rescale maps times, in Unix milliseconds within a window, to [0, 1] by the expected
// share of events before them, if events came at the rate of the pool: pool is how many
// events all sources had in each hour of a cycle that began at Unix time 0, as 24 hours
// of a day in UTC or 168 of a week. Under the null that a subject's events are Poisson
// with a rate proportional to the pool's, the results are uniform, and counts of them
// in equal parts Poisson of one mean (time rescaling, Brown et al. 2002). Each hour
// weighs half an event more than it had, so that none is impossible. Rescaled times are
// sorted. The cycle has 1 to 168 hours and the window at most 100 years.
func Rescale(times []int64, pool []int64, start, end int64) ([]float64, error) {
	const century = 100 * 366 * 24 * hourMilliseconds
	switch {
	case len(pool) < 1 || len(pool) > 168:
		return nil, fmt.Errorf("a cycle of %d hours: allowed are 1 to 168", len(pool))
	case start >= end || distance(start, end) > century:
		return nil, fmt.Errorf("a window from %d to %d ms: its end must be after its start, by at most 100 years", start, end)
	case distance(start, 0) > 100*century:
		return nil, fmt.Errorf("a window at %d ms: allowed are times within 10000 years of 1970", start)
	}
	before := make([]float64, len(pool)+1) // intensity of the cycle before each hour
	for h, n := range pool {
		if n < 0 {
			return nil, fmt.Errorf("the pool's count in hour %d is %d: allowed is 0 or more", h, n)
		}
		before[h+1] = before[h] + (float64(n) + 0.5)
	}
	from := cumulative(start, before)
	whole := cumulative(end, before) - from
	out := make([]float64, len(times))
	for i, t := range times {
		if t < start || t > end {
			return nil, fmt.Errorf("time %d, %d ms, is outside of the window from %d to %d ms", i, t, start, end)
		}
		out[i] = min(1, max(0, (cumulative(t, before)-from)/whole))
	}
	slices.Sort(out)
	return out, nil
}

// cumulative is the intensity between Unix time 0 and t.
func cumulative(t int64, before []float64) float64 {
	hours := len(before) - 1
	cycle := int64(hours) * hourMilliseconds
	within := positiveMod(t, cycle)
	h := within / hourMilliseconds
	part := float64(within%hourMilliseconds) / hourMilliseconds
	sum := before[h] + float64(part*(before[h+1]-before[h]))
	return float64(float64((t-within)/cycle)*before[hours]) + sum
}

// EqualParts counts values of [0, 1] in n equal parts, for PoissonDispersion. A value of
// 1 is in the last part. It refuses others, and n outside of 1 to 10^6.
func EqualParts(values []float64, n int) ([]int64, error) {
	if n < 1 || n > 1_000_000 {
		return nil, fmt.Errorf("%d parts: allowed are 1 to 1000000", n)
	}
	out := make([]int64, n)
	for i, v := range values {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("value %d is %v: allowed is 0 to 1", i, v)
		}
		out[min(n-1, int(float64(v*float64(n))))]++
	}
	return out, nil
}
