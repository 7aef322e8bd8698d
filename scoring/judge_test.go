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

// goldPlay plays one rater against gold: classes whose shares may change with time, and
// an answer by a strategy that sees the truth, or ignores it and knows all truths that
// were opened so far.
type goldPlay struct {
	shares func(n int) []float64
	pass   float64
	answer func(rng *kernel.Random, truth string, opened []string) string
}

// ahead is how many later gold truths an answer is compared with: those of the jobs asked
// until four rounds after its own.
const ahead = 8

func (g goldPlay) truths(rng *kernel.Random, n int) []string {
	out := make([]string, n)
	for i := range out {
		u := rng.Float64()
		shares := g.shares(i)
		k := 0
		for ; k < len(shares)-1 && u >= shares[k]; k++ {
			u -= shares[k]
		}
		out[i] = fmt.Sprint(k)
	}
	return out
}

// paid is the mean pay factor, skill^gamma where the exam is passed, over the answers
// from `from` to `to`.
func (g goldPlay) paid(par *Parameters, seed uint64, from, to int) float64 {
	rng := kernel.NewRandom(seed)
	space := program.Answers{Type: program.Category}
	truths := g.truths(rng, to+ahead)
	var p standing.Posterior
	var sum float64
	for n := range to {
		said := g.answer(rng, truths[n], truths[:n])
		if c, ok := against(space, said, truths[n], truths[n+1:n+1+ahead]); ok {
			p.See(true, c.pass, par.Forget)
			p.See(false, c.fail, par.Forget)
		}
		if n >= from && n%5 == 0 {
			if x := skill(par.standing().Share(p, 0).Lower); x >= g.pass {
				sum += 5 * kernel.Power(x, par.Gamma)
			}
		}
	}
	return sum / float64(to-from)
}

func steady(shares ...float64) func(int) []float64 { return func(int) []float64 { return shares } }

// turning has two classes of 9 : 1 that change places every so many tasks.
func turning(every int) func(int) []float64 {
	return func(n int) []float64 {
		if n/every%2 == 0 {
			return []float64{0.9, 0.1}
		}
		return []float64{0.1, 0.9}
	}
}

func even(classes int) func(int) []float64 {
	shares := make([]float64, classes)
	for i := range shares {
		shares[i] = 1 / float64(classes)
	}
	return steady(shares...)
}

// count is how often each answer is among the newest of some.
func count(of []string, last int) map[string]int {
	out := map[string]int{}
	for _, s := range of[max(0, len(of)-last):] {
		out[s]++
	}
	return out
}

// What does not look at the item is paid less than one per cent of what an honest
// labeller of 90 % is, whatever it is: constant, a coin, in turns, what was true last or
// most often of late, or what was seldom true of late; with classes even or 9 : 1, two or
// sixteen, steady or changing places.
func TestChancePaysNothing(t *testing.T) {
	par := rules(t)
	strategies := map[string]func(rng *kernel.Random, _ string, opened []string) string{
		"constant":   func(*kernel.Random, string, []string) string { return "0" },
		"rarest":     func(*kernel.Random, string, []string) string { return "1" },
		"coin":       func(rng *kernel.Random, _ string, _ []string) string { return fmt.Sprint(rng.Intn(2)) },
		"in turns":   func(_ *kernel.Random, _ string, opened []string) string { return fmt.Sprint(len(opened) % 2) },
		"long turns": func(_ *kernel.Random, _ string, opened []string) string { return fmt.Sprint(len(opened) / 100 % 2) },
		"true last": func(_ *kernel.Random, _ string, opened []string) string {
			if len(opened) < 10 {
				return "0"
			}
			return opened[len(opened)-10] // the newest that is known
		},
		"commonest of late": func(_ *kernel.Random, _ string, opened []string) string {
			c := count(opened[:max(0, len(opened)-8)], 64)
			if c["1"] > c["0"] {
				return "1"
			}
			return "0"
		},
		"absent of late": func(_ *kernel.Random, _ string, opened []string) string {
			c := count(opened[:max(0, len(opened)-8)], 64)
			least := 0
			for k := range 16 {
				if c[fmt.Sprint(k)] < c[fmt.Sprint(least)] {
					least = k
				}
			}
			return fmt.Sprint(least)
		},
	}
	honest := func(rng *kernel.Random, truth string, _ []string) string {
		if rng.Float64() < 0.9 {
			return truth
		}
		return map[string]string{"0": "1", "1": "0"}[truth] + ""
	}
	for name, shares := range map[string]func(int) []float64{
		"1:1": steady(0.5, 0.5), "7:3": steady(0.7, 0.3), "9:1": steady(0.9, 0.1), "sixteen": even(16), "turning at 40": turning(40), "turning at 150": turning(150),
	} {
		mean := func(answer func(*kernel.Random, string, []string) string, pass float64) float64 {
			const runs = 24
			var sum float64
			for run := range runs {
				sum += goldPlay{shares, pass, answer}.paid(par, uint64(run), 20, 400)
			}
			return sum / runs
		}
		base := mean(honest, 0.3)
		if base < 0.2 {
			t.Errorf("classes %s: an honest labeller has the factor %.3f", name, base)
		}
		for how, s := range strategies {
			with, without := mean(s, 0.3)/base, mean(s, 0)/base
			t.Logf("classes %s, %s: %.5f of the honest pay, %.5f without an exam", name, how, with, without)
			if with > 0.01 || without > 0.05 {
				t.Errorf("classes %s: %s is paid %.4f of the honest pay, %.4f without an exam", name, how, with, without)
			}
		}
	}
}

