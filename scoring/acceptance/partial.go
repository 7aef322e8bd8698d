package acceptance

import "math/bits"

// partialSums are sizes of which one can be taken out and the row of a byte found in
// logarithmic time: a binary indexed tree (Fenwick 1994).
type partialSums struct {
	size  []int // what each row still has
	tree  []int // tree[i] is the sum of the rows i−lowest bit of i .. i−1
	total int
}

func newPartialSums(sums []int) *partialSums {
	p := &partialSums{size: make([]int, len(sums)), tree: make([]int, len(sums)+1)}
	before := func(i int) int { // of rows 0..i−1
		if i == 0 {
			return 0
		}
		return sums[i-1]
	}
	for i := 1; i <= len(sums); i++ {
		p.size[i-1] = before(i) - before(i-1)
		p.tree[i] = before(i) - before(i&(i-1))
	}
	p.total = before(len(sums))
	return p
}

// find is the row that the u-th byte of what is left belongs to.
func (p *partialSums) find(u int) int {
	row := 0
	for step := 1 << (bits.Len(uint(len(p.tree)-1)) - 1); step > 0; step >>= 1 {
		if next := row + step; next < len(p.tree) && p.tree[next] <= u {
			row = next
			u -= p.tree[next]
		}
	}
	return row
}

// take sets a row's size to 0.
func (p *partialSums) take(row int) {
	s := p.size[row]
	p.size[row] = 0
	p.total -= s
	for i := row + 1; i < len(p.tree); i += i & -i {
		p.tree[i] -= s
	}
}
