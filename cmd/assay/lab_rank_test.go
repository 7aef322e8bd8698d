package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/preference"
)

// rankFile writes a file and runs the command on it.
func rankFile(t testing.TB, text string, flags ...string) (code int, out, talk string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pairs.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runLab(append([]string{"rank", path}, flags...)...)
}

func ranked(t testing.TB, text string, flags ...string) (r ranking, talk string) {
	t.Helper()
	code, out, talk := rankFile(t, text, append(flags, "--json")...)
	if code != codeOK {
		t.Fatalf("exit code %d: %s", code, talk)
	}
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r, talk
}

// citations are the games of Stigler 1994, with columns in another order and a
// superfluous one.
func citations() string {
	var b strings.Builder
	b.WriteString("winner,note,right,left\n")
	for _, p := range []struct {
		left, right string
		won, lost   int
	}{
		{"Biometrika", "Comm Statist", 730, 33}, {"Biometrika", "JASA", 498, 320}, {"Biometrika", "JRSS-B", 221, 284},
		{"Comm Statist", "JASA", 68, 813}, {"Comm Statist", "JRSS-B", 17, 276}, {"JASA", "JRSS-B", 142, 325},
	} {
		for range p.won {
			fmt.Fprintf(&b, "%s,,%s,%s\n", p.left, p.right, p.left)
		}
		for range p.lost {
			fmt.Fprintf(&b, "%s,,%s,%s\n", p.right, p.right, p.left)
		}
	}
	return b.String()
}

// The published strengths and standard errors; see package preference.
func TestRankCitations(t *testing.T) {
	r, talk := ranked(t, citations(), "--interval", "fisher", "--reference", "Biometrika")
	want := []rankedItem{
		{"JRSS-B", .26895, .07083, .1301, .4078, 1, 1, 1265}, {"Biometrika", 0, 0, 0, 0, 2, 2, 2086},
		{"JASA", -.47957, .06059, -.5983, -.3608, 3, 3, 2166}, {"Comm Statist", -2.94907, .10255, -3.1501, -2.7481, 4, 4, 1937},
	}
	if len(r.Items) != 4 || talk != "" || r.Raters == nil || len(r.Raters) != 0 {
		t.Fatalf("%+v, %s", r, talk)
	}
	for i, w := range want {
		got := r.Items[i]
		for _, v := range [][2]float64{{got.Strength, w.Strength}, {got.SE, w.SE}, {got.Lower, w.Lower}, {got.Upper, w.Upper}} {
			if !(math.Abs(v[0]-v[1]) < 1e-4) {
				t.Errorf("got %+v, want %+v", got, w)
			}
		}
		if got.Item != w.Item || got.Games != w.Games || got.RankLow != w.RankLow || got.RankHigh != w.RankHigh {
			t.Errorf("got %+v, want %+v", got, w)
		}
	}
	r, _ = ranked(t, citations())
	sum := 0.0
	for _, i := range r.Items {
		sum += i.Strength
	}
	if math.Abs(sum) > 1e-12 || math.Abs(r.LogLikelihood+1622.88981) > 1e-4 {
		t.Errorf("strengths sum to %v, log-likelihood %v", sum, r.LogLikelihood)
	}
}

// votes are some games of raters, with ties.
func votes(n int) []string {
	items := []string{"a", "b", "c", "NaN", "-"}
	var out []string
	for k := range n {
		l, r := k*7%5, (k*7+1+k/5%4)%5
		w := items[l]
		switch {
		case k%6 == 0:
			w = "tie"
		case k%11 == 0:
			w = "neither"
		case k%3 == 0 || r < l && k%7 > 0:
			w = items[r]
		}
		out = append(out, fmt.Sprintf("%s,%s,%s,r%d", items[l], items[r], w, k*k%17))
	}
	return out
}

const rated = "left,right,winner,rater\n"

func TestRankOrderOfRowsChangesNothing(t *testing.T) {
	rows := votes(600)
	for _, flags := range []string{"", "--ties davidson", "--interval bootstrap --seed 3"} {
		_, want, _ := rankFile(t, rated+strings.Join(rows, "\n"), append(strings.Fields(flags), "--json")...)
		slices.Reverse(rows)
		_, got, talk := rankFile(t, rated+strings.Join(rows, "\r\n")+"\r\n", append(strings.Fields(flags), "--json")...)
		if got != want || want == "" {
			t.Errorf("%s: got %s, want %s", flags, got, want)
		}
		if n := strings.Count(strings.Join(rows, "\n"), ",neither,"); !strings.Contains(talk, fmt.Sprintf("neither item won, counted as ties: %d\n", n)) || n == 0 {
			t.Errorf("%d with neither: said %s", n, talk)
		}
	}
}

func TestRankRaters(t *testing.T) {
	r, _ := ranked(t, rated+strings.Join(votes(600), "\n"))
	if len(r.Raters) != 9 {
		t.Fatalf("%d raters: %+v", len(r.Raters), r.Raters)
	}
	total := int64(0)
	for i, w := range r.Raters {
		total += w.Games
		if !(0 <= w.Lower && w.Lower <= w.Reliability && w.Reliability <= w.Upper && w.Upper <= 1) || i > 0 && w.Rater <= r.Raters[i-1].Rater {
			t.Errorf("%+v", w)
		}
	}
	if total != 600 {
		t.Errorf("%d games", total)
	}
	fisher, _ := ranked(t, rated+strings.Join(votes(600), "\n"), "--interval", "fisher")
	for i := range r.Items {
		if r.Items[i].Strength != fisher.Items[i].Strength || r.Items[i].SE == fisher.Items[i].SE {
			t.Errorf("%+v and %+v", r.Items[i], fisher.Items[i])
		}
	}
	one, talk := ranked(t, rated+"a,b,a,x\nb,a,b,x\na,b,tie,x\n")
	if !strings.Contains(talk, "all games are of one rater") || !(one.Items[0].SE > 0.4) {
		t.Errorf("one rater: %+v, %s", one, talk)
	}
	// A game without a rater stands alone.
	if r, _ := ranked(t, rated+"a,b,a,\nb,a,b,\na,b,tie,x\n"); len(r.Raters) != 1 || r.Raters[0].Games != 1 {
		t.Errorf("raters %+v", r.Raters)
	}
}

