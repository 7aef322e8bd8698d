package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/validator/golden"
)

// recordOf is a validator's folder with the record of one of the golden files, and a file
// with its parameters.
func recordOf(t *testing.T, name string) (folder, params string) {
	t.Helper()
	bodies, err := golden.Bodies(name)
	if err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(t.TempDir(), "validator-1")
	params = filepath.Join(t.TempDir(), "params.yaml")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	record, err := journal.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		if b, ok := body.(*evidence.Parameters); ok {
			if err := os.WriteFile(params, b.Source, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := record.AppendAll(bodies...); err != nil {
		t.Fatal(err)
	}
	if err := record.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, params
}

// replay runs the command and gives what it said on both streams.
func replay(args ...string) (code int, out, talk string) {
	a, o, e := trial(append([]string{"lab", "replay"}, args...)...)
	code = a.run()
	return code, o.String(), e.String()
}

// changedFile is a parameter file with one text in place of another.
func changedFile(t *testing.T, params, old, new string) string {
	t.Helper()
	text, err := os.ReadFile(params)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("the parameters have no %q", old)
	}
	out := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(out, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReplayOtherwise(t *testing.T) {
	folder, params := recordOf(t, "fold2")
	code, out, talk := replay(folder, "--params", params, "--diff")
	if code != codeOK || talk != "" || !strings.Contains(out, "nothing changes: no decision differs, and all votes are equal bit for bit\n") || strings.Contains(out, "→") || strings.Contains(out, "not known") {
		t.Errorf("the same parameters: exit code %d\n%s%s", code, out, talk)
	}
	other := changedFile(t, params, "gamma: 2", "gamma: 4")
	other = changedFile(t, other, "change_alarm: 10", "change_alarm: 0")
	other = changedFile(t, other, "max_tries: 3", "max_tries: 5")
	code, out, talk = replay(folder, "--params", other)
	if code != codeOK || talk != "" {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	for _, want := range []string{
		"206 entries, 18 closed rounds, 3 votes\n", "other rules: change_alarm 10 → 0, gamma 2 → 4, fold version 2 as recorded\n",
		"kept as recorded: max_tries 3, not 5: it decided what was asked\n",
		"first decision that changes: entry 112, round 10, epoch 1, uid 7, forum/forum/fork: on trial under the recorded rules after 11 rows (CUSUM 10.2), not under the other ones (CUSUM 0.0)\n",
		"first vote that changes: entry 44, epoch 0: uid ", "votes that change: 3 of 3\n", "mean share of the votes\n", "not known\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "entry 137") {
		t.Errorf("the summary has all decisions:\n%s", out)
	}
	if _, all, _ := replay(folder, "--params", other, "--diff"); !strings.Contains(all, "\ndecisions that change\n  entry 112,") || !strings.Contains(all, "  entry 137, ") || !strings.Contains(all, "\nvotes that change\n  entry 44, ") {
		t.Errorf("--diff prints\n%s", all)
	}
}

func TestReplayOtherwiseJSON(t *testing.T) {
	folder, params := recordOf(t, "fold2")
	other := changedFile(t, params, "gamma: 2", "gamma: 4")
	other = changedFile(t, other, "change_alarm: 10", "change_alarm: 0")
	other = changedFile(t, other, "max_tries: 3", "max_tries: 5")
	shown := otherRules{}
	code, out, _ := replay(folder, "--params", other, "--json")
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&shown); err != nil || code != codeOK {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	if shown.FirstDecision == nil || shown.FirstDecision.Seq != 112 || shown.FirstVote == nil || shown.FirstVote.Seq != 44 || shown.VotesChanged != 3 ||
		len(shown.Parameters) != 2 || len(shown.Kept) != 1 || len(shown.Miners) == 0 || shown.Recorded.Digest == shown.Other.Digest {
		t.Errorf("--json prints\n%s", out)
	}
	code, out, _ = replay(folder, "--fold", "3", "--json")
	for _, want := range []string{`"first_decision": null`, `"parameters": []`, `"decisions": []`, `"vote_changes": []`, `"fold": 3`} {
		if code != codeOK || !strings.Contains(out, want) {
			t.Errorf("--fold 3: exit code %d, want %s\n%s", code, want, out)
		}
	}
}

func TestReplayWritesARunFolder(t *testing.T) {
	folder, params := recordOf(t, "fold2")
	other := changedFile(t, params, "gamma: 2", "gamma: 4")
	dir := filepath.Join(t.TempDir(), "run")
	if code, _, talk := replay(folder, "--params", other, "--out", dir); code != codeOK {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	f, err := runs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	weights, err := runs.Read[runs.Weight](f, runs.TableWeights)
	if err != nil || !f.Manifest().Finished || f.Manifest().Command != "replay" || len(weights) == 0 || weights[len(weights)-1].Run != runOther {
		t.Errorf("%v, %+v, %d weights", err, f.Manifest(), len(weights))
	}
	if code, out, talk := replay(folder, "--params", other, "--out", dir); code == codeOK || out != "" || !strings.Contains(talk, dir) {
		t.Errorf("the same folder again: exit code %d, %s%s", code, out, talk)
	}
	if code, _, talk := replay(folder, "--out", dir); code != codeUsage || !strings.Contains(talk, "--out: ") {
		t.Errorf("--out alone: exit code %d, %s", code, talk)
	}
}

func TestReplayJSON(t *testing.T) {
	folder, _ := recordOf(t, "fold1")
	code, out, _ := replay(folder, "--json")
	var r replayed
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != codeOK || r.Votes != 2 || r.Mismatches != 0 || r.First != nil || r.Entries != 137 || r.Calls != 260 {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
	change(t, folder, "UPDATE entries SET body = zeroblob(length(body)) WHERE seq = 40")
	code, out, _ = replay(folder, "--json")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != codeUnexpected || r.Mismatches != 1 || r.First == nil || r.First.Seq != 40 {
		t.Errorf("a changed record: exit code %d, %v: %s", code, err, out)
	}
	if code, _, _ := replay(folder, "--fold", "3"); code == codeOK {
		t.Error("a changed record is folded under other rules")
	}
}

func TestReplayFlags(t *testing.T) {
	folder, params := recordOf(t, "fold1")
	bad := changedFile(t, params, "gamma: 2", "gamma: 20")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--diff"}, codeUsage, "--diff: it compares with other rules"},
		{[]string{"--params", ""}, codeUsage, "--params: it is empty"},
		{[]string{"--params", params, "--peer", "."}, codeUsage, "--peer: heads are compared when"},
		{[]string{"--fold", "99"}, codeUsage, "--fold: 99, this release has versions up to"},
		{[]string{"--fold", "x"}, codeUsage, "invalid argument"},
		{[]string{"--params", changedFile(t, params, "gamma: 2", "gamma: 2\nnoise_miss: 0.01\nnoise_window: 512")}, codeInvalid, "--fold has later ones"},
		{[]string{"--params", filepath.Join(t.TempDir(), "none.yaml")}, codeInvalid, "no such file"},
		{[]string{"--params", t.TempDir()}, codeInvalid, "is a folder, want a file"},
		{[]string{"--params", bad}, codeInvalid, "gamma: 20, want 1 to 8"},
		{[]string{"--params", changedFile(t, params, "gamma: 2", "gama: 2")}, codeInvalid, "gama"},
	} {
		if code, out, talk := replay(append([]string{folder}, c.args...)...); code != c.code || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%v: exit code %d, want %d; %q, want %q; %s", c.args, code, c.code, talk, c.want, out)
		}
	}
}
