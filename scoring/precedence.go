package scoring

import (
	"slices"

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
	c.told = nil
}

// The evidence from which one miner is taken to come after another: more than
// precedenceLeast items, and precedenceTimes as many as the other way round.
const (
	precedenceLeast = 20
	precedenceTimes = 8
)

// follows reports whether b is known to come after a.
func (p precedence) follows(a, b protocol.Hotkey) bool {
	return p[pair{a, b}] > precedenceLeast+float64(precedenceTimes*p[pair{b, a}])
}

// foremost leaves those of equally early holders that are not known to come after another
// of them; all, where that would leave none. Two whose proofs are exact did come at the
// same time, whatever they do elsewhere.
func (p precedence) foremost(holders []protocol.Hotkey, exact map[protocol.Hotkey]bool) []protocol.Hotkey {
	if len(holders) < 2 {
		return holders
	}
	first := slices.DeleteFunc(slices.Clone(holders), func(b protocol.Hotkey) bool {
		return slices.ContainsFunc(holders, func(a protocol.Hotkey) bool { return p.follows(a, b) && !(exact[a] && exact[b]) })
	})
	if len(first) == 0 {
		return holders
	}
	return first
}

// forget drops pairs of which a miner is gone.
func (p precedence) forget(gone func(protocol.Hotkey) bool) {
	for k := range p { // each alone: any order
		if gone(k.first) || gone(k.later) {
			delete(p, k)
		}
	}
}
