package validator

import (
	"errors"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Status is where a validator stands.
type Status struct {
	Round uint64 // the last opened
	Block uint64 // the last head seen
	// NextVoteBlock is the block at which the next step of a vote is due,
	// LastVoteBlock that in which the last vote landed, in this run; 0 when unknown.
	NextVoteBlock, LastVoteBlock uint64
	LastVoteEpoch                uint64        // epochs run when that vote was decided
	Closed, Unclosed             uint64        // rounds of the whole record
	Head                         evidence.Head // of the record
	Published                    evidence.Head // of what of it may be shown
	// Voting is the state of voting in words: what is due, or when the next step is.
	Voting string
	// Overdue says since when no weights have reached the chain, why, and what to
	// do; empty when all is well. OverdueBlocks is by how many blocks they are late.
	Overdue       string
	OverdueBlocks uint64
	// Waiting is why no round could be held at the last head; empty when all is well.
	Waiting string
	// Trouble is why rounds are held and yet nothing comes of them; empty when all
	// is well.
	Trouble string
}

// Status is where the validator stands now.
func (v *Validator) Status() Status {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.status
}

// Published is the last entry of the record that may be shown to others.
func (v *Validator) Published() evidence.Head { return v.Status().Published }

// Scores are those after the last closed round. They are shared: do not change
// them.
func (v *Validator) Scores() []scoring.Score {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.scores
}

// Explain is why a miner has its score.
func (v *Validator) Explain(m protocol.Hotkey) (scoring.Explanation, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state.Explain(m)
}

// Labelling is how the labelling of each program stands.
func (v *Validator) Labelling() []scoring.Labelling {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state.Labelling()
}

func (v *Validator) publish() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.scores = v.state.Scores()
}

func (v *Validator) note(change func(*Status)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(&v.status)
}

// waiting notes a state of waiting, and logs it when it begins, becomes one that
// calls for something else, and ends.
func (v *Validator) waiting(err error) {
	var why string
	var kind error
	if err != nil {
		why = strings.TrimPrefix(err.Error(), errNoPermit.Error()+": ")
	}
	for _, k := range []error{errAhead, errNoPermit} {
		if errors.Is(err, k) {
			kind = k
		}
	}
	v.mu.Lock()
	before, other := v.status.Waiting, v.waitKind != kind
	v.status.Waiting, v.waitKind = why, kind
	v.mu.Unlock()
	switch {
	case why != "" && (before == "" || other):
		v.log.Warn("validator waits", "why", why)
	case why == "" && before != "":
		v.log.Info("validator goes on")
	}
}
