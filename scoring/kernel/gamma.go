package kernel

import "math"

// LogGamma is ln Γ(x) for x > 0: the recurrence up to x ≥ 12, then Stirling's
// series with seven terms. It is +Inf at 0 and at +Inf, and not defined below 0.
func LogGamma(x float64) float64 {
	switch {
	case x > math.MaxFloat64:
		return x
	case x < 0:
		return math.NaN()
	}
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
	return float64((x-0.5)*Log(x)) - x + halfLog2Pi + sum/x - Log(product)
}

// LogBeta is ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a+b) for a, b > 0.
func LogBeta(a, b float64) float64 { return LogGamma(a) + LogGamma(b) - LogGamma(a+b) }

// LogChoose is the logarithm of the binomial coefficient n over k, −Inf unless
// 0 ≤ k ≤ n.
func LogChoose(n, k float64) float64 {
	if !(k >= 0 && k <= n) {
		return math.Inf(-1)
	}
	return LogGamma(n+1) - LogGamma(k+1) - LogGamma(n-k+1)
}

// Digamma is ψ(x) = d/dx ln Γ(x) for x > 0: the recurrence up to x ≥ 10, then the
// asymptotic series (DLMF 5.11.2).
func Digamma(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	var shift float64
	for x < 10 {
		shift += 1 / x
		x++
	}
	z := 1 / float64(x*x)
	sum := 1.0 / 12
	for _, c := range [...]float64{-691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12} {
		sum = float64(sum*z) + c
	}
	return Log(x) - 0.5/x - float64(sum*z) - shift
}

// maxGamma bounds the parameter of a gamma distribution: the series takes some √a terms.
const maxGamma = 1e8

// GammaCDF is P(a, x), the regularised lower incomplete gamma function, which is the
// distribution function of Gamma(a, 1), for 0 < a ≤ 10^8.
func GammaCDF(a, x float64) float64 {
	switch {
	case !(a > 0 && a <= maxGamma) || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 0
	case x < a+1:
		return gammaSeries(a, x)
	}
	return 1 - gammaFraction(a, x)
}

// GammaSurvival is Q(a, x) = 1 − P(a, x), accurate in the upper tail.
func GammaSurvival(a, x float64) float64 {
	switch {
	case !(a > 0 && a <= maxGamma) || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 1
	case x < a+1:
		return 1 - gammaSeries(a, x)
	}
	return gammaFraction(a, x)
}

// gammaFront is x^a·e^−x/Γ(a).
func gammaFront(a, x float64) float64 { return Exp(float64(a*Log(x)) - x - LogGamma(a)) }

// gammaSeries is P(a, x) by its power series (DLMF 8.11.4), which converges fast for
// x < a+1.
func gammaSeries(a, x float64) float64 {
	term := 1 / a
	sum := term
	for n := a + 1; n < a+100000; n++ {
		term = float64(term * (x / n))
		sum += term
		if term < float64(sum*1e-17) {
			break
		}
	}
	return min(1, float64(sum*gammaFront(a, x)))
}

// gammaFraction is Q(a, x) by its continued fraction (DLMF 8.9.2), for x ≥ a+1.
func gammaFraction(a, x float64) float64 {
	if x > math.MaxFloat64 {
		return 0
	}
	const tiny = 1e-300
	b := x + 1 - a
	c := 1 / tiny
	d := 1 / b
	f := d
	for i := 1.0; i < 100000; i++ {
		n := -float64(i * (i - a))
		b += 2
		d = 1 / nonzero(float64(n*d)+b, tiny)
		c = nonzero(b+n/c, tiny)
		step := float64(d * c)
		f = float64(f * step)
		if step-1 < 1e-15 && step-1 > -1e-15 {
			break
		}
	}
	return min(1, float64(f*gammaFront(a, x)))
}

func nonzero(v, tiny float64) float64 {
	if v < tiny && v > -tiny {
		return tiny
	}
	return v
}

// ChiSquaredSurvival is P(X > x) for a χ² variable with df degrees of freedom.
func ChiSquaredSurvival(x, df float64) float64 { return GammaSurvival(df/2, x/2) }
