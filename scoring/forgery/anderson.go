package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// AndersonDarling tests that k ≥ 2 samples of independent values come from one law, by
// the k-sample statistic of Scholz and Stephens (1987) with midranks for ties, less its
// mean k−1 and over its standard deviation. P is interpolated between their critical
// values, to about 1e-3. It is 1 where it would exceed ¼, the last that their table has,
// and never below 0.001. The test looks more at the tails than CramerVonMises.
func AndersonDarling(samples ...[]float64) (Statistic, error) {
	if len(samples) < 2 {
		return Statistic{}, fmt.Errorf("%d samples: two or more are compared", len(samples))
	}
	sorted := make([][]float64, len(samples))
	var all []float64
	for i, s := range samples {
		var err error
		if sorted[i], err = sortedFinite(s); err != nil {
			return Statistic{}, fmt.Errorf("sample %d: %w", i, err)
		}
		all = append(all, sorted[i]...)
	}
	sortFloats(all)
	if len(all) < 4 {
		return Statistic{}, fmt.Errorf("%d values in all: the test needs four or more", len(all))
	}
	if all[0] == all[len(all)-1] {
		return Statistic{0, 1}, nil // all values are equal: nothing speaks against one law
	}
	m := float64(len(samples) - 1)
	value := (andersonSum(sorted, all) - m) / math.Sqrt(andersonVariance(sorted, float64(len(all))))
	return Statistic{value, andersonP(value, m)}, nil
}

// andersonSum is A²_akN, equation 7 of Scholz and Stephens (1987): over the distinct
// values z of all N, with l of them equal, B below z and half of those at z, and M the
// same for one sample of n: (N−1)/N · Σ 1/n Σ l/N·(N·M − n·B)²/(B(N−B) − N·l/4).
func andersonSum(sorted [][]float64, all []float64) float64 {
	total := float64(len(all))
	below := make([]int, len(sorted)) // of each sample, values below z
	inner := make([]float64, len(sorted))
	for from := 0; from < len(all); {
		z, to := all[from], from+1
		for to < len(all) && all[to] == z {
			to++
		}
		l := float64(to - from)
		b := float64(from) + float64(l/2)
		weight := l / total / (float64(b*(total-b)) - float64(float64(total*l)/4))
		for i, s := range sorted {
			at := below[i]
			for below[i] < len(s) && s[below[i]] == z {
				below[i]++
			}
			mid := float64(at+below[i]) / 2
			gap := float64(total*mid) - float64(float64(len(s))*b)
			inner[i] += float64(weight * float64(gap*gap))
		}
		from = to
	}
	var sum float64
	for i, s := range sorted {
		sum += inner[i] / float64(len(s))
	}
	return float64(sum * ((total - 1) / total))
}

// andersonVariance is the variance of the statistic under the null for continuous data,
// equation 4 of Scholz and Stephens (1987).
func andersonVariance(sorted [][]float64, n float64) float64 {
	var inverse float64
	for _, s := range sorted {
		inverse += 1 / float64(len(s))
	}
	k := float64(len(sorted))
	var harmonic, g, tail float64
	for i := 1.0; i < n; i++ {
		harmonic += 1 / i
	}
	for i := n - 2; i >= 1; i-- {
		tail += 1 / (i + 1)
		g += tail / (n - i)
	}
	a := float64((float64(4*g)-6)*(k-1)) + float64((10-float64(6*g))*inverse)
	b := float64(float64((float64(2*g)-4)*k)*k) + float64(float64(8*harmonic)*k) + float64((float64(2*g)-float64(14*harmonic)-4)*inverse) - float64(8*harmonic) + float64(4*g) - 6
	c := float64(float64((float64(6*harmonic)+float64(2*g)-2)*k)*k) + float64((float64(4*harmonic)-float64(4*g)+6)*k) + float64((float64(2*harmonic)-6)*inverse) + float64(4*harmonic)
	d := float64(float64((float64(2*harmonic)+6)*k)*k) - float64(float64(4*harmonic)*k)
	cubic := float64((float64((float64(a*n)+b)*n)+c)*n) + d
	return cubic / float64(float64((n-1)*(n-2))*(n-3))
}

// andersonP interpolates ln p as a quadratic function of the critical values at
// p = 0.25 … 0.001, which are b0 + b1/√m + b2/m, by least squares.
func andersonP(value, m float64) float64 {
	levels := [7]float64{0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001}
	b0 := [7]float64{0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085}
	b1 := [7]float64{-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615}
	b2 := [7]float64{-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154}
	var x, y [7]float64
	for i := range levels {
		x[i] = b0[i] + b1[i]/math.Sqrt(m) + b2[i]/m
		y[i] = kernel.Log(levels[i])
	}
	switch {
	case value < x[0]:
		return 1
	case value > x[6]:
		return levels[6]
	}
	c := quadraticFit(x[:], y[:])
	p := kernel.Exp(float64((float64(c[2]*value)+c[1])*value) + c[0])
	return min(1, max(levels[6], p))
}

// quadraticFit gives the coefficients of the quadratic that is nearest to the points in
// least squares, from its normal equations by elimination.
func quadraticFit(x, y []float64) [3]float64 {
	var a [3][4]float64
	for i := range x {
		power := [3]float64{1, x[i], float64(x[i] * x[i])}
		for r := range 3 {
			for c := range 3 {
				a[r][c] += float64(power[r] * power[c])
			}
			a[r][3] += float64(power[r] * y[i])
		}
	}
	for p := range 3 {
		for r := range 3 {
			if r == p {
				continue
			}
			f := a[r][p] / a[p][p]
			for c := p; c < 4; c++ {
				a[r][c] -= float64(f * a[p][c])
			}
		}
	}
	return [3]float64{a[0][3] / a[0][0], a[1][3] / a[1][1], a[2][3] / a[2][2]}
}
