package yuma

import "math"

// MaxNeurons bounds Input.N: uids, and the number of them, are 16-bit. The chain's
// subnets have 256 neurons by default.
const MaxNeurons = math.MaxUint16

// NoCommit marks a validator without an unexpired weight commit in
// Input.ActiveCommitBlock.
const NoCommit = math.MaxUint64

// Cell is one entry of a sparse row as it is stored on chain.
type Cell struct {
	// Column is the uid that the weight or bond is for.
	Column uint16
	// Value is the weight after MaxUpscale, or the bond, in units of 1/65535.
	Value uint16
}

// Row is what one uid stores: cells with distinct columns. Their order is kept
// as submitted, because liquid alpha depends on it.
type Row = []Cell

// Input is everything the epoch of one subnet (or one of its mechanisms) reads.
// Slices "per uid" have one element for each of the N neurons.
type Input struct {
	// N is the number of neurons; their uids are 0..N-1. At most MaxNeurons.
	N int
	// Emission is the amount to split, in rao (10^-9) of the subnet's alpha.
	Emission uint64
	// Block is the current block.
	Block uint64
	// Tempo is the length of an epoch in blocks.
	Tempo uint16
	// ActivityCutoffFactor, in thousandths of a tempo, is how long after its
	// last update a neuron stays active.
	ActivityCutoffFactor uint32
	// LastMechanismStepBlock is the block of the previous epoch, 0 if none.
	LastMechanismStepBlock uint64

	// LastUpdate per uid is the block of its last weights or commit. A shorter
	// list is continued with 0; of a longer one only Output.Active shows the rest.
	LastUpdate []uint64
	// BlockAtRegistration per uid is the block it was registered in.
	BlockAtRegistration []uint64
	// AlphaStake per uid is in rao of alpha, with stake inherited from and given
	// to other hotkeys accounted for.
	AlphaStake []uint64
	// TaoStake per uid is the same in rao of tao on the root subnet; nil is zeros.
	// Both stakes of all uids must sum to less than 2^63.
	TaoStake []uint64
	// TaoWeight is what one tao counts in alpha, in units of 1/(2^64-1).
	TaoWeight uint64
	// StakeThreshold, in rao, is the total stake under which a uid's stake is not
	// counted, except for the owner's.
	StakeThreshold uint64
	// OwnerUID is the uid of the subnet owner's hotkey, nil if not registered. One
	// that no neuron has is nobody's.
	OwnerUID *uint16

	// ValidatorPermits per uid, as the previous epoch decided; missing ones are
	// false, more are not looked at. A list without any entry masks all weights but
	// no stake.
	ValidatorPermits []bool
	// MaxAllowedValidators is the number of permits given for the next epoch, not
	// counting the owner's.
	MaxAllowedValidators uint16

	// Weights and Bonds are rows per uid; missing rows are empty. Cells for
	// columns from N on have no effect.
	Weights, Bonds []Row
	// CommitRevealEnabled says that weights are committed first and revealed
	// later, so that the commit's block is the one that dates them.
	CommitRevealEnabled bool
	// ActiveCommitBlock per uid is the block of its earliest commit that has not
	// expired, or NoCommit. Nil is no commits; read only with commit-reveal.
	ActiveCommitBlock []uint64

	// Kappa, in units of 1/65535, is the share of active stake that has to
	// support a weight for it to count in full.
	Kappa uint16
	// BondsPenalty, in units of 1/65535, says how far bonds follow clipped weights
	// (65535) rather than the submitted ones (0).
	BondsPenalty uint16
	// BondsMovingAverage, in millionths, is the part of the old bonds that is kept.
	// Above 10^6 bonds move away from weights; at most MaxBondsMovingAverage.
	BondsMovingAverage uint64

	// Yuma3 selects absolute bonds instead of bonds as shares of a column.
	Yuma3 bool
	// LiquidAlpha, effective only with Yuma3, lets every cell have its own rate
	// of change between AlphaLow and AlphaHigh, both in units of 1/65535.
	LiquidAlpha         bool
	AlphaLow, AlphaHigh uint16
	// AlphaSigmoidSteepness, in hundredths, is how sharply that rate answers to a
	// weight's distance from consensus.
	AlphaSigmoidSteepness int16
}

// Defaults returns an input with the hyperparameters of a newly created subnet
// and without neurons. Live subnets may have others.
func Defaults() Input {
	return Input{
		Tempo:                 360,
		ActivityCutoffFactor:  13889,
		TaoWeight:             971718665099567868,
		MaxAllowedValidators:  64,
		CommitRevealEnabled:   true,
		Kappa:                 32767,
		BondsPenalty:          maxU16,
		BondsMovingAverage:    900_000,
		Yuma3:                 true,
		AlphaLow:              45875,
		AlphaHigh:             58982,
		AlphaSigmoidSteepness: 1000,
	}
}

// owner returns the owner's uid, or -1.
func (in *Input) owner() int {
	if in.OwnerUID == nil || int(*in.OwnerUID) >= in.N {
		return -1
	}
	return int(*in.OwnerUID)
}

// permitted says whether uid i may validate in this epoch. The owner always may,
// provided that the stored list reaches its uid.
func (in *Input) permitted(i int) bool {
	return i < len(in.ValidatorPermits) && (in.ValidatorPermits[i] || i == in.owner())
}

// lastUpdate returns the block of uid i's last update.
func (in *Input) lastUpdate(i int) uint64 {
	if i < len(in.LastUpdate) {
		return in.LastUpdate[i]
	}
	return 0
}

// rowOf returns row i of rows, empty if it is missing.
func rowOf(rows []Row, i int) Row {
	if i < len(rows) {
		return rows[i]
	}
	return nil
}
