package yuma

import "math/bits"

const (
	// expLimit bounds the argument of exp on both sides.
	expLimit = 20 * one
	// expOfOne is e cut to 23 fraction bits: the chain's library returns a
	// stored constant for exactly 1.0 that is coarser than its series.
	expOfOne = 22802600 << 9
	// expTerms is the last power of x in the series.
	expTerms = 31
)

// exponential evaluates e^x with the chain's rounding. It holds, for every term
// number i of the series, what divides exactly by i.
type exponential [expTerms + 1]struct {
	reciprocal uint64 // 2^(64+shift)/i, rounded up
	shift      uint8  // the largest with 2^shift < i
}

func newExponential() exponential {
	var e exponential
	for i := uint64(2); i <= expTerms; i++ {
		shift := bits.Len64(i-1) - 1
		q, rem := bits.Div64(1<<shift, 0, i)
		if rem != 0 {
			q++
		}
		e[i].reciprocal, e[i].shift = q, uint8(shift)
	}
	return e
}

// at returns e^x for x clamped to ±20: the Taylor series of |x|, and its
// reciprocal for negative x. No term or sum reaches 2^62.
func (e *exponential) at(x int64) uint64 {
	x = max(-expLimit, min(expLimit, x))
	switch {
	case x == 0:
		return one
	case x == one:
		return expOfOne
	case x > 0:
		return e.series(uint64(x))
	}
	q, _ := bits.Div64(1, 0, e.series(uint64(-x)))
	return q
}

// series adds x^i/i! up to the 31st power, truncating after the product and
// after the quotient of each term. Once a term is 0 so are all later ones.
//
// The quotient is exact: with the reciprocal's excess below 2^shift+1 in units
// of 1/i, the error stays under 1/i for every term below 2^63.
func (e *exponential) series(x uint64) uint64 {
	sum, term := one+x, x
	for i := 2; i <= expTerms && term != 0; i++ {
		hi, _ := bits.Mul64(mul(term, x), e[i].reciprocal)
		term = hi >> (e[i].shift & 63)
		sum += term
	}
	return sum
}
