package scoring

import (
	"bytes"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// told is a miner's proof that it had an item under a root of a block: one that it
// gave when it was asked, or of a draw. Who is drawn with an item and does not say since
// when it has it is later too: else a copier would speak where it shows no later alone.
type told struct {
	miner protocol.Hotkey
	block uint64
}

// exact reports whether the root before a receipted one is known to the round: then a
// proof under it tells when the miner came to have an item, as near as can be told.
func (m *miner) exact(seq uint64) bool {
	i, ok := m.place(seq)
	return ok && (i == 0 || m.roots[i-1].Round+1 >= m.roots[i].Round)
}

// tell keeps a miner's proof, the earliest.
func (c *credit) tell(m protocol.Hotkey, block uint64) {
	if i := slices.IndexFunc(c.told, func(t told) bool { return t.miner == m }); i >= 0 {
		c.told[i].block = min(c.told[i].block, block)
	} else if len(c.told) < mostTold {
		c.told = append(c.told, told{m, block})
	}
}

// mostTold bounds the proofs that are kept of one item.
const mostTold = 4096

// precedence counts, for pairs of miners, of how many items the one was found to have had
// them before the other. Older counts are forgotten by precedenceForget at each new one.
//
// Old roots are thinned out, so of an old item two miners may have the same oldest root
// that is left, although one had it a round after the other. Where it can be told, that
// one is later nearly always; so it is taken to be later where it cannot.
type precedence map[pair]float64

type pair struct{ first, later protocol.Hotkey }

const precedenceForget = 0.99

// learn takes an item that is settled: its holders had it before all others who proved
// to have it.
func (p precedence) learn(c *credit) {
	for _, t := range c.told {
		if t.block <= c.block || slices.Contains(c.holders, t.miner) {
			continue
		}
		for _, h := range c.holders {
			if back, ok := p[pair{t.miner, h}]; ok {
				p[pair{t.miner, h}] = float64(back * precedenceForget)
			}
			p[pair{h, t.miner}] = float64(p[pair{h, t.miner}]*precedenceForget) + 1
		}
	}
}

// The evidence from which one miner is taken to come after another: more than
// precedenceLeast items, and precedenceTimes as many as the other way round, or circleTimes
// of those that the same miners have, which are more alike.
const (
	precedenceLeast = 20
	precedenceTimes = 8
	circleTimes     = 3
)

// follows reports whether b is known to come after a, by so many times as many items.
func (p precedence) follows(a, b protocol.Hotkey, times float64) bool {
	return p[pair{a, b}] > precedenceLeast+float64(times*p[pair{b, a}])
}

// follows reports whether y is known to come after x in an item: by what the same miners
// have, where enough is known of it, else by all that the two have.
func (b *creditBook) follows(c *credit, x, y protocol.Hotkey) bool {
	alike := b.circles.of[c.circle]
	if alike[pair{x, y}]+alike[pair{y, x}] > precedenceLeast {
		return alike.follows(x, y, circleTimes)
	}
	return b.before.follows(x, y, precedenceTimes)
}

// foremost leaves those of equally early holders of an item that are not known to come after
// another of them; all, where that would leave none. Two whose proofs are exact did come at the same time, whatever they do
// elsewhere.
func (b *creditBook) foremost(c *credit, holders []protocol.Hotkey) []protocol.Hotkey {
	if len(holders) < 2 {
		return holders
	}
	first := slices.DeleteFunc(slices.Clone(holders), func(y protocol.Hotkey) bool {
		return slices.ContainsFunc(holders, func(x protocol.Hotkey) bool {
			return b.follows(c, x, y) && !(c.exact[x] && c.exact[y])
		})
	})
	if len(first) == 0 {
		return holders
	}
	return first
}

// circle names the miners that proved to have an item.
type circle [16]byte

// mostCircle is how many miners a circle has at most, and circlesKept how many circles are
// remembered, the newest.
const (
	mostCircle  = 16
	circlesKept = 1 << 12
)

// circles count precedence once more, apart for the items that the same miners have. Who
// is first in a feed that many collect, and copies besides what each of them has alone, is
// earlier than they are as often as later; but not in what the two have alone.
type circles struct {
	of    map[circle]precedence
	order []circle // in which they came
}

// learn takes an item that is settled, and notes in it whose it is.
func (x *circles) learn(c *credit) {
	names := slices.Clone(c.holders)
	for _, t := range c.told {
		if !slices.Contains(names, t.miner) {
			names = append(names, t.miner)
		}
	}
	c.circle = circle{}
	if len(names) < 2 || len(names) > mostCircle {
		return
	}
	slices.SortFunc(names, func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) })
	parts := make([][]byte, len(names))
	for i := range names {
		parts[i] = names[i][:]
	}
	id := item.Sum("assay/circle/v1", parts...)
	c.circle = circle(id[:16])
	if x.of[c.circle] == nil {
		if x.order = append(x.order, c.circle); len(x.order) > circlesKept {
			delete(x.of, x.order[0])
			x.order = x.order[1:]
		}
		x.of[c.circle] = precedence{}
	}
	x.of[c.circle].learn(c)
}

// forget drops pairs of which a miner is gone.
func (p precedence) forget(gone func(protocol.Hotkey) bool) {
	for k := range p { // each alone: any order
		if gone(k.first) || gone(k.later) {
			delete(p, k)
		}
	}
}
