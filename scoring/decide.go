package scoring

import "github.com/assaynet/assay/protocol"

// Decision is a verdict on a miner, told when the round is closed in which it was taken.
type Decision struct {
	Round  uint64
	Hotkey protocol.Hotkey
	// Cell is the cell that is rejected or on trial; empty where the whole key is meant.
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
		s.note(round, m, cellID{}, DecidedRejected, m.rejected())
		s.note(round, m, cellID{}, DecidedWatched, s.watched[h])
		for _, f := range m.flags {
			s.note(round, m, cellID{}, f.name, f.round == round)
		}
		for id, c := range m.cells {
			if c.test.rejected || c.change.onTrial || s.decided[decided{h, id, DecidedOnTrial}] {
				s.note(round, m, id, DecidedRejected, c.test.rejected)
				s.note(round, m, id, DecidedOnTrial, s.onTrial(c))
			}
		}
	}
}

func (s *State) note(round uint64, m *miner, id cellID, what string, holds bool) {
	key := decided{m.hotkey, id, what}
	if holds == s.decided[key] {
		return
	}
	if !holds {
		delete(s.decided, key)
		return
	}
	s.decided[key] = true
	d := Decision{Round: round, Hotkey: m.hotkey, What: what, Rows: float64(m.all.Checked)}
	if p := s.programOf(id.program); p != nil {
		d.Cell = p.Name + "/" + p.CellName(id.cell)
	}
	s.onDecision(d)
}
