package acceptance

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

// meanEvidence is the exact mean of a block's evidence, where controls are found with
// probability s and rows pass with probability p.
func meanEvidence(steps PairedSteps, controls, rows int, s, p float64) float64 {
	mass := func(n, k int, q float64) float64 {
		return kernel.Exp(kernel.LogChoose(float64(n), float64(k))) * math.Pow(q, float64(k)) * math.Pow(1-q, float64(n-k))
	}
	sum := 0.0
	for found := range controls + 1 {
		for pass := range rows + 1 {
			sum += mass(controls, found, s) * mass(rows, pass, p) * math.Exp(steps.Log(found, controls-found, pass, rows-pass))
		}
	}
	return sum
}

// The evidence has a mean of at most 1 under the hypothesis, whatever the noise is and
// whatever was forecast, and of 1 at the point that the forecast picks out.
func TestPairedEvidenceHasAMeanOfAtMostOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0.02, 0.98)
		p := Paired{Null: share.Draw(t, "null"), Alternative: share.Draw(t, "alternative")}
		if math.Abs(p.Null-p.Alternative) < 0.01 {
			t.Skip()
		}
		found := rapid.Float64Range(0.5, 0.999).Draw(t, "forecast")
		controls, rows := rapid.IntRange(1, 12).Draw(t, "controls"), rapid.IntRange(1, 8).Draw(t, "rows")
		steps, err := p.Steps(found, controls, rows)
		if err != nil {
			t.Fatal(err)
		}
		s := rapid.Float64Range(0, 1).Draw(t, "s")
		pass := p.Null * s
		further := rapid.Float64Range(0, 1).Draw(t, "further")
		if p.Alternative < p.Null {
			pass += further * (1 - pass)
		} else {
			pass *= further
		}
		if mean := meanEvidence(steps, controls, rows, s, pass); mean > 1+1e-9 {
			t.Fatalf("the mean is %v at s = %v and p = %v", mean, s, pass)
		}
		nearest := found * math.Exp(-steps.Found)
		if mean := meanEvidence(steps, controls, rows, nearest, p.Null*nearest); math.Abs(mean-1) > 1e-9 {
			t.Fatalf("the mean is %v at the nearest point", mean)
		}
	})
}

// The point of the edge is the nearest one: no other has a smaller divergence.
func TestPairedPicksTheNearestPoint(t *testing.T) {
	kl := func(a, b float64) float64 { return a*math.Log(a/b) + (1-a)*math.Log((1-a)/(1-b)) }
	for _, p := range []Paired{{0.97, 0.9}, {0.9, 0.97}, {0.5, 0.2}, {0.99, 0.01}} {
		for _, found := range []float64{0.5, 0.9, 0.98, 0.999} {
			const controls, rows = 8, 6
			steps, err := p.Steps(found, controls, rows)
			if err != nil {
				t.Fatal(err)
			}
			nearest := found * math.Exp(-steps.Found)
			distance := func(s float64) float64 {
				return controls*kl(found, s) + rows*kl(p.Alternative*found, p.Null*s)
			}
			for i := 1; i < 1000; i++ {
				if s := float64(i) / 1000; distance(s) < distance(nearest)-1e-12 {
					t.Errorf("%+v, forecast %v: %v is nearer than %v", p, found, s, nearest)
				}
			}
		}
	}
}

// With ever more controls a row adds what it adds to the sequential test at the noise
// that the controls show.
func TestPairedWithManyControlsKnowsTheNoise(t *testing.T) {
	p := Paired{Null: 0.97, Alternative: 0.9}
	many, err := p.Steps(0.98, maxBlock, 1)
	if err != nil {
		t.Fatal(err)
	}
	known, err := p.Known(0.98)
	if err != nil {
		t.Fatal(err)
	}
	watch, err := NewCUSUM(0.97*0.98, 0.9*0.98, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][3]float64{{many.Pass, known.Pass, watch.Pass}, {many.Fail, known.Fail, watch.Failure}} {
		if math.Abs(x[0]-x[1]) > 1e-5 || math.Abs(x[1]-x[2]) > 1e-12 {
			t.Errorf("steps %v", x)
		}
	}
	if known.Found != 0 || known.Gone != 0 {
		t.Errorf("a control says something where the noise is known: %+v", known)
	}
	for _, none := range [][2]int{{0, 5}, {5, 0}} {
		if s, err := p.Steps(0.98, none[0], none[1]); err != nil || s != (PairedSteps{}) {
			t.Errorf("%v controls and rows: %+v, %v", none, s, err)
		}
	}
}

