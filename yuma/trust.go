package yuma

// trustAndRanks computes what follows from X, the weights clipped at consensus:
// each validator's trust is what is left of its row, each neuron's rank what
// active stake gives it, and incentive is the ranks divided by their sum.
func (w *Workspace) trustAndRanks() {
	fixed := &w.out.Fixed
	clear(fixed.Ranks)
	for i, stake := range fixed.ActiveStake {
		var trust uint64
		for _, c := range w.weights.row(i) {
			j := c.column()
			x := min(c.value(), fixed.Consensus[j])
			trust += x
			fixed.Ranks[j] += mul(stake, x)
		}
		fixed.ValidatorTrust[i] = trust
	}
	normalise(fixed.Incentive, fixed.Ranks)
}

// normalise sets dst to values divided by their sum, or to zeros if that is 0.
func normalise(dst, values []uint64) {
	var sum uint64
	for _, v := range values {
		sum += v
	}
	for i, v := range values {
		dst[i] = quo(v, sum)
	}
}
