package characteristic

import (
	"math"
	"math/rand/v2"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scoring/acceptance"
)

// Valid are the shares of valid items at which the rules are looked at.
func Valid() []float64 {
	return []float64{1, 0.99, 0.97, 0.95, 0.92, 0.9, 0.89, 0.85, 0.8, 0.7, 0.5, 0}
}

// MostRuns bounds the runs of a point.
const MostRuns = 1_000_000

// Compute is the characteristic of each rule at each of Valid, with as many runs a point,
// 1 to MostRuns. The runs follow from the seed alone. The interval of a simulated share is
// exact, and all of a table hold together with 95 %: one of them misses the share that the
// rule has with probability 5 % at most.
//
// The error is of a rule that cannot be made or followed, which those that ship can.
func Compute(seed uint64, runs int) ([]lab.Characteristic, error) {
	all, err := rules()
	if err != nil {
		return nil, err
	}
	runs = min(max(runs, 1), MostRuns)
	miss := 0.05 / float64(len(all)*len(Valid()))
	var out []lab.Characteristic
	for i, r := range all {
		for j, valid := range Valid() {
			c := lab.Characteristic{Rule: r.name, Valid: valid, Runs: runs}
			if c.Theory, c.ItemsTheory, err = r.theory(valid); err != nil {
				return nil, err
			}
			random := rand.New(rand.NewPCG(seed, uint64(i<<16|j)))
			accepted, items := 0, 0
			for range runs {
				accept, n := r.play(random, valid)
				if items += n; accept {
					accepted++
				}
			}
			c.Simulated, c.ItemsSimulated = float64(accepted)/float64(runs), float64(items)/float64(runs)
			if c.Lower, c.Upper, err = acceptance.ClopperPearson(accepted, runs, miss); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// atMost is P(at most c of n rows fail) where each fails with probability q.
func atMost(n, c int, q float64) float64 {
	sum := 0.0
	for k := range c + 1 {
		ways, _ := math.Lgamma(float64(n + 1))
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(ways-a-b) * math.Pow(q, float64(k)) * math.Pow(1-q, float64(n-k))
	}
	return min(1, sum)
}

// fairest is the number of failures with which a test of n items has its larger error,
// of rejecting good or of accepting bad, as small as it gets.
func fairest(n int) int {
	best, least := 0, 1.0
	for c := range n {
		if larger := max(1-atMost(n, c, 1-good), atMost(n, c, 1-bad)); larger < least {
			best, least = c, larger
		}
	}
	return best
}

// atCost is a design that rejects a good miner no more often than Alpha says, and whose
// Beta is the least with which it takes at most so many items on average of a good miner.
func atCost(d acceptance.Design, items float64) (acceptance.Design, error) {
	low, high := 0.001, 0.49
	for range 40 {
		d.Beta = (low + high) / 2
		c, err := d.Characteristic(good)
		if err != nil {
			return d, err
		}
		if c.ASN <= items {
			high = d.Beta
		} else {
			low = d.Beta
		}
	}
	d.Beta = high
	return d, nil
}
