package localnet

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

func pens(t *testing.T) *pictures {
	t.Helper()
	p, err := newPictures(scoring.DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The curves are what the tests of the fold do: a simulation of the same walks gives the
// same chances.
func TestCharacteristicIsThatOfTheTests(t *testing.T) {
	p := pens(t)
	const noise, rejectAt, alarmAt, runs = 0.02, 7.0, 10.0, 4000
	drawn := p.characteristic(tested{noise, rejectAt, alarmAt})
	if drawn == nil || len(drawn.Curves) != 2 || len(drawn.Curves[0].Points) != len(drawn.Curves[1].Points) {
		t.Fatalf("%+v", drawn)
	}
	good, bad := p.borders(noise)
	pass, fail := math.Log(bad/good), math.Log((1-bad)/(1-good))
	random := kernel.NewRandom(11)
	for i, q := range drawn.Curves[0].Points {
		if i%6 != 5 {
			continue
		}
		var rejected, alarmed float64
		for range runs {
			var logE, sum float64
			var was, on bool
			for range testRows {
				step := fail
				if random.Float64() < q.X*(1-noise) {
					step = pass
				}
				logE, sum = logE+step, math.Max(0, sum+step)
				was, on = was || logE >= rejectAt, on || sum >= alarmAt
			}
			if was {
				rejected++
			}
			if on {
				alarmed++
			}
		}
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 4*math.Sqrt(math.Max(want*(1-want), 0.001)/runs) {
				t.Errorf("at %.2f: %s %.4f, simulated %.4f", q.X, what, got, want)
			}
		}
		near("rejected", q.Y, rejected/runs)
		near("on trial", drawn.Curves[1].Points[i].Y, alarmed/runs)
	}
}

func TestCharacteristicIsComputedOnce(t *testing.T) {
	p := pens(t)
	cell := scoring.ExplainedCell{Noise: 0.021, RejectAt: 7, AlarmAt: 10, Standing: scoring.Share{Mean: 0.9, Lower: 0.8, Upper: 0.95, Checked: 40}}
	first := p.test(cell)
	cell.Noise, cell.Standing.Mean = 0.0209, 0.7
	second := p.test(cell)
	if len(p.tests) != 1 || &first.Curves[0].Points[0] != &second.Curves[0].Points[0] || first.Mean != 0.9 || second.Mean != 0.7 || second.Checked != 40 {
		t.Errorf("%d tests; %+v, %+v", len(p.tests), first, second)
	}
	for i := range testsKept {
		p.tests[tested{rejectAt: float64(i)}] = nil
	}
	cell.Noise, cell.RejectAt = 0.1, 8
	p.test(cell)
	if len(p.tests) > testsKept {
		t.Errorf("%d tests are kept", len(p.tests))
	}
}

// Each step of a waterfall leaves no more than the one before, and the last leaves the pay.
func TestStepsEndAtThePay(t *testing.T) {
	cell := scoring.ExplainedCell{
		Name: "forum/forum/fork", Demand: 1, ProvenBytes: 1000, UniqueBytes: 800, NetworkBytes: 3000, HalfBytes: 5000,
		Value: 800.0 / 8000, Standing: scoring.Share{Mean: 0.95, Lower: 0.9}, RejectAt: 7, AlarmAt: 10, Pay: 0.1 * 0.81,
	}
	labels := scoring.ExplainedCell{
		Name: "spam/labels", Demand: 2, UniqueBytes: 0.5, NetworkBytes: 1.5, HalfBytes: 0.5, Value: 0.5, Judges: true, Passed: true, Skill: 0.6, Pay: 0.5 * 0.36,
	}
	rejected, untried := cell, labels
	rejected.Rejected, rejected.Pay, rejected.NetworkBytes, rejected.Value = true, 0, 2200, 800.0/7200
	untried.Pay, untried.Passed = 0, false
	for name, c := range map[string]struct {
		x scoring.Explanation
		c scoring.ExplainedCell
		n int
	}{
		"paid":     {scoring.Explanation{Gamma: 2}, cell, 3},
		"rejected": {scoring.Explanation{Gamma: 2}, rejected, 4},
		"flagged":  {scoring.Explanation{Gamma: 2, Flags: []string{"schema"}}, cell, 4},
		"silent":   {scoring.Explanation{Gamma: 2, Rejected: true}, cell, 4},
		"away":     {scoring.Explanation{Gamma: 2, Away: true}, cell, 4},
		"labels":   {scoring.Explanation{Gamma: 2}, labels, 2},
		"no exam":  {scoring.Explanation{Gamma: 2}, untried, 3},
		"nothing":  {scoring.Explanation{Gamma: 2}, scoring.ExplainedCell{HalfBytes: 1}, 3},
	} {
		steps := steps(c.x, c.c)
		last := steps[len(steps)-1].Left
		want := c.c.Pay
		if name != "paid" && name != "labels" {
			want = 0
		}
		if len(steps) != c.n || math.Abs(last-want) > 1e-12 {
			t.Errorf("%s: %+v", name, steps)
		}
		before := math.Inf(1)
		for _, s := range steps {
			if !(s.Left <= before) || s.Term == "" {
				t.Errorf("%s: %+v", name, steps)
			}
			before = s.Left
		}
	}
	p := pens(t)
	cells := p.cells(scoring.Explanation{Gamma: 2, Cells: []scoring.ExplainedCell{cell, labels}})
	if len(cells) != 2 || cells[0].Product != "forum" || cells[0].Test == nil || cells[1].Test != nil {
		t.Errorf("%+v", cells)
	}
}
