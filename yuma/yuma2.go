package yuma

// yuma2 computes bonds as shares: old bonds and the stake put behind weights
// each make up a column of one, their moving average is brought to one again,
// and dividends are what the shares earn of each column's incentive. Bonds are stored
// scaled so that the largest of a column is 1.0.
func (w *Workspace) yuma2(in *Input) {
	w.freshShares(in)
	w.oldShares(in)
	w.averageShares(in)
	w.earnShares()
	normalise(w.out.Fixed.Dividends, w.income)
}

// freshShares turns the weights into V·A and prepares the division by the sums of its
// columns. If bonds follow the clipped weights, the stage before has done both: the sums
// are the ranks.
func (w *Workspace) freshShares(in *Input) {
	if in.BondsPenalty == maxU16 {
		for j, rank := range w.out.Fixed.Ranks {
			w.columns[j].fresh = newDivisor(rank)
		}
		return
	}
	w.openColumns()
	for i, stake := range w.out.Fixed.ActiveStake {
		by := newFactor(stake)
		row := w.weights.row(i)
		for k, c := range row {
			v := by.times(c.value())
			row[k] = c.with(v)
			w.columns[c.column()].sum += v
		}
	}
	for j := range w.columns {
		w.columns[j].fresh = newDivisor(w.columns[j].sum)
	}
}

// oldShares prepares the division of old bonds by the sums of their columns, which
// readRows has left in w.order. A column that belongs to a uid's predecessor has a
// divisor that makes it vanish.
func (w *Workspace) oldShares(in *Input) {
	sums := w.order
	limit := in.bondedSince()
	for j, registered := range in.BlockAtRegistration {
		if registered >= limit {
			sums[j] = 0
		}
		w.columns[j].old = newDivisor(sums[j])
	}
}

// averageShares fills w.next with the moving averages, in ascending order of columns,
// and adds up their columns and finds the largest of each.
func (w *Workspace) averageShares(in *Input) {
	average := newBlend(in.BondsMovingAverage)
	w.next.reset(in.N, len(w.weights.cells)+cellCount(in.Bonds))
	w.openColumns()
	for i := range in.N {
		fresh, old := w.sortWeights(i), w.sortedBonds(in, i)
		next := w.next.spare(len(fresh) + len(old))
		both, n := 0, 0
		if average.away == 0 {
			both, n = alignedShares(w.columns, next, fresh, old, average.rate, average.keep)
		}
		n += mergedShares(w.columns, next[n:], fresh[both:], old[both:], &average)
		w.next.take(n)
	}
}

// alignedShares averages two rows up to where their columns differ. Mostly that is the
// end, for a validator has bonds where it put weights. It returns how many cells of
// either row it has read, and how many bonds put into next. It and the loops like it
// are functions of their own, with nothing else in them, so that more of what they use
// stays in registers.
func alignedShares(columns []column, next, fresh []cell, old Row, rate, keep factor) (k, n int) {
	most := min(len(fresh), len(old))
	fresh, old = fresh[:most], old[:most]
	for k, c := range fresh {
		if c.column() != int(old[k].Column) {
			return k, n
		}
		at := &columns[c.column()]
		v := rate.times(at.fresh.into(c.value())) + keep.times(at.old.into(uint64(old[k].Value)))
		if v > 0 {
			next[n] = c.with(v)
			n++
			at.add(v)
		}
	}
	return most, n
}

// mergedShares is alignedShares for any two rows that ascend.
func mergedShares(columns []column, next, fresh []cell, old Row, average *blend) (n int) {
	for {
		j := nextColumn(fresh, old)
		if j == noColumn {
			return n
		}
		at := &columns[j]
		var x, y uint64
		if len(fresh) > 0 && fresh[0].column() == j {
			x = at.fresh.into(fresh[0].value())
			fresh = fresh[1:]
		}
		if len(old) > 0 && int(old[0].Column) == j {
			y = at.old.into(uint64(old[0].Value))
			old = old[1:]
		}
		if v := average.of(x, y); v > 0 {
			next[n] = newCell(j, v)
			n++
			at.add(v)
		}
	}
}

// earnShares divides the averages by the sums of their columns, adds up what they
// earn, and scales them for storage. Division keeps the order, so that the largest of
// a column stays the largest.
func (w *Workspace) earnShares() {
	w.closeColumns()
	for i := range w.next.rows() {
		row := w.next.row(i)
		w.shareRow(row)
		if stored := w.storedRow(i); stored != nil {
			w.income[i] = storeShares(w.columns, row, stored)
		} else {
			w.income[i] = earned(w.columns, row)
		}
	}
}

// storeShares is earned for a row that is stored.
func storeShares(columns []column, row []cell, stored Row) (sum uint64) {
	stored = stored[:len(row)]
	for k, c := range row {
		at := &columns[c.column()]
		bond := at.fresh.into(c.value())
		sum += at.incentive.times(bond)
		stored[k] = Cell{Column: uint16(c.column()), Value: uint16(at.old.into(bond) * maxU16 >> 32)}
	}
	return sum
}

// earned returns what a row's shares earn.
func earned(columns []column, row []cell) (sum uint64) {
	for _, c := range row {
		at := &columns[c.column()]
		sum += at.incentive.times(at.fresh.into(c.value()))
	}
	return sum
}
