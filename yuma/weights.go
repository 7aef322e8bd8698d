package yuma

import (
	"math"
	"slices"
	"sort"
)

// readRows goes through all stored weights and bonds once, a row at a time so that each
// is still in the cache when it is read again: it checks their order, adds up rows of
// weights and columns of bonds, and counts the votes of columns. It fails if a row is
// not valid.
func (w *Workspace) readRows(in *Input) (err error) {
	w.newest = 0
	if in.N > 0 {
		w.newest = slices.Max(in.BlockAtRegistration)
	}
	clear(w.tally)
	clear(w.order)
	for i := range in.N {
		if w.weightsUnsorted[i], err = checkRow("Weights", in.Weights, i); err != nil {
			return err
		}
		w.rowSums[i] = w.countRow(w.validRow(in, i), w.voting[i])
		if w.bondsUnsorted[i], err = checkRow("Bonds", in.Bonds, i); err != nil {
			return err
		}
		if !in.Yuma3 {
			addColumns(w.order, rowOf(in.Bonds, i))
		}
	}
	return nil
}

// addColumns adds a row to the sums of columns.
func addColumns(sums []uint64, row Row) {
	for _, c := range row {
		if j := int(c.Column); j < len(sums) {
			sums[j] += uint64(c.Value)
		}
	}
}

// loadWeights fills w.weights with W: the stored rows without the entries that
// must not count, each divided by its sum. Entries of value 0 stay. Votes are put among
// those of their column, which could not be done before readRows knew how many every
// column has.
func (w *Workspace) loadWeights(in *Input, kappa uint64) {
	w.openBallots(kappa)
	w.weights.reset(in.N, cellCount(in.Weights))
	for i := range in.N {
		row := w.validRow(in, i)
		cells := w.weights.spare(len(row))
		if by := newDivisor(w.rowSums[i]); w.voting[i] > 0 {
			w.divideAndVote(cells, row, by, w.voting[i])
		} else {
			divideRow(cells, row, by)
		}
		w.weights.take(len(row))
	}
}

// countRow returns the sum of a row, and counts its positive entries as votes if it
// has any stake.
func (w *Workspace) countRow(row Row, stake uint64) (sum uint64) {
	var votes tally
	if stake > 0 {
		votes = newTally(stake)
	}
	tallies := w.tally
	for _, c := range row {
		sum += uint64(c.Value)
		if c.Value > 0 {
			tallies[c.Column] += votes
		}
	}
	return sum
}

func divideRow(cells []cell, row Row, by divisor) {
	cells = cells[:len(row)]
	for k, c := range row {
		cells[k] = newCell(int(c.Column), by.into(uint64(c.Value)))
	}
}

// divideAndVote is divideRow for a row with stake, and puts its positive entries among
// the votes of contested columns. What was positive stays so, as the row's sum is below
// 2^31.
func (w *Workspace) divideAndVote(cells []cell, row Row, by divisor, stake uint64) {
	cells = cells[:len(row)]
	ballots, votes := w.ballots, w.votes
	for k, c := range row {
		v := by.into(uint64(c.Value))
		cells[k] = newCell(int(c.Column), v)
		// In a column that is not contested, the place is beyond all votes.
		if at := ballots[c.Column]; at < uint(len(votes)) && v > 0 {
			votes[at] = newVote(v, stake)
			ballots[c.Column] = at + 1
		}
	}
}

// validRow returns the weights of uid i that count. Left out are those for uids that do
// not exist, for itself unless it is the owner, and those older than the target. The
// result is valid until the next call.
func (w *Workspace) validRow(in *Input, i int) Row {
	row := rowOf(in.Weights, i)
	if len(row) == 0 || !in.permitted(i) {
		return nil
	}
	self := i
	if i == in.owner() {
		self = noColumn
	}
	limit := in.registeredBefore(i)
	if w.newest < limit && !w.weightsUnsorted[i] && int(row[len(row)-1].Column) < in.N && !hasColumn(row, self) {
		return row // as it is, like most
	}
	w.sorted = w.sorted[:0]
	for _, c := range row {
		if j := int(c.Column); j < in.N && j != self && in.BlockAtRegistration[j] < limit {
			w.sorted = append(w.sorted, c)
		}
	}
	return w.sorted
}

// hasColumn says whether an ascending row has a cell for column j.
func hasColumn(row Row, j int) bool {
	k := sort.Search(len(row), func(k int) bool { return int(row[k].Column) >= j })
	return k < len(row) && int(row[k].Column) == j
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
