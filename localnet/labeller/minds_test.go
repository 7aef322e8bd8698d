package labeller

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/zoo"
)

func taskOf(p Program, n uint64, subjects ...Subject) Task {
	return Task{ID: item.Sum("task", binary.BigEndian.AppendUint64(nil, n)), Program: p, Subjects: subjects}
}

// accuracy is the share of the site's posts that a mind answers truly, of every third.
func accuracy(t *testing.T, m Mind) float64 {
	t.Helper()
	all, right, asked := allPosts(t), 0, 0
	for i := 0; i < len(all); i += 3 {
		p := all[i]
		a, ok := m.Answer(t.Context(), taskOf(spamProgram, uint64(i), p.Subject))
		if !ok {
			t.Fatal("no answer")
		}
		if asked++; a == p.truth {
			right++
		}
	}
	return float64(right) / float64(asked)
}

// The honest labellers are of different strength, none perfect and none a coin, on mails
// that they did not learn from.
func TestHonestAccuracy(t *testing.T) {
	want := [][2]float64{{0.94, 0.985}, {0.87, 0.955}, {0.85, 0.925}, {0.80, 0.89}, {0.78, 0.87}}
	for _, seed := range []uint64{1, 7} {
		for i, s := range Studies(seed) {
			b, err := NewBayes(s)
			if err != nil {
				t.Fatal(err)
			}
			if a := accuracy(t, b); a < want[i][0] || a > want[i][1] {
				t.Errorf("seed %d: labeller %d is right in %.3f, want %v", seed, i, a, want[i])
			}
		}
	}
}

func TestIdleAccuracy(t *testing.T) {
	for name, c := range map[string]struct {
		mind     Mind
		from, to float64
	}{
		"ham":  {zoo.Constant{Say: ham}, 0.72, 0.77},
		"spam": {zoo.Constant{Say: spam}, 0.23, 0.28},
		"coin": {zoo.Coin{Seed: 1}, 0.45, 0.55}, // more than four standard deviations
		"pact": {zoo.Pact{Secret: 1}, 0.45, 0.55},
	} {
		if a := accuracy(t, c.mind); a < c.from || a > c.to {
			t.Errorf("%s is right in %.3f, want %v to %v", name, a, c.from, c.to)
		}
	}
}

// pairs are the answers of a mind about random pairs of posts.
func pairs(t *testing.T, m Mind, n int) []string {
	t.Helper()
	all, rng := allPosts(t), rand.New(rand.NewPCG(1, 2))
	out := make([]string, n)
	for i := range out {
		a := rng.IntN(len(all))
		b := (a + 1 + rng.IntN(len(all)-1)) % len(all)
		out[i], _ = m.Answer(t.Context(), taskOf(pairProgram, uint64(i), all[a].Subject, all[b].Subject))
	}
	return out
}

func agreement(a, b []string) float64 {
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a))
}

// Tastes agree far above chance (about 0.42), but not always; those of a pact always;
// a coin by chance alone.
func TestAgreementOfTastes(t *testing.T) {
	const n = 1500
	var honest [][]string
	for _, s := range Studies(5) {
		answers := pairs(t, s.Taste, n)
		for _, other := range honest {
			if a := agreement(answers, other); a < 0.60 || a > 0.90 {
				t.Errorf("tastes agree in %.3f", a)
			}
		}
		counts := map[string]int{}
		for _, a := range answers {
			counts[a]++
		}
		if counts[tie] < n/50 || counts[neither] < n/400 || math.Abs(float64(counts[left]-counts[right])) > 4*math.Sqrt(n) {
			t.Errorf("answers %v", counts)
		}
		honest = append(honest, answers)
	}
	pact := pairs(t, zoo.Pact{Secret: 9}, n)
	if a := agreement(pact, pairs(t, zoo.Pact{Secret: 9}, n)); a != 1 {
		t.Errorf("a pact agrees in %v", a)
	}
	for name, m := range map[string]Mind{"coin": zoo.Coin{Seed: 9}, "other pact": zoo.Pact{Secret: 10}} {
		if a := agreement(pact, pairs(t, m, n)); a > 0.55 {
			t.Errorf("%s agrees with the pact in %.3f", name, a)
		}
		if a := agreement(honest[0], pairs(t, m, n)); a > 0.55 {
			t.Errorf("%s agrees with an honest one in %.3f", name, a)
		}
	}
}

