package yuma

import (
	"math"
	"math/bits"
)

const (
	// one is 1.0 with 32 fraction bits.
	one = 1 << 32
	// maxU16 is both the largest stored value and what the chain divides
	// stored values by.
	maxU16 = math.MaxUint16
)

// mul returns a*b rounded down. The product of the raw integers must be below
// 2^96, which it is by far for the fractions of an epoch.
func mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<32 | lo>>32
}

// mulUp returns a*b rounded up: what a product with a negated factor takes away
// when it is rounded toward minus infinity.
func mulUp(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, one-1, 0)
	return (hi+carry)<<32 | lo>>32
}

// quo returns a/b rounded down, and 0 for b = 0. It needs a>>32 < b, true
// whenever a is one of the terms of the sum b.
func quo(a, b uint64) uint64 {
	if b == 0 {
		return 0
	}
	q, _ := bits.Div64(a>>32, a<<32, b)
	return q
}

// factor is a fraction of at most 1.0 prepared for many products. Held as a<<31, its
// product with x<<1 has a*x rounded down in the upper half, which saves putting it
// together from both halves.
type factor uint64

func newFactor(a uint64) factor { return factor(a << 31) }

// times returns a*x rounded down, for x below 2^63.
func (f factor) times(x uint64) uint64 {
	hi, _ := bits.Mul64(uint64(f), x<<1)
	return hi
}

// divisor divides many values by one number, by multiplications instead of a 128-bit
// division. For x of at most 1.0 and d, x/d with 32 fraction bits is exactly
//
//	x·2^32 · M >> (64+l), M = ceil(2^(64+l)/d), l the least with d ≤ 2^l
//
// because M exceeds the true quotient by e < 1, which adds less than x·e/2^(32+l) <
// 2^-l ≤ 1/d to the result, while x·2^32/d is a multiple of 1/d: too little to reach
// the next integer. As 2^(l-1) < d, M is at least 2^64, and less than 2^65; the factor
// is what exceeds 2^64. Moving x up by 63-l bits, rather than 32, makes it fit 63 bits
// and the last shift the same for all divisors. The move is a multiplication too: it
// is less to do than a shift by a variable.
type divisor struct{ factor, scale uint64 }

// newDivisor prepares division by d < 2^62. For d = 0 all quotients are 0.
func newDivisor(d uint64) divisor {
	if d == 0 {
		return divisor{}
	}
	l := bits.Len64(d - 1)
	m, rem := bits.Div64(1<<l-d, 0, d)
	if rem != 0 {
		m++
	}
	return divisor{m, 1 << (63 - l)}
}

// into returns x/d rounded down, for x of at most 1.0 and d.
func (d divisor) into(x uint64) uint64 {
	x *= d.scale
	hi, _ := bits.Mul64(x, d.factor)
	return (x + hi) >> 31 // the sum is below 2^64: x ≤ 2^63 and hi < x
}

// fromU16 reads a stored fraction: u/65535.
func fromU16(u uint16) uint64 { return uint64(u) << 32 / maxU16 }

// toU16 is the stored form of a fraction below 2^16: 65535*x, truncated and at
// most 65535.
func toU16(x uint64) uint16 { return uint16(min(x*maxU16>>32, maxU16)) }

// share returns the fraction x ≤ 1 of amount, rounded down.
func share(x, amount uint64) uint64 { return mul(x, amount) }

// mulSigned is the chain's product for signed values: rounded toward minus
// infinity, saturating.
func mulSigned(a, b int64) int64 {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	negative := (a < 0) != (b < 0)
	if negative {
		var carry uint64
		lo, carry = bits.Add64(lo, one-1, 0)
		hi += carry
	}
	return withSign(negative, hi>>32, hi<<32|lo>>32)
}

// divSigned is the chain's quotient for signed values: truncated, and 0 both for
// b = 0 and when the quotient does not fit.
func divSigned(a, b int64) int64 {
	x, y := magnitude(a), magnitude(b)
	if x>>32 >= y { // covers y = 0
		return 0
	}
	q, _ := bits.Div64(x>>32, x<<32, y)
	negative := (a < 0) != (b < 0)
	if q > math.MaxInt64 && !(negative && q == 1<<63) {
		return 0
	}
	return withSign(negative, 0, q)
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// withSign returns ±(hi·2^64 + lo), saturated to 64 bits.
func withSign(negative bool, hi, lo uint64) int64 {
	switch {
	case negative && (hi != 0 || lo > 1<<63):
		return math.MinInt64
	case negative:
		return int64(-lo)
	case hi != 0 || lo > math.MaxInt64:
		return math.MaxInt64
	}
	return int64(lo)
}
