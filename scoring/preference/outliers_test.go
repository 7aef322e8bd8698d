package preference

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// watch simulates raters who vote on the same few pairs, with 30 % ties, and gives the
// share of them whose e-process ever exceeded 1/0.05. How a rater votes differs by law.
func watch(t *testing.T, raters, each int, vote func(r *kernel.Random, rater int, usual Outcome) Outcome, judged func(rater int) bool) float64 {
	t.Helper()
	random := kernel.NewRandom(6)
	var o Outliers
	for range each {
		for _, w := range random.Perm(raters) {
			i := random.Intn(4)
			usual := Tie
			if u := random.Float64(); u < 0.7*kernel.Logistic(float64(i)/2) {
				usual = LeftWins
			} else if u < 0.7 {
				usual = RightWins
			}
			g := Game{i, i + 1, vote(random, w, usual), w}
			if _, err := o.Add(g, 1-random.Float64()); err != nil {
				t.Fatal(err)
			}
		}
	}
	flagged, all := 0, 0
	for w := range raters {
		if judged(w) {
			all++
			if o.Evidence(w) >= math.Log(20) {
				flagged++
			}
		}
	}
	return float64(flagged) / float64(all)
}

// With 30 % ties, at most 5 % of honest raters are ever flagged at α = 0.05, however
// long one watches.
func TestHonestRatersAreSeldomFlagged(t *testing.T) {
	share := watch(t, 10000, 100, func(_ *kernel.Random, _ int, usual Outcome) Outcome { return usual }, func(int) bool { return true })
	within(t, "honest raters flagged", share, 0.005, 0.05)
}

// A rater who always votes what is rare is flagged, and honest ones beside it are not.
func TestContraryRatersAreFlagged(t *testing.T) {
	vote := func(_ *kernel.Random, w int, usual Outcome) Outcome {
		if w < 10 {
			return RightWins
		}
		return usual
	}
	within(t, "contrary raters flagged", watch(t, 300, 300, vote, func(w int) bool { return w < 10 }), 0.9, 1)
	within(t, "honest raters flagged", watch(t, 300, 300, vote, func(w int) bool { return w >= 10 }), 0, 0.05)
}

// The p-values of votes in random order are uniform, also on rare pairs.
func TestOutlierValuesAreUniform(t *testing.T) {
	random := kernel.NewRandom(9)
	const n = 20000
	var o Outliers
	var below [10]int
	for range n {
		i := random.Intn(500)
		p, err := o.Add(Game{i, i + 1, Outcome(random.Intn(3)), 0}, 1-random.Float64())
		if err != nil {
			t.Fatal(err)
		}
		below[min(int(p*10), 9)]++
	}
	for _, k := range below {
		near(t, "share of a tenth", float64(k)/n, 0.1, 0.01)
	}
}

func TestOutliersRefuse(t *testing.T) {
	var o Outliers
	for _, c := range []struct {
		g Game
		u float64
	}{{Game{0, 0, Tie, 1}, .5}, {Game{0, 1, 9, 1}, .5}, {Game{0, 1, Tie, NoRater}, .5}, {Game{0, 1, Tie, 1}, 0}, {Game{0, 1, Tie, 1}, math.NaN()}} {
		if _, err := o.Add(c.g, c.u); err == nil {
			t.Errorf("%+v with u=%v was taken", c.g, c.u)
		}
	}
	if e := o.Evidence(1); e != 0 {
		t.Errorf("evidence %v against nobody", e)
	}
}
