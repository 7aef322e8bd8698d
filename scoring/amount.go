package scoring

// What a cell is paid for is the bytes that are proven to be in it and that are worth
// something: valid, first seen with this miner, fresh. They are estimated from the draws
// by bytes that landed there,
//
//	unique = min(proven bytes now · worth, amount) / draws · D/(D + value_prior) · resolved,
//
// D being the draws of all cells of the program. By the rules of fold version 4 all these
// cells forget together, a draw at each draw of any of them, and share one prior. So the
// estimate and its memory are the same however a miner's items are divided over cells and
// keys. Before, each cell had a memory and a prior of its own: who had one cell on each
// of nine keys remembered nine times less far back, to when there was less, and what was
// fresh has aged since.

// drawsOver is what the sums of a cell's tally are divided by to give means that are
// shrunk to zero by the prior; 0 where no draw landed in it.
func (s *State) drawsOver(m *miner, id cellID, c *cell) float64 {
	if !s.since(4) {
		return c.paid.drawn + s.params.ValuePrior
	}
	if c.paid.drawn < leastDrawn {
		return 0
	}
	all := m.drawnOf(id.program)
	return c.paid.drawn * ((all + s.params.ValuePrior) / all)
}

// leastDrawn is what is left of a draw from where on it is forgotten altogether.
const leastDrawn = 1e-9

// drawnOf is the draws of all cells of a program.
func (m *miner) drawnOf(program [8]byte) (sum float64) {
	for _, id := range m.sortedCells() {
		if id.program == program {
			sum += m.cells[id].paid.drawn
		}
	}
	return sum
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
	worth, over, resolved := c.paid.worth, s.drawsOver(m, id, c), c.resolved(eta)
	if s.without(WithoutResolved) {
		resolved = 1
	}
	if s.without(WithoutStrata) {
		worth, over = m.pooled(id.program)
		over += s.params.ValuePrior
	}
	if over == 0 {
		return 0
	}
	bytes := float64(float64(c.sums.Bytes) * worth)
	if !s.without(WithoutProven) && !s.without(WithoutSeen) && !s.without(WithoutStrata) {
		bytes = min(bytes, c.paid.amount)
	}
	return float64(bytes / over * resolved)
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
