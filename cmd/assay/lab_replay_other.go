package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/evidence/publish"
	"github.com/assaynet/assay/lab/counterfactual"
	"github.com/assaynet/assay/validator"
)

// replayOtherwise folds a record under its own rules and under others, and prints in what
// they differ.
func replayOtherwise(ctx context.Context, s session, folder string, f replayFlags, stdin io.Reader) error {
	rules, err := f.rules(s, stdin)
	if err != nil {
		return err
	}
	record, err := openRecord(folder)
	if err != nil {
		return err
	}
	defer record.Close()
	if err := record.CheckEnd(); err != nil {
		return err
	}
	note, fetched, err := publish.ReadNote(folder)
	if err != nil {
		return err
	}
	out, err := f.replayFolder(record.Head(), rules)
	if err != nil {
		return err
	}
	if out != nil {
		defer out.Close()
	}
	c, err := counterfactual.Compare(endedBy(ctx, record.Entries(1)), rules)
	if errors.Is(err, counterfactual.ErrRules) {
		return withCode(codeInvalid, fmt.Errorf("%w; --fold has later ones", err))
	}
	if err != nil {
		return err
	}
	if out != nil {
		if err := writeOther(out, tablesOf(c)); err != nil {
			return err
		}
	}
	if fetched {
		showWithheld(s, note, validator.Report{Head: record.Head()}, 0)
	}
	if f.json {
		return printJSON(s.Out, otherOf(c))
	}
	return printOther(s.Out, c, f.diff)
}

// endedBy ends a record with ctx.
func endedBy(ctx context.Context, entries iter.Seq2[evidence.Entry, error]) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for e, err := range entries {
			if ctx.Err() != nil {
				yield(e, context.Cause(ctx))
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// otherRules is what "assay lab replay --params FILE --json" prints.
type otherRules struct {
	Validator     string                     `json:"validator"`
	Netuid        uint16                     `json:"netuid"`
	Entries       uint64                     `json:"entries"`
	Rounds        uint64                     `json:"rounds"`
	Recorded      ruleSet                    `json:"recorded"`
	Other         ruleSet                    `json:"other"`
	Parameters    []counterfactual.Parameter `json:"parameters"` // that differ
	Kept          []counterfactual.Parameter `json:"kept"`       // as recorded, with what the file has in vain
	Votes         int                        `json:"votes"`
	VotesChanged  int                        `json:"votes_changed"`
	FirstDecision *counterfactual.Decision   `json:"first_decision"`
	FirstVote     *otherVote                 `json:"first_vote"`
	Miners        []otherMiner               `json:"miners"`
	Decisions     []counterfactual.Decision  `json:"decisions"`
	LeftOut       int                        `json:"decisions_left_out"`
	Changes       []otherVote                `json:"vote_changes"`
	Unknown       counterfactual.Unknown     `json:"unknown"`
}

// ruleSet names the rules of a side.
type ruleSet struct {
	Fold   uint16 `json:"fold"`
	Digest string `json:"rules"`
}

// otherVote is a vote that differs.
type otherVote struct {
	Seq      uint64                 `json:"entry"`
	Epoch    uint64                 `json:"epoch"`
	Block    uint64                 `json:"block"`
	Recorded counterfactual.Weights `json:"recorded"`
	Other    counterfactual.Weights `json:"other"`
}

// otherMiner is a miner's mean share of the votes under both rules.
type otherMiner struct {
	UID        uint16  `json:"uid"`
	Hotkey     string  `json:"hotkey"`
	Epochs     int     `json:"epochs"`
	Before     float64 `json:"before"`
	After      float64 `json:"after"`
	Difference float64 `json:"difference"`
}

func otherOf(c *counterfactual.Comparison) otherRules {
	out := otherRules{
		Validator: c.Validator.String(), Netuid: c.Netuid, Entries: c.Entries, Rounds: c.Rounds,
		Recorded: ruleSet{c.Fold, c.Digest.String()}, Other: ruleSet{c.OtherFold, c.OtherDigest.String()},
		Parameters: append([]counterfactual.Parameter{}, c.Changed...), Kept: append([]counterfactual.Parameter{}, c.Kept...),
		Votes: len(c.Votes), VotesChanged: c.VotesChanged(), Miners: []otherMiner{}, Changes: []otherVote{},
		Decisions: append([]counterfactual.Decision{}, c.Decisions...), LeftOut: c.Dropped, Unknown: c.Unknown,
	}
	if d, ok := c.FirstDecision(); ok {
		out.FirstDecision = &d
	}
	for _, v := range c.Votes {
		if !v.Same() {
			out.Changes = append(out.Changes, otherVote{v.Seq, v.Epoch, v.Block, withLists(v.Recorded), withLists(v.Other)})
		}
	}
	if len(out.Changes) > 0 {
		out.FirstVote = &out.Changes[0]
	}
	for _, m := range c.Miners {
		out.Miners = append(out.Miners, otherMiner{m.UID, m.Hotkey.String(), m.Epochs, m.Before, m.After, m.Difference()})
	}
	return out
}

// withLists has lists where there is nothing, as JSON shows them.
func withLists(w counterfactual.Weights) counterfactual.Weights {
	return counterfactual.Weights{UIDs: append([]uint16{}, w.UIDs...), Values: append([]uint16{}, w.Values...)}
}
