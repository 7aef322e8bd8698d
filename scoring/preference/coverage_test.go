package preference

import (
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// trueStrengths are evenly spread from −1 to 1.
func trueStrengths(items int) []float64 {
	out := make([]float64, items)
	for i := range out {
		out[i] = 2*float64(i)/float64(items-1) - 1
	}
	return out
}

// simulated are games of raters. Each rater has a leaning of its own for every item, of
// the given standard deviation: its games then depend on each other.
func simulated(r *kernel.Random, items, raters, each int, leaning float64) []Game {
	theta := trueStrengths(items)
	own := make([]float64, items)
	var out []Game
	for w := range raters {
		for i := range own {
			own[i] = theta[i] + leaning*r.Normal()
		}
		for range each {
			i := r.Intn(items)
			j := (i + 1 + r.Intn(items-1)) % items
			o := RightWins
			if r.Float64() < kernel.Logistic(own[i]-own[j]) {
				o = LeftWins
			}
			out = append(out, Game{i, j, o, w})
		}
	}
	return out
}

// covered simulates tables and gives the share of strengths inside of their intervals
// and of ranks inside of theirs.
func covered(t *testing.T, runs int, draw func(*kernel.Random) []Game, truth []float64, covariance func(*Fit) (*Covariance, error)) (intervals, ranks float64) {
	t.Helper()
	random := kernel.NewRandom(11)
	n := float64(runs * len(truth))
	for range runs {
		f := fitted(t, tabled(t, draw(random)), Options{})
		c, err := covariance(f)
		if err != nil {
			t.Fatal(err)
		}
		estimates, err := f.Estimates(c, -1)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range estimates {
			if e.Lower <= truth[i] && truth[i] <= e.Upper {
				intervals += 1 / n
			}
			if rank := len(truth) - i; e.RankLow <= rank && rank <= e.RankHigh {
				ranks += 1 / n
			}
		}
	}
	return intervals, ranks
}

func information(f *Fit) (*Covariance, error) { return f.Fisher(), nil }
func sandwich(f *Fit) (*Covariance, error)    { return f.Sandwich() }
func bootstrap(f *Fit) (*Covariance, error)   { return f.Bootstrap(100, 1) }

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	t.Logf("%s: %.4f", what, got)
	if !(got >= low && got <= high) {
		t.Errorf("%s: %.4f is not in [%g, %g]", what, got, low, high)
	}
}

// Intervals of level 0.95 hold the true strength in 95 % of tables, and ranks the true
// rank in at least 95 %.
func TestCoverageOfIndependentGames(t *testing.T) {
	alone := func(r *kernel.Random) []Game {
		games := simulated(r, 6, 1, 300, 0)
		for i := range games {
			games[i].Rater = NoRater
		}
		return games
	}
	for _, c := range []struct {
		name       string
		runs       int
		covariance func(*Fit) (*Covariance, error)
	}{{"information", 10000, information}, {"sandwich", 10000, sandwich}, {"bootstrap", 500, bootstrap}} {
		intervals, ranks := covered(t, c.runs, alone, trueStrengths(6), c.covariance)
		within(t, c.name+", intervals", intervals, 0.94, 0.965)
		within(t, c.name+", ranks", ranks, 0.95, 1)
	}
}

// Where each rater has a leaning of its own, the sandwich and the bootstrap by rater
// still cover, and the information, which takes games as independent, does not. The
// strengths that the intervals are about are those of the model fitted to infinitely
// many raters, which are a little closer together than a rater's.
func TestCoverageOfDependentVotes(t *testing.T) {
	leaning := func(r *kernel.Random) []Game { return simulated(r, 5, 40, 25, 1) }
	truth := fitted(t, tabled(t, simulated(kernel.NewRandom(1), 5, 40000, 25, 1)), Options{}).Strengths
	intervals, ranks := covered(t, 2000, leaning, truth, sandwich)
	within(t, "sandwich, intervals", intervals, 0.93, 0.965)
	within(t, "sandwich, ranks", ranks, 0.95, 1)
	intervals, _ = covered(t, 200, leaning, truth, bootstrap)
	within(t, "bootstrap, intervals", intervals, 0.92, 0.975)
	intervals, _ = covered(t, 1000, leaning, truth, information)
	within(t, "information, intervals", intervals, 0.5, 0.85)
	few := func(r *kernel.Random) []Game { return simulated(r, 5, 12, 60, 1) }
	intervals, _ = covered(t, 1500, few, truth, sandwich)
	within(t, "sandwich with 12 raters, intervals", intervals, 0.92, 0.97)
}
