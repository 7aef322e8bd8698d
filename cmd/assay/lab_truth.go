package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/scoring/truth"
)

// truthFlags are what assay lab truth is told besides its file.
type truthFlags struct {
	gold       string
	method     string
	numeric    string
	iterations int
	seed       uint64
	json       bool
}

func (a *app) labTruth() *cobra.Command {
	var f truthFlags
	cmd := &cobra.Command{
		Use:   "truth LABELS.csv",
		Short: "Infer the true label of each task, and how often each worker is right, from labels that may be wrong.",
		Example: `  assay lab truth labels.csv                      columns task,worker,label; prints task,label,probability
  assay lab truth labels.csv --gold gold.csv      with the known truth of some tasks: columns task,truth
  assay lab truth labels.csv --method dawid-skene --json > result.json    with the accuracy of each worker
  assay lab truth ratings.csv --numeric median    labels are numbers; prints task,value,lower,upper
  zcat labels.csv.gz | assay lab truth -          from standard input`,
		Args: exactly(1, "a CSV file of labels, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd.Flags().Changed("method")); err != nil {
				return usageError{err}
			}
			return a.look(func(ctx context.Context, se session) error {
				return inferTruth(ctx, se, args[0], cmd.InOrStdin(), f)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.method, "method", string(truth.Auto), "`name` of the method: "+listed(truth.Methods())+";\nauto says on stderr which it took and why. Of equally probable labels the first\nin the order of bytes is printed")
	flags.StringVar(&f.gold, "gold", "", "`file` of known truth, with the columns task,truth")
	flags.StringVar(&f.numeric, "numeric", "", "labels are numbers; `name` of the method: "+listed(truth.NumericMethods()))
	flags.IntVar(&f.iterations, "iterations", 0, "make at most `N` passes over the labels; 0 leaves it to the method")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` from which mace draws its starts; the other methods draw nothing")
	flags.BoolVar(&f.json, "json", false, "as one JSON object, with the workers")
	return cmd
}

// check finds what cannot be asked for before any file is read.
func (f truthFlags) check(methodGiven bool) error {
	switch {
	case !slices.Contains(truth.Methods(), truth.Method(f.method)):
		return fmt.Errorf("--method: there is no method %q, want %s", f.method, listed(truth.Methods()))
	case f.iterations < 0:
		return fmt.Errorf("--iterations: %d is negative, want a number of passes", f.iterations)
	case f.numeric == "":
		return nil
	case !slices.Contains(truth.NumericMethods(), truth.NumericMethod(f.numeric)):
		return fmt.Errorf("--numeric: there is no method %q, want %s", f.numeric, listed(truth.NumericMethods()))
	case methodGiven:
		return errors.New("--numeric and --method: labels are either numbers or names, give one of the two")
	case f.gold != "":
		return errors.New("--numeric and --gold: the methods for numbers use no known truth, leave --gold out")
	}
	return nil
}

// listed is the names of methods for people.
func listed[M ~string](methods []M) string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}

// inferTruth reads a file of labels and prints what is likely true. All of the input is
// read and checked before anything is printed.
func inferTruth(ctx context.Context, s session, path string, stdin io.Reader, f truthFlags) error {
	if f.gold == "-" && path == "-" {
		return usageError{errors.New("--gold: standard input has the labels already")}
	}
	if f.numeric != "" {
		return inferNumbers(ctx, s, path, stdin, f)
	}
	labels, err := readTruthInput(ctx, s, path, stdin, f.gold)
	if err != nil {
		return withCode(codeUsage, err)
	}
	options := truth.Options{Iterations: f.iterations, Seed: f.seed, Gold: labels.gold}
	r, err := untilInterrupted(ctx, func() (*truth.Result, error) { return truth.Infer(labels.set, truth.Method(f.method), options) })
	if err != nil {
		return withCode(codeUsage, err)
	}
	if r.Why != "" {
		fmt.Fprintf(s.Talk, "assay: method %s\n", r.Why)
	}
	if f.json {
		return printTruthJSON(s.Out, labels, r)
	}
	return printTruthCSV(s.Out, labels, r)
}

// readTruthInput reads the labels, and the gold if a file of it is named.
func readTruthInput(ctx context.Context, s session, path string, stdin io.Reader, goldPath string) (*orderedLabels, error) {
	labels, err := openLabels(ctx, path, stdin, s.Talk)
	if err != nil {
		return nil, err
	}
	var gold []int32
	if goldPath != "" {
		if gold, err = openGold(ctx, goldPath, stdin, s.Talk, labels); err != nil {
			return nil, err
		}
	}
	return labels.ordered(gold)
}

// untilInterrupted waits for a computation that cannot be told to stop. One that is
// left goes on until the process ends.
func untilInterrupted[R any](ctx context.Context, compute func() (R, error)) (R, error) {
	type outcome struct {
		result R
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := compute()
		done <- outcome{r, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		var none R
		return none, context.Cause(ctx)
	}
}
