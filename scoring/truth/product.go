package truth

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// product is a product of positive numbers that neither overflows nor underflows: its
// value is mantissa · 2^exponent. One logarithm at its end stands for one at each factor.
type product struct {
	mantissa float64 // from 1 to below 2
	exponent int64
}

func newProduct() product { return product{mantissa: 1} }

// times multiplies by x, a positive normal number.
func (p *product) times(x float64) {
	bits := math.Float64bits(float64(p.mantissa * x))
	if e := int64(bits >> 52); e != 0 && e < 0x7ff {
		p.exponent += e - 1023
		p.mantissa = math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	}
}

// log returns the natural logarithm.
func (p *product) log() float64 {
	return kernel.Log(p.mantissa) + float64(float64(p.exponent)*math.Ln2)
}

// scaleDown returns x · 2^−n for n ≥ 0, and 0 when that is below the normal numbers by far.
func scaleDown(x float64, n int64) float64 {
	if n > 1022 {
		return 0
	}
	return float64(x * math.Float64frombits(uint64(1023-n)<<52))
}

// Factors of likelihoods are kept at or above tiny, so that no class is ever ruled out for
// good: with exact zeros EM stops at worse optima. A sum of likelihoods of one task at or
// above small is exact without care for underflow: factors are at most 1, so a product
// that ends at small has passed through nothing smaller, and what underflowed beside it is
// less than 2^−722 of it. Below, the task is done again with an exponent for each class.
const (
	tiny  = 0x1p-700
	small = 0x1p-300
	shift = 0x1p256 // by which a fading likelihood is scaled, and 2^−256 is its threshold
)

// scaled is a likelihood for each class as value · 2^(−256·shifts).
type scaled struct {
	value  []float64
	shifts []int64
}

func newScaled(n int) scaled { return scaled{make([]float64, n), make([]int64, n)} }

// set starts from the values, which are 0 or from tiny to 1.
func (s *scaled) set(values []float64) {
	copy(s.value, values)
	clear(s.shifts)
}

// times multiplies the likelihood of one class by a factor from tiny to 1.
func (s *scaled) times(class int, factor float64) {
	v := float64(s.value[class] * factor)
	for 0 < v && v < 1/shift {
		v *= shift
		s.shifts[class]++
	}
	s.value[class] = v
}

// align writes the values on the scale of the least shifted one to to, and returns the
// exponent of 2 by which they are to be multiplied. One of the values at least is not zero.
func (s *scaled) align(to []float64) (exponent int64) {
	least := int64(math.MaxInt64)
	for k, v := range s.value {
		if v > 0 {
			least = min(least, s.shifts[k])
		}
	}
	for k, v := range s.value {
		for n := s.shifts[k] - least; n > 0 && v > 0; n-- {
			v /= shift
		}
		to[k] = v
	}
	return -256 * least
}
