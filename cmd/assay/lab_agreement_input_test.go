package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/agreement"
	"github.com/assaynet/assay/tabular"
)

func TestAgreementRefuses(t *testing.T) {
	const header = "task,worker,label\n"
	for _, c := range []struct{ name, text, flags, want string }{
		{"empty", "", "", "it is empty"},
		{"header only", header, "", "it has a header and no rows"},
		{"no column", "task,label\n1,2\n", "", `there is no column "worker"`},
		{"ragged", header + "1,a,x\n1,b\n", "", "line 3: it does not have as many fields as the header"},
		{"empty cell", header + "1,a,x\n,b,x\n", "", `line 3: column "task" is empty`},
		{"invalid UTF-8", header + "1,a,x\n1,b,\xff\n", "", `line 3: column "label" is not valid UTF-8`},
		{"not a number", header + "1,a,1\n1,b,two\n", "--level interval", `line 3: the label "two" is not a finite number, which the interval level needs`},
		{"NaN", header + "1,a,1\n1,b,NaN\n", "--level ratio", `line 3: the label "NaN" is not a finite number`},
		{"infinite", header + "1,a,1\n1,b,1e999\n", "--level interval", `line 3: the label "1e999" is not a finite number`},
		{"negative", header + "1,a,1\n1,b,-2\n", "--level ratio", `line 3: the label -2 is negative`},
		{"not in the order", header + "1,a,low\n1,b,hihg\n", "--level ordinal --order low,high", `line 3: the label "hihg" is not in --order low,high`},
		{"twice in the order", header + "1,a,low\n", "--level ordinal --order low,low", `--order: the label "low" stands there twice`},
		{"level", header, "--level metric", `--level: there is no level "metric", want nominal, ordinal, interval or ratio`},
		{"order of names", header, "--order a,b", "--order: labels of the nominal level have none to be told"},
		{"replicates", header, "--replicates 0", "--replicates: 0 is out of range, want 1 to 1048576"},
	} {
		code, out, talk := runLab(append([]string{"agreement", writeLabels(t, c.text)}, strings.Fields(c.flags)...)...)
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %s%s", c.name, code, out, talk)
		}
	}
	if code, _, talk := runLab("agreement", filepath.Join(t.TempDir(), "absent.csv")); code != codeUsage || !strings.Contains(talk, "no such file") {
		t.Errorf("exit code %d, %s", code, talk)
	}
	if code, _, talk := runLab("agreement"); code != codeUsage || !strings.Contains(talk, "takes 1 argument, a CSV file of labels") {
		t.Errorf("exit code %d, %s", code, talk)
	}
}

// A ratio scale with thousands of values has an alpha, but no interval in sensible
// time.
func TestAgreementLeavesTheIntervalOut(t *testing.T) {
	var text strings.Builder
	text.WriteString("task,worker,label\n")
	for i := range 4000 {
		fmt.Fprintf(&text, "%d,%d,%d\n", i/2, i%2, i+1)
	}
	code, out, talk := runLab("agreement", writeLabels(t, text.String()), "--level", "ratio", "--json")
	if code != codeOK || !strings.Contains(out, `"lower": null`) || strings.Contains(out, `"krippendorff_alpha": null`) || !strings.Contains(talk, "the interval is left out: the interval of Krippendorff's alpha by 1000 replicates would take ") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
}

// Labels of a worker for one task count as those of others, which has to be said: one
// worker alone agrees with no other.
func TestAgreementTellsOfRepeats(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"one worker", "1,a,x\n1,a,x\n1,a,x\n2,a,y\n2,a,y\n", "of another rater: 3\n"},
		{"apart", "1,a,x\n2,a,y\n1,b,x\n2,b,y\n1,a,y\n", "of another rater: 1\n"},
		{"none", "1,a,x\n2,a,y\n2,b,y\n1,b,y\n", ""},
	} {
		code, _, talk := runLab("agreement", writeLabels(t, "task,worker,label\n"+c.text))
		if code != codeOK || !strings.Contains(talk, c.want) || (c.want == "") == strings.Contains(talk, "of another rater") {
			t.Errorf("%s: exit code %d, said %q", c.name, code, talk)
		}
	}
}

