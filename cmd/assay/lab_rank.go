package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/scoring/preference"
)

// rankReplicates is how many tables a bootstrap of assay lab rank draws: its errors are
// then right to about 3 %.
const rankReplicates = 500

// rankFlags are what assay lab rank is told besides its file.
type rankFlags struct {
	ties      string
	interval  string
	reference string
	seed      uint64
	json      bool
}

func (a *app) labRank() *cobra.Command {
	var f rankFlags
	cmd := &cobra.Command{
		Use:   "rank PAIRS.csv",
		Short: "Rank items by who won in pairs of them, with intervals, and say how reliable each rater is.",
		Example: `  assay lab rank pairs.csv                     columns left,right,winner and perhaps rater
  assay lab rank pairs.csv --json > rank.json  as one JSON object
  assay lab rank pairs.csv --reference base    strengths relative to the item named base
  zcat pairs.csv.gz | assay lab rank -         from standard input

The winner is the name of the left or of the right item, "tie", or "neither" if both
are bad, which counts as a tie. Strengths are logits: an item that is ahead by 1 wins 73 %
of its games. Intervals are of level 0.95, and each item's rank is in its ranks in at
least 95 % of samples. A rater with fewer than 20 games shares the reliability of all
such raters.`,
		Args: exactly(1, "a CSV file of pairs, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return usageError{err}
			}
			return a.look(func(ctx context.Context, se session) error { return rankItems(ctx, se, args[0], cmd.InOrStdin(), f) })
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.ties, "ties", "half", "what a tie is: `half` a win to each, or davidson, a third outcome with a\nprobability of its own")
	flags.StringVar(&f.interval, "interval", "sandwich", "what intervals follow from: `sandwich` or bootstrap, which take raters as\nindependent, or fisher, which takes games as independent")
	flags.StringVar(&f.reference, "reference", "", "`item` that strengths are relative to; without, they sum to zero")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` from which the bootstrap draws")
	flags.BoolVar(&f.json, "json", false, "as one JSON object")
	return cmd
}

// check finds what cannot be asked for before any file is read.
func (f rankFlags) check() error {
	if ties := []string{"half", "davidson"}; !slices.Contains(ties, f.ties) {
		return fmt.Errorf("--ties: there is no %q, want %s", f.ties, strings.Join(ties, " or "))
	}
	if intervals := []string{"sandwich", "fisher", "bootstrap"}; !slices.Contains(intervals, f.interval) {
		return fmt.Errorf("--interval: there is no %q, want sandwich, fisher or bootstrap", f.interval)
	}
	return nil
}

// rankItems reads a file of pairs and prints the items, best first. All of the input is
// read and checked before anything is printed.
func rankItems(ctx context.Context, s session, path string, stdin io.Reader, f rankFlags) error {
	p, err := openPairs(ctx, path, &stoppable{ctx: ctx, in: stdin}, s.Talk)
	if err != nil {
		return withCode(codeUsage, err)
	}
	reference := -1
	if f.reference != "" {
		if reference = slices.Index(p.items, f.reference); reference < 0 {
			return usageError{unknownItem(f.reference, p.items)}
		}
	}
	var notes bytes.Buffer // a computation that is left behind says nothing
	out, err := orStopped(ctx, func() (*ranking, error) { return rankPairs(&notes, p, f, reference) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.Talk.Write(notes.Bytes())
	if err != nil {
		return withCode(codeUsage, err)
	}
	if f.json {
		return printJSON(s.Out, out)
	}
	return out.write(s.Out)
}

// unknownItem says that no pair has the reference item, and which item may be meant.
func unknownItem(name string, items []string) error {
	hint := strings.Replace(config.SuggestFlag(name, items), "--", "", 1)
	if hint == "" {
		var some []string
		for _, item := range items[:min(len(items), 8)] {
			some = append(some, fmt.Sprintf("%q", abridged(item)))
		}
		hint = ", the items are " + strings.Join(some, ", ")
		if len(items) > len(some) {
			hint += " and others"
		}
	}
	return fmt.Errorf("--reference: there is no item %q in the file%s", name, hint)
}

// rankPairs fits strengths and reliabilities.
func rankPairs(talk io.Writer, p *pairs, f rankFlags, reference int) (*ranking, error) {
	ties := preference.HalfWins
	if f.ties == "davidson" {
		ties = preference.Davidson
	}
	fit, err := preference.BradleyTerry(p.table, preference.Options{Ties: ties})
	if err != nil {
		return nil, err
	}
	p.report(talk, fit, reference)
	covariance, err := rankCovariance(talk, p, fit, f)
	if err != nil {
		return nil, err
	}
	estimates, err := fit.Estimates(covariance, reference)
	if err != nil {
		return nil, err
	}
	var raters []preference.Reliability
	if len(p.raters) > 0 {
		crowd, err := preference.CrowdBradleyTerry(p.table, nil)
		if err != nil {
			return nil, err
		}
		if !crowd.Settled {
			fmt.Fprintf(talk, "assay: the reliabilities of raters still change after %d passes; they are rough\n", crowd.Passes)
		}
		raters = crowd.Raters
	}
	return newRanking(p, fit, estimates, raters), nil
}

// rankCovariance is what the intervals follow from. Where the raters, or the games, show
// no differences that errors could be told from, the games are taken as independent.
func rankCovariance(talk io.Writer, p *pairs, fit *preference.Fit, f rankFlags) (out *preference.Covariance, err error) {
	switch {
	case f.interval == "fisher":
		return fit.Fisher(), nil
	case len(p.raters) == 1 && p.unrated == 0:
		fmt.Fprintln(talk, "assay: all games are of one rater, so the intervals take its games as independent (--interval fisher)")
		return fit.Fisher(), nil
	case f.interval == "bootstrap":
		out, err = fit.Bootstrap(rankReplicates, f.seed)
	default:
		out, err = fit.Sandwich()
	}
	if err == nil && unvaried(fit, out) {
		fmt.Fprintln(talk, "assay: raters, or games, agree so exactly that errors cannot be told from how they differ, so the intervals take the games as independent (--interval fisher)")
		return fit.Fisher(), nil
	}
	return out, err
}

// unvaried reports whether all items of some group have no error, as if their strengths
// were known: where all raters say the same, or all games are ties.
func unvaried(fit *preference.Fit, c *preference.Covariance) bool {
	varied := make([]bool, len(fit.Components))
	for i, component := range fit.Components {
		if c.Error(i) > 1e-6 {
			varied[component] = true
		}
	}
	for _, component := range fit.Components {
		if !varied[component] {
			return true
		}
	}
	return false
}
