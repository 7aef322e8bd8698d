package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/lab"
)

// reportOf runs assay lab report.
func reportOf(args ...string) (code int, out, talk string) {
	a, o, t := trial(append([]string{"lab", "report"}, args...)...)
	code = a.run()
	return code, o.String(), t.String()
}

// runFolder writes a run with two tables.
func runFolder(t *testing.T, finish bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	f, err := lab.Create(dir, lab.Manifest{Command: "zoo", Version: "1", Seed: 7, Scenario: "miners: []\n"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	nan := math.NaN()
	err = errors.Join(
		lab.Write(f, lab.TableShares, []lab.Share{{Fakes: 0, Ratio: 1, Lower: 0.98, Upper: 1.01, Runs: 10}, {Fakes: 0.2, Ratio: 0.31, Lower: 0.25, Upper: 0.37, Runs: 10}}),
		lab.Write(f, lab.TableVerdicts, []lab.Verdict{{Name: "milk<script>", Ratio: 0.5, Lower: 0.4, Upper: 0.6, DetectedItems: nan, DetectedEpochs: nan}}))
	if err == nil && finish {
		err = f.Finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReportOfARun(t *testing.T) {
	dir := runFolder(t, true)
	code, out, talk := reportOf(dir)
	file := filepath.Join(dir, reportFile)
	want := "Verdicts on the zoo  milk<script> does not pay: it earns 0.50 of honest pay (0.40–0.60)\n" +
		"Pay against fakes    Fakes of 20 % earn 0.31 of honest pay (0.25–0.37)\n" + file + "\n"
	if code != codeOK || out != want || talk != "" {
		t.Fatalf("exit code %d, %s%s", code, out, talk)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Run of assay lab zoo", "Fakes of 20 % earn 0.31 of honest pay (0.25–0.37)", "milk&lt;script&gt;", "never"} {
		if !strings.Contains(string(page), s) {
			t.Errorf("the page lacks %q", s)
		}
	}
	if strings.Contains(string(page), "not finished") {
		t.Error("the page calls the run unfinished")
	}
	code, out, talk = reportOf(dir, "--json")
	var got reported
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != codeOK || got.File != file || got.Bytes != len(page) || !got.Finished || len(got.Findings) != 2 || got.Findings[1].Section != "shares" {
		t.Errorf("exit code %d, %v: %s%s", code, err, out, talk)
	}
	again, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(page, again) {
		t.Errorf("made again it has other bytes, %v", err)
	}
	if code, out, _ := reportOf(dir, "--out", "-"); code != codeOK || out != string(page) {
		t.Errorf("exit code %d, %d bytes on standard output, %d in the file", code, len(out), len(page))
	}
}

func TestReportOfAnUnfinishedRun(t *testing.T) {
	dir := runFolder(t, false)
	code, out, talk := reportOf(dir)
	if code != codeOK || !strings.Contains(out, "The run is not finished") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
}

// TestReportSpares checks that nothing but a report is ever replaced, and that nothing is
// left of one that could not be written.
func TestReportSpares(t *testing.T) {
	dir := runFolder(t, true)
	notes := filepath.Join(t.TempDir(), "notes.html")
	if err := os.WriteFile(notes, []byte("<p>mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{notes, filepath.Dir(notes), filepath.Join(dir, "manifest.json")} {
		if code, _, talk := reportOf(dir, "--out", path); code != codeInvalid || !strings.Contains(talk, "is no report of a run") {
			t.Errorf("%s: exit code %d, %s", path, code, talk)
		}
	}
	if text, err := os.ReadFile(notes); err != nil || string(text) != "<p>mine" {
		t.Errorf("%q, %v", text, err)
	}
	if code, _, talk := reportOf(dir, "--out", filepath.Join(dir, "none", "r.html")); code != codeData {
		t.Errorf("exit code %d, %s", code, talk)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(notes), ".report-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestReportOfNoRun(t *testing.T) {
	empty := t.TempDir()
	code, _, talk := reportOf(empty)
	if code != codeInvalid || !strings.Contains(talk, "manifest.json") {
		t.Errorf("exit code %d, %s", code, talk)
	}
	if _, err := os.Stat(filepath.Join(empty, reportFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a report was written of no run")
	}
	if code, _, talk := reportOf(); code != codeUsage || !strings.Contains(talk, "the folder of a run") {
		t.Errorf("exit code %d, %s", code, talk)
	}
	if code, _, _ := reportOf(empty, "--out", "-", "--json"); code != codeUsage {
		t.Errorf("exit code %d", code)
	}
	dir := runFolder(t, true)
	if err := os.WriteFile(filepath.Join(dir, "shares.csv"), []byte("fakes,ratio,lower,upper,runs\n0,9,9,9,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, talk := reportOf(dir); code == codeOK || !strings.Contains(talk, "shares") {
		t.Errorf("a changed table: exit code %d, %s", code, talk)
	}
}
