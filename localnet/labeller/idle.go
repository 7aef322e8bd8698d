package labeller

import (
	"context"
	"slices"
)

// Constant always gives the same answer.
type Constant struct {
	// Say is the answer; where a program does not allow it, the first that it does.
	Say string
}

// Answer implements Mind.
func (c Constant) Answer(_ context.Context, t Task) (string, bool) {
	choices := t.Program.Answers.choices()
	if len(choices) == 0 {
		return "", false
	}
	if slices.Contains(choices, c.Say) {
		return c.Say, true
	}
	return choices[0], true
}

// Coin gives every answer that a program allows with the same chance, whatever is
// shown. The draw follows from the seed and the task.
type Coin struct{ Seed uint64 }

// Answer implements Mind.
func (c Coin) Answer(_ context.Context, t Task) (string, bool) {
	return pickOf(t.Program.Answers.choices(), fraction(c.Seed, "coin", t.ID[:]))
}

// Pact is what colluding labellers share: their answer is a hash of a secret and of
// what is shown, so that all who share the secret agree with one another and with
// nobody else. In a pair they prefer the same item, on whichever side it is.
type Pact struct{ Secret uint64 }

// Answer implements Mind.
func (p Pact) Answer(_ context.Context, t Task) (string, bool) {
	draw := func(s Subject) float64 {
		f := s.fingerprint()
		return fraction(p.Secret, "pact", f[:])
	}
	switch {
	case len(t.Subjects) == 0:
		return "", false
	case t.Program.Answers.Type != pairwise:
		return pickOf(t.Program.Answers.choices(), draw(t.Subjects[0]))
	case len(t.Subjects) != 2:
		return "", false
	case draw(t.Subjects[0]) > draw(t.Subjects[1]):
		return left, true
	}
	return right, true
}

func pickOf(choices []string, u float64) (string, bool) {
	if len(choices) == 0 {
		return "", false
	}
	return choices[int(u*float64(len(choices)))], true
}
