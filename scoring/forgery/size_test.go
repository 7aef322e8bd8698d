package forgery

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

func uniforms(r *kernel.Random, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.Float64()
	}
	return out
}

func counts(r *kernel.Random, l law, categories, n int) []int64 {
	out := make([]int64, categories)
	for range n {
		out[l[r.Uint64()>>52]]++
	}
	return out
}

// poisson draws by counting exponential steps.
func poisson(r *kernel.Random, mean float64) int64 {
	var n int64
	for at := -kernel.Log(1 - r.Float64()); at < mean; at -= kernel.Log(1 - r.Float64()) {
		n++
	}
	return n
}

// nulls are the tests with data that their null describes. Exact says that the chance of
// P ≤ α is α, but for simulation error, and not only at most α.
func nulls() map[string]struct {
	p     func(r *kernel.Random) (float64, error)
	exact bool
} {
	skewed := newLaw(8, 4, 2, 1, 1, 1)
	benford := make([]float64, 9)
	for d := range benford {
		benford[d] = math.Log1p(1 / float64(d+1))
	}
	digits := newLaw(benford...)
	type null = struct {
		p     func(r *kernel.Random) (float64, error)
		exact bool
	}
	return map[string]null{
		"χ²": {p: func(r *kernel.Random) (float64, error) {
			t, err := ChiSquared(counts(r, evenLaw10, 10, 200), nil)
			return t.P, err
		}},
		"χ² of two samples": {p: func(r *kernel.Random) (float64, error) {
			t, err := ChiSquaredTwoSample(counts(r, skewed, 6, 150), counts(r, skewed, 6, 250))
			return t.P, err
		}},
		"G": {p: func(r *kernel.Random) (float64, error) {
			t, err := GTest(counts(r, evenLaw10, 10, 1000), nil)
			return t.P, err
		}},
		"Benford": {p: func(r *kernel.Random) (float64, error) {
			t, err := BenfordCounts(counts(r, digits, 9, 300))
			return t.P, err
		}},
		"stability": {p: func(r *kernel.Random) (float64, error) {
			t, err := StabilityTest(counts(r, evenLaw10, 10, 400), counts(r, evenLaw10, 10, 600))
			return t.P, err
		}},
		"Fisher": {p: func(r *kernel.Random) (float64, error) {
			a, b := poisson(r, 3), poisson(r, 6)
			t, err := FisherExact(a, 20, b, 40)
			return t.TwoSided, err
		}},
		"Kolmogorov–Smirnov": {exact: true, p: func(r *kernel.Random) (float64, error) {
			t, err := KolmogorovSmirnov(uniforms(r, 20), identity)
			return t.P, err
		}},
		"Kolmogorov's limit": {p: func(r *kernel.Random) (float64, error) {
			t, err := KolmogorovSmirnov(uniforms(r, 20), identity)
			return t.Limit, err
		}},
		"Kolmogorov–Smirnov of two samples": {p: func(r *kernel.Random) (float64, error) {
			t, err := KolmogorovSmirnovTwoSample(uniforms(r, 17), uniforms(r, 23))
			return t.P, err
		}},
		"Kolmogorov–Smirnov of two samples with ties": {p: func(r *kernel.Random) (float64, error) {
			return tied(r, func(x, y []float64) (float64, error) {
				t, err := KolmogorovSmirnovTwoSample(x, y)
				return t.P, err
			})
		}},
		"Cramér–von Mises": {exact: true, p: func(r *kernel.Random) (float64, error) {
			t, err := CramerVonMises(uniforms(r, 20), identity)
			return t.P, err
		}},
		"Cramér–von Mises of two samples": {p: func(r *kernel.Random) (float64, error) {
			t, err := CramerVonMisesTwoSample(uniforms(r, 20), uniforms(r, 30))
			return t.P, err
		}},
		"Cramér–von Mises of two samples with ties": {p: func(r *kernel.Random) (float64, error) {
			return tied(r, func(x, y []float64) (float64, error) {
				t, err := CramerVonMisesTwoSample(x, y)
				return t.P, err
			})
		}},
		"Anderson–Darling": {p: func(r *kernel.Random) (float64, error) {
			t, err := AndersonDarling(uniforms(r, 15), uniforms(r, 20), uniforms(r, 25))
			return t.P, err
		}},
		"dispersion": {p: func(r *kernel.Random) (float64, error) {
			n := make([]int64, 20)
			for i := range n {
				n[i] = poisson(r, 10)
			}
			t, err := PoissonDispersion(n)
			return t.P, err
		}},
		"regularity": {p: func(r *kernel.Random) (float64, error) {
			n := make([]int64, 20)
			for i := range n {
				n[i] = poisson(r, 10)
			}
			t, err := PoissonDispersion(n)
			return t.Regular, err
		}},
		"conditional uniformity": {exact: true, p: func(r *kernel.Random) (float64, error) {
			var at []float64
			for x := -kernel.Log(1 - r.Float64()); x < 30; x -= kernel.Log(1 - r.Float64()) {
				at = append(at, x)
			}
			t, err := ConditionalUniformity(at, 0, 30)
			return t.P, err
		}},
		"MMD²": {exact: true, p: func(r *kernel.Random) (float64, error) {
			t, err := MaximumMeanDiscrepancy(columns(uniforms(r, 8)), columns(uniforms(r, 10)), 99, r.Uint64())
			return t.P, err
		}},
	}
}

