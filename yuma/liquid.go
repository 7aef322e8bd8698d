package yuma

// averageLiquid fills w.next with the moving average in which every cell has a
// rate of its own, and adds up its columns. Only cells of V take part and they keep
// their order: an old bond without one is lost.
//
// The chain computes rates by walking along columns as if rows ascended. There a
// cell that follows one of a larger column goes unseen and counts as 0, while the
// average itself takes its true value.
func (w *Workspace) averageLiquid(in *Input) {
	curve := newAlphaCurve(fromU16(in.AlphaLow), fromU16(in.AlphaHigh), int64(in.AlphaSigmoidSteepness)*one)
	limit := in.bondedSince()
	w.next.reset(in.N, len(w.weights.cells))
	clear(w.bonds)
	for i := range in.N {
		fresh := w.weights.row(i)
		held, rates := w.held[:len(fresh)], w.rates[:len(fresh)]
		if w.weightsUnsorted[i] || w.bondsUnsorted[i] {
			w.measureUnsorted(in, i, limit)
		} else {
			w.measure(in, i, limit)
		}
		curve.rates(rates)
		w.next.take(liquidRow(w.columns, w.next.spare(len(fresh)), fresh, held, rates))
	}
}

// liquidRow averages a row with a rate for every cell, and returns how many bonds it has
// put into next.
func liquidRow(columns []column, next, fresh []cell, held, rates []uint64) (n int) {
	held, rates = held[:len(fresh)], rates[:len(fresh)]
	for k, c := range fresh {
		bond := min(one, mul(one-rates[k], held[k])+mul(rates[k], c.value()))
		if bond > 0 {
			next[n] = c.with(bond)
			n++
			columns[c.column()].add(bond)
		}
	}
	return n
}

// measure looks up the old bond of every weight in a row, into w.held, and how far the
// cell is from where it should be, into w.rates. Both rows ascend.
func (w *Workspace) measure(in *Input, i int, limit uint64) {
	fresh, old := w.weights.row(i), rowOf(in.Bonds, i)
	held, rates := w.held[:len(fresh)], w.rates[:len(fresh)]
	consensus, registered := w.out.Fixed.Consensus, in.BlockAtRegistration
	for k, c := range fresh {
		j, v := c.column(), c.value()
		for len(old) > 0 && int(old[0].Column) < j {
			old = old[1:]
		}
		var bond uint64
		if len(old) > 0 && int(old[0].Column) == j {
			if registered[j] < limit {
				bond = fromU16(old[0].Value)
			}
			old = old[1:]
		}
		held[k], rates[k] = bond, distance(consensus[j], v, bond)
	}
}

// measureUnsorted is measure for rows in any order.
func (w *Workspace) measureUnsorted(in *Input, i int, limit uint64) {
	w.spreadBonds(in, i, limit)
	last := -1
	for k, c := range w.weights.row(i) {
		j := c.column()
		var seen uint64
		if j > last {
			seen, last = c.value(), j
		}
		old := w.bonds[j]
		w.held[k], w.rates[k] = old.held, distance(w.out.Fixed.Consensus[j], seen, old.seen)
	}
	for _, c := range rowOf(in.Bonds, i) {
		if int(c.Column) < in.N {
			w.bonds[c.Column] = bondPair{}
		}
	}
}

// bondPair is an old bond and what is seen of it.
type bondPair struct{ held, seen uint64 }

// spreadBonds sets w.bonds to uid i's old bonds. Those on uids that do not exist are
// skipped, and yet take part in the row's order; outdated ones do not.
func (w *Workspace) spreadBonds(in *Input, i int, limit uint64) {
	last := -1
	for _, c := range rowOf(in.Bonds, i) {
		j := int(c.Column)
		var registered uint64
		if j < in.N {
			registered = in.BlockAtRegistration[j]
		}
		if registered >= limit {
			continue
		}
		pair := bondPair{held: fromU16(c.Value)}
		if j > last {
			pair.seen, last = pair.held, j
		}
		if j < in.N {
			w.bonds[j] = pair
		}
	}
}
