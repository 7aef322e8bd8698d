package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	journal "github.com/assaynet/assay/evidence/log"
	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scenarios"
)

// tinyScenario is a subnet with one round an epoch, played within a tenth of a second.
const tinyScenario = `name: tiny
epochs: 24
runs: 2
subnet: {tempo: 100, round_blocks: 100}
validators:
  - {name: validator, count: 1, stake: 1000, kind: honest}
miners:
  - {name: peer, count: 3, kind: honest, quality: 0.99, pages: 10}
`

// filesOf are the files of a folder, by name.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameFiles checks that two folders hold the same files with the same bytes.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	one, other := filesOf(t, a), filesOf(t, b)
	if !slices.Equal(slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(other))) {
		t.Fatalf("files %v and %v", slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(other)))
	}
	for name, text := range one {
		if text != other[name] {
			t.Errorf("%s has other bytes", name)
		}
	}
}

func TestSimulateSummary(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario+"  - {name: faker, count: 1, kind: fabricate, pages: 10}\n")
	code, out, talk := runLab("simulate", path)
	if code != codeOK || talk != "" {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	lines := strings.Split(out, "\n")
	for i, want := range []string{"actor ", "peer-1 ", "peer-2 ", "peer-3 ", "faker ", "", "honest miners rejected, on trial or flagged: 0.000, at most ", "median vtrust of validators: 1.000; pages fetched per validator, miner and day: "} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("line %d should begin with %q:\n%s", i+1, want, out)
		}
	}
	if fields := strings.Fields(lines[4]); fields[1] != "fabricate" || fields[3] != "0.000" && fields[3] != "-0.000" || fields[5] == "–" {
		t.Errorf("a fabricator is paid or never caught: %s", lines[4])
	}
}

// One run tells of no interval, and JSON has no word for an endless one.
func TestSimulateJSON(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario)
	for _, one := range []bool{true, false} {
		args := []string{"simulate", path, "--json"}
		if one {
			args = append(args, "--runs", "1", "--epochs", "2")
		}
		code, out, talk := runLab(args...)
		var got struct {
			Actors []struct {
				Actor          string
				Kind           string
				Pay            float64
				Ratio          *float64
				Lower, Upper   *float64
				DetectedItems  *float64 `json:"detected_items"`
				DetectedEpochs *float64 `json:"detected_epochs"`
			}
			HonestFalseFlag struct {
				Rate, Upper float64
				Runs        int
			} `json:"honest_false_flag"`
			FetchesPerMinerDay float64 `json:"fetches_per_miner_day"`
			VTrust             *float64
		}
		d := json.NewDecoder(strings.NewReader(out))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil || code != codeOK || len(got.Actors) != 3 {
			t.Fatalf("exit code %d, %v: %s%s", code, err, out, talk)
		}
		for _, a := range got.Actors {
			if a.Kind != "honest" || a.DetectedItems != nil || a.DetectedEpochs != nil || (a.Lower == nil) != one || (a.Upper == nil) != one {
				t.Errorf("one run: %t, actor %+v", one, a)
			}
			if !one && !(*a.Lower < *a.Ratio && *a.Ratio < *a.Upper && a.Pay > 0.1) {
				t.Errorf("actor %+v", a)
			}
		}
		if !one && (got.HonestFalseFlag.Runs != 6 || got.HonestFalseFlag.Rate != 0 || got.FetchesPerMinerDay <= 0 || got.VTrust == nil) {
			t.Errorf("%+v", got)
		}
	}
}

// The same seed gives the same bytes, however many processors there are; another one
// gives other pay.
func TestSimulateIsReproducible(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario+"  - {name: faker, count: 2, kind: fabricate-20, pages: 10}\n")
	dir := t.TempDir()
	run := func(name string, args ...string) string {
		out := filepath.Join(dir, name)
		if code, _, talk := runLab(append([]string{"simulate", path, "--out", out}, args...)...); code != codeOK {
			t.Fatalf("exit code %d, %s", code, talk)
		}
		return out
	}
	before := runtime.GOMAXPROCS(1)
	one := run("one")
	runtime.GOMAXPROCS(max(4, before))
	again := run("again")
	runtime.GOMAXPROCS(before)
	sameFiles(t, one, again)
	other := run("other", "--seed", "2")
	if filesOf(t, one)["pay.csv"] == filesOf(t, other)["pay.csv"] {
		t.Error("another seed gives the same pay")
	}
	f, err := runs.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Manifest()
	var tables []string
	for _, table := range m.Tables {
		tables = append(tables, table.Name)
	}
	if !m.Finished || m.Command != "simulate" || m.Seed != 1 || m.Settings["epochs"] != "24" || m.Settings["runs"] != "2" || !slices.Equal(tables, []string{"actors", "events", "pay", "trust", "weights"}) {
		t.Errorf("manifest %+v", m)
	}
	pay, err := runs.Read[runs.Pay](f, runs.TablePay)
	if err != nil || len(pay) != 2*24*5 {
		t.Errorf("%d rows of pay, %v", len(pay), err)
	}
	if code, _, talk := runLab("simulate", path, "--out", one); code != codeInvalid || !strings.Contains(talk, "finished") {
		t.Errorf("once more: exit code %d, %s", code, talk)
	}
}

