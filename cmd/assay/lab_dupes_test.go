package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

const prose = "the river had frozen early that year and the boats lay in the ice along the quay until the middle of march when the thaw came"

// textFile writes lines to a file.
func textFile(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "texts")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDupes(t *testing.T) {
	path := textFile(t,
		prose,
		"",
		"  "+strings.ReplaceAll(prose, " ", "  ")+" ",
		"a short post about café prices in town today",
		strings.Replace(prose, "thaw came", "thaw began", 1),
		"a short post about cafe\u0301 prices in town today!",
		" \t ",
		"ok",
		"ok",
		"no",
	)
	want := "left,right,jaccard\n1,3,1\n1,5,0.9130434782608695\n4,6,0.975609756097561\n8,9,1\n"
	code, out, talk := runLab("dupes", path)
	if code != codeOK || out != want || !strings.Contains(talk, "texts: 8, empty lines: 2, pairs: 4; a pair of likeness 0.8 is found with probability 0.9235, one that is more alike with a higher (bands of the MinHash signature: 14, hashes in each: 8)") {
		t.Errorf("code %d\n%s\n%s", code, out, talk)
	}
	if code, out, talk := runLab("dupes", path, "--threshold", "1"); code != codeOK || !strings.Contains(talk, "all texts with equal runs are found") || out != "left,right,jaccard\n1,3,1\n8,9,1\n" {
		t.Errorf("code %d\n%s", code, out)
	}
	code, out, _ = runLab("dupes", path, "--json", "--seed", "7")
	var pairs []dupePair
	if err := json.Unmarshal([]byte(out), &pairs); code != codeOK || err != nil || len(pairs) != 4 || pairs[1] != (dupePair{1, 5, 21.0 / 23}) {
		t.Errorf("code %d, %v, %v\n%s", code, err, pairs, out)
	}
	if code, out, _ := runLab("dupes", textFile(t, "one text alone"), "--json"); code != codeOK || out != "[]\n" {
		t.Errorf("code %d, %q", code, out)
	}
}

func TestDupesOfJSONLines(t *testing.T) {
	path := textFile(t, `{"id":1,"text":"`+prose+`"}`, ``, `{"text":"`+strings.ReplaceAll(prose, " ", `\n`)+`","id":[2]}`, `{"text":""}`, `{"text":"\u00e9 \ud800"}`)
	want := "left,right,jaccard\n1,3,1\n"
	if code, out, talk := runLab("dupes", path, "--field", "text"); code != codeOK || out != want || !strings.Contains(talk, "texts: 3, empty lines: 2,") {
		t.Errorf("code %d\n%s\n%s", code, out, talk)
	}
}

// generatedTexts are lines of words, every fifth a near copy of an earlier one.
func generatedTexts(n int) []string {
	r := kernel.NewRandom(11)
	var out []string
	for i := range n {
		var words []string
		for range 20 + r.Intn(60) {
			words = append(words, strconv.FormatUint(r.Uint64()%5000, 36))
		}
		if i > 0 && i%5 == 0 {
			words = strings.Fields(out[r.Intn(i)])
			for range r.Intn(3) {
				words[r.Intn(len(words))] = "changed"
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// The pairs are the same on any number of cores and in any order of the scheduler, and
// are pairs of comparing all.
func TestDupesDoNotDependOnTheCores(t *testing.T) {
	lines := generatedTexts(3000)
	in := strings.Join(lines, "\n")
	var want string
	for range 3 {
		out, _, err := dupes(t, strings.NewReader(in), dupesFlags{threshold: 0.7}, usualDupesLimits(""))
		if err != nil || want != "" && out != want {
			t.Fatalf("another result, %v", err)
		}
		want = out
	}
	rows := strings.Split(strings.TrimSpace(want), "\n")[1:]
	sets := make([]map[string]bool, len(lines))
	for i, line := range lines {
		sets[i] = runsOf(line)
	}
	last := [2]int{}
	for _, row := range rows {
		var left, right int
		var s float64
		if _, err := fmt.Sscanf(strings.ReplaceAll(row, ",", " "), "%d %d %g", &left, &right, &s); err != nil {
			t.Fatal(err)
		}
		if now := [2]int{left, right}; left >= right || slices.Compare(now[:], last[:]) <= 0 {
			t.Fatalf("%s after %v", row, last)
		}
		last = [2]int{left, right}
		if exact := likeness(sets[left-1], sets[right-1]); s != exact || s < 0.7 {
			t.Errorf("%s, the likeness is %v", row, exact)
		}
	}
	if len(rows) < 300 {
		t.Errorf("%d pairs", len(rows))
	}
}

// runsOf are the shingles of a text as the help says.
func runsOf(text string) map[string]bool {
	set := map[string]bool{}
	words, runes := strings.Fields(text), []rune(strings.Join(strings.Fields(text), " "))
	switch {
	case len(words) >= 20:
		for i := range len(words) - 4 {
			set[strings.Join(words[i:i+5], " ")] = true
		}
	case len(runes) >= 5:
		for i := range len(runes) - 4 {
			set[string(runes[i:i+5])] = true
		}
	case len(runes) > 0:
		set[string(runes)] = true
	}
	return set
}

func likeness(a, b map[string]bool) float64 {
	both := 0
	for s := range a {
		if b[s] {
			both++
		}
	}
	return float64(both) / float64(max(len(a)+len(b)-both, 1))
}

func FuzzDupes(f *testing.F) {
	f.Add([]byte("a\na\n"), "", 0.8)
	f.Add([]byte(prose+"\n"+prose+" now\n\n"), "", 0.5)
	f.Add([]byte("{\"t\":\"x\"}\n{\"t\":\"x\"}"), "t", 1.0)
	f.Add([]byte("{\"t\":1}"), "t", 0.1)
	f.Add([]byte("\xff\n"), "", 1e-300)
	f.Fuzz(func(t *testing.T, in []byte, field string, threshold float64) {
		if !(threshold > 0 && threshold <= 1) {
			return
		}
		out, _, err := dupes(t, bytes.NewReader(in), dupesFlags{field: field, threshold: threshold, json: true}, usualDupesLimits(field))
		if err != nil {
			if exitCode(err) != codeUsage || out != "" {
				t.Fatalf("%q, %v", out, err)
			}
			return
		}
		var pairs []dupePair
		if err := json.Unmarshal([]byte(out), &pairs); err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(in, []byte("\n")) + 1
		for _, p := range pairs {
			if p.Left < 1 || p.Left >= p.Right || p.Right > lines || !(p.Jaccard >= threshold && p.Jaccard <= 1) {
				t.Fatalf("%+v of %d lines", p, lines)
			}
		}
	})
}

func BenchmarkDupes(b *testing.B) {
	in := []byte(strings.Join(generatedTexts(10_000), "\n"))
	if folder := os.Getenv("STATISTICS_INPUTS"); folder != "" {
		var err error
		if in, err = os.ReadFile(filepath.Join(folder, "docs_1e5.txt")); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := dupes(b, bytes.NewReader(in), dupesFlags{threshold: 0.8}, usualDupesLimits("")); err != nil {
			b.Fatal(err)
		}
	}
}
