package forgery

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

func sample(rt *rapid.T, name string) []float64 {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) float64 {
		return float64(rapid.IntRange(-40, 40).Draw(rt, "value")) / 8
	}), 3, 40).Draw(rt, name)
}

func inUnit(rt *rapid.T, what string, p float64) {
	if !(p >= 0 && p <= 1) {
		rt.Fatalf("%s: P is %v", what, p)
	}
}

// TestSampleProperties: order within a sample does not matter, nor which sample is
// first, nor a strictly increasing map of all values; P is in [0, 1] and does not fall
// as the statistic does.
func TestSampleProperties(t *testing.T) {
	type result struct{ value, p float64 }
	tests := map[string]func(x, y []float64) result{
		"Kolmogorov–Smirnov": func(x, y []float64) result {
			r, err := KolmogorovSmirnovTwoSample(x, y)
			noError(t, err)
			return result{r.D, r.P}
		},
		"Cramér–von Mises": func(x, y []float64) result {
			r, err := CramerVonMisesTwoSample(x, y)
			noError(t, err)
			return result{r.Value, r.P}
		},
		"Anderson–Darling": func(x, y []float64) result {
			r, err := AndersonDarling(x, y)
			noError(t, err)
			return result{r.Value, r.P}
		},
	}
	rapid.Check(t, func(rt *rapid.T) {
		x, y := sample(rt, "x"), sample(rt, "y")
		seed := rapid.Uint64().Draw(rt, "seed")
		shuffled, mapped := slices.Clone(x), [2][]float64{slices.Clone(x), slices.Clone(y)}
		kernel.NewRandom(seed).Shuffle(len(x), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, s := range mapped {
			for i, v := range s {
				s[i] = v*v*v + 100
			}
		}
		for name, test := range tests {
			a, b := test(x, y), test(shuffled, y)
			inUnit(rt, name, a.p)
			if a != b {
				rt.Fatalf("%s: %v, and %v in another order", name, a, b)
			}
			if c := test(mapped[0], mapped[1]); a != c {
				rt.Fatalf("%s: %v, and %v after an increasing map", name, a, c)
			}
			if d := test(y, x); math.Abs(a.value-d.value) > 1e-9 || math.Abs(a.p-d.p) > 1e-9 {
				rt.Fatalf("%s: %v, and %v with the samples changed over", name, a, d)
			}
			if e := test(x, x); e.p < 0.99 {
				rt.Fatalf("%s: a sample differs from itself with P %v", name, e.p)
			}
		}
	})
}

func TestOneSampleProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		u := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 60).Draw(rt, "u")
		back := slices.Clone(u)
		slices.Reverse(back)
		a, err := KolmogorovSmirnov(u, identity)
		noError(t, err)
		b, err := KolmogorovSmirnov(back, func(x float64) float64 { return x })
		noError(t, err)
		if a != b {
			rt.Fatalf("%v, and %v reversed", a, b)
		}
		inUnit(rt, "KS", a.P)
		inUnit(rt, "the limit", a.Limit)
		c, err := CramerVonMises(u, identity)
		noError(t, err)
		inUnit(rt, "CvM", c.P)
		if c.P < leastCramer {
			rt.Fatalf("CvM: P is %v", c.P)
		}
	})
}

// TestLawsFall: P does not rise with the statistic.
func TestLawsFall(t *testing.T) {
	for name, p := range map[string]func(x float64) float64{
		"Kolmogorov's limit":     func(x float64) float64 { return kolmogorovLimit(3 * x) },
		"exact of 7":             func(x float64) float64 { return kolmogorovSurvival(7, x) },
		"exact of 300":           func(x float64) float64 { return kolmogorovSurvival(300, x) },
		"expansion of 3000":      func(x float64) float64 { return kolmogorovSurvival(3000, x) },
		"Cramér–von Mises limit": func(x float64) float64 { return 1 - cramerLimit(4*x) },
		"Anderson–Darling":       func(x float64) float64 { return andersonP(8*x-1, 2) },
	} {
		last := 1.0
		for x := 0.001; x < 1; x += 0.001 {
			now := p(x)
			if now > last+1e-9 || !(now >= 0) {
				t.Fatalf("%s: P is %v before and %v at %v", name, last, now, x)
			}
			last = min(last, now)
		}
		if last > 0.01 {
			t.Errorf("%s: P is still %v at the end", name, last)
		}
	}
}

