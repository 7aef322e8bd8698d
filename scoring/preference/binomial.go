package preference

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// binomial draws the number of successes in n trials of probability p.
func binomial(r *kernel.Random, n, p float64) float64 {
	switch {
	case !(n > 0) || !(p > 0):
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(r, n, 1-p)
	case n*p < 10:
		return binomialByInversion(r, n, p)
	}
	return binomialByRejection(r, n, p)
}

// binomialByInversion subtracts the probabilities of 0, 1, 2 … from a uniform number.
func binomialByInversion(r *kernel.Random, n, p float64) float64 {
	odds := p / (1 - p)
	mass := kernel.Exp(float64(n * kernel.Log1p(-p)))
	u := r.Float64()
	k := 0.0
	for u >= mass && k < n && k < 200 { // beyond 200 stands less than 1e-100
		u -= mass
		k++
		mass = float64(mass*odds) * ((n - k + 1) / k)
	}
	return k
}

// binomialByRejection is the transformed rejection BTRS of Hörmann 1993, for n·p ≥ 10
// and p ≤ ½. Its constants are those of the paper.
func binomialByRejection(r *kernel.Random, n, p float64) float64 {
	q := 1 - p
	root := math.Sqrt(float64(n*p) * q)
	b := 1.15 + float64(2.53*root)
	a := -0.0873 + float64(0.0248*b) + float64(0.01*p)
	c := float64(n*p) + 0.5
	vr := 0.92 - 4.2/b
	for {
		u := float64(r.Float64()) - 0.5 // rounded before the difference on every machine
		v := r.Float64()
		us := 0.5 - math.Abs(u)
		y := float64((float64(2*a)/us+b)*u) + c
		if !(y >= 0 && y < n+1) {
			continue
		}
		k := float64(int64(y))
		if us >= 0.07 && v <= vr {
			return k
		}
		mode := float64(int64(float64((n + 1) * p)))
		scale := float64((2.83 + 5.1/b) * root)
		limit := kernel.LogGamma(mode+1) + kernel.LogGamma(n-mode+1) - kernel.LogGamma(k+1) - kernel.LogGamma(n-k+1) +
			float64((k-mode)*kernel.Log(p/q))
		if kernel.Log(float64(v*scale)/(a/float64(us*us)+b)) <= limit {
			return k
		}
	}
}

// multinomial draws n of the categories in proportion to their weights and writes how
// often each was drawn.
func multinomial(r *kernel.Random, n float64, weights, drawn []float64) {
	left := 0.0
	for _, w := range weights {
		left += w
	}
	for i, w := range weights {
		drawn[i] = 0
		if w > 0 {
			drawn[i] = binomial(r, n, w/left)
			n -= drawn[i]
			left -= w
		}
	}
}
