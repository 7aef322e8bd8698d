package scoring

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// candidate is a draw by bytes that came to a verdict, and that pay may follow from.
type candidate struct {
	d     *draw
	m     *miner
	block uint64 // of the receipt of its root
	order item.Hash
}

// admit enters the items that passed into the credit book: those whose key is there
// already, and of the others as many as can be asked about, in an order that nobody
// chose. Where a round has more than there is room for, every draw that comes after the
// last one with room is left out of what pay follows from, whether it passed or failed,
// and also when its key is there already. Neither of these needs room, but if they were
// all counted, and only a part of what passed anew, the counted would be unlike the drawn.
//
// Before fold version 4 only what found no room was left out.
func (s *State) admit(round uint64) {
	waiting := s.candidates(round)
	slices.SortStableFunc(waiting, func(a, b candidate) int { return bytes.Compare(a.order[:], b.order[:]) })
	full, taken := false, 0
	for _, c := range waiting {
		known := c.d.spot.Verdict != Pass || s.credits.has(c.d.key)
		full = full || !known && s.credits.unsettled() >= admitted*s.params.ClaimsPerRound
		if c.d.left = full && (!known || s.since(4)); c.d.left {
			continue
		}
		taken++
		if !known {
			s.credits.enter(c.d.key, c.order, c.block, round)
		}
		if c.d.spot.Verdict == Pass {
			s.credits.draw(c.d.key, c.m.hotkey, c.block, round)
		}
	}
	s.taken = 1
	if s.since(4) && len(waiting) > 0 {
		s.taken = float64(taken) / float64(len(waiting))
	}
}

// candidates are those of the round. That a miner has a key which is there already is
// noted at once, whether there is room or not. A draw under a root that is not known any
// more is left out, since nothing says since when the item was there.
func (s *State) candidates(round uint64) []candidate {
	var out []candidate
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		for _, d := range m.draws {
			passed := d.spot.Verdict == Pass
			if d.mode != protocol.DrawByte || d.entered || !passed && (d.spot.Verdict == Pending || !s.since(4)) {
				continue
			}
			d.entered = true
			rec, ok := m.find(d.seq)
			s.credits.keep(d.key, s.mayHold)
			if d.left = !ok; !ok {
				continue
			}
			if passed && s.credits.has(d.key) {
				s.credits.draw(d.key, h, rec.Block, round)
			}
			out = append(out, candidate{d, m, rec.Block, orderOf(round, d.key)})
		}
	}
	return out
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