func TestRankTable(t *testing.T) {
	_, out, _ := rankFile(t, "left,right,winner,rater\nbest,good,best,\"x\ty\"\ngood,best,good,z\nbest,good,tie,z\nbest,good,best,z\n", "--ties", "davidson")
	for _, want := range []string{"RANKS  ITEM  STRENGTH", "1–2    best  0.", "RATER", `"x\ty"`, "log-likelihood -", ", ν of ties 0."} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestRankBadInput(t *testing.T) {
	many := strings.Builder{}
	many.WriteString("left,right,winner\n")
	for i := range preference.MaxItems {
		fmt.Fprintf(&many, "%d,%d,%d\n", i, i+1, i)
	}
	for _, c := range []struct{ text, want string }{
		{"", "pairs.csv: it is empty, want a header with the columns left, right, winner"},
		{"left,right,winner\n", "pairs.csv: there is no row after the header"},
		{"left,right\na,b\n", `no column "winner"`},
		{"left;right;winner\na;b;a\n", "separated by semicolons"},
		{"left,right,winner\na,b,a\na,b,c\n", `line 3: the winner is "c", want "a", "b", "tie" or "neither"`},
		{"left,right,winner\na,b,Tie\n", `line 2: the winner is "Tie", want "a", "b", "tie" or "neither"`},
		{"left,right,winner\na,a,a\n", `line 2: "a" is left and right, want two different items`},
		{"left,right,winner\ntie,a,a\n", `line 2: an item must not be named "tie" or "neither"`},
		{"left,right,winner\na,neither,a\n", `line 2: an item must not be named "tie" or "neither"`},
		{"left,right,winner\na,b\n", "line 2: it does not have as many fields as the header"},
		{"left,right,winner\na,b,a,d\n", "line 2: it does not have as many fields"},
		{"left,right,winner\na,,a\n", `line 2: column "right" is empty`},
		{"left,right,winner\na,b\xff,a\n", `line 2: column "right" is not valid UTF-8`},
		{"left,right,winner\n\"a,b,a\n", "line 2: a quoted field is not closed"},
		{"left,right,winner\na,b,a\n" + strings.Repeat("x", 2<<20), "line 3: the row is longer than 1048576 bytes"},
		{many.String(), fmt.Sprintf("line %d: there are more than %d different items", preference.MaxItems+1, preference.MaxItems)},
	} {
		code, out, talk := rankFile(t, c.text, "--json")
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("exit code %d, %q, %s, want %s", code, out, talk, c.want)
		}
	}
	code, out, talk := runLab("rank", filepath.Join(t.TempDir(), "absent.csv"))
	if code != codeUsage || out != "" || !strings.Contains(talk, "no such file") {
		t.Errorf("an absent file: exit code %d, %s", code, talk)
	}
}

func TestRankBadFlags(t *testing.T) {
	games := "left,right,winner\nalpha,beta,alpha\nbeta,gamma,tie\n"
	for _, c := range []struct{ flags, want string }{
		{"--reference alpah", `--reference: there is no item "alpah" in the file, did you mean alpha?`},
		{"--reference zzzzzzzz", `there is no item "zzzzzzzz" in the file, the items are "alpha", "beta", "gamma"`},
		{"--ties both", `--ties: there is no "both", want half or davidson`},
		{"--interval wald", `--interval: there is no "wald", want sandwich, fisher or bootstrap`},
		{"--seed x", "--seed"},
		{"--intervall fisher", "did you mean --interval?"},
	} {
		code, out, talk := rankFile(t, games, strings.Fields(c.flags)...)
		if code != codeUsage || out != "" || !strings.Contains(talk, c.want) {
			t.Errorf("%s: exit code %d, %q, %s, want %s", c.flags, code, out, talk, c.want)
		}
	}
}

// Any file is either refused with its name, or counted in full.
func FuzzRankInput(f *testing.F) {
	f.Add([]byte("left,right,winner,rater\na,b,a,r\nb,a,tie,\n"))
	f.Add([]byte("winner,right,left\r\nneither,\"x\"\"y\",z\r\n"))
	f.Add([]byte("\xef\xbb\xbfleft,right,winner\na,b,c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := readPairs(t.Context(), bytes.NewReader(data), "pairs.csv")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "pairs.csv: ") {
				t.Fatalf("no place in %q", err)
			}
			return
		}
		if !slices.IsSorted(p.items) || !slices.IsSorted(p.raters) || p.table.Items() != len(p.items) || p.table.Raters() != len(p.raters) {
			t.Fatalf("items %q, raters %q, table %d and %d", p.items, p.raters, p.table.Items(), p.table.Raters())
		}
		if all, _ := p.table.Games(); all < 1 || all > int64(bytes.Count(data, []byte("\n"))+1) {
			t.Fatalf("%d games", all)
		}
	})
}
