package scoring

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// creditBook knows, for the keys that were drawn lately and passed, who proved to
// have them first. Equal content earns one credit: it goes to the earliest receipt,
// and is divided where receipts are equally early. Being later is no fault.
type creditBook struct {
	entries map[item.Key]*credit
	open    map[item.Key]*credit // those that are not settled
	queue   []*credit            // the same in the order in which they are asked; nil when they changed
	// used are the keys that were drawn in a round: what is to be forgotten is found
	// without looking at all.
	used map[uint64][]item.Key
	// before counts who was found to have items before whom.
	before  precedence
	circles circles
}

type credit struct {
	key     item.Key
	order   item.Hash // in which keys of one round are asked
	block   uint64    // earliest receipt of a root that is proven to hold it
	holders []protocol.Hotkey
	since   uint64 // the round from which it is asked
	used    uint64 // the last round in which it was drawn
	tries   int    // rounds in which everyone was asked
	settled bool
	again   bool                     // it was settled before and is asked for once more
	told    []told                   // what miners proved since it is asked
	circle  circle                   // of those who did when it was settled last
	exact   map[protocol.Hotkey]bool // of the holders, whose proofs are
}

// askedAgain is after how many rounds a settled key may be asked for again: one who
// holds it, and was away when it was asked, then gets another chance.
const askedAgain = 8

func newCreditBook() *creditBook {
	return &creditBook{entries: map[item.Key]*credit{}, open: map[item.Key]*credit{}, used: map[uint64][]item.Key{}, before: precedence{}, circles: circles{of: map[circle]precedence{}}}
}

func (b *creditBook) has(k item.Key) bool { return b.entries[k] != nil }

// keep drops the holders of a key that no longer count, and the key when none is
// left, so that it is asked anew. It reports whether the key is there.
func (b *creditBook) keep(k item.Key, counts func(protocol.Hotkey) bool) bool {
	c := b.entries[k]
	if c == nil {
		return false
	}
	c.holders = slices.DeleteFunc(c.holders, func(h protocol.Hotkey) bool { return !counts(h) })
	if len(c.holders) == 0 {
		b.drop(c)
	}
	return len(c.holders) > 0
}

func (b *creditBook) drop(c *credit) {
	delete(b.open, c.key)
	delete(b.entries, c.key)
	b.queue = nil
}

// unsettled is how many keys wait to be asked about.
func (b *creditBook) unsettled() int { return len(b.open) }

// askingAgain is how many of them were settled before.
func (b *creditBook) askingAgain() (n int) {
	for _, c := range b.open { // in any order
		if c.again {
			n++
		}
	}
	return n
}

// enter begins to ask for a key.
func (b *creditBook) enter(k item.Key, order item.Hash, block, round uint64) {
	c := &credit{key: k, order: order, block: block, since: round}
	b.entries[k], b.open[k], b.queue = c, c, nil
}

// draw notes that a key which is there was drawn from a miner, under a root receipted at a block,
// and passed. Where the miner is no holder a settled key is asked again, while fewer than
// so many are.
func (b *creditBook) draw(k item.Key, m protocol.Hotkey, block, round uint64, again int) {
	c := b.entries[k]
	if c.used != round {
		b.used[round] = append(b.used[round], k)
	}
	c.used = round
	c.hold(m, block)
	if c.settled && !slices.Contains(c.holders, m) && c.since+askedAgain <= round && b.askingAgain() < again {
		c.settled, c.tries, c.since, c.told, c.again = false, 0, round, nil, true
		b.open[k], b.queue = c, nil
	}
	if !c.settled {
		c.tell(m, block)
	}
}

// claim notes that a miner proved to have a key under a root receipted at a block.
func (b *creditBook) claim(k item.Key, m protocol.Hotkey, block uint64, exact bool) {
	if c := b.entries[k]; c != nil {
		c.hold(m, block)
		if c.block == block {
			if c.exact == nil {
				c.exact = map[protocol.Hotkey]bool{}
			}
			c.exact[m] = exact
		}
		c.tell(m, block)
	}
}

func (c *credit) hold(m protocol.Hotkey, block uint64) {
	switch {
	case block < c.block:
		c.block, c.holders = block, []protocol.Hotkey{m}
	case block == c.block && !slices.Contains(c.holders, m):
		c.holders = append(c.holders, m)
	}
}

// asks are the keys that every miner is asked to claim, oldest first.
func (b *creditBook) asks(most int) []protocol.ClaimAsk {
	if b.queue == nil {
		b.queue = slices.AppendSeq(make([]*credit, 0, len(b.open)), maps.Values(b.open))
		slices.SortFunc(b.queue, func(x, y *credit) int {
			return cmp.Or(cmp.Compare(x.since, y.since), bytes.Compare(x.order[:], y.order[:]), bytes.Compare(x.key[:], y.key[:]))
		})
	}
	next := b.queue[:min(len(b.queue), most)]
	out := slices.Grow([]protocol.ClaimAsk(nil), len(next))
	for _, c := range next {
		out = append(out, protocol.ClaimAsk{Key: c.key, NotAfter: c.block})
	}
	return out
}

// settle ends the asking for the keys of a round. Where not everyone who should
// have been heard was, a key is asked for again, up to tries times.
func (b *creditBook) settle(asks []protocol.ClaimAsk, everyone bool, tries int) {
	for _, a := range asks {
		c := b.entries[a.Key]
		if c == nil || c.settled {
			continue
		}
		c.tries++
		if c.settled = everyone || c.tries >= tries; c.settled {
			delete(b.open, c.key)
			b.queue = nil
			b.before.learn(c)
			b.circles.learn(c)
			c.told = nil
		}
	}
}

// heard leaves what was to be asked for and was not: a key that nobody was ever asked for
// is forgotten, and one that was settled before stays as it was. It counts them.
func (b *creditBook) heard(wanted, asked []protocol.ClaimAsk) (unasked int) {
	known := make(map[item.Key]bool, len(asked))
	for _, a := range asked {
		known[a.Key] = true
	}
	for _, a := range wanted {
		c := b.open[a.Key]
		if c == nil || known[a.Key] {
			continue
		}
		unasked++
		if c.again {
			c.settled = true
			b.queue = nil
			delete(b.open, c.key)
		} else {
			b.drop(c)
		}
	}
	return unasked
}

// holding is who had an item first. It is known once all were asked; a key that was
// forgotten before its turn came is gone.
func (b *creditBook) holding(k item.Key) (holders []protocol.Hotkey, known, gone bool) {
	c := b.entries[k]
	switch {
	case c == nil:
		return nil, false, true
	case !c.settled:
		return nil, false, false
	}
	return c.holders, true, false
}

// forget drops what was last drawn before a round.
func (b *creditBook) forget(before uint64) {
	for round, keys := range b.used { // in any order
		if round >= before {
			continue
		}
		for _, k := range keys {
			if c := b.entries[k]; c != nil && c.used < before {
				b.drop(c)
			}
		}
		delete(b.used, round)
	}
}
