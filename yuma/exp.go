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
type exponential struct {
	divide [expTerms + 1]struct {
		reciprocal uint64 // 2^(64+shift)/i, rounded up
		shift      uint8  // the largest with 2^shift < i
	}
	nearby [expTerms + 1]uint64 // 2^64/i, rounded up
}

func newExponential() exponential {
	var e exponential
	for i := uint64(2); i <= expTerms; i++ {
		shift := bits.Len64(i-1) - 1
		e.divide[i].reciprocal, e.divide[i].shift = reciprocal(1<<shift, i), uint8(shift)
		e.nearby[i] = reciprocal(1, i)
	}
	return e
}

// reciprocal returns a·2^64/b rounded up, for a < b.
func reciprocal(a, b uint64) uint64 {
	q, rem := bits.Div64(a, 0, b)
	if rem != 0 {
		q++
	}
	return q
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
		hi, _ := bits.Mul64(mul(term, x), e.divide[i].reciprocal)
		term = hi >> (e.divide[i].shift & 63)
		sum += term
	}
	return sum
}

const (
	// lanes is how many series are added up side by side. Each step of one waits for
	// two products before it; with several, the processor does not wait.
	lanes = 4
	// nearbyLimit is up to where series4 is exact.
	nearbyLimit = 8 * one
)

// series4 is series for four values below 8.0.
//
// Terms and their products with x stay small: 8^i/i! is below 2^9, so terms are below
// 2^41, and the product to be divided by i below 2^44. The first allows to shift term
// and x up by 4 and 28 bits, so that the product rounded down is the upper half. The
// second makes a single reciprocal exact: its excess, below 1, adds less than
// 2^44/2^64 < 1/i.
func (e *exponential) series4(x [lanes]uint64) (sum [lanes]uint64) {
	x0, x1, x2, x3 := x[0]<<28, x[1]<<28, x[2]<<28, x[3]<<28
	t0, t1, t2, t3 := x[0], x[1], x[2], x[3]
	s0, s1, s2, s3 := one+t0, one+t1, one+t2, one+t3
	for _, r := range e.nearby[2:] {
		t0, _ = bits.Mul64(t0<<4, x0)
		t1, _ = bits.Mul64(t1<<4, x1)
		t2, _ = bits.Mul64(t2<<4, x2)
		t3, _ = bits.Mul64(t3<<4, x3)
		t0, _ = bits.Mul64(t0, r)
		t1, _ = bits.Mul64(t1, r)
		t2, _ = bits.Mul64(t2, r)
		t3, _ = bits.Mul64(t3, r)
		s0, s1, s2, s3 = s0+t0, s1+t1, s2+t2, s3+t3
		if t0|t1|t2|t3 == 0 {
			break
		}
	}
	return [lanes]uint64{s0, s1, s2, s3}
}
