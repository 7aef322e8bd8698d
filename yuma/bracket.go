package yuma

import "math/bits"

// Most rates can be told without adding up a series: a bracket around it leads to a
// bracket around the rate, and mostly that has only one number in it. The bracket
// consists of the true power, which a table and a short polynomial give, and of bounds
// on how far truncation takes the chain's series below it.

const (
	// reach is how far brackets go to both sides: as far as the default steepness does.
	reach = 5
	// stepBits is the step of the table of powers, 1/64, as a number of fraction bits,
	// quarterBits that of the margins.
	stepBits    = 26
	quarterBits = 30
	// powerBits is how many fraction bits powers have.
	powerBits = 56
	// firstPower is e^-5 with powerBits, stepFactor e^(1/64) - 1 with 64 fraction bits.
	firstPower = 485520249509175
	stepFactor = 290493950045950330
	// polynomialRest is at least r^5/5! + r^6/6! + ... for r < 1/64, with 64 fraction
	// bits: 2^-36.
	polynomialRest = 1 << 28
)

// brackets holds e^x for all multiples of 1/64 from -reach to reach, and for every
// quarter from there on by how much the chain's exponential can differ.
type brackets struct {
	powers  [2*reach<<(32-stepBits) + 1]uint64
	margins [2*reach<<(32-quarterBits) + 1]struct{ above, below uint64 }
}

// truncated bounds, for every quarter of |x|, how far below e^|x| the series can be, in
// units of 2^-32: the sum of what a truncated term, and all the ones it leads to, can
// lose, over the terms that are not 0. To that it adds what a power is overestimated.
func truncated() [reach<<(32-quarterBits) + 1]uint64 {
	return [...]uint64{9, 11, 13, 15, 18, 19, 22, 24, 26, 28, 31, 33, 36, 39, 43, 47, 52, 58, 63, 70, 78}
}

func newBrackets() (b brackets) {
	b.powers[0] = firstPower
	for k := 1; k < len(b.powers); k++ {
		more, _ := bits.Mul64(b.powers[k-1], stepFactor)
		b.powers[k] = b.powers[k-1] + more
	}
	const zero = reach << (32 - quarterBits)
	for q, lost := range truncated() {
		b.margins[zero+q].below = lost << (powerBits - 32)
		if q < zero {
			// The reciprocal of the series is above e^-|x|, by lost·e^(-2|x|) at most,
			// and below it by an eighth of a bit.
			power := b.powers[(zero-q)<<(quarterBits-stepBits)] << 4
			square, _ := bits.Mul64(power, power)
			m := &b.margins[zero-1-q]
			m.above, m.below = lost*(square>>32+1), 1<<(powerBits-32-3)
		}
	}
	return b
}

// of returns the smallest and the largest that exponential.at can be for x-reach, except
// for its special case. The power is at least the true one, for the polynomial's rest
// exceeds by far what is lost here by rounding down.
func (b *brackets) of(x uint64) (least, most uint64) {
	r := x << (64 - 32) & (1<<(stepBits+32) - 1)
	r2, _ := bits.Mul64(r, r)
	r3, _ := bits.Mul64(r2, r)
	r4, _ := bits.Mul64(r2, r2)
	power := b.powers[x>>stepBits]
	more, _ := bits.Mul64(power, r+r2/2+r3/6+r4/24+polynomialRest)
	power += more
	m := &b.margins[x>>quarterBits]
	return (power - m.below) >> (powerBits - 32), (power + m.above) >> (powerBits - 32)
}

// quick returns the rate for a distance, and whether it is sure of it.
func (c *alphaCurve) quick(distance uint64) (rate uint64, sure bool) {
	x, sign := c.exponent(distance)
	x = (x ^ sign) - sign
	if x+reach*one > 2*reach*one || x == one { // too far, or the chain's special case
		return 0, false
	}
	least, most := c.brackets.of(x + reach*one)
	sigmoid, rem := bits.Div64(1, 0, one+least)
	rate = mul(sigmoid, c.high-c.low)
	return c.low + rate, rate == mul(sigmoid-drop(sigmoid, rem, most-least), c.high-c.low)
}

// drop bounds how much 2^64/d falls when d grows by more, given its quotient and
// remainder: by nothing while the remainder makes up for it, and otherwise by
// (quotient·more - remainder)/(d+more), rounded up. 1/d is below (quotient+1)/2^64.
func drop(quotient, remainder, more uint64) uint64 {
	missing := quotient*more - remainder
	falls := uint64(int64(-missing) >> 63) // all ones if missing is positive
	hi, _ := bits.Mul64(missing&falls, quotient+1)
	return (hi + 1) & falls
}
