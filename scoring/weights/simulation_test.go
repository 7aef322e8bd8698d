package weights

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

// The rules that are known to be bad, for comparison.

// topK pays the k highest scores alike; ties go to the first.
func topK(scores []float64, k int) []float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	out := make([]float64, len(scores))
	for _, i := range order[:min(k, len(order))] {
		out[i] = 1 / float64(min(k, len(order)))
	}
	return out
}

// relative pays by Φ of the volume's z-score among all keys.
func relative(t rapid.TB, volume []float64) []float64 {
	largest := slices.Max(volume)
	_, sd := spread(volume, largest)
	out := make([]float64, len(volume))
	for i, v := range volume {
		out[i] = 0.5
		if sd > 0 {
			out[i] = kernel.NormalCDF((v - sum(volume)/float64(len(volume))) / (sd * largest))
		}
	}
	return mustShares(t, out)
}

// square pays by size² over the total.
func square(t rapid.TB, size []float64) []float64 {
	out := make([]float64, len(size))
	for i, v := range size {
		out[i] = v * v / sum(size)
	}
	return mustShares(t, out)
}

func mustShares(t rapid.TB, pay []float64) []float64 {
	t.Helper()
	out, err := Shares(pay)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustCell(t rapid.TB, amounts, lower []float64) []float64 {
	t.Helper()
	out, err := Cell(amounts, lower, 1, 10, 2)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whoever has nothing of its own, a copier whose items were all held before by
// others, has nothing, and nobody else notices it, however many keys it has. So a
// rule is copy-proof as far as its amounts are: unique and verified.
func TestWithoutAnythingUniqueThereIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(t, "amounts", 1)
		l := bounds(t, "bounds", len(a))
		b := anyBounded(t)
		cell, family := mustCell(t, a, l), mustBounded(t, b, l, a)
		for range rapid.IntRange(1, 20).Draw(t, "copies") {
			a, l = append(a, 0), append(l, rapid.Float64Range(0, 1).Draw(t, "bound"))
		}
		for i, v := range mustCell(t, a, l) {
			if i < len(cell) && v != cell[i] || i >= len(cell) && v != 0 {
				t.Fatalf("with copies %v, before %v", mustCell(t, a, l), cell)
			}
		}
		for i, v := range mustBounded(t, b, l, a) {
			if i < len(family) && v != family[i] || i >= len(family) && v != 0 {
				t.Fatalf("with copies %v, before %v", mustBounded(t, b, l, a), family)
			}
		}
	})
}

// What empty keys, copies and merging gain under the rules that pay by rank, by
// place among peers, or more than in proportion. A worker has volume 2 like five
// rivals.
func TestKnownBadRules(t *testing.T) {
	peers := []float64{2, 2, 2, 2, 2, 2}
	empty := append(slices.Clone(peers), make([]float64, 20)...)
	before := relative(t, peers)[0]
	after := relative(t, empty)
	t.Logf("Φ(z): twenty empty keys make a share of %.3f into %.3f", before, after[0]+sum(after[6:]))
	if gain := (after[0] + sum(after[6:])) / before; gain < 2 {
		t.Errorf("Φ(z) of volume: empty keys gain %.2f, expected more than 2", gain)
	}

	one, two := square(t, []float64{4, 2, 2, 2, 2}), square(t, peers)
	if gain := one[0] / (two[0] + two[1]); math.Abs(gain-1.5) > 1e-12 {
		t.Errorf("size²: merging two gains %.3f, want 1.5", gain)
	}

	scores := []float64{9, 8, 7, 6, 5, 4}
	copied := topK(append(scores, 9, 9, 9), 5)
	t.Logf("top five: three copies of the best make a share of %.2f into %.2f", topK(scores, 5)[0], copied[0]+sum(copied[6:]))
	if copied[0]+sum(copied[6:]) < 0.79 {
		t.Errorf("top five: copies of the best have %v", copied)
	}

	own, several := mustSoftmax(t, scores, 1), mustSoftmax(t, append(scores, 9, 9, 9), 1)
	t.Logf("softmax: three copies of the best make a share of %.2f into %.2f", own[0], several[0]+sum(several[6:]))
	if several[0]+sum(several[6:]) < 1.5*own[0] {
		t.Errorf("softmax: copies of the best have %v", several)
	}
}

