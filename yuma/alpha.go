package yuma

import "math/bits"

// alphaCurve maps how far a weight lies from consensus, or a bond from its
// weight, to the rate at which the bond follows: a sigmoid from low to high
// around a distance of ½.
type alphaCurve struct {
	low, high uint64
	slope     int64  // of the exponent, negative for a rising curve
	steepness uint64 // the slope's magnitude
	exp       exponential
	brackets  brackets
	atZero    uint64 // the rate for distance 0, the most frequent one by far
}

// newAlphaCurve takes rates between 0 and 1 and the steepness in hundredths, all
// with 32 fraction bits.
func newAlphaCurve(low, high uint64, steepness int64) alphaCurve {
	c := alphaCurve{
		low: low, high: high,
		slope: divSigned(steepness, -100*one),
		exp:   newExponential(), brackets: newBrackets(),
	}
	c.steepness = magnitude(c.slope)
	c.atZero = c.at(0)
	return c
}

// distance returns how far a cell is from where it should be, at most 1.0. A weight not
// below the bond is measured from consensus, counting only what exceeds it; a smaller
// one from the bond.
func distance(consensus, weight, bond uint64) uint64 {
	d := bond - weight
	if weight >= bond {
		d = weight - min(weight, consensus)
	}
	return min(d, one)
}

// rates replaces distances by rates: most at once, the others four at a time.
func (c *alphaCurve) rates(distances []uint64) {
	if c.low >= c.high {
		for k := range distances {
			distances[k] = c.low
		}
		return
	}
	var group [lanes]int
	n := 0
	for k, d := range distances {
		if d == 0 {
			distances[k] = c.atZero
			continue
		}
		if rate, sure := c.quick(d); sure {
			distances[k] = rate
			continue
		}
		group[n] = k
		if n++; n == lanes {
			c.four(distances, &group)
			n = 0
		}
	}
	for _, k := range group[:n] {
		distances[k] = c.at(distances[k])
	}
}

// four replaces four distances by rates: at, for several, without branches.
func (c *alphaCurve) four(distances []uint64, group *[lanes]int) {
	var x, below [lanes]uint64
	for l, k := range group {
		x[l], below[l] = c.exponent(distances[k])
		if x[l] >= nearbyLimit || x[l] == one { // too far, or the chain's special case
			for _, k := range group {
				distances[k] = c.at(distances[k])
			}
			return
		}
	}
	sums := c.exp.series4(x)
	for l, k := range group {
		e, _ := bits.Div64(1, 0, sums[l])
		e = e&below[l] | sums[l]&^below[l]
		sigmoid, _ := bits.Div64(1, 0, one+e)
		distances[k] = c.low + mul(sigmoid, c.high-c.low)
	}
}

// exponent returns slope·(d-½) rounded toward minus infinity: its magnitude, and all
// ones if it is negative.
func (c *alphaCurve) exponent(d uint64) (x, negative uint64) {
	offset := int64(d) - one/2
	sign := offset >> 63
	negative = uint64(sign ^ c.slope>>63)
	hi, lo := bits.Mul64(uint64((offset^sign)-sign), c.steepness)
	lo, carry := bits.Add64(lo, negative&(one-1), 0)
	return (hi+carry)<<32 | lo>>32, negative
}

// at returns the rate for a distance of at most 1.0:
// low + (high-low) / (1 + e^(slope·(distance-½))), or low if that is above high.
func (c *alphaCurve) at(distance uint64) uint64 {
	if c.low >= c.high {
		return c.low
	}
	e := c.exp.at(mulSigned(c.slope, int64(distance)-one/2))
	sigmoid, _ := bits.Div64(1, 0, one+e) // e > 0: below 1.0
	return c.low + mul(sigmoid, c.high-c.low)
}
