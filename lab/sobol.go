package lab

import (
	"math/bits"

	"github.com/assaynet/assay/scoring/kernel"
)

// sobolDimensions is how many dimensions the table of direction numbers has.
const sobolDimensions = 32

// direction is the start of the direction numbers of one dimension: a primitive polynomial
// over GF(2), x^s + a_1·x^(s-1) + … + a_(s-1)·x + 1, whose inner coefficients are the bits
// of a, s the count of first numbers, and these numbers, each odd and below 2^i.
type direction struct {
	a uint32
	m []uint32
}

// directions are the dimensions from the second on of new-joe-kuo-6.21201, the set that S.
// Joe and F. Y. Kuo publish with "Constructing Sobol sequences with better two-dimensional
// projections", SIAM J. Sci. Comput. 30, 2635-2654 (2008).
func directions() []direction {
	return []direction{
		{0, []uint32{1}},
		{1, []uint32{1, 3}},
		{1, []uint32{1, 3, 1}},
		{2, []uint32{1, 1, 1}},
		{1, []uint32{1, 1, 3, 3}},
		{4, []uint32{1, 3, 5, 13}},
		{2, []uint32{1, 1, 5, 5, 17}},
		{4, []uint32{1, 1, 5, 5, 5}},
		{7, []uint32{1, 1, 7, 11, 19}},
		{11, []uint32{1, 1, 5, 1, 1}},
		{13, []uint32{1, 1, 1, 3, 11}},
		{14, []uint32{1, 3, 5, 5, 31}},
		{1, []uint32{1, 3, 3, 9, 7, 49}},
		{13, []uint32{1, 1, 1, 15, 21, 21}},
		{16, []uint32{1, 3, 1, 13, 27, 49}},
		{19, []uint32{1, 1, 1, 15, 7, 5}},
		{22, []uint32{1, 3, 1, 15, 13, 25}},
		{25, []uint32{1, 1, 5, 5, 19, 61}},
		{1, []uint32{1, 3, 7, 11, 23, 15, 103}},
		{4, []uint32{1, 3, 7, 13, 13, 15, 69}},
		{7, []uint32{1, 1, 3, 13, 7, 35, 63}},
		{8, []uint32{1, 3, 5, 9, 1, 25, 53}},
		{14, []uint32{1, 3, 1, 13, 9, 35, 107}},
		{19, []uint32{1, 3, 1, 5, 27, 61, 31}},
		{21, []uint32{1, 1, 5, 11, 19, 41, 61}},
		{28, []uint32{1, 3, 5, 3, 3, 13, 69}},
		{31, []uint32{1, 1, 7, 13, 1, 19, 1}},
		{32, []uint32{1, 3, 7, 5, 13, 19, 59}},
		{37, []uint32{1, 1, 3, 9, 25, 29, 41}},
		{41, []uint32{1, 3, 5, 13, 23, 1, 55}},
		{42, []uint32{1, 3, 7, 3, 13, 59, 17}},
	}
}

// sobol is a Sobol sequence. Each dimension has 32 direction numbers, v_1 first, whose
// highest bit stands for 1/2.
type sobol struct{ v [][32]uint32 }

// newSobol is the sequence of so many dimensions, at most sobolDimensions. The direction
// numbers follow from the first ones by the recurrence of Bratley and Fox (Algorithm 659,
// ACM TOMS 14, 1988): v_i = a_1·v_(i-1) ^ … ^ a_(s-1)·v_(i-s+1) ^ v_(i-s) ^ v_(i-s)/2^s.
func newSobol(dimensions int) *sobol {
	q := &sobol{v: make([][32]uint32, dimensions)}
	table := directions()
	for d := range q.v {
		v := &q.v[d]
		if d == 0 {
			for i := range v {
				v[i] = 1 << (31 - i)
			}
			continue
		}
		from := table[d-1]
		s := len(from.m)
		for i := range v {
			if i < s {
				v[i] = from.m[i] << (31 - i)
				continue
			}
			v[i] = v[i-s] ^ v[i-s]>>s
			for k := 1; k < s; k++ {
				if from.a>>(s-1-k)&1 == 1 {
					v[i] ^= v[i-k]
				}
			}
		}
	}
	return q
}

// bits is the n-th point, in the order of Gray codes, as fractions of 2^32.
func (q *sobol) bits(n uint32) []uint32 {
	out := make([]uint32, len(q.v))
	for gray := n ^ n>>1; gray != 0; gray &= gray - 1 {
		for d := range out {
			out[d] ^= q.v[d][bits.TrailingZeros32(gray)]
		}
	}
	return out
}

// scrambled is the n-th point, in [0, 1), under the nested uniform scrambling of Owen
// (1995): each bit is flipped by a coin that belongs to the seed, the dimension and all
// bits above it. Every point is then uniform, and the set keeps its evenness.
func (q *sobol) scrambled(n uint32, seed uint64) []float64 {
	point := q.bits(n)
	out := make([]float64, len(point))
	for d, x := range point {
		key := mixed(seed ^ mixed(uint64(d)+1))
		y := x
		for k := range 32 {
			above := uint64(x) >> (32 - k)
			y ^= uint32(mixed(key^mixed(above|1<<k))>>63) << (31 - k)
		}
		out[d] = (float64(y) + 0.5) * 0x1p-32
	}
	return out
}

// mixed is the finaliser of SplitMix64 over z.
func mixed(z uint64) uint64 { return kernel.NewRandom(z).Uint64() }
