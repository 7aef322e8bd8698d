package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab/counterfactual"
	"github.com/assaynet/assay/scoring"
)

// replayFlags are the flags of "assay lab replay".
type replayFlags struct {
	peers  []string
	params string
	fold   uint16
	diff   bool
	json   bool
	out    string
}

// labReplay builds "assay lab replay": by the record's own rules, or by others.
func (a *app) labReplay() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay FOLDER",
		Short: "Recompute every vote from a validator's record, and what the votes would be under other rules.",
		Long: `Recompute every vote from a validator's record; check every signature, proof and commitment.

With --params or --fold the record is folded under other rules instead: which votes they give,
who gains and loses, and which decision changes first. What was asked and answered stays as it is
recorded, and what cannot be known for that reason is said. Replay a record of somebody else
without these flags first: under other rules its signatures and proofs are not checked.`,
		Example: "  assay lab replay ./net/validator-1\n" +
			"  assay lab replay ./record --peer ./my-miner              compare with the heads that this miner was shown\n" +
			"  assay lab replay ./record --params other.yaml            who gains and loses under other parameters\n" +
			"  assay lab replay ./record --params other.yaml --diff     every decision and vote that changes\n" +
			"  assay lab replay ./record --params other.yaml --json",
		Args: exactly(1, "the folder of a validator"),
		RunE: func(cmd *cobra.Command, args []string) error {
			other := cmd.Flags().Changed("params") || cmd.Flags().Changed("fold")
			if problems := f.problems(other, cmd.Flags().Changed("params")); len(problems) > 0 {
				return usageError{problems}
			}
			return a.look(func(ctx context.Context, se session) error {
				switch {
				case other:
					return replayOtherwise(ctx, se, args[0], f, cmd.InOrStdin())
				case f.json:
					return replayJSON(se, args[0], f.peers)
				}
				return a.jobs.replay(ctx, se, args[0], f.peers)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.peers, "peer", nil, "`folder` of a miner that was shown heads of the record; those beside FOLDER are found")
	flags.StringVar(&f.params, "params", "", "`file` with other scoring parameters, or - for standard input")
	flags.Uint16Var(&f.fold, "fold", 0, fmt.Sprintf("a later `version` of the fold than the record was made by, up to %d", scoring.FoldVersion))
	flags.BoolVar(&f.diff, "diff", false, "list every decision and every vote that changes")
	flags.BoolVar(&f.json, "json", false, "as one JSON object")
	flags.StringVar(&f.out, "out", "", "`folder` for the tables of the comparison: actors, weights and events; run 0 is the\nrecord by its own rules, run 1 by the others")
	return cmd
}

// problems lists flags that do not go together.
func (f *replayFlags) problems(other, params bool) severalError {
	var out severalError
	if f.diff && !other {
		out = append(out, errors.New("--diff: it compares with other rules: name them with --params, or a version with --fold"))
	}
	if f.out != "" && !other {
		out = append(out, errors.New("--out: there are tables of a comparison with other rules: name them with --params, or a version with --fold"))
	}
	if other && len(f.peers) > 0 {
		out = append(out, errors.New("--peer: heads are compared when a record is replayed by its own rules, without --params and --fold"))
	}
	if params && f.params == "" {
		out = append(out, errors.New("--params: it is empty, want the name of a file, or - for standard input"))
	}
	if f.fold > scoring.FoldVersion {
		out = append(out, fmt.Errorf("--fold: %d, this release has versions up to %d", f.fold, scoring.FoldVersion))
	}
	return out
}

// rules reads the other rules.
func (f *replayFlags) rules(s session, stdin io.Reader) (counterfactual.Rules, error) {
	r := counterfactual.Rules{Fold: f.fold}
	if f.params == "" {
		return r, nil
	}
	in, name, err := openInput(f.params, stdin, s.Talk)
	if err != nil {
		return r, withCode(codeInvalid, fmt.Errorf("--params: %w", err))
	}
	defer in.Close()
	// One byte more than is allowed shows that there is more.
	if r.Parameters, err = io.ReadAll(io.LimitReader(in, scoring.MaxParameterBytes+1)); err != nil {
		return r, fmt.Errorf("read %s: %w", name, err)
	}
	if err := r.Check(); err != nil {
		return r, withCode(codeInvalid, fmt.Errorf("%s: %w", name, err))
	}
	return r, nil
}

// replayed is what "assay lab replay --json" prints.
type replayed struct {
	Validator  string   `json:"validator"`
	Netuid     uint16   `json:"netuid"`
	Head       string   `json:"head"`
	Entries    uint64   `json:"entries"`
	Rounds     int      `json:"rounds"`
	Closed     uint64   `json:"closed"`
	Unclosed   uint64   `json:"unclosed"`
	Votes      int      `json:"votes"`
	Calls      int      `json:"calls"`
	Tips       int      `json:"tips"`
	Anchors    int      `json:"anchors"`
	Lost       uint64   `json:"lost"`
	Mismatches int      `json:"mismatches"`
	First      *differs `json:"first_divergence"`
}

// differs is an entry that does not follow from those before it.
type differs struct {
	Seq  uint64 `json:"entry"`
	Kind string `json:"kind"` // empty where no entry can be read
	What string `json:"what"`
}

// replayJSON is replayRecord with its result as JSON.
func replayJSON(s session, folder string, peers []string) error {
	r, err := checkRecord(s, folder, peers)
	if err != nil {
		return err
	}
	out := replayed{
		Validator: r.Validator.String(), Netuid: r.Netuid, Head: r.Head.Hash.String(), Entries: r.Entries, Rounds: r.Rounds, Closed: r.Closed, Unclosed: r.Unclosed,
		Votes: r.Votes, Calls: r.Calls, Tips: r.Tips, Anchors: r.Anchors, Lost: r.Lost, Mismatches: r.Mismatches,
	}
	switch {
	case r.corrupt != nil:
		out.Mismatches, out.First = 1, &differs{Seq: r.corrupt.Seq, What: r.corrupt.What}
	case r.First != nil:
		out.First = &differs{Seq: r.First.Seq, What: r.First.What}
		if r.First.Kind != 0 {
			out.First.Kind = r.First.Kind.String()
		}
	case r.fetched:
		showWithheld(s, r.note, r.Report, r.later)
	}
	if err := printJSON(s.Out, out); err != nil {
		return err
	}
	if out.Mismatches > 0 {
		return errDiverged
	}
	return nil
}
