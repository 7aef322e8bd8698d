package kernel

import "math"

// BetaCDF is the regularised incomplete beta function I_x(a, b), the
// distribution function of Beta(a, b), for a, b > 0. It evaluates the continued
// fraction of DLMF 8.17.22 by the modified Lentz method, on the side where it
// converges fast.
func BetaCDF(a, b, x float64) float64 {
	switch {
	case !(a > 0 && b > 0) || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - BetaCDF(b, a, 1-x)
	}
	front := ExpFold1(LogGamma(a+b) - LogGamma(a) - LogGamma(b) + float64(a*Log(x)) + float64(b*Log(1-x)))
	return float64(front/a) * betaFraction(a, b, x)
}

func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	c := 1.0
	d := 1 / nonzero(1-float64((a+b)*x)/(a+1), tiny)
	f := d
	for m := 1.0; m <= 2000; m++ {
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

// BetaQuantile is the q-quantile of Beta(a, b), by bisection to one part in 2^50.
func BetaQuantile(a, b, q float64) float64 {
	low, high := 0.0, 1.0
	for range 50 {
		mid := float64(0.5 * (low + high))
		if BetaCDF(a, b, mid) < q {
			low = mid
		} else {
			high = mid
		}
	}
	return float64(0.5 * (low + high))
}
