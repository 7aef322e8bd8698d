package scoring

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g within %g", what, got, want, tolerance)
	}
}

// The standard library is the independent implementation here: it is not used
// for scores, since some of its functions have assembly.
func TestKernelsAgreeWithMath(t *testing.T) {
	for i := range 4000 {
		x := math.Exp(float64(i-2000) / 40)
		near(t, "log", logOf(x), math.Log(x), 4e-16)
		y := float64(i-2000) / 3
		if y >= -700 && y <= 700 {
			if got, want := expOf(y), math.Exp(y); math.Abs(got/want-1) > 6e-16*math.Max(1, math.Abs(y)/8) {
				t.Errorf("exp(%v) = %v, want %v", y, got, want)
			}
		}
		g := float64(i+1) / 7
		want, _ := math.Lgamma(g)
		near(t, "lgamma", logGamma(g), want, 5e-14)
	}
}

// Closed forms: for whole a and b the function is a polynomial; Beta(½, ½) is the
// arcsine law, F(¼) = ⅓.
func TestBetaVectors(t *testing.T) {
	for _, c := range []struct{ a, b, x, cdf float64 }{
		{1, 1, 0.3, 0.3},
		{2, 3, 0.4, 0.5248},
		{5, 2, 0.9, 0.885735},
		{0.5, 0.5, 0.25, 1.0 / 3},
	} {
		near(t, "betaCDF", betaCDF(c.a, c.b, c.x), c.cdf, 1e-13)
		near(t, "betaQuantile", betaQuantile(c.a, c.b, c.cdf), c.x, 1e-12)
	}
}

// For whole a and b the distribution function is a binomial tail, which a plain
// sum gives.
func TestBetaAgainstBinomialSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "n")
		k := rapid.IntRange(1, n).Draw(t, "k")
		x := rapid.Float64Range(0.01, 0.99).Draw(t, "x")
		var tail float64
		for j := k; j <= n; j++ {
			lc := logGamma(float64(n+1)) - logGamma(float64(j+1)) - logGamma(float64(n-j+1))
			tail += math.Exp(lc + float64(j)*math.Log(x) + float64(n-j)*math.Log(1-x))
		}
		got := betaCDF(float64(k), float64(n-k+1), x)
		if math.Abs(got-tail) > 1e-11 {
			t.Fatalf("I_%v(%d, %d) = %v, sum gives %v", x, k, n-k+1, got, tail)
		}
		if q := betaQuantile(float64(k), float64(n-k+1), 0.1); math.Abs(betaCDF(float64(k), float64(n-k+1), q)-0.1) > 1e-9 {
			t.Fatalf("quantile %v does not invert", q)
		}
	})
}
