package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/acceptance"
)

func acceptPlan(t *testing.T, args ...string) acceptancePlan {
	t.Helper()
	code, out, talk := runLab(append([]string{"accept", "--json"}, args...)...)
	if code != codeOK || talk != "" {
		t.Fatalf("%v: exit code %d, %s", args, code, talk)
	}
	var plan acceptancePlan
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&plan); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
	return plan
}

// The published numbers, through the command.
func TestAcceptPlans(t *testing.T) {
	plan := acceptPlan(t)
	if plan.Fixed.N != 96 || plan.Fixed.AcceptFailures != 10 || plan.SPRT.Cap != 0 {
		t.Errorf("%+v", plan)
	}
	for key, want := range map[string][2]float64{
		"1.00": {27, 0}, "0.99": {29.7, 2e-6}, "0.95": {48.921, 0.006031}, "0.92": {79.3, 0.095}, "0.89": {100.422, 0.474}, "0.85": {67.2, 0.900}, "0.80": {36.258, 0.990524}, "0.50": {8.5, 1},
	} {
		asn, ok := plan.SPRT.ASN[key]
		if reject := plan.SPRT.Reject[key]; !ok || math.Abs(asn-want[0]) > 0.05 || math.Abs(reject-want[1]) > 5e-4 {
			t.Errorf("at %s: %v rows, rejected with %v, want %v", key, asn, reject, want)
		}
	}
	if len(plan.SPRT.ASN) != 8 || len(plan.SPRT.Reject) != 8 || math.Abs(plan.SPRT.Lower+4.59512) > 1e-5 || math.Abs(plan.SPRT.Upper-4.59512) > 1e-5 {
		t.Errorf("%+v", plan.SPRT)
	}
	plan = acceptPlan(t, "--population", "200", "--cap", "150")
	if plan.Fixed.N != 68 || plan.SPRT.Cap != 150 || math.Abs(plan.SPRT.ASN["0.95"]-40.0) > 0.05 || math.Abs(plan.SPRT.ASN["0.80"]-27.6) > 0.05 {
		t.Errorf("%+v", plan)
	}
}

// The keys are the shares, good and bad among them whatever they are.
func TestAcceptKeys(t *testing.T) {
	for _, c := range []struct {
		good, bad float64
		want      string
	}{
		{0.95, 0.80, "1.00 0.99 0.95 0.92 0.89 0.85 0.80 0.50"},
		{0.99, 0.98, "1.00 0.99 0.98 0.50"},
		{0.90, 0.40, "1.00 0.99 0.90 0.80 0.70 0.57 0.40"},
		{0.952, 0.948, "1.00 0.99 0.952 0.95 0.948 0.50"},
		{0.95, 0.9499, "1.00 0.99 0.9500 0.9499 0.50"},
		{0.999, 0.90, "1.00 0.999 0.98 0.96 0.93 0.90 0.50"},
		{0.975, 0.80, "1.00 0.99 0.97 0.94 0.91 0.86 0.80 0.50"},
		{0.02, 0.001, "1.00 0.99 0.02 0.01 0.001"},
		{0.51, 0.50, "1.00 0.99 0.51 0.50"},
		{0.52, 0.501, "1.00 0.99 0.52 0.51 0.50"},
	} {
		var keys []string
		for _, s := range sharesOf(acceptance.Design{Good: c.good, Bad: c.bad}) {
			keys = append(keys, s.key)
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("good %v, bad %v: %s, want %s", c.good, c.bad, got, c.want)
		}
	}
}

