package scoring

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// handoutIn is the handout whose answers stand in a bucket.
func (s *State) handoutIn(h protocol.Hotkey, bucket item.Bucket) *handout {
	p := s.programOf(bucket.Program)
	if p == nil || !p.Judges() || s.books[p.Name] == nil {
		return nil
	}
	for _, j := range s.books[p.Name].jobs {
		for _, x := range j.handouts {
			if x.hotkey == h && x.taken && !x.final && p.AssignmentBucket(x.assignment) == bucket {
				return x
			}
		}
	}
	return nil
}

// reveal takes all leaves of the bucket that a handout's answers stand in.
func (s *State) reveal(r *round, m *miner, d protocol.Draw, leaves []evidence.Drawn) {
	x := s.handoutIn(m.hotkey, protocol.BucketOf(d))
	if x == nil {
		return
	}
	x.final = true
	x.answers = make([]answer, len(x.tasks))
	for i := range x.answers {
		x.answers[i].reason = ReasonUnanswered
	}
	for _, leaf := range leaves {
		j, err := item.DecodeJudgement(leaf.Item.Canonical)
		if err == nil && j.Assignment != x.assignment {
			continue // of another assignment, whose name begins alike
		}
		if err != nil || int(j.Index) >= len(x.tasks) || !x.signed(leaf, &j) {
			m.raise(FlagSchema, r.opened.Round)
			continue
		}
		if bucket, err := x.job.program.Bucket(leaf.Item); err != nil || bucket != leaf.Leaf.Key.Bucket() {
			x.answers[j.Index].reason = ReasonForm
			continue
		}
		a := &x.answers[j.Index]
		switch {
		case a.reason == ReasonUnanswered || a.reason == ReasonForm:
			*a = answer{valid: true, judgement: j, said: j.Answer}
			if items := x.job.tasks[x.tasks[j.Index].index].items; len(items) == 1 {
				s.review(x.job.program, leaf.Item, items[0])
			}
			if x.tasks[j.Index].turned {
				a.said = program.Turned(j.Answer)
			}
		default:
			*a = answer{reason: ReasonTwice}
		}
	}
}

// review lets an answer be reviewed, where a program asks for that.
func (s *State) review(p *program.Program, answer *item.Item, about []byte) {
	if !s.wanted(p.Name) {
		return
	}
	if raw, err := answer.Encode(); err == nil { // it was decoded
		s.enter(p.Name, Subject{ID: answer.ID(), Raw: raw, About: about})
	}
}

// signed checks what proves a fault of the miner's whatever program file it holds: that a
// judgement is about what was asked, and signed by the labeller that it names.
func (x *handout) signed(leaf evidence.Drawn, j *item.Judgement) bool {
	h := x.tasks[j.Index]
	if !slices.Equal(leaf.Item.Parents, shown(x.job.tasks[h.index].subjects, h.turned)) {
		return false
	}
	text := protocol.JudgementText(x.job.program.Name, j.Task(), j.Answer, j.Comment, j.Millis)
	return protocol.VerifyLabeller(j.Labeller, text, j.Signature) == nil
}

// unrevealed gives an assignment up whose answers were asked for in vain.
func (s *State) unrevealed(h protocol.Hotkey, d protocol.Draw) {
	if x := s.handoutIn(h, protocol.BucketOf(d)); x != nil {
		x.final = true
	}
}

// answerTo is what a rater revealed of a task of its handout.
func (x *handout) answerTo(i int) answer {
	if x.answers == nil {
		return answer{reason: ReasonUnanswered}
	}
	return x.answers[i]
}
