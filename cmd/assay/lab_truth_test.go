package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/truth"
)

// writeFile puts a text into a file of the test's own folder.
func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// threeVotes is two tasks with three labels each, and one with a tie.
const threeVotes = "label,task,when,worker\n" +
	"cat,t2,1,ann\n" + "cat,t2,1,ben\n" + "dog,t2,1,cyd\n" +
	"\"a \"\"dog\"\", perhaps\",t1,2,ann\n" + "dog,t1,2,ben\n" + "dog,t1,2,cyd\n" +
	"pig,t3,3,ann\n" + "cow,t3,3,ben\n"

// truthOutput is the JSON of the command; the keys are fixed.
type truthOutput struct {
	Method        string        `json:"method"`
	Iterations    int           `json:"iterations"`
	LogLikelihood *float64      `json:"log_likelihood"`
	Tasks         []taskTruth   `json:"tasks"`
	Workers       []workerTruth `json:"workers"`
}

func decodeTruth(t testing.TB, text string) truthOutput {
	t.Helper()
	var out truthOutput
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// Tasks come in the order of the file, a tie goes to the first label in the order of
// bytes, and columns may be in any order.
func TestTruthCSV(t *testing.T) {
	path := writeFile(t, "labels.csv", threeVotes)
	code, out, talk := runLab("truth", path, "--method", "majority")
	const want = "task,label,probability\nt2,cat,0.666666667\nt1,dog,0.666666667\nt3,cow,0.5\n"
	if code != codeOK || out != want || talk != "" {
		t.Errorf("exit code %d, %q, %s, want %q", code, out, talk, want)
	}
	var stdin strings.Builder
	err := inferTruth(t.Context(), session{Out: &stdin, Talk: io.Discard}, "-", strings.NewReader(threeVotes), truthFlags{method: "majority"})
	if err != nil || stdin.String() != want {
		t.Errorf("standard input gave %q, %v", stdin.String(), err)
	}
}

// Every method gives the keys that are fixed, and null where it has no likelihood.
func TestTruthJSON(t *testing.T) {
	path := writeFile(t, "labels.csv", threeVotes)
	for _, m := range truth.Methods() {
		code, out, talk := runLab("truth", path, "--method", string(m), "--json")
		if code != codeOK {
			t.Fatalf("%s: exit code %d, %s", m, code, talk)
		}
		got := decodeTruth(t, out)
		if m == truth.Auto {
			if got.Method == "auto" || !strings.HasPrefix(talk, "assay: method "+got.Method+": ") || strings.Count(talk, "\n") != 1 {
				t.Errorf("auto took %s and said %q", got.Method, talk)
			}
			m = truth.Method(got.Method)
		} else if (talk != "") != (m == truth.OneCoin) || talk != "" && !strings.Contains(talk, "one-coin takes a label for true that no worker gave them: 1 of 3;") {
			t.Errorf("%s said %q", m, talk)
		}
		if got.Method != string(m) || got.Iterations < 1 || len(got.Tasks) != 3 || len(got.Workers) != 3 {
			t.Errorf("%s: %s", m, out)
		}
		without := slices.Contains([]truth.Method{truth.Majority, truth.Wawa, truth.BWA}, m)
		if (got.LogLikelihood == nil) != without {
			t.Errorf("%s: log-likelihood %v", m, got.LogLikelihood)
		}
		// One-coin follows one worker against two when there is so little to go by.
		if label := got.Tasks[0].Label; got.Tasks[0].Task != "t2" || label != "cat" && m != truth.OneCoin || got.Tasks[1].Label != "dog" || got.Workers[1].Worker != "ben" || got.Workers[0].Labels != 3 {
			t.Errorf("%s: %s", m, out)
		}
		for _, w := range got.Workers {
			if !(0 < w.Lower && w.Lower < w.Accuracy && w.Accuracy < w.Upper && w.Upper < 1) {
				t.Errorf("%s: worker %+v", m, w)
			}
		}
	}
	_, out, _ := runLab("truth", path, "--method", "majority", "--json")
	if !strings.HasPrefix(out, "{\n  \"method\": \"majority\",\n  \"iterations\": 1,\n  \"log_likelihood\": null,\n  \"tasks\": [\n    {\"task\":\"t2\",\"label\":\"cat\",\"probability\":") {
		t.Errorf("the object begins otherwise: %s", out)
	}
}

// Names are strings in JSON even if they are numbers in the file, and as they stand there.
func TestTruthNames(t *testing.T) {
	path := writeFile(t, "labels.csv", "task,worker,label\n007,+1,1e3\n007,<&>,1e3\n\"a\nb\", ü ,NaN\n")
	code, out, talk := runLab("truth", path, "--method", "majority", "--json")
	got := decodeTruth(t, out)
	if code != codeOK || got.Tasks[0].Task != "007" || got.Tasks[0].Label != "1e3" || got.Tasks[1].Task != "a\nb" || got.Tasks[1].Label != "NaN" ||
		got.Workers[0].Worker != "+1" || got.Workers[1].Worker != "<&>" || got.Workers[2].Worker != " ü " {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
	if !strings.Contains(out, `"<&>"`) {
		t.Errorf("a name is escaped: %s", out)
	}
	_, out, _ = runLab("truth", path, "--method", "majority")
	if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || rows[2][0] != "a\nb" {
		t.Errorf("%q, %v", rows, err)
	}
}

// The order of the rows changes no digit of what is said of a task or of a worker.
func TestTruthInAnyOrder(t *testing.T) {
	rows := strings.SplitAfter(strings.TrimPrefix(crowd(60, 9, 4), "task,worker,label\n"), "\n")
	one := writeFile(t, "one.csv", "task,worker,label\n"+strings.Join(rows, ""))
	slices.Sort(rows)
	slices.Reverse(rows)
	other := writeFile(t, "other.csv", "task,worker,label\n"+strings.Join(rows, ""))
	for _, m := range truth.Methods() {
		_, out, _ := runLab("truth", one, "--method", string(m), "--json")
		_, again, _ := runLab("truth", other, "--method", string(m), "--json")
		if sortedLines(out) != sortedLines(again) {
			t.Errorf("%s: another order of the rows gives another result", m)
		}
	}
}

func sortedLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, ",")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// crowd is a file of labels of which most are right: the truth of task i is i modulo
// classes, and worker w errs in one of w+2 labels.
func crowd(tasks, workers, classes int) string {
	var b strings.Builder
	b.WriteString("task,worker,label\n")
	for i := range tasks {
		for w := range workers {
			label := i % classes
			if (i*7+w*3)%(w+2) == 0 {
				label = (i + w) % classes
			}
			fmt.Fprintf(&b, "task %d,worker %d,class %d\n", i, w, label)
		}
	}
	return b.String()
}

// The published data set of the anaesthetists gives the published likelihood.
func TestTruthOfAnaesthetists(t *testing.T) {
	const path = "../../scoring/truth/testdata/ds1979_card.labels.csv"
	code, out, talk := runLab("truth", path, "--method", "dawid-skene", "--json")
	if code != codeOK {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	if got := decodeTruth(t, out); math.Abs(*got.LogLikelihood+192.8909) > 1e-3 || len(got.Tasks) != 45 || len(got.Workers) != 5 {
		t.Errorf("log-likelihood %v, %d tasks, %d workers", *got.LogLikelihood, len(got.Tasks), len(got.Workers))
	}
}

func TestTruthIterationsAndSeed(t *testing.T) {
	path := writeFile(t, "labels.csv", crowd(40, 6, 3))
	for _, m := range []string{"dawid-skene", "glad", "mace", "one-coin", "ibcc"} {
		_, out, _ := runLab("truth", path, "--method", m, "--iterations", "2", "--json")
		if got := decodeTruth(t, out); got.Iterations != 2 {
			t.Errorf("%s made %d passes of 2", m, got.Iterations)
		}
	}
	_, one, _ := runLab("truth", path, "--method", "mace", "--seed", "5", "--json")
	if _, again, _ := runLab("truth", path, "--method", "mace", "--seed", "5", "--json"); one != again {
		t.Error("the same seed gives another result")
	}
}

// What a person has to know beside a result: passes that were too few, and labels out of nowhere.
func TestTruthNotes(t *testing.T) {
	f, err := readLabels(t.Context(), strings.NewReader(threeVotes), "labels.csv")
	if err != nil {
		t.Fatal(err)
	}
	labels, err := f.ordered(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		m          truth.Method
		made, most int
		want       []string
	}{
		{truth.Majority, 0, 0, nil},
		{truth.OneCoin, 0, 0, []string{"tasks of which one-coin takes a label for true that no worker gave them: 1 of 3; compare with majority, which never does"}},
		{truth.GLAD, 2, 0, []string{"glad stopped after 2 passes, and its log-posterior still rises; --iterations allows more"}},
		{truth.GLAD, 2, 2, nil},
	} {
		r, err := truth.Infer(labels.set, c.m, truth.Options{Iterations: c.made})
		if err != nil {
			t.Fatal(err)
		}
		if got := labels.notes(r, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.m, got, c.want)
		}
	}
}
