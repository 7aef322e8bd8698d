package zoo

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

var (
	spam  = Program{Name: "spam", Answers: Answers{Type: string(program.Category), Labels: []string{"ham", "spam"}}, Gold: true}
	pairs = Program{Name: "preference", Answers: Answers{Type: string(program.Pairwise)}}
)

// knower is right in all that it is asked.
type knower struct{ looks *int }

func (k knower) Answer(_ context.Context, t Task) (string, bool) {
	*k.looks++
	if t.Program.Answers.pairs() {
		if t.Subjects[0].Body > t.Subjects[1].Body {
			return program.AnswerLeft, true
		}
		return program.AnswerRight, true
	}
	return t.Program.Answers.Labels[len(t.Subjects[0].Body)%2], true
}

func (knower) Sure(t Task) float64 {
	sum := 0.0
	for _, s := range t.Subjects {
		sum += Fraction(1, "sure", []byte(s.Body))
	}
	return 0.5 + 0.5*(sum-float64(int(sum)))
}

func taskAbout(p Program, n int, bodies ...string) Task {
	t := Task{ID: item.Sum("task", fmt.Append(nil, n)), Program: p, Round: uint64(n)}
	for _, b := range bodies {
		t.Subjects = append(t.Subjects, Subject{Title: "t", Body: b, Time: "2026-01-01T00:00:00Z"})
	}
	return t
}

// Every adversary has settings within their ranges and answers, if it does, within the
// answer space; of a pair it says the same on either side, unless it does not look.
func TestRatersAnswer(t *testing.T) {
	names := map[string]bool{}
	for _, a := range Raters() {
		if found, ok := FindRater(a.Name); names[a.Name] || !ok || found.Name != a.Name || a.About == "" {
			t.Errorf("%s: twice, or not found, or without a word", a.Name)
		}
		names[a.Name] = true
		for _, s := range a.Settings {
			if s.Default < s.Low || s.Default > s.High || !slices.Contains(s.Try, s.Default) {
				t.Errorf("%s: %+v", a.Name, s)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			settings := a.Defaults()
			for _, s := range a.Settings {
				settings[s.Name] = rapid.SampledFrom(s.Try).Draw(t, s.Name)
			}
			looks := 0
			minds := a.Minds(settings, 1, func(int) Expert { return knower{&looks} })
			if keys, of := settings["keys"]; of && len(minds) != int(keys) || len(minds) == 0 {
				t.Fatalf("%d minds", len(minds))
			}
			body := rapid.StringMatching(`[a-z]{1,9}`)
			one := body.Draw(t, "one")
			two := body.Filter(func(s string) bool { return s != one }).Draw(t, "two")
			for n, m := range minds {
				if answer, ok := m.Answer(t.Context(), taskAbout(spam, n, one)); ok && !slices.Contains(spam.Answers.Labels, answer) {
					t.Fatalf("spam: %q", answer)
				}
				answer, ok := m.Answer(t.Context(), taskAbout(pairs, n, one, two))
				if ok && !slices.Contains(pairs.Answers.Choices(), answer) {
					t.Fatalf("pairs: %q", answer)
				}
				if ring, is := m.(Ring); is {
					if other, _ := ring.Answer(t.Context(), taskAbout(pairs, n, two, one)); other != program.Turned(answer) {
						t.Fatalf("%q, and turned %q", answer, other)
					}
				}
			}
		})
	}
	if _, ok := FindRater("nobody"); ok {
		t.Error("nobody was found")
	}
}

