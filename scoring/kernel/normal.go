package kernel

import "math"

// NormalCDF is Φ(x), the distribution function of the standard normal, accurate to
// about 1e-14 relative in both tails: Φ(−x) = ½·Q(½, x²/2).
func NormalCDF(x float64) float64 { return NormalSurvival(-x) }

// NormalSurvival is 1 − Φ(x).
func NormalSurvival(x float64) float64 {
	half := float64(float64(x*x) / 2)
	if x >= 0 {
		return GammaSurvival(0.5, half) / 2
	}
	return 0.5 + float64(GammaCDF(0.5, half)/2)
}

// NormalQuantile is Φ⁻¹(p) for 0 ≤ p ≤ 1: the rational approximation 26.2.23 of
// Abramowitz and Stegun, good to 5e-4, then three steps of Halley's method.
func NormalQuantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p > 0.5:
		return -NormalQuantile(1 - p)
	case p == 0:
		return math.Inf(-1)
	}
	t := math.Sqrt(-2 * Log(p))
	num := float64((float64(0.010328*t)+0.802853)*t) + 2.515517
	den := float64((float64((float64(0.001308*t)+0.189269)*t)+1.432788)*t) + 1
	x := num/den - t
	for range 3 {
		density := Exp(-float64(x*x)/2) / sqrt2Pi
		e := (NormalCDF(x) - p) / density
		x -= e / (1 + float64(float64(x*e)/2))
	}
	return x
}

const sqrt2Pi = 2.50662827463100050242
