package counterfactual

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/assaynet/assay/protocol"
)

// Miner is who gains or loses: its mean weight over the votes cast while it was on the
// subnet, each a share of all weights of the vote.
type Miner struct {
	Hotkey protocol.Hotkey
	UID    uint16 // the last one
	Epochs int    // votes
	Before float64
	After  float64
}

// Difference is what the other rules add.
func (m Miner) Difference() float64 { return m.After - m.Before }

// gains sums weights over votes.
type gains struct{ of map[protocol.Hotkey]*Miner }

func newGains() gains { return gains{map[protocol.Hotkey]*Miner{}} }

// see takes a vote.
func (g gains) see(v Vote) {
	for _, n := range v.Neurons {
		before, after := v.Recorded.Of(n.UID), v.Other.Of(n.UID)
		m := g.of[n.Hotkey]
		if m == nil {
			if before == 0 && after == 0 && !n.Serving {
				continue // a validator
			}
			m = &Miner{Hotkey: n.Hotkey}
			g.of[n.Hotkey] = m
		}
		m.UID = n.UID
		m.Epochs++
		m.Before += before
		m.After += after
	}
}

// miners are the means, by uid.
func (g gains) miners() []Miner {
	var out []Miner
	for _, h := range slices.SortedFunc(maps.Keys(g.of), func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) }) {
		m := *g.of[h]
		m.Before /= float64(m.Epochs)
		m.After /= float64(m.Epochs)
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b Miner) int { return cmp.Compare(a.UID, b.UID) })
	return out
}
