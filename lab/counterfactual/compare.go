package counterfactual

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Comparison is a record under its own rules and under others.
type Comparison struct {
	Validator protocol.Hotkey
	Netuid    uint16
	Entries   uint64
	Rounds    uint64 // closed
	// Fold is the version that the record was made by last, OtherFold the one that it
	// is folded by here.
	Fold, OtherFold uint16
	// Digest and OtherDigest are those of all rules in force at the end, parameters and
	// programs.
	Digest, OtherDigest item.Hash
	Changed             []Parameter // against what was recorded last
	// Kept are parameters that decided what was asked, with the value that the file has
	// in vain.
	Kept      []Parameter
	Votes     []Vote
	Miners    []Miner // by uid
	Decisions []Decision
	// Dropped is how many decisions more than MaxDecisions there were.
	Dropped int
	Unknown Unknown
}

// Unknown counts what cannot be known under other rules.
type Unknown struct {
	// Draws is in how many closed rounds, and Drawn of how many miners together, another
	// number of items would have been drawn.
	Draws int `json:"rounds_with_other_draws"`
	Drawn int `json:"other_draws"`
	// Asks is in how many rounds other keys would have been asked for, and Keys how many
	// were not asked for in the record and are left out.
	Asks int `json:"rounds_with_other_claims"`
	Keys int `json:"keys_never_asked"`
	// Work is in how many rounds labelling work would have been handed to others.
	Work int `json:"rounds_with_other_work"`
}

// FirstDecision is the decision that changed first.
func (c *Comparison) FirstDecision() (Decision, bool) {
	if len(c.Decisions) == 0 {
		return Decision{}, false
	}
	return c.Decisions[0], true
}

// FirstVote is the first vote that differs.
func (c *Comparison) FirstVote() (Vote, bool) {
	for _, v := range c.Votes {
		if !v.Same() {
			return v, true
		}
	}
	return Vote{}, false
}

// VotesChanged is how many votes differ.
func (c *Comparison) VotesChanged() int {
	n := 0
	for _, v := range c.Votes {
		if !v.Same() {
			n++
		}
	}
	return n
}

// comparer folds a record twice, side by side.
type comparer struct {
	recorded, other *fold
	differ          differences
	gains           gains
	out             Comparison
	wanted          unknowns // of the open round
	params          []byte   // recorded last
}

// Compare folds a record under its own rules and under others. It takes the record as it
// is: validator.Replay checks that. It fails with a *scoring.Divergence where the record
// does not follow from its own rules, or could not stand under the others.
func Compare(entries iter.Seq2[evidence.Entry, error], r Rules) (*Comparison, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	c := &comparer{recorded: newFold(Rules{}), other: newFold(r), differ: differences{open: map[about]bool{}}, gains: newGains()}
	for e, err := range entries {
		if err == nil {
			err = c.take(e)
		}
		if err != nil {
			return nil, err
		}
	}
	if c.out.Entries == 0 {
		return nil, errors.New("the record is empty")
	}
	return c.finish()
}

func (c *comparer) take(e evidence.Entry) error {
	c.out.Entries++
	if b, ok := e.Body.(*evidence.Parameters); ok {
		c.params = b.Source
	}
	if o, ok := e.Body.(*evidence.Opened); ok {
		c.wanted = c.foresee(o)
	}
	e = restate(e, c.recorded.state)
	if err := c.recorded.state.Fold(e); err != nil {
		return fmt.Errorf("under its own rules: %w", err)
	}
	vote, err := c.other.take(e)
	if err != nil {
		return fmt.Errorf("under the other rules: %w", err)
	}
	switch e.Body.(type) {
	case *evidence.Opened:
		c.other.hear(c.recorded.state.Asks())
	case *evidence.Closed:
		c.out.Unknown.count(c.wanted)
		c.differ.see(e, c.recorded.state.LastOpened(), c.recorded.state.Scores(), c.other.state.Scores())
	case *evidence.Intent:
		c.out.Votes = append(c.out.Votes, *vote)
		c.gains.see(*vote)
	}
	return nil
}

func (c *comparer) finish() (*Comparison, error) {
	out := &c.out
	was, _ := c.recorded.state.Started()
	now, _ := c.other.state.Started()
	out.Validator, out.Netuid, out.Fold, out.OtherFold = was.Validator, was.Netuid, was.Fold, now.Fold
	out.Rounds = c.recorded.state.Closed()
	out.Digest, out.OtherDigest = c.recorded.state.Rules(), c.other.state.Rules()
	out.Miners = c.gains.miners()
	out.Decisions, out.Dropped = c.differ.list, c.differ.dropped
	out.Kept, out.Unknown.Keys = c.other.kept, c.other.unasked
	if c.other.rules.Parameters == nil || c.params == nil {
		return out, nil
	}
	recorded, err := scoring.DecodeParameters(c.params)
	if err != nil {
		return nil, err
	}
	other, err := scoring.DecodeParameters(c.other.rules.Parameters)
	if err != nil {
		return nil, err
	}
	out.Changed = slices.DeleteFunc(changed(recorded, other), func(p Parameter) bool {
		return slices.ContainsFunc(out.Kept, func(k Parameter) bool { return k.Name == p.Name })
	})
	return out, nil
}

// unknowns are what of a round would have been asked otherwise.
type unknowns struct {
	drawn       int
	asks, works bool
}

func (u *Unknown) count(w unknowns) {
	if u.Drawn += w.drawn; w.drawn > 0 {
		u.Draws++
	}
	if w.asks {
		u.Asks++
	}
	if w.works {
		u.Work++
	}
}

// foresee compares what both states would ask in a round that is about to open.
func (c *comparer) foresee(o *evidence.Opened) unknowns {
	was, now := c.recorded.state, c.other.state
	out := unknowns{asks: !slices.Equal(was.Asks(), now.Asks())}
	for _, n := range o.Neurons {
		if !n.Serving {
			continue
		}
		if was.Draws(n.Hotkey) != now.Draws(n.Hotkey) {
			out.drawn++
		}
		for _, p := range was.Programs() {
			if p.Judges() && was.Rater(p.Name, n.Hotkey, o.Round).Want != now.Rater(p.Name, n.Hotkey, o.Round).Want {
				out.works = true
			}
		}
	}
	return out
}
