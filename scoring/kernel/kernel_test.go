package kernel

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
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
		near(t, "log", Log(x), math.Log(x), 4e-16)
		y := float64(i-2000) / 3
		if y >= -700 && y <= 700 {
			if got, want := ExpFold1(y), math.Exp(y); math.Abs(got/want-1) > 6e-16*math.Max(1, math.Abs(y)/8) {
				t.Errorf("exp(%v) = %v, want %v", y, got, want)
			}
		}
		g := float64(i+1) / 7
		want, _ := math.Lgamma(g)
		near(t, "lgamma", LogGamma(g), want, 5e-14)
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
		near(t, "BetaCDF", BetaCDF(c.a, c.b, c.x), c.cdf, 1e-13)
		near(t, "BetaQuantile", BetaQuantile(c.a, c.b, c.cdf), c.x, 1e-12)
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
			lc := LogGamma(float64(n+1)) - LogGamma(float64(j+1)) - LogGamma(float64(n-j+1))
			tail += math.Exp(lc + float64(j)*math.Log(x) + float64(n-j)*math.Log(1-x))
		}
		got := BetaCDF(float64(k), float64(n-k+1), x)
		if math.Abs(got-tail) > 1e-11 {
			t.Fatalf("I_%v(%d, %d) = %v, sum gives %v", x, k, n-k+1, got, tail)
		}
		if q := BetaQuantile(float64(k), float64(n-k+1), 0.1); math.Abs(BetaCDF(float64(k), float64(n-k+1), q)-0.1) > 1e-9 {
			t.Fatalf("quantile %v does not invert", q)
		}
	})
}

// Closed forms and recurrences, so that nothing but the functions themselves is
// trusted; Exp and the logarithms have package math beside them.
func TestElementary(t *testing.T) {
	for i := range 6000 {
		x := float64(i-3000) / 4.1
		got, want := Exp(x), math.Exp(x)
		if math.Abs(got-want) > 5e-16*want && math.Abs(got-want) > 1e-323 {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
		y := x / 800
		near(t, "expm1", Expm1(y)/y, math.Expm1(y)/y, 6e-16)
		near(t, "log1p", Log1p(y)/y, math.Log1p(y)/y, 6e-16)
		near(t, "logit", Logistic(Logit(Logistic(x/30))), Logistic(x/30), 1e-15)
		near(t, "logistic", Logistic(-x), 1-Logistic(x), 3e-16)
	}
	near(t, "log of a subnormal", Log(0x1p-1070), -1070*math.Ln2, 1e-15)
	near(t, "pow", Pow(2, 0.5), math.Sqrt2, 1e-15)
	if Pow(0, 0) != 1 || Pow(0, 2) != 0 || !math.IsInf(Pow(0, -1), 1) || Power(3, 4) != 81 {
		t.Error("powers of 0 and 3")
	}
}

func TestOutsideOfTheDomain(t *testing.T) {
	nan := math.NaN()
	for name, got := range map[string]float64{
		"Log(-1)": Log(-1), "Log(NaN)": Log(nan), "Exp(NaN)": Exp(nan), "Digamma(0)": Digamma(0), "GammaCDF(0, 1)": GammaCDF(0, 1),
		"GammaSurvival(1, NaN)": GammaSurvival(1, nan), "BetaCDF(0, 1, .5)": BetaCDF(0, 1, 0.5), "BetaCDF(1, 1, NaN)": BetaCDF(1, 1, nan),
		"NormalQuantile(2)": NormalQuantile(2), "NormalQuantile(NaN)": NormalQuantile(nan), "NormalCDF(NaN)": NormalCDF(nan), "LogGamma(-2.5)": LogGamma(-2.5),
	} {
		if !math.IsNaN(got) {
			t.Errorf("%s = %v, want NaN", name, got)
		}
	}
	if !math.IsInf(Log(0), -1) || !math.IsInf(Log(math.Inf(1)), 1) || !math.IsInf(Exp(math.Inf(1)), 1) || Exp(math.Inf(-1)) != 0 || !math.IsInf(NormalQuantile(0), -1) || !math.IsInf(NormalQuantile(1), 1) ||
		NormalCDF(math.Inf(1)) != 1 || NormalCDF(math.Inf(-1)) != 0 || GammaSurvival(2, math.Inf(1)) != 0 || !math.IsInf(LogGamma(math.Inf(1)), 1) {
		t.Error("limits")
	}
}

// ψ(1) = −γ, ψ(½) = −γ − 2 ln 2, and the recurrence; P(1, x) is the exponential law,
// P(½, x) the error function; erf and erfc of package math.
func TestGammaFamily(t *testing.T) {
	const euler = 0.57721566490153286061
	near(t, "ψ(1)", Digamma(1), -euler, 1e-15)
	near(t, "ψ(½)", Digamma(0.5), -euler-2*math.Ln2, 1e-15)
	for i := range 400 {
		x := float64(i+1) / 7
		near(t, "ψ(x+1)−ψ(x)", Digamma(x+1)-Digamma(x), 1/x, 2e-14)
		near(t, "P(1, x)", GammaCDF(1, x), -math.Expm1(-x), 1e-14)
		near(t, "P(½, x)", GammaCDF(0.5, x), math.Erf(math.Sqrt(x)), 1e-13)
		if got, want := GammaSurvival(0.5, x), math.Erfc(math.Sqrt(x)); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("Q(½, %v) = %v, want %v", x, got, want)
		}
		near(t, "χ² with 2 degrees", ChiSquaredSurvival(x, 2), math.Exp(-x/2), 1e-14)
		z := float64(i-200) / 20
		if got, want := NormalCDF(z), math.Erfc(-z/math.Sqrt2)/2; math.Abs(got/want-1) > 3e-13 {
			t.Errorf("Φ(%v) = %v, want %v", z, got, want)
		}
		if z > -8 && z < 6 {
			near(t, "Φ⁻¹(Φ(z))", NormalQuantile(NormalCDF(z)), z, 1e-13/math.Min(1, NormalSurvival(z)*1e3))
		}
	}
	near(t, "ln of 40 over 7", LogChoose(40, 7), math.Log(18643560), 1e-14)
	near(t, "ln B(3, 4)", LogBeta(3, 4), math.Log(1.0/60), 1e-14)
}

