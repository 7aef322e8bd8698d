package zoo

import (
	"slices"

	"github.com/assaynet/assay/item"
)

// delayed shows what it collects some rounds later.
type delayed struct {
	answers
	lag  uint64
	wait []batch
}

type batch struct {
	round uint64
	items []*item.Item
}

// Act implements Conduct.
func (c *delayed) Act(h *Hand) {
	c.wait = append(c.wait, batch{h.Round + c.lag, h.collect()})
	for len(c.wait) > 0 && c.wait[0].round <= h.Round {
		h.Add("", c.wait[0].items...)
		c.wait = slices.Delete(c.wait, 0, 1)
	}
}

func sybilCopy() Adversary {
	return Adversary{
		Name: "sybil-copy", About: "serves one scrape under several keys, all at once or one after the other",
		Defence: without("credit"), At: map[string]float64{"keys": 3},
		Settings: []Setting{
			{"keys", 1, 16, 4, []float64{2, 5, 10}},
			{"lag", 0, 600, 0, []float64{0, 1, 14}},
		},
		Make: func(s map[string]float64, _ uint64) []Conduct {
			var out []Conduct
			for i := range int(s["keys"]) {
				out = append(out, &delayed{lag: uint64(i) * uint64(s["lag"])})
			}
			return out
		},
	}
}

// copier takes what rivals show, as soon as it can, and serves it as its own.
type copier struct {
	answers
	own  bool // collects as well
	deep int  // items of each rival that it looks at in a round
}

// Copy is the conduct of a miner that serves what its rivals show, looking at so many of
// each one's items in a round, and collects nothing.
func Copy(deep int) Conduct { return copier{deep: deep} }

// Act implements Conduct.
func (c copier) Act(h *Hand) {
	if c.own {
		h.Add("", h.collect()...)
	}
	for i := range h.Rivals {
		h.Add("", h.Rival(i, c.deep)...)
	}
}

func hoardFirst() Adversary {
	return Adversary{
		Name: "hoard-first", About: "copies what rivals show as soon as it can, and claims to have had it first",
		Defence: without("credit"), At: map[string]float64{"own": 1},
		Settings: []Setting{
			{"own", 0, 1, 0, []float64{0, 1}},
			{"deep", 1, 4096, 64, []float64{8, 512}},
		},
		Make: one(func(s map[string]float64) Conduct { return copier{own: s["own"] >= 0.5, deep: int(s["deep"])} }),
	}
}

// part is one of several keys that divide one scrape among them.
type part struct {
	answers
	number, of int
	cells      bool
}

// Act implements Conduct.
func (c part) Act(h *Hand) {
	for _, it := range h.collect() {
		id := it.ID()
		place := int(id[0])<<8 | int(id[1])
		if c.cells {
			place = slices.Index(h.Labels, it.Label)
		}
		if place%c.of == c.number {
			h.Add("", it)
		}
	}
}

func splitIdentity() Adversary {
	return Adversary{
		Name: "split-identity", About: "divides one scrape among several small keys, by pages or by cells",
		Defence: without("total"), At: map[string]float64{"keys": 3},
		Settings: []Setting{
			{"keys", 1, 16, 3, []float64{2, 3, 9}},
			{"cells", 0, 1, 0, []float64{0, 1}},
		},
		Make: func(s map[string]float64, _ uint64) []Conduct {
			var out []Conduct
			for i := range int(s["keys"]) {
				out = append(out, part{number: i, of: int(s["keys"]), cells: s["cells"] >= 0.5})
			}
			return out
		},
	}
}
