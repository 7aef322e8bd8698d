package acceptance

import (
	"math"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

var nan, inf = math.NaN(), math.Inf(1)

// Each wrong argument is an error that names what is allowed.
func TestWrongDesigns(t *testing.T) {
	for want, change := range map[string]func(*Design){
		"0 < bad < good < 1":  func(d *Design) { d.Good = 0.7 },
		"good is NaN":         func(d *Design) { d.Good = nan },
		"good is 1":           func(d *Design) { d.Good = 1 },
		"bad is 0":            func(d *Design) { d.Bad = 0 },
		"alpha is 0":          func(d *Design) { d.Alpha = 0 },
		"alpha is NaN":        func(d *Design) { d.Alpha = nan },
		"beta is 0.5":         func(d *Design) { d.Beta = 0.5 },
		"the boundary is -1":  func(d *Design) { d.Boundary = -1 },
		"the boundary is +In": func(d *Design) { d.Boundary = inf },
		"the cap is -1":       func(d *Design) { d.Cap = -1 },
		"the population is -": func(d *Design) { d.Population = -5 },
		"up to 1000000000":    func(d *Design) { d.Population = MaxPopulation + 1 },
	} {
		d := design()
		change(&d)
		_, plan := d.Plan()
		_, exact := d.Characteristic(0.9)
		_, _, wald := d.Wald(0.9)
		_, sprt := NewSPRT(d)
		_, graded := NewGradedSPRT(d)
		_, gate := NewGate(d, Betting)
		_, _, noisy := d.WithNoise(Controls{Failed: 1, Passed: 99, PriorFailed: 0.5, PriorPassed: 0.5, Delta: 0.01})
		for name, err := range map[string]error{"plan": plan, "characteristic": exact, "wald": wald, "sprt": sprt, "graded": graded, "gate": gate, "noise": noisy} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

func TestWrongArguments(t *testing.T) {
	d := design()
	of10 := d
	of10.Population = 10
	fails := map[string]func() error{
		"theta is NaN":               func() error { _, err := d.Characteristic(nan); return err },
		"theta is 1.5":               func() error { _, _, err := d.Wald(1.5); return err },
		"theta is -1":                func() error { _, err := CUSUM{-1, 1, 5, 0}.RunLength(-1); return err },
		"make it with NewCUSUM":      func() error { _, err := CUSUM{}.RunLength(0.5); return err },
		"0 < bad < good < 1":         func() error { _, err := NewCUSUM(0.8, 0.95, 6); return err },
		"the threshold is 0":         func() error { _, err := NewCUSUM(0.95, 0.8, 0); return err },
		"-1 rows: want 0 to":         func() error { _, err := RunLength{}.AlarmWithin(-1); return err },
		"3 passes of 2":              func() error { _, _, err := ClopperPearson(3, 2, 0.05); return err },
		"0 passes of 0":              func() error { _, _, err := Jeffreys(0, 0, 0.05); return err },
		"-1 passes of 2":             func() error { _, err := ClopperPearsonLower(-1, 2, 0.05); return err },
		"2000000000 passes":          func() error { _, err := ClopperPearsonUpper(2_000_000_000, 2_000_000_000, 0.05); return err },
		"alpha is 1: an error rate":  func() error { _, _, err := Wilson(1, 2, 1); return err },
		"there is no method 7":       func() error { _, err := NewGate(d, 7); return err },
		"the mixture knows no popul": func() error { _, err := NewGate(of10, JeffreysMixture); return err },
		"alpha is 0: an error rate":  func() error { _, err := NewBettingSequence(0, 0); return err },
		"the population is -1":       func() error { _, err := NewBettingSequence(0.1, -1); return err },
		"alpha is NaN":               func() error { _, err := NewBernstein(nan); return err },
		"alpha is -1":                func() error { _, err := NewHoeffding(-1); return err },
		"stratum 1 has -1 rows":      func() error { _, err := Allocate([]int{1, -1}, 1, 0); return err },
		"stratum 1 has 9223372036":   func() error { _, err := Allocate([]int{1, math.MaxInt}, 1, 0); return err },
		"neither is below 0":         func() error { _, err := Allocate([]int{1, 2}, -1, 0); return err },
		"with a floor of -2":         func() error { _, err := Allocate([]int{1, 2}, 1, -2); return err },
		"5 different rows of 4":      func() error { _, err := Rows(kernel.NewRandom(1), 5, 4); return err },
		"-1 different rows of 4":     func() error { _, err := Rows(kernel.NewRandom(1), -1, 4); return err },
		"want at most 16777216":      func() error { _, err := Rows(kernel.NewRandom(1), 1<<25, 1<<26); return err },
		"row 0 has the size -1":      func() error { _, err := NewBySize([]int{-1}); return err },
		"0 rows have no size":        func() error { _, err := NewBySize(nil); return err },
		"draws: want 0 to": func() error {
			b, _ := NewBySize([]int{1})
			_, err := b.WithReplacement(kernel.NewRandom(1), -1)
			return err
		},
		"draws: want 0 to 16": func() error {
			b, _ := NewBySize([]int{1})
			_, err := b.Different(kernel.NewRandom(1), 1<<25)
			return err
		},
		"good and bad are too close": func() error { _, err := Design{Good: 0.5001, Bad: 0.5, Alpha: 0.01, Beta: 0.01}.Plan(); return err },
		"or cap the test at fewer rows": func() error {
			_, err := Design{Good: 0.50001, Bad: 0.5, Alpha: 0.01, Beta: 0.01}.Characteristic(0.5)
			return err
		},
	}
	for want, f := range fails {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestWrongScores(t *testing.T) {
	betting, _ := NewBettingSequence(0.01, 0)
	bernstein, _ := NewBernstein(0.01)
	gate, _ := NewGate(design(), Betting)
	mixture, _ := NewGate(design(), JeffreysMixture)
	for _, x := range []float64{nan, inf, -inf, -0.1, 1.0001} {
		_, fromGate := gate.Observe(x)
		for _, err := range []error{betting.Observe(x), bernstein.Observe(x), fromGate} {
			if err == nil || !strings.Contains(err.Error(), "want a number from 0 to 1") {
				t.Errorf("%v: %v", x, err)
			}
		}
	}
	if _, err := mixture.Observe(0.5); err == nil || !strings.Contains(err.Error(), "0 and 1 only") {
		t.Error(err)
	}
	if low, high := betting.Interval(); low != 0 || high != 1 || betting.moments.n != 0 || bernstein.moments.n != 0 {
		t.Errorf("wrong scores moved the interval to [%v, %v]", low, high)
	}
}

func TestWrongControls(t *testing.T) {
	right := Controls{Failed: 2, Passed: 198, PriorFailed: 0.5, PriorPassed: 0.5, Delta: 0.01}
	for want, change := range map[string]func(*Controls){
		"-1 failed":             func(c *Controls) { c.Failed = -1 },
		"NaN passed":            func(c *Controls) { c.Passed = nan },
		"Beta(0, 0.5)":          func(c *Controls) { c.PriorFailed = 0 },
		"delta is 0:":           func(c *Controls) { c.Delta = 0 },
		"check more controls":   func(c *Controls) { c.Failed = 30 },
		"may be as high as 1.0": func(c *Controls) { c.Failed, c.Passed = 0, 0 },
	} {
		c := right
		change(&c)
		if _, _, err := design().WithNoise(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	noisy, alpha, err := design().WithNoise(right)
	if err != nil || alpha != 0.02 || noisy.Good != 0.95-right.Noise() || noisy.Bad != 0.80 || noisy.Alpha != 0.01 {
		t.Errorf("%+v, %v, %v", noisy, alpha, err)
	}
}

// Noise makes the number of failing rows of a corpus random.
func TestNoiseKnowsNoPopulation(t *testing.T) {
	d := design()
	d.Population = 1000
	_, _, err := d.WithNoise(Controls{Failed: 2, Passed: 198, PriorFailed: 0.5, PriorPassed: 0.5, Delta: 0.01})
	if err == nil || !strings.Contains(err.Error(), "the population is 1000") || !strings.Contains(err.Error(), "set Population to 0") {
		t.Error(err)
	}
}

func TestTrivialBounds(t *testing.T) {
	for _, c := range [][5]float64{
		{0, 0, 1, 1, 0.01}, {-1, 5, 1, 1, 0.01}, {nan, 5, 1, 1, 0.01}, {5, inf, 1, 1, 0.01}, {5, 5, 0, 1, 0.01}, {5, 5, 1, nan, 0.01},
		{5, 5, 1, 1, 0}, {5, 5, 1, 1, 1}, {5, 0, 1, 1, 0.01}, {1e13, 5, 1, 1, 0.01}, {5, 5, 1e13, 1, 0.01},
	} {
		if got := MixtureUpper(c[0], c[1], c[2], c[3], c[4]); got != 1 {
			t.Errorf("%v: %v", c, got)
		}
	}
	if got := MixtureUpper(0, 1000, 0.5, 0.5, 0.05); got < 0.003 || got > 0.01 {
		t.Errorf("no hit in 1,000: %v", got)
	}
}

func TestContradictions(t *testing.T) {
	betting, _ := NewBettingSequence(0.01, 0)
	bernstein, _ := NewBernstein(0.01)
	for _, s := range []sequence{betting, bernstein} {
		for i := range 4000 {
			if err := s.Observe(score(i < 2000)); err != nil {
				t.Fatal(err)
			}
		}
		if low, high := s.Interval(); !s.Contradicted() || !(low <= high) {
			t.Errorf("the mean has changed: [%v, %v], contradicted: %v", low, high, s.Contradicted())
		}
	}
	// Of a population the rows drawn rule means out for certain.
	of4, _ := NewBettingSequence(0.01, 4)
	for _, x := range []float64{0, 0, 1} {
		if err := of4.Observe(x); err != nil {
			t.Fatal(err)
		}
	}
	if low, high := of4.Interval(); low != 0.25 || high != 0.5 {
		t.Errorf("[%v, %v]", low, high)
	}
}

// Outcomes that a small corpus of one kind cannot have decide at once.
func TestImpossibleOutcomesDecide(t *testing.T) {
	d := design()
	d.Population = 10 // a good one has no failing row, a bad one 2 or more
	for _, c := range []struct {
		passes, failures int
		want             Decision
	}{{0, 1, Reject}, {8, 0, Continue}, {9, 0, Accept}} {
		d.Alpha, d.Beta = 1e-9, 1e-9
		test, _ := NewSPRT(d)
		ratio, _ := NewGate(d, PointRatio)
		for i := range c.passes + c.failures {
			test.Observe(i < c.passes)
			if _, err := ratio.Observe(score(i < c.passes)); err != nil {
				t.Fatal(err)
			}
		}
		if test.Decision() != c.want || ratio.Decision() != c.want {
			t.Errorf("%d passes and %d failures: %v and %v, want %v", c.passes, c.failures, test.Decision(), ratio.Decision(), c.want)
		}
	}
}

// Of all small corpora none that passes throughout is rejected, and none that fails
// throughout is accepted, by any test that knows the population.
func TestUniformCorpora(t *testing.T) {
	for population := 1; population < 400; population++ {
		for _, shares := range [][2]float64{{0.95, 0.80}, {0.9, 0.85}, {0.85, 0.81}, {0.99, 0.98}, {0.57, 0.29}, {0.2, 0.1}, {0.07, 0.06}, {0.999, 0.001}} {
			for _, rate := range []float64{0.01, 1e-9} {
				d := Design{Good: shares[0], Bad: shares[1], Alpha: rate, Beta: rate, Population: population}
				for _, x := range []float64{0, 1} {
					never := Accept
					if x == 1 {
						never = Reject
					}
					for name, begin := range map[string]func() (*Gate, error){
						"graded":  func() (*Gate, error) { return NewGradedSPRT(d) },
						"ratio":   func() (*Gate, error) { return NewGate(d, PointRatio) },
						"betting": func() (*Gate, error) { return NewGate(d, Betting) },
					} {
						g, err := begin()
						if err != nil {
							t.Fatal(err)
						}
						for range population {
							if _, err := g.Observe(x); err != nil {
								t.Fatal(err)
							}
						}
						if g.Decision() == never || g.Decision() == Continue {
							againstBad, againstGood := g.Evidence()
							t.Fatalf("%s, %+v, all rows %v: %v, evidence %v against bad, %v against good", name, d, x, g.Decision(), againstBad, againstGood)
						}
					}
				}
			}
		}
	}
}

// The evidence against good after it is assured, and against bad after that is, stays
// what it was.
func TestAssuredSidesGatherNoEvidence(t *testing.T) {
	for _, m := range []Method{PointRatio, Betting} {
		d := Design{Good: 0.85, Bad: 0.81, Alpha: 0.01, Beta: 0.01, Population: 10}
		for _, x := range []float64{0, 1} {
			g, err := NewGate(d, m)
			if err != nil {
				t.Fatal(err)
			}
			for range d.Population {
				g.evidence.observe(x)
			}
			right, wrong := g.Evidence()
			if x == 0 {
				right, wrong = wrong, right
			}
			if !math.IsInf(right, 1) || !(wrong <= 0) {
				t.Errorf("method %d, ten rows of %v: %v for it and %v against", m, x, right, wrong)
			}
		}
	}
}

func TestDecisionsHaveWords(t *testing.T) {
	for d, want := range map[Decision]string{Continue: "continue", Accept: "accept", Reject: "reject"} {
		if d.String() != want {
			t.Errorf("%d is %q", d, d)
		}
	}
}

func TestAlarms(t *testing.T) {
	c, err := NewCUSUM(0.95, 0.80, 6)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if c.Observe(true) || c.Sum != 0 {
			t.Fatal("passes earn credit")
		}
	}
	for n := 1; n <= 5; n++ {
		if alarm := c.Observe(false); alarm != (n == 5) {
			t.Errorf("alarm after %d failures: %v", n, alarm)
		}
	}
	never, err := c.RunLength(1)
	if err != nil || !math.IsInf(never.Average, 1) || never.PerThousand() != 0 {
		t.Errorf("%+v, %v", never, err)
	}
	always, err := c.RunLength(0)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]float64{0: 0, 4: 0, 5: 1, 50: 1} {
		if p, err := always.AlarmWithin(n); err != nil || p != want {
			t.Errorf("within %d: %v, %v", n, p, err)
		}
	}
}
