package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

func TestRankSaysWhatIsOpen(t *testing.T) {
	for _, c := range []struct {
		rows string
		want []string
	}{
		{"a,b,a\n", []string{`some items won, or lost, all their games`, `standard deviation 2 is put on: "a", "b"`}},
		{"a,b,tie\nc,d,tie\n", []string{"2 groups", `group 1: "a", "b"`, `group 2: "c", "d"`, `outside of group 1 are set against "a"`, "games, agree so exactly", "--interval fisher"}},
	} {
		r, talk := ranked(t, "left,right,winner\n"+c.rows, "--reference", "a")
		for _, w := range c.want {
			if !strings.Contains(talk, w) {
				t.Errorf("%q: no %q in %s", c.rows, w, talk)
			}
		}
		for _, i := range r.Items {
			if math.IsNaN(i.Strength) || math.Abs(i.Strength) > 5 || i.RankLow != 1 || i.RankHigh != len(r.Items) {
				t.Errorf("%q: %+v", c.rows, i)
			}
		}
	}
}

// Raters, or games, that do not differ leave no errors of 0 behind.
func TestRankWithoutDifferences(t *testing.T) {
	alike := rated
	for _, r := range []string{"x", "y", "z"} {
		alike += fmt.Sprintf("a,b,a,%s\nb,a,b,%s\nb,c,b,%s\nc,b,c,%s\nb,a,b,%s\n", r, r, r, r, r)
	}
	for _, text := range []string{alike, "left,right,winner\na,b,tie\nb,c,tie\nc,a,tie\n"} {
		want, talk := ranked(t, text, "--interval", "fisher")
		if talk != "" {
			t.Errorf("said %s", talk)
		}
		for _, interval := range []string{"sandwich", "bootstrap"} {
			got, talk := ranked(t, text, "--interval", interval)
			if !strings.Contains(talk, "agree so exactly") {
				t.Errorf("%s: said %q", interval, talk)
			}
			for i := range want.Items {
				if got.Items[i] != want.Items[i] || got.Items[i].SE < 0.1 {
					t.Errorf("%s: %+v, want %+v", interval, got.Items[i], want.Items[i])
				}
			}
		}
	}
}

// Ties alone are not taken for items that won or lost all their games.
func TestRankOfTiesAlone(t *testing.T) {
	_, talk := ranked(t, "left,right,winner\na,b,tie\n", "--ties", "davidson")
	if !strings.Contains(talk, `ties alone, or nearly, leave their ν without bound; a normal prior of standard deviation 2 is put on ln ν and on: "a", "b"`) || strings.Contains(talk, "all their games") {
		t.Errorf("said %s", talk)
	}
}

// Reliabilities that have not settled are said to be rough.
func TestRankOfNoise(t *testing.T) {
	r := kernel.NewRandom(1)
	text := rated
	for k := range 4000 {
		i := r.Intn(20)
		j := (i + 1 + r.Intn(19)) % 20
		text += fmt.Sprintf("%d,%d,%d,r%d\n", i, j, []int{i, j}[r.Intn(2)], k%40)
	}
	if _, talk := ranked(t, text); !strings.Contains(talk, "reliabilities of raters still change after 500 passes") {
		t.Errorf("said %q", talk)
	}
}

// No zero has a sign.
func TestRankZeros(t *testing.T) {
	_, out, _ := rankFile(t, "left,right,winner\na,b,a\nb,c,b\n")
	if !strings.Contains(out, "b     0.0000 ") || strings.Contains(out, "-0.0000") {
		t.Errorf("%s", out)
	}
	for x, want := range map[float64]string{-1e-17: "0.0000", -4.9e-5: "0.0000", -6e-5: "-0.0001", 1.23456: "1.2346"} {
		if got := logit(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
}

// rowsForever is a file that never ends, with ever new items.
type rowsForever struct{ n int }

func (r *rowsForever) Read(p []byte) (int, error) {
	r.n++
	return copy(p, fmt.Sprintf("a%d,b%d,tie\n", r.n, r.n)), nil
}

func TestRankStopsReading(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	in := io.MultiReader(strings.NewReader("left,right,winner\n"), &rowsForever{})
	if _, err := readPairs(ctx, in, "x"); err == nil || !strings.Contains(err.Error(), "more than 2000 different items") {
		t.Errorf("endless items: %v", err)
	}
	line := io.MultiReader(strings.NewReader("left,right,winner\n"), io.LimitReader(endless('x'), 100<<20))
	if _, err := readPairs(ctx, line, "x"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a line of 100 MB: %v", err)
	}
	cancel(errInterrupted)
	if _, err := readPairs(ctx, strings.NewReader("left,right,winner\na,b,a\n"), "x"); !errors.Is(err, errInterrupted) {
		t.Errorf("interrupted: %v", err)
	}
}

// Interrupted, the command ends while it waits for input, and while it computes.
func TestRankInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	in, typing := io.Pipe()
	defer typing.Close()
	go func() {
		fmt.Fprint(typing, "left,right,winner\na,b,a\n")
		cancel(errInterrupted)
	}()
	var out, talk bytes.Buffer
	f := rankFlags{ties: "half", interval: "sandwich"}
	if err := rankItems(ctx, session{Out: &out, Talk: &talk}, "-", in, f); !errors.Is(err, errInterrupted) || out.Len() > 0 || talk.Len() > 0 {
		t.Errorf("%v, %s, %s", err, &out, &talk)
	}
}
