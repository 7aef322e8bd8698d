package forgery

import (
	"fmt"
	"math"
	"slices"
)

// KolmogorovTest is the outcome of a Kolmogorov–Smirnov test.
type KolmogorovTest struct {
	D     float64 // the greatest distance of the two distribution functions
	P     float64
	Exact bool    // whether P is exact, or by an approximation to the exact law
	Limit float64 // P by the law for large samples
}

// exactCells is the most steps that the exact law of two samples may take.
const exactCells = 1 << 24

// chances are the values of a distribution function at the values, in rising order.
func chances(values []float64, cdf func(float64) float64) ([]float64, error) {
	u := make([]float64, len(values))
	for i, v := range values {
		if err := finite(i, v); err != nil {
			return nil, err
		}
		if u[i] = cdf(v); !(u[i] >= 0 && u[i] <= 1) {
			return nil, fmt.Errorf("the distribution function is %v at value %d, %v: allowed is 0 to 1", u[i], i, v)
		}
	}
	if len(u) == 0 {
		return nil, fmt.Errorf("no values: a test needs one or more")
	}
	sortFloats(u)
	return u, nil
}

// KolmogorovSmirnov tests that independent values follow a continuous law with the
// distribution function cdf: D = sup |F_n − F|. P is exact for up to 2,000 values, and
// approximate to about 1e-8 beyond; Limit is by Kolmogorov (1933) and errs towards a
// greater P. When F has jumps P is too great as well. With many values a trivial drift
// is found: report D beside P.
func KolmogorovSmirnov(values []float64, cdf func(float64) float64) (KolmogorovTest, error) {
	u, err := chances(values, cdf)
	if err != nil {
		return KolmogorovTest{}, err
	}
	n, d := float64(len(u)), 0.0
	for i, v := range u {
		d = max(d, float64(i+1)/n-v, v-float64(i)/n)
	}
	return KolmogorovTest{
		D:     d,
		P:     kolmogorovSurvival(len(u), d),
		Exact: len(u) <= exactObservations,
		Limit: kolmogorovLimit(float64(math.Sqrt(n) * d)),
	}, nil
}

// KolmogorovSmirnovTwoSample tests that two samples of independent values come from one
// continuous law: D = sup |F_n − G_m|. P is exact where 2·D·n·m is at most 2^24, which
// two samples of 2,000 always are; beyond, it is Limit: the law of one sample of
// round(nm/(n+m)) values. With ties, as in discrete data, P is too great.
func KolmogorovSmirnovTwoSample(x, y []float64) (KolmogorovTest, error) {
	a, err := sortedFinite(x)
	if err != nil {
		return KolmogorovTest{}, fmt.Errorf("first sample: %w", err)
	}
	b, err := sortedFinite(y)
	if err != nil {
		return KolmogorovTest{}, fmt.Errorf("second sample: %w", err)
	}
	n, m := int64(len(a)), int64(len(b))
	gap := greatestGap(a, b)
	d := float64(gap) / float64(float64(n)*float64(m))
	size := float64(n) / (1 + float64(n)/float64(m))
	t := KolmogorovTest{D: d, Limit: kolmogorovSurvival(max(1, int(size+0.5)), d)}
	t.P = t.Limit
	if gap <= exactCells/2 {
		t.P, t.Exact = kolmogorovPaths(n, m, gap), true
	}
	return t, nil
}

// sortedFinite is a sorted copy. It refuses an empty sample and values that are not
// finite.
func sortedFinite(values []float64) ([]float64, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("no values: a test needs one or more")
	}
	out := slices.Clone(values)
	for i, v := range values {
		if err := finite(i, v); err != nil {
			return nil, err
		}
		if v == 0 {
			out[i] = 0 // −0 and 0 are one value
		}
	}
	sortFloats(out)
	return out, nil
}

// greatestGap is n·m·D, a whole number, of two sorted samples.
func greatestGap(a, b []float64) int64 {
	n, m := int64(len(a)), int64(len(b))
	var i, j, gap int64
	for i < n && j < m {
		at := min(a[i], b[j])
		for i < n && a[i] == at {
			i++
		}
		for j < m && b[j] == at {
			j++
		}
		gap = max(gap, i*m-j*n, j*n-i*m)
	}
	return gap
}

// kolmogorovPaths is P(n·m·D ≥ gap) for two samples: the share of the paths from (0,0)
// to (n,m) that somewhere have |i·m − j·n| ≥ gap. The share among the paths to (i,j)
// is the mean of those to (i−1,j) and (i,j−1), weighted i and j, and 1 where the
// distance is reached (Hodges 1958). Nothing is subtracted, so that small chances keep
// their digits.
func kolmogorovPaths(n, m, gap int64) float64 {
	if gap <= 0 {
		return 1
	}
	if m > n {
		n, m = m, n
	}
	row := make([]float64, m+1) // of the previous i
	for j := range row {
		row[j] = 1
	}
	for i := int64(0); i <= n; i++ {
		from := max(0, floorDiv(i*m-gap, n)+1)
		to := min(m, (i*m+gap-1)/n)
		left := 1.0
		for j := from; j <= to; j++ {
			if i+j == 0 {
				left = 0
			} else {
				left = (float64(float64(i)*row[j]) + float64(float64(j)*left)) / float64(i+j)
			}
			row[j] = left
		}
		if to < from { // every path has reached the distance
			return 1
		}
	}
	return min(1, row[m])
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
