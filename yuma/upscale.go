package yuma

import "slices"

// MaxUpscale returns the stored form of a submitted row of weights: scaled so
// that the largest becomes 65535, each rounded to nearest with ties up. All zeros
// stay as they are.
//
// Like the chain it goes two ways. Above half of the range the factor is rounded
// down before it multiplies; up to there every quotient is rounded down on its
// own. Results differ now and then.
func MaxUpscale(values []uint16) []uint16 {
	scaled := slices.Clone(values)
	if len(values) == 0 {
		return scaled
	}
	largest := uint64(slices.Max(values))
	if largest == 0 {
		return scaled
	}
	factor := maxU16 << 32 / largest
	for i, v := range values {
		x := uint64(v) * factor
		if largest <= 1<<15 {
			x = uint64(v) * maxU16 << 32 / largest
		}
		scaled[i] = uint16(min((x+one/2)>>32, maxU16))
	}
	return scaled
}
