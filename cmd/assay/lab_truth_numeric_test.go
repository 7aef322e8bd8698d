package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestTruthNumeric(t *testing.T) {
	path := writeFile(t, "ratings.csv", "task,worker,label\nb,1,2\nb,2,4\nb,3,12\na,1,-1e1\na,2,-10.5\n")
	for _, c := range []struct{ method, b, a string }{{"mean", "b,6,", "a,-10.25,"}, {"median", "b,4,", "a,-10.25,"}, {"trimmed", "b,6,", "a,-10.25,"}, {"gaussian", "b,", "a,"}} {
		code, out, talk := runLab("truth", path, "--numeric", c.method)
		lines := strings.Split(out, "\n")
		if code != codeOK || talk != "" || lines[0] != "task,value,lower,upper" || !strings.HasPrefix(lines[1], c.b) || !strings.HasPrefix(lines[2], c.a) || len(lines) != 4 {
			t.Errorf("%s: exit code %d, %q, %s", c.method, code, out, talk)
		}
		for _, l := range lines[1:3] {
			f := strings.Split(l, ",")
			if value, lower, upper := parse(t, f[1]), parse(t, f[2]), parse(t, f[3]); !(lower < value && value < upper) {
				t.Errorf("%s: %s", c.method, l)
			}
		}
	}
	_, out, _ := runLab("truth", path, "--numeric", "gaussian", "--json")
	var got struct {
		Method     string
		Iterations int
		SD         float64
		Tasks      []struct {
			Task                string
			Value, Lower, Upper float64
		}
		Workers []struct {
			Worker string
			Labels int
			SD     float64
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Method != "gaussian" || got.Iterations < 2 || got.Tasks[1].Task != "a" || got.Workers[2].Labels != 1 || !(got.Workers[0].SD > 0) {
		t.Errorf("%v in %s", err, out)
	}
	single := writeFile(t, "single.csv", "task,worker,label\na,1,3\n")
	if _, out, _ := runLab("truth", single, "--numeric", "mean"); out != "task,value,lower,upper\na,3,-Inf,+Inf\n" {
		t.Errorf("a single number: %q", out)
	}
	if _, out, _ := runLab("truth", single, "--numeric", "mean", "--json"); !json.Valid([]byte(out)) || !strings.Contains(out, `"value":3,"lower":null,"upper":null`) {
		t.Errorf("a single number: %s", out)
	}
	for _, wrong := range []string{"NaN", "Inf", "-inf", "1e101", "1e999", "three", "1,5", " 2", "0x1p-2_0"} {
		path := writeFile(t, "wrong.csv", "task,worker,label\na,1,3\na,2,\""+wrong+"\"\n")
		if code, out, talk := runLab("truth", path, "--numeric", "mean"); code != codeUsage || out != "" || !strings.Contains(talk, fmt.Sprintf(`line 3: column "label" is %q, want a number`, wrong)) {
			t.Errorf("%q: exit code %d, %q, %s", wrong, code, out, talk)
		}
	}
}

func parse(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