// TestCountProperties: the order of categories does not matter, P is in [0, 1], and
// doubling the counts doubles the statistic.
func TestCountProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.SliceOfN(rapid.Int64Range(0, 50), 4, 12).Draw(rt, "a")
		b := rapid.SliceOfN(rapid.Int64Range(0, 50), len(a), len(a)).Draw(rt, "b")
		a[0], a[1], b[0], b[1] = a[0]+1, a[1]+1, b[0]+1, b[1]+1
		twice := make([]int64, len(a))
		for i, n := range a {
			twice[i] = 2 * n
		}
		backA, backB := slices.Clone(a), slices.Clone(b)
		slices.Reverse(backA)
		slices.Reverse(backB)
		for name, test := range map[string]func(a, b []int64) (Test, error){
			"χ²":                func(a, _ []int64) (Test, error) { return ChiSquared(a, nil) },
			"G":                 func(a, _ []int64) (Test, error) { return GTest(a, nil) },
			"χ² of two samples": ChiSquaredTwoSample,
			"stability":         StabilityTest,
		} {
			one, err := test(a, b)
			noError(t, err)
			inUnit(rt, name, one.P)
			back, err := test(backA, backB)
			noError(t, err)
			if math.Abs(one.Statistic-back.Statistic) > 1e-9*(1+one.Statistic) || one.DF != back.DF {
				rt.Fatalf("%s: %v, and %v reversed", name, one, back)
			}
			if name == "χ²" || name == "G" {
				two, err := test(twice, b)
				noError(t, err)
				if math.Abs(two.Statistic-2*one.Statistic) > 1e-9*(1+one.Statistic) || two.P > one.P+1e-12 {
					rt.Fatalf("%s: %v, and %v of twice the counts", name, one, two)
				}
			}
		}
		d, err := PoissonDispersion(a)
		noError(t, err)
		inUnit(rt, "dispersion", d.P)
		f, err := FisherExact(a[0], a[1], b[0], b[1])
		noError(t, err)
		g, err := FisherExact(b[0], b[1], a[0], a[1])
		noError(t, err)
		if math.Abs(f.TwoSided-g.TwoSided) > 1e-9 || math.Abs(f.Greater-g.Less) > 1e-9 || f.Greater+f.Less < 1-1e-9 {
			rt.Fatalf("Fisher: %v, and %v with the rows changed over", f, g)
		}
	})
}

func TestRescalingProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pool := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 168).Draw(rt, "pool")
		start := rapid.Int64Range(-1<<42, 1<<42).Draw(rt, "start")
		length := rapid.Int64Range(1, 1<<34).Draw(rt, "length")
		times := rapid.SliceOfN(rapid.Int64Range(start, start+length), 0, 30).Draw(rt, "times")
		out, err := Rescale(append(times, start, start+length), pool, start, start+length)
		noError(t, err)
		if out[0] != 0 || out[len(out)-1] != 1 || !slices.IsSorted(out) {
			rt.Fatalf("rescaled: %v", out)
		}
	})
	// Of an even pool, rescaling is the share of the window.
	out, err := Rescale([]int64{5_000_000, 1_000_000}, []int64{7, 7, 7}, 1_000_000, 9_000_000)
	noError(t, err)
	near(t, "the middle", out[1], 0.5, 1e-12)
	// An hour with three times the events takes three times the room.
	out, err = Rescale([]int64{hourMilliseconds}, []int64{30, 10}, 0, 2*hourMilliseconds)
	noError(t, err)
	near(t, "the end of a busy hour", out[0], 30.5/41, 1e-12)
}

func TestDivergenceProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.IntRange(2, 20).Draw(rt, "categories")
		var d [2][]float64
		for i := range d {
			d[i] = rapid.SliceOfN(rapid.Float64Range(0.01, 1), k, k).Draw(rt, "weights")
			var sum float64
			for _, v := range d[i] {
				sum += v
			}
			for j := range d[i] {
				d[i][j] /= sum
			}
		}
		js, err := JensenShannon(d[0], d[1])
		noError(t, err)
		back, err := JensenShannon(d[1], d[0])
		noError(t, err)
		psi, err := StabilityIndex(d[0], d[1])
		noError(t, err)
		pq, err := KullbackLeibler(d[0], d[1])
		noError(t, err)
		qp, err := KullbackLeibler(d[1], d[0])
		noError(t, err)
		if math.Abs(js-back) > 1e-14 || js < 0 || js > math.Ln2 || math.Abs(psi-pq-qp) > 1e-12 || pq < -1e-15 {
			rt.Fatalf("JS %v and %v, PSI %v, KL %v and %v", js, back, psi, pq, qp)
		}
	})
	if kl, err := KullbackLeibler([]float64{0.5, 0.5}, []float64{1, 0}); err != nil || !math.IsInf(kl, 1) {
		t.Errorf("KL from a law that lacks a category is %v, %v", kl, err)
	}
}
