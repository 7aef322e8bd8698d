package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// KullbackLeibler is Σ p·ln(p/q) in nats, of two distributions over the same categories,
// each of which must sum to 1 within 1e-6. It is +Inf when p has what q lacks.
func KullbackLeibler(p, q []float64) (float64, error) {
	if err := distributions(p, q); err != nil {
		return 0, err
	}
	return relativeEntropy(p, func(k int) float64 { return q[k] }), nil
}

// JensenShannon is the mean Kullback–Leibler divergence of p and q from their mean, in
// nats: 0 when they are equal, at most ln 2 (Lin 1991).
func JensenShannon(p, q []float64) (float64, error) {
	if err := distributions(p, q); err != nil {
		return 0, err
	}
	mean := func(k int) float64 { return (p[k] + q[k]) / 2 }
	return max(0, float64(0.5*relativeEntropy(p, mean))+float64(0.5*relativeEntropy(q, mean))), nil
}

func relativeEntropy(p []float64, q func(int) float64) float64 {
	var sum float64
	for k, v := range p {
		if v > 0 {
			sum += float64(v * (kernel.Log(v) - kernel.Log(q(k))))
		}
	}
	return sum
}

// StabilityIndex is the population stability index Σ (p−q)·ln(p/q), the symmetric
// divergence of Jeffreys, of two distributions as in KullbackLeibler. The rule of
// thumb, 0.1 for a little and 0.25 for much, is no test: see StabilityTest.
func StabilityIndex(p, q []float64) (float64, error) {
	if err := distributions(p, q); err != nil {
		return 0, err
	}
	var sum float64
	for k, v := range p {
		if v != q[k] {
			sum += float64((v - q[k]) * (kernel.Log(v) - kernel.Log(q[k])))
		}
	}
	return sum, nil
}

// StabilityTest is the stability index of two histograms, each cell with ½ added, with
// its law when both come from one: the index over (1/n + 1/m) is about χ² with one
// degree of freedom less than there are cells that either has (Yurdakul 2018). Statistic
// is the index itself. LeastExpected is as in ChiSquaredTwoSample, and bounds how far P
// can be trusted.
func StabilityTest(a, b []int64) (Test, error) {
	t, err := ChiSquaredTwoSample(a, b)
	if err != nil {
		return Test{}, err
	}
	var n, m, cells float64
	for k := range a {
		if a[k] > 0 || b[k] > 0 { // their sum may be too large for an int64
			n, m, cells = n+float64(a[k]), m+float64(b[k]), cells+1
		}
	}
	t.Statistic = 0
	for k := range a {
		if a[k] > 0 || b[k] > 0 {
			p := (float64(a[k]) + 0.5) / (n + float64(cells/2))
			q := (float64(b[k]) + 0.5) / (m + float64(cells/2))
			t.Statistic += float64((p - q) * (kernel.Log(p) - kernel.Log(q)))
		}
	}
	t.P = kernel.ChiSquaredSurvival(t.Statistic/(1/n+1/m), float64(t.DF))
	return t, nil
}

func distributions(p, q []float64) error {
	if err := sameLength("probabilities", len(p), len(q)); err != nil {
		return err
	}
	for _, d := range [][]float64{p, q} {
		var sum float64
		for k, v := range d {
			if !(v >= 0 && v <= 1) {
				return fmt.Errorf("the probability of category %d is %v: allowed is 0 to 1", k, v)
			}
			sum += v
		}
		if !(math.Abs(sum-1) <= 1e-6) {
			return fmt.Errorf("probabilities that sum to %v: they must sum to 1", sum)
		}
	}
	return nil
}
