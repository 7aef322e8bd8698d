package devnet

import (
	"fmt"

	"github.com/assaynet/assay/yuma"
)

// consensus runs Yuma Consensus over the state; it is the only use of that
// package's epoch.
func (c *Chain) consensus(st *state, emission, lastStep uint64) (*yuma.Output, error) {
	out, err := yuma.Epoch(c.epochInput(st, emission, lastStep))
	if err != nil {
		return nil, fmt.Errorf("run epoch: %w", err)
	}
	return out, nil
}

func (c *Chain) epochInput(st *state, emission, lastStep uint64) *yuma.Input {
	g, n, w := c.params(st), st.subnet().N, c.window(st)
	in := &yuma.Input{
		N: int(n), Emission: emission, Block: st.head().Number, Tempo: g.Tempo,
		ActivityCutoffFactor: g.ActivityCutoffFactor, LastMechanismStepBlock: lastStep,
		TaoWeight: g.TaoWeight, StakeThreshold: g.StakeThreshold, MaxAllowedValidators: g.MaxValidators,
		CommitRevealEnabled: g.CommitReveal, Kappa: g.Kappa, BondsPenalty: g.BondsPenalty,
		BondsMovingAverage: g.BondsMovingAverage, Yuma3: g.Yuma3, LiquidAlpha: g.LiquidAlpha,
		AlphaLow: g.AlphaLow, AlphaHigh: g.AlphaHigh, AlphaSigmoidSteepness: g.AlphaSteepness,
	}
	if uid, ok := c.ownerUID(st); ok {
		in.OwnerUID = &uid
	}
	for uid := range n {
		rec := st.neuron(uid)
		in.LastUpdate = append(in.LastUpdate, rec.LastUpdate)
		in.BlockAtRegistration = append(in.BlockAtRegistration, rec.RegisteredAt)
		in.AlphaStake = append(in.AlphaStake, st.alpha(rec.Hotkey))
		in.TaoStake = append(in.TaoStake, st.total(taoPot(), rec.Hotkey))
		in.ActiveCommitBlock = append(in.ActiveCommitBlock, w.activeCommit(st.commits(rec.Hotkey)))
		in.ValidatorPermits = append(in.ValidatorPermits, rec.Permit)
		in.Weights = append(in.Weights, st.weights(uid))
		in.Bonds = append(in.Bonds, st.bonds(uid))
	}
	return in
}