func TestAcceptTable(t *testing.T) {
	code, out, talk := runLab("accept")
	if code != codeOK || talk != "" {
		t.Fatalf("exit code %d, %s", code, talk)
	}
	for _, want := range []string{
		"draw 96 rows, accept if at most 10 fail", "with probability 0.0086, accepts a bad one with 0.0093", "27 passes accept, 4 failures reject",
		"   good 0.95      0.0060              48.9       45    100\n", "        0.99       2e-06 ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	_, out, _ = runLab("accept", "--population", "100", "--cap", "40")
	for _, want := range []string{"of 100 rows drawn without replacement", "at row 40 at the latest", "too soon for the error rates", "undecided at the cap"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if _, out, _ = runLab("accept", "--good", "0.975"); !strings.Contains(out, "good 0.975 ") {
		t.Errorf("good is rounded:\n%s", out)
	}
	for cap, low := range map[string]bool{"93": true, "200": false} {
		_, out, talk = runLab("accept", "--cap", cap)
		_, _, inJSON := runLab("accept", "--cap", cap, "--json")
		if strings.Contains(out, "too soon") != low || strings.Contains(inJSON, "a cap of 93 rows is too low") != low || talk != "" {
			t.Errorf("a cap of %s:\n%s%s%s", cap, out, talk, inJSON)
		}
	}
}

func TestAcceptUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"--good 1.5", "--good: 1.5 is out of range, want a number above 0 and below 1"},
		{"--good NaN", "--good: NaN is out of range"},
		{"--bad 0", "--bad: 0 is out of range"},
		{"--bad 0.95", "--bad: 0.95 is not below --good, which is 0.95"},
		{"--alpha 0.5", "--alpha: 0.5 is out of range, want a number above 0 and below 0.5"},
		{"--beta -1 --cap -2", "--cap: -2 is out of range, want 1 or more, or 0 for no limit"},
		{"--beta -1 --cap -2", "--beta: -1 is out of range"},
		{"--population -5", "--population: -5 is out of range, want 1 to 1000000000"},
		{"--good many", `invalid argument "many" for "--good"`},
		{"--goood 0.9", "did you mean --good?"},
		{"file.txt", "takes no argument"},
		{"--good 0.8001", "too close for a plan"},
		{"--outcomes=", "--outcomes: it is empty, want the name of a file"},
		{"--outcomes absent.txt", "no such file"},
		{"--outcomes .", "is a folder, want a file"},
		{"--outcomes x --bad 2", "--bad: 2 is out of range"},
	} {
		if code, out, talk := runLab(append([]string{"accept"}, strings.Fields(c.args)...)...); code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %q, %s, want %s", c.args, code, out, talk, c.want)
		}
	}
}

// outcomes runs the command on a text from standard input.
func outcomes(t *testing.T, text string, f acceptFlags) (string, error) {
	t.Helper()
	if f.design.Good == 0 {
		f.design = acceptance.Design{Good: 0.95, Bad: 0.80, Alpha: 0.01, Beta: 0.01, Population: f.design.Population, Cap: f.design.Cap}
	}
	f.outcomes = "-"
	var out bytes.Buffer
	err := decideOutcomes(t.Context(), session{Out: &out, Talk: &bytes.Buffer{}}, f, strings.NewReader(text))
	return out.String(), err
}

