package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/suite"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scenarios"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/simulate"
)

// simulateFlags are the flags of "assay lab simulate".
type simulateFlags struct {
	out, parameters string
	seed            uint64
	epochs          uint64
	runs            int
	json            bool
}

// labSimulate builds "assay lab simulate".
func (a *app) labSimulate() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate SCENARIO.yaml",
		Short: "Play a subnet on virtual time, with the scoring, votes and consensus of production.",
		Example: `  assay lab simulate small                          one of the scenarios within the binary: ` + strings.Join(scenarios.Names(), ", ") + `
  assay lab simulate my.yaml --runs 20 --out ./run    tables for pandas, polars or DuckDB in ./run
  assay lab simulate small --parameters mine.yaml     under other scoring parameters
  assay lab report ./run                              and what it shows, as one page

  A scenario that names recorded folders plays these validators' records instead of miners, and compares each vote.`,
		Args: exactly(1, "a scenario file, or the name of one within the binary"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.look(func(ctx context.Context, se session) error {
				return simulateScenario(ctx, se, args[0], f, cmd.Flags().Changed)
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`folder` for the tables; without it only the summary is printed")
	flags.StringVar(&f.parameters, "parameters", "", "`file` of scoring parameters, instead of those of the scenario")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that everything random follows from, instead of the scenario's")
	flags.Uint64Var(&f.epochs, "epochs", 0, "`number` of epochs, instead of the scenario's")
	flags.IntVar(&f.runs, "runs", 0, "`number` of repetitions, each with a seed of its own, instead of the scenario's")
	flags.BoolVar(&f.json, "json", false, "as one JSON object")
	return cmd
}

// readScenario finds a scenario by name or file, and reads the files that it names, which
// stand beside it.
func readScenario(name string) (*simulate.Scenario, []byte, error) {
	text, folder, err := scenarioText(name)
	if err != nil {
		return nil, nil, err
	}
	sc, err := simulate.Decode(text)
	if err != nil {
		return nil, nil, withCode(codeInvalid, fmt.Errorf("%s: %w", name, err))
	}
	beside := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(folder, path)
	}
	if sc.ParameterFile != "" {
		if sc.Parameters, err = readParameters(beside(sc.ParameterFile)); err != nil {
			return nil, nil, fmt.Errorf("%s: parameters: %w", name, err)
		}
	}
	if len(sc.ProgramFiles) > 0 {
		sc.Programs = nil
	}
	for _, p := range sc.ProgramFiles {
		source, err := programText(p, beside(p))
		if err != nil {
			return nil, nil, withCode(codeInvalid, fmt.Errorf("%s: programs: %w", name, err))
		}
		if _, err := program.Decode(source); err != nil {
			return nil, nil, withCode(codeInvalid, fmt.Errorf("%s: %w", p, err))
		}
		sc.Programs = append(sc.Programs, source)
	}
	for i, r := range sc.Recorded {
		sc.Recorded[i] = beside(r)
	}
	return sc, text, nil
}

func scenarioText(name string) (text []byte, folder string, err error) {
	text, err = scenarios.Files.ReadFile(name + ".yaml")
	if err == nil {
		return text, ".", nil
	}
	text, err = readBounded(name, simulate.MaxScenario)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "./") {
		return nil, "", usageError{fmt.Errorf("there is no file %s, and no scenario of that name within the binary, which has %s%s", name, strings.Join(scenarios.Names(), ", "), config.Suggest(name, scenarios.Names()))}
	}
	return text, filepath.Dir(name), err
}

func programText(name, path string) ([]byte, error) {
	if !strings.ContainsAny(name, "./") {
		return shippedProgram(name)
	}
	return readBounded(path, program.MaxBytes)
}

// readParameters reads a file of scoring parameters and checks it.
func readParameters(path string) ([]byte, error) {
	text, err := readBounded(path, scoring.MaxParameterBytes)
	if err != nil {
		return nil, err
	}
	if _, err := scoring.DecodeParameters(text); err != nil {
		return nil, withCode(codeInvalid, fmt.Errorf("%s: %w", path, err))
	}
	return text, nil
}

