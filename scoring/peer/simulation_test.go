package peer

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// moments are of many runs.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }
func (m moments) mean() float64  { return m.sum / m.n }
func (m moments) sd() float64    { return math.Sqrt(max(m.squares/m.n-m.mean()*m.mean(), 0)) }

// TestUninformedEarnNothing simulates 10,000 rounds in which worker 0 labels at
// random and worker 1 always says the same, among truthful workers: both earn 0 in
// expectation, and a truthful one more. The serum is off by its smoothing and by the
// chance in R, which is under 0.005 in this world of 120 reports.
func TestUninformedEarnNothing(t *testing.T) {
	const runs = 10_000
	p := population{tasks: 24, workers: 8, classes: 2, voters: 5}
	var random, constant, truthful, variance [3]moments
	var inside [3]float64 // how often 0 is within 1.96 standard errors of a random worker's score
	for run := range runs {
		source := kernel.NewRandom(uint64(run))
		w := p.draw(source)
		for i, a := range w.worker {
			switch a {
			case 0:
				w.label[i] = int32(source.Intn(p.classes))
			case 1:
				w.label[i] = 1
			}
		}
		r := w.reports(t)
		for i, rule := range rules {
			s, err := rule.run(r)
			if err != nil {
				t.Fatal(err)
			}
			if s[0].Tasks < 8 || s[2].Tasks < 8 {
				continue
			}
			random[i].add(s[0].Value)
			constant[i].add(s[1].Value)
			truthful[i].add(s[2].Value)
			variance[i].add(s[0].StandardError * s[0].StandardError)
			if math.Abs(s[0].Value) <= 1.96*s[0].StandardError {
				inside[i]++
			}
		}
	}
	for i, rule := range rules {
		bias := 0.0
		if rule.name == "truth serum" {
			bias = .005
		}
		t.Logf("%s: random %.5f, constant %.5f, truthful %.4f, each ± %.5f, %.5f, %.4f; standard error %.4f of %.4f, 0 inside %.3f", rule.name,
			random[i].mean(), constant[i].mean(), truthful[i].mean(), random[i].sd()/100, constant[i].sd()/100, truthful[i].sd()/100,
			math.Sqrt(variance[i].mean()), random[i].sd(), inside[i]/random[i].n)
		for name, m := range map[string]moments{"random": random[i], "constant": constant[i]} {
			if math.Abs(m.mean()) > bias+3*m.sd()/math.Sqrt(m.n)+1e-12 {
				t.Errorf("%s: a %s worker earns %.5f ± %.5f in the mean", rule.name, name, m.mean(), m.sd()/math.Sqrt(m.n))
			}
		}
		// What the comment of Score says of the standard error.
		if share, want := inside[i]/random[i].n, [...]float64{.90, .93, .99}[i]; math.Abs(share-want) > .012 {
			t.Errorf("%s: a random worker is within 1.96 standard errors of 0 in %.3f of the runs, want %.2f", rule.name, share, want)
		}
		if m := truthful[i]; m.mean() < 10*m.sd()/math.Sqrt(m.n) {
			t.Errorf("%s: a truthful worker earns %.5f ± %.5f in the mean", rule.name, m.mean(), m.sd()/math.Sqrt(m.n))
		}
	}
}