func TestAcceptOutcomes(t *testing.T) {
	out, err := outcomes(t, strings.Repeat("1\n", 30), acceptFlags{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	if len(lines) != 32 || lines[0] != "n,outcome,decision,lower,upper" || lines[1] != "1,1,continue,0,1" ||
		!strings.HasPrefix(lines[26], "26,1,continue,") || !strings.HasPrefix(lines[27], "27,1,accept,0.") || !strings.HasPrefix(lines[30], "30,1,accept,0.") {
		t.Errorf("%s", out)
	}
	// Four failures reject, with Windows line ends, spaces and no last line end.
	out, err = outcomes(t, "0\r\n 0\n0.0\n-0", acceptFlags{json: true})
	if err != nil {
		t.Fatal(err)
	}
	var decisions []string
	for line := range strings.Lines(out) {
		var step acceptanceStep
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatal(err)
		}
		decisions = append(decisions, fmt.Sprint(step.N, step.Decision))
	}
	if !slices.Equal(decisions, []string{"1continue", "2continue", "3continue", "4reject"}) {
		t.Errorf("%v", decisions)
	}
	// Scores between 0 and 1, of a small corpus, to its last row.
	out, err = outcomes(t, "0.5\n1\n0.25\n0.25\n", acceptFlags{design: acceptance.Design{Population: 4}})
	if err != nil || !strings.HasSuffix(out, ",0.5,0.5\n") || !strings.HasPrefix(out, "n,outcome,decision,lower,upper\n1,0.5,") {
		t.Errorf("%v: %s", err, out)
	}
}

// Scores of a small corpus may miss 1 a little, each of them.
func TestAcceptScoresOfSmallCorpus(t *testing.T) {
	out, err := outcomes(t, strings.Repeat(".99\n", 10), acceptFlags{design: acceptance.Design{Population: 10}})
	if err != nil || strings.Contains(out, "reject") || !strings.Contains(out, "\n10,0.99,accept,") {
		t.Errorf("%v: %s", err, out)
	}
}

// Outcomes that no share fits are told of, once. A zero has no sign.
func TestAcceptTellsOfChange(t *testing.T) {
	f := acceptFlags{outcomes: "-", json: true, design: acceptance.Design{Good: 0.95, Bad: 0.80, Alpha: 0.01, Beta: 0.01}}
	var out, talk bytes.Buffer
	text := strings.Repeat("1\n", 300) + strings.Repeat("-0\n", 300)
	if err := decideOutcomes(t.Context(), session{Out: &out, Talk: &talk}, f, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if strings.Count(talk.String(), "\n") != 1 || !strings.Contains(talk.String(), "standard input: from line 466 on") || !strings.Contains(talk.String(), "no share fits all outcomes") {
		t.Errorf("said %s", &talk)
	}
	if strings.Contains(out.String(), "-0") || !strings.Contains(out.String(), `"outcome":0,`) {
		t.Errorf("%s", &out)
	}
}

// Interrupted, the command ends while it waits for the next outcome.
func TestAcceptInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	in, typing := io.Pipe()
	defer typing.Close()
	go func() {
		fmt.Fprintln(typing, "1")
		cancel(errInterrupted)
	}()
	f := acceptFlags{outcomes: "-", design: acceptance.Design{Good: 0.95, Bad: 0.80, Alpha: 0.01, Beta: 0.01}}
	if err := decideOutcomes(ctx, session{Out: io.Discard, Talk: io.Discard}, f, in); !errors.Is(err, errInterrupted) {
		t.Errorf("%v", err)
	}
}

func TestAcceptReadsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outcomes.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("1\n1\n0\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, talk := runLab("accept", "--outcomes", path)
	want, err := outcomes(t, strings.Repeat("1\n1\n0\n", 100), acceptFlags{})
	if code != codeOK || talk != "" || err != nil || out != want || strings.Count(out, "\n") != 301 || !strings.Contains(out, ",reject,") {
		t.Errorf("exit code %d, %s, %v", code, talk, err)
	}
}

func TestAcceptWrongOutcomes(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
	}{
		{"", "there is no outcome, want a number from 0 to 1 on each line"},
		{"1\n2\n", `line 2: "2" is not an outcome, want a number from 0 (fails) to 1 (passes)`},
		{"1\n\n1\n", `line 2: it is empty, want a number from 0 (fails) to 1 (passes)`},
		{"NaN\n", "line 1"},
		{"1\n0\npass\n", "line 3"},
		{"inf\n", "line 1"},
		{"-0.1\n", "line 1"},
		{"1,0\n", "line 1"},
		{"\xff\n", "line 1: it is not valid UTF-8"},
		{"1\n" + strings.Repeat("0", 1<<20) + "\n", "line 2: it is longer than 256 bytes"},
		{"1\n1\n1\n1\n1\n", "line 5: all 4 rows of the corpus were drawn before"},
	} {
		out, err := outcomes(t, c.text, acceptFlags{design: acceptance.Design{Population: 4}})
		if err == nil || !strings.Contains(err.Error(), c.want) || exitCode(err) != codeUsage {
			t.Errorf("%.20q: %v, want %s", c.text, err, c.want)
		}
		if before := strings.Count(c.text[:max(0, strings.LastIndex(strings.TrimSuffix(c.text, "\n"), "\n"))], "\n"); before > 0 && !strings.HasPrefix(out, "n,outcome") {
			t.Errorf("%.20q: the lines before are not decided: %q", c.text, out)
		}
	}
}
