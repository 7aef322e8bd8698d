package acceptance

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Source gives numbers that nobody could know when the corpus was committed to;
// kernel.Random is one.
type Source interface {
	Intn(n int) int // uniform in 0..n−1
}

// Allocate shares n draws without replacement out among strata of so many rows.
// Each stratum gets floor draws, or all its rows if it has fewer; the strata whose
// proportional share is above that get theirs by size, with the largest remainders
// rounded up (Hamilton's method), the earlier stratum first among equals. The sum is
// n, or the number of all rows if that is less.
//
// It fails if n does not suffice for the floors.
func Allocate(rows []int, n, floor int) ([]int, error) {
	total, least := 0, 0
	for i, r := range rows {
		if r < 0 || r > math.MaxInt-total {
			return nil, fmt.Errorf("stratum %d has %d rows: want 0 or more, and a sum that fits in 63 bits", i, r)
		}
		total += r
		least += min(r, max(floor, 0)) // at most total
	}
	if n < 0 || floor < 0 {
		return nil, fmt.Errorf("%d draws with a floor of %d: neither is below 0", n, floor)
	}
	if n >= total {
		return slices.Clone(rows), nil
	}
	if n < least {
		return nil, fmt.Errorf("%d draws do not suffice for a floor of %d in each of %d strata, which takes %d: draw more or lower the floor", n, floor, len(rows), least)
	}
	out := make([]int, len(rows))
	order := make([]int, len(rows)) // by size: who gets the floor comes first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[a], rows[b]) })
	for len(order) > 0 {
		i := order[0]
		out[i] = min(rows[i], floor)
		if share, _ := proportion(n, rows[i], total); share >= out[i] && rows[i] > 0 {
			out[i] = 0
			break
		}
		n, total, order = n-out[i], total-rows[i], order[1:]
	}
	apportion(out, rows, order, n, total)
	return out, nil
}

// apportion gives the strata in order their shares of n by size.
func apportion(out, rows, order []int, n, total int) {
	remainder := make([]int, len(rows))
	left := n
	for _, i := range order {
		out[i], remainder[i] = proportion(n, rows[i], total)
		left -= out[i]
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(remainder[b], remainder[a]), cmp.Compare(a, b))
	})
	for _, i := range order[:left] {
		out[i]++
	}
}

// proportion is n·part/total, its whole part and its remainder, for part ≤ total.
func proportion(n, part, total int) (whole, remainder int) {
	if total == 0 {
		return 0, 0
	}
	high, low := bits.Mul64(uint64(n), uint64(part))
	q, r := bits.Div64(high, low, uint64(total)) // high < total, since n, part ≤ total
	return int(q), int(r)
}

// Rows draws n different rows of 0..population−1, each set and each order equally
// likely, by a Fisher–Yates shuffle of which only the exchanged places are kept:
// memory grows with n, not with the population. With equal seeds the first rows of a
// longer draw are those of a shorter one.
func Rows(source Source, n, population int) ([]int, error) {
	if n < 0 || n > population {
		return nil, fmt.Errorf("%d different rows of %d: want 0 to %d", n, population, max(population, 0))
	}
	if n > maxDraws {
		return nil, fmt.Errorf("%d draws: want at most %d", n, maxDraws)
	}
	moved := make(map[int]int) // place → the row that was exchanged into it
	at := func(place int) int {
		if row, ok := moved[place]; ok {
			return row
		}
		return place
	}
	out := make([]int, n)
	for i := range out {
		j := i + source.Intn(population-i)
		out[i] = at(j)
		moved[j] = at(i)
		delete(moved, i)
	}
	return out, nil
}

// maxDraws bounds the draws of one call.
const maxDraws = 1 << 24

// BySize draws rows with probability proportional to their sizes: each draw takes u
// from 0..total−1 and the row in whose partial sum it falls. With replacement, the
// passes among the draws are a share of bytes.
type BySize struct {
	sums []int // sums[i] is the size of rows 0..i
}

// NewBySize prepares draws among rows of these sizes.
func NewBySize(sizes []int) (*BySize, error) {
	b := &BySize{sums: make([]int, len(sizes))}
	total := 0
	for i, s := range sizes {
		if s < 0 || s > math.MaxInt-total {
			return nil, fmt.Errorf("row %d has the size %d: want 0 or more, and a sum that fits in 63 bits", i, s)
		}
		total += s
		b.sums[i] = total
	}
	if total == 0 {
		return nil, fmt.Errorf("%d rows have no size together: nothing can be drawn", len(sizes))
	}
	return b, nil
}

// WithReplacement draws n rows, which may be equal.
func (b *BySize) WithReplacement(source Source, n int) ([]int, error) {
	if n < 0 || n > maxDraws {
		return nil, fmt.Errorf("%d draws: want 0 to %d", n, maxDraws)
	}
	out := make([]int, n)
	for i := range out {
		out[i] = b.row(source.Intn(b.sums[len(b.sums)-1]))
	}
	return out, nil
}

// row is the row that the u-th byte belongs to.
func (b *BySize) row(u int) int {
	row, _ := slices.BinarySearch(b.sums, u+1)
	return row
}

// Different draws n different rows one after the other, each with probability
// proportional to its size among those not drawn yet. It fails if fewer rows than n
// have a size.
func (b *BySize) Different(source Source, n int) ([]int, error) {
	if n < 0 || n > maxDraws {
		return nil, fmt.Errorf("%d draws: want 0 to %d", n, maxDraws)
	}
	left := newPartialSums(b.sums)
	out := make([]int, 0, min(n, len(b.sums)))
	for range n {
		if left.total == 0 {
			return nil, fmt.Errorf("%d different rows: only %d have a size", n, len(out))
		}
		row := left.find(source.Intn(left.total))
		left.take(row)
		out = append(out, row)
	}
	return out, nil
}
