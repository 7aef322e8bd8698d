package preference

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

// drawnGames are games of few items, some by raters.
func drawnGames(t *rapid.T, items, most int) []Game {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Game {
		l := rapid.IntRange(0, items-1).Draw(t, "left")
		r := (l + rapid.IntRange(1, items-1).Draw(t, "right")) % items
		return Game{l, r, Outcome(rapid.IntRange(0, 3).Draw(t, "outcome")), rapid.IntRange(NoRater, 3).Draw(t, "rater")}
	}), 1, most).Draw(t, "games")
}

func tabled(t testing.TB, games []Game) *Table {
	table := new(Table)
	for _, g := range games {
		add(t, table, g, 1)
	}
	return table
}

// results are all numbers that follow from a table.
func results(t testing.TB, table *Table, o Options) []float64 {
	t.Helper()
	f := fitted(t, table, o)
	out := append([]float64{f.LogLikelihood, f.Side, f.Tie}, f.Strengths...)
	boot := func() (*Covariance, error) { return f.Bootstrap(minReplicates, 7) }
	for _, covariance := range []func() (*Covariance, error){func() (*Covariance, error) { return f.Fisher(), nil }, f.Sandwich, boot} {
		c, err := covariance()
		if err != nil {
			continue // one rater alone
		}
		estimates, err := f.Estimates(c, -1)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range estimates {
			out = append(out, e.Strength, e.SE, e.Lower, e.Upper, float64(e.RankLow), float64(e.RankHigh))
		}
	}
	for i, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 2 && math.Abs(v) > 1e4 { // the first are the log-likelihood, δ and ν
			t.Fatalf("result %d is %v", i, v)
		}
	}
	return out
}

func swapped(g Game) Game {
	g.Left, g.Right = g.Right, g.Left
	if g.Outcome <= RightWins {
		g.Outcome = RightWins - g.Outcome
	}
	return g
}

func TestOrderAndSidesChangeNoBit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		games := drawnGames(rt, 5, 60)
		o := Options{Ties: Ties(rapid.IntRange(0, 1).Draw(rt, "ties"))}
		want := results(t, tabled(t, games), o)
		turned := make([]Game, len(games))
		for i, g := range games {
			if rapid.Bool().Draw(rt, "swap") {
				g = swapped(g)
			}
			turned[i] = g
		}
		for _, order := range [][]Game{rapid.Permutation(games).Draw(rt, "order"), turned} {
			if got := results(t, tabled(t, order), o); !slices.Equal(got, want) {
				rt.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

func TestIncrementalEqualsBatch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		games := drawnGames(rt, 5, 60)
		o := Options{Side: rapid.Bool().Draw(rt, "side")}
		grown := new(Table)
		for i, g := range games {
			add(t, grown, g, 1)
			if i%7 == 0 {
				results(t, grown, o)
			}
		}
		copied := new(Table)
		for g, n := range grown.All() {
			add(t, copied, g, n)
		}
		want := results(t, tabled(t, games), o)
		for _, table := range []*Table{grown, copied} {
			if got := results(t, table, o); !slices.Equal(got, want) {
				rt.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

// Under one prior, and without one while the games determine finite strengths, a further
// win never lowers the winner, also not against any other item.
func TestWinningMoreNeverLowers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		games := drawnGames(rt, 5, 60)
		o := Options{Prior: float64(rapid.IntRange(0, 3).Draw(rt, "prior"))}
		table := tabled(t, games)
		before := fitted(t, table, o)
		if o.Prior == 0 && slices.Contains(before.Shrunk, true) {
			return
		}
		at := rapid.IntRange(0, len(games)-1).Draw(rt, "again")
		winner, loser := games[at].Left, games[at].Right
		add(t, table, Game{winner, loser, LeftWins, NoRater}, rapid.IntRange(1, 9).Draw(rt, "times"))
		after := fitted(t, table, o)
		for i := range after.Strengths {
			lead := before.Strengths[winner] - before.Strengths[i]
			if after.Strengths[winner] < before.Strengths[winner]-1e-9 || after.Strengths[winner]-after.Strengths[i] < lead-1e-9 {
				rt.Fatalf("item %d won more: %v became %v", winner, before.Strengths, after.Strengths)
			}
		}
	})
}

func TestOtherComponentMovesNobody(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		games := drawnGames(rt, 5, 60)
		before := fitted(t, tabled(t, games), Options{})
		more := append(slices.Clone(games), Game{5, 6, Outcome(rapid.IntRange(0, 2).Draw(rt, "outcome")), NoRater})
		after := fitted(t, tabled(t, more), Options{})
		b, a := before.Fisher(), after.Fisher()
		for i, s := range before.Strengths {
			near(t, "strength", after.Strengths[i], s, 1e-9)
			near(t, "standard error", a.Error(i), b.Error(i), 1e-7)
		}
		if after.Components[5] != after.Components[6] || after.Components[5] == after.Components[games[0].Left] {
			rt.Fatalf("components %v", after.Components)
		}
		sum := 0.0
		for i, s := range after.Strengths {
			if after.Components[i] == after.Components[games[0].Left] {
				sum += s
			}
		}
		near(t, "sum of a component", sum, 0, 1e-9)
	})
}

