package yuma

import "math/bits"

// alphaCurve maps how far a weight lies from consensus, or a bond from its
// weight, to the rate at which the bond follows: a sigmoid from low to high
// around a distance of ½.
type alphaCurve struct {
	low, high uint64
	slope     int64 // of the exponent, negative for a rising curve
	exp       exponential
	atZero    uint64 // the rate for distance 0, the most frequent one by far
}

// newAlphaCurve takes rates between 0 and 1 and the steepness in hundredths, all
// with 32 fraction bits.
func newAlphaCurve(low, high uint64, steepness int64) alphaCurve {
	c := alphaCurve{
		low: low, high: high,
		slope: divSigned(steepness, -100*one),
		exp:   newExponential(),
	}
	c.atZero = c.at(0)
	return c
}

// rate returns the rate of a cell. A weight not below the bond is measured from
// consensus, counting only what exceeds it; a smaller one from the bond.
func (c *alphaCurve) rate(consensus, weight, bond uint64) uint64 {
	distance := bond - weight
	if weight >= bond {
		distance = weight - min(weight, consensus)
	}
	if distance == 0 {
		return c.atZero
	}
	return c.at(min(distance, one))
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
