package weights

import (
	"fmt"
	"math"
)

// real is the precision that the SDK's numbers come in.
type real interface{ float32 | float64 }

// Emit is the SDK's convert_weights_and_uids_for_emit: what a vote carries. Each
// weight is divided by the largest in float64, multiplied by 65535 and rounded, ties to
// even; what rounds to 0 is left out, with its uid. Order and repeated uids stay. All
// zeros give nothing.
//
// convert_and_normalize_weights_and_uids takes Python lists and narrows their
// numbers to float32 first: hand in float32 for the same. An array of float64, as
// Process gives it, is not narrowed.
//
// A negative or infinite weight, a uid outside of 0..65535, no weight at all or
// unequal lengths are errors.
func Emit[F real](uids []int, weights []F) (outUIDs, values []uint16, err error) {
	if len(weights) == 0 {
		return nil, nil, fmt.Errorf("there are no weights: a vote has at least one")
	}
	if err := vote(uids, weights); err != nil {
		return nil, nil, err
	}
	var most float64
	for _, w := range weights {
		most = max(most, float64(w))
	}
	outUIDs, values = []uint16{}, []uint16{}
	if most == 0 {
		return outUIDs, values, nil
	}
	for i, w := range weights {
		if v := roundEven(float64(float64(w) / most * Most)); v != 0 {
			outUIDs, values = append(outUIDs, uint16(uids[i])), append(values, uint16(v))
		}
	}
	return outUIDs, values, nil
}

// vote checks uids and weights.
func vote[F real](uids []int, weights []F) error {
	if len(uids) != len(weights) {
		return fmt.Errorf("there are %d uids and %d weights: each uid has one weight", len(uids), len(weights))
	}
	if err := sizes(weights); err != nil {
		return err
	}
	for i, u := range uids {
		if u < 0 || u > math.MaxUint16 {
			return fmt.Errorf("uid %d is %d, want 0 to %d", i, u, math.MaxUint16)
		}
	}
	return nil
}

func sizes[F real](weights []F) error {
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(float64(w), 1) {
			return fmt.Errorf("weight %d is %v, want a finite number of 0 or more", i, w)
		}
	}
	return nil
}

// roundEven rounds 0 ≤ x < 2^31 to the nearest whole number, ties to the even one.
func roundEven(x float64) int {
	n := int(x)
	switch half := float64(n) + 0.5; { // exact; a difference of x could be fused with the product that x is
	case x > half, x == half && n%2 == 1:
		return n + 1
	}
	return n
}

// Split is the SDK's convert_maybe_split_to_u16: parts scaled to sum to 65535, each
// rounded with ties to even, the error of rounding taken from the first largest. The
// SDK sums in order without compensation, as Python did until 3.11.
//
// No parts, a negative or infinite one, or a sum of 0 are errors; so are parts so many
// that the error is more than the largest part, for which the SDK gives a negative
// number.
func Split(parts []float64) ([]uint16, error) {
	if err := sizes(parts); err != nil {
		return nil, err
	}
	var total float64
	for _, p := range parts {
		total += p
	}
	if !(total > 0 && total <= math.MaxFloat64) {
		return nil, fmt.Errorf("%d parts sum to %v, want a finite number above 0", len(parts), total)
	}
	out, sum, first := make([]uint16, len(parts)), 0, 0
	for i, p := range parts {
		v := roundEven(float64(p / total * Most))
		out[i], sum = uint16(v), sum+v
		if out[i] > out[first] {
			first = i
		}
	}
	left := int(out[first]) - (sum - Most)
	if left < 0 || left > Most {
		return nil, fmt.Errorf("%d parts cannot be rounded to a sum of %d: there are too many equal ones", len(parts), Most)
	}
	out[first] = uint16(left)
	return out, nil
}