// No disagreement gives an interval of no width, which must not be taken for certainty.
func TestAgreementWithoutDisagreement(t *testing.T) {
	code, out, talk := runLab("agreement", writeLabels(t, "task,worker,label\n1,a,x\n1,b,x\n2,a,y\n2,b,y\n3,a,z\n3,b,z\n4,a,y\n4,b,y\n"))
	if code != codeOK || !strings.Contains(out, "alpha  1.0000  nominal level, 95 % interval 1.0000 to 1.0000\n") || !strings.Contains(talk, "the interval says nothing about other tasks") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
}

// What rounds to zero from below is shown without a sign.
func TestAgreementShown(t *testing.T) {
	for x, want := range map[float64]string{-1e-9: "0.0000", 0: "0.0000", -0.00006: "-0.0001", 1: "1.0000"} {
		if got := shown(&x); got != want {
			t.Errorf("%v is shown as %s, want %s", x, got, want)
		}
	}
}

// atEnd calls a function when a text has been read.
type atEnd struct {
	text io.Reader
	do   func()
}

func (e atEnd) Read(p []byte) (int, error) {
	n, err := e.text.Read(p)
	if err == io.EOF {
		e.do()
	}
	return n, err
}

// A bootstrap that would take minutes, and a standard input that gives nothing, end with
// the context.
func TestAgreementInterrupted(t *testing.T) {
	silent, end := io.Pipe()
	defer end.Close()
	for name, stdin := range map[string]func(stop func()) io.Reader{
		"read, but not computed": func(stop func()) io.Reader { return atEnd{strings.NewReader(manyClasses(100_000)), stop} },
		"silent":                 func(stop func()) io.Reader { go stop(); return silent },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var out strings.Builder
		err := measureAgreement(ctx, session{Out: &out, Talk: io.Discard}, "-", stdin(func() { cancel(errInterrupted) }), agreement.Nominal, agreementFlags{replicates: 100_000})
		if !errors.Is(err, errInterrupted) || out.Len() > 0 {
			t.Errorf("%s: error %v, %q", name, err, out.String())
		}
	}
}

// repeated gives a text again and again.
type repeated struct {
	text string
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(r.text) <= len(p) && r.left > 0 {
		n += copy(p[n:], r.text)
		r.left--
	}
	return n, nil
}

func TestAgreementBoundsItsInput(t *testing.T) {
	line := io.MultiReader(strings.NewReader("task,worker,label\n1,a,"), &repeated{strings.Repeat("x", 1000), 100_000})
	if _, err := readLabels(t.Context(), line, "labels.csv"); err == nil || !strings.Contains(err.Error(), "labels.csv: line 2: the row is longer than") {
		t.Errorf("a line of 100 MB: error %v", err)
	}
	var text strings.Builder
	text.WriteString("task,worker,label\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "%d,w,%d\n", i/2, i)
	}
	f, err := readLabels(t.Context(), strings.NewReader(text.String()), "labels.csv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRatings(f, agreement.Interval, nil)
	if err != nil || r.values != 1_000_000 || r.units != 500_000 || r.scale[r.value[77]] != 77 || r.repeats != 500_000 {
		t.Errorf("a million labels: error %v, %d repeats", err, r.repeats)
	}
}

func FuzzAgreement(f *testing.F) {
	f.Add("task,worker,label\n1,a,x\n1,b,y\n2,a,x\n2,b,x\n", uint8(0))
	f.Add("task,worker,label\n1,a,1\n1,b,1.5\n2,a,-0\n2,b,0\n", uint8(3))
	f.Add("label,task,worker\n1e308,1,1\n-1e308,1,2\nnan,2,1\n", uint8(2))
	f.Add("task,worker,label\n\"1\n\",\"a\"\"\",\xff\n", uint8(1))
	f.Fuzz(func(t *testing.T, text string, l uint8) {
		level := agreement.Level(l % 4)
		f, err := readLabels(t.Context(), strings.NewReader(text), "labels.csv")
		if err != nil {
			return
		}
		out, err := agreementOf(f, level, agreementFlags{replicates: 10})
		if err != nil {
			if !as[*tabular.Error](err) && !as[*agreement.WorkError](err) {
				t.Fatal(err)
			}
			return
		}
		if err := out.print(session{Out: io.Discard, Talk: io.Discard}, level, true); err != nil {
			t.Fatal(err) // a number that is none cannot be written as JSON
		}
		if out.Alpha != nil && *out.Alpha > 1 {
			t.Fatalf("alpha is %v", *out.Alpha)
		}
	})
}