// Over 10,000 corpora exactly at the border, whose noise leaps to anything in each block,
// the evidence ever reaches 1/alpha as seldom as stated; corpora that are bad are found.
func TestPairedKeepsItsErrorRateAtAnyNoise(t *testing.T) {
	const runs, blocks, controls, rows, alpha = 10_000, 200, 8, 6, 0.05
	p := Paired{Null: 0.97, Alternative: 0.9}
	steps, err := p.Steps(0.97, controls, rows)
	if err != nil {
		t.Fatal(err)
	}
	reached := func(r *rand.Rand, valid, jump float64) bool {
		logE, noise := 0.0, 0.02
		for range blocks {
			if r.Float64() < 0.1 {
				noise = jump * r.Float64()
			}
			var found, pass int
			for range controls {
				if r.Float64() >= noise {
					found++
				}
			}
			for range rows {
				if r.Float64() < valid*(1-noise) {
					pass++
				}
			}
			if logE += steps.Log(found, controls-found, pass, rows-pass); logE >= -math.Log(alpha) {
				return true
			}
		}
		return false
	}
	for _, jump := range []float64{0.02, 0.3} {
		r, wrong, right := rand.New(rand.NewPCG(1, 2)), 0, 0
		for i := range runs {
			if reached(r, p.Null, jump) {
				wrong++
			}
			if i < 200 && reached(r, 0.8, jump) {
				right++
			}
		}
		if share := float64(wrong) / runs; share > alpha+3*math.Sqrt(alpha/runs) || share < alpha/50 {
			t.Errorf("noise up to %v: %.4f of corpora at the border are rejected, stated %v; a share near 0 would test nothing", jump, share, alpha)
		}
		if right < 180 {
			t.Errorf("noise up to %v: %d of 200 bad corpora are rejected", jump, right)
		}
	}
}

func TestPairedRefusesWhatIsNoShare(t *testing.T) {
	good := Paired{Null: 0.97, Alternative: 0.9}
	nan := math.NaN()
	for _, p := range []Paired{{}, {0.9, 0.9}, {1, 0.9}, {0.9, 0}, {nan, 0.9}, {0.9, nan}, {-1, 2}} {
		if _, err := p.Steps(0.9, 1, 1); err == nil {
			t.Errorf("%+v is taken", p)
		}
	}
	for _, found := range []float64{0, 1, -1, 2, nan, math.Inf(1)} {
		if _, err := good.Steps(found, 1, 1); err == nil {
			t.Errorf("a forecast of %v is taken", found)
		}
		if _, err := good.Known(found); err == nil {
			t.Errorf("a known noise of %v is taken", found)
		}
	}
	for _, n := range [][2]int{{-1, 1}, {1, -1}, {maxBlock + 1, 1}, {1, math.MaxInt}} {
		if _, err := good.Steps(0.9, n[0], n[1]); err == nil {
			t.Errorf("%v controls and rows are taken", n)
		}
	}
}

// The law of the whole test is that of playing it, and has no mass left over.
func TestPairedCharacteristicIsThatOfTheTest(t *testing.T) {
	test := PairedTest{Paired: Paired{0.97, 0.9}, Forecast: 0.97, Controls: 5, Rows: 4, Threshold: 3, Cap: 40}
	steps, err := test.Steps(test.Forecast, test.Controls, test.Rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ valid, found float64 }{{0.97, 0.98}, {0.9, 0.98}, {0.7, 0.9}, {0, 1}, {1, 0.8}} {
		law, err := test.Characteristic(c.valid, c.found)
		if err != nil {
			t.Fatal(err)
		}
		r, rejected, rows := rand.New(rand.NewPCG(5, 6)), 0, 0
		const runs = 20_000
		for range runs {
			e := 0.0
			for block := 1; block <= test.Cap; block++ {
				var found, pass int
				for range test.Controls {
					if r.Float64() < c.found {
						found++
					}
				}
				for range test.Rows {
					if r.Float64() < c.valid*c.found {
						pass++
					}
				}
				rows += test.Rows
				if e += steps.Log(found, test.Controls-found, pass, test.Rows-pass); e >= test.Threshold {
					rejected++
					break
				}
			}
		}
		if got := float64(rejected) / runs; math.Abs(got-law.Reject) > 4*math.Sqrt(0.25/runs) || math.Abs(law.Accept+law.Reject-1) > 1e-9 {
			t.Errorf("%+v: rejected %.4f, the law says %.4f and accepts %.4f", c, got, law.Reject, law.Accept)
		}
		if got := float64(rows) / runs; math.Abs(got/law.ASN-1) > 0.02 {
			t.Errorf("%+v: %.2f rows, the law says %.2f", c, got, law.ASN)
		}
	}
	for _, bad := range []func(*PairedTest){
		func(p *PairedTest) { p.Controls = 0 }, func(p *PairedTest) { p.Rows = 65 }, func(p *PairedTest) { p.Threshold = math.NaN() },
		func(p *PairedTest) { p.Cap = 1001 }, func(p *PairedTest) { p.Null = 1 }, func(p *PairedTest) { p.Forecast = 1 },
	} {
		other := test
		if bad(&other); other != test {
			if _, err := other.Characteristic(0.9, 0.9); err == nil {
				t.Errorf("%+v is taken", other)
			}
		}
	}
	if _, err := test.Characteristic(math.NaN(), 0.9); err == nil {
		t.Error("a share that is none is taken")
	}
}