// The first numbers of seed 1234567 are those that the algorithm's authors publish.
func TestRandom(t *testing.T) {
	r := NewRandom(1234567)
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := r.Uint64(); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
	var counts [7]int
	var sum, squares float64
	const n = 70000
	for range n {
		counts[r.Intn(7)]++
		z := r.Normal()
		sum, squares = sum+z, squares+z*z
	}
	for k, c := range counts {
		if math.Abs(float64(c)-n/7) > 5*math.Sqrt(n/7) {
			t.Errorf("%d came %d times of %d", k, c, n)
		}
	}
	if math.Abs(sum) > 5*math.Sqrt(n) || math.Abs(squares/n-1) > 0.03 {
		t.Errorf("normal: sum %v, mean square %v", sum, squares/n)
	}
	seen := map[int]bool{}
	for _, i := range r.Perm(50) {
		seen[i] = true
	}
	if len(seen) != 50 {
		t.Error("a permutation repeats")
	}
}

// Where rounding puts x and 1 − x both beyond the fold there is still an end.
func TestBetaFoldsOnce(t *testing.T) {
	a, b, x := 6.61931039633434, 0.36169208373847628, 0.84838083646454621
	near(t, "at the fold", BetaCDF(a, b, x), mathext.RegIncBeta(a, b, x), 1e-12)
	random := NewRandom(4)
	for range 20000 {
		a, b := Exp(8*random.Float64()-4), Exp(8*random.Float64()-4)
		x := (a + 1) / (a + b + 2)
		for range 3 {
			if got, other := BetaCDF(a, b, x), 1-BetaCDF(b, a, 1-x); math.Abs(got-other) > 1e-9 {
				t.Fatalf("I_%v(%v, %v) = %v, and %v from the other side", x, a, b, got, other)
			}
			x = math.Nextafter(x, 1)
		}
	}
}

// The median of a symmetric law is ½, and near it the law is normal with the density
// 1/√(2π)·√(4(2a+1)) at the middle.
func TestLargeBeta(t *testing.T) {
	for _, a := range []float64{9e4, 1e5, 1.1e5, 1e6, 1e8, 1e10} {
		near(t, "the middle", BetaCDF(a, a, 0.5), 0.5, 1e-9)
		sd := math.Sqrt(1 / (4 * (2*a + 1)))
		for _, z := range []float64{-3, -1, 0.5, 2} {
			near(t, "beside the middle", BetaCDF(a, a, 0.5+z*sd), NormalCDF(z), 1/a+1e-8)
		}
		near(t, "both sides", BetaCDF(a, 3*a, 0.2501), 1-BetaCDF(3*a, a, 0.7499), 1e-8)
	}
	for _, v := range []float64{BetaCDF(1e11, 2, 0.5), BetaQuantile(-1, 2, 0.5), BetaQuantile(1, 2, 2), BetaQuantile(1, 2, math.NaN())} {
		if !math.IsNaN(v) {
			t.Errorf("%v outside of the domain, want NaN", v)
		}
	}
}
