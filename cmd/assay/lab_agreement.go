package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/scoring/agreement"
)

// agreementFlags are what assay lab agreement is told besides its file.
type agreementFlags struct {
	level      string
	order      []string
	replicates int
	seed       uint64
	json       bool
}

// agreementConfidence is that of the interval of assay lab agreement.
const agreementConfidence = 0.95

func (a *app) labAgreement() *cobra.Command {
	var f agreementFlags
	cmd := &cobra.Command{
		Use:   "agreement LABELS.csv",
		Short: "Measure how far raters agree beyond chance: Krippendorff's alpha with its interval, and Fleiss' kappa.",
		Example: `  assay lab agreement labels.csv                      columns task,worker,label; labels are names
  assay lab agreement ratings.csv --level interval    labels are numbers on a scale
  assay lab agreement grades.csv --level ordinal --order poor,fair,good
  zcat labels.csv.gz | assay lab agreement - --json   from standard input

Alpha is 1 where all raters of a task always agree, about 0 where they agree as often as by
chance, and below 0 where less often. Below about 0.4 raters do not share one reading of the
question. Tasks with one label tell nothing, and there may be any number of labels for each;
Fleiss' kappa, always of names, needs the same number for each task. Both depend on
how common each label is: do not judge single raters by them.

The interval takes tasks as drawn at random from many like them, and the raters as they
are. With fewer than about 50 tasks it is too narrow.`,
		Args: exactly(1, "a CSV file of labels, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			level, err := f.check()
			if err != nil {
				return usageError{err}
			}
			return a.look(func(ctx context.Context, se session) error {
				return measureAgreement(ctx, se, args[0], cmd.InOrStdin(), level, f)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.level, "level", agreement.Nominal.String(), "`level` of measurement: nominal, ordinal, interval or ratio;\nat all but nominal, labels like 1 and 1.0 are one value")
	flags.StringSliceVar(&f.order, "order", nil, "the ordinal `labels` from lowest to highest, with commas between them;\nwithout it numbers go by value, and other labels by their bytes")
	flags.IntVar(&f.replicates, "replicates", 1000, "`number` of resamples of tasks for the 95 % interval")
	flags.Uint64Var(&f.seed, "seed", 1, "`number` that the resamples are drawn from; the same gives the same interval")
	flags.BoolVar(&f.json, "json", false, "as one JSON object, with null for what is not defined")
	return cmd
}

// check finds what cannot be asked for before any file is read.
func (f agreementFlags) check() (agreement.Level, error) {
	level, err := agreement.ParseLevel(f.level)
	if err != nil {
		return 0, fmt.Errorf("--level: %w", err)
	}
	if len(f.order) > 0 && level != agreement.Ordinal {
		return 0, fmt.Errorf("--order: labels of the %v level have none to be told, want --level ordinal", level)
	}
	if f.replicates < 1 || f.replicates > agreement.MaxReplicates {
		return 0, fmt.Errorf("--replicates: %d is out of range, want 1 to %d", f.replicates, agreement.MaxReplicates)
	}
	return level, nil
}

// agreementResult is what assay lab agreement prints. What is not defined is nil.
type agreementResult struct {
	Alpha  *float64 `json:"krippendorff_alpha"`
	Lower  *float64 `json:"lower"`
	Upper  *float64 `json:"upper"`
	Fleiss *float64 `json:"fleiss_kappa"`
	Units  int      `json:"units"`  // tasks in the file, also those with one label
	Raters int      `json:"raters"` // workers in the file

	notes []string // for people: why something is nil, and what else to know
}

// measureAgreement reads a file of labels and prints how far they agree. All of the
// input is read and checked before anything is printed.
func measureAgreement(ctx context.Context, s session, path string, stdin io.Reader, level agreement.Level, f agreementFlags) error {
	labels, err := openLabels(ctx, path, stdin, s.Talk)
	if err != nil {
		return withCode(codeUsage, err)
	}
	out, err := orStopped(ctx, func() (*agreementResult, error) { return agreementOf(labels, level, f) })
	if err != nil {
		return withCode(codeUsage, err)
	}
	return out.print(s, level, f.json)
}

// agreementOf computes what is defined, and notes why the rest is not.
func agreementOf(f *labelFile, level agreement.Level, flags agreementFlags) (*agreementResult, error) {
	labels, err := newRatings(f, level, flags.order)
	if err != nil {
		return nil, err
	}
	table, err := agreement.Tabulate(labels.units, labels.values, labels.unit, labels.value)
	if err != nil {
		return nil, err
	}
	r := &agreementResult{Units: labels.units, Raters: labels.raters}
	if labels.note != "" {
		r.notes = append(r.notes, labels.note)
	}
	if labels.repeats > 0 {
		r.notes = append(r.notes, fmt.Sprintf("labels of a worker for a task that the worker had labelled before, which count as those of another rater: %d", labels.repeats))
	}
	alpha, err := table.Alpha(level, labels.scale)
	switch {
	case err == nil:
		r.Alpha = &alpha
		r.interval(table, labels.scale, level, flags)
	case as[*agreement.UndefinedError](err):
		r.notes = append(r.notes, err.Error())
	default:
		return nil, err
	}
	if fleiss, err := table.FleissKappa(); err == nil {
		r.Fleiss = &fleiss.Value
	} else {
		r.notes = append(r.notes, err.Error())
	}
	return r, nil
}

// interval adds the interval of alpha, or why there is none.
func (r *agreementResult) interval(table *agreement.Table, scale []float64, level agreement.Level, f agreementFlags) {
	bounds, err := table.AlphaInterval(level, scale, agreement.Bootstrap{Replicates: f.replicates, Confidence: agreementConfidence, Seed: f.seed})
	switch {
	case as[*agreement.WorkError](err):
		r.notes = append(r.notes, fmt.Sprintf("the interval is left out: %v", err))
	case err != nil:
		r.notes = append(r.notes, err.Error())
	default:
		r.Lower, r.Upper = &bounds.Lower, &bounds.Upper
		if *r.Alpha == 1 {
			r.notes = append(r.notes, "no two labels of a task differ, so that resamples cannot either: the interval says nothing about other tasks")
		}
	}
}

func (r *agreementResult) print(s session, level agreement.Level, asJSON bool) error {
	for _, note := range r.notes {
		fmt.Fprintln(s.Talk, "assay:", note)
	}
	if asJSON {
		if err := printJSON(s.Out, r); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Krippendorff's alpha  %s  %v level", shown(r.Alpha), level)
	if r.Lower != nil {
		fmt.Fprintf(&text, ", 95 %% interval %s to %s", shown(r.Lower), shown(r.Upper))
	}
	fmt.Fprintf(&text, "\nFleiss' kappa         %s  nominal level\nunits                 %d\nraters                %d\n", shown(r.Fleiss), r.Units, r.Raters)
	if _, err := io.WriteString(s.Out, text.String()); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// shown is a statistic for people. What rounds to zero has no sign.
func shown(x *float64) string {
	if x == nil {
		return "-     "
	}
	if text := fmt.Sprintf("%.4f", *x); text != "-0.0000" {
		return text
	}
	return "0.0000"
}
