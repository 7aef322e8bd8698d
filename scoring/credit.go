package scoring

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// creditBook knows, for the content that was drawn lately, who proved to have it
// first. Equal content earns one credit: it goes to the earliest receipt, and is
// shared where receipts are equally early. Being later is no fault.
type creditBook struct {
	entries map[item.Hash]*credit
}

type credit struct {
	key     item.Key
	block   uint64 // earliest receipt of a root that is proven to hold it
	holders []protocol.Hotkey
	since   uint64 // the round in which it was first drawn
	used    uint64 // the last round in which it was drawn
	tries   int    // rounds in which everyone was asked
	settled bool
}

func newCreditBook() *creditBook { return &creditBook{entries: map[item.Hash]*credit{}} }

// hold notes that a miner proved inclusion of a key under a root receipted at a
// block.
func (b *creditBook) hold(key item.Key, m protocol.Hotkey, block, round uint64) {
	c := b.entries[key.ID()]
	if c == nil {
		c = &credit{key: key, block: block, since: round}
		b.entries[key.ID()] = c
	}
	c.used = max(c.used, round)
	switch {
	case block < c.block:
		c.block, c.holders = block, []protocol.Hotkey{m}
	case block == c.block && !slices.Contains(c.holders, m):
		c.holders = append(c.holders, m)
	}
}

// asks are the keys that every miner is asked to claim, oldest first.
func (b *creditBook) asks(most int) []protocol.ClaimAsk {
	var open []*credit
	for _, c := range b.entries {
		if !c.settled {
			open = append(open, c)
		}
	}
	slices.SortFunc(open, func(x, y *credit) int {
		return cmp.Or(cmp.Compare(x.since, y.since), bytes.Compare(x.key[:], y.key[:]))
	})
	var out []protocol.ClaimAsk
	for _, c := range open[:min(len(open), most)] {
		out = append(out, protocol.ClaimAsk{Key: c.key, NotAfter: c.block})
	}
	return out
}

// settle ends the asking for the keys of a round. Where not everyone who should
// have been heard was, a key is asked for again, up to tries times.
func (b *creditBook) settle(asks []protocol.ClaimAsk, everyone bool, tries int) {
	for _, a := range asks {
		if c := b.entries[a.Key.ID()]; c != nil {
			c.tries++
			c.settled = everyone || c.tries >= tries
		}
	}
}

// share is a miner's credit for an item: 1 for the only earliest holder, 1/n for
// each of n equally early, 0 for a later one. It is known once all were asked.
func (b *creditBook) share(id item.Hash, m protocol.Hotkey) (float64, bool) {
	c := b.entries[id]
	switch {
	case c == nil:
		return 0, true // forgotten before its turn came
	case !c.settled:
		return 0, false
	}
	if !slices.Contains(c.holders, m) {
		return 0, true
	}
	return 1 / float64(len(c.holders)), true
}

// forget drops what was last drawn before a round.
func (b *creditBook) forget(before uint64) {
	for id, c := range b.entries {
		if c.used < before {
			delete(b.entries, id)
		}
	}
}
