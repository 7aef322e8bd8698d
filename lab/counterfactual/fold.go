package counterfactual

import (
	"fmt"
	"iter"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Vote is a vote of the record beside the one that other rules give at its place.
type Vote struct {
	Seq   uint64 // of the entry
	Epoch uint64 // epochs run when it was decided
	Block uint64
	// Recorded is what the record holds, Other what the fold gives.
	Recorded, Other Weights
	Neurons         []evidence.Neuron // of the last round before it
}

// Weights is a vote as the chain takes it: uids ascending, the largest weight 65535.
type Weights struct {
	UIDs   []uint16 `json:"uids"`
	Values []uint16 `json:"weights"`
}

// Of is the weight of a uid as a share of all, 0 to 1.
func (w Weights) Of(uid uint16) float64 {
	i, ok := slices.BinarySearch(w.UIDs, uid)
	if !ok || i >= len(w.Values) {
		return 0
	}
	sum := 0
	for _, v := range w.Values {
		sum += int(v)
	}
	return float64(w.Values[i]) / float64(max(sum, 1))
}

// Equal reports whether two votes are the same row.
func (w Weights) Equal(o Weights) bool {
	return slices.Equal(w.UIDs, o.UIDs) && slices.Equal(w.Values, o.Values)
}

// Same reports whether both rules give the same vote.
func (v Vote) Same() bool { return v.Recorded.Equal(v.Other) }

// fold moves a state by the entries of a record under other rules.
type fold struct {
	rules Rules
	state *scoring.State
	kept  []Parameter // what the file wants otherwise and the record decided
	// unasked counts the keys that the state wanted to ask for and that the record did
	// not ask for.
	unasked int
}

func newFold(r Rules) *fold { return &fold{rules: r, state: scoring.New()} }

// take folds an entry as it would stand in a record made by the rules. Where it is a
// vote, it gives both.
func (f *fold) take(e evidence.Entry) (*Vote, error) {
	var vote *Vote
	switch b := e.Body.(type) {
	case *evidence.Started:
		other, err := f.started(b)
		if err != nil {
			return nil, err
		}
		e.Body = other
	case *evidence.Parameters:
		other, kept, err := f.rules.replace(b)
		if err != nil {
			return nil, err
		}
		if err := f.state.Admits(other); err != nil && f.rules.Parameters != nil {
			started, _ := f.state.Started()
			return nil, fmt.Errorf("%w: parameters of another fold version than %d, by which it is folded; there are versions up to %d: %w", ErrRules, started.Fold, scoring.FoldVersion, err)
		}
		e.Body, f.kept = other, kept
	case *evidence.Opened:
		other, started := *b, evidence.Started{}
		started, _ = f.state.Started()
		other.Rules, other.Fold = f.state.Rules(), started.Fold
		e.Body = &other
	case *evidence.Intent:
		other := *b
		other.UIDs, other.Weights = f.state.Vote()
		vote = &Vote{e.Seq, b.Epoch, b.Block, Weights{b.UIDs, b.Weights}, Weights{other.UIDs, other.Weights}, f.state.LastOpened().Neurons}
		e.Body = &other
	}
	return vote, f.state.Fold(e)
}

func (f *fold) started(b *evidence.Started) (*evidence.Started, error) {
	switch {
	case f.rules.Fold == 0 || f.rules.Fold == b.Fold:
		return b, nil
	case f.rules.Fold < b.Fold:
		return nil, fmt.Errorf("%w: it was made by fold version %d, and can be folded by that or a later one, not by %d", ErrRules, b.Fold, f.rules.Fold)
	}
	other := *b
	other.Fold = f.rules.Fold
	return &other, nil
}

// hear tells the state, in a round that was just opened, which keys the record asks for.
func (f *fold) hear(asks []protocol.ClaimAsk) { f.unasked += f.state.Heard(asks) }

// Votes are all votes of a record, each beside the one that the fold gives under a
// parameter file, or under the record's own parameters where that is nil. Then a record
// that is sound gives pairs of equals.
func Votes(entries iter.Seq2[evidence.Entry, error], params []byte) ([]Vote, error) {
	if params != nil {
		c, err := Compare(entries, Rules{Parameters: params})
		if err != nil {
			return nil, err
		}
		return c.Votes, nil
	}
	f := newFold(Rules{})
	var out []Vote
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		vote, err := f.take(e)
		if err != nil {
			return nil, err
		}
		if vote != nil {
			out = append(out, *vote)
		}
	}
	return out, nil
}
