package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/suite"
)

// sweptSpace is two parameters that a short run feels.
const sweptSpace = `parameters:
  gamma: {range: [1, 3], scale: integer, steps: 2}
  trial_alarm: {range: [5, 15], steps: 2}
minimise: {worst_ratio: 1, fetches_per_miner_day: 0.0001}
constraints: [honest_false_flag <= 0.5]
`

// cutAfter measures points as production does, and sends a signal when so many runs are
// measured: the next one waits for the end.
func cutAfter(most int64, signals chan<- os.Signal) measuring {
	return func(scenario string, base *runs.Base) (*measured, error) {
		m, err := measureScenario(scenario, base)
		if err != nil {
			return nil, err
		}
		var measured atomic.Int64
		inner := m.Measure
		m.Measure = func(ctx context.Context, p runs.Point, seed uint64) (runs.Measures, error) {
			if measured.Add(1) > most {
				signals <- os.Interrupt
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return inner(ctx, p, seed)
		}
		return m, nil
	}
}

// A sweep that a signal cut, gone on with by the same command, ends with the bytes of one
// that was not cut.
func TestSweepGoesOn(t *testing.T) {
	scenario, space, dir := writeFile(t, "tiny.yaml", strings.Replace(tinyScenario, "epochs: 24", "epochs: 12", 1)), writeFile(t, "space.yaml", sweptSpace), t.TempDir()
	cut, whole := filepath.Join(dir, "cut"), filepath.Join(dir, "whole")
	args := []string{space, "--scenario", scenario, "--method", "grid", "--runs", "2"}

	signals := make(chan os.Signal, 2)
	a, out, talk := trial()
	a.signals = signals
	cmd := a.labSweep(cutAfter(3, signals))
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(append(slices.Clone(args), "--out", cut, "--workers", "1"))
	if err := cmd.Execute(); exitCode(err) != codeInterrupted || out.String() != "" || !strings.Contains(talk.String(), "the same command goes on from there") {
		t.Fatalf("%v, %s%s", err, out, talk)
	}
	f, err := runs.Open(cut)
	if err != nil || f.Manifest().Finished {
		t.Fatalf("%v, the manifest calls the sweep finished", err)
	}
	kept, err := os.ReadFile(filepath.Join(cut, "progress.jsonl"))
	if err != nil || strings.Count(string(kept), "\n") < 3 {
		t.Errorf("%v, what was measured is not kept: %s", err, kept)
	}

	for _, dir := range []string{cut, whole} {
		code, out, talk := runLab(append(append([]string{"sweep"}, args...), "--out", dir)...)
		if code != codeOK || !strings.Contains(out, "sweep: 4 points, 4 of them feasible") || !strings.Contains(out, "its parameter file is "+dir+"/best.yaml") {
			t.Fatalf("exit code %d, %s%s", code, out, talk)
		}
	}
	sameFiles(t, cut, whole)
	if best, err := readParameters(filepath.Join(whole, runs.BestFile)); err != nil || !strings.Contains(string(best), "\ntrial_alarm: ") {
		t.Errorf("%s, %v", best, err)
	}
}

func TestTuneJSON(t *testing.T) {
	scenario, space := writeFile(t, "tiny.yaml", tinyScenario), writeFile(t, "space.yaml", sweptSpace)
	code, out, talk := runLab("tune", space, "--scenario", scenario, "--points", "4", "--runs", "1", "--json", "--out", filepath.Join(t.TempDir(), "tune"))
	var got struct {
		Points, Feasible       int
		First, Best, Confirmed *struct {
			Point                int
			Parameters           map[string]float64
			Measures             map[string]studiedInterval
			Objective, Violation *float64
		}
	}
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || code != codeOK || got.Points != 4 || got.First == nil || got.Best == nil || got.Confirmed == nil {
		t.Fatalf("exit code %d, %v: %s%s", code, err, out, talk)
	}
	if got.First.Point != 0 || got.First.Parameters["gamma"] != 2 || got.First.Parameters["trial_alarm"] != 13 {
		t.Errorf("the first point is not what ships: %+v", got.First)
	}
	for _, name := range suite.MeasureNames() {
		if _, ok := got.Best.Measures[name]; !ok {
			t.Errorf("the best point has no %s: %s", name, out)
		}
	}
}

func TestSpaceMistakes(t *testing.T) {
	scenario := writeFile(t, "tiny.yaml", tinyScenario)
	const rest = "minimise: {worst_ratio: 1}\n"
	for _, c := range []struct{ text, want string }{
		{"", "is empty"},
		{"parameters:\n  gama: {range: [1, 4]}\n" + rest, "line 2, column 3: parameters.gama: no such parameter, want one of alpha, "},
		{"parameters:\n  gamma: {range: [4, 1]}\n" + rest, "line 2, column 22: parameters.gamma.range[1]: 1, want more than the beginning of the range, which is 4"},
		{"parameters:\n  gamma: {range: [1, 4], scale: logg}\n" + rest, `line 2, column 26: parameters.gamma.scale: "logg", want linear, log or integer`},
		{"parameters:\n  gamma: {range: [1, 4]}\nminimise: {worst: 1}\n", "line 3, column 12: minimise.worst: no such measure, want one of fetches_per_miner_day, honest_false_flag, "},
		{"parameters:\n  gamma: {range: [1, 4]}\nconstraints: [vtrust ~ 1]\n" + rest, "line 3, column 15: constraints[0]: "},
		{"parameters:\n  gamma: {rang: [1, 4]}\n" + rest, "line 2, column 11: parameters.gamma.rang: unknown key"},
	} {
		for _, command := range []string{"sweep", "tune"} {
			out := filepath.Join(t.TempDir(), "run")
			code, said, talk := runLab(command, writeFile(t, "space.yaml", c.text), "--scenario", scenario, "--out", out)
			if code != codeInvalid || !strings.Contains(talk, c.want) || said != "" {
				t.Errorf("%s %q: exit code %d, want %q\n%s", command, c.text, code, c.want, talk)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s %q made a folder", command, c.text)
			}
		}
	}
	space := writeFile(t, "space.yaml", sweptSpace)
	bad := writeFile(t, "bad.yaml", "runs: 0\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{space + "x", "--scenario", scenario}, "no such file"},
		{[]string{space, "--scenario", bad}, "line 1, column 1: runs: 0, want 1 to 10000"},
		{[]string{space, "--parameters", bad}, "line 1, column 1: runs: unknown key"},
		{[]string{space, "--scenario", writeFile(t, "nobody.yaml", "miners: []\n")}, "the first group of miners of the scenario must be honest"},
	} {
		if code, out, talk := runLab(append([]string{"sweep", "--out", filepath.Join(t.TempDir(), "run")}, c.args...)...); code != codeInvalid || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%v: exit code %d, want %q\n%s%s", c.args, code, c.want, talk, out)
		}
	}
}
