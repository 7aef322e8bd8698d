package weights

import (
	"fmt"
	"math"
	"slices"
)

// Limits are what a subnet asks of a vote, as the SDK's process_weights takes it.
type Limits struct {
	Neurons         int     // of the subnet, at most 65536
	MinAllowed      float64 // the fewest weights; a whole number on the chain
	MaxShare        float64 // see Cap; 1 is no limit
	ExcludeQuantile uint16  // in 1/65535: weights under this quantile are dropped
}

// Process is the SDK's process_weights: uids and shares that fit the limits.
//
//   - Without a positive weight, or in a subnet with fewer neurons than MinAllowed:
//     1/Neurons for each uid from 0.
//   - With fewer positive weights than MinAllowed: 1e-5 for each uid from 0, plus the
//     weights, then Cap. The SDK adds them by position and not by uid; so does this.
//   - Else the positive weights that are not below their q-quantile (linear
//     interpolation), q = min(ExcludeQuantile/65535, max(0, n − MinAllowed)/n), then Cap.
//
// The first two go on in float64, the last in float32, whose values come back
// exactly. The quantile is interpolated in float64, as by NumPy 1.24; NumPy 2 rounds q
// to float32 first, which moves it by less than 1e-7. Errors are those of Emit and
// Cap, and a position beyond Neurons.
func Process(uids []int, weights []float32, l Limits) (outUIDs []int, shares []float64, err error) {
	if err := vote(uids, weights); err != nil {
		return nil, nil, err
	}
	if l.Neurons < 0 || l.Neurons > math.MaxUint16+1 || !(l.MinAllowed >= 0) {
		return nil, nil, fmt.Errorf("%d neurons, at least %v weights: want 0 to 65536 neurons and a number of 0 or more", l.Neurons, l.MinAllowed)
	}
	var positive []float32
	for i, w := range weights {
		if w > 0 {
			outUIDs, positive = append(outUIDs, uids[i]), append(positive, w)
		}
	}
	switch n := float64(len(positive)); {
	case n == 0 || float64(l.Neurons) < l.MinAllowed:
		return firstUIDs(l.Neurons), uniform[float64](l.Neurons), nil
	case n < l.MinAllowed:
		shares, err = raised(weights, l)
		return firstUIDs(l.Neurons), shares, err
	}
	outUIDs, positive = exclude(outUIDs, positive, l)
	capped, err := Cap(positive, l.MaxShare)
	for _, w := range capped {
		shares = append(shares, float64(w))
	}
	return outUIDs, shares, err
}

func firstUIDs(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// raised are the weights by position, on top of a little for everyone.
func raised(weights []float32, l Limits) ([]float64, error) {
	out := make([]float64, l.Neurons)
	for i := range out {
		out[i] = 1e-5
	}
	for i, w := range weights {
		if w > 0 {
			if i >= l.Neurons {
				return nil, fmt.Errorf("weight %d stands beyond the %d neurons: with fewer than %v positive weights they are taken by position", i, l.Neurons, l.MinAllowed)
			}
			out[i] += float64(w)
		}
	}
	return Cap(out, l.MaxShare)
}

// exclude drops the weights below their quantile.
func exclude(uids []int, weights []float32, l Limits) ([]int, []float32) {
	n := float64(len(weights))
	q := min(float64(l.ExcludeQuantile)/math.MaxUint16, max(0, n-l.MinAllowed)/n)
	lowest := quantile(weights, q)
	var keptUIDs []int
	var kept []float32
	for i, w := range weights {
		if lowest <= float64(w) {
			keptUIDs, kept = append(keptUIDs, uids[i]), append(kept, w)
		}
	}
	return keptUIDs, kept
}

// quantile is NumPy's linear one, of at least one number.
func quantile(x []float32, q float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	at := float64(float64(len(x)-1) * q)
	i := min(int(at), len(x)-1)
	low, high := sorted[i], sorted[min(i+1, len(x)-1)]
	t, step := at-float64(i), float64(high-low)
	if t >= 0.5 {
		return float64(high) - float64(step*(1-t))
	}
	return float64(low) + float64(step*t)
}
