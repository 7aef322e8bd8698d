package scoring

import (
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Records before fold version 4 keep their bits: whoever is drawn with a key that is there
// holds it, in the order of the hotkeys, and needs no room afterwards.
func TestKnownKeysBeforeVersion4(t *testing.T) {
	b := newBench(t, 1, always(1))
	s := b.state
	s.started.Fold = 3
	s.last.Round, s.closed = 100, 100
	key := item.NewKey(item.Bucket{Program: b.p.ID()}, item.Hash{7})
	add := func(n byte, block uint64) *miner {
		m := newMiner(protocol.Hotkey{n})
		m.lastSeen, m.drawnAt = 100, 100
		m.roots = []Receipted{{protocol.SignedRoot{Seq: 1}, 90, block}}
		m.draws = []*draw{{key: key, id: key.ID(), seq: 1, mode: protocol.DrawByte, spot: Finding{Verdict: Pass}}}
		s.miners[m.hotkey], s.order = m, nil
		return m
	}
	holder := add(3, 50)
	holder.draws = nil
	s.credits.enter(key, item.Hash{}, 50, 99)
	s.credits.draw(key, holder.hotkey, 50, 99, 1)
	add(1, 40).raise(FlagSchema, 99) // so it is credited nothing
	add(2, 60)
	s.admit(&round{opened: evidence.Opened{Round: 100}})
	if c := s.credits.entries[key]; len(c.holders) != 1 || c.holders[0] != (protocol.Hotkey{2}) || c.block != 60 {
		t.Errorf("%v since block %d, want the second miner since block 60", c.holders, c.block)
	}
}
