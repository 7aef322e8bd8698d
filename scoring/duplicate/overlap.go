package duplicate

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Overlap compares how much two collections have in common with what chance explains.
type Overlap struct {
	Expected  float64 // number of common items by chance
	Deviation float64 // its standard deviation
	Z         float64 // (observed − expected) / deviation, 0 when there is no deviation
	P         float64 // the chance of as much in common or more, or a bound above it
}

// MaxUniverse bounds the number of items that collections are drawn from.
const MaxUniverse = 1 << 40

// OverlapOfDraws is the overlap of two sets of a and b different items, each drawn
// blindly from a universe of n, that have `common` items in common. Under that null the
// number is hypergeometric:
//
//	mean ab/n,  variance ab(n−a)(n−b) / (n²(n−1)),
//
// and P is its exact upper tail. Where few common items are expected Z is far from
// normal, a single item can make it 10, so P is the number to control false alarms by.
// Honest collectors of what is popular are no blind draws: see OverlapOfChances.
func OverlapOfDraws(n, a, b, common int) (Overlap, error) {
	if n < 1 || n > MaxUniverse || a < 0 || a > n || b < 0 || b > n {
		return Overlap{}, fmt.Errorf("overlap: sets of %d and %d of %d items: want 1 to 2^40 items and no set larger than that", a, b, n)
	}
	if common < max(0, a+b-n) || common > min(a, b) {
		return Overlap{}, fmt.Errorf("overlap: %d items in common: sets of %d and %d of %d items have between %d and %d", common, a, b, n, max(0, a+b-n), min(a, b))
	}
	size, x, y := float64(n), float64(a), float64(b)
	mean := float64(x * (y / size))
	variance := 0.0
	if n > 1 {
		variance = mean * ((size - x) / size) * ((size - y) / (size - 1))
	}
	o := overlap(mean, variance, float64(common))
	o.P = hypergeometricTail(n, a, b, common)
	return o, nil
}

// OverlapOfChances is the overlap of two collections whose owners hold item i with
// chances first[i] and second[i], independently: the shares of honest collections in
// which items of its popularity are found. The number in common then has
//
//	mean Σ p_i,  variance Σ p_i(1−p_i),  p_i = first[i]·second[i],
//
// and P is Chernoff's bound e^(k−μ)·(μ/k)^k on its upper tail (Chernoff 1952), 1 for
// k ≤ μ. An alarm by it is false less often than stated.
func OverlapOfChances(first, second []float64, common int) (Overlap, error) {
	if len(first) != len(second) {
		return Overlap{}, fmt.Errorf("overlap: %d chances for one owner and %d for the other, want one each for every item", len(first), len(second))
	}
	if common < 0 || common > len(first) {
		return Overlap{}, fmt.Errorf("overlap: %d of %d items in common, want 0 to %d", common, len(first), len(first))
	}
	mean, variance := 0.0, 0.0
	for i, a := range first {
		b := second[i]
		if !(a >= 0 && a <= 1 && b >= 0 && b <= 1) {
			return Overlap{}, fmt.Errorf("overlap: item %d is held with chances %v and %v, want numbers from 0 to 1", i, a, b)
		}
		p := float64(a * b)
		mean += p
		variance += float64(p * (1 - p))
	}
	k := float64(common)
	o := overlap(mean, variance, k)
	o.P = 1
	if k > mean {
		o.P = 0
		if mean > 0 {
			o.P = kernel.Exp(k - mean + float64(k*kernel.Log(mean/k)))
		}
	}
	return o, nil
}

func overlap(mean, variance, common float64) Overlap {
	o := Overlap{Expected: mean, Deviation: math.Sqrt(variance)}
	if o.Deviation > 0 {
		o.Z = (common - mean) / o.Deviation
	}
	return o
}

// hypergeometricTail is the chance of k or more common items. It walks from the most
// likely number outwards by the ratio of neighbouring terms, in units of the largest
// term, until the terms vanish: some 40 standard deviations. A chance below about
// 10^−300 is given as 0.
func hypergeometricTail(n, a, b, k int) float64 {
	least, most := max(0, a+b-n), min(a, b)
	mode := least
	if n > 0 {
		mode = min(max(int((float64(a)+1)*((float64(b)+1)/(float64(n)+2))), least), most)
	}
	// up is term(j+1)/term(j).
	up := func(j int) float64 {
		return float64(float64(a-j) / float64(j+1) * (float64(b-j) / float64(n-a-b+j+1)))
	}
	const vanished = 1e-300 // terms below are not exact and need not become 0
	below, above := 0.0, 0.0
	add := func(j int, term float64) {
		if j < k {
			below += term
		} else {
			above += term
		}
	}
	add(mode, 1)
	for j, term := mode, 1.0; j < most && term > vanished; j++ {
		term = float64(term * up(j)) // rounded before it is added
		add(j+1, term)
	}
	for j, term := mode, 1.0; j > least && term > vanished; j-- {
		term /= up(j - 1)
		add(j-1, term)
	}
	return above / (below + above)
}
