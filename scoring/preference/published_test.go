package preference

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// rows reads a file of testdata without its header.
func rows(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return out[1:]
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// won reads pair counts: left,right,wins of left,wins of right.
func won(t testing.TB, path string, names ...string) *Table {
	t.Helper()
	id := map[string]int{}
	for i, n := range names {
		id[n] = i
	}
	table := new(Table)
	for _, r := range rows(t, path) {
		for o, wins := range r[2:4] {
			if n := number(t, wins); n > 0 {
				add(t, table, Game{id[r[0]], id[r[1]], Outcome(o), NoRater}, n)
			}
		}
	}
	return table
}

func add(t testing.TB, table *Table, g Game, times int) {
	t.Helper()
	if err := table.Add(g, times); err != nil {
		t.Fatal(err)
	}
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.10g, want %.10g ± %g", what, got, want, tolerance)
	}
}

func fitted(t testing.TB, table *Table, o Options) *Fit {
	t.Helper()
	f, err := BradleyTerry(table, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// deviance is −2 the log-likelihood ratio to the model that gives each row its own
// probability.
func deviance(t testing.TB, path string, logLikelihood float64) float64 {
	saturated := 0.0
	for _, r := range rows(t, path) {
		a, b := float64(number(t, r[2])), float64(number(t, r[3]))
		for _, w := range []float64{a, b} {
			if w > 0 {
				saturated += w * math.Log(w/(a+b))
			}
		}
	}
	return 2 * (saturated - logLikelihood)
}

// Citations among statistics journals 1987–88 (Stigler 1994; Agresti 2002, 10.6).
// Strengths relative to Biometrika and standard errors by the R package BradleyTerry2
// 1.1-2, which takes the Fisher information.
func TestStiglerCitations(t *testing.T) {
	f := fitted(t, won(t, "testdata/bt_citations.csv", "Biometrika", "Comm Statist", "JASA", "JRSS-B"), Options{})
	out, err := f.Estimates(f.Fisher(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ strength, se float64 }{{0, 0}, {-2.94907, .10255}, {-.47957, .06059}, {.26895, .07083}} {
		near(t, "strength", out[i].Strength, want.strength, 6e-6)
		near(t, "standard error", out[i].SE, want.se, 6e-6)
	}
}

// Baseball, American League East 1987 (Agresti 2002, 10.6.3), relative to Baltimore,
// by BradleyTerry2 1.1-2: alone, and with an effect of playing at home.
func TestAgrestiBaseball(t *testing.T) {
	const path = "testdata/bt_baseball1987.csv"
	table := won(t, path, "Baltimore", "Boston", "Cleveland", "Detroit", "Milwaukee", "New York", "Toronto")
	f := fitted(t, table, Options{})
	for i, want := range []float64{0, 1.1077, .6839, 1.4364, 1.5814, 1.2476, 1.2945} {
		near(t, "strength", f.Strengths[i]-f.Strengths[0], want, 6e-5)
	}
	near(t, "deviance", deviance(t, path, f.LogLikelihood), 44.053, 6e-4)
	home := fitted(t, table, Options{Side: true})
	near(t, "home effect", home.Side, .3023, 6e-5)
	near(t, "its standard error", math.Sqrt(home.Fisher().values.at(7, 7)), .1309, 6e-5)
	near(t, "deviance with it", deviance(t, path, home.LogLikelihood), 38.643, 6e-4)
}

// nascar reads the rankings of the 36 races of 2002 (Hunter 2004): drivers 84–87, who
// were last wherever they drove, are left out, and driver n is item n−1.
func nascar(t testing.TB) []Ranking {
	t.Helper()
	races := make([]Ranking, 36)
	for _, r := range rows(t, "testdata/nascar2002.csv") {
		race, driver := number(t, r[0])-1, number(t, r[2])-1
		if driver < 83 {
			races[race].Order = append(races[race].Order, driver)
		}
	}
	return races
}

// NASCAR 2002 (Hunter 2004, table 2), relative to driver 1, Austin Cameron. The paper
// prints two decimals; the others, and the log-likelihood, are the R package
// PlackettLuce's.
func TestNASCAR(t *testing.T) {
	f, err := PlackettLuce(83, nascar(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	id := map[string]int{}
	for _, r := range rows(t, "testdata/nascar2002_drivers.csv") {
		id[r[1]] = number(t, r[0]) - 1
	}
	for name, want := range map[string]float64{"PJ Jones": 4.1477, "Scott Pruett": 3.6162, "Mark Martin": 2.0763, "Dave Marcis": .0258, "Dick Trickle": -.3113, "Joe Varde": -.1451} {
		i, ok := id[name]
		if !ok {
			t.Fatalf("no driver %s", name)
		}
		near(t, name, f.Strengths[i]-f.Strengths[0], want, 1e-4)
	}
	near(t, "log-likelihood", f.LogLikelihood, -4191.0973, 1e-4)
}
