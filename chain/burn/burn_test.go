package burn

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The factor is the largest that halves, and a price halves within its half life.
func TestHalfLife(t *testing.T) {
	for _, blocks := range []uint16{1, 2, 7, 8, 360, 7200, math.MaxUint16} {
		f := HalfLife(blocks)
		if power(f, blocks) > one/2 || power(f+1, blocks) <= one/2 {
			t.Errorf("%d blocks: %d is not the largest factor", blocks, f)
		}
		price := uint64(1) << 40
		for range blocks {
			price = Decay(price, f)
		}
		if r := float64(price) / (1 << 39); math.Abs(r-1) > 1e-3 {
			t.Errorf("after %d blocks %.4f of a half is left", blocks, r)
		}
	}
	if f := HalfLife(0); Decay(12345, f) != 12345 {
		t.Errorf("without a half life the factor is %d", f)
	}
}

// Prices are those of big integers.
func TestPropertyAgainstBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price, percent, factor := rapid.Uint64().Draw(t, "price"), rapid.Uint16().Draw(t, "percent"), rapid.Uint64Range(0, one).Draw(t, "factor")
		x := new(big.Int).SetUint64(price)
		raised := new(big.Int).Mul(x, big.NewInt(int64(percent)))
		if raised.Div(raised, big.NewInt(100)); !raised.IsUint64() {
			raised.SetUint64(math.MaxUint64)
		}
		decayed := new(big.Int).Mul(x, new(big.Int).SetUint64(factor))
		decayed.Rsh(decayed, 32)
		if Raise(price, percent) != raised.Uint64() || Decay(price, factor) != decayed.Uint64() {
			t.Errorf("%d raised to %d, want %v; decayed to %d, want %v", price, Raise(price, percent), raised, Decay(price, factor), decayed)
		}
	})
}
