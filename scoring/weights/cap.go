package weights

import (
	"fmt"
	"math"
	"slices"
)

// Cap is the SDK's normalize_max_weight: shares that sum to 1 of which none is
// above the limit, up to its epsilon of 1e-7. When all are 0, or n · limit ≤ 1, shares are
// uniform. When no share is above the limit they are x/Σx. Else with the n shares e in
// ascending order, C their running sum and k the number of i (from 0) with
//
//	e_i / ((n−i−1)·e_i + C_i + 1e-7) < limit
//
// everything above
//
//	(limit · C_{k−1} − 1e-7) / (1 − limit·(n−k)) · Σx
//
// is cut to it, and the rest is divided by its sum. Sums are NumPy's pairwise ones and each step has
// the precision that NumPy 2 gives it: that of x, but float64 for the cutoff. The
// chain's own limit is 65535, which is none; a cap is a custom of single subnets.
//
// A limit that is no number or negative, a weight that is negative or infinite, and a
// sum that overflows are errors.
func Cap[F real](x []F, limit float64) ([]F, error) {
	if !(limit >= 0) {
		return nil, fmt.Errorf("limit is %v, want a share of 0 or more", limit)
	}
	if err := sizes(x); err != nil {
		return nil, err
	}
	n := len(x)
	sum := pairwise(x)
	if math.IsInf(float64(sum), 1) {
		return nil, fmt.Errorf("the sum of %d weights is more than their precision holds: use a larger unit", n)
	}
	if sum == 0 || float64(n)*limit <= 1 {
		return uniform[F](n), nil
	}
	cut := slices.Clone(x)
	if at, above := cutoff(x, limit); above {
		for i, v := range cut {
			if float64(v) > at {
				cut[i] = F(at)
			}
		}
		sum = pairwise(cut)
	}
	for i := range cut {
		cut[i] /= sum
	}
	return cut, nil
}

func uniform[F real](n int) []F {
	out := make([]F, n)
	for i := range out {
		out[i] = 1 / F(n)
	}
	return out
}

// cutoff is where weights are cut, when a share is above the limit at all.
func cutoff[F real](x []F, limit float64) (at float64, above bool) {
	const epsilon = 1e-7
	n := len(x)
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	sum := pairwise(sorted)
	if sorted[n-1]/sum <= F(limit) {
		return 0, false
	}
	running := make([]F, n)
	var c F
	k := 0
	for i, v := range sorted {
		e := v / sum
		c += e
		running[i] = c
		if e/(F(F(n-i-1)*e)+c+F(epsilon)) < F(limit) {
			k++
		}
	}
	if k == 0 {
		return 0, false
	}
	scale := float64(F(F(limit)*running[k-1])-F(epsilon)) / (1 - float64(limit*float64(n-k)))
	return float64(scale * float64(sum)), true
}

// pairwise is NumPy's sum of contiguous numbers: up to eight one by one, up to 128 in
// eight interleaved sums, more in two halves, the first a multiple of eight.
func pairwise[F real](x []F) F {
	n := len(x)
	var sum F
	switch {
	case n < 8:
		for _, v := range x {
			sum += v
		}
		return sum
	case n > 128:
		half := n / 2
		half -= half % 8
		return pairwise(x[:half]) + pairwise(x[half:])
	}
	var r [8]F
	whole := n - n%8
	for i := 0; i < whole; i++ {
		r[i%8] += x[i]
	}
	sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	for _, v := range x[whole:] {
		sum += v
	}
	return sum
}
