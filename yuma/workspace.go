package yuma

import "slices"

// Workspace holds an epoch's intermediate results and its output, so that one
// used for many epochs of about the same size stops allocating. The zero value is
// ready. It must not be used by several goroutines at once.
type Workspace struct {
	out Output

	raw    []wide   // stakes above the threshold
	voting []uint64 // active stake as the median sees it
	voters int      // uids with any
	income []uint64 // dividends before they are divided by their sum
	order  []uint64 // sort keys of stakes; sums of old bonds

	newest  uint64   // block of the last registration
	rowSums []uint64 // of the weights that count
	weights matrix   // W, then V
	next    matrix   // bonds of this epoch
	stored  []Cell   // all of Output.Bonds
	sorted  Row      // one row of the input, filtered or sorted

	weightsUnsorted, bondsUnsorted []bool // per row

	tally   []tally // votes counted per column
	ballots []uint  // where the next vote of a column goes
	votes   []vote
	columns []column
	beyond  bool // some new bond exceeds 1.0

	// Of one row with liquid alpha: old bonds by column, and per cell the old bond
	// and its distance, then rate.
	bonds       []bondPair
	held, rates []uint64
}

// Epoch computes one epoch. It fails only if the input is not valid; the input is
// not changed. The output belongs to the workspace and is overwritten by the next
// call, one that fails included.
func (w *Workspace) Epoch(in *Input) (*Output, error) {
	if err := in.validateLists(); err != nil {
		return nil, err
	}
	w.resize(in.N)
	w.stakes(in)
	w.voterStake()
	if err := w.readRows(in); err != nil {
		return nil, err
	}
	w.loadWeights(in, fromU16(in.Kappa))
	w.consensus(fromU16(in.Kappa))
	w.trustAndRanks(in)
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
		&w.voting, &w.income, &w.order, &w.rowSums, &w.held, &w.rates,
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
	w.weightsUnsorted, w.bondsUnsorted = resize(w.weightsUnsorted, n), resize(w.bondsUnsorted, n)
	w.raw = resize(w.raw, n)
	w.tally = resize(w.tally, n)
	w.ballots = resize(w.ballots, n)
	w.columns = resize(w.columns, n)
	w.bonds = resize(w.bonds, n)
}

// resize returns a slice of n elements, s itself if it is large enough. What the
// elements hold is left over.
func resize[T any](s []T, n int) []T {
	return slices.Grow(s[:0], n)[:n]
}
