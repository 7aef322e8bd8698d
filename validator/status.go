package validator

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Status is where a validator stands.
type Status struct {
	Round uint64 // the last opened
	Block uint64 // the last head seen
	// NextVoteBlock is the block from which the next vote is due, LastVoteBlock that
	// in which the last one landed, in this run; 0 when unknown.
	NextVoteBlock, LastVoteBlock uint64
	LastVoteEpoch                uint64        // epochs run when that vote was decided
	Closed, Unclosed             uint64        // rounds of the whole record
	Head                         evidence.Head // of the record
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

// waiting notes a state of waiting, and logs it when it begins and ends.
func (v *Validator) waiting(why string) {
	v.mu.Lock()
	before := v.status.Waiting
	v.status.Waiting = why
	v.mu.Unlock()
	switch {
	case why != "" && before == "":
		v.log.Warn("validator waits", "why", why)
	case why == "" && before != "":
		v.log.Info("validator goes on")
	}
}
