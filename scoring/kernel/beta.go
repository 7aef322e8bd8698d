package kernel

import "math"

// maxBeta bounds the parameters of a Beta distribution: beyond it the fraction would
// take millions of steps.
const maxBeta = 1e10

// BetaCDF is the regularised incomplete beta function I_x(a, b), the
// distribution function of Beta(a, b), for 0 < a, b ≤ 10^10. It evaluates the
// continued fraction of DLMF 8.17.22 by the modified Lentz method, on the side where it
// converges fast. The error is below 1e-11 for parameters up to 10^5, and below 1e-9
// beyond.
func BetaCDF(a, b, x float64) float64 {
	if !isBeta(a, b) || math.IsNaN(x) {
		return math.NaN()
	}
	return betaCDF(a, b, LogGamma(a+b)-LogGamma(a)-LogGamma(b), LogGamma(b+a)-LogGamma(b)-LogGamma(a), x)
}

func isBeta(a, b float64) bool { return a > 0 && b > 0 && a <= maxBeta && b <= maxBeta }

// betaCDF takes −ln B(a, b) and −ln B(b, a), which may differ in the last bit and do not
// depend on x.
func betaCDF(a, b, logAB, logBA, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaTail(b, a, logBA, 1-x)
	}
	return betaTail(a, b, logAB, x)
}

// betaTail is I_x(a, b) by the fraction, for x on its side of the mean, or a rounding
// error beyond.
func betaTail(a, b, logB, x float64) float64 {
	return min(1, float64(betaFront(a, b, logB, x)/a)*betaFraction(a, b, x))
}

// largeBeta is from where the front factor is taken from the relative entropy: the
// difference of logarithms of gamma functions loses its digits.
const largeBeta = 1e5

// betaFront is x^a·(1−x)^b/B(a, b), logB being −ln B(a, b). For large a and b, with n = a+b and p = a/n,
//
//	√(ab/(2πn)) · exp(a·ln(x/p) + b·ln((1−x)/(1−p)) + 1/(12n) − 1/(12a) − 1/(12b)).
func betaFront(a, b, logB, x float64) float64 {
	if a < largeBeta || b < largeBeta {
		return ExpFold1(logB + float64(a*Log(x)) + float64(b*Log(1-x)))
	}
	n := a + b
	p, q := a/n, b/n
	exponent := float64(a*Log1p((x-p)/p)) + float64(b*Log1p((p-x)/q)) + (1/n-1/a-1/b)/12
	return float64(math.Sqrt(a/n*b/(2*math.Pi)) * Exp(exponent))
}

func betaFraction(a, b, x float64) float64 {
	steps := 2000.0
	if most := max(a, b); most > largeBeta {
		steps = float64(20 * math.Sqrt(most))
	}
	const tiny = 1e-300
	c := 1.0
	d := 1 / nonzero(1-float64((a+b)*x)/(a+1), tiny)
	f := d
	for m := 1.0; m <= steps; m++ {
		even := float64(float64(m*(b-m))*x) / float64((a+2*m-1)*(a+2*m))
		d = 1 / nonzero(1+float64(even*d), tiny)
		c = nonzero(1+even/c, tiny)
		f = float64(f * float64(d*c))
		odd := -float64(float64((a+m)*(a+b+m))*x) / float64((a+2*m)*(a+2*m+1))
		d = 1 / nonzero(1+float64(odd*d), tiny)
		c = nonzero(1+odd/c, tiny)
		step := float64(d * c)
		f = float64(f * step)
		if step-1 < 1e-15 && step-1 > -1e-15 {
			break
		}
	}
	return f
}

// BetaQuantile is the q-quantile of Beta(a, b), by bisection: to 2^−50, absolutely, so
// a quantile below that is not told from 0.
func BetaQuantile(a, b, q float64) float64 {
	if !(q >= 0 && q <= 1) || !isBeta(a, b) {
		return math.NaN()
	}
	logAB, logBA := LogGamma(a+b)-LogGamma(a)-LogGamma(b), LogGamma(b+a)-LogGamma(b)-LogGamma(a)
	low, high := 0.0, 1.0
	for range 50 {
		mid := float64(0.5 * (low + high))
		if betaCDF(a, b, logAB, logBA, mid) < q {
			low = mid
		} else {
			high = mid
		}
	}
	return float64(0.5 * (low + high))
}
