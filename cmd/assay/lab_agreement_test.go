package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		code, out, talk := runLab("agreement", krippendorffTable, "--level", level, "--json")
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
	code, out, talk := runLab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv")
	const want = `Krippendorff's alpha  0.4334  nominal level, 95 % interval 0.3241 to 0.5255
Fleiss' kappa         0.4302  nominal level
units                 30
raters                6
`
	if code != codeOK || out != want || talk != "" {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
	_, again, _ := runLab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv", "--seed", "1", "--replicates", "1000", "--level", "nominal")
	if again != want {
		t.Errorf("the defaults are not those stated: %s", again)
	}
	if _, other, _ := runLab("agreement", "../../scoring/agreement/testdata/fleiss_diagnoses.labels.csv", "--seed", "2"); other == want {
		t.Error("another seed gives the same interval")
	}
}

// Columns may stand in any order, and rows too.
func TestAgreementDoesNotDependOnOrder(t *testing.T) {
	a := writeLabels(t, "task,worker,label\nx,1,b\nx,2,b\ny,1,a\ny,2,b\nz,1,a\nz,2,a\n")
	b := writeLabels(t, "note,label,task,worker\n-,a,z,2\n-,b,x,1\n-,a,y,1\n-,b,y,2\n-,b,x,2\n-,a,z,1\n")
	_, first, _ := runLab("agreement", a, "--json")
	code, second, talk := runLab("agreement", b, "--json")
	if code != codeOK || first != second || !strings.Contains(first, "0.4444444444444444") {
		t.Errorf("exit code %d, %s, want %s%s", code, second, first, talk)
	}
}

func TestAgreementOrdersLabels(t *testing.T) {
	graded := writeLabels(t, "task,worker,label\n1,a,poor\n1,b,poor\n2,a,fair\n2,b,good\n3,a,good\n3,b,good\n4,a,poor\n4,b,fair\n")
	numbered := writeLabels(t, "task,worker,label\n1,a,9\n1,b,9.0\n2,a,10\n2,b,1e2\n3,a,100\n3,b,100\n4,a,9\n4,b,10\n")
	_, byFlag, talk := runLab("agreement", graded, "--level", "ordinal", "--order", "poor,fair,good", "--json")
	if talk != "" {
		t.Errorf("said %q", talk)
	}
	if _, byValue, _ := runLab("agreement", numbered, "--level", "ordinal", "--json"); byValue != byFlag {
		t.Errorf("by value %s, by --order %s", byValue, byFlag)
	}
	_, byAlphabet, talk := runLab("agreement", graded, "--level", "ordinal", "--json")
	if byAlphabet == byFlag || !strings.Contains(talk, `"poor" is not a number, so the labels are ordered by their bytes, as in a dictionary; --order gives another order`) {
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
		code, out, talk := runLab("agreement", writeLabels(t, c.text), "--json")
		if code != codeOK || out != fmt.Sprintf(null, c.raters) || !strings.Contains(talk, "assay: Krippendorff's alpha is not defined: ") || !strings.Contains(talk, c.why) {
			t.Errorf("%s: exit code %d, %s%s", c.name, code, out, talk)
		}
		code, out, _ = runLab("agreement", writeLabels(t, c.text))
		if code != codeOK || !strings.HasPrefix(out, "Krippendorff's alpha  -       nominal level\n") {
			t.Errorf("%s: exit code %d, %s", c.name, code, out)
		}
	}
	code, out, talk := runLab("agreement", writeLabels(t, "task,worker,label\n1,a,x\n1,b,y\n"))
	if code != codeOK || !strings.Contains(out, "alpha  0.0000") || !strings.Contains(talk, "only one unit has two labels") {
		t.Errorf("one unit: exit code %d, %s%s", code, out, talk)
	}
}