// A rater who votes everything N times has no more to say. The information believes it.
func TestCopiedVotesDoNotShrink(t *testing.T) {
	once, often, split := new(Table), new(Table), new(Table)
	for _, g := range simulated(kernel.NewRandom(3), 6, 20, 30, 0) {
		add(t, once, g, 1)
		add(t, often, g, 25)
		half := g
		half.Rater = 2*g.Rater + (g.Left+g.Right)%2
		add(t, split, half, 1)
	}
	f, g := fitted(t, once, Options{}), fitted(t, often, Options{})
	c, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	d, err := g.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	boot, err := f.Bootstrap(200, 5)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := g.Bootstrap(200, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Strengths {
		near(t, "copied strength", g.Strengths[i], f.Strengths[i], 1e-9)
		near(t, "copied sandwich", d.Error(i), c.Error(i), 1e-9)
		near(t, "copied bootstrap", copied.Error(i), boot.Error(i), 1e-5)
		near(t, "copied information", g.Fisher().Error(i), f.Fisher().Error(i)/5, 1e-9)
	}
	// Raters whose votes are independent may be split: the error stays about the same.
	halves, err := fitted(t, split, Options{}).Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	before, after := 0.0, 0.0
	for i := range f.Strengths {
		before += c.Error(i)
		after += halves.Error(i)
	}
	near(t, "errors with split raters", after/before, 1, 0.1)
}

// A rater who repeats its votes gets more weight in the strengths, but its copies are
// no evidence: on average the errors grow, towards those of one rater's votes alone.
func TestLoudRaterWidens(t *testing.T) {
	random := kernel.NewRandom(4)
	sums := map[int]float64{}
	levels := []int{1, 10, 100}
	for range 200 {
		games := simulated(random, 4, 10, 20, 0)
		for _, times := range levels {
			table := new(Table)
			for _, g := range games {
				n := 1
				if g.Rater == 0 {
					n = times
				}
				add(t, table, g, n)
			}
			c, err := fitted(t, table, Options{}).Sandwich()
			if err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				sums[times] += c.Error(i) / 800
			}
		}
	}
	t.Log("mean errors by copies", sums)
	if !(sums[10] > 1.5*sums[1] && sums[100] > sums[10]) {
		t.Errorf("mean errors by copies: %v", sums)
	}
}

// The games of an item that one rater alone has judged are taken as independent.
func TestItemOfOneJudge(t *testing.T) {
	games := simulated(kernel.NewRandom(8), 4, 10, 30, 0)
	for i := range 20 {
		games = append(games, Game{4, i % 4, Outcome(i / 2 % 2), 3})
	}
	f := fitted(t, tabled(t, games), Options{})
	c, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "error relative to the information's", c.Error(4)/f.Fisher().Error(4), 1, 0.1)
}
