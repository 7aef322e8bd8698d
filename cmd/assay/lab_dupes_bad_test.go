package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/duplicate"
)

func TestDupesOfBadInput(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		args  []string
		want  string
	}{
		{"not UTF-8", []string{"fine", "bad \xff"}, nil, "line 2: it is not valid UTF-8"},
		{"long", []string{"fine", "", strings.Repeat("x", 1<<20+1)}, nil, "line 3: it is longer than 1048576 bytes"},
		{"not JSON", []string{`{"t":"a"}`, `{"t":`}, []string{"--field", "t"}, "line 2: it is not JSON: unexpected end of JSON input"},
		{"array", []string{`[1]`}, []string{"--field", "t"}, "line 1: it is not a JSON object"},
		{"null", []string{`null`}, []string{"--field", "t"}, "line 1: it is not a JSON object"},
		{"no field", []string{`{"t":"a"}`, "", `{"u":"a"}`}, []string{"--field", "t"}, `line 3: the object has no field "t", its fields are: "u"`},
		{"number", []string{`{"t":1}`}, []string{"--field", "t"}, `line 1: the field "t" is 1, want a string`},
		{"object", []string{`{"t":{"u":"a"}}`}, []string{"--field", "t"}, `line 1: the field "t" is {"u":"a"}, want a string`},
		{"empty object", []string{`{}`}, []string{"--field", "t"}, `line 1: the object has no field "t", it is empty`},
		{"null field", []string{`{"t":null}`}, []string{"--field", "t"}, `line 1: the field "t" is null, want a string`},
		{"long field", []string{`{"t":"` + strings.Repeat("x", 1<<20+1) + `"}`}, []string{"--field", "t"}, "line 1: invalid text: 1048577 bytes, at most 1048576"},
		{"first of two", []string{`{"t":`, `{"t":`}, []string{"--field", "t"}, "line 1: it is not JSON"},
		{"threshold 0", nil, []string{"--threshold", "0"}, "--threshold: 0 is out of range, want a number above 0 and at most 1"},
		{"threshold above 1", nil, []string{"--threshold", "1.01"}, "--threshold: 1.01 is out of range"},
		{"threshold NaN", nil, []string{"--threshold", "NaN"}, "--threshold: NaN is out of range"},
		{"threshold −1", nil, []string{"--threshold=-1"}, "--threshold: -1 is out of range"},
		{"empty field", nil, []string{"--field", ""}, "--field: it is empty"},
	} {
		code, out, talk := runLab(append([]string{"dupes", textFile(t, c.lines...)}, c.args...)...)
		if code != codeUsage || !strings.Contains(talk, c.want) || out != "" {
			t.Errorf("%s: code %d, %q, %.300q, want %q", c.name, code, out, talk, c.want)
		}
	}
	for _, c := range []struct{ path, want string }{{filepath.Join(t.TempDir(), "absent"), "no such file"}, {t.TempDir(), "is a folder"}} {
		if code, _, talk := runLab("dupes", c.path); code != codeUsage || !strings.Contains(talk, c.want) {
			t.Errorf("code %d, %q", code, talk)
		}
	}
	if code, _, talk := runLab("dupes"); code != codeUsage || !strings.Contains(talk, "takes 1 argument") {
		t.Errorf("code %d, %q", code, talk)
	}
}

// dupes runs the command's job on a text.
func dupes(t testing.TB, in io.Reader, f dupesFlags, limits dupesLimits) (out, talk string, err error) {
	var o, e bytes.Buffer
	err = findDupes(context.Background(), session{Out: &o, Talk: &e}, "-", in, f, limits)
	return o.String(), e.String(), err
}

func TestDupesOfNothing(t *testing.T) {
	for _, in := range []string{"", "\n", "\n\n \n", "\ufeff", "\ufeff\r\n"} {
		out, talk, err := dupes(t, strings.NewReader(in), dupesFlags{threshold: 0.8}, usualDupesLimits(""))
		if err != nil || out != "left,right,jaccard\n" || !strings.Contains(talk, "texts: 0,") {
			t.Errorf("%q: %q, %q, %v", in, out, talk, err)
		}
	}
}

