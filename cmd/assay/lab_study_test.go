package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/lab"
)

const studySpace = `parameters:
  forget: {range: [0.9, 1], steps: 3}
  gamma: {range: [1, 4], scale: integer}
minimise: {worst_ratio: 1}
constraints: [honest_false_flag <= 0.02]
`

// bowl measures points without a simulator: the best is forget = 0.95, gamma = 2.
func bowl(calls *atomic.Int64) measuring {
	return func(scenario string, base *lab.Base) (*measured, error) {
		return &measured{Scenario: "name: " + scenario + "\n", Names: []string{"worst_ratio", "honest_false_flag"}, Measure: func(_ context.Context, p lab.Point, seed uint64) (lab.Measures, error) {
			if calls.Add(1) == 7 {
				return nil, errInterrupted
			}
			v := math.Abs(p["forget"]-0.95) + math.Abs(p["gamma"]-2)
			luck := float64(seed%100) / 100
			return lab.Measures{"worst_ratio": {Value: v + luck, Lower: v, Upper: v + 1}, "honest_false_flag": {Value: 0.01, Lower: math.NaN(), Upper: math.NaN()}}, nil
		}}, nil
	}
}

// study runs one of the commands.
func study(build func(*app) *cobra.Command, args ...string) (out, talk string, err error) {
	var o, e bytes.Buffer
	a := &app{out: &o, talk: &e, signals: make(chan os.Signal)}
	cmd := build(a)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err = cmd.Execute()
	return o.String(), e.String(), err
}

func TestLabSweepAndTune(t *testing.T) {
	dir := t.TempDir()
	space := filepath.Join(dir, "space.yaml")
	if err := os.WriteFile(space, []byte(studySpace), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"tune": {"--points", "60"}, "sweep": {"--method", "grid"}} {
		var calls atomic.Int64
		build := func(a *app) *cobra.Command {
			if name == "tune" {
				return a.labTune(bowl(&calls))
			}
			return a.labSweep(bowl(&calls))
		}
		run := filepath.Join(dir, name)
		args = append(args, space, "--out", run, "--runs", "2", "--workers", "1")
		if _, _, err := study(build, args...); !errors.Is(err, errInterrupted) {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := study(build, append(args, "--seed", "2")...); !errors.Is(err, lab.ErrOtherRun) || !strings.Contains(err.Error(), "its seed is 1, not 2") {
			t.Errorf("%s: %v", name, err)
		}
		out, _, err := study(build, append(args, "--json")...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got struct {
			Points, Feasible int
			Best, Confirmed  *studiedPoint
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || got.Best == nil || got.Best.Parameters["gamma"] != 2 || math.Abs(got.Best.Parameters["forget"]-0.95) > 0.01 || got.Feasible != got.Points || got.Confirmed == nil {
			t.Errorf("%s: %s, %v", name, out, err)
		}
		f, err := lab.Open(run)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := lab.Read[lab.Trial](f, lab.TableTrials)
		best, err2 := lab.ReadText(f, lab.BestFile)
		if err := errors.Join(err, err2); err != nil || len(rows) < 12*6 || !strings.Contains(best, "gamma: 2\n") || !f.Manifest().Finished {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
		if _, _, err := study(build, args...); !errors.Is(err, lab.ErrFinished) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabStudyMistakes(t *testing.T) {
	dir := t.TempDir()
	space, bad := filepath.Join(dir, "space.yaml"), filepath.Join(dir, "bad.yaml")
	if err := errors.Join(os.WriteFile(space, []byte(studySpace), 0o600), os.WriteFile(bad, []byte(strings.ReplaceAll(studySpace, "gamma", "gama")), 0o600)); err != nil {
		t.Fatal(err)
	}
	sweep := func(a *app) *cobra.Command { return a.labSweep(bowl(new(atomic.Int64))) }
	for want, args := range map[string][]string{
		"--out: it is empty":            {space},
		"--points: 1 is out of range":   {space, "--out", dir, "--points", "1"},
		"--runs: 0 is out of range":     {space, "--out", dir, "--runs", "0"},
		`--method: "random", want sobo`: {space, "--out", dir, "--method", "random"},
		"--points: a grid has as many":  {space, "--out", dir, "--method", "grid", "--points", "9"},
		"bad.yaml: space file: line 3, column 3: parameters.gama: no such parameter": {bad, "--out", filepath.Join(dir, "x")},
		"the folder holds another run": {space, "--out", dir},
	} {
		if _, _, err := study(sweep, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	out, _, err := study(func(a *app) *cobra.Command {
		return a.labSweep(func(scenario string, base *lab.Base) (*measured, error) {
			m, err := bowl(new(atomic.Int64))(scenario, base)
			inner := m.Measure
			m.Measure = func(ctx context.Context, p lab.Point, seed uint64) (lab.Measures, error) {
				got, err := inner(ctx, p, seed)
				if errors.Is(err, errInterrupted) {
					return inner(ctx, p, seed)
				}
				got["honest_false_flag"] = lab.Interval{Value: 1, Lower: 1, Upper: 1}
				return got, err
			}
			return m, err
		})
	}, space, "--out", filepath.Join(dir, "none"), "--points", "4")
	if err != nil || !strings.Contains(out, "4 points, 0 of them feasible") || !strings.Contains(out, "no point keeps all constraints") {
		t.Errorf("%s, %v", out, err)
	}
}
