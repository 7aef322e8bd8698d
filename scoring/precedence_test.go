package scoring

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Who is first in what many have, and copies what one of them has alone, is later in that.
func TestAFeedLendsNoPrecedence(t *testing.T) {
	owner, copier, third := protocol.Hotkey{1}, protocol.Hotkey{2}, protocol.Hotkey{3}
	book := newCreditBook()
	n := byte(0)
	// settle plays an item: who had it, and since when; the others say so when it is asked.
	settle := func(exact bool, since map[protocol.Hotkey]uint64) *credit {
		n++
		k := key(n)
		book.enter(k, item.Hash{n}, since[owner], 1)
		book.draw(k, owner, since[owner], 1, 1)
		asks := book.asks(1)
		for _, h := range []protocol.Hotkey{owner, copier, third} {
			if block, ok := since[h]; ok {
				book.claim(k, h, block, exact)
			}
		}
		book.settle(asks, true, 3)
		return book.entries[k]
	}
	for i := range 120 {
		settle(true, map[protocol.Hotkey]uint64{copier: 10, owner: 20, third: 20})
		if i%3 == 0 {
			settle(true, map[protocol.Hotkey]uint64{owner: 10, copier: 20})
		}
	}
	if !book.before.follows(copier, owner, 1) {
		t.Fatal("in all that both have the owner is not later more often, so this tests nothing")
	}
	tie := settle(false, map[protocol.Hotkey]uint64{owner: 10, copier: 10})
	if first := book.foremost(tie, tie.holders); !slices.Equal(first, []protocol.Hotkey{owner}) {
		t.Errorf("an old item of the owner's is credited to %v", first)
	}
	if tie = settle(true, map[protocol.Hotkey]uint64{owner: 10, copier: 10}); len(book.foremost(tie, tie.holders)) != 2 {
		t.Error("two that came in the same round do not share")
	}
	feed := settle(false, map[protocol.Hotkey]uint64{owner: 10, copier: 10, third: 10})
	if first := book.foremost(feed, feed.holders); !slices.Equal(first, []protocol.Hotkey{copier}) {
		t.Errorf("an old item of the feed is credited to %v", first)
	}
}

// Circles are bounded, whoever claims what.
func TestCirclesStayBounded(t *testing.T) {
	x := circles{of: map[circle]precedence{}}
	for n := range uint32(circlesKept + 100) {
		var h protocol.Hotkey
		binary.BigEndian.PutUint32(h[:], n+1)
		x.learn(&credit{block: 1, holders: []protocol.Hotkey{{}}, told: []told{{h, 2}}})
	}
	if len(x.of) != circlesKept || len(x.order) != circlesKept {
		t.Errorf("%d circles are kept, %d in order", len(x.of), len(x.order))
	}
	crowd := &credit{block: 1}
	for n := range byte(mostCircle + 1) {
		crowd.holders = append(crowd.holders, protocol.Hotkey{n})
	}
	if x.learn(crowd); crowd.circle != (circle{}) {
		t.Error("a crowd is taken for a circle")
	}
}
