package standing

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/assaynet/assay/scoring/kernel"
)

// uniform is the rule that the tests use: the one that ships.
func uniform() Rule {
	return Rule{PriorPass: 1, PriorFail: 1, Credible: 0.1, Forget: 0.99, ForgetRound: 0.985}
}

// Quantiles of Beta(a, b) by mpmath 1.3.0: bisection of betainc with 40 digits. Both
// sides are exact to 1e-12.
func TestBoundsAgainstMpmath(t *testing.T) {
	for _, c := range []struct{ a, b, low, high float64 }{
		{1, 1, 0.1, 0.9},
		{2, 1, 0.31622776601683793, 0.9486832980505138},
		{1, 2, 0.0513167019494862, 0.68377223398316207},
		{21, 1, 0.89615050194660464, 0.99499539754985503},
		{96, 6, 0.91010795980478835, 0.96850082620000702},
		{96.4, 3.7, 0.93777727555416877, 0.98430377844264007},
		{1.25, 80.5, 0.0023587081724601361, 0.033221213658041669},
		{500.5, 12.25, 0.96716871071645131, 0.98425353362222323},
		{1001, 1, 0.99770235881949283, 0.99989475027874315},
	} {
		got := uniform().Share(Posterior{Pass: c.a - 1, Fail: c.b - 1}, 0)
		if math.Abs(got.Lower-c.low) > 1e-12 || math.Abs(got.Upper-c.high) > 1e-12 {
			t.Errorf("Beta(%v, %v): bounds %.17g and %.17g, want %.17g and %.17g", c.a, c.b, got.Lower, got.Upper, c.low, c.high)
		}
		if want := c.a / (c.a + c.b); math.Abs(got.Mean-want) > 1e-15 {
			t.Errorf("Beta(%v, %v): mean %v, want %v", c.a, c.b, got.Mean, want)
		}
	}
}

// gonum inverts another continued fraction by another search.
func TestBoundsAgainstGonum(t *testing.T) {
	rng := kernel.NewRandom(11)
	for range 300 {
		p := Posterior{Pass: 200 * rng.Float64(), Fail: 40 * rng.Float64()}
		r := uniform()
		r.Credible = 0.01 + 0.49*rng.Float64()
		twin := distuv.Beta{Alpha: 1 + p.Pass, Beta: 1 + p.Fail}
		got := r.Share(p, 0)
		for _, c := range [][2]float64{{got.Lower, twin.Quantile(r.Credible)}, {got.Upper, twin.Quantile(1 - r.Credible)}, {got.Mean, twin.Mean()}} {
			if math.Abs(c[0]-c[1]) > 1e-10 {
				t.Fatalf("%+v at %v: %.15g, gonum has %.15g", p, r.Credible, c[0], c[1])
			}
		}
	}
}

// The correction for noise divides, and stops at 1.
func TestNoiseIsDividedOut(t *testing.T) {
	p := Posterior{Pass: 90, Fail: 4}
	plain, corrected := uniform().Share(p, 0), uniform().Share(p, 0.02)
	if corrected.Lower != plain.Lower/0.98 || corrected.Mean != plain.Mean/0.98 {
		t.Errorf("corrected %+v of %+v", corrected, plain)
	}
	if high := uniform().Share(p, 0.5); high.Lower != 1 || high.Mean != 1 || high.Upper != 1 {
		t.Errorf("a correction above 1: %+v", high)
	}
}

func TestUnknownIsNotKnown(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	nothing := Share{Upper: 1}
	for _, c := range []struct {
		p   Posterior
		eta float64
	}{
		{Posterior{}, 1}, {Posterior{}, -0.1}, {Posterior{}, nan}, {Posterior{}, inf},
		{Posterior{Pass: nan}, 0}, {Posterior{Fail: inf}, 0}, {Posterior{Pass: -2}, 0},
	} {
		if got := uniform().Share(c.p, c.eta); got != nothing {
			t.Errorf("%+v with noise %v: %+v", c.p, c.eta, got)
		}
	}
	if got := (Rule{}).Share(Posterior{}, 0); got != nothing {
		t.Errorf("a rule without a prior: %+v", got)
	}
}

func TestRuleSaysWhatIsWrong(t *testing.T) {
	if err := uniform().Check(); err != nil {
		t.Error(err)
	}
	err := Rule{PriorPass: math.NaN(), PriorFail: 1, Credible: 0.7, Forget: 2, ForgetRound: -1}.Check()
	for _, want := range []string{"PriorPass is NaN", "Credible is 0.7, want 0.0001 to 0.5", "Forget is 2", "ForgetRound is -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	r := uniform()
	for _, c := range []struct {
		rows  []Row
		round uint64
		want  string
	}{
		{[]Row{{2, true, 1}, {1, true, 1}}, 2, "row 1 is of round 1, after a row of round 2"},
		{[]Row{{3, true, 1}}, 2, "later than the round 2"},
		{[]Row{{1, true, 0}}, 2, "weight 0"},
		{[]Row{{1, true, math.NaN()}}, 2, "weight NaN"},
		{[]Row{{1, true, 1.5}}, 2, "weight 1.5"},
	} {
		if _, err := r.After(c.rows, c.round); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := (Rule{}).After(nil, 0); err == nil {
		t.Error("rows are read by a rule without a prior")
	}
}

// The effective sample size that is approached: 1/(1 − λ) rows when only rows
// forget, and what the shipped rates keep of six rows a round.
func TestLimitOfTheRows(t *testing.T) {
	only := uniform()
	only.ForgetRound = 1
	if got := only.Limit(1); math.Abs(got-100) > 1e-9 {
		t.Errorf("forgetting one hundredth a row keeps %v rows, want 100", got)
	}
	never := only
	never.Forget = 1
	if !math.IsInf(never.Limit(3), 1) || never.Limit(0) != 0 {
		t.Errorf("who forgets nothing keeps %v rows", never.Limit(3))
	}
	for _, k := range []int{1, 6, 40} {
		var p Posterior
		for range 3000 {
			p.Fade(0.985)
			for i := range k {
				p.Check(i%3 > 0, 0.99)
			}
		}
		if got := uniform().Limit(k); math.Abs(got-p.Rows()) > 1e-9*got {
			t.Errorf("%d rows a round leave %v, the formula says %v", k, p.Rows(), got)
		}
	}
}
