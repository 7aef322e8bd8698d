package yuma

import "math"

// loadWeights fills w.weights with W: the stored rows without the entries that
// must not count, each divided by its sum. Entries of value 0 stay.
func (w *Workspace) loadWeights(in *Input) {
	w.weights.reset(in.N)
	w.weights.reserve(cellCount(in.Weights))
	owner := in.owner()
	for i := range in.N {
		if in.permitted(i) {
			w.loadRow(in, i, i == owner)
		}
		w.weights.closeRow()
	}
}

// loadRow appends uid i's weights. Left out are weights for uids that do not
// exist, for itself unless it is the owner, and those older than the target.
func (w *Workspace) loadRow(in *Input, i int, owner bool) {
	limit := in.registeredBefore(i)
	start := len(w.weights.cells)
	cells := w.weights.cells
	var sum uint64
	for _, c := range rowOf(in.Weights, i) {
		j := int(c.Column)
		if j >= in.N || j == i && !owner || in.BlockAtRegistration[j] >= limit {
			continue
		}
		sum += uint64(c.Value)
		cells = append(cells, newCell(j, uint64(c.Value)))
	}
	w.weights.cells = cells
	by := newDivisor(sum)
	for k, c := range cells[start:] {
		cells[start+k] = c.with(by.into(c.value()))
	}
}

// registeredBefore returns the block before which a uid must have been
// registered for uid i's weight on it to count. The weight must be newer than
// the registration. With commit-reveal the earliest commit, which fixed the
// weights that come next, must not be older than it either.
func (in *Input) registeredBefore(i int) uint64 {
	limit := in.lastUpdate(i)
	if in.CommitRevealEnabled && len(in.ActiveCommitBlock) != 0 {
		if c := in.ActiveCommitBlock[i]; c != math.MaxUint64 {
			limit = min(limit, c+1)
		}
	}
	return limit
}

// cellCount returns the number of cells in all rows.
func cellCount(rows []Row) int {
	n := 0
	for _, row := range rows {
		n += len(row)
	}
	return n
}
