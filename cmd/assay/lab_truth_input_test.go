package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/truth"
)

func TestTruthGold(t *testing.T) {
	labels := writeFile(t, "labels.csv", threeVotes)
	gold := func(text string) string { return writeFile(t, "gold.csv", text) }
	for _, c := range []struct{ name, gold, label, probability, talk string }{
		{"against the majority", "truth,task\ndog,t2\n", "dog", "1", ""},
		{"a class that nobody gave", "task,truth\nt2,owl\n", "owl", "1", "gold.csv: truths that no worker gave as a label: \"owl\"\n"},
		{"said twice", "task,truth\nt2,dog\nt2,dog\n", "dog", "1", ""},
		{"of tasks without labels too", "task,truth\nt2,dog\nt8,dog\nt9,elk\n", "dog", "1", "gold.csv: rows about a task that has no label in "},
	} {
		code, out, talk := runLab("truth", labels, "--method", "dawid-skene-map", "--gold", gold(c.gold))
		if row := strings.Split(out, "\n")[1]; code != codeOK || row != "t2,"+c.label+","+c.probability || !strings.Contains(talk, c.talk) || (talk == "") != (c.talk == "") {
			t.Errorf("%s: exit code %d, %q, %q", c.name, code, row, talk)
		}
	}
	for _, c := range []struct{ name, gold, want string }{
		{"contradicts itself", "task,truth\nt2,dog\nt1,dog\nt2,cat\n", `gold.csv: line 4: task "t2" is "cat", but line 2 says "dog"; a task has one truth`},
		{"no row", "task,truth\n", "gold.csv: it has a header and no rows"},
		{"empty", "", "gold.csv: it is empty, want a header with the columns task, truth"},
		{"an empty cell", "task,truth\nt2,\n", `gold.csv: line 2: column "truth" is empty`},
		{"of other tasks", "task,truth\nt8,dog\nt9,dog\n", "gold.csv: none of its 2 rows is about a task of "},
		{"without its column", "task,label\nt1,dog\n", `there is no column "truth" among "task", "label"`},
	} {
		code, out, talk := runLab("truth", labels, "--gold", gold(c.gold))
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %q, %q, want %q", c.name, code, out, talk, c.want)
		}
	}
	if code, _, talk := runLab("truth", labels, "--gold", filepath.Join(t.TempDir(), "absent.csv")); code != codeUsage || !strings.Contains(talk, "--gold: open the input: ") {
		t.Errorf("absent: exit code %d, %s", code, talk)
	}
}

func TestTruthUsage(t *testing.T) {
	path := writeFile(t, "labels.csv", threeVotes)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "takes 1 argument, a CSV file of labels, or - for standard input; got 0"},
		{[]string{path, "--method", "vote"}, `--method: there is no method "vote", want auto, majority,`},
		{[]string{path, "--iterations", "-1"}, "--iterations: -1 is negative"},
		{[]string{path, "--iterations", "few"}, `"few"`},
		{[]string{path, "--numeric", "mode"}, `--numeric: there is no method "mode", want mean, median, trimmed, gaussian`},
		{[]string{path, "--numeric", "mean", "--method", "glad"}, "--numeric and --method: "},
		{[]string{path, "--numeric", "mean", "--gold", path}, "--numeric and --gold: "},
		{[]string{"-", "--gold", "-"}, "--gold: standard input has the labels already"},
		{[]string{filepath.Join(filepath.Dir(path), "absent.csv")}, "no such file or directory"},
		{[]string{filepath.Dir(path)}, "is a folder, want a file"},
	} {
		if code, out, talk := runLab(append([]string{"truth"}, c.args...)...); code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%v: exit code %d, %q, %s, want %s", c.args, code, out, talk, c.want)
		}
	}
}

