package yuma

import (
	"math/rand/v2"

	"pgregory.net/rapid"
)

// busyInput is a subnet whose first neurons are validators that give a weight to,
// and have a bond in, everyone else.
func busyInput(n, validators int, yuma3 bool) *Input {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	in := Defaults()
	in.N, in.Emission, in.Block = n, 1_000_000_000, 1000
	in.CommitRevealEnabled = false
	in.Yuma3, in.LiquidAlpha = yuma3, yuma3
	in.MaxAllowedValidators = uint16(validators)
	for i := range n {
		in.LastUpdate = append(in.LastUpdate, 900)
		in.BlockAtRegistration = append(in.BlockAtRegistration, 1)
		in.ValidatorPermits = append(in.ValidatorPermits, i < validators)
		var stake uint64
		var weights, bonds Row
		if i < validators {
			stake = 1e9 + rng.Uint64N(1e13)
			for j := range n {
				if j != i {
					weights = append(weights, Cell{uint16(j), uint16(1 + rng.IntN(maxU16))})
					bonds = append(bonds, Cell{uint16(j), uint16(rng.IntN(maxU16 + 1))})
				}
			}
		}
		in.AlphaStake = append(in.AlphaStake, stake)
		in.Weights = append(in.Weights, weights)
		in.Bonds = append(in.Bonds, bonds)
	}
	return &in
}

// drawInput draws a valid input in which every switch and mask takes part. Rows
// are in ascending order.
func drawInput(t *rapid.T) *Input {
	in := Defaults()
	in.N = rapid.IntRange(1, 12).Draw(t, "n")
	in.Emission = rapid.Uint64().Draw(t, "emission")
	in.Block = 1000
	in.LastMechanismStepBlock = rapid.SampledFrom([]uint64{0, 900}).Draw(t, "step")
	in.Kappa = rapid.SampledFrom([]uint16{0, 20000, 32767, 32768, 65535}).Draw(t, "kappa")
	in.BondsPenalty = rapid.SampledFrom([]uint16{0, 20000, 65535}).Draw(t, "penalty")
	in.BondsMovingAverage = rapid.Uint64Range(0, fullMovingAverage).Draw(t, "average")
	in.MaxAllowedValidators = uint16(rapid.IntRange(0, in.N+1).Draw(t, "validators"))
	in.Yuma3, in.LiquidAlpha = rapid.Bool().Draw(t, "yuma3"), rapid.Bool().Draw(t, "liquid")
	in.StakeThreshold = rapid.SampledFrom([]uint64{0, 1 << 40}).Draw(t, "threshold")
	if rapid.Bool().Draw(t, "owned") {
		owner := uint16(rapid.IntRange(0, in.N-1).Draw(t, "owner"))
		in.OwnerUID = &owner
	}
	block := rapid.SampledFrom([]uint64{0, 10, 800, 950, 999, 1000})
	for i := range in.N {
		in.LastUpdate = append(in.LastUpdate, block.Draw(t, "updated"))
		in.BlockAtRegistration = append(in.BlockAtRegistration, block.Draw(t, "registered"))
		in.ActiveCommitBlock = append(in.ActiveCommitBlock,
			rapid.OneOf(block, rapid.Just[uint64](NoCommit)).Draw(t, "commit"))
		// All stakes differ, so that permits have no ties.
		in.AlphaStake = append(in.AlphaStake, rapid.Uint64Range(0, 1<<30).Draw(t, "stake")<<20+uint64(i)<<18)
		in.ValidatorPermits = append(in.ValidatorPermits, rapid.IntRange(0, 3).Draw(t, "permit") > 0)
		in.Weights = append(in.Weights, drawRow(t, in.N))
		in.Bonds = append(in.Bonds, drawRow(t, in.N))
	}
	return &in
}

func drawRow(t *rapid.T, n int) Row {
	var row Row
	for j := range n {
		if rapid.Bool().Draw(t, "present") {
			row = append(row, Cell{uint16(j), rapid.SampledFrom([]uint16{0, 1, 77, 30000, 65535}).Draw(t, "value")})
		}
	}
	return row
}
