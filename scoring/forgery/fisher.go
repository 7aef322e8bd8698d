package forgery

import "fmt"

// FisherTest is the outcome of FisherExact.
type FisherTest struct {
	TwoSided float64 // the chance of a table that is at most as likely as this one
	Greater  float64 // the chance of an upper left count as great or greater
	Less     float64 // the chance of an upper left count as small or smaller
}

// FisherExact tests that the rows of the table of counts a b / c d have equal odds,
// exactly, given the sums of rows and columns (Fisher 1935). Each P is conservative,
// since the law is discrete. It refuses negative counts and tables in which the
// smallest sum exceeds 10^7; for these ChiSquaredContingency does.
func FisherExact(a, b, c, d int64) (FisherTest, error) {
	const most = 10_000_000
	for _, n := range []int64{a, b, c, d} {
		if n < 0 || n > 1<<53 {
			return FisherTest{}, fmt.Errorf("a count of %d: allowed are 0 to 2^53", n)
		}
	}
	low, high := max(0, a-d), min(a+b, a+c) // the bounds of the upper left count
	if high-low > most {
		return FisherTest{}, fmt.Errorf("a table in which the upper left count may be %d to %d: at most %d values are summed; use a χ² test", low, high, most)
	}
	row, column, all := float64(a+b), float64(a+c), float64(a+b)+float64(c+d)
	ratio := func(k int64) float64 { // P(k+1)/P(k)
		x := float64(k)
		return float64((column-x)/(x+1)) * ((row - x) / (all - column - row + x + 1))
	}
	mode := min(high, max(low, int64(float64((row+1)/(all+2)*(column+1)))))
	return tails(a, low, high, mode, ratio), nil
}

// tails sums the chances of low..high, each relative to that of the mode. Chances run
// from the mode outwards, each from the last by their ratio.
func tails(at, low, high, mode int64, ratio func(k int64) float64) FisherTest {
	each := func(visit func(k int64, chance float64)) {
		visit(mode, 1)
		for k, chance := mode, 1.0; k < high && chance > 0; k++ {
			chance = float64(chance * ratio(k))
			visit(k+1, chance)
		}
		for k, chance := mode, 1.0; k > low && chance > 0; k-- {
			chance /= ratio(k - 1)
			visit(k-1, chance)
		}
	}
	var observed, all float64
	each(func(k int64, chance float64) {
		all += chance
		if k == at {
			observed = chance
		}
	})
	const tie = 1 + 1e-7 // tables of equal chance, but for rounding
	var t FisherTest
	each(func(k int64, chance float64) {
		if k >= at {
			t.Greater += chance
		}
		if k <= at {
			t.Less += chance
		}
		if chance <= float64(observed*tie) {
			t.TwoSided += chance
		}
	})
	return FisherTest{min(1, t.TwoSided/all), min(1, t.Greater/all), min(1, t.Less/all)}
}
