package weights

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Bounded is the family
//
//	w ∝ max(0, lower − Floor)^Gamma · volume^Rho
//
// of a lower bound of the valid share and a volume of verified, unique work. Who is at
// or below the floor, or has no volume, has weight 0 for every exponent.
//
// Its limits: Gamma 0 pays everyone above the floor alike, large Gamma only the
// best; Rho 0 pays per head, Rho 1 per volume; a Rho above 1 pays for merging and for
// overstating, below 1 for splitting (see SplitGain). The rule that ships is neither:
// it is linear in volume for each worker, and concave in the network's total.
type Bounded struct {
	Floor float64 // c, in [0, 1)
	Gamma float64 // 0 to 64
	Rho   float64 // 0 to 4
}

// Weights are shares that sum to 1, or all 0 when nobody is above the floor with
// something to show. lower is in [0, 1]; volume is finite and not negative, in any unit.
func (b Bounded) Weights(lower, volume []float64) ([]float64, error) {
	if !(b.Floor >= 0 && b.Floor < 1 && b.Gamma >= 0 && b.Gamma <= 64 && b.Rho >= 0 && b.Rho <= 4) {
		return nil, fmt.Errorf("floor %v, gamma %v, rho %v: want floor in [0, 1), gamma 0 to 64, rho 0 to 4", b.Floor, b.Gamma, b.Rho)
	}
	if err := pairs("bound", lower, 1, "volume", volume, math.MaxFloat64); err != nil {
		return nil, err
	}
	// Both factors are taken relative to their largest value, so nothing overflows and
	// the best worker does not underflow.
	var largest, best float64
	for i, v := range volume {
		if lower[i] > b.Floor && v > 0 {
			largest, best = max(largest, v), max(best, lower[i]-b.Floor)
		}
	}
	out := make([]float64, len(lower))
	for i, v := range volume {
		if lower[i] > b.Floor && v > 0 {
			out[i] = float64(power((lower[i]-b.Floor)/best, b.Gamma) * power(v/largest, b.Rho))
		}
	}
	return Shares(out)
}

// SplitGain bounds what a worker gains, as a factor of its unnormalised weight, by
// dividing its volume over a number of keys with the same lower bound: equal parts
// give keys^(1−Rho), unequal ones less. Shares gain less than that, since the sum
// grows. It is 1 for Rho = 1 and below 1 above. The number of keys that one owner can
// have must be bounded by something else: stake, or a price of registration.
func (b Bounded) SplitGain(keys int) float64 { return kernel.Pow(float64(max(keys, 1)), 1-b.Rho) }

// power keeps whole exponents exact to the last bits.
func power(x, y float64) float64 {
	if n := int(y); float64(n) == y {
		return kernel.Power(x, n)
	}
	return kernel.Pow(x, y)
}

// Softmax is w_i = exp(z_i)/Σ exp(z), z_i = s_i/(temperature · sd): the temperature is
// in units of the scores' standard deviation (divisor n), so weights do not depend on
// the scores' unit or origin. A temperature in the scores' own unit changes meaning
// whenever their spread does. Temperature towards 0 pays the best alone, a high one all
// alike; where all scores are equal, or there is one, weights are equal.
//
// Weights sum to 1. Every key has a share whatever its score, so a copy under
// another key gains nearly its whole share: the family is for choosing among known
// models, not for paying strangers.
func Softmax(scores []float64, temperature float64) ([]float64, error) {
	if !(temperature > 0 && temperature < math.Inf(1)) {
		return nil, fmt.Errorf("temperature is %v, want a finite number above 0, in standard deviations of the scores", temperature)
	}
	var largest float64
	for i, s := range scores {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("score %d is %v, want a finite number", i, s)
		}
		largest = max(largest, math.Abs(s))
	}
	out := make([]float64, len(scores))
	if len(scores) == 0 {
		return out, nil
	}
	top, sd := spread(scores, largest)
	for i, s := range scores {
		out[i] = 1
		if sd > 0 {
			out[i] = kernel.Exp((s/largest - top) / float64(temperature*sd))
		}
	}
	return Shares(out)
}

// spread is the largest score and the standard deviation, of scores in units of
// their largest size.
func spread(scores []float64, largest float64) (top, sd float64) {
	if largest == 0 {
		return 0, 0
	}
	n := float64(len(scores))
	mean, top := 0.0, math.Inf(-1)
	for _, s := range scores {
		mean += s / largest
		top = max(top, s/largest)
	}
	mean /= n
	var squares float64
	for _, s := range scores {
		d := s/largest - mean
		squares += float64(d * d)
	}
	return top, math.Sqrt(squares / n)
}