// quality is a worker of the simulations: six checks a round.
type quality struct {
	theta float64
	rows  standing.Posterior
}

func shipped() standing.Rule {
	return standing.Rule{PriorPass: 1, PriorFail: 1, Credible: 0.1, Forget: 0.99, ForgetRound: 0.985}
}

// round is six checks.
func (q *quality) round(rng *kernel.Random) {
	q.rows.Fade(shipped().ForgetRound)
	for range 6 {
		q.rows.Check(rng.Float64() < q.theta, shipped().Forget)
	}
}

func (q *quality) lower() float64 { return shipped().Share(q.rows, 0).Lower }

// How much a worker of .95 is paid above one of .80 by the shipped standing: the
// moving average that is common elsewhere has 1.50, at a power of 2.5, and pays the
// worse one more in a tenth of evaluations. Here are 10,000 pairs after fifty rounds.
func TestQualityIsPaid(t *testing.T) {
	const pairs = 10_000
	rng := kernel.NewRandom(8)
	var good, bad float64
	upsets := 0
	for i := range pairs {
		g, b := quality{theta: 0.95}, quality{theta: 0.80}
		for range 50 {
			g.round(rng)
			b.round(rng)
		}
		if b.rows.Pass > g.rows.Pass { // of equally many rows
			upsets++
		}
		if i%10 == 0 {
			good, bad = good+Pay(1, g.lower(), 2), bad+Pay(1, b.lower(), 2)
		}
	}
	t.Logf("pay %.3f at .95 and %.3f at .80, ratio %.3f; the worse one had more %d times", good/1000, bad/1000, good/bad, upsets)
	if math.Abs(good/bad-1.52) > 0.03 || upsets > pairs/1000 {
		t.Errorf("ratio %.3f, upsets %d of %d", good/bad, upsets, pairs)
	}
}

// Weights of workers whose quality does not change should not change. Twelve workers of
// .90 to .955: the mean of ‖w(t) − w(t−1)‖₁ over 200 rounds, from the same rows.
func TestTopKIsVolatile(t *testing.T) {
	const rounds = 200
	rng := kernel.NewRandom(9)
	workers := make([]quality, 12)
	equal := make([]float64, len(workers))
	for i := range workers {
		workers[i].theta, equal[i] = 0.90+0.005*float64(i), 1
	}
	var churn [2]float64
	var before [2][]float64
	for round := range 50 + rounds {
		lower := make([]float64, len(workers))
		for i := range workers {
			workers[i].round(rng)
			lower[i] = workers[i].lower()
		}
		for k, now := range [2][]float64{mustShares(t, mustCell(t, equal, lower)), topK(lower, 6)} {
			if round >= 50 {
				for i := range now {
					churn[k] += math.Abs(now[i]-before[k][i]) / rounds
				}
			}
			before[k] = now
		}
	}
	t.Logf("churn a round: shared %.4f, the upper half %.4f", churn[0], churn[1])
	if churn[1] < 5*churn[0] {
		t.Errorf("churn a round: shared %.4f, the upper half %.4f", churn[0], churn[1])
	}
}

// A power of the bound above 1 is convex, so a worker that holds two stocks of
// unlike quality is paid more for them on two keys than on one: what shares are
// split-proof for is equal bounds. It is paid still more for dropping what is not
// valid, which costs it nothing: amounts count valid bytes alone.
func TestQualityIsBetterRaisedThanSeparated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.SliceOfN(rapid.Float64Range(1, 1000), 2, 2).Draw(t, "bytes")
		valid := rapid.SliceOfN(rapid.Float64Range(0.5, 1), 2, 2).Draw(t, "valid")
		good := []float64{bytes[0] * valid[0], bytes[1] * valid[1]}
		mixed := mustCell(t, []float64{sum(good), 50}, []float64{sum(good) / sum(bytes), 1})
		apart := mustCell(t, []float64{good[0], good[1], 50}, []float64{valid[0], valid[1], 1})
		dropped := mustCell(t, []float64{sum(good), 50}, []float64{1, 1})
		if m, a, d := mixed[0], apart[0]+apart[1], dropped[0]; m > a*(1+1e-12) || a > d*(1+1e-12) {
			t.Fatalf("mixed %v, on two keys %v, with what is invalid dropped %v", m, a, d)
		}
	})
}
