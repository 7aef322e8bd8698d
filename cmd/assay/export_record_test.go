package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	"github.com/assaynet/assay/export"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/validator/golden"
)

// goldenFolder is a validator's folder with the newest of the golden records. It skips
// where that is of a release without labels.
func goldenFolder(t *testing.T) string {
	t.Helper()
	var bodies []evidence.Body
	err := fs.ErrNotExist
	for fold := scoring.FoldVersion; fold > 0 && errors.Is(err, fs.ErrNotExist); fold-- {
		bodies, err = golden.Bodies(golden.Name(fold))
	}
	if err != nil {
		t.Fatal(err)
	}
	labels := slices.ContainsFunc(bodies, func(b evidence.Body) bool { _, tasks := b.(*evidence.Tasks); return tasks })
	if !labels {
		t.Skip("the newest golden record has no labels")
	}
	folder := t.TempDir()
	record, err := journal.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.AppendAll(bodies...); err != nil {
		t.Fatal(err)
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// exported runs the command and reads its summary.
func exported(t *testing.T, args ...string) export.Summary {
	t.Helper()
	a, out, talk := trial(append([]string{"export", "labels", "--json"}, args...)...)
	if code := a.run(); code != 0 {
		t.Fatalf("%v: exit code %d, %s", args, code, talk)
	}
	var s export.Summary
	if err := json.Unmarshal([]byte(out.String()), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A record of a real run becomes files that agree with the summary and with each other.
func TestExportOfARun(t *testing.T) {
	folder := goldenFolder(t)
	for _, program := range []string{"spam", "preference"} {
		out := filepath.Join(t.TempDir(), "out")
		s := exported(t, program, "--out", out, folder)
		if s.Program != program || s.Rows == 0 || s.Method == "" || len(s.Raters) == 0 || len(s.Validators) != 1 {
			t.Errorf("summary %+v", s)
		}
		checkFiles(t, out, s)
		checkOrigins(t, filepath.Join(out, "provenance.jsonl"), s)
		if program != "spam" {
			continue
		}
		if s.Gold == 0 || s.Accuracy == nil || s.Majority == nil || s.Majority.Held != s.Accuracy.Held || s.Accuracy.Lower > s.Accuracy.Share {
			t.Errorf("%d gold, accuracy %+v, majority %+v", s.Gold, s.Accuracy, s.Majority)
		}
		checkSecond(t, out, folder)
		checkFiles(t, out, s)
	}
}

// checkFiles demands that the files are there, with the bytes that the summary tells.
func checkFiles(t *testing.T, out string, s export.Summary) {
	t.Helper()
	for _, f := range s.Files {
		b, err := os.ReadFile(filepath.Join(out, f.Name))
		sum := sha256.Sum256(b)
		if err != nil || int64(len(b)) != f.Bytes || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s: %v, %d bytes, stated %+v", f.Name, err, len(b), f)
		}
	}
}

// checkOrigins demands that the answers that count, label by label, are those of the
// raters.
func checkOrigins(t *testing.T, path string, s export.Summary) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	counted, lines := map[string]int{}, bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	rows := 0
	for ; lines.Scan(); rows++ {
		var o struct {
			Judgements []struct {
				Miner      string
				Assignment string
				Counts     bool
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		for _, j := range o.Judgements {
			if len(j.Assignment) != 66 || strings.Trim(j.Assignment, "0x") == "" {
				t.Errorf("assignment %q", j.Assignment)
			}
			if j.Counts {
				counted[j.Miner]++
			}
		}
	}
	if lines.Err() != nil || rows != s.Rows {
		t.Errorf("%v, %d lines of %d rows", lines.Err(), rows, s.Rows)
	}
	for _, r := range s.Raters {
		if s.LeftOut == 0 && counted[r.Miner] != r.Judgements {
			t.Errorf("%d answers of %s count, the summary says %d", counted[r.Miner], r.Miner, r.Judgements)
		}
		delete(counted, r.Miner)
	}
	if len(counted) > 0 {
		t.Errorf("answers count of who is no rater: %v", counted)
	}
}

// checkSecond demands that an export is replaced only where that is asked for.
func checkSecond(t *testing.T, out, folder string) {
	t.Helper()
	a, _, talk := trial("export", "labels", "spam", "--out", out, folder)
	if code := a.run(); code != codeInvalid || !strings.Contains(talk.String(), "--force") {
		t.Errorf("a folder in use: exit code %d, %s", code, talk)
	}
	a, text, talk := trial("export", "labels", "spam", "--out", out, "--force", folder)
	if code := a.run(); code != 0 || !strings.Contains(text.String(), " labels of spam, ") {
		t.Errorf("--force: exit code %d, %s, %s", code, text, talk)
	}
}