// Who looks at a part of the tasks, and answers the others with what is hardly ever true,
// is paid less than that part: an answer that says nothing is not free.
func TestLookingSeldomPaysLess(t *testing.T) {
	par := rules(t)
	for name, shares := range map[string]func(int) []float64{
		"one never true": steady(0.5, 0.5, 0), "one hardly ever": steady(0.49, 0.49, 0.02), "sixteen": even(16), "two": steady(0.5, 0.5), "9:1": steady(0.9, 0.1),
	} {
		least := len(shares(0)) - 1
		mean := func(looks float64) float64 {
			const runs = 24
			var sum float64
			for run := range runs {
				sum += goldPlay{shares, 0.3, func(rng *kernel.Random, truth string, opened []string) string {
					switch {
					case len(opened) >= 100 && rng.Float64() > looks: // after a good beginning
						return fmt.Sprint(least)
					case rng.Float64() < 0.9:
						return truth
					}
					return fmt.Sprint(rng.Intn(len(shares(0))))
				}}.paid(par, uint64(run), 200, 500)
			}
			return sum / runs
		}
		base := mean(1)
		for _, looks := range []float64{0.8, 0.5, 0.2, 0} {
			paid := mean(looks) / base
			t.Logf("classes %s: who looks at %.0f %% is paid %.3f of who looks at all", name, 100*looks, paid)
			if paid > looks+0.02 {
				t.Errorf("classes %s: who looks at %.0f %% is paid %.3f of who looks at all", name, 100*looks, paid)
			}
		}
	}
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
	signals  int     // how many answers the signal takes; 0: the colluders repeat one honest opinion
}

// paid are the mean pay factors of the colluders and of the others after n tasks, each
// asked of five.
func (c crowd) paid(t *testing.T, par *Parameters, seed uint64, n int) (colluders, others float64) {
	rng := kernel.NewRandom(seed)
	space := program.Answers{Type: program.Pairwise}
	tab := &table{passed: map[protocol.Hotkey]bool{}, given: map[protocol.Hotkey][]reference{}}
	posteriors, who := make([]standing.Posterior, c.raters), make([]rater, c.raters)
	name := func(i int) protocol.Hotkey { return protocol.Hotkey(item.Sum("rater", []byte{byte(i)})) }
	for i := range c.raters {
		tab.passed[name(i)] = true
	}
	sides := []string{program.AnswerLeft, program.AnswerRight, program.AnswerTie, program.AnswerNeither}
	for range n {
		truth := rng.Intn(2)
		signal := truth
		if c.signals > 0 {
			signal = rng.Intn(c.signals)
		} else if rng.Float64() > c.accuracy {
			signal = 1 - truth
		}
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
		own := &task{}
		for k, i := range asked {
			who[i].fade(par.Forget)
			if how, ok := tab.againstPeers(space, name(i), own, said[k].answer.said, said, who[i].compared); ok {
				posteriors[i].See(true, how.pass, par.Forget)
				posteriors[i].See(false, how.fail, par.Forget)
			}
		}
		for _, x := range said {
			g := append(tab.given[x.hotkey], reference{own, x.answer.said})
			tab.given[x.hotkey] = g[max(0, len(g)-12):]
		}
	}
	for i, all := range posteriors {
		p := who[i].amongPeers(all)
		f := kernel.Power(skill(par.standing().Share(p, 0).Lower), par.Gamma)
		if i < c.colluder {
			colluders += f / float64(c.colluder)
		} else {
			others += f / float64(c.raters-c.colluder)
		}
	}
	return colluders, others
}

// What those who answer alike are paid beside honest raters of 85 %, if they passed an
// exam honestly elsewhere: a signal pays next to nothing, as long as they are fewer than
// half of the others. One honest opinion on several keys is paid more per key than an
// opinion each, by about a tenth for each further key. From half on they are each other's median, and peers are no defence: the exam
// on gold, and the price of a key, are.
func TestColludersAmongPeers(t *testing.T) {
	par := rules(t)
	const raters, runs = 12, 20
	for _, tt := range []struct {
		colluders, signals int
		most               float64 // of the honest pay
	}{{1, 2, 0.02}, {2, 2, 0.02}, {3, 4, 0.02}, {4, 2, 0.02}, {4, 4, 0.02}, {5, 4, 0.1}, {2, 0, 1.15}, {3, 0, 1.25}, {4, 0, 1.4}, {5, 0, 1.6}} {
		var bad, good float64
		for run := range runs {
			x, y := crowd{raters, tt.colluders, 0.85, tt.signals}.paid(t, par, uint64(run), 500)
			bad, good = bad+x/runs, good+y/runs
		}
		t.Logf("%d of %d collude by %d signals: %.4f of the honest pay, whose factor is %.3f", tt.colluders, raters, tt.signals, bad/good, good)
		if bad/good > tt.most {
			t.Errorf("%d of %d collude by %d signals and are paid %.3f of the honest pay, at most %.2f is stated", tt.colluders, raters, tt.signals, bad/good, tt.most)
		}
	}
}