// Keys of a ring say the same where there is no gold, and use all answers to do so.
func TestARingAgrees(t *testing.T) {
	for _, way := range []float64{WideSignal, Signal, Leader, SureLeader} {
		looks, said := 0, map[string]int{}
		minds := ring(map[string]float64{"keys": 3, "way": way, "exam": 1}, 7, func(int) Expert { return knower{&looks} })
		for n := range 400 {
			task := taskAbout(pairs, n, fmt.Sprint("a", n), fmt.Sprint("b", n*7))
			first, _ := minds[0].Answer(t.Context(), task)
			said[first]++
			for _, m := range minds[1:] {
				if other, _ := m.Answer(t.Context(), task); other != first {
					t.Fatalf("way %v: %q and %q", way, first, other)
				}
			}
		}
		wide := way == WideSignal || way == SureLeader
		if wide != (said[program.AnswerTie] > 20 && said[program.AnswerNeither] > 20) {
			t.Errorf("way %v: %v", way, said)
		}
		if honest := way == Leader || way == SureLeader; honest != (looks > 0) {
			t.Errorf("way %v: %d looks", way, looks)
		}
	}
}

// Where gold stands at a certain place, whoever looks for it finds it; where it does not,
// it takes no place for it.
func TestALeakIsFound(t *testing.T) {
	for _, leaks := range []bool{true, false} {
		looks := 0
		l := NewLeak(knower{&looks}, Constant{Say: "ham"}, 1.5)
		rng := func(n int, what string) float64 { return Fraction(3, what, fmt.Append(nil, n)) }
		asked, right := 0, 0
		for n := range 3000 {
			task := taskAbout(spam, n, fmt.Sprint("text", n))
			task.Place, task.Of = n%4, 4
			gold := rng(n, "gold") < 0.25
			if leaks {
				gold = n%4 == 2
			}
			before := looks
			l.Answer(t.Context(), task)
			if n >= 1500 {
				asked++
				if (looks > before) == gold {
					right++
				}
			}
			if gold {
				l.Told("spam", []protocol.Mark{{Task: task.ID, Truth: "ham"}})
			}
		}
		if share := float64(right) / float64(asked); leaks != (share > 0.95) {
			t.Errorf("leaks %v: it is right about %.3f of the tasks", leaks, share)
		}
	}
}

// Prior goes by what it was told, and forgets in time.
func TestPriorGoesByTruths(t *testing.T) {
	tell := func(p *Prior, truths ...string) {
		for _, x := range truths {
			p.Told("spam", []protocol.Mark{{Truth: x}})
		}
	}
	for way, want := range map[int]string{MostTrue: "spam", LeastTrue: "ham", LastTrue: "ham", LeastLater: "spam"} {
		p := &Prior{Way: way}
		tell(p, "spam", "spam", "spam", "spam", "spam", "spam", "spam", "spam", "spam", "spam", "spam", "ham", "ham", "ham", "ham", "ham", "ham")
		if got, _ := p.Answer(t.Context(), taskAbout(spam, 1, "x")); got != want {
			t.Errorf("way %d: %q, want %q", way, got, want)
		}
		for range mostTruths {
			tell(p, "ham")
		}
		if len(p.truths) != mostTruths {
			t.Errorf("%d truths are kept", len(p.truths))
		}
	}
	p := &Prior{Way: InTurns}
	a, _ := p.Answer(t.Context(), taskAbout(spam, 1, "x"))
	b, _ := p.Answer(t.Context(), taskAbout(spam, 2, "x"))
	if a == b {
		t.Errorf("twice %q", a)
	}
}

// Who milks is honest first; who abstains leaves out what it is not sure of.
func TestMilkAndAbstain(t *testing.T) {
	looks := 0
	m := &Milk{Expert: knower{&looks}, Else: Constant{Say: "ham"}, Good: 10, Bad: 5}
	var looked []bool
	for n := range 30 {
		before := looks
		m.Answer(t.Context(), taskAbout(spam, 100+n, "x"))
		looked = append(looked, looks > before)
	}
	for n, is := range looked {
		if is != (n%15 < 10) {
			t.Errorf("round %d: looked %v", n, is)
		}
	}
	a := Abstain{Expert: knower{&looks}, Least: 0.75}
	for n := range 50 {
		task := taskAbout(spam, n, fmt.Sprint("x", n))
		if _, ok := a.Answer(t.Context(), task); ok != (a.Expert.Sure(task) >= 0.75) {
			t.Errorf("task %d: answered %v", n, ok)
		}
	}
}
