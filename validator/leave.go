package validator

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// told is a call of a validator that leaves out checks. The fold reads the bytes of an
// answer by all the rules, so an answer that was let through is told by its reading.
// The bytes stand beside it: a replay reads them, and finds where the rules were left.
func (v *Validator) told(miner protocol.Hotkey, c evidence.Call, request any, said *verdict) evidence.Call {
	r := &evidence.Reading{Request: request, Parts: said.drawn, Proven: said.proven, Want: said.want}
	if said.outcome != evidence.Answered || protocol.Decode(c.Request, &r.Asked) != nil {
		return c
	}
	if said.shown != nil {
		if known, ok := v.state.Root(miner, said.shown.Seq); ok && v.leave[protocol.CheckEquivocation] {
			said.shown = &known.Root
		}
		r.Root = *said.shown
	}
	t := evidence.Told(r, c.Outcome, c.Reason)
	t.Request, t.Answer, t.Millis = c.Request, c.Answer, c.Millis
	return t
}
