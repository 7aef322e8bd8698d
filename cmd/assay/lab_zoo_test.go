package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scoring"
)

// zooScenario lasts long enough for a quick look at it to pay the honest peers.
var zooScenario = strings.Replace(tinyScenario, "epochs: 24", "epochs: 75", 1)

// weakParameters are those that ship with defences taken away.
func weakParameters(t *testing.T) string {
	t.Helper()
	text := string(scoring.DefaultParameters())
	for old, changed := range map[string]string{"\nalpha: 0.01\n": "\nalpha: 0.000000001\n", "\ntrial_alarm: 13\n": "\ntrial_alarm: 0\n", "\ngamma: 2\n": "\ngamma: 1\n"} {
		if !strings.Contains(text, old) {
			t.Fatalf("the parameters have no %q", old)
		}
		text = strings.Replace(text, old, changed, 1)
	}
	return writeFile(t, "weak.yaml", text+"without: [valid]\n")
}

// zooOutput is the JSON of the command. A number that may be null is a pointer.
type zooOutput struct {
	Adversaries []struct {
		Name           string
		Ratio          float64
		Lower, Upper   float64
		Pays           bool
		DetectedItems  *float64 `json:"detected_items"`
		DetectedEpochs *float64 `json:"detected_epochs"`
		Settings       string
		Outcome        string
	}
	HonestFalseFlag    map[string]any `json:"honest_false_flag"`
	FetchesPerMinerDay float64        `json:"fetches_per_miner_day"`
}

func readZoo(t *testing.T, out string) zooOutput {
	t.Helper()
	var got zooOutput
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// What has to be there is, by the names that are stated.
	var raw struct {
		Adversaries []map[string]json.RawMessage `json:"adversaries"`
	}
	if err := json.Unmarshal([]byte(out), &raw); err != nil {
		t.Fatal(err)
	}
	for _, a := range raw.Adversaries {
		for _, key := range []string{"name", "ratio", "lower", "upper", "pays", "detected_items", "detected_epochs"} {
			if _, ok := a[key]; !ok {
				t.Errorf("an adversary has no %s: %s", key, out)
			}
		}
	}
	for _, key := range []string{"rate", "upper"} {
		if x, ok := got.HonestFalseFlag[key].(float64); !ok || x < 0 || x > 1 {
			t.Errorf("honest_false_flag has no %s: %s", key, out)
		}
	}
	return got
}

func TestZooJSON(t *testing.T) {
	path := writeFile(t, "tiny.yaml", zooScenario)
	code, out, talk := runLab("zoo", "--scenario", path, "--quick", "--only", "lazy-validator", "--json")
	if code != codeOK || talk != "" {
		t.Fatalf("exit code %d, %s%s", code, out, talk)
	}
	got := readZoo(t, out)
	if len(got.Adversaries) != 1 || got.FetchesPerMinerDay <= 0 {
		t.Fatalf("%+v", got)
	}
	if a := got.Adversaries[0]; a.Name != "lazy-validator" || a.Pays || !(a.Lower < a.Ratio && a.Ratio < a.Upper && a.Upper <= 1.02) || a.DetectedItems != nil || a.DetectedEpochs != nil || a.Settings == "" {
		t.Errorf("%+v", a)
	}
}

// Without what it runs against, an adversary pays, and the command ends with 1.
func TestZooPays(t *testing.T) {
	path, weak := writeFile(t, "tiny.yaml", zooScenario), weakParameters(t)
	out := filepath.Join(t.TempDir(), "zoo")
	code, said, talk := runLab("zoo", "--scenario", path, "--quick", "--only", "fabricate-10", "--parameters", weak, "--out", out, "--json")
	if code != codeUnexpected || !strings.Contains(talk, "cheating pays") {
		t.Fatalf("exit code %d, %s%s", code, said, talk)
	}
	if got := readZoo(t, said); len(got.Adversaries) != 1 || !got.Adversaries[0].Pays || got.Adversaries[0].Upper <= 1.02 {
		t.Errorf("%+v", got)
	}
	f, err := runs.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := runs.Read[runs.Verdict](f, runs.TableVerdicts)
	if err != nil || len(rows) != 1 || !rows[0].Pays || rows[0].Upper <= 1.02 {
		t.Errorf("%+v, %v", rows, err)
	}
	m := f.Manifest()
	if !m.Finished || m.Command != "zoo" || m.Settings["quick"] != "true" || m.Settings["only"] != "fabricate-10" || !strings.Contains(m.Parameters, "without: [valid]") {
		t.Errorf("%+v", m)
	}
	if _, err := runs.Read[runs.Characteristic](f, runs.TableCharacteristics); err != nil {
		t.Error(err)
	}
}

