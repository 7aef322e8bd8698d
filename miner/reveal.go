package miner

import (
	"context"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Judgements are shown to nobody but the validator that asked for them, and not before
// their last round has passed: until then another one could tell them to a miner that has
// the same task. They are shown by the draw of their bucket alone.

// labelling finds a labelling program by its id.
func (m *Miner) labelling(id [8]byte) (*program.Program, bool) {
	i := slices.IndexFunc(m.programs, func(p *program.Program) bool { return p.ID() == id })
	if i < 0 || !m.programs[i].Judges() {
		return nil, false
	}
	return m.programs[i], true
}

// mayOpen reports whether the judgements that a draw lands on may be shown to the sender
// of a request. A draw that may not even learn whether there are any is refused.
func (m *Miner) mayOpen(e *protocol.Envelope, d protocol.Draw) (bool, error) {
	if d.Mode != protocol.DrawBucket {
		return false, nil
	}
	b := protocol.BucketOf(d)
	a, known, err := m.store.assignment(b)
	switch {
	case err != nil:
		return false, err
	case known && a.validator != e.From:
		return false, notYours()
	case known && (e.Round <= a.due || m.roundOf(m.view.Load().head.Number) < a.due):
		return false, protocol.Fail(protocol.ReasonRefused, "answers that are due in round %d are shown from round %d on, this is a request of round %d", a.due, a.due+1, e.Round)
	case known:
		return true, nil
	}
	if _, judges := m.labelling(b.Program); !judges {
		return false, nil
	}
	// What the miner never took, or has forgotten, it has no answers to.
	held, err := m.store.holds(b)
	if err == nil && held {
		err = notYours()
	}
	return false, err
}

func notYours() error {
	return protocol.Fail(protocol.ReasonRefused, "labellers' answers are shown to the validator that handed the work out, when it asks for that assignment")
}

// judged reports whether a leaf is a judgement. Only the item itself tells where the
// program is none of the subnet any more.
func (m *Miner) judged(ctx context.Context, leaf item.Leaf) (bool, error) {
	id := leaf.Key.Bucket().Program
	i := slices.IndexFunc(m.programs, func(p *program.Program) bool { return p.ID() == id })
	if i >= 0 {
		return m.programs[i].Judges(), nil
	}
	_, kind, err := m.store.item(ctx, leaf)
	return kind == item.KindJudgement, err
}
