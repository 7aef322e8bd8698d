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
  assay lab truth labels.csv --json > out.json    also the accuracy of each worker, with an interval
  assay lab truth ratings.csv --numeric median    labels are numbers; prints task,value,lower,upper
  zcat labels.csv.gz | assay lab truth -          from standard input

Methods:
  auto              one of these, chosen by gold or by how many labels workers gave; it says why
  majority, wawa    votes that count equally, or by how often a worker is with the majority
  bwa, one-coin     one measure of each worker: for workers with few labels
  dawid-skene       which labels each worker takes for which: from about 20 labels a worker
  dawid-skene-map   the same, with a prior that keeps workers with few labels in bounds
  ibcc              the same again, by variational Bayes
  glad              an ability of each worker, and how hard each task is
  mace              workers who know the answer or else guess in a way of their own

A tie goes to the first label in the order of bytes. A row is an observation of its own,
also when a worker labels a task twice. In JSON, accuracy is the chance that a label of the
worker is right, and lower and upper hold it with 95 % probability; a worker with gold is
judged by that alone, and any other by the result itself. log_likelihood is in nats: of
the labels, or for ibcc and mace a bound below it; it is null for votes and bwa.`,
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
	flags.StringVar(&f.method, "method", string(truth.Auto), "`name` of the method, see above")
	flags.StringVar(&f.gold, "gold", "", "`file` of known truth of some tasks, with the columns task,truth")
	flags.StringVar(&f.numeric, "numeric", "", "labels are numbers, and `name` is how to average: "+listed(truth.NumericMethods())+";\nbounds are of 95 % confidence")
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
	r, err := orStopped(ctx, func() (*truth.Result, error) { return truth.Infer(labels.set, truth.Method(f.method), options) })
	if err != nil {
		return withCode(codeUsage, err)
	}
	for _, note := range labels.notes(r, f.iterations) {
		fmt.Fprintln(s.Talk, "assay:", note)
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
	return orStopped(ctx, func() (*orderedLabels, error) { return labels.ordered(gold) })
}

// notes is what a person has to know of a result beside it.
func (l *orderedLabels) notes(r *truth.Result, iterations int) []string {
	var notes []string
	if r.Why != "" {
		notes = append(notes, "method "+r.Why)
	}
	if !r.Converged && iterations == 0 {
		notes = append(notes, fmt.Sprintf("%s stopped after %d passes, and its %s still rises; --iterations allows more", r.Method, r.Iterations, r.Objective))
	}
	strange := 0
	for t := range l.tasks.at {
		if k, _ := r.Posterior.Best(t); (l.gold == nil || l.gold[t] < 0) && !l.set.Given(t, k) {
			strange++
		}
	}
	if strange > 0 {
		notes = append(notes, fmt.Sprintf("tasks of which %s takes a label for true that no worker gave them: %d of %d; compare with majority, which never does", r.Method, strange, len(l.tasks.at)))
	}
	return notes
}