func TestZooIsReproducible(t *testing.T) {
	path, dir := writeFile(t, "tiny.yaml", zooScenario), t.TempDir()
	run := func(name string) (string, string) {
		out := filepath.Join(dir, name)
		code, said, talk := runLab("zoo", "--scenario", path, "--quick", "--only", "fabricate-20", "--out", out)
		if pays := strings.Contains(said, "PAYS"); code == codeOK == pays || code != codeOK && code != codeUnexpected || !strings.Contains(said, "fabricate-20 ") {
			t.Fatalf("exit code %d, %s%s", code, said, talk)
		}
		return out, said
	}
	one, said := run("one")
	again, saidAgain := run("again")
	sameFiles(t, one, again)
	if said != saidAgain {
		t.Errorf("%s\n%s", said, saidAgain)
	}
}

func TestZooMistakes(t *testing.T) {
	path := writeFile(t, "tiny.yaml", zooScenario)
	bad := writeFile(t, "bad.yaml", "epochs: 0\n")
	nobody := writeFile(t, "nobody.yaml", "miners: []\n")
	short := writeFile(t, "short.yaml", strings.Replace(tinyScenario, "epochs: 24", "epochs: 3", 1))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"extra"}, codeUsage, "takes no argument"},
		{[]string{"--only", "fabricate-11"}, codeUsage, `--only: there is no adversary "fabricate-11"; there are sybil-copy, `},
		{[]string{"--only", "fabricate,,milk"}, codeUsage, `there is no adversary ""`},
		{[]string{"--scenario", bad}, codeInvalid, "line 1, column 1: epochs: 0, want 1 to 100000"},
		{[]string{"--scenario", nobody}, codeInvalid, "nobody.yaml: the first group of miners of the scenario must be honest"},
		{[]string{"--scenario", "zo"}, codeUsage, `did you mean "zoo"?`},
		{[]string{"--scenario", path, "--parameters", bad}, codeInvalid, "line 1, column 1: epochs: unknown key"},
		{[]string{"--scenario", short, "--only", "stall"}, codeUnexpected, "the honest peers of scenario tiny earn nothing within 1 epochs"},
	} {
		if code, out, talk := runLab(append([]string{"zoo"}, c.args...)...); code != c.code || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%v: exit code %d, want %d and %q\n%s%s", c.args, code, c.code, c.want, talk, out)
		}
	}
}

// A zoo that was interrupted can be begun again with the same command, and with no other.
func TestZooInterrupted(t *testing.T) {
	path, out := writeFile(t, "tiny.yaml", zooScenario), filepath.Join(t.TempDir(), "zoo")
	args := []string{"zoo", "--scenario", path, "--quick", "--only", "fabricate", "--out", out}
	signals := make(chan os.Signal, 1)
	a, _, _ := trial(append([]string{"lab"}, slices.Replace(slices.Clone(args), 4, 6, "--quick=false")...)...)
	a.signals = signals
	signals <- os.Interrupt
	if code := a.run(); code != codeInterrupted {
		t.Fatalf("exit code %d", code)
	}
	if f, err := runs.Open(out); err != nil || f.Manifest().Finished {
		t.Errorf("%v, the manifest calls the run finished", err)
	}
	if code, _, talk := runLab(args...); code != codeInvalid || !strings.Contains(talk, "holds another run") {
		t.Errorf("exit code %d, %s", code, talk)
	}
}
