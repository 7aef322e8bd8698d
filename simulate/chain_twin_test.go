package simulate

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/assaynet/assay/protocol"
)

// row draws a vote: mostly a good one, now and then one that the chain refuses.
func (w *twin) row(rng *rand.Rand) (uids, weights []uint16) {
	for uid := range uint16(w.sim.in.N) {
		if rng.IntN(4) > 0 {
			uids, weights = append(uids, uid), append(weights, uint16(rng.IntN(60000)))
		}
	}
	switch rng.IntN(25) {
	case 0:
		uids, weights = append(uids, uint16(w.sim.in.N)), append(weights, 1)
	case 1:
		uids, weights = append(uids, uids...), append(weights, weights...)
	case 2:
		uids, weights = nil, nil
	case 3:
		rng.Shuffle(len(uids), func(i, j int) { uids[i], uids[j] = uids[j], uids[i] })
	}
	return uids, weights
}

// TestChainEqualsDevnet plays the same registrations, votes and epochs on a simulated
// chain and on a devnet, and compares all that shows, to the bit.
func TestChainEqualsDevnet(t *testing.T) {
	base := DefaultChain()
	base.Tempo, base.MaxUIDs, base.MaxValidators, base.ImmunityPeriod = 5, 14, 5, 12
	base.WeightsRateLimit, base.MinAllowedWeights, base.StakeThreshold = 2, 2, 1e9
	base.Emission, base.Compound, base.StakeIncentive = 5_000_000_000, true, true
	for name, change := range map[string]func(*ChainConfig){
		"hidden":       func(*ChainConfig) {},
		"hidden twice": func(c *ChainConfig) { c.RevealPeriod = 2 },
		"open, yuma 2": func(c *ChainConfig) { c.CommitReveal, c.Yuma3 = false, false },
		"liquid, lax":  func(c *ChainConfig) { c.LiquidAlpha, c.BondsPenalty, c.Kappa = true, 20000, 20000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := base
			change(&cfg)
			w, rng := newTwin(t, cfg), rand.New(rand.NewPCG(5, 8))
			held, replacements, refused := map[protocol.Hotkey]uint64{}, 0, 0
			for block := uint64(1); block <= 70; block++ {
				var e *Epoch
				if block%uint64(cfg.Tempo) == 0 {
					e = w.epoch(block)
					refused += len(e.Refused)
				}
				for _, k := range w.keys {
					if _, ok := w.sim.UID(k.Hotkey()); ok && rng.IntN(4) == 0 {
						uids, weights := w.row(rng)
						w.vote(k, uids, weights, block)
					} else if rng.IntN(70) == 0 {
						if w.register(k, held, block) {
							replacements++
						}
					}
				}
				w.step()
				if rng.IntN(3) == 0 {
					w.compare(block, nil)
				}
				if e != nil {
					w.compare(block, epochAfter(w.sim, e))
				}
			}
			if replacements < 8 || cfg.CommitReveal && refused < 3 {
				t.Errorf("only %d replacements and %d reveals refused: the twins were not put to the test", replacements, refused)
			}
		})
	}
}

// epochAfter is an epoch as neurons show it that were registered in its block: they have
// no part of what the ones before them earned. Trust stays with the uid.
func epochAfter(c *Chain, e *Epoch) *Epoch {
	out := *e
	for _, list := range []*[]float64{&out.Incentive, &out.Dividends, &out.Consensus, &out.VTrust} {
		*list = append(slices.Clone(*list), make([]float64, c.in.N-len(*list))...)
	}
	for i, at := range c.in.BlockAtRegistration {
		if at == e.Block {
			out.Incentive[i], out.Dividends[i], out.Consensus[i] = 0, 0, 0
		}
	}
	return &out
}
