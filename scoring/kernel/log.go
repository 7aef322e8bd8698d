package kernel

import "math"

const (
	ln2Hi = 6.93147180369123816490e-01 // ln 2, the upper 33 bits
	ln2Lo = 1.90821492927058770002e-10 // the rest
)

// Log is the natural logarithm, to about 2e-16 relative. It writes x = 2^k·m with
// m in [√½, √2) and sums ln m = 2·atanh(s), s = (m−1)/(m+1), |s| ≤ 0.172. Log(0) is
// −Inf.
func Log(x float64) float64 {
	switch {
	case !(x > 0):
		if x == 0 {
			return math.Inf(-1)
		}
		return math.NaN()
	case x > math.MaxFloat64:
		return x
	case x < 0x1p-1022: // subnormal
		return Log(x*0x1p54) - float64(54*math.Ln2)
	}
	bits := math.Float64bits(x)
	k := int(bits>>52) - 1022
	m := math.Float64frombits(bits&(1<<52-1) | 1022<<52) // [½, 1)
	if m < math.Sqrt2/2 {
		m += m
		k--
	}
	s := (m - 1) / (m + 1)
	return float64(float64(k)*ln2Hi) + (float64(float64(k)*ln2Lo) + float64(2*float64(s*atanhSeries(float64(s*s)))))
}

// atanhSeries is atanh(s)/s for z = s² ≤ 0.03: 1 + z/3 + z²/5 + … + z¹¹/23.
func atanhSeries(z float64) float64 {
	sum := 1.0 / 23
	sum = float64(sum*z) + 1.0/21
	sum = float64(sum*z) + 1.0/19
	sum = float64(sum*z) + 1.0/17
	sum = float64(sum*z) + 1.0/15
	sum = float64(sum*z) + 1.0/13
	sum = float64(sum*z) + 1.0/11
	sum = float64(sum*z) + 1.0/9
	sum = float64(sum*z) + 1.0/7
	sum = float64(sum*z) + 1.0/5
	sum = float64(sum*z) + 1.0/3
	return float64(sum*z) + 1
}

// Log1p is ln(1 + x), accurate for small x too.
func Log1p(x float64) float64 {
	if x > -0.25 && x < 0.35 {
		s := x / (2 + x)
		return float64(2 * float64(s*atanhSeries(float64(s*s))))
	}
	return Log(1 + x)
}

// Logit is ln(p/(1−p)), the inverse of Logistic, for 0 ≤ p ≤ 1.
func Logit(p float64) float64 { return Log(p) - Log1p(-p) }