// endless gives one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// A line of 100 MB is refused when it is too long, not when it is read.
func TestDupesOfEndlessLines(t *testing.T) {
	for _, field := range []string{"", "text"} {
		in := io.MultiReader(strings.NewReader("{\"text\":\"\"}\n"), io.LimitReader(endless('x'), 100<<20))
		_, _, err := dupes(t, in, dupesFlags{threshold: 0.8, field: field}, usualDupesLimits(field))
		if want := fmt.Sprintf("standard input: line 2: it is longer than %d bytes", usualDupesLimits(field).line); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestDupesLimits(t *testing.T) {
	few := func(change func(*dupesLimits)) dupesLimits {
		l := usualDupesLimits("")
		change(&l)
		return l
	}
	alike := ""
	for n := range 50 {
		alike += fmt.Sprintf("%s and number %d\n", prose, n)
	}
	for _, c := range []struct {
		in     string
		limits dupesLimits
		want   string
	}{
		{"a\n\nb\nc\n", few(func(l *dupesLimits) { l.texts = 2 }), "standard input: line 4: there are more than 2 texts; split the file"},
		{"aaaa\nbb\ncc\n", few(func(l *dupesLimits) { l.bytes = 7 }), "standard input: line 3: the texts have more than 7 bytes together; split the file"},
		{"a\na\na\na\n", few(func(l *dupesLimits) { l.pairs = 2 }), "standard input: there are more than 2 pairs"},
		{alike, few(func(l *dupesLimits) { l.pairs = 500 }), "there are more than 500 pairs"},
		{alike, few(func(l *dupesLimits) { l.candidates = 500 }), "more than 500 pairs are alike enough to be compared"},
	} {
		out, _, err := dupes(t, strings.NewReader(c.in), dupesFlags{threshold: 0.8}, c.limits)
		if err == nil || !strings.Contains(err.Error(), c.want) || exitCode(err) != codeUsage || out != "" {
			t.Errorf("%q, %v, want %s", out, err, c.want)
		}
	}
}

// 10^5 equal lines are 99,999 pairs with the first, not 5·10^9.
func TestDupesOfManyCopies(t *testing.T) {
	for _, line := range []string{"ok\n", prose + "\n"} {
		out, _, err := dupes(t, strings.NewReader(strings.Repeat(line, 100_000)), dupesFlags{threshold: 0.8}, usualDupesLimits(""))
		if n := strings.Count(out, "\n1,"); err != nil || n != 99_999 || strings.Count(out, "\n") != 100_000 {
			t.Errorf("%d pairs, %v", n, err)
		}
	}
	// Texts that differ, with equal shingles: the same word 20 to 5000 times.
	var in strings.Builder
	for n := range 1000 {
		in.WriteString(strings.Repeat("a ", 20+n) + "\n")
	}
	if out, _, err := dupes(t, strings.NewReader(in.String()), dupesFlags{threshold: 0.8}, usualDupesLimits("")); err != nil || strings.Count(out, "\n1,") != 999 {
		t.Errorf("%.60q, %v", out, err)
	}
}

// An interrupted job ends, also while it waits for input.
func TestDupesInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in, typing := io.Pipe()
	defer typing.Close()
	go func() {
		fmt.Fprintln(typing, prose)
		cancel()
	}()
	err := findDupes(ctx, session{Out: io.Discard, Talk: io.Discard}, "-", in, dupesFlags{threshold: 0.8}, usualDupesLimits(""))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted job ends with %v", err)
	}
	j := &joiner{texts: new(signedTexts), banding: duplicate.Usual(), cores: 2}
	if _, err := j.join(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted comparison ends with %v", err)
	}
}
