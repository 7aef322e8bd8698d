package scoring

import "math"

// The kernels below replace functions of package math that have assembly, so
// that a score has the same bits on every machine. Each product is written
// float64(x*y): an explicit conversion forbids fusing it with an addition.

const (
	ln2Hi = 6.93147180369123816490e-01 // ln 2, the upper 33 bits
	ln2Lo = 1.90821492927058770002e-10 // the rest
)

// logOf is the natural logarithm of a positive, finite, normal x, to about 2e-16
// relative. It writes x = 2^k·m with m in [√½, √2) and sums
// ln m = 2·atanh(s), s = (m−1)/(m+1), |s| ≤ 0.172.
func logOf(x float64) float64 {
	if !(x > 0) {
		return math.Inf(-1)
	}
	bits := math.Float64bits(x)
	k := int(bits>>52) - 1022
	m := math.Float64frombits(bits&(1<<52-1) | 1022<<52) // [½, 1)
	if m < math.Sqrt2/2 {
		m += m
		k--
	}
	s := (m - 1) / (m + 1)
	z := float64(s * s)
	var sum float64
	for i := 23; i >= 1; i -= 2 {
		sum = float64(sum*z) + 1/float64(i)
	}
	return float64(float64(k)*ln2Hi) + (float64(float64(k)*ln2Lo) + float64(2*float64(s*sum)))
}

// expOf is e^x, to about 2e-16 relative, for −700 ≤ x ≤ 700; it is 0 below and
// saturates above. It writes x = k·ln 2 + r with |r| ≤ ½·ln 2 and sums the series
// of e^r.
func expOf(x float64) float64 {
	switch {
	case x < -700:
		return 0
	case x > 700:
		x = 700
	}
	k := int(float64(x/math.Ln2) + 1000.5) // round half up; x ≥ −700 keeps it positive
	k -= 1000
	r := x - float64(float64(k)*ln2Hi) - float64(float64(k)*ln2Lo)
	sum := 1.0
	for i := 16; i >= 1; i-- {
		sum = 1 + float64(r*sum)/float64(i)
	}
	return float64(sum * math.Float64frombits(uint64(1023+k)<<52))
}

// logGamma is ln Γ(x) for x > 0: the recurrence up to x ≥ 12, then Stirling's
// series with seven terms.
func logGamma(x float64) float64 {
	product := 1.0
	for x < 12 {
		product = float64(product * x)
		x++
	}
	z := 1 / float64(x*x)
	var sum float64
	for _, c := range [...]float64{1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12} {
		sum = float64(sum*z) + c
	}
	const halfLog2Pi = 0.91893853320467274178
	return float64((x-0.5)*logOf(x)) - x + halfLog2Pi + sum/x - logOf(product)
}

// betaCDF is the regularised incomplete beta function I_x(a, b), the
// distribution function of Beta(a, b), for a, b > 0. It evaluates the continued
// fraction of DLMF 8.17.22 by the modified Lentz method, on the side where it
// converges fast.
func betaCDF(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaCDF(b, a, 1-x)
	}
	front := expOf(logGamma(a+b) - logGamma(a) - logGamma(b) + float64(a*logOf(x)) + float64(b*logOf(1-x)))
	return float64(front/a) * betaFraction(a, b, x)
}

func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if v < tiny && v > -tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / nonzero(1-float64((a+b)*x)/(a+1))
	f := d
	for m := 1.0; m <= 2000; m++ {
		even := float64(float64(m*(b-m))*x) / float64((a+2*m-1)*(a+2*m))
		d = 1 / nonzero(1+float64(even*d))
		c = nonzero(1 + even/c)
		f = float64(f * float64(d*c))
		odd := -float64(float64((a+m)*(a+b+m))*x) / float64((a+2*m)*(a+2*m+1))
		d = 1 / nonzero(1+float64(odd*d))
		c = nonzero(1 + odd/c)
		step := float64(d * c)
		f = float64(f * step)
		if step-1 < 1e-15 && step-1 > -1e-15 {
			break
		}
	}
	return f
}

// betaQuantile is the q-quantile of Beta(a, b), by bisection to one part in 2^50.
func betaQuantile(a, b, q float64) float64 {
	low, high := 0.0, 1.0
	for range 50 {
		mid := float64(0.5 * (low + high))
		if betaCDF(a, b, mid) < q {
			low = mid
		} else {
			high = mid
		}
	}
	return float64(0.5 * (low + high))
}

// power is x^n for a small whole n ≥ 0, by repeated multiplication.
func power(x float64, n int) float64 {
	out := 1.0
	for range n {
		out = float64(out * x)
	}
	return out
}
