package zoo

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/item"
)

// Draws that say nothing of pay, as there is no room to ask who had them first, or as what
// they were drawn from is forgotten, would be a gift to who can choose them: the bytes that
// they stand for would be paid by what other draws found.

// later fills up its index, anew each round, with long pages that pass and are worth nothing,
// of which the order of the next round, as far as it can be told, has each late.
type later struct {
	answers
	times float64 // the bytes of its own pages
	from  float64 // where in the order, 0 to 1
	own   int     // bytes
	old   []*item.Item
}

// Act implements Conduct.
func (c *later) Act(h *Hand) {
	got := h.collect()
	for _, it := range got {
		c.own += len(it.Canonical)
	}
	h.Add("", got...)
	shown := []string{""}
	want := int(c.times * float64(c.own))
	for i := 0; want > 0 && i < mostOld; i++ {
		name := fmt.Sprint("old-", i)
		if i == len(c.old) {
			c.old = append(c.old, h.Archive(1, true)...)
			h.Add(name, c.old[i])
		}
		if h.Lot(c.old[i], h.Round+1) >= c.from {
			shown, want = append(shown, name), want-len(c.old[i].Canonical)
		}
	}
	h.Show(shown...)
}

// mostOld bounds the old pages that are chosen from.
const mostOld = 2000

func pickLate() Adversary {
	return Adversary{
		Name: "pick-late", About: "fills up its index with old pages of which those that are drawn are not looked into, as others come first",
		Defence: without("lot"), At: map[string]float64{"times": 3},
		Settings: []Setting{{"times", 0, 16, 1, []float64{0.3, 3}}, {"from", 0, 0.9, 0.5, nil}},
		Make:     one(func(s map[string]float64) Conduct { return &later{times: s["times"], from: s["from"]} }),
	}
}

// forgetter fills up its index with pages that never answer, so that they come to their end
// when what they were drawn from is forgotten: the root, by the numbers that it gives its
// roots, or the cell, which it takes away.
type forgetter struct {
	answers
	times     float64 // of its own pages
	cell      bool
	own, dead int
	roots     uint64
}

// Act implements Conduct.
func (c *forgetter) Act(h *Hand) {
	last := h.Labels[len(h.Labels)-1]
	for _, it := range h.collect() {
		if !c.cell || it.Label != last {
			h.Add("", it)
			c.own++
		}
	}
	want := int(math.Ceil(c.times * float64(c.own)))
	if !c.cell && c.times > 0 {
		want = max(want, c.dead+1) // a root for each round
	}
	for ; c.dead < want; c.dead++ {
		label := h.Labels[c.dead%len(h.Labels)]
		if c.cell {
			label = last
		}
		h.Add(shelfDead, h.Cite(label, true))
	}
	switch {
	case !c.cell:
		// Of two numbers, the lower one is dropped when the next pair comes.
		c.roots++
		h.Number((c.roots+1)/2<<20 + 1<<14 - c.roots%2)
	case h.Round%4 < 2:
		h.Show("", shelfDead)
	default:
		h.Show("")
	}
}

const shelfDead = "dead"

func forgetRoots() Adversary {
	return Adversary{
		Name: "forget-roots", About: "fills up its index with pages that never answer, and sees to it that their roots, or their cell, are gone when they come to an end",
		Defence: without("waiting"), At: map[string]float64{"times": 5},
		Settings: []Setting{{"times", 0, 16, 2, []float64{0.3, 2, 5}}, {"cell", 0, 1, 0, []float64{0, 1}}},
		Make:     one(func(s map[string]float64) Conduct { return &forgetter{times: s["times"], cell: s["cell"] >= 0.5} }),
	}
}
