package yuma

// Output is the result of an epoch. All slices have one element per uid, except
// that Active is as long as Input.LastUpdate if that is longer.
type Output struct {
	// Stake is alpha + tao·TaoWeight in rao, rounded down, before the threshold.
	Stake []uint64
	// StakeWeight is the share of each uid in the stake that counts, 65535 = all.
	StakeWeight []uint16
	// Active says whether the uid's last update is recent enough.
	Active []bool
	// Consensus, Incentive, Dividends and ValidatorTrust are fractions in units of
	// 1/65535, truncated.
	Consensus, Incentive, Dividends, ValidatorTrust []uint16
	// ServerEmission and ValidatorEmission are what a uid earns, in rao, for being
	// weighted and for weighting. Emission is for both together, rounded once.
	ServerEmission, ValidatorEmission, Emission []uint64
	// NewValidatorPermits hold from the next epoch on.
	NewValidatorPermits []bool
	// Bonds are the rows to store; empty for uids without a new permit.
	Bonds []Row
	// Fixed holds the results before they were truncated.
	Fixed Fixed
}

// Fixed holds results of an epoch as raw integers with 32 fraction bits
// (1.0 is 1<<32), per uid except Kappa.
type Fixed struct {
	Stake, ActiveStake []uint64
	Kappa              uint64
	Consensus          []uint64
	// Ranks sum what active stake gives to each uid in clipped weights; Incentive
	// is the same divided by the sum.
	Ranks, Incentive []uint64
	ValidatorTrust   []uint64
	Dividends        []uint64
	CombinedEmission []uint64
}

// Epoch computes one epoch. It fails only if the input is not valid.
func Epoch(in *Input) (*Output, error) {
	return new(Workspace).Epoch(in)
}
