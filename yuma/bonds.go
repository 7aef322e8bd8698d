package yuma

import (
	"cmp"
	"math"
	"slices"
)

// bondedSince returns the block before which a uid must have been registered for
// old bonds on it to be its own.
func (in *Input) bondedSince() uint64 {
	if last := in.LastMechanismStepBlock; last != 0 {
		return last + min(1, math.MaxUint64-last)
	}
	return in.Block - min(in.Block, uint64(in.Tempo))
}

// sortWeights puts row i of the weights in ascending order of columns and returns it.
func (w *Workspace) sortWeights(i int) []cell {
	row := w.weights.row(i)
	if w.weightsUnsorted[i] {
		slices.Sort(row)
		w.weightsUnsorted[i] = false
	}
	return row
}

// sortedBonds returns uid i's stored bonds in ascending order of columns, without
// those on uids that do not exist. It is valid until the next call.
func (w *Workspace) sortedBonds(in *Input, i int) Row {
	row := rowOf(in.Bonds, i)
	if w.bondsUnsorted[i] {
		w.sorted = append(w.sorted[:0], row...)
		row = w.sorted
		slices.SortFunc(row, func(a, b Cell) int { return cmp.Compare(a.Column, b.Column) })
	}
	for len(row) > 0 && int(row[len(row)-1].Column) >= in.N {
		row = row[:len(row)-1]
	}
	return row
}

// blend is the moving average of bonds: rate·fresh + (1-rate)·old, each product
// rounded on its own.
type blend struct {
	rate, keep factor
	away       uint64 // if not 0, the rate is negative, this its magnitude, and the others unused
}

// newBlend takes BondsMovingAverage, of which the fraction is rounded down.
func newBlend(movingAverage uint64) blend {
	keep := movingAverage << 32 / fullMovingAverage
	if keep > one {
		return blend{away: keep - one}
	}
	return blend{rate: newFactor(one - keep), keep: newFactor(keep)}
}

// of returns the average, 0 if it is negative.
func (b *blend) of(fresh, old uint64) uint64 {
	if b.away != 0 {
		return b.awayFrom(fresh, old)
	}
	return b.rate.times(fresh) + b.keep.times(old)
}

// awayFrom is of for a negative rate, whose product is rounded toward minus infinity.
func (b *blend) awayFrom(fresh, old uint64) uint64 {
	kept := mul(one+b.away, old)
	return kept - min(kept, mulUp(b.away, fresh))
}

// column is what bonds need to know of one column: beside each other, for every cell
// looks all of it up.
type column struct {
	// fresh and old are what V and the bonds of the epoch before are divided by. Once
	// these are averaged, they have become share and scale: what the new bonds are
	// divided by for dividends, and after that for storage.
	fresh, old divisor
	// incentive is what the column pays.
	incentive factor
	// sum and largest are of the new bonds.
	sum, largest uint64
	// With this, a column fills a line of the cache instead of parts of two.
	_ uint64
}

// add counts a new bond.
func (c *column) add(bond uint64) {
	c.sum += bond
	c.largest = max(c.largest, bond)
}

// openColumns prepares w.columns for new bonds.
func (w *Workspace) openColumns() {
	for j := range w.columns {
		w.columns[j].sum, w.columns[j].largest = 0, 0
	}
}

// closeColumns prepares the shares of new bonds and what they earn.
func (w *Workspace) closeColumns() {
	w.beyond = false
	for j := range w.columns {
		c := &w.columns[j]
		c.incentive = newFactor(w.out.Fixed.Incentive[j])
		c.fresh = newDivisor(c.sum)
		c.old = newDivisor(quo(c.largest, c.sum))
		w.beyond = w.beyond || c.largest > one
	}
	w.stored = resize(w.stored, len(w.next.cells))
}

// shareRow divides a row of bonds by the sums of their columns if any bond exceeds 1.0,
// which is more than a divisor takes, and makes the divisors leave the row as it is.
// Only a negative rate leads to such bonds.
func (w *Workspace) shareRow(row []cell) {
	if !w.beyond {
		return
	}
	for k, c := range row {
		at := &w.columns[c.column()]
		row[k] = c.with(quo(c.value(), at.sum))
		at.fresh = newDivisor(one)
	}
}

// noColumn is larger than every column.
const noColumn = maxU16 + 1

// nextColumn returns the smaller of the columns of the first cells of two rows.
func nextColumn(fresh []cell, old Row) int {
	j := noColumn
	if len(fresh) > 0 {
		j = fresh[0].column()
	}
	if len(old) > 0 {
		j = min(j, int(old[0].Column))
	}
	return j
}

// storedRow returns the place for uid i's bonds to store, as many as the row has; nil
// if it gets no permit.
func (w *Workspace) storedRow(i int) Row {
	w.out.Bonds[i] = nil
	if w.out.NewValidatorPermits[i] {
		begin, end := w.next.begin[i], w.next.end[i]
		w.out.Bonds[i] = w.stored[begin:end:end]
	}
	return w.out.Bonds[i]
}