// readBounded reads a file of which one byte more than allowed is enough to refuse it.
func readBounded(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withCode(codeInvalid, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > limit {
		return nil, withCode(codeInvalid, fmt.Errorf("%s has more than %d bytes, which is all that is allowed", path, limit))
	}
	return text, nil
}

func simulateScenario(ctx context.Context, s session, name string, f simulateFlags, given func(string) bool) error {
	sc, text, err := readScenario(name)
	if err != nil {
		return err
	}
	if f.parameters != "" {
		if sc.Parameters, err = readParameters(f.parameters); err != nil {
			return err
		}
	}
	if err := f.apply(sc, given); err != nil {
		return err
	}
	if len(sc.Recorded) > 0 {
		return playRecords(ctx, s, sc.Recorded, f.json)
	}
	var folder *lab.Folder
	if f.out != "" {
		if folder, err = lab.Create(f.out, manifestOf("simulate", sc, text)); err != nil {
			return err
		}
		defer folder.Close()
	}
	defer collectSeldom()()
	bar := s.progress("simulate", sc.Runs)
	tables, err := suite.Simulate(ctx, sc, runtime.GOMAXPROCS(0), func() { _ = bar.Add(1) })
	if err != nil {
		return err
	}
	if folder != nil {
		if err := writeTables(folder, tables); err != nil {
			return err
		}
	}
	summary := suite.Summarise(tables, sc)
	if f.json {
		return printJSON(s.Out, summary)
	}
	return printSummary(s.Out, summary)
}

// apply puts what the flags say in place of what the scenario does.
func (f *simulateFlags) apply(sc *simulate.Scenario, given func(string) bool) error {
	var problems severalError
	if given("seed") {
		sc.Seed = f.seed
	}
	if given("epochs") {
		if sc.Epochs = f.epochs; f.epochs < 1 || f.epochs > simulate.MaxEpochs {
			problems = append(problems, fmt.Errorf("--epochs: %d is out of range, want 1 to %d", f.epochs, simulate.MaxEpochs))
		}
	}
	if given("runs") {
		if sc.Runs = f.runs; f.runs < 1 || f.runs > simulate.MaxRuns {
			problems = append(problems, fmt.Errorf("--runs: %d is out of range, want 1 to %d", f.runs, simulate.MaxRuns))
		}
	}
	if len(sc.Recorded) > 0 {
		for _, name := range []string{"out", "parameters", "seed", "epochs", "runs"} {
			if given(name) {
				problems = append(problems, fmt.Errorf("--%s: recorded rounds are played as they were, and their votes compared; assay lab replay has other rules", name))
			}
		}
	}
	if len(problems) > 0 {
		return usageError{problems}
	}
	return nil
}

// manifestOf says what a run follows from.
func manifestOf(command string, sc *simulate.Scenario, text []byte) lab.Manifest {
	parameters := sc.Parameters
	if parameters == nil {
		parameters = scoring.DefaultParameters()
	}
	return lab.Manifest{
		Command: command, Version: node.Software(), Seed: sc.Seed, Scenario: string(text), Parameters: string(parameters),
		Programs: program.Rules(nil, sc.Programs).String()[2:],
		Settings: map[string]string{"epochs": fmt.Sprint(sc.Epochs), "runs": fmt.Sprint(sc.Runs)},
	}
}

// collectSeldom lets garbage grow to four times what is in use, until the function that it
// returns is called: worlds that are played make much and keep little, and spend a seventh of
// their time on it otherwise. What GOGC says goes before.
func collectSeldom() (restore func()) {
	if _, set := os.LookupEnv("GOGC"); set {
		return func() {}
	}
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}

// progress is a bar on a terminal, and nothing elsewhere. It is drawn as it is added to: the
// library's own ticker reads what Add writes without a lock.
func (s session) progress(what string, total int) *progressbar.ProgressBar {
	out := io.Discard
	if isTerminal(s.Talk) {
		out = s.Talk
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionSetSpinnerChangeInterval(0))
}

// writeTables writes the tables of a run and ends it. What was written stays when a later
// table does not fit on the disk.
func writeTables(folder *lab.Folder, t *suite.Tables) error {
	for _, write := range []func() error{
		func() error { return lab.Write(folder, lab.TableActors, t.Actors) },
		func() error { return lab.Write(folder, lab.TablePay, t.Pay) },
		func() error { return lab.Write(folder, lab.TableWeights, t.Weights) },
		func() error { return lab.Write(folder, lab.TableTrust, t.Trust) },
		func() error { return lab.Write(folder, lab.TableEvents, t.Events) },
		folder.Finish,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func printSummary(out io.Writer, s suite.Summary) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "actor\tkind\tpay of an epoch\tof honest pay\t95 %\titems to verdict\tepochs")
	for _, a := range s.Actors {
		fmt.Fprintf(w, "%s\t%s\t%.4f\t%s\t%s\t%s\t%s\n", a.Actor, a.Kind, a.Pay, a.Ratio.Text(3), suite.Span(a.Lower, a.Upper), orDash(a.DetectedItems), orDash(a.DetectedEpochs))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	f := s.HonestFalseFlag
	_, err := fmt.Fprintf(out, "\nhonest miners rejected, on trial or flagged: %s, at most %.3f (95 %%), of %d\nmedian vtrust of validators: %s; pages fetched per validator, miner and day: %.0f\n",
		f.Rate.Text(3), f.Upper, f.Runs, s.VTrust.Text(3), s.FetchesPerMinerDay)
	return err
}

func orDash(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f", *x)
}

// recordedRow is what playing one record came to.
type recordedRow struct {
	Folder string `json:"folder"`
	Votes  int    `json:"votes"`
	Equal  int    `json:"equal"`
}

var errVotesDiffer = errors.New("a simulated validator votes otherwise than the recorded one")

// playRecords gives recorded rounds to simulated validators and compares their votes.
func playRecords(ctx context.Context, s session, folders []string, asJSON bool) error {
	var rows []recordedRow
	bar := s.progress("records", len(folders))
	for _, folder := range folders {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := openRecord(folder)
		if err != nil {
			return fmt.Errorf("recorded: %w", err)
		}
		votes, err := simulate.Recorded(record.Entries(1))
		if closed := record.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		row := recordedRow{Folder: folder, Votes: len(votes)}
		for _, v := range votes {
			if v.Equal() {
				row.Equal++
			}
		}
		rows = append(rows, row)
		_ = bar.Add(1)
	}
	return tellRecorded(s, rows, asJSON)
}

func tellRecorded(s session, rows []recordedRow, asJSON bool) error {
	votes, equal := 0, 0
	for _, r := range rows {
		votes, equal = votes+r.Votes, equal+r.Equal
	}
	if asJSON {
		if err := printJSON(s.Out, map[string]any{"records": rows, "votes": votes, "equal": equal}); err != nil {
			return err
		}
	} else {
		for _, r := range rows {
			fmt.Fprintf(s.Out, "%s: %d votes, %d equal\n", r.Folder, r.Votes, r.Equal)
		}
		fmt.Fprintf(s.Out, "votes=%d equal=%d\n", votes, equal)
	}
	if equal != votes {
		return errVotesDiffer
	}
	return nil
}
