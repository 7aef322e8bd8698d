package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/suite"
	"github.com/assaynet/assay/simulate"
	"github.com/assaynet/assay/zoo"
)

// zooFlags are the flags of "assay lab zoo".
type zooFlags struct {
	out, parameters string
	scenario        string
	seed            uint64
	names           []string
	quick           bool
	json            bool
}

// errPays is an adversary that earns more than the honest work that it displaces.
var errPays = errors.New("cheating pays: see the rows that say so")

// labZoo builds "assay lab zoo".
func (a *app) labZoo() *cobra.Command {
	var f zooFlags
	cmd := &cobra.Command{
		Use:   "zoo",
		Short: "Hold the scoring against every known adversary, each in its worst case; exit 1 if any of them pays.",
		Example: `  assay lab zoo                                    every adversary against the parameters that ship
  assay lab zoo --parameters mine.yaml --json      against others
  assay lab zoo --only fabricate-10,milk           some of them
  assay lab zoo --out ./zoo && assay lab report ./zoo

  The ratio is an adversary's pay over that of the honest work that it displaces, where the adversary has chosen its
  settings best; it pays if the upper bound of the 95 % interval is above 1.02.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.look(func(ctx context.Context, se session) error { return runZoo(ctx, se, f, cmd.Flags().Changed("seed")) })
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`folder` for the tables; without it only the verdicts are printed")
	flags.StringVar(&f.parameters, "parameters", "", "`file` of scoring parameters, instead of those that ship")
	flags.StringVar(&f.scenario, "scenario", "zoo", "`file` or name of the scenario that is played; its first group of miners are\nthe honest peers")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that everything random follows from, instead of the scenario's")
	flags.StringSliceVar(&f.names, "only", nil, "`names` of adversaries, with commas")
	flags.BoolVar(&f.quick, "quick", false, "fewer and shorter runs: a first look, with wider intervals")
	flags.BoolVar(&f.json, "json", false, "as one JSON object")
	return cmd
}

func runZoo(ctx context.Context, s session, f zooFlags, seeded bool) error {
	sc, text, err := readScenario(f.scenario)
	if err != nil {
		return err
	}
	labels, _, err := readScenario("labels")
	if err != nil {
		return err
	}
	if f.parameters != "" {
		if sc.Parameters, err = readParameters(f.parameters); err != nil {
			return err
		}
	}
	labels.Parameters = sc.Parameters
	if seeded {
		sc.Seed = f.seed
	}
	labels.Seed = sc.Seed
	opt := suite.DefaultOptions(sc, labels)
	if f.quick {
		opt = opt.Quick()
	}
	opt.Names, opt.Workers = f.names, runtime.GOMAXPROCS(0)
	if err := f.check(opt); err != nil {
		return err
	}
	var folder *lab.Folder
	if f.out != "" {
		if folder, err = lab.Create(f.out, f.manifest(sc, text)); err != nil {
			return err
		}
		defer folder.Close()
	}
	defer collectSeldom()()
	bar := s.progress("zoo", -1)
	opt.Done = func() { _ = bar.Add(1) }
	result, err := suite.Zoo(ctx, opt)
	if err != nil {
		return err
	}
	_ = bar.Finish()
	if folder != nil {
		if err := writeVerdicts(folder, result); err != nil {
			return err
		}
	}
	if f.json {
		err = printJSON(s.Out, result)
	} else {
		err = printZoo(s.Out, result)
	}
	if err == nil && result.Pays() {
		return errPays
	}
	return err
}

// check says what is wrong with the scenario or with the names.
func (f *zooFlags) check(opt suite.Options) error {
	if err := opt.CheckNames(); err != nil {
		return usageError{fmt.Errorf("--only: %w", err)}
	}
	if err := opt.Check(); err != nil {
		return withCode(codeInvalid, fmt.Errorf("%s: %w", f.scenario, err))
	}
	return nil
}

// manifest says what the verdicts follow from.
func (f *zooFlags) manifest(sc *simulate.Scenario, text []byte) lab.Manifest {
	m := manifestOf("zoo", sc, text)
	m.Settings["quick"] = strconv.FormatBool(f.quick)
	if len(f.names) > 0 {
		m.Settings["only"] = strings.Join(f.names, ",")
	}
	return m
}

func writeVerdicts(folder *lab.Folder, r *suite.Result) error {
	if err := lab.Write(folder, lab.TableVerdicts, r.Verdicts); err != nil {
		return err
	}
	if err := lab.Write(folder, lab.TableLimits, r.Limits); err != nil {
		return err
	}
	if err := lab.Write(folder, lab.TableShares, r.Shares); err != nil {
		return err
	}
	if err := lab.Write(folder, lab.TableCharacteristics, r.Characteristics); err != nil {
		return err
	}
	return folder.Finish()
}

func printZoo(out io.Writer, r *suite.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "adversary\tratio\t95 %\tverdict\titems\tepochs\tat its best with")
	for _, a := range r.Adversaries() {
		verdict, how := "does not pay", a.Settings
		if a.Pays {
			verdict = "PAYS"
		}
		if a.Outcome != "" {
			how = "recorded as " + a.Outcome
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, a.Ratio.Text(3), suite.Span(a.Lower, a.Upper), verdict, orDash(a.DetectedItems), orDash(a.DetectedEpochs), how)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, v := range r.Limits {
		a, _ := zoo.FindRater(v.Name)
		fmt.Fprintf(out, "\nnot defended, and no verdict: %s, %.3f (%s) with %s: %s\n", v.Name, v.Ratio, suite.Span(suite.Number(v.Lower), suite.Number(v.Upper)), v.Settings, a.Limit)
	}
	h := r.HonestFalseFlag
	fmt.Fprintf(out, "\nhonest miners ever rejected or on trial within %d epochs, of %d each (95 %%):\n", h.Epochs, h.Runs)
	for _, at := range h.At {
		fmt.Fprintf(out, "  %.0f %% valid at a noise of %.0f %%: %.4f, at most %.4f\n", 100*at.Valid, 100*at.Noise, at.Rate, at.Upper)
	}
	_, err := fmt.Fprintf(out, "pages fetched per validator, miner and day: %.0f\n", r.FetchesPerMinerDay)
	return err
}
