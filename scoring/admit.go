package scoring

import (
	"bytes"
	"encoding/binary"
	"math"
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
	idle  bool // of a miner that is not credited: it enters no key
}

// admit enters the items that passed into the credit book: those whose key is there
// already, and of the others as many as can be asked about, in an order that nobody
// knew when roots were shown. Where a round has more than there is room for, every draw
// that comes after the last one with room is left out of what pay follows from, whether
// it passed or failed, and also when its key is there already. Neither of these needs
// room, but if they were all counted, and only a part of what passed anew, the counted
// would be unlike the drawn.
//
// Before fold version 4 only what found no room was left out, and the order was known.
func (s *State) admit(r *round) {
	waiting := s.candidates(r)
	again := math.MaxInt
	if s.since(4) {
		again = max(1, s.params.ClaimsPerRound/againShare)
	}
	slices.SortStableFunc(waiting, func(a, b candidate) int { return bytes.Compare(a.order[:], b.order[:]) })
	var last item.Hash // of what entered
	full := false
	for _, c := range waiting {
		if c.d.spot.Verdict != Pass || c.idle {
			continue
		}
		if !s.credits.has(c.d.key) {
			if s.credits.unsettled() >= admitted*s.params.ClaimsPerRound {
				full, c.d.left = true, true
				continue
			}
			s.credits.enter(c.d.key, c.order, c.block, r.opened.Round)
			last = c.order
		}
		s.credits.draw(c.d.key, c.m.hotkey, c.block, r.opened.Round, again)
	}
	s.taken = 1
	if full && s.since(4) {
		s.taken = leave(waiting, last)
	}
}

// leave leaves out what comes after the last draw that found room, and is the share that
// stays.
func leave(waiting []candidate, last item.Hash) (taken float64) {
	for i, c := range waiting {
		if c.d.left = bytes.Compare(c.order[:], last[:]) > 0; !c.d.left {
			taken = float64(i+1) / float64(len(waiting))
		}
	}
	return taken
}

// candidates are those of the round. That a miner has a key which is there already is
// noted at once, whether there is room or not. A draw under a root that is not known any
// more is left out, since nothing says since when the item was there; by the rules of
// fold version 4 there is none: see State.kept.
func (s *State) candidates(r *round) []candidate {
	lot := s.lot(r)
	var out []candidate
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		idle := s.since(4) && !s.mayHold(h)
		for _, d := range m.draws {
			passed := d.spot.Verdict == Pass
			if d.mode != protocol.DrawByte || d.entered || !passed && (d.spot.Verdict == Pending || !s.since(4)) {
				continue
			}
			d.entered = true
			rec, ok := m.find(d.seq)
			known := s.credits.keep(d.key, s.mayHold)
			if d.left = !ok; !ok {
				continue
			}
			if passed && known && !idle {
				again := math.MaxInt
				if s.since(4) {
					again = 0 // in the order of the round: see admit
				}
				s.credits.draw(d.key, h, rec.Block, r.opened.Round, again)
			}
			if known && !s.since(4) {
				continue // it needs no room
			}
			out = append(out, candidate{d, m, rec.Block, lot(d.key), idle})
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

// mayClaim reports whether it counts what a miner says it had first. Else one that is
// never paid, and for whose sake a key is asked anew each time that it is drawn, would
// keep it for ever from being settled, and draws of it from being counted. Who was away
// and serves again does count.
func (s *State) mayClaim(m *miner) bool {
	return !s.since(4) || !m.rejected() && len(m.flagged(s.last.Round, s.params.FlagRounds)) == 0
}

// admitted is for how many rounds of asking keys may wait. Of those of one round, one in
// againShare may have been settled before: else whoever has what others had first would
// have so many asked again that no new one finds room, and nobody's draws count.
const (
	admitted   = 2
	againShare = 4
)

// lot is where a key stands in the order of a round: by chance, from the round's secret
// and block, which nobody knows while roots can still be shown that it draws from. If it
// were known, who has many items that pass and are worth nothing, as copies or old pages,
// would show those that come last, and be paid for their bytes.
func (s *State) lot(r *round) func(item.Key) item.Hash {
	if !s.since(4) || s.without(WithoutLot) {
		return func(k item.Key) item.Hash { return KnownLot(r.opened.Round, k) }
	}
	number := binary.BigEndian.AppendUint64(nil, r.opened.Round)
	return func(k item.Key) item.Hash {
		return item.Sum("assay/admit/v2", number, r.secret[:], r.opened.BlockHash[:], k[:])
	}
}

// KnownLot is where a key stands in the order of a round by the rules before fold version
// 4, which anyone can tell beforehand.
func KnownLot(round uint64, key item.Key) item.Hash {
	return item.Sum("assay/admit/v1", binary.BigEndian.AppendUint64(nil, round), key[:])
}
