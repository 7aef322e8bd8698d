// Package burn has the arithmetic of the price of a registration, as the chain does it:
// each registration raises it, and it halves within a stated number of blocks.
package burn

import "math/bits"

// one is 1 in numbers with 32 fraction bits.
const one = uint64(1) << 32

// HalfLife is the factor by which a price falls at each block, in units of 2^-32: the
// largest one whose power to the number of blocks does not exceed one half, each product
// rounded down. A price with a half life of 0 blocks does not fall.
func HalfLife(blocks uint16) (factor uint64) {
	if blocks == 0 {
		return one
	}
	low, high := uint64(0), one // the factor is in [low, high)
	for high-low > 1 {
		middle := low + (high-low)/2
		if power(middle, blocks) <= one/2 {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// power is f to n by repeated squaring, with 32 fraction bits.
func power(f uint64, n uint16) uint64 {
	out := one
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out = out * f >> 32
		}
		f = f * f >> 32
	}
	return out
}

// Decay is a price, in rao, one block later.
func Decay(price, factor uint64) uint64 {
	high, low := bits.Mul64(price, factor)
	return high<<32 | low>>32
}

// Raise is floor(price·percent/100), or the largest number if that is larger.
func Raise(price uint64, percent uint16) uint64 {
	high, low := bits.Mul64(price, uint64(percent))
	if high >= 100 {
		return 1<<64 - 1
	}
	q, _ := bits.Div64(high, low, 100)
	return q
}
