package scoring

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// admit enters the items that passed into the credit book: those whose key is there
// already, and of the others as many as can be asked about, in an order that
// nobody chose. What is not admitted says nothing of who had it first, and is left
// out of what pay follows from.
func (s *State) admit(round uint64) {
	type candidate struct {
		d     *draw
		m     *miner
		block uint64
		order item.Hash
	}
	var fresh []candidate
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		for _, d := range m.draws {
			if d.spot.Verdict != Pass || d.mode != protocol.DrawByte || d.entered {
				continue
			}
			d.entered = true
			rec, ok := m.find(d.seq)
			s.credits.keep(d.key, s.mayHold)
			switch {
			case !ok:
				d.passed = true
			case s.credits.has(d.key):
				s.credits.draw(d.key, h, rec.Block, round)
			default:
				fresh = append(fresh, candidate{d, m, rec.Block, orderOf(round, d.key)})
			}
		}
	}
	slices.SortStableFunc(fresh, func(a, b candidate) int { return bytes.Compare(a.order[:], b.order[:]) })
	for _, c := range fresh {
		if !s.credits.has(c.d.key) {
			if s.credits.unsettled() >= admitted*s.params.ClaimsPerRound {
				c.d.passed = true
				continue
			}
			s.credits.enter(c.d.key, c.order, c.block, round)
		}
		s.credits.draw(c.d.key, c.m.hotkey, c.block, round)
	}
}

// mayHold reports whether a miner is credited for what it had first: it is on the
// subnet, and counts.
func (s *State) mayHold(h protocol.Hotkey) bool {
	m := s.miners[h]
	return m != nil && m.lastSeen+awaited >= s.last.Round && s.counts(m)
}

// admitted is for how many rounds of asking keys may wait.
const admitted = 2

func orderOf(round uint64, key item.Key) item.Hash {
	return item.Sum("assay/admit/v1", binary.BigEndian.AppendUint64(nil, round), key[:])
}
