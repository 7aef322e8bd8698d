package weights

import "math"

// Most is the largest weight of a vote.
const Most = math.MaxUint16

// Quantise is the vote of the fold, one weight for each amount of pay:
//
//	weight = floor(65535 · pay/max(pay) + ½)
//
// so the largest is 65535, ties round up, and who earned less than 1/131070 of the
// most has 0. Each weight is within ½ of 65535 · pay/max. All are 0 when nobody
// earned anything. An amount that is not a finite number above 0 has earned nothing.
func Quantise(pay []float64) []uint16 {
	out := make([]uint16, len(pay))
	var most float64
	for _, p := range pay {
		if earned(p) {
			most = max(most, p)
		}
	}
	for i, p := range pay {
		if earned(p) {
			out[i] = uint16(float64(Most*(p/most)) + 0.5)
		}
	}
	return out
}

func earned(pay float64) bool { return pay > 0 && pay <= math.MaxFloat64 }
