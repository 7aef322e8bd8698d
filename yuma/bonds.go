package yuma

import "math"

// penalise turns the weights W into V, those that bonds follow: W moved toward
// the clipped weights X by the bonds penalty.
func (w *Workspace) penalise(in *Input) {
	penalty := fromU16(in.BondsPenalty)
	for i := range w.weights.rows() {
		switch penalty {
		case 0:
		case one:
			w.clipRow(i)
		default:
			w.interpolateRow(i, penalty)
		}
	}
}

// clipRow replaces row i by its clipped weights. What is clipped to 0 leaves the
// row, while an explicit 0 stays.
func (w *Workspace) clipRow(i int) {
	row := w.weights.row(i)
	n := 0
	for _, c := range row {
		limit := w.out.Fixed.Consensus[c.column()]
		if c.value() > limit {
			if limit == 0 {
				continue
			}
			c = c.with(limit)
		}
		row[n] = c
		n++
	}
	w.weights.shrink(i, n)
}

// interpolateRow moves row i toward its clipped weights. Unlike the two extremes
// this sorts the row and leaves no zeros in it.
func (w *Workspace) interpolateRow(i int, penalty uint64) {
	row := w.weights.sortRow(i)
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

// loadBonds fills w.old with the stored bonds as integers, without those on uids
// registered since the previous epoch. Bonds on uids that do not exist are kept
// only if asked for: liquid alpha skips them, yet sees the row's order.
func (w *Workspace) loadBonds(in *Input, keepUnknown bool) {
	limit := in.bondedSince()
	w.old.reset(in.N)
	w.old.reserve(cellCount(in.Bonds))
	for i := range in.N {
		for _, c := range rowOf(in.Bonds, i) {
			j := int(c.Column)
			var registered uint64
			if j < in.N {
				registered = in.BlockAtRegistration[j]
			} else if !keepUnknown {
				continue
			}
			if registered < limit {
				w.old.cells = append(w.old.cells, newCell(j, uint64(c.Value)))
			}
		}
		w.old.closeRow()
	}
}

// bondedSince returns the block before which a uid must have been registered for
// old bonds on it to be its own.
func (in *Input) bondedSince() uint64 {
	if last := in.LastMechanismStepBlock; last != 0 {
		return last + min(1, math.MaxUint64-last)
	}
	return in.Block - min(in.Block, uint64(in.Tempo))
}

// averageRate returns the part by which bonds move to the current weights,
// 1 - BondsMovingAverage/10^6 with the second term rounded down.
func (in *Input) averageRate() uint64 {
	return one - in.BondsMovingAverage<<32/fullMovingAverage
}

// average fills w.next with rate·V + (1-rate)·old over the columns of either, in
// ascending order, keeping what is positive. It sorts rows of both.
func (w *Workspace) average(rate uint64) {
	rows := w.weights.rows()
	w.next.reset(rows)
	w.next.reserve(len(w.weights.cells) + len(w.old.cells))
	for i := range rows {
		w.next.cells = appendAverage(w.next.cells, w.weights.sortRow(i), w.old.sortRow(i), rate)
		w.next.closeRow()
	}
}

// appendAverage merges two sorted rows. Both products are rounded on their own.
func appendAverage(dst, fresh, old []cell, rate uint64) []cell {
	keep := one - rate
	for len(fresh) > 0 || len(old) > 0 {
		var at cell
		var v uint64
		fromFresh := len(old) == 0 || len(fresh) > 0 && fresh[0].column() <= old[0].column()
		fromOld := len(fresh) == 0 || len(old) > 0 && old[0].column() <= fresh[0].column()
		if fromFresh {
			at, v = fresh[0], mul(rate, fresh[0].value())
			fresh = fresh[1:]
		}
		if fromOld {
			at, v = old[0], v+mul(keep, old[0].value())
			old = old[1:]
		}
		if v > 0 {
			dst = append(dst, at.with(v))
		}
	}
	return dst
}
