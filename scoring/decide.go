package scoring

import "github.com/assaynet/assay/protocol"

// Decision is a verdict on a miner, told when the round is closed in which it was taken.
type Decision struct {
	Round  uint64
	Hotkey protocol.Hotkey
	// Cell is the cell that is rejected or on trial, or the program, where that is meant as
	// a whole; empty where the whole key is.
	Cell string
	What string  // one of the constants below, or the name of a flag
	Rows float64 // decided draws of the miner so far
}

// What a Decision says, besides the names of flags.
const (
	DecidedRejected = "rejected"
	DecidedOnTrial  = "on_trial"
	DecidedWatched  = "watched"
)

// OnDecision tells f of each decision that is new in a round. It does not change the
// fold, and serves those who study it.
func (s *State) OnDecision(f func(Decision)) { s.onDecision, s.decided = f, map[decided]bool{} }

// decided names a decision that was told.
type decided struct {
	hotkey protocol.Hotkey
	cell   cellID
	whole  bool // of the cell's program
	what   string
}

// announce tells what was decided since the last round. A decision that no longer holds
// may be told again later.
func (s *State) announce(round uint64) {
	if s.onDecision == nil {
		return
	}
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		s.note(round, m, decided{h, cellID{}, false, DecidedRejected}, m.rejected())
		s.note(round, m, decided{h, cellID{}, false, DecidedWatched}, s.watched[h])
		for _, f := range m.flags {
			s.note(round, m, decided{h, cellID{}, false, f.name}, f.round == round)
		}
		for _, id := range m.sortedCells() {
			c := m.cells[id]
			s.note(round, m, decided{h, id, false, DecidedRejected}, c.test.rejected)
			s.note(round, m, decided{h, id, false, DecidedOnTrial}, s.onTrial(id, &c.change))
		}
		for _, id := range m.sortedWholes() {
			w, first := m.wholes[id], cellID{id.program, id.number}
			s.note(round, m, decided{h, first, true, DecidedRejected}, w.test.rejected)
			s.note(round, m, decided{h, first, true, DecidedOnTrial}, s.onTrial(first, &w.change))
		}
	}
}

func (s *State) note(round uint64, m *miner, key decided, holds bool) {
	if holds == s.decided[key] {
		return
	}
	if !holds {
		delete(s.decided, key)
		return
	}
	s.decided[key] = true
	d := Decision{Round: round, Hotkey: m.hotkey, What: key.what, Rows: float64(m.all.Checked)}
	if p := s.programOf(key.cell.program); p != nil {
		d.Cell = p.Name + "/" + p.CellName(key.cell.cell)
		if key.whole {
			d.Cell = s.sourceName(sourceID{key.cell.program, key.cell.cell})
		}
	}
	s.onDecision(d)
}
