package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/yuma/casefile"
)

// TestEpochVectors gives every file of epochs to the command; that the results are
// the files' own is a test of package casefile.
func TestEpochVectors(t *testing.T) {
	paths, err := filepath.Glob("../../yuma/testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors (%v)", err)
	}
	ran := 0
	for _, path := range paths {
		if name := filepath.Base(path); name == "math.json" || name == "gen_scalar.json" {
			continue
		}
		code, out, talk := runLab("epoch", path)
		if code != codeOK || talk != "" || strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) {
			t.Errorf("%s: exit code %d, %s", path, code, talk)
		}
		ran++
	}
	if ran < 19 {
		t.Errorf("only %d files", ran)
	}
}

func TestEpochReadsStandardInput(t *testing.T) {
	const path = "../../yuma/testdata/epoch_1_graph.json"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := computeEpochs(t.Context(), session{Out: &out, Talk: io.Discard}, "-", strings.NewReader(string(data))); err != nil {
		t.Fatal(err)
	}
	if _, fromFile, _ := runLab("epoch", path); out.String() != fromFile {
		t.Errorf("standard input gave %s, the file %s", out.String(), fromFile)
	}
}

func TestEpochErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	large := write("large.json", "")
	if err := os.Truncate(large, casefile.MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{write("weights.json", `{"epochs":[{"input":{"weights":{"rows":[[1,2,3,70000]]}}}]}`), "weights.json: read case: epochs[0].input.weights.rows[0][3]: 70000 is more than 65535"},
		{write("cut.json", `{"epochs":[{"input":{`), "ends too early"},
		{filepath.Join(dir, "absent.json"), "no such file or directory"},
		{dir, "is a directory"},
		{large, "more than the 64 MiB"},
		{"../../yuma/testdata/math.json", "epochs: is missing"},
	} {
		if code, out, talk := runLab("epoch", c.path); code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %q, %s, want %s", c.path, code, out, talk, c.want)
		}
	}
	if code, _, talk := runLab("epoch"); code != codeUsage || !strings.Contains(talk, "takes 1 argument, a file of epochs") {
		t.Errorf("without a file: exit code %d, %s", code, talk)
	}
}

func TestEpochInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	err := computeEpochs(ctx, session{Out: io.Discard}, "../../yuma/testdata/epoch_1_graph.json", nil)
	if err == nil || exitCode(err) == codeUsage {
		t.Errorf("interrupted: %v", err)
	}
}
