package yuma

import "slices"

// Workspace holds an epoch's intermediate results and its output, so that one
// used for many epochs of about the same size stops allocating. The zero value is
// ready. It must not be used by several goroutines at once.
type Workspace struct {
	out Output

	raw    []wide   // stakes above the threshold
	voting []uint64 // active stake as the median sees it
	income []uint64 // dividends before they are divided by their sum
	order  []uint64 // sort keys of stakes

	weights  matrix // W, then V
	old      matrix // bonds of the epoch before
	next     matrix // bonds of this epoch
	ballots  []ballot
	votes    []vote
	sums     []uint64 // one per column
	divisors []divisor
	bonds    []bondPair // one row of old bonds, by column
	stored   []Cell     // all of Output.Bonds
}

// Epoch computes one epoch. It fails only if the input is not valid; the input is
// not changed. The output belongs to the workspace and is overwritten by the next
// call.
func (w *Workspace) Epoch(in *Input) (*Output, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	w.resize(in.N)
	w.stakes(in)
	w.loadWeights(in)
	w.consensus(fromU16(in.Kappa))
	w.trustAndRanks()
	w.penalise(in)
	if in.Yuma3 {
		w.yuma3(in)
	} else {
		w.yuma2(in)
	}
	w.emission(in)
	w.quantise()
	return &w.out, nil
}

// resize fits everything with one element per neuron to n.
func (w *Workspace) resize(n int) {
	out, fixed := &w.out, &w.out.Fixed
	for _, s := range []*[]uint64{
		&out.Stake, &out.ServerEmission, &out.ValidatorEmission, &out.Emission,
		&fixed.Stake, &fixed.ActiveStake, &fixed.Consensus, &fixed.Ranks, &fixed.Incentive,
		&fixed.ValidatorTrust, &fixed.Dividends, &fixed.CombinedEmission,
		&w.voting, &w.income, &w.order, &w.sums,
	} {
		*s = resize(*s, n)
	}
	for _, s := range []*[]uint16{
		&out.StakeWeight, &out.Consensus, &out.Incentive, &out.Dividends, &out.ValidatorTrust,
	} {
		*s = resize(*s, n)
	}
	out.NewValidatorPermits = resize(out.NewValidatorPermits, n)
	out.Bonds = resize(out.Bonds, n)
	w.raw = resize(w.raw, n)
	w.ballots = resize(w.ballots, n)
	w.divisors = resize(w.divisors, n)
	w.bonds = resize(w.bonds, n)
}

// resize returns a slice of n elements, s itself if it is large enough. What the
// elements hold is left over.
func resize[T any](s []T, n int) []T {
	return slices.Grow(s[:0], n)[:n]
}
