package aggregate

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/acceptance"
)

// hypergeometric is P(K = k) by whole numbers.
func hypergeometric(k, held, total, all int) float64 {
	choose := func(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }
	if k < 0 || k > total || held-k < 0 || held-k > all-total {
		return 0
	}
	product := new(big.Int).Mul(choose(total, k), choose(all-total, held-k))
	p, _ := new(big.Rat).SetFrac(product, choose(all, held)).Float64()
	return p
}

// Whatever the number of right labels is, the interval holds it with probability 0.95
// or more, over all random choices of the held-out ones.
func TestRemainingCoversExactly(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {1, 9}, {5, 3}, {12, 30}, {40, 40}, {37, 110}} {
		held, others := c[0], c[1]
		for total := range held + others + 1 {
			covered := 0.0
			for right := max(0, total-others); right <= min(held, total); right++ {
				lower, upper := Remaining(right, held, others, 0.95)
				if x := float64(total-right) / float64(others); lower <= x && x <= upper {
					covered += hypergeometric(right, held, total, held+others)
				}
			}
			if covered < 0.95-1e-9 {
				t.Errorf("held %d, others %d, right %d: covered %v", held, others, total, covered)
			}
		}
	}
}

func TestCumulativeIsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(1, 300).Draw(t, "all")
		total, held := rapid.IntRange(0, all).Draw(t, "total"), rapid.IntRange(0, all).Draw(t, "held")
		k := rapid.IntRange(-1, held).Draw(t, "k")
		want := 0.0
		for i := range k + 1 {
			want += hypergeometric(i, held, total, all)
		}
		if got := cumulative(k, held, total, all); math.Abs(got-want) > 1e-11 {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// Against endless others the interval is Clopper and Pearson's, and against few it is
// wider.
func TestRemainingTendsToClopperPearson(t *testing.T) {
	for _, c := range [][2]int{{0, 10}, {45, 50}, {50, 50}, {300, 1000}} {
		low, high, err := acceptance.ClopperPearson(c[0], c[1], 0.05)
		if err != nil {
			t.Fatal(err)
		}
		lower, upper := Remaining(c[0], c[1], 100_000_000, 0.95)
		if math.Abs(lower-low) > 1e-5 || math.Abs(upper-high) > 1e-5 {
			t.Errorf("%v: [%v, %v], want [%v, %v]", c, lower, upper, low, high)
		}
		lower, upper = Remaining(c[0], c[1], 40, 0.95)
		if lower > low+1.0/40 || upper < high-1.0/40 {
			t.Errorf("%v with 40 others: [%v, %v] is narrower than [%v, %v]", c, lower, upper, low, high)
		}
	}
}

func TestRemainingOfNothing(t *testing.T) {
	for _, c := range [][3]int{{0, 0, 5}, {1, 1, 0}, {-1, 3, 3}, {4, 3, 3}, {1, 1 << 40, 1}} {
		if lower, upper := Remaining(c[0], c[1], c[2], 0.95); lower != 0 || upper != 1 {
			t.Errorf("%v: [%v, %v]", c, lower, upper)
		}
	}
	if lower, upper := Remaining(1, 2, 2, math.NaN()); lower != 0 || upper != 1 {
		t.Errorf("level NaN: [%v, %v]", lower, upper)
	}
}