var evenLaw10 = evenLaw(10)

// tied gives a test two samples of whole numbers.
func tied(r *kernel.Random, test func(x, y []float64) (float64, error)) (float64, error) {
	x, y := make([]float64, 30), make([]float64, 25)
	for _, s := range [][]float64{x, y} {
		for i := range s {
			s[i] = float64(r.Intn(5))
		}
	}
	return test(x, y)
}

// TestSizes simulates the share of P ≤ α under the null of every test.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, null := range nulls() {
		t.Run(name, func(t *testing.T) {
			r := kernel.NewRandom(31)
			var five, one float64
			for range runs {
				p, err := null.p(r)
				noError(t, err)
				if !(p >= 0 && p <= 1) {
					t.Fatalf("P is %v", p)
				}
				if p <= 0.05 {
					five++
				}
				if p <= 0.01 {
					one++
				}
			}
			five, one = five/runs, one/runs
			t.Logf("P ≤ 0.05 in %.4f, P ≤ 0.01 in %.4f", five, one)
			if five > most(0.05) || one > most(0.01) {
				t.Errorf("P ≤ 0.05 in %.4f and P ≤ 0.01 in %.4f of runs: at most %.4f and %.4f may", five, one, most(0.05), most(0.01))
			}
			if null.exact && (five < 0.1-most(0.05) || one < 0.02-most(0.01)) {
				t.Errorf("P ≤ 0.05 in %.4f and P ≤ 0.01 in %.4f of runs: too few for an exact test", five, one)
			}
		})
	}
}

// TestTimeRescalingHasItsSize rescales traffic with a daily cycle by a pool with the
// same cycle; without rescaling it is far from uniform.
func TestTimeRescalingHasItsSize(t *testing.T) {
	t.Parallel()
	pool := make([]int64, 24)
	for h := range pool {
		pool[h] = int64(20_000 * (1.2 + math.Sin(float64(h)/24*2*math.Pi)))
	}
	const start, days = 1_700_000_000_000, 3
	end := int64(start + days*24*hourMilliseconds)
	r, rescaled, plain := kernel.NewRandom(32), 0, 0
	for range runs {
		var at []int64
		for len(at) < 40 { // thinning
			x := start + int64(r.Float64()*float64(end-start))
			if h := x / hourMilliseconds % 24; r.Float64()*2.3*20_000 < float64(pool[h]) {
				at = append(at, x)
			}
		}
		u, err := Rescale(at, pool, start, end)
		noError(t, err)
		k, err := ConditionalUniformity(u, 0, 1)
		noError(t, err)
		if k.P <= 0.05 {
			rescaled++
		}
		raw := make([]float64, len(at))
		for i, x := range at {
			raw[i] = float64(x)
		}
		if k, err = ConditionalUniformity(raw, start, float64(end)); err != nil || k.P <= 0.05 {
			plain++
		}
	}
	share := float64(rescaled) / runs
	t.Logf("P ≤ 0.05 in %.4f rescaled, in %.4f as it is", share, float64(plain)/runs)
	if share > most(0.05) || share < 0.1-most(0.05) || float64(plain)/runs < 0.1 {
		t.Errorf("P ≤ 0.05 in %.4f rescaled, in %.4f as it is", share, float64(plain)/runs)
	}
}

// TestNormHasItsSize compares texts of a subject with a norm of 200 texts whose score
// depends on their length.
func TestNormHasItsSize(t *testing.T) {
	t.Parallel()
	r, alarms := kernel.NewRandom(33), 0
	text := func() (score float64, length int) {
		length = 40 + r.Intn(60)
		return 5 - kernel.Log(float64(40+(length-40)/8*8)) - 0.3*kernel.Log(1-r.Float64()), length
	}
	for range runs {
		var n Norm
		for range 200 {
			v, l := text()
			noError(t, n.Add(v, l))
		}
		values, lengths := make([]float64, 25), make([]int, 25)
		for i := range values {
			values[i], lengths[i] = text()
		}
		test, err := n.Compare(values, lengths)
		noError(t, err)
		if test.P <= 0.05 {
			alarms++
		}
	}
	share := float64(alarms) / runs
	t.Logf("P ≤ 0.05 in %.4f", share)
	if share > most(0.05) || share < 0.03 {
		t.Errorf("P ≤ 0.05 in %.4f", share)
	}
}
