package preference

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

func ranking(t testing.TB, items int, r []Ranking, prior float64) *Fit {
	t.Helper()
	f, err := PlackettLuce(items, r, prior)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Rankings of two items are games.
func TestRankingsOfTwoAreGames(t *testing.T) {
	games := tiedGames(2, 5, 300, 0, 0)
	var rankings []Ranking
	for _, g := range games {
		if g.Outcome == RightWins {
			g = swapped(g)
		}
		rankings = append(rankings, Ranking{Order: []int{g.Left, g.Right}})
		if g.Left%2 == 0 { // the last item may also stand in Rest
			rankings[len(rankings)-1] = Ranking{[]int{g.Left}, []int{g.Right}}
		}
	}
	f, g := fitted(t, tabled(t, games), Options{}), ranking(t, 5, rankings, 0)
	near(t, "log-likelihood", g.LogLikelihood, f.LogLikelihood, 1e-9)
	a, err := f.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Sandwich()
	if err != nil {
		t.Fatal(err)
	}
	boot, err := g.Bootstrap(400, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Strengths {
		near(t, "strength", g.Strengths[i], s, 1e-9)
		near(t, "error", g.Fisher().Error(i), f.Fisher().Error(i), 1e-8)
		near(t, "sandwich", b.Error(i), a.Error(i), 1e-8)
		near(t, "bootstrap, relative", boot.Error(i)/b.Error(i), 1, 0.15)
	}
}

// ranked by the model: choose one, and again from the rest.
func drawRanking(r *kernel.Random, theta []float64, ordered int) Ranking {
	left := make([]int, len(theta))
	for i := range left {
		left[i] = i
	}
	var out Ranking
	for len(out.Order) < ordered {
		sum := 0.0
		for _, i := range left {
			sum += math.Exp(theta[i])
		}
		u := r.Float64() * sum
		for k, i := range left {
			if u -= math.Exp(theta[i]); u < 0 || k == len(left)-1 {
				out.Order, left = append(out.Order, i), slices.Delete(left, k, k+1)
				break
			}
		}
	}
	out.Rest = left
	return out
}

// Strengths and their intervals come back from full and from partial rankings, and
// the order of the rankings, and of Rest, changes no bit.
func TestRankingsCover(t *testing.T) {
	theta := trueStrengths(6)
	random := kernel.NewRandom(5)
	held, all := 0, 0
	for range 400 {
		var rankings []Ranking
		for k := range 60 {
			rankings = append(rankings, drawRanking(random, theta, 1+k%6))
		}
		f := ranking(t, 6, rankings, 0)
		estimates, err := f.Estimates(f.Fisher(), -1)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range estimates {
			all++
			if e.Lower <= theta[i] && theta[i] <= e.Upper {
				held++
			}
		}
		slices.Reverse(rankings)
		for _, r := range rankings {
			slices.Reverse(r.Rest)
		}
		if again := ranking(t, 6, rankings, 0); !slices.Equal(again.Strengths, f.Strengths) || again.LogLikelihood != f.LogLikelihood {
			t.Fatal("the order of rankings changed the result")
		}
	}
	within(t, "intervals", float64(held)/float64(all), 0.93, 0.97)
}

// Hunter's minorization for rankings (2004), the slow twin.
func TestRankingTwin(t *testing.T) {
	races := nascar(t)
	gamma, wins := make([]float64, 83), make([]float64, 83)
	for i := range gamma {
		gamma[i] = 1
	}
	for _, r := range races {
		for _, i := range r.Order[:len(r.Order)-1] {
			wins[i]++
		}
	}
	for range 400 {
		below := make([]float64, 83)
		for _, r := range races {
			for s := range len(r.Order) - 1 {
				sum := 0.0
				for _, i := range r.Order[s:] {
					sum += gamma[i]
				}
				for _, i := range r.Order[s:] {
					below[i] += 1 / sum
				}
			}
		}
		for i := range gamma {
			gamma[i] = wins[i] / below[i]
		}
	}
	f := ranking(t, 83, races, 0)
	for i, g := range gamma {
		near(t, "strength", f.Strengths[i]-f.Strengths[0], math.Log(g/gamma[0]), 1e-8)
	}
}

func TestRankingsBad(t *testing.T) {
	for _, c := range []struct {
		items    int
		rankings []Ranking
	}{
		{0, []Ranking{{Order: []int{0}}}}, {MaxItems + 1, []Ranking{{Order: []int{0}}}}, {3, nil},
		{3, []Ranking{{}}}, {3, []Ranking{{Order: []int{0, 3}}}}, {3, []Ranking{{Order: []int{0, -1}}}},
		{3, []Ranking{{Order: []int{0, 1, 0}}}}, {3, []Ranking{{Order: []int{0, 1}, Rest: []int{1}}}},
	} {
		if _, err := PlackettLuce(c.items, c.rankings, 0); err == nil {
			t.Errorf("%d items, %v: no error", c.items, c.rankings)
		}
	}
	// As many rankings as may be, of which each is long: it is refused before any work.
	long := Ranking{Order: make([]int, MaxItems)}
	for i := range long.Order {
		long.Order[i] = i
	}
	if _, err := PlackettLuce(MaxItems, slices.Repeat([]Ranking{long}, maxRanked/MaxItems), 0); err == nil || !strings.Contains(err.Error(), "ranking 1073: all together have more than 2147483648 pairs") {
		t.Errorf("1.7e10 pairs a step: %v", err)
	}
	long.Order = make([]int, maxRanked+1)
	if _, err := PlackettLuce(1, []Ranking{long}, 0); err == nil || !strings.Contains(err.Error(), "more than 16777216 items") {
		t.Errorf("too many items: %v", err)
	}
	// One item alone, an unbeaten one, and strengths so far apart that e^θ underflows.
	ranking(t, 1, []Ranking{{Order: []int{0}}}, 0)
	ranking(t, 3, []Ranking{{Order: []int{0, 1, 2}}}, 0)
	var far []Ranking
	order := []int{169}
	for i := 168; i >= 0; i-- {
		order = append(order, i)
		for range 99 {
			far = append(far, Ranking{Order: []int{i + 1, i}})
		}
		far = append(far, Ranking{Order: []int{i, i + 1}})
	}
	f := ranking(t, 170, append(far, Ranking{Order: order}), 0)
	for i := 1; i < 170; i++ {
		if lead := f.Strengths[i] - f.Strengths[i-1]; !(lead > 0 && lead < 6) {
			t.Fatalf("item %d leads the next by %v", i, lead)
		}
	}
}
