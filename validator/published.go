package validator

import "github.com/assaynet/assay/evidence"

// Horizon follows a record entry by entry and says up to where it may be shown.
// The zero value is that of the empty record.
//
// Anyone can fold a record and so compute the vote that it gives. While a vote is
// hidden behind its commit, what stands after the last vote that is known to all
// must stay hidden with it. So the horizon is the newest intent of which it is
// settled what became, revealed or never to be, with no unsettled one before it.
type Horizon struct {
	at      evidence.Head
	intents []awaited // from the first that is not settled, in order
}

type awaited struct {
	epoch   uint64
	head    evidence.Head
	settled bool
}

// See takes the next entry of the record.
func (h *Horizon) See(e evidence.Entry) {
	switch b := e.Body.(type) {
	case *evidence.Intent:
		h.intents = append(h.intents, awaited{epoch: b.Epoch, head: e.Head()})
	case *evidence.Landed:
		for i := range h.intents {
			if h.intents[i].epoch == b.Epoch {
				h.intents[i].settled = true
			}
		}
		for len(h.intents) > 0 && h.intents[0].settled {
			h.at, h.intents = h.intents[0].head, h.intents[1:]
		}
	}
}

// Head is the last entry that may be shown; the zero head when none may.
func (h *Horizon) Head() evidence.Head { return h.at }
