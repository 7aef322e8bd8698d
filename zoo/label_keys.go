package zoo

import (
	"context"

	"github.com/assaynet/assay/program"
)

// The ways of a Ring in a program without gold.
const (
	Signal     = iota // a hash that tells which of two to prefer
	WideSignal        // a hash that uses all answers
	Leader            // one honest opinion, which all its keys repeat
	SureLeader        // that opinion where it is sure, and a wide hash elsewhere
)

// Ring is one key of several that have one owner. Where there is gold it labels honestly,
// each key for itself, and so passes the exam; where raters are compared with one
// another, its keys say the same.
type Ring struct {
	Expert Expert // of this key, for programs with gold
	Lead   Expert // of all its keys
	Way    int
	Secret uint64
}

// sureEnough is from where on a SureLeader goes by its opinion.
const sureEnough = 0.8

// Answer implements Mind.
func (r Ring) Answer(ctx context.Context, t Task) (string, bool) {
	switch {
	case t.Program.Gold:
		return r.Expert.Answer(ctx, t)
	case r.Way == Leader, r.Way == SureLeader && r.Lead.Sure(t) >= sureEnough:
		return r.Lead.Answer(ctx, t)
	case r.Way == SureLeader && t.Program.Answers.pairs():
		if a, _ := (Pact{Secret: r.Secret}).Answer(ctx, t); (a == program.AnswerLeft) == sideUp(t) {
			return program.AnswerTie, true
		}
		return program.AnswerNeither, true
	}
	return Pact{Secret: r.Secret, Wide: r.Way == WideSignal}.Answer(ctx, t)
}

// sideUp is another way round when the sides of a pair are exchanged.
func sideUp(t Task) bool {
	if len(t.Subjects) != 2 {
		return true
	}
	a, b := t.Subjects[0].Fingerprint(), t.Subjects[1].Fingerprint()
	return string(a[:]) < string(b[:])
}