func TestTruthOfWrongFiles(t *testing.T) {
	row := func(s string) string { return "task,worker,label\n1,a,x\n" + s }
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "labels.csv: it is empty, want a header with the columns task, worker, label"},
		{"header only", "task,worker,label\n", "labels.csv: it has a header and no rows"},
		{"no column", "task,worker,answer\n1,a,x\n", `labels.csv: line 1: there is no column "label" among`},
		{"semicolons", "task;worker;label\n1;a;x\n", "it seems to be separated by semicolons"},
		{"a short row", row("2,b\n"), "labels.csv: line 3: it does not have as many fields as the header"},
		{"a long row", row("2,b,y,z\n"), "labels.csv: line 3: it does not have as many fields as the header"},
		{"an empty task", row(",b,y\n"), `labels.csv: line 3: column "task" is empty`},
		{"an empty label", row("2,b,\n"), `labels.csv: line 3: column "label" is empty`},
		{"no UTF-8", row("2,b,\xff\xfe\n"), `labels.csv: line 3: column "label" is not valid UTF-8`},
		{"an open quote", row("2,b,\"y\n3,c,z\n"), "labels.csv: line 3: a quoted field is not closed"},
		{"a very long row", row("2,b," + strings.Repeat("y", 3<<20) + "\n"), "labels.csv: line 3: the row is longer than 1048576 bytes"},
	} {
		code, out, talk := runLab("truth", writeFile(t, "labels.csv", c.text))
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) || len(talk) > 1000 {
			t.Errorf("%s: exit code %d, %q, %q, want %q", c.name, code, out, talk, c.want)
		}
	}
}

// A row of 100 MB is an error, and is never held in memory.
func TestTruthOfEndlessRow(t *testing.T) {
	in := io.MultiReader(strings.NewReader("task,worker,label\n1,a,"), io.LimitReader(endless('x'), 100<<20))
	err := inferTruth(t.Context(), session{Out: io.Discard, Talk: io.Discard}, "-", in, truthFlags{method: "auto"})
	if err == nil || exitCode(err) != codeUsage || !strings.Contains(err.Error(), "standard input: line 2: the row is longer than") {
		t.Errorf("%v", err)
	}
}

// Files that are strange but right have an answer.
func TestTruthOfStrangeFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one label", "task,worker,label\n1,a,x\n", "1,x,"},
		{"one worker", "task,worker,label\n1,a,x\n2,a,y\n", "2,y,"},
		{"one class", "task,worker,label\n1,a,x\n1,b,x\n2,b,x\n", "2,x,1"},
		{"a worker repeats", "task,worker,label\n1,a,x\n1,a,x\n1,a,x\n1,b,y\n", "1,x,"},
		{"a mark and line ends of a spreadsheet", "\ufeffTask,Worker,Label\r\n1,a,x\r\n", "1,x,"},
		{"no end of the last line", "task,worker,label\n1,a,x", "1,x,"},
	} {
		path := writeFile(t, "labels.csv", c.text)
		for _, m := range truth.Methods() {
			if code, out, talk := runLab("truth", path, "--method", string(m)); code != codeOK || !strings.Contains(out, c.want) || strings.Contains(out, "NaN") {
				t.Errorf("%s: %s: exit code %d, %q, %s", c.name, m, code, out, talk)
			}
		}
	}
}

// manyClasses is a file in which each label is another one.
func manyClasses(labels int) string {
	var b strings.Builder
	b.WriteString("task,worker,label\n")
	for i := range labels {
		fmt.Fprintf(&b, "%d,%d,c%d\n", i%(labels/5), i%77, i)
	}
	return b.String()
}

// With a million classes auto takes a model that needs no table of them.
func TestTruthOfAMillionClasses(t *testing.T) {
	path := writeFile(t, "labels.csv", manyClasses(1_000_000))
	code, out, talk := runLab("truth", path, "--iterations", "2")
	if code != codeOK || strings.Count(out, "\n") != 200_001 || !strings.Contains(talk, "1000000 classes are too many") {
		t.Errorf("exit code %d, %s", code, talk)
	}
}

// The models with tables say that theirs would be too large; the others answer.
func TestTruthOfManyClasses(t *testing.T) {
	path := writeFile(t, "labels.csv", manyClasses(50_000))
	for _, m := range []string{"majority", "wawa", "one-coin", "glad", "mace"} {
		code, out, talk := runLab("truth", path, "--method", m, "--iterations", "2")
		if code != codeOK || strings.Count(out, "\n") != 10_001 {
			t.Errorf("%s: exit code %d, %s", m, code, talk)
		}
	}
	for _, m := range []string{"dawid-skene", "dawid-skene-map", "ibcc", "bwa"} {
		code, out, talk := runLab("truth", path, "--method", m)
		if code != codeUsage || out != "" || !strings.Contains(talk, m+" needs ") || !strings.Contains(talk, "50000 classes") {
			t.Errorf("%s: exit code %d, %q, %s", m, code, out, talk)
		}
	}
}

