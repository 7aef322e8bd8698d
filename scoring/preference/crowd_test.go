package preference

import (
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// crowdGames are games by raters of the given reliabilities, each of n games, with a
// share of ties.
func crowdGames(seed uint64, reliabilities []float64, items, n int, ties float64) []Game {
	r := kernel.NewRandom(seed)
	theta := trueStrengths(items)
	for i := range theta {
		theta[i] *= 2
	}
	var out []Game
	for w, eta := range reliabilities {
		for range n {
			i := r.Intn(items)
			j := (i + 1 + r.Intn(items-1)) % items
			g := Game{i, j, RightWins, w}
			if (r.Float64() < kernel.Logistic(theta[i]-theta[j])) == (r.Float64() < eta) {
				g.Outcome = LeftWins
			}
			if r.Float64() < ties {
				g.Outcome = Tie
			}
			out = append(out, g)
		}
	}
	return out
}

func crowded(t testing.TB, games, gold []Game) *Crowd {
	t.Helper()
	c, err := CrowdBradleyTerry(tabled(t, games), gold)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(c.posterior); i++ {
		if c.posterior[i] < c.posterior[i-1]-1e-9*(1-c.posterior[i]) {
			t.Fatalf("pass %d: the posterior fell from %v to %v", i, c.posterior[i-1], c.posterior[i])
		}
	}
	if !c.Settled {
		t.Errorf("not settled after %d passes", c.Passes)
	}
	return c
}

// Reliabilities come back, the intervals hold about 95 % of them, and bad raters do not
// flatten the strengths as they do without.
func TestCrowdRecovers(t *testing.T) {
	truth := []float64{.98, .95, .9, .9, .85, .8, .8, .7, .5, .5, .1, .95, .9, .9, .85, .95}
	held, all, spread, flat := 0, 0, 0.0, 0.0
	for seed := range uint64(8) {
		games := crowdGames(seed, truth, 10, 300, 0)
		c := crowded(t, games, nil)
		for w, eta := range truth {
			near(t, "reliability", c.Raters[w].Value, eta, 0.2)
			if c.Raters[w].Games != 300 || c.Raters[w].Pooled {
				t.Errorf("rater %d: %+v", w, c.Raters[w])
			}
			all++
			if c.Raters[w].Lower <= eta && eta <= c.Raters[w].Upper {
				held++
			}
		}
		plain := fitted(t, tabled(t, games), Options{})
		spread += (c.Strengths[9] - c.Strengths[0]) / 8
		flat += (plain.Strengths[9] - plain.Strengths[0]) / 8
	}
	near(t, "mean spread", spread, 4, 0.6)
	if flat > 3 {
		t.Errorf("the plain spread %v is not flattened", flat)
	}
	within(t, "intervals of reliability", float64(held)/float64(all), 0.88, 1)
}

// Where most raters turn their answers round, the majority misleads and gold does not.
func TestGoldDecides(t *testing.T) {
	truth := []float64{.1, .1, .1, .15, .1, .05, .95, .9, .95}
	games := crowdGames(3, truth, 6, 200, 0.1)
	gold := []Game{{5, 0, LeftWins, NoRater}, {1, 4, RightWins, NoRater}, {3, 0, LeftWins, NoRater}, {5, 2, LeftWins, NoRater}}
	if c := crowded(t, games, nil); c.Strengths[5] > c.Strengths[0] {
		t.Error("without gold the minority was right")
	}
	c := crowded(t, games, gold)
	if c.Strengths[5] < c.Strengths[0] {
		t.Error("with gold the best item is last")
	}
	for w, eta := range truth {
		near(t, "reliability", c.Raters[w].Value, eta, 0.15)
	}
}

// Raters with few games share one reliability.
func TestFewGamesArePooled(t *testing.T) {
	games := crowdGames(4, []float64{.9, .9, .9}, 5, MinRated, 0)
	for w := 3; w < 30; w++ {
		for _, g := range crowdGames(uint64(w), []float64{.9}, 5, MinRated-1, 0) {
			g.Rater = w
			games = append(games, g)
		}
	}
	games = append(games, Game{0, 1, RightWins, NoRater})
	c := crowded(t, games, nil)
	for w, r := range c.Raters {
		if r.Pooled != (w >= 3) {
			t.Errorf("rater %d: %+v", w, r)
		}
		if r.Lower > r.Value || r.Value > r.Upper || r.Lower < 0 || r.Upper > 1 {
			t.Errorf("rater %d: %+v", w, r)
		}
	}
	if a, b := c.Raters[3], c.Raters[29]; a.Value != b.Value || a.Upper-a.Lower > 0.2 {
		t.Errorf("pooled raters %+v and %+v", a, b)
	}
}

func TestCrowdRefuses(t *testing.T) {
	if _, err := CrowdBradleyTerry(new(Table), nil); err == nil {
		t.Error("no games were fitted")
	}
	for _, gold := range []Game{{0, 0, LeftWins, 0}, {0, 7, LeftWins, 0}, {-1, 0, LeftWins, 0}, {0, 1, Tie, 0}} {
		if _, err := CrowdBradleyTerry(tabled(t, wins([2]int{0, 1})), []Game{gold}); err == nil {
			t.Errorf("gold %+v was taken", gold)
		}
	}
}
