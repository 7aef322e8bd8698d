package scoring

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

func rules(t testing.TB) *Parameters {
	t.Helper()
	p, err := DecodeParameters(DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gold plays one rater against gold: classes of stated shares, an answer by a strategy
// that sees the truth or ignores it, and what it is paid by, over time.
type goldPlay struct {
	shares []float64
	pass   float64
	answer func(rng *kernel.Random, n int, truth string, last bool) string
}

func (g goldPlay) draw(rng *kernel.Random) string {
	u := rng.Float64()
	for k, s := range g.shares {
		if u -= s; u < 0 {
			return fmt.Sprint(k)
		}
	}
	return fmt.Sprint(len(g.shares) - 1)
}

// paid is the mean pay factor, skill^gamma where the exam is passed, over the answers
// from `from` to `to`.
func (g goldPlay) paid(par *Parameters, seed uint64, from, to int) float64 {
	rng := kernel.NewRandom(seed)
	space := program.Answers{Type: program.Category}
	var p standing.Posterior
	var refs []string
	var sum float64
	last := false
	for n := range to {
		truth := g.draw(rng)
		said := g.answer(rng, n, truth, last)
		last = said == truth
		if c, ok := against(space, said, truth, refs); ok {
			p.See(true, c.pass, par.Forget)
			p.See(false, c.fail, par.Forget)
		}
		if refs = append(refs, truth); len(refs) > truthsKept {
			refs = refs[1:]
		}
		if n >= from && n%5 == 0 {
			if x := skill(par.standing().Share(p, 0).Lower); x >= g.pass {
				sum += 5 * kernel.Power(x, par.Gamma)
			}
		}
	}
	return sum / float64(to-from)
}

// What does not look at the item is paid less than one per cent of what an honest
// labeller of 90 % is, whatever it is: constant, a coin, the commonest class, in turns,
// or staying with what was right last, with the classes as uneven as 9 : 1.
func TestChancePaysNothing(t *testing.T) {
	par := rules(t)
	strategies := map[string]func(rng *kernel.Random, n int, truth string, last bool) string{
		"constant":       func(*kernel.Random, int, string, bool) string { return "0" },
		"rarest":         func(*kernel.Random, int, string, bool) string { return "1" },
		"coin":           func(rng *kernel.Random, _ int, _ string, _ bool) string { return fmt.Sprint(rng.Intn(2)) },
		"alternates":     func(_ *kernel.Random, n int, _ string, _ bool) string { return fmt.Sprint(n % 2) },
		"stays if right": func(_ *kernel.Random, n int, _ string, last bool) string { return fmt.Sprint(btoi(last) ^ (n & 1)) },
		"long turns":     func(_ *kernel.Random, n int, _ string, _ bool) string { return fmt.Sprint(n / 100 % 2) },
	}
	honest := func(rng *kernel.Random, _ int, truth string, _ bool) string {
		if rng.Float64() < 0.9 {
			return truth
		}
		return map[string]string{"0": "1", "1": "0"}[truth]
	}
	for _, shares := range [][]float64{{0.5, 0.5}, {0.7, 0.3}, {0.9, 0.1}} {
		mean := func(answer func(*kernel.Random, int, string, bool) string, pass float64) float64 {
			const runs = 60
			var sum float64
			for run := range runs {
				sum += goldPlay{shares, pass, answer}.paid(par, uint64(run), 20, 400)
			}
			return sum / runs
		}
		base := mean(honest, 0.3)
		if base < 0.2 {
			t.Errorf("classes %v: an honest labeller has the factor %.3f", shares, base)
		}
		for name, s := range strategies {
			with, without := mean(s, 0.3)/base, mean(s, 0)/base
			t.Logf("classes %v, %s: %.5f of the honest pay, %.5f without an exam", shares, name, with, without)
			if with > 0.01 || without > 0.05 {
				t.Errorf("classes %v: %s is paid %.4f of the honest pay, %.4f without an exam", shares, name, with, without)
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An answer that is drawn without a look at the item passes as often as it fails, for
// every answer space, exactly in expectation: exchange the two references.
func TestAContrastIsFair(t *testing.T) {
	spaces := []program.Answers{
		{Type: program.Category}, {Type: program.Ordinal, Labels: []string{"a", "b", "c", "d"}},
		{Type: program.Scalar, Min: 0, Max: 3, Step: 1}, {Type: program.Pairwise},
	}
	values := [][]string{{"a", "b", "c"}, {"a", "b", "c", "d"}, {"0", "1", "2", "3"}, {"left", "right", "tie", "neither"}}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(0, len(spaces)-1).Draw(t, "space")
		pick := rapid.SampledFrom(values[k])
		said, own, other := pick.Draw(t, "said"), pick.Draw(t, "own"), pick.Draw(t, "other")
		there, _ := against(spaces[k], said, own, []string{other})
		back, _ := against(spaces[k], said, other, []string{own})
		if there.pass != back.fail || there.fail != back.pass || there.pass+there.fail > 1 {
			t.Fatalf("%v and %v", there, back)
		}
		if right, _ := against(spaces[k], own, own, []string{other}); right.fail != 0 {
			t.Fatalf("the truth itself fails: %v", right)
		}
	})
}

// crowd plays raters who are compared with one another.
type crowd struct {
	raters   int
	colluder int     // the first of them share a signal that has nothing to do with the items
	accuracy float64 // of the others
}

// paid are the mean pay factors of the colluders and of the others after n tasks, each
// asked of five.
func (c crowd) paid(t *testing.T, par *Parameters, seed uint64, n int) (colluders, others float64) {
	rng := kernel.NewRandom(seed)
	space := program.Answers{Type: program.Pairwise}
	b := &book{raters: map[protocol.Hotkey]*rater{}}
	passed := map[protocol.Hotkey]bool{}
	posteriors := make([]standing.Posterior, c.raters)
	name := func(i int) protocol.Hotkey { return protocol.Hotkey(item.Sum("rater", []byte{byte(i)})) }
	for i := range c.raters {
		passed[name(i)] = true
	}
	sides := []string{program.AnswerLeft, program.AnswerRight}
	for range n {
		truth, signal := rng.Intn(2), rng.Intn(2)
		asked := rng.Perm(c.raters)[:5]
		var said sayings
		for _, i := range asked {
			a := truth
			if i < c.colluder {
				a = signal
			} else if rng.Float64() > c.accuracy {
				a = 1 - truth
			}
			said = append(said, saying{name(i), answer{valid: true, said: sides[a]}})
		}
		for k, i := range asked {
			if how, ok := b.againstPeers(space, name(i), said[k].answer.said, passed, said); ok {
				posteriors[i].See(true, how.pass, par.Forget)
				posteriors[i].See(false, how.fail, par.Forget)
			}
		}
		for _, x := range said {
			r := b.rater(x.hotkey)
			if r.given = append(r.given, x.answer.said); len(r.given) > givenKept {
				r.given = r.given[1:]
			}
		}
	}
	for i, p := range posteriors {
		f := kernel.Power(skill(par.standing().Share(p, 0).Lower), par.Gamma)
		if i < c.colluder {
			colluders += f / float64(c.colluder)
		} else {
			others += f / float64(c.raters-c.colluder)
		}
	}
	return colluders, others
}

// What those who share a signal are paid beside honest raters of 85 %, if they passed an
// exam honestly elsewhere: little while they are few, more than the honest ones from
// about half on. So peers alone are no defence against many keys of one owner; the exam
// on gold, and the price of a key, are.
func TestColludersAmongPeers(t *testing.T) {
	par := rules(t)
	const raters, runs = 12, 20
	for _, tt := range []struct {
		colluders int
		most      float64 // of the honest pay
	}{{1, 0.02}, {2, 0.06}, {3, 0.25}, {4, 0.7}} {
		var bad, good float64
		for run := range runs {
			x, y := crowd{raters, tt.colluders, 0.85}.paid(t, par, uint64(run), 500)
			bad, good = bad+x/runs, good+y/runs
		}
		t.Logf("%d of %d collude: %.4f of the honest pay, whose factor is %.3f", tt.colluders, raters, bad/good, good)
		if bad/good > tt.most {
			t.Errorf("%d of %d collude and are paid %.3f of the honest pay, at most %.2f is stated", tt.colluders, raters, bad/good, tt.most)
		}
	}
}
