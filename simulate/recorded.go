package simulate

import (
	"fmt"
	"iter"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

// RecordedVote is a vote of a recorded validator: the one that its record holds and the
// one that the simulated validator casts on the same rounds.
type RecordedVote struct {
	Epoch           uint64
	Recorded, Voted Vote
}

// Equal reports whether both are the same to the bit.
func (v RecordedVote) Equal() bool {
	return slices.Equal(v.Recorded.UIDs, v.Voted.UIDs) && slices.Equal(v.Recorded.Weights, v.Voted.Weights)
}

// Recorded plays a recorded run: a simulated validator is given what the recorded one
// was given, round after round, and votes where that one did. What the record holds of
// votes is not given to it.
func Recorded(entries iter.Seq2[evidence.Entry, error]) ([]RecordedVote, error) {
	j := &judge{state: scoring.New()}
	var out []RecordedVote
	for e, err := range entries {
		if err != nil {
			return nil, fmt.Errorf("simulate: read the record: %w", err)
		}
		switch b := e.Body.(type) {
		case *evidence.Intent:
			uids, weights := j.state.Vote()
			out = append(out, RecordedVote{Epoch: b.Epoch, Recorded: Vote{b.UIDs, b.Weights}, Voted: Vote{uids, weights}})
			continue
		case *evidence.Committed, *evidence.Landed:
			continue
		}
		if err := j.fold(e.Body); err != nil {
			return nil, err
		}
	}
	return out, nil
}