// What has begun, and a standard input that gives nothing, end with the context.
func TestTruthInterrupted(t *testing.T) {
	const numbers = "task,worker,label\n1,a,2\n1,b,3\n"
	silent, end := io.Pipe()
	defer end.Close()
	for name, stdin := range map[string]func(stop func()) io.Reader{
		"from the start":         func(stop func()) io.Reader { stop(); return strings.NewReader(numbers) },
		"read, but not computed": func(stop func()) io.Reader { return atEnd{strings.NewReader(numbers), stop} },
		"silent":                 func(stop func()) io.Reader { go stop(); return silent },
	} {
		for _, f := range []truthFlags{{method: "glad"}, {numeric: "mean"}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			var out strings.Builder
			err := inferTruth(ctx, session{Out: &out, Talk: io.Discard}, "-", stdin(func() { cancel(errInterrupted) }), f)
			if !errors.Is(err, errInterrupted) || out.Len() > 0 {
				t.Errorf("%s: %+v: %v, %q", name, f, err, out.String())
			}
		}
	}
}

// fullDisk takes some bytes and then no more.
type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errors.New("no space is left")
	}
	return len(p), nil
}

func TestTruthCannotWrite(t *testing.T) {
	labels := crowd(2000, 3, 3)
	numbers := strings.ReplaceAll(labels, "class ", "")
	for _, left := range []int{0, 5000} {
		for _, f := range []truthFlags{{method: "majority"}, {method: "majority", json: true}, {numeric: "mean"}, {numeric: "mean", json: true}} {
			in := labels
			if f.numeric != "" {
				in = numbers
			}
			err := inferTruth(t.Context(), session{Out: &fullDisk{left}, Talk: io.Discard}, "-", strings.NewReader(in), f)
			if err == nil || !strings.Contains(err.Error(), "write the result: no space is left") {
				t.Errorf("%+v: %v", f, err)
			}
		}
	}
}

// FuzzTruth gives any files to every method: there is an error that names the place, or
// a whole answer.
func FuzzTruth(f *testing.F) {
	f.Add([]byte(threeVotes), []byte("task,truth\nt2,dog\n"), byte(1))
	f.Add([]byte("task,worker,label\n1,a,2\n1,b,3\n2,a,-4e1\n"), []byte(""), byte(11))
	f.Add([]byte("task,worker,label\n1,a,\"2\n"), []byte("task,truth\n1,\n"), byte(8))
	f.Add([]byte("\xef\xbb\xbftask,worker,label\r\n1,a,\xff\r\n"), []byte("task,truth\n1,q\n1,r\n"), byte(9))
	f.Fuzz(func(t *testing.T, labels, gold []byte, choice byte) {
		if len(labels) > 2000 || len(gold) > 500 {
			return
		}
		flags := truthFlags{iterations: 3, json: choice%2 == 0}
		if n := int(choice) % (len(truth.Methods()) + len(truth.NumericMethods())); n < len(truth.Methods()) {
			flags.method = string(truth.Methods()[n])
		} else {
			flags.numeric = string(truth.NumericMethods()[n-len(truth.Methods())])
		}
		if flags.numeric == "" && len(gold) > 0 {
			flags.gold = writeFile(t, "gold.csv", string(gold))
		}
		var out strings.Builder
		err := inferTruth(t.Context(), session{Out: &out, Talk: io.Discard}, "-", bytes.NewReader(labels), flags)
		switch {
		case err != nil:
			if exitCode(err) != codeUsage || out.Len() > 0 {
				t.Errorf("%v, after %d bytes of output", err, out.Len())
			}
		case flags.json:
			if !json.Valid([]byte(out.String())) {
				t.Errorf("no JSON: %s", out.String())
			}
		default:
			rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
			if err != nil || len(rows) < 2 {
				t.Errorf("%v in %q", err, out.String())
			}
		}
	})
}
