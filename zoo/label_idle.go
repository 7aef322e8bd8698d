package zoo

import (
	"context"
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Constant always gives the same answer.
type Constant struct {
	// Say is the answer; where a program does not allow it, the one at Place.
	Say string
	// Place is that of another one, among those that a program allows.
	Place int
}

// Answer implements Mind.
func (c Constant) Answer(_ context.Context, t Task) (string, bool) {
	choices := t.Program.Answers.Choices()
	if len(choices) == 0 {
		return "", false
	}
	if slices.Contains(choices, c.Say) {
		return c.Say, true
	}
	return choices[c.Place%len(choices)], true
}

// Coin gives every answer that a program allows with the same chance, whatever is
// shown. The draw follows from the seed and the task.
type Coin struct{ Seed uint64 }

// Answer implements Mind.
func (c Coin) Answer(_ context.Context, t Task) (string, bool) {
	return pickOf(t.Program.Answers.Choices(), Fraction(c.Seed, "coin", t.ID[:]))
}

// The ways of Prior.
const (
	MostTrue   = iota // what was true most often
	LeastTrue         // what was true most seldom
	InTurns           // one after the other
	LastTrue          // what was true last
	LeastLater        // what was true most seldom among the last few truths
)

// Prior does not look either, but answers by what it was told of its spent gold: the
// classes are uneven, and may change.
type Prior struct {
	Way    int
	turn   int
	truths []string // truths that it was told, newest last
}

// mostTruths is how many truths a mind remembers.
const mostTruths = 4096

// Told implements Marked.
func (p *Prior) Told(_ string, marks []protocol.Mark) {
	for _, m := range marks {
		p.truths = append(p.truths, m.Truth)
	}
	p.truths = p.truths[max(0, len(p.truths)-mostTruths):]
}

// lately is how many truths LeastLater goes by.
const lately = 10

// Answer implements Mind.
func (p *Prior) Answer(_ context.Context, t Task) (string, bool) {
	choices := t.Program.Answers.Choices()
	if len(choices) == 0 {
		return "", false
	}
	past := p.truths
	if p.Way == LeastLater {
		past = past[max(0, len(past)-lately):]
	}
	counts := map[string]int{}
	for _, x := range past {
		counts[x]++
	}
	best := choices[0]
	for _, c := range choices[1:] {
		if n := counts[c] - counts[best]; p.Way == MostTrue && n > 0 || (p.Way == LeastTrue || p.Way == LeastLater) && n < 0 {
			best = c
		}
	}
	switch {
	case p.Way == InTurns:
		p.turn++
		return choices[p.turn%len(choices)], true
	case p.Way == LastTrue && len(past) > 0 && slices.Contains(choices, past[len(past)-1]):
		return past[len(past)-1], true
	}
	return best, true
}

// Pact is what colluding labellers share: their answer is a hash of a secret and of
// what is shown, so that all who share the secret agree with one another and with
// nobody else. In a pair they prefer the same item, on whichever side it is.
type Pact struct {
	Secret uint64
	// Wide uses all answers to a pair, where those of others are left and right for the
	// most part: the more answers there are, the more an agreement says.
	Wide bool
}

// Answer implements Mind.
func (p Pact) Answer(_ context.Context, t Task) (string, bool) {
	draw := func(s Subject) float64 {
		f := s.Fingerprint()
		return Fraction(p.Secret, "pact", f[:])
	}
	switch {
	case len(t.Subjects) == 0:
		return "", false
	case !t.Program.Answers.pairs():
		return pickOf(t.Program.Answers.Choices(), draw(t.Subjects[0]))
	case len(t.Subjects) != 2:
		return "", false
	}
	a, b := draw(t.Subjects[0]), draw(t.Subjects[1])
	if p.Wide {
		// The sum is the same on either side, and so is which is greater.
		switch sum := a + b; {
		case sum-float64(int(sum)) < 0.25:
			return program.AnswerTie, true
		case sum-float64(int(sum)) < 0.5:
			return program.AnswerNeither, true
		}
	}
	if a > b {
		return program.AnswerLeft, true
	}
	return program.AnswerRight, true
}
