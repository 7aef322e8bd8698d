package acceptance

import "github.com/assaynet/assay/scoring/kernel"

// Wald is Wald's approximation of the characteristic at a share theta, which leaves
// out by how much the last step passes a boundary (Wald 1947). It is of the test with
// replacement and without a cap, and is for orientation: Characteristic is exact.
//
// With h ≠ 0 the solution of θ·e^(h·pass) + (1−θ)·e^(h·failure) = 1, the test accepts
// with probability (e^(h·upper) − 1)/(e^(h·upper) − e^(h·lower)); the expected number
// of rows is the expected L at the end over the expected step.
func (d Design) Wald(theta float64) (reject, asn float64, err error) {
	if err := d.check(); err != nil {
		return 0, 0, err
	}
	if err := checkShare(theta); err != nil {
		return 0, 0, err
	}
	pass, failure := d.steps()
	lower, upper := d.Boundaries()
	mean := float64(theta*pass) + float64((1-theta)*failure)
	square := float64(theta*float64(pass*pass)) + float64((1-theta)*float64(failure*failure))
	if mean < 1e-9 && mean > -1e-9 { // a walk without drift, h → 0
		return -lower / (upper - lower), float64(-lower*upper) / square, nil
	}
	accept := acceptProbability(conjugate(theta, pass, failure), lower, upper)
	return 1 - accept, (float64(accept*lower) + float64((1-accept)*upper)) / mean, nil
}

// acceptProbability is the formula with exponents that do not overflow.
func acceptProbability(h, lower, upper float64) float64 {
	if h > 0 {
		return kernel.Expm1(float64(-h*upper)) / kernel.Expm1(float64(h*(lower-upper)))
	}
	return kernel.Exp(float64(-h*lower)) * kernel.Expm1(float64(h*upper)) / kernel.Expm1(float64(-h*(lower-upper)))
}

// conjugate is the root h ≠ 0 of θ·e^(h·pass) + (1−θ)·e^(h·failure) = 1. The left side
// is convex with a root at 0, so the other root has the sign of minus the drift. At
// θ of 0 or 1 there is none, and the largest h looked at stands for infinity.
func conjugate(theta, pass, failure float64) float64 {
	const most = 400.0
	sign := 1.0
	if float64(theta*pass)+float64((1-theta)*failure) > 0 {
		sign = -1
	}
	below := func(size float64) bool {
		h := float64(sign * size)
		return float64(theta*kernel.Expm1(float64(h*pass)))+float64((1-theta)*kernel.Expm1(float64(h*failure))) < 0
	}
	low, high := 0.0, 1e-6
	for high < most && below(high) {
		low, high = high, float64(2*high)
	}
	for range 60 {
		if mid := float64(0.5 * (low + high)); below(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return float64(sign * high)
}
