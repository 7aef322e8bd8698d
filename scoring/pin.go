package scoring

import (
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// shownIn is for how many rounds up to the one in which answers are due the root shown
// is taken for theirs: an honest miner has two chances to show it.
const shownIn = 2

// pin notes, in the rounds in which answers fall due, which root each rater shows: its
// answers are asked for under the last one, whatever it shows later. Who is asked then and
// shows none has no answers. Where this validator did not ask, nothing is noted.
func (s *State) pin(r *round) {
	asked := map[protocol.Hotkey]*evidence.Call{}
	for _, x := range r.exchanges {
		if len(x.Calls) > 0 {
			asked[x.Miner] = &x.Calls[0]
		}
	}
	for _, b := range s.books {
		for _, j := range b.jobs {
			if r.opened.Round > j.due || r.opened.Round+shownIn <= j.due {
				continue
			}
			for _, x := range j.handouts {
				if x.taken && !x.final {
					x.pin(s.miners[x.hotkey], asked[x.hotkey], r)
				}
			}
		}
	}
}

func (x *handout) pin(m *miner, call *evidence.Call, r *round) {
	switch {
	case call != nil && call.Outcome == evidence.Answered && m != nil && len(m.roots) > 0:
		x.root, x.shown = m.roots[len(m.roots)-1].Root.Seq, r.opened.Round
	case call == nil, call.Outcome.Consequence().Counts && !r.cutOff:
		x.silent = true // a miner without an axon is not asked, and chose so
	}
}

// pinned are the roots that answers are still to be asked for under.
func (s *State) pinned() map[protocol.Hotkey][]uint64 {
	out := map[protocol.Hotkey][]uint64{}
	for _, b := range s.books {
		for _, j := range b.jobs {
			for _, x := range j.handouts {
				if x.root > 0 && !x.final {
					out[x.hotkey] = append(out[x.hotkey], x.root)
				}
			}
		}
	}
	return out
}

// untaken counts a round against those who were to be handed work again and have no axon
// any more.
func (s *State) untaken(r *round) {
	asked := map[protocol.Hotkey]bool{}
	for _, x := range r.exchanges {
		asked[x.Miner] = true
	}
	for _, b := range s.books {
		for h, who := range b.raters {
			if who.pending != nil && !asked[h] {
				who.pending.tries++
			}
		}
	}
}

// lapse ends the handouts of a job that is over and that no question will end: without a
// root, under an empty one, or never taken. They are void where the rater had no chance.
func (s *State) lapse(b *book, j *job) {
	for _, x := range j.handouts {
		switch {
		case x.final:
		case !x.taken:
			x.final, x.void = true, x.tries < min(s.params.MaxTries, int(j.program.Labelling.Rounds))
			if who := b.raters[x.hotkey]; who != nil && who.pending == x {
				who.pending = nil
			}
		case x.root == 0, x.shown < j.due && !x.silent:
			// Shown in the round before the last alone, a root may be one of before the
			// answers: who was not asked again had no second chance.
			x.final, x.void = true, !x.silent
		default:
			if m := s.miners[x.hotkey]; m != nil {
				if r, ok := m.find(x.root); ok && r.Root.Count > 0 {
					continue // it will be asked
				}
			}
			x.final = true
		}
	}
}

// labels is a miner's cell of a labelling program; nil where it has none.
func (m *miner) labels(p *program.Program) *cell {
	if m == nil {
		return nil
	}
	return m.cells[labelCell(p)]
}
