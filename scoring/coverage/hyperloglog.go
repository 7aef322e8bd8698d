package coverage

import (
	"math"
	"math/bits"

	"github.com/assaynet/assay/scoring/kernel"
)

// The registers of a HyperLogLog: 2^14 of one byte.
const (
	precision = 14
	registers = 1 << precision
)

// HyperLogLogError is the relative standard error of HyperLogLog.Count, 1.04/√2^14.
const HyperLogLogError = 1.04 / 128

// HyperLogLog counts different rows in 16 KiB (Flajolet and others 2007; Heule, Nunkesser
// and Hall 2013). The zero value is not usable, see NewHyperLogLog.
type HyperLogLog struct {
	key kernel.Key
	// register[i] is the largest rank among the rows whose hash begins with i: the
	// place of the first 1 in the 50 bits after, 51 when there is none.
	register [registers]uint8
}

// NewHyperLogLog is an empty count under a secret seed.
func NewHyperLogLog(seed []byte) *HyperLogLog {
	return &HyperLogLog{key: newKey("assay/hyperloglog/v1", seed)}
}

// Add counts a row, such as its content id. A row counts once however often it is
// added.
func (h *HyperLogLog) Add(row []byte) {
	x := h.key.Hash(row)
	i := x >> (64 - precision)
	rank := uint8(bits.LeadingZeros64(x<<precision|1<<(precision-1))) + 1
	h.register[i] = max(h.register[i], rank)
}

// Unite makes h the count of the rows of both. It fails with ErrSeed when the seeds
// differ. The overlap of two counts, |A| + |B| − |A ∪ B|, has an error of about 1 % of
// the union and is worthless for a small overlap: see KMV.
func (h *HyperLogLog) Unite(other *HyperLogLog) error {
	if h.key != other.key {
		return ErrSeed
	}
	for i, rank := range &other.register {
		h.register[i] = max(h.register[i], rank)
	}
	return nil
}

// Count estimates the number of different rows with a relative standard error of
// HyperLogLogError, less for small numbers. It is the estimator of Ertl (2017),
//
//	m²/(2 ln 2) / (m·σ(c_0/m) + Σ_{k=1..50} c_k 2^−k + m·τ(1−c_51/m)·2^−50)
//
// with m registers of which c_k have rank k, and needs no table against the bias that
// small numbers have in the original.
func (h *HyperLogLog) Count() float64 {
	const highest = 64 - precision + 1
	var count [highest + 1]int
	for _, rank := range &h.register {
		count[rank]++
	}
	const m = float64(registers)
	if count[0] == registers {
		return 0
	}
	z := float64(m * tau(1-float64(float64(count[highest])/m)))
	for k := highest - 1; k >= 1; k-- {
		z = 0.5 * (z + float64(count[k]))
	}
	z += float64(m * sigma(float64(count[0])/m))
	return m * m / (2 * math.Ln2 * z)
}

// sigma is x + Σ_{k≥1} x^(2^k) 2^(k−1) for 0 ≤ x < 1.
func sigma(x float64) float64 {
	sum, weight := x, 1.0
	for {
		x *= x
		before := sum
		sum += float64(x * weight)
		weight += weight
		if sum == before {
			return sum
		}
	}
}

// tau is (1 − x − Σ_{k≥1} (1 − x^(2^−k))² 2^−k) / 3 for 0 ≤ x ≤ 1.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	sum, weight := 1-x, 1.0
	for {
		x = math.Sqrt(x)
		before := sum
		weight *= 0.5
		sum -= float64(float64((1-x)*(1-x)) * weight)
		if sum == before {
			return sum / 3
		}
	}
}
