package acceptance

import (
	"fmt"

	"github.com/assaynet/assay/scoring/kernel"
)

// Method is how a Gate gathers evidence.
type Method int

const (
	// PointRatio bets on Bad against Good, and the other way round. It decides soonest
	// where one of them is true. It takes scores and a population, of which Good and Bad
	// are means and not rounded to whole rows.
	PointRatio Method = iota
	// JeffreysMixture compares with a mixture of all shares, Beta(½, ½). There is no
	// alternative to choose. It takes rows that pass or fail, with replacement.
	JeffreysMixture
	// Betting bets on what the scores so far tell (aGRAPA of Waudby-Smith and Ramdas
	// 2024). It takes scores and a population.
	Betting
)

// Gate decides by two e-processes, one against "the corpus is good" and one against
// "the corpus is bad". Each is a non-negative supermartingale, or below one, whatever
// the share that its hypothesis allows, and starts at 1; so it ever reaches 1/alpha
// with probability alpha at most if the hypothesis is true (Ville 1939). The promise
// holds at all times, however often one looks and whenever one stops.
type Gate struct {
	evidence       evidence
	accept, reject float64 // logarithms of what the e-processes have to reach
	limit          int
	graded         bool
	n              int
	decision       Decision
}

// evidence follows the two e-processes of a Gate.
type evidence interface {
	observe(x float64)
	// logs are the logarithms of the e-processes against bad and against good.
	logs() (accept, reject float64)
}

// NewGate begins a test that accepts when the evidence against bad reaches 1/Beta and
// rejects when that against good reaches 1/Alpha. Boundary is not used. At the cap it
// decides for the side with more evidence, and there the error rates are not bounded
// by Alpha and Beta alone.
func NewGate(d Design, m Method) (*Gate, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	g := &Gate{accept: -kernel.Log(d.Beta), reject: -kernel.Log(d.Alpha), limit: d.limit(), graded: true}
	switch m {
	case PointRatio:
		g.evidence = newPointRatio(d)
	case Betting:
		g.evidence = newBets(d)
	case JeffreysMixture:
		if d.Population > 0 {
			return nil, fmt.Errorf("the mixture knows no population: choose PointRatio or Betting")
		}
		g.evidence, g.graded = &jeffreys{good: d.Good, bad: d.Bad}, false
	default:
		return nil, fmt.Errorf("there is no method %d", m)
	}
	return g, nil
}

// NewGradedSPRT is the sequential test for scores in [0, 1]: PointRatio with Wald's
// boundaries, or those of the design. It rejects a good corpus with probability at
// most e^(−upper), which is Alpha/(1−Beta) with Wald's boundaries, and accepts a bad
// one with probability at most e^lower, whatever the law of the scores. A cap adds
// what it adds to an SPRT.
//
// Of rows that pass or fail it is the SPRT, if Good and Bad are whole numbers of the
// population's rows or there is none. If they are not, an SPRT may round them since
// rows that half fail do not exist, and decides a little sooner on average.
func NewGradedSPRT(d Design) (*Gate, error) {
	g, err := NewGate(d, PointRatio)
	if err != nil {
		return nil, err
	}
	lower, upper := d.Boundaries()
	g.accept, g.reject = -lower, upper
	return g, nil
}

// Observe takes the score of one row, in [0, 1]. What comes after the decision
// changes nothing.
func (g *Gate) Observe(x float64) (Decision, error) {
	if err := checkScore(x); err != nil {
		return g.decision, err
	}
	switch {
	case !g.graded && x != 0 && x != 1:
		return g.decision, fmt.Errorf("the outcome is %v: the mixture takes 0 and 1 only, choose PointRatio or Betting", x)
	case g.decision != Continue:
		return g.decision, nil
	}
	g.n++
	g.evidence.observe(x)
	accept, reject := g.evidence.logs()
	last := g.limit > 0 && g.n >= g.limit
	switch {
	case reject >= g.reject, last && reject > accept:
		g.decision = Reject
	case accept >= g.accept, last:
		g.decision = Accept
	}
	return g.decision, nil
}

// Decision is what the test has come to.
func (g *Gate) Decision() Decision { return g.decision }

// Evidence is the natural logarithm of the e-processes against bad and against good.
func (g *Gate) Evidence() (againstBad, againstGood float64) { return g.evidence.logs() }
