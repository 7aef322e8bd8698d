package forgery

import (
	"math"
	"slices"
)

// sortFloats sorts finite values. Many are sorted by the digits of their bits, in base
// 2^11 from the last to the first, which takes no comparisons.
func sortFloats(values []float64) {
	if len(values) < 1024 {
		slices.Sort(values)
		return
	}
	const base, digits = 11, 6
	var counts [digits][1 << base]uint32
	keys, next := make([]uint64, len(values)), make([]uint64, len(values))
	for i, v := range values {
		keys[i] = orderedBits(v)
		for d := range digits {
			counts[d][keys[i]>>(base*d)&(1<<base-1)]++
		}
	}
	for d := range digits {
		c := &counts[d]
		if c[keys[0]>>(base*d)&(1<<base-1)] == uint32(len(keys)) {
			continue // one digit for all
		}
		var at uint32
		for i, n := range c {
			c[i], at = at, at+n
		}
		for _, k := range keys {
			digit := k >> (base * d) & (1<<base - 1)
			next[c[digit]] = k
			c[digit]++
		}
		keys, next = next, keys
	}
	for i, k := range keys {
		values[i] = fromOrderedBits(k)
	}
}

// orderedBits maps finite values to whole numbers in the same order: the sign bit is
// turned for positive ones, and all bits for negative ones.
func orderedBits(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func fromOrderedBits(k uint64) float64 {
	return math.Float64frombits(k ^ (uint64(int64(^k)>>63) | 1<<63))
}
