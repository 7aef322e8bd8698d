package scoring

// What a cell is paid for is the bytes that are proven to be in it and that are worth
// something: valid, first seen with this miner, fresh. By the rules of fold version 4 they
// are estimated from all draws by bytes of the program (Horvitz and Thompson 1952),
//
//	estimate = amount / (D + value_prior),
//
// amount being the sum, over the draws that landed in the cell, of their worth times all
// bytes that the miner had of the program when they were drawn, and D the number of draws
// that landed in any of its cells. Both forget at each draw of the program. The mean of
// each draw is what the index was worth at that time, whatever the miner shows when; so
// nothing is gained by what is shown between draws, and none by how items are divided
// over cells and keys. Then
//
//	unique = min(2 · proven bytes, estimate) · min(1, B / Σ estimates) · resolved,
//
// B being the proven bytes of the program now: what was taken away is not paid on. A
// single cell has room for the chance of the draws, all cells together have none.
//
// Before, each cell had draws, a memory and a prior of its own, and
//
//	unique = min(proven bytes · worth, amount) / (draws + value_prior) · resolved.

// cellRoom is by how much the estimate of one cell may exceed what is proven of it.
const cellRoom = 2

// amountOf is the bytes that a draw from a cell stands for.
func (s *State) amountOf(m *miner, id cellID, c *cell) uint64 {
	if !s.since(4) {
		return c.sums.Bytes
	}
	return m.bytesOf(id.program)
}

// bytesOf is what is proven of a program.
func (m *miner) bytesOf(program [8]byte) (sum uint64) {
	for id, c := range m.cells {
		if id.program == program {
			sum += c.sums.Bytes
		}
	}
	return sum
}

// drawsOver is what the sums of a cell's tally are divided by to give means that are
// shrunk to zero by the prior.
func (s *State) drawsOver(m *miner, id cellID, c *cell) float64 {
	if !s.since(4) {
		return c.paid.drawn + s.params.ValuePrior
	}
	drawn, _ := m.tallied(id.program)
	return drawn + s.params.ValuePrior
}

// tallied are the draws and the amounts of all cells of a program.
func (m *miner) tallied(program [8]byte) (drawn, amount float64) {
	for _, id := range m.sortedCells() {
		if id.program == program {
			drawn += m.cells[id].paid.drawn
			amount += m.cells[id].paid.amount
		}
	}
	return drawn, amount
}

// fadePaid lets a draw of a program pass over the tallies of all its cells.
func (m *miner) fadePaid(program [8]byte, by float64) {
	for id, c := range m.cells { // each alone: any order
		if id.program == program {
			c.paid.fade(by)
		}
	}
}

// unique is the unique bytes of a cell.
func (s *State) unique(m *miner, id cellID, c *cell, eta noise) float64 {
	resolved := c.resolved(eta)
	if s.without(WithoutResolved) {
		resolved = 1
	}
	switch {
	case s.without(WithoutStrata):
		worth, drawn := m.pooled(id.program)
		return float64(float64(float64(c.sums.Bytes)*worth) / (drawn + s.params.ValuePrior) * resolved)
	case s.without(WithoutProven) || s.without(WithoutSeen):
		return float64(float64(float64(c.sums.Bytes)*c.paid.worth) / (c.paid.drawn + s.params.ValuePrior) * resolved)
	case s.since(4):
		return float64(s.estimate(m, id, c) * resolved)
	}
	bytes := min(float64(float64(c.sums.Bytes)*c.paid.worth), c.paid.amount)
	return float64(bytes / s.drawsOver(m, id, c) * resolved)
}

// estimate is the worth of a cell in bytes, no more than is there.
func (s *State) estimate(m *miner, id cellID, c *cell) float64 {
	drawn, amount := m.tallied(id.program)
	if amount == 0 {
		return 0
	}
	over := drawn + s.params.ValuePrior
	there := min(1, float64(float64(m.bytesOf(id.program))*over)/amount)
	return float64(min(float64(cellRoom*float64(c.sums.Bytes)), c.paid.amount/over) * there)
}

// pooled are the worth and the draws of all cells of a program together.
func (m *miner) pooled(program [8]byte) (worth, drawn float64) {
	for _, id := range m.sortedCells() {
		if id.program == program {
			worth += m.cells[id].paid.worth
			drawn += m.cells[id].paid.drawn
		}
	}
	return worth, drawn
}
