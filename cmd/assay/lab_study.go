package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/suite"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring"
)

// studyFlags are the flags that "assay lab sweep" and "assay lab tune" have in common.
type studyFlags struct {
	out, scenario, parameters string
	seed                      uint64
	points, runs, workers     int
	json                      bool
}

func (f *studyFlags) bind(flags *pflag.FlagSet, points int, of string) {
	flags.SortFlags = false
	flags.StringVar(&f.out, "out", "", "`folder` for the tables, and for what is measured so far: the same command goes\non with a study that was cut")
	flags.StringVar(&f.scenario, "scenario", "zoo", "`file` or name of the scenario that points are measured in")
	flags.StringVar(&f.parameters, "parameters", "", "`file` of scoring parameters that are varied, instead of those that ship")
	flags.IntVar(&f.points, "points", points, "`number` of points "+of)
	flags.IntVar(&f.runs, "runs", 4, "`number` of runs of each point, with the same seeds for all points")
	flags.Uint64Var(&f.seed, "seed", 1, "`number` that everything random follows from")
	flags.IntVar(&f.workers, "workers", 0, "`number` of runs side by side; 0 is one for each processor. The results do not\ndepend on it")
	flags.BoolVar(&f.json, "json", false, "as one JSON object")
}

// check lists what is wrong with the flags.
func (f *studyFlags) check() error {
	var problems severalError
	if f.out == "" {
		problems = append(problems, errors.New("--out: it is empty, want the name of a folder"))
	}
	for _, n := range []struct {
		name              string
		value, from, most int
	}{{"points", f.points, 2, lab.MaxPoints}, {"runs", f.runs, 1, lab.MaxRuns}, {"workers", f.workers, 0, 1024}} {
		if n.value < n.from || n.value > n.most {
			problems = append(problems, fmt.Errorf("--%s: %d is out of range, want %d to %d", n.name, n.value, n.from, n.most))
		}
	}
	if len(problems) > 0 {
		return usageError{problems}
	}
	return nil
}

// measured is what the points of a study are measured by.
type measured struct {
	Scenario string   // its text
	Programs string   // digest of the programs, in hex
	Names    []string // of the measures
	Measure  lab.Measure
}

// measuring prepares a scenario to measure points that vary a base.
type measuring func(scenario string, base *lab.Base) (*measured, error)

// kindOfStudy is what a sweep and a search do otherwise.
type kindOfStudy struct {
	command  string
	settings map[string]string // flags that the results follow from
	run      func(context.Context, *lab.Study, *lab.Folder) (*lab.Result, error)
}

// runStudy runs a study of the space in a file.
func runStudy(ctx context.Context, s session, path string, f studyFlags, of measuring, kind kindOfStudy) error {
	if err := f.check(); err != nil {
		return err
	}
	text, err := baseText(f.parameters)
	if err != nil {
		return err
	}
	base, err := lab.NewBase(text)
	if err != nil {
		return err
	}
	by, err := of(f.scenario, base)
	if err != nil {
		return err
	}
	source, err := readBounded(path, lab.MaxSpaceBytes)
	if err != nil {
		return err
	}
	space, err := lab.ReadSpace(source, base, by.Names)
	if err != nil {
		return withCode(codeInvalid, fmt.Errorf("%s: %w", path, err))
	}
	settings := map[string]string{"runs": strconv.Itoa(f.runs), "space_sha256": fmt.Sprintf("%x", sha256.Sum256(source))}
	maps.Copy(settings, kind.settings)
	folder, err := lab.Create(f.out, lab.Manifest{
		Command: kind.command, Version: node.Software(), Seed: f.seed, Settings: settings, Scenario: by.Scenario, Parameters: string(text), Programs: by.Programs,
	})
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := lab.WriteText(folder, "space.yaml", string(source)); err != nil {
		return err
	}
	defer collectSeldom()()
	bar := s.progress(kind.command, 0)
	study := &lab.Study{Space: space, Measure: by.Measure, Seed: f.seed, Runs: f.runs, Workers: f.workers, Progress: func(done, all int) {
		bar.ChangeMax(all)
		_ = bar.Set(done)
	}}
	result, err := kind.run(ctx, study, folder)
	_ = bar.Finish()
	if ctx.Err() != nil {
		fmt.Fprintf(s.Talk, "assay: what was measured is kept in %s; the same command goes on from there\n", f.out)
	}
	if err != nil {
		return err
	}
	if err := folder.Finish(); err != nil {
		return err
	}
	return tellStudy(s, f, kind.command, result)
}

