package yuma

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMaxUpscaleEqualsDefinition follows the definition with exact integers.
func TestMaxUpscaleEqualsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]uint16{1, 100, 32768, 32769, 65535}).Draw(t, "limit")
		values := rapid.SliceOf(rapid.Uint16Range(0, limit)).Draw(t, "values")
		got := MaxUpscale(values)
		if len(got) != len(values) {
			t.Fatalf("%d values became %d", len(values), len(got))
		}
		for i, v := range values {
			if want := upscaled(v, slices.Max(values)); got[i] != want {
				t.Fatalf("%d of at most %d became %d, want %d", v, slices.Max(values), got[i], want)
			}
		}
	})
}

func upscaled(v, largest uint16) uint16 {
	if largest == 0 {
		return v
	}
	full := new(big.Int).Lsh(big.NewInt(maxU16), 32)
	m := big.NewInt(int64(largest))
	scaled := new(big.Int)
	if largest > 32768 {
		scaled.Mul(scaled.Quo(full, m), big.NewInt(int64(v)))
	} else {
		scaled.Quo(scaled.Mul(full, big.NewInt(int64(v))), m)
	}
	scaled.Rsh(scaled.Add(scaled, big.NewInt(one/2)), 32)
	return uint16(min(scaled.Int64(), maxU16))
}
