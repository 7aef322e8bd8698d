package standing

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// average is the rule that most subnets have: c ← (1−a)·c + a·x per evaluation.
type average struct{ c, a float64 }

func (e *average) see(x float64) { e.c = (1-e.a)*e.c + e.a*x }

// counts is the rule of storj's auditor: α ← λα + 1 at a pass, β ← λβ + 1 at a
// failure, the score α/(α+β), from α = 1000 and β = 0.
type counts struct{ alpha, beta float64 }

func (s *counts) see(pass bool) {
	s.alpha, s.beta = 0.999*s.alpha, 0.999*s.beta
	if pass {
		s.alpha++
	} else {
		s.beta++
	}
}

func (s *counts) score() float64 { return s.alpha / (s.alpha + s.beta) }

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	t.Logf("%s: %.4f", what, got)
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.4f, want %.4f within %g", what, got, want, tolerance)
	}
}

// The average at a = .15: its effective sample is (2−a)/a = 12.3 evaluations, so it
// mixes up workers that it should tell apart. The standard deviations are
// √(θ(1−θ)·a/(2−a)); those first measured for this comparison, .060 and .110, are 3 %
// lower.
func TestTheAverageRemembersTwelveEvaluations(t *testing.T) {
	const a, workers, evaluations = 0.15, 20_000, 80
	within(t, "effective sample at .15", (2-a)/a, 12.3, 0.05)
	within(t, "effective sample at .30", (2-0.3)/0.3, 5.7, 0.05)
	rng := kernel.NewRandom(3)
	var good, bad, good2, bad2, paidGood, paidBad, outranked float64
	for range workers {
		g, b := average{0.95, a}, average{0.80, a}
		for range evaluations {
			g.see(one(rng.Float64() < 0.95))
			b.see(one(rng.Float64() < 0.80))
		}
		good, good2 = good+g.c/workers, good2+g.c*g.c/workers
		bad, bad2 = bad+b.c/workers, bad2+b.c*b.c/workers
		paidGood, paidBad = paidGood+math.Pow(g.c, 2.5)/workers, paidBad+math.Pow(b.c, 2.5)/workers
		outranked += one(b.c > g.c) / workers
	}
	within(t, "deviation at .95", math.Sqrt(good2-good*good), math.Sqrt(0.95*0.05*a/(2-a)), 0.001)
	within(t, "deviation at .80", math.Sqrt(bad2-bad*bad), math.Sqrt(0.80*0.20*a/(2-a)), 0.002)
	within(t, "a worker of .80 stands above one of .95", outranked, 0.107, 0.008)
	within(t, "E[c^2.5] at .95", paidGood, 0.886, 0.003)
	within(t, "E[c^2.5] at .80", paidBad, 0.592, 0.005)
	within(t, "their ratio", paidGood/paidBad, 1.50, 0.02)
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// The same two workers under the posterior, looked at when it holds as many rows as
// it ever does, about eighty from rounds of six: the lower bound mixes up none of
// 4,000 pairs. Most of the gain is the longer memory, which TestExitScam has the
// price of.
func TestThePosteriorTellsThemApart(t *testing.T) {
	const workers, rounds, rows = 4_000, 60, 6
	r := uniform()
	rng := kernel.NewRandom(4)
	var outranked float64
	for range workers {
		var g, b Posterior
		for range rounds {
			g.Fade(r.ForgetRound)
			b.Fade(r.ForgetRound)
			for range rows {
				g.Check(rng.Float64() < 0.95, r.Forget)
				b.Check(rng.Float64() < 0.80, r.Forget)
			}
		}
		// Of two posteriors with equally many rows the one with more passes has the
		// higher bound.
		outranked += one(b.Pass > g.Pass) / workers
	}
	within(t, "a worker of .80 stands above one of .95", outranked, 0, 0.001)
}

// exit is what a worker collects after it has turned bad altogether, in evaluations
// at full pay.
func exit(pay func() float64, fail func()) float64 {
	full := pay()
	var sum float64
	for range 3000 {
		fail()
		sum += pay() / full
	}
	return sum
}

// After turning bad a worker under the average still collects two full evaluations,
// Σ .85^(2.5k), and under storj's rule its score takes 41 failures to fall below .96.
// The posterior at the shipped rates, with six rows in a round, pays by its lower
// bound for five more rounds: its hundred rows are a longer memory than twelve
// evaluations. In the fold the worth of what is drawn falls at the same time, which
// leaves three. A detector of change ends it sooner; forgetting alone does not.
func TestExitScam(t *testing.T) {
	e := average{1, 0.15}
	within(t, "the average pays", exit(func() float64 { return math.Pow(e.c, 2.5) }, func() { e.see(0) }), 2.0, 0.05)

	s, failures := counts{alpha: 1000}, 0
	for s.score() >= 0.96 {
		s.see(false)
		failures++
	}
	within(t, "storj's failures to .96", float64(failures), 41, 0)
	within(t, "storj's effective sample at λ = .999", (1+0.999)/(1-0.999), 2000, 2)

	r := uniform()
	var p Posterior
	round := func(pass bool) func() {
		return func() {
			p.Fade(r.ForgetRound)
			for range 6 {
				p.Check(pass, r.Forget)
			}
		}
	}
	for range 300 {
		round(true)()
	}
	paid := func(square float64) float64 {
		lower := r.Share(p, 0).Lower
		return math.Pow(lower, square)
	}
	kept := p
	within(t, "the posterior pays, rounds of six rows", exit(func() float64 { return paid(2) }, round(false)), 5.08, 0.05)
	p = kept
	within(t, "the same, with worth falling alike", exit(func() float64 { return paid(3) }, round(false)), 3.16, 0.05)
}

// A burnt identity is not replaced for nothing. A new key that does perfect work
// starts at (1/10)² of full pay by standing, and its amounts are shrunk by two draws
// (value_prior) of the five that a round brings. Until it stands where the old one
// stood it misses the pay of 1.9 rounds by standing alone, and of more than two
// altogether.
func TestReplacingABurntIdentityCosts(t *testing.T) {
	r := uniform()
	within(t, "the first bound", r.Share(Posterior{}, 0).Lower, 0.1, 1e-12)
	var p Posterior
	var drawn, standing, both float64
	var byStanding, byBoth []float64
	for range 300 {
		p.Fade(r.ForgetRound)
		drawn *= r.ForgetRound
		for i := range 6 {
			p.Check(true, r.Forget)
			if i < 5 {
				drawn = drawn*r.Forget + 1
			}
		}
		lower := r.Share(p, 0).Lower
		standing, both = lower*lower, lower*lower*drawn/(drawn+2)
		byStanding, byBoth = append(byStanding, standing), append(byBoth, both)
	}
	missed := func(pay []float64, full float64) float64 {
		var sum float64
		for _, v := range pay {
			sum += 1 - v/full
		}
		return sum
	}
	within(t, "rounds missed by standing", missed(byStanding, standing), 1.95, 0.05)
	within(t, "rounds missed altogether", missed(byBoth, both), 2.84, 0.05)
}
