package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/agreement"
)

const krippendorffTable = "../../scoring/agreement/testdata/kripp_4x12.labels.csv"

func writeLabels(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAgreementAsJSON(t *testing.T) {
	for level, want := range map[string]float64{"nominal": .743421, "ordinal": .815388, "interval": .849107, "ratio": .797403} {
		code, out, talk := lab("agreement", krippendorffTable, "--level", level, "--json")
		var got struct {
			Alpha  float64  `json:"krippendorff_alpha"`
			Lower  float64  `json:"lower"`
			Upper  float64  `json:"upper"`
			Fleiss *float64 `json:"fleiss_kappa"`
			Units  int      `json:"units"`
			Raters int      `json:"raters"`
		}
		in := json.NewDecoder(strings.NewReader(out))
		in.DisallowUnknownFields()
		if err := in.Decode(&got); err != nil || code != codeOK {
			t.Fatalf("exit code %d, %v: %s%s", code, err, out, talk)
		}
		if math.Abs(got.Alpha-want) > 5e-7 || got.Units != 12 || got.Raters != 4 || got.Fleiss != nil {
			t.Errorf("%s: %s", level, out)
		}
		if !(got.Lower > .2 && got.Lower < got.Alpha && got.Upper > got.Alpha && got.Upper <= 1) {
			t.Errorf("%s: interval %v to %v", level, got.Lower, got.Upper)
		}
		if !strings.Contains(talk, "Fleiss' kappa is not defined: 1 of 12 units have fewer than two labels") {
			t.Errorf("%s: said %q", level, talk)
		}
	}
}

func TestAgreementForPeople(t *testing.T) {
	code, out, talk := lab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv")
	const want = `Krippendorff's alpha  0.4334  nominal level, 95 % interval 0.3241 to 0.5255
Fleiss' kappa         0.4302  nominal
units                 30
raters                6
`
	if code != codeOK || out != want || talk != "" {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
	_, again, _ := lab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv", "--seed", "1", "--replicates", "1000", "--level", "nominal")
	if again != want {
		t.Errorf("the defaults are not those stated: %s", again)
	}
	if _, other, _ := lab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv", "--seed", "2"); other == want {
		t.Error("another seed gives the same interval")
	}
}

// Columns may stand in any order, and rows too.
func TestAgreementDoesNotDependOnOrder(t *testing.T) {
	a := writeLabels(t, "task,worker,label\nx,1,b\nx,2,b\ny,1,a\ny,2,b\nz,1,a\nz,2,a\n")
	b := writeLabels(t, "note,label,task,worker\n-,a,z,2\n-,b,x,1\n-,a,y,1\n-,b,y,2\n-,b,x,2\n-,a,z,1\n")
	_, first, _ := lab("agreement", a, "--json")
	code, second, talk := lab("agreement", b, "--json")
	if code != codeOK || first != second || !strings.Contains(first, "0.4444444444444444") {
		t.Errorf("exit code %d, %s, want %s%s", code, second, first, talk)
	}
}

func TestAgreementOrdersLabels(t *testing.T) {
	graded := writeLabels(t, "task,worker,label\n1,a,poor\n1,b,poor\n2,a,fair\n2,b,good\n3,a,good\n3,b,good\n4,a,poor\n4,b,fair\n")
	numbered := writeLabels(t, "task,worker,label\n1,a,9\n1,b,9.0\n2,a,10\n2,b,1e2\n3,a,100\n3,b,100\n4,a,9\n4,b,10\n")
	_, byFlag, talk := lab("agreement", graded, "--level", "ordinal", "--order", "poor,fair,good", "--json")
	if talk != "" {
		t.Errorf("said %q", talk)
	}
	if _, byValue, _ := lab("agreement", numbered, "--level", "ordinal", "--json"); byValue != byFlag {
		t.Errorf("by value %s, by --order %s", byValue, byFlag)
	}
	_, byAlphabet, talk := lab("agreement", graded, "--level", "ordinal", "--json")
	if byAlphabet == byFlag || !strings.Contains(talk, `"poor" is not a number, so the labels are ordered by the alphabet; --order gives another order`) {
		t.Errorf("%s, said %q", byAlphabet, talk)
	}
}

func TestAgreementWithoutAnAnswer(t *testing.T) {
	const null = "{\n  \"krippendorff_alpha\": null,\n  \"lower\": null,\n  \"upper\": null,\n  \"fleiss_kappa\": null,\n  \"units\": 2,\n  \"raters\": %d\n}\n"
	for _, c := range []struct {
		name, text, why string
		raters          int
	}{
		{"one worker", "task,worker,label\n1,a,x\n2,a,y\n", "no unit has two labels", 1},
		{"one class", "task,worker,label\n1,a,x\n1,b,x\n2,a,x\n2,b,x\n", "are alike", 2},
		{"nothing shared", "task,worker,label\n1,a,x\n2,b,y\n", "no unit has two labels", 2},
	} {
		code, out, talk := lab("agreement", writeLabels(t, c.text), "--json")
		if code != codeOK || out != fmt.Sprintf(null, c.raters) || !strings.Contains(talk, "assay: Krippendorff's alpha is not defined: ") || !strings.Contains(talk, c.why) {
			t.Errorf("%s: exit code %d, %s%s", c.name, code, out, talk)
		}
		code, out, _ = lab("agreement", writeLabels(t, c.text))
		if code != codeOK || !strings.HasPrefix(out, "Krippendorff's alpha  -       nominal level\n") {
			t.Errorf("%s: exit code %d, %s", c.name, code, out)
		}
	}
	code, out, talk := lab("agreement", writeLabels(t, "task,worker,label\n1,a,x\n1,b,y\n"))
	if code != codeOK || !strings.Contains(out, "alpha  0.0000") || !strings.Contains(talk, "only one unit has two labels") {
		t.Errorf("one unit: exit code %d, %s%s", code, out, talk)
	}
}

func TestAgreementRefuses(t *testing.T) {
	const header = "task,worker,label\n"
	for _, c := range []struct{ name, text, flags, want string }{
		{"empty", "", "", "it is empty"},
		{"header only", header, "", "there are no labels below the header"},
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
		code, out, talk := lab(append([]string{"agreement", writeLabels(t, c.text)}, strings.Fields(c.flags)...)...)
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %s%s", c.name, code, out, talk)
		}
	}
	if code, _, talk := lab("agreement", filepath.Join(t.TempDir(), "absent.csv")); code != codeUsage || !strings.Contains(talk, "no such file") {
		t.Errorf("exit code %d, %s", code, talk)
	}
	if code, _, talk := lab("agreement"); code != codeUsage || !strings.Contains(talk, "takes 1 argument, a CSV file of labels") {
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
	code, out, talk := lab("agreement", writeLabels(t, text.String()), "--level", "ratio", "--json")
	if code != codeOK || !strings.Contains(out, `"lower": null`) || strings.Contains(out, `"krippendorff_alpha": null`) || !strings.Contains(talk, "the interval is left out: there are") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
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
	if _, err := readRatings(t.Context(), line, "labels.csv", agreement.Nominal, nil); err == nil || !strings.Contains(err.Error(), "labels.csv: line 2: the row is longer than") {
		t.Errorf("a line of 100 MB: error %v", err)
	}
	var text strings.Builder
	text.WriteString("task,worker,label\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "%d,w,%d\n", i/2, i)
	}
	r, err := readRatings(t.Context(), strings.NewReader(text.String()), "labels.csv", agreement.Interval, nil)
	if err != nil || r.values != 1_000_000 || r.units != 500_000 || r.scale[r.value[77]] != 77 {
		t.Errorf("a million labels: error %v", err)
	}
}

func FuzzAgreement(f *testing.F) {
	f.Add("task,worker,label\n1,a,x\n1,b,y\n2,a,x\n2,b,x\n", uint8(0))
	f.Add("task,worker,label\n1,a,1\n1,b,1.5\n2,a,-0\n2,b,0\n", uint8(3))
	f.Add("label,task,worker\n1e308,1,1\n-1e308,1,2\nnan,2,1\n", uint8(2))
	f.Add("task,worker,label\n\"1\n\",\"a\"\"\",\xff\n", uint8(1))
	f.Fuzz(func(t *testing.T, text string, l uint8) {
		level := agreement.Level(l % 4)
		r, err := readRatings(t.Context(), strings.NewReader(text), "labels.csv", level, nil)
		if err != nil {
			return
		}
		table, err := agreement.Tabulate(r.units, r.values, r.unit, r.value)
		if err != nil {
			t.Fatal(err)
		}
		out := agreementResult{Units: r.units, Raters: r.raters}
		if err := out.measure(table, r.scale, level, agreementFlags{replicates: 10}); err != nil && !as[*agreement.WorkError](err) {
			t.Fatal(err)
		}
		if err := out.print(session{Out: io.Discard, Talk: io.Discard}, level, true); err != nil {
			t.Fatal(err) // a number that is none cannot be written as JSON
		}
		if out.Alpha != nil && *out.Alpha > 1 {
			t.Fatalf("alpha is %v", *out.Alpha)
		}
	})
}
