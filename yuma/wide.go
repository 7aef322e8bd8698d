package yuma

import "math/bits"

// wide is an unsigned 128-bit integer: a stake with 32 fraction bits. Input's
// bound on the sum of stakes keeps it below 2^95.
type wide struct{ hi, lo uint64 }

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return wide{a.hi + b.hi + carry, lo}
}

func (a wide) less(b wide) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// over returns a/total as a fraction with 32 bits, rounded down, and 0 for a
// total of 0. It needs a ≤ total < 2^95.
func (a wide) over(total wide) uint64 {
	a = wide{a.hi<<32 | a.lo>>32, a.lo << 32}
	if total.hi == 0 {
		if total.lo == 0 {
			return 0
		}
		q, _ := bits.Div64(a.hi, a.lo, total.lo)
		return q
	}
	// Divide by the leading 64 bits of the total. Ignoring the rest makes the
	// quotient too large, but as it is about 2^32 at most, by no more than one.
	k := bits.Len64(total.hi)
	top := total.hi<<(64-k) | total.lo>>k
	q, _ := bits.Div64(a.hi>>k, a.hi<<(64-k)|a.lo>>k, top)
	hi, lo := bits.Mul64(q, total.lo)
	if a.less(wide{hi + q*total.hi, lo}) {
		q--
	}
	return q
}
