package yuma

// trustAndRanks computes what follows from X, the weights clipped at consensus:
// each validator's trust is what is left of its row, each neuron's rank what
// active stake gives it, and incentive is the ranks divided by their sum. On the way
// it turns the weights W into V, those that bonds follow: W moved toward X by the
// bonds penalty. With a full penalty, as is usual, Yuma 2 finds what it needs instead,
// V·A, because the ranks have its cells at hand.
func (w *Workspace) trustAndRanks(in *Input) {
	fixed := &w.out.Fixed
	clear(fixed.Ranks)
	penalty := fromU16(in.BondsPenalty)
	for i, stake := range fixed.ActiveStake {
		by := newFactor(stake)
		if penalty == one {
			fixed.ValidatorTrust[i] = w.clipRow(i, by, !in.Yuma3)
			continue
		}
		fixed.ValidatorTrust[i] = w.rankRow(i, by)
		if penalty > 0 {
			w.interpolateRow(i, penalty)
		}
	}
	normalise(fixed.Incentive, fixed.Ranks)
}

// rankRow adds row i to the ranks and returns its trust.
func (w *Workspace) rankRow(i int, stake factor) (trust uint64) {
	consensus, ranks := w.out.Fixed.Consensus, w.out.Fixed.Ranks
	for _, c := range w.weights.row(i) {
		j := c.column()
		x := min(c.value(), consensus[j])
		trust += x
		ranks[j] += stake.times(x)
	}
	return trust
}

// clipRow is rankRow and replaces the row by its clipped weights, or by these times the
// stake. What is clipped to 0 leaves the row, while an explicit 0 stays.
func (w *Workspace) clipRow(i int, stake factor, times bool) (trust uint64) {
	clip := clipCells
	if times {
		clip = clipAndMultiply
	}
	n, trust := clip(w.weights.row(i), w.out.Fixed.Consensus, w.out.Fixed.Ranks, stake)
	w.weights.shrink(i, n)
	return trust
}

// clipCells clips a row in place and returns how many cells are left.
func clipCells(row []cell, consensus, ranks []uint64, stake factor) (n int, trust uint64) {
	ranks = ranks[:len(consensus)]
	for _, c := range row {
		j, v := c.column(), c.value()
		x := min(v, consensus[j])
		trust += x
		ranks[j] += stake.times(x)
		row[n] = c.with(x)
		if x > 0 || v == 0 {
			n++
		}
	}
	return n, trust
}

// clipAndMultiply is clipCells and leaves the products with the stake.
func clipAndMultiply(row []cell, consensus, ranks []uint64, stake factor) (n int, trust uint64) {
	ranks = ranks[:len(consensus)]
	for _, c := range row {
		j, v := c.column(), c.value()
		x := min(v, consensus[j])
		trust += x
		y := stake.times(x)
		ranks[j] += y
		row[n] = c.with(y)
		if x > 0 || v == 0 {
			n++
		}
	}
	return n, trust
}

// interpolateRow moves row i toward its clipped weights. Unlike the two extremes
// this sorts the row and leaves no zeros in it.
func (w *Workspace) interpolateRow(i int, penalty uint64) {
	row := w.sortWeights(i)
	n := 0
	for _, c := range row {
		v := c.value()
		if limit := w.out.Fixed.Consensus[c.column()]; v > limit {
			v -= mulUp(penalty, v-limit)
		}
		if v > 0 {
			row[n] = c.with(v)
			n++
		}
	}
	w.weights.shrink(i, n)
}

// normalise sets dst to values divided by their sum, or to zeros if that is 0.
func normalise(dst, values []uint64) {
	var sum uint64
	for _, v := range values {
		sum += v
	}
	by := newDivisor(sum)
	for i, v := range values {
		dst[i] = by.into(v)
	}
}
