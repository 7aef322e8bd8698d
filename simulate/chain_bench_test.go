package simulate

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkChain measures an epoch of 256 neurons of which 64 vote on all others: votes,
// epoch and reveals.
func BenchmarkChain(b *testing.B) {
	cfg := DefaultChain()
	c := NewChain(cfg)
	for i := range 256 {
		var stake uint64
		if i < 64 {
			stake = 1e15
		}
		if _, _, err := c.Register(numbered(i), stake, 0); err != nil {
			b.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	uids, weights := make([]uint16, 192), make([]uint16, 192)
	block := uint64(200)
	b.ReportAllocs()
	for b.Loop() {
		for v := range 64 {
			for k := range uids {
				uids[k], weights[k] = uint16(64+k), uint16(30000+rng.UintN(3000))
			}
			if err := c.Vote(numbered(v), uids, weights, block); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := c.Epoch(block + 160); err != nil {
			b.Fatal(err)
		}
		block += uint64(cfg.Tempo)
	}
}