// An interrupted run leaves a folder that says so, and that only the same command may go
// on with.
func TestSimulateInterrupted(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario)
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"simulate", path, "--epochs", "100000", "--out", out}
	stop := func() (int, string) {
		signals := make(chan os.Signal, 1)
		a, o, talk := trial(append([]string{"lab"}, args...)...)
		a.signals = signals
		signals <- os.Interrupt
		code := a.run()
		if o.String() != "" {
			t.Errorf("a result is printed: %s", o)
		}
		return code, talk.String()
	}
	for range 2 {
		if code, talk := stop(); code != codeInterrupted {
			t.Fatalf("exit code %d, %s", code, talk)
		}
		f, err := runs.Open(out)
		if err != nil || f.Manifest().Finished || len(f.Manifest().Tables) > 0 {
			t.Errorf("%v, the manifest calls the run finished", err)
		}
	}
	if code, _, talk := runLab(append(args, "--seed", "3")...); code != codeInvalid || !strings.Contains(talk, "its seed is 1, not 3") {
		t.Errorf("another seed: exit code %d, %s", code, talk)
	}
}

func TestSimulateMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "scenario is empty"},
		{"name: a\n\tx: 1\n", "line 2, column 1: "},
		{"epoch: 3\n", "line 1, column 1: epoch: unknown key"},
		{"epochs: 0\n", "line 1, column 1: epochs: 0, want 1 to 100000"},
		{"epochs: many\n", "line 1, column 9: epochs: want a whole number"},
		{"runs: 3\nsource:\n  noise: {gone: 0.9}\n", "line 3, column 11: source.noise.gone: 0.9, want 0 to 0.5"},
		{"source: {noise: {gon: 0}}\n", "line 1, column 18: source.noise.gon: unknown key, want one of failed, gone, vanish"},
		{"subnet: {tempo: 50}\n", "line 1, column 10: subnet.tempo: 50, want 100 to 65535"},
		{"miners:\n  - {name: A, count: 1, kind: honest}\n", `line 2, column 6: miners[0].name: "A", want lower-case letters`},
		{"miners:\n  - {name: a, count: 1, kind: fabricate-11}\n", `line 2, column 25: miners[0].kind: "fabricate-11", want honest or an adversary: sybil-copy, `},
		{"miners:\n  - {name: a, count: 1, kind: fabricate, settings: {share: 7}}\n", "line 2, column 53: miners[0].settings.share: 7, want 0.01 to 1"},
		{"miners:\n  - {name: a, count: 1, kind: fabricate, settings: {shares: 1}}\n", "line 2, column 53: miners[0].settings.shares: fabricate has no such setting, want one of share"},
		{"miners:\n  - {name: a, count: 1, kind: honest}\n  - {name: a, count: 1, kind: honest}\n", "line 3, column 6: miners[1].name: a stands twice"},
		{"miners:\n  - {name: a, count: 1, kind: honest, labels: {kind: constant}}\n", `miners[0].labels.kind: "constant", want honest or an adversary that labels: constant-label, `},
		{"validators:\n  - {name: v, count: 1, stake: 1, kind: lazy}\n", `validators[0].kind: "lazy", want honest`},
		{"labels: {classes: [0.5, 0.4]}\n", "line 1, column 10: labels.classes: they add up to 0.9, want 1"},
		{"a: &x 1\n", "unknown key"},
		{"programs: [fourum]\n", `programs: there is no program "fourum"`},
		{"parameters: none.yaml\n", "parameters: open "},
		{"recorded: [none]\n", "recorded: "},
	} {
		path := writeFile(t, "bad.yaml", c.text)
		if code, out, talk := runLab("simulate", path); code != codeInvalid || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%q: exit code %d, want %q\n%s%s", c.text, code, c.want, talk, out)
		}
	}
	// All of them at once.
	_, _, talk := runLab("simulate", writeFile(t, "bad.yaml", "epochs: 0\nruns: 20000\nsubnet: {tempo: 360, round_blocks: 361}\n"))
	if strings.Count(talk, ", column ") != 3 {
		t.Errorf("not every mistake is told: %s", talk)
	}
}

