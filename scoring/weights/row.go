package weights

import "fmt"

// Row is the SDK's convert_weight_uids_and_vals_to_tensor: weights of the chain as
// a row of n shares in float32, 0 where there is none. A uid that comes twice has its
// last weight. All zeros stay zeros.
func Row(n int, uids []int, weights []uint16) ([]float32, error) {
	out, err := scatter[float32](n, uids, weights)
	if err != nil {
		return nil, err
	}
	if sum := pairwise(out); sum > 0 {
		for i := range out {
			out[i] /= sum
		}
	}
	return out, nil
}

// Bonds is the SDK's convert_bond_uids_and_vals_to_tensor: bonds of the chain as a
// row of n whole numbers, not normalised.
func Bonds(n int, uids []int, bonds []uint16) ([]int64, error) {
	return scatter[int64](n, uids, bonds)
}

// scatter puts values at their uids in a row of n.
func scatter[T float32 | int64](n int, uids []int, values []uint16) ([]T, error) {
	if n < 0 || n > Most+1 {
		return nil, fmt.Errorf("a row of %d neurons: want 0 to %d", n, Most+1)
	}
	if len(uids) != len(values) {
		return nil, fmt.Errorf("there are %d uids and %d values: each uid has one value", len(uids), len(values))
	}
	out := make([]T, n)
	for i, u := range uids {
		if u < 0 || u >= n {
			return nil, fmt.Errorf("uid %d is %d, in a subnet of %d neurons", i, u, n)
		}
		out[u] = T(values[i])
	}
	return out, nil
}
