package yuma

// yuma2 computes bonds as shares: old bonds and the stake put behind weights
// each make up a column of one, their moving average is brought to one again,
// and dividends are what the shares earn of each column's incentive. The bonds
// left in w.next are scaled so that the largest of a column is 1.0.
func (w *Workspace) yuma2(in *Input) {
	w.loadBonds(in, false)
	w.oneColumn(&w.old)
	for i, stake := range w.out.Fixed.ActiveStake {
		row := w.weights.row(i)
		for k, c := range row {
			row[k] = c.with(mul(c.value(), stake))
		}
	}
	w.oneColumn(&w.weights)
	w.average(in.averageRate())

	w.next.columnSums(w.sums)
	divisors(w.divisors, w.sums)
	clear(w.sums)
	largest := w.sums
	for i := range w.next.rows() {
		var dividend uint64
		row := w.next.row(i)
		for k, c := range row {
			j := c.column()
			bond := w.divisors[j].into(c.value())
			dividend += mul(w.out.Fixed.Incentive[j], bond)
			largest[j] = max(largest[j], bond)
			row[k] = c.with(bond)
		}
		w.income[i] = dividend
	}
	normalise(w.out.Fixed.Dividends, w.income)
	divisors(w.divisors, largest)
	w.next.divideColumns(w.divisors)
}

// oneColumn divides each column of m by its sum.
func (w *Workspace) oneColumn(m *matrix) {
	m.columnSums(w.sums)
	divisors(w.divisors, w.sums)
	m.divideColumns(w.divisors)
}
