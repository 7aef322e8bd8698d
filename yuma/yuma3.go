package yuma

// yuma3 computes bonds as absolute amounts between 0 and a full bond of 1.0, left
// in w.next. Dividends are a validator's shares in the bonds of each column, paid
// with the column's incentive and multiplied by its active stake.
func (w *Workspace) yuma3(in *Input) {
	liquid := in.LiquidAlpha && w.anyConsensus()
	w.loadBonds(in, liquid)
	for k, c := range w.old.cells {
		w.old.cells[k] = c.with(fromU16(uint16(c.value())))
	}
	if liquid {
		w.averageLiquid(in)
	} else {
		w.average(in.averageRate())
	}

	w.next.columnSums(w.sums)
	divisors(w.divisors, w.sums)
	for i, stake := range w.out.Fixed.ActiveStake {
		var earned uint64
		for _, c := range w.next.row(i) {
			j := c.column()
			earned += mul(w.divisors[j].into(c.value()), w.out.Fixed.Incentive[j])
		}
		w.income[i] = mul(earned, stake)
	}
	normalise(w.out.Fixed.Dividends, w.income)
}

// anyConsensus says whether any uid has consensus. Without, there is nothing for
// liquid alpha to measure from.
func (w *Workspace) anyConsensus() bool {
	for _, c := range w.out.Fixed.Consensus {
		if c != 0 {
			return true
		}
	}
	return false
}

// averageLiquid fills w.next with the moving average in which every cell has a
// rate of its own. Only cells of V take part and they keep their order: an old
// bond without one is lost.
//
// The chain computes rates by walking along columns as if rows ascended. There a
// cell that follows one of a larger column goes unseen and counts as 0, while the
// average itself takes its true value.
func (w *Workspace) averageLiquid(in *Input) {
	curve := newAlphaCurve(fromU16(in.AlphaLow), fromU16(in.AlphaHigh), int64(in.AlphaSigmoidSteepness)*one)
	w.next.reset(in.N)
	w.next.reserve(len(w.weights.cells))
	clear(w.bonds)
	for i := range in.N {
		old := w.old.row(i)
		w.spreadBonds(old)
		w.appendLiquid(&curve, w.weights.row(i))
		w.next.closeRow()
		for _, c := range old {
			if j := c.column(); j < len(w.bonds) {
				w.bonds[j] = bondPair{}
			}
		}
	}
}

// bondPair is an old bond and what is seen of it.
type bondPair struct{ held, seen uint64 }

// spreadBonds sets w.bonds to a row of old bonds.
func (w *Workspace) spreadBonds(old []cell) {
	last := -1
	for _, c := range old {
		j := c.column()
		pair := bondPair{held: c.value()}
		if j > last {
			pair.seen, last = c.value(), j
		}
		if j < len(w.bonds) {
			w.bonds[j] = pair
		}
	}
}

// appendLiquid appends the averages of one row of V.
func (w *Workspace) appendLiquid(curve *alphaCurve, row []cell) {
	last := -1
	for _, c := range row {
		j := c.column()
		var seen uint64
		if j > last {
			seen, last = c.value(), j
		}
		old := w.bonds[j]
		rate := curve.rate(w.out.Fixed.Consensus[j], seen, old.seen)
		bond := min(one, mul(one-rate, old.held)+mul(rate, c.value()))
		if bond > 0 {
			w.next.cells = append(w.next.cells, c.with(bond))
		}
	}
}
