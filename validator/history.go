package validator

import (
	"iter"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// VoteLine is what a record says of the vote of one epoch.
type VoteLine struct {
	Intent    evidence.Intent
	Committed *evidence.Committed // nil where it was not committed
	Landed    *evidence.Landed    // nil while it is not known what became of it
}

// History is what a record says of votes.
type History struct {
	Validator protocol.Hotkey
	Netuid    uint16
	Votes     []VoteLine // in the order of their epochs
	Head      evidence.Head
}

// ReadHistory picks the votes out of a record. It believes what stands there; Replay
// does not.
func ReadHistory(entries iter.Seq2[evidence.Entry, error]) (History, error) {
	var h History
	at := map[uint64]int{}
	for e, err := range entries {
		if err != nil {
			return h, err
		}
		h.Head = e.Head()
		switch b := e.Body.(type) {
		case *evidence.Started:
			h.Validator, h.Netuid = b.Validator, b.Netuid
		case *evidence.Intent:
			at[b.Epoch] = len(h.Votes)
			h.Votes = append(h.Votes, VoteLine{Intent: *b})
		case *evidence.Committed:
			if i, ok := at[b.Epoch]; ok {
				h.Votes[i].Committed = b
			}
		case *evidence.Landed:
			if i, ok := at[b.Epoch]; ok {
				h.Votes[i].Landed = b
			}
		}
	}
	return h, nil
}

// Pending are the votes without news, as the clock takes them.
func (h History) Pending() []Pending {
	var out []Pending
	for _, l := range h.Votes {
		if l.Landed != nil {
			continue
		}
		p := Pending{Epoch: l.Intent.Epoch, Open: inTheOpen(l.Intent)}
		if l.Committed != nil {
			p.Committed, p.Index = true, l.Committed.Index
		}
		out = append(out, p)
	}
	return out
}

// LastSuccess is the block in which the newest vote landed whose transaction is
// known; 0 when none did.
func (h History) LastSuccess() uint64 {
	var block uint64
	for _, l := range h.Votes {
		if l.Landed != nil && l.Landed.Fault == "" && !l.Landed.Tx.IsZero() {
			block = max(block, l.Landed.Block)
		}
	}
	return block
}