func baseText(path string) ([]byte, error) {
	if path == "" {
		return scoring.DefaultParameters(), nil
	}
	return readParameters(path)
}

// studiedPoint is a point as JSON has it: what is not known is null.
type studiedPoint struct {
	Point      int                        `json:"point"`
	Parameters map[string]float64         `json:"parameters"`
	Measures   map[string]studiedInterval `json:"measures"`
	Objective  any                        `json:"objective"`
	Violation  any                        `json:"violation"` // of the constraints, 0 where all hold
}

type studiedInterval struct {
	Value any `json:"value"`
	Lower any `json:"lower"`
	Upper any `json:"upper"`
}

func pointOf(t *lab.Trialled) *studiedPoint {
	if t == nil {
		return nil
	}
	p := &studiedPoint{Point: t.Number, Parameters: t.Point, Measures: map[string]studiedInterval{}, Objective: finite(t.Objective), Violation: finite(t.Violation)}
	for name, i := range t.Measures {
		p.Measures[name] = studiedInterval{finite(i.Value), finite(i.Lower), finite(i.Upper)}
	}
	return p
}

// tellStudy prints what a study found.
func tellStudy(s session, f studyFlags, command string, r *lab.Result) error {
	feasible := 0
	for _, t := range r.Trials {
		if t.Feasible() {
			feasible++
		}
	}
	if f.json {
		return printJSON(s.Out, struct {
			Points    int           `json:"points"`
			Feasible  int           `json:"feasible"`
			First     *studiedPoint `json:"first"`
			Best      *studiedPoint `json:"best"`      // null where no point is feasible
			Confirmed *studiedPoint `json:"confirmed"` // best, with seeds that did not choose it
		}{len(r.Trials), feasible, pointOf(r.Trials[0]), pointOf(r.Best), pointOf(r.Confirmed)})
	}
	fmt.Fprintf(s.Out, "%s: %d points, %d of them feasible; tables in %s\n", command, len(r.Trials), feasible, f.out)
	if r.Best == nil {
		_, err := fmt.Fprintln(s.Out, "no point keeps all constraints")
		return err
	}
	return printBest(s.Out, r, f.out)
}

func printBest(out io.Writer, r *lab.Result, folder string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nparameter\tfirst point\tbest point")
	for _, name := range slices.Sorted(maps.Keys(r.Best.Point)) {
		fmt.Fprintf(w, "%s\t%g\t%g\n", name, r.Trials[0].Point[name], r.Best.Point[name])
	}
	fmt.Fprintln(w, "\nmeasure\tfirst point\tbest point\twith fresh seeds\t95 %")
	for _, name := range slices.Sorted(maps.Keys(r.Best.Measures)) {
		c := r.Confirmed.Measures[name]
		fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%.4g\t%.4g–%.4g\n", name, r.Trials[0].Measures[name].Value, r.Best.Measures[name].Value, c.Value, c.Lower, c.Upper)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !r.Confirmed.Feasible() {
		fmt.Fprintln(out, "\nwith fresh seeds the best point breaks a constraint: it was lucky; measure with more --runs")
	}
	_, err := fmt.Fprintf(out, "\nits parameter file is %s/%s\n", folder, lab.BestFile)
	return err
}

// measureScenario measures points in a scenario, against the usual adversaries.
func measureScenario(name string, base *lab.Base) (*measured, error) {
	sc, text, err := readScenario(name)
	if err != nil {
		return nil, err
	}
	if err := suite.DefaultOptions(sc, sc).Check(); err != nil {
		return nil, withCode(codeInvalid, fmt.Errorf("%s: %w", name, err))
	}
	return &measured{
		Scenario: string(text), Programs: program.Rules(nil, sc.Programs).String()[2:], Names: suite.MeasureNames(),
		Measure: func(ctx context.Context, point lab.Point, seed uint64) (lab.Measures, error) {
			parameters, err := base.With(point)
			if err != nil {
				return nil, err
			}
			own := *sc
			own.Parameters, own.Seed = []byte(parameters), seed
			return suite.Measure(ctx, &own, suite.Usual())
		},
	}, nil
}