func TestSimulateUsage(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario)
	recorded := writeFile(t, "recorded.yaml", "recorded: [a]\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, codeUsage, "takes 1 argument, a scenario file"},
		{[]string{"smal"}, codeUsage, `no scenario of that name within the binary, which has labels, small, subnet, zoo, did you mean "small"?`},
		{[]string{"./smal"}, codeInvalid, "no such file"},
		{[]string{path, "--runs", "-1", "--epochs", "0"}, codeUsage, "--epochs: 0 is out of range, want 1 to 100000\nassay: --runs: -1 is out of range, want 1 to 10000\n"},
		{[]string{path, "--epochs", "99999999999"}, codeUsage, "want 1 to 100000"},
		{[]string{path, "--parameters", path}, codeInvalid, "tiny.yaml: parameter file: line 1, column 1: name: unknown key"},
		{[]string{path, "--parameters", path + "x"}, codeInvalid, "no such file"},
		{[]string{path, "--out", path}, codeData, "not a directory"},
		{[]string{path, "--out", filepath.Dir(path)}, codeInvalid, "has no manifest.json but holds tiny.yaml"},
		{[]string{recorded, "--runs", "3", "--out", "x"}, codeUsage, "--runs: recorded rounds are played as they were"},
	} {
		if code, out, talk := runLab(append([]string{"simulate"}, c.args...)...); code != c.code || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%v: exit code %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, talk, out)
		}
	}
}

func TestScenariosWithinTheBinary(t *testing.T) {
	for _, name := range scenarios.Names() {
		if sc, text, err := readScenario(name); err != nil || sc.Name != name || len(text) == 0 || len(sc.Programs) == 0 {
			t.Errorf("%s: %+v, %v", name, sc, err)
		}
	}
}

// The golden records hold what validators of earlier releases voted; the simulated
// validator votes the same.
func TestSimulateRecordedRuns(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, name := range []string{"fold1", "fold2", "fold3"} {
		folder, _ := recordOf(t, name)
		if err := os.Rename(folder, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	scenario := filepath.Join(dir, "recorded.yaml")
	if err := os.WriteFile(scenario, []byte("name: golden\nrecorded: ["+strings.Join(names, ", ")+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, talk := runLab("simulate", scenario, "--json")
	var got struct {
		Records      []recordedRow
		Votes, Equal int
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != codeOK || len(got.Records) != 3 || got.Votes < 6 || got.Equal != got.Votes {
		t.Fatalf("exit code %d, %v: %s%s", code, err, out, talk)
	}
	for _, r := range got.Records {
		if r.Votes == 0 || r.Equal != r.Votes {
			t.Errorf("%+v", r)
		}
	}
	changeVote(t, filepath.Join(dir, "fold1"), filepath.Join(dir, "changed"))
	if err := os.WriteFile(scenario, []byte("recorded: [changed]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, talk = runLab("simulate", scenario)
	if code != codeUnexpected || !strings.Contains(out, "votes=2 equal=1\n") || !strings.Contains(talk, "votes otherwise than the recorded one") {
		t.Errorf("a changed vote: exit code %d, %s%s", code, out, talk)
	}
}

// changeVote copies a record, with another weight in its last vote.
func changeVote(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	in, err := journal.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var bodies []evidence.Body
	last := -1
	for e, err := range in.Entries(1) {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := e.Body.(*evidence.Intent); ok {
			last = len(bodies)
		}
		bodies = append(bodies, e.Body)
	}
	out, err := journal.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for i, b := range bodies {
		if i == last {
			vote := *b.(*evidence.Intent)
			vote.Weights = slices.Clone(vote.Weights)
			vote.Weights[0] ^= 1
			b = &vote
		}
		if _, err := out.Append(b); err != nil {
			t.Fatal(err)
		}
	}
}

// What is told on a terminal alone is no part of the result.
func TestSimulateTellsOfNothingElse(t *testing.T) {
	path := writeFile(t, "tiny.yaml", tinyScenario)
	_, first, talk := runLab("simulate", path, "--epochs", "4")
	_, second, _ := runLab("simulate", path, "--epochs", "4")
	if first != second || talk != "" || strings.Contains(first, "\r") {
		t.Errorf("%q, %q, %q", first, second, talk)
	}
}
