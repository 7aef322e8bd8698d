package duplicate

import (
	"fmt"
	"iter"
	"math/bits"
)

// SimHash is a sketch of a set in 64 bits: bit k is set when more than half of the
// shingles' hashes have it (Charikar 2002, with equal weights). Sets with much in
// common differ in few bits. It suits long pages, with a distance of at most 3; below
// some fifty words one changed word turns too many bits. The sketch of an empty set is
// 0 and says nothing.
func (s *Set) SimHash() uint64 {
	// The count of each bit is held across words: plane[p] has bit p of all 64 counts,
	// so that adding a hash is a ripple of a few carries.
	var plane [32]uint64
	for _, h := range s.hashes {
		carry := scramble(h)
		for p := 0; carry != 0 && p < len(plane); p++ {
			plane[p], carry = plane[p]^carry, plane[p]&carry
		}
	}
	// A bit is set when its count exceeds half: the comparison goes from the highest
	// plane down, for all 64 at once.
	half := uint64(len(s.hashes) / 2)
	var above uint64
	equal := ^uint64(0)
	for p := len(plane) - 1; p >= 0; p-- {
		if half>>p&1 == 1 {
			equal &= plane[p]
			continue
		}
		above |= equal & plane[p]
		equal &^= plane[p]
	}
	return above
}

// ChanceDistance is the probability that two random 64-bit sketches differ in at most d
// bits, Σ_{k≤d} C(64,k) / 2^64.
func ChanceDistance(d int) float64 {
	if d >= 64 {
		return 1
	}
	sum, term := 0.0, 1.0 // the terms are whole numbers; small d are exact
	for k := range d + 1 {
		sum += term
		term = term * float64(64-k) / float64(k+1)
	}
	return sum * 0x1p-64
}

// Near are the pairs i < j of sketches that differ in at most d bits, each once. The
// bits are cut into d+1 blocks; a near pair is equal in at least one of them, so only
// pairs with an equal block are compared (Manku, Jain and Sarma 2007). With n sketches
// that is about (d+1)·n²/2^(1+64/(d+1)) comparisons by chance: for d = 3 a hundred
// thousand sketches cost 3·10^5, while for d above 7 little is saved over comparing all
// pairs.
func Near(sketches []uint64, d int) (iter.Seq2[int, int], error) {
	if d < 0 || d > 63 {
		return nil, fmt.Errorf("near sketches: a distance of %d bits, want 0 to 63", d)
	}
	return func(yield func(i, j int) bool) {
		chains, blocks := newChains(len(sketches)), blocks(d+1)
		for k, block := range blocks {
			chains.clear()
			for j, x := range sketches {
				same := func(i int) bool { return (sketches[i]^x)&block == 0 }
				for i := chains.link(j, x&block, same); i >= 0; i = chains.before(i) {
					diff := sketches[i] ^ x
					if bits.OnesCount64(diff) <= d && !missesOne(diff, blocks[:k]) && !yield(i, j) {
						return
					}
				}
			}
		}
	}, nil
}

// blocks cuts 64 bits into n masks of nearly equal size.
func blocks(n int) []uint64 {
	out := make([]uint64, n)
	for bit := range 64 {
		out[bit*n/64] |= 1 << bit
	}
	return out
}

// missesOne says whether a difference leaves one of the blocks untouched.
func missesOne(diff uint64, blocks []uint64) bool {
	for _, b := range blocks {
		if diff&b == 0 {
			return true
		}
	}
	return false
}