func TestMindsFollowTheirSeed(t *testing.T) {
	all := allPosts(t)[:200]
	say := func(m Mind) (out []string) {
		for i, p := range all {
			a, _ := m.Answer(t.Context(), taskOf(spamProgram, uint64(i), p.Subject))
			b, _ := m.Answer(t.Context(), taskOf(pairProgram, uint64(i), p.Subject, all[(i+1)%len(all)].Subject))
			out = append(out, a, b)
		}
		return out
	}
	bayes := func(seed uint64) Mind {
		b, err := NewBayes(Studies(seed)[4])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, of := range map[string]func(uint64) Mind{
		"bayes": bayes,
		"coin":  func(s uint64) Mind { return zoo.Coin{Seed: s} },
		"pact":  func(s uint64) Mind { return zoo.Pact{Secret: s} },
	} {
		if !slices.Equal(say(of(1)), say(of(1))) {
			t.Errorf("%s: equal seeds differ", name)
		}
		if slices.Equal(say(of(1)), say(of(2))) {
			t.Errorf("%s: different seeds are equal", name)
		}
	}
}

// Whatever a desk shows, an answer is one that the program allows, and turning a pair
// turns the answer of a taste and of a pact.
func TestAnswersAreAllowed(t *testing.T) {
	study := Studies(1)[4]
	bayes, err := NewBayes(study)
	if err != nil {
		t.Fatal(err)
	}
	copier, err := NewCopier(nil, 0, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		subject := rapid.Custom(func(t *rapid.T) Subject {
			return Subject{Title: rapid.String().Draw(t, "title"), Body: rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.Rune(), 0, 300, -1)).Draw(t, "body")}
		})
		a := Answers{
			Type:   rapid.SampledFrom([]string{category, string(program.Ordinal), string(program.Scalar), pairwise, string(program.Verdict), "", "other"}).Draw(t, "type"),
			Labels: rapid.SampledFrom([][]string{nil, {ham, spam}, {"a", "b", "c"}}).Draw(t, "labels"), Max: 10, Step: 1,
		}
		task := taskOf(Program{Name: "p", Answers: a}, rapid.Uint64().Draw(t, "n"), rapid.SliceOfN(subject, 0, 3).Draw(t, "subjects")...)
		for name, m := range map[string]Mind{"bayes": bayes, "constant": zoo.Constant{Say: spam}, "coin": zoo.Coin{}, "pact": zoo.Pact{}, "copier": copier, "taste": study.Taste} {
			answer, ok := m.Answer(context.Background(), task)
			if ok && !slices.Contains(a.Choices(), answer) {
				t.Fatalf("%s answers %q to %+v", name, answer, a)
			}
			if a.Type != pairwise || len(task.Subjects) != 2 || task.Subjects[0] == task.Subjects[1] || name != "taste" && name != "pact" {
				continue
			}
			mirror := task
			mirror.Subjects = []Subject{task.Subjects[1], task.Subjects[0]}
			if other, _ := m.Answer(context.Background(), mirror); other != program.Turned(answer) && task.Subjects[0].Fingerprint() != task.Subjects[1].Fingerprint() {
				t.Fatalf("%s: %q turned is %q", name, answer, other)
			}
		}
	})
}

func TestNewBayesRefuses(t *testing.T) {
	for name, s := range map[string]Study{
		"no ham": {Spam: 5, Words: 1}, "no spam": {Ham: 5, Words: 1}, "too many": {Ham: 501, Spam: 5, Words: 1},
		"no features": {Ham: 5, Spam: 5}, "long": {Ham: 5, Spam: 5, Words: 9}, "negative": {Ham: 5, Spam: 5, Words: -1, Chars: 3},
		"flip": {Ham: 5, Spam: 5, Words: 1, Flip: math.NaN()},
	} {
		if _, err := NewBayes(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGrams(t *testing.T) {
	var got []string
	Study{Words: 2, Chars: 3}.grams(Subject{Title: "A1!", Body: " Don't\n\nÉé"}, func(g gram) { got = append(got, fmt.Sprint(g.chars, g.text)) })
	want := []string{"falsea0", "falsea0 !", "false!", "false! don't", "falsedon't", "falsedon't éé", "falseéé",
		"truea0!", "true0! ", "true! d", "true do", "truedon", "trueon'", "truen't", "true't ", "truet é", "true éé"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The odds are those of the stated formula: two mails, words alone.
func TestOddsFollowTheFormula(t *testing.T) {
	b, err := NewBayes(Study{Seed: 1, Ham: 1, Spam: 1, Words: 1})
	if err != nil {
		t.Fatal(err)
	}
	all, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	counts, totals, known := map[string]map[gram]int{}, map[string]int{}, map[gram]bool{}
	for _, label := range []string{ham, spam} {
		part, err := drawExamples(all, label, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		counts[label] = map[gram]int{}
		b.study.grams(Subject{Title: part[0].Title, Body: part[0].Body}, func(g gram) {
			counts[label][g]++
			totals[label]++
			known[g] = true
		})
	}
	want := 0.0
	for _, word := range []string{"the", "the", "you"} {
		if w := (gram{text: word}); known[w] {
			p := float64(counts[spam][w]+1) / float64(totals[spam]+len(known))
			q := float64(counts[ham][w]+1) / float64(totals[ham]+len(known))
			want += math.Log(p / q)
		}
	}
	if got := b.Odds(Subject{Title: "The", Body: "the YOU zzzzunknown"}); want == 0 || math.Abs(got-want) > 1e-9 {
		t.Errorf("odds %v, want %v", got, want)
	}
}
