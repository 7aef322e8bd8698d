package yuma

// yuma3 computes bonds as absolute amounts between 0 and a full bond of 1.0, left
// in w.next. Dividends are a validator's shares in the bonds of each column, paid
// with the column's incentive and multiplied by its active stake.
func (w *Workspace) yuma3(in *Input) {
	w.averageAbsolute(in)
	w.earnBonds()
	normalise(w.out.Fixed.Dividends, w.income)
}

// averageAbsolute fills w.next with the moving averages and adds up their columns.
func (w *Workspace) averageAbsolute(in *Input) {
	w.openColumns()
	if in.LiquidAlpha && w.anyConsensus() {
		w.averageLiquid(in)
	} else {
		w.averageBonds(in)
	}
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

// averageBonds fills w.next with the moving averages, in ascending order of columns,
// and adds up their columns.
func (w *Workspace) averageBonds(in *Input) {
	average := newBlend(in.BondsMovingAverage)
	limit := in.bondedSince()
	w.next.reset(in.N, len(w.weights.cells)+cellCount(in.Bonds))
	for i := range in.N {
		fresh, old := w.sortWeights(i), w.sortedBonds(in, i)
		next := w.next.spare(len(fresh) + len(old))
		n := 0
		for {
			j := nextColumn(fresh, old)
			if j == noColumn {
				break
			}
			var x, y uint64
			if len(fresh) > 0 && fresh[0].column() == j {
				x = fresh[0].value()
				fresh = fresh[1:]
			}
			if len(old) > 0 && int(old[0].Column) == j {
				if in.BlockAtRegistration[j] < limit {
					y = fromU16(old[0].Value)
				}
				old = old[1:]
			}
			if v := average.of(x, y); v > 0 {
				next[n] = newCell(j, v)
				n++
				w.columns[j].add(v)
			}
		}
		w.next.take(n)
	}
}

// earnBonds adds up what the shares in bonds earn, and stores the bonds.
func (w *Workspace) earnBonds() {
	w.closeColumns()
	for i, stake := range w.out.Fixed.ActiveStake {
		row := w.next.row(i)
		if stored := w.storedRow(i); stored != nil {
			storeBonds(row, stored)
		}
		w.shareRow(row)
		w.income[i] = mul(earned(w.columns, row), stake)
	}
}

func storeBonds(row []cell, stored Row) {
	stored = stored[:len(row)]
	for k, c := range row {
		stored[k] = Cell{Column: uint16(c.column()), Value: toU16(c.value())}
	}
}
