package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Test is the outcome of a test that refers a statistic to a χ² law.
type Test struct {
	Statistic float64
	DF        int     // degrees of freedom
	P         float64 // the chance of such a statistic or a greater one under the null
	// LeastExpected is the least expected count of a cell. The χ² law is a limit for
	// large counts: below 5 (Cochran 1954) P is rough, and may err either way.
	LeastExpected float64
}

// ChiSquared is Pearson's test that counts follow the law with probabilities
// proportional to the weights; no weights means uniform. The statistic is
// Σ (O−E)²/E with one degree of freedom less than there are categories of positive
// weight (Pearson 1900). It is +Inf when a category of weight 0 was observed. It
// refuses negative counts, no observations, and fewer than two categories.
func ChiSquared(observed []int64, weights []float64) (Test, error) {
	return goodness(observed, weights, func(o, e float64) float64 { return float64((o-e)*(o-e)) / e })
}

// GTest is the likelihood-ratio form of ChiSquared: 2·Σ O·ln(O/E) (Wilks 1938).
func GTest(observed []int64, weights []float64) (Test, error) {
	return goodness(observed, weights, func(o, e float64) float64 {
		if o == 0 {
			return 0
		}
		return float64(2 * float64(o*kernel.Log(o/e)))
	})
}

func goodness(observed []int64, weights []float64, term func(o, e float64) float64) (Test, error) {
	if weights != nil {
		if err := sameLength("counts and weights", len(observed), len(weights)); err != nil {
			return Test{}, err
		}
	}
	total, err := sumCounts(observed)
	if err != nil {
		return Test{}, err
	}
	weight := func(int) float64 { return 1 }
	if weights != nil {
		weight = func(k int) float64 { return weights[k] }
	}
	var sum float64
	for k := range observed {
		if w := weight(k); !(w >= 0 && w <= math.MaxFloat64) {
			return Test{}, fmt.Errorf("the weight of category %d is %v: allowed is 0 or more, and finite", k, w)
		}
		sum += weight(k)
	}
	if !(sum > 0 && sum <= math.MaxFloat64) {
		return Test{}, fmt.Errorf("weights that sum to %v: allowed is a positive and finite sum", sum)
	}
	t := Test{DF: -1, LeastExpected: math.Inf(1)}
	for k, n := range observed {
		e := float64(weight(k)/sum) * total
		if e > 0 {
			t.DF++
			t.LeastExpected = min(t.LeastExpected, e)
			t.Statistic += term(float64(n), e)
		} else if n > 0 {
			t.Statistic = math.Inf(1)
		}
	}
	return t.refer()
}

// sumCounts is the number of observations, at least 1.
func sumCounts(counts []int64) (float64, error) {
	var total int64
	for k, n := range counts {
		if n < 0 || total+n < 0 {
			return 0, fmt.Errorf("the count of category %d is %d: allowed is 0 or more, and a sum below 2^63", k, n)
		}
		total += n
	}
	if total == 0 {
		return 0, fmt.Errorf("no observations in %d categories: give one or more", len(counts))
	}
	return float64(total), nil
}

// refer finds P.
func (t Test) refer() (Test, error) {
	if t.DF < 1 {
		return Test{}, fmt.Errorf("fewer than two categories that can occur: nothing can be compared")
	}
	t.Statistic = max(t.Statistic, 0) // rounding of a G near 0
	t.P = kernel.ChiSquaredSurvival(t.Statistic, float64(t.DF))
	return t, nil
}

// ChiSquaredContingency is Pearson's test that the rows of a table of counts follow
// one law: Σ (O−E)²/E, E the product of the row's and the column's sum over the total,
// with (rows−1)·(columns−1) degrees of freedom. Rows and columns without observations
// do not count. No correction for continuity is made.
func ChiSquaredContingency(rows ...[]int64) (Test, error) {
	if len(rows) < 2 {
		return Test{}, fmt.Errorf("a table of %d rows: two or more are compared", len(rows))
	}
	columns := make([]float64, len(rows[0]))
	sums := make([]float64, len(rows))
	var total float64
	filled := 0
	for r, row := range rows {
		if err := sameLength("columns of the first row and of another", len(rows[0]), len(row)); err != nil {
			return Test{}, err
		}
		for c, n := range row {
			if n < 0 {
				return Test{}, fmt.Errorf("the count in row %d, column %d is %d: allowed is 0 or more", r, c, n)
			}
			columns[c] += float64(n)
			sums[r] += float64(n)
		}
		if sums[r] > 0 {
			filled++
		}
		total += sums[r]
	}
	t := Test{LeastExpected: math.Inf(1)}
	used := 0
	for c, column := range columns {
		if column == 0 {
			continue
		}
		used++
		for r, row := range rows {
			if sums[r] > 0 {
				e := float64(sums[r]*column) / total
				o := float64(row[c])
				t.Statistic += float64((o-e)*(o-e)) / e
				t.LeastExpected = min(t.LeastExpected, e)
			}
		}
	}
	t.DF = max(filled-1, 0) * max(used-1, 0)
	return t.refer()
}

// ChiSquaredTwoSample tests that two histograms over the same categories come from one
// law, as a subject's against its source's own.
func ChiSquaredTwoSample(a, b []int64) (Test, error) { return ChiSquaredContingency(a, b) }
