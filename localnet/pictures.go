package localnet

import (
	"fmt"
	"math"
	"sync"

	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/web"
)

// testRows is for how many rows the chances of a verdict are drawn: what some 80 rounds
// check of a miner.
const testRows = 500

// pictures draws cells of miners. It computes a test's characteristic once for each set of
// numbers that it depends on.
type pictures struct {
	params *scoring.Parameters

	mu    sync.Mutex
	tests map[tested]*web.Test
}

// tested is what a characteristic follows from, beside the parameters.
type tested struct{ noise, rejectAt, alarmAt float64 }

// testsKept bounds the memory: the noise moves, and with it the test.
const testsKept = 64

func newPictures(params []byte) (*pictures, error) {
	p, err := scoring.DecodeParameters(params)
	if err != nil {
		return nil, err
	}
	return &pictures{params: p, tests: map[tested]*web.Test{}}, nil
}

// cells are the cells of a miner that it holds something in.
func (p *pictures) cells(x scoring.Explanation) []web.Cell {
	var out []web.Cell
	for _, c := range x.Cells {
		cell := web.Cell{Product: productOf(c.Name), Name: c.Name, Steps: steps(x, c)}
		if !c.Judges {
			cell.Test = p.test(c)
		}
		out = append(out, cell)
	}
	return out
}

// steps are how the pay of a cell came about, from what the miner would be paid if all
// that it holds counted.
func steps(x scoring.Explanation, c scoring.ExplainedCell) []web.Step {
	var out []web.Step
	add := func(term, note string, left float64) { out = append(out, web.Step{Term: term, Note: note, Left: left}) }
	lower, word := c.Standing.Lower, "lower bound of standing"
	if c.Judges {
		lower, word = c.Skill, "lower bound of skill"
		add("value of its work", fmt.Sprintf("demand %.1f × %.0f %%", c.Demand, 100*c.UniqueBytes/(c.NetworkBytes+c.HalfBytes)), c.Value)
	} else {
		held := float64(c.ProvenBytes)
		all := c.NetworkBytes + c.HalfBytes
		if counted(x, c) { // then what counts of it stands in the network's total
			all += held - c.UniqueBytes
		}
		add("all that it holds", fmt.Sprintf("demand %.1f × %.0f %%", c.Demand, 100*held/all), c.Demand*held/all)
		add("unique, valid, fresh", fmt.Sprintf("%.0f %% of its bytes", 100*c.UniqueBytes/math.Max(held, 1)), c.Value)
	}
	pay := c.Value * math.Pow(lower, float64(x.Gamma))
	add(word, fmt.Sprintf("%.3f^%d = × %.3f", lower, x.Gamma, math.Pow(lower, float64(x.Gamma))), pay)
	if why := unpaid(x, c); why != "" {
		add("pay", why, 0)
	}
	return out
}

// unpaid is why a cell pays nothing, whatever it is worth.
func unpaid(x scoring.Explanation, c scoring.ExplainedCell) string {
	switch {
	case len(x.Flags) > 0:
		return "flagged: pays nothing"
	case c.Rejected:
		return "rejected: pays nothing"
	case x.Rejected:
		return "rejected for its silence"
	case c.OnTrial:
		return "on trial: pays nothing now"
	case x.Away:
		return "away: pays nothing now"
	case c.Judges && c.Pay == 0 && c.Skill > 0:
		return "no work lately, or no exam"
	}
	return ""
}

// counted reports whether what a miner has in a cell is part of the network's total.
func counted(x scoring.Explanation, c scoring.ExplainedCell) bool {
	return unpaid(x, c) == ""
}

// test is the characteristic of the tests of a cell, with the miner's standing.
func (p *pictures) test(c scoring.ExplainedCell) *web.Test {
	key := tested{math.Round(200*c.Noise) / 200, c.RejectAt, c.AlarmAt}
	p.mu.Lock()
	defer p.mu.Unlock()
	t, known := p.tests[key]
	if !known {
		if len(p.tests) >= testsKept {
			clear(p.tests)
		}
		t = p.characteristic(key)
		p.tests[key] = t
	}
	if t == nil {
		return nil
	}
	own := *t
	own.Mean, own.Lower, own.Upper, own.Checked = c.Standing.Mean, c.Standing.Lower, c.Standing.Upper, c.Standing.Checked
	return &own
}

// characteristic computes the chances of the verdicts by the true valid share, exactly, at
// a noise that is known; nil where the noise leaves no room between good and bad, so that
// no row decides anything.
func (p *pictures) characteristic(key tested) *web.Test {
	good, bad := p.borders(key.noise)
	// The evidence is a walk with one boundary. The sequential test of these error rates has
	// it for its upper one, and a lower one that no walk of so few rows reaches.
	const never = 1e-300
	design := acceptance.Design{Good: good, Bad: bad, Alpha: math.Exp(-key.rejectAt), Beta: never, Cap: testRows}
	watch, err := acceptance.NewCUSUM(good, bad, key.alarmAt)
	rejected := web.Curve{Name: fmt.Sprintf("rejected for good within %d rows", testRows)}
	alarmed := web.Curve{Name: fmt.Sprintf("on trial within %d rows", testRows)}
	for _, valid := range sharesDrawn() {
		theta := valid * (1 - key.noise)
		c, wrong := design.Characteristic(theta)
		if wrong != nil {
			return nil
		}
		// What is undecided at the cap is told to the likelier side; it was not rejected.
		rejected.Points = append(rejected.Points, web.Point{X: valid, Y: c.Reject - (c.AtCap - c.Accept)})
		if err != nil {
			continue
		}
		if r, wrong := watch.RunLength(theta); wrong == nil {
			if within, wrong := r.AlarmWithin(testRows); wrong == nil {
				alarmed.Points = append(alarmed.Points, web.Point{X: valid, Y: within})
			}
		}
	}
	t := &web.Test{
		Curves: []web.Curve{rejected}, Note: fmt.Sprintf("where re-fetching has a noise of %.3f, and it is known; while it is not, verdicts come later", key.noise),
		Marks: []web.Mark{{Name: "bad", Share: bad / (1 - key.noise)}, {Name: "good", Share: good / (1 - key.noise)}},
	}
	if len(alarmed.Points) == len(rejected.Points) {
		t.Curves = append(t.Curves, alarmed)
	}
	return t
}

// borders are the chances of a good and of a bad row to pass, at a noise that is known.
func (p *pictures) borders(noise float64) (good, bad float64) {
	if p.params.Paired {
		return p.params.Good * (1 - noise), p.params.Bad * (1 - noise)
	}
	return p.params.Good - noise, p.params.Bad
}

// sharesDrawn are the shares at which a curve is computed: closer where it bends.
func sharesDrawn() []float64 {
	var out []float64
	for i := 0; i < 60; i += 5 {
		out = append(out, float64(i)/100)
	}
	for i := 60; i <= 100; i++ {
		out = append(out, float64(i)/100)
	}
	return out
}
