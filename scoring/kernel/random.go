package kernel

import (
	"math"
	"math/bits"
)

// Random is a deterministic source of random numbers for bootstraps, restarts and
// draws from a published seed: SplitMix64 (Steele, Lea and Flood 2014). It is no
// secret: who has seen some of its output knows the rest. Random is not safe for
// concurrent use.
type Random struct{ state uint64 }

// NewRandom is the source of a seed; equal seeds give equal numbers.
func NewRandom(seed uint64) *Random { return &Random{seed} }

// Uint64 is uniform over all values.
func (r *Random) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Float64 is uniform in [0, 1), a multiple of 2^−53.
func (r *Random) Float64() float64 { return float64(float64(r.Uint64()>>11) * 0x1p-53) }

// Intn is uniform in 0..n−1 without bias (Lemire 2019); it is 0 for n ≤ 1.
func (r *Random) Intn(n int) int {
	if n <= 1 {
		return 0
	}
	bound := uint64(n)
	hi, lo := bits.Mul64(r.Uint64(), bound)
	if lo < bound {
		for least := -bound % bound; lo < least; {
			hi, lo = bits.Mul64(r.Uint64(), bound)
		}
	}
	return int(hi)
}

// Normal is a standard normal variable, by Marsaglia's polar method.
func (r *Random) Normal() float64 {
	for {
		u, v := float64(2*r.Float64())-1, float64(2*r.Float64())-1
		s := float64(u*u) + float64(v*v)
		if s > 0 && s < 1 {
			return float64(u * math.Sqrt(-2*Log(s)/s))
		}
	}
}

// Shuffle puts n things in random order, by Fisher and Yates.
func (r *Random) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, r.Intn(i+1))
	}
}

// Perm is a random order of 0..n−1.
func (r *Random) Perm(n int) []int {
	p := make([]int, max(n, 0))
	for i := range p {
		p[i] = i
	}
	r.Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}
