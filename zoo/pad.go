package zoo

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/assaynet/assay/item"
)

// duplicator shows its pages once more, under other spellings of their addresses.
type duplicator struct {
	answers
	share  float64
	copies int
	how    int
}

// Act implements Conduct.
func (c duplicator) Act(h *Hand) {
	honest := h.collect()
	h.Add("", honest...)
	for _, it := range honest {
		if !chosen(it, c.share) {
			continue
		}
		for k := range c.copies {
			if again := at(it, respelled(it.URI, c.how, k)); again != nil {
				h.Add("", again)
			}
		}
	}
}

// respelled is another address that leads to the same page.
func respelled(uri string, how, k int) string {
	switch how {
	case 1: // a tracking parameter
		return uri + fmt.Sprintf("?utm_source=%d", k+1)
	case 2: // letter case
		u, err := url.Parse(uri)
		if err != nil {
			return uri
		}
		u.Path = recased(u.Path, k+1)
		return u.String()
	case 3: // another view of the page
		u, err := url.Parse(uri)
		if err != nil {
			return uri
		}
		u.Path = fmt.Sprintf("/view/%d%s", k+1, u.Path)
		return u.String()
	}
	return uri + fmt.Sprintf("?ref=%d", k+1)
}

// recased turns letters into capitals, by the bits of k.
func recased(path string, k int) string {
	var b strings.Builder
	for _, r := range path {
		if r >= 'a' && r <= 'f' {
			if k&1 == 1 {
				r += 'A' - 'a'
			}
			k >>= 1
		}
		b.WriteRune(r)
	}
	return b.String()
}

func padDuplicates() Adversary {
	return Adversary{
		Name: "pad-duplicates", About: "repeats its pages under other spellings of their addresses",
		Defence: Defence{"defences", "no_canonical"}, At: map[string]float64{"copies": 3},
		Settings: []Setting{
			{"share", 0.01, 1, 1, []float64{0.1, 1}},
			{"copies", 1, 20, 1, []float64{1, 4}},
			{"how", 0, 3, 0, []float64{0, 1, 2, 3}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return duplicator{share: s["share"], copies: int(s["copies"]), how: int(s["how"])}
		}),
	}
}

// padder makes honest pages longer by what is not there.
type padder struct {
	answers
	share, times float64
	invisible    bool
}

// Act implements Conduct.
func (c padder) Act(h *Hand) {
	for _, it := range h.collect() {
		if chosen(it, c.share) {
			if long := altered(it, c.pad); long != nil {
				it = long
			}
		}
		h.Add("", it)
	}
}

func (c padder) pad(r *item.Record) {
	filler := " and so on"
	if c.invisible {
		filler = "\u200b"
	}
	r.Body += strings.Repeat(filler, int(c.times*float64(len(r.Body)))/len(filler)+1)
}

func padBytes() Adversary {
	return Adversary{
		Name: "pad-bytes", About: "adds filler, or text of no width, to honest pages",
		Defence: without("refetch"), At: map[string]float64{"times": 3},
		Settings: []Setting{
			{"share", 0.01, 1, 1, []float64{0.03, 0.3, 1}},
			{"times", 0.001, 50, 1, []float64{0.01, 1, 10}},
			{"invisible", 0, 1, 0, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return padder{share: s["share"], times: s["times"], invisible: s["invisible"] >= 0.5}
		}),
	}
}

// cutter leaves parts of pages out, which saves work.
type cutter struct {
	answers
	share  float64
	part   int
	copies bool // of what rivals show, cut so that it is other content
}

// Act implements Conduct.
func (c cutter) Act(h *Hand) {
	for _, it := range h.collect() {
		if chosen(it, c.share) {
			it = c.cut(h, it)
		}
		if it != nil {
			h.Add("", it)
		}
	}
	for i := 0; c.copies && i < h.Rivals; i++ {
		for _, it := range h.Rival(i, 8) {
			if it = c.cut(h, it); it != nil && chosen(it, c.share) {
				h.Add("", it)
			}
		}
	}
}

func (c cutter) cut(h *Hand, it *item.Item) *item.Item {
	switch c.part {
	case 1:
		return altered(it, func(r *item.Record) { r.Author = "" })
	case 2:
		return altered(it, func(r *item.Record) { r.Title = "" })
	case 3:
		out := *it
		out.Label = h.Labels[0]
		return &out
	}
	return altered(it, func(r *item.Record) { r.Body = strings.TrimSpace(r.Body[:len(r.Body)/2]) })
}

func underReport() Adversary {
	return Adversary{
		Name:    "under-report",
		About:   "leaves out half of the text, the author or the title, or labels all alike; of its own pages, and of rivals' as if they were others",
		Defence: without("refetch"), At: map[string]float64{"part": 2, "copies": 1},
		Settings: []Setting{
			{"share", 0.01, 1, 0.3, []float64{0.03, 0.3, 1}},
			{"part", 0, 3, 0, []float64{0, 1, 2, 3}},
			{"copies", 0, 1, 0, []float64{0, 1}},
		},
		Make: one(func(s map[string]float64) Conduct {
			return cutter{share: s["share"], part: int(s["part"]), copies: s["copies"] >= 0.5}
		}),
	}
}

// ager serves old data as fresh: it moves the times of what it has shown, and takes pages
// that are too old to be worth anything.
type ager struct {
	answers
	moved, old mix
	times      float64
	stock      []*item.Item
}

// Act implements Conduct.
func (c *ager) Act(h *Hand) {
	honest := h.collect()
	h.Add("", honest...)
	for range c.moved.beside(len(honest)) {
		if len(c.stock) == 0 {
			break
		}
		now := h.Time - h.Rand.Int64N(300)
		if young := altered(c.stock[h.Rand.IntN(len(c.stock))], func(r *item.Record) { r.Time = now }); young != nil {
			h.Add("", young)
		}
	}
	c.stock = append(c.stock, honest...)
	if n := len(c.stock) - stockKept; n > 0 {
		c.stock = c.stock[n:]
	}
	if n := c.old.times(len(honest), c.times); n > 0 && h.Archive != nil {
		h.Add("", h.Archive(n, false)...)
	}
}

// stockKept is how many of its items an adversary remembers.
const stockKept = 512

func stale() Adversary {
	return Adversary{
		Name: "stale", About: "serves old pages as fresh: moves the times of its own, or takes pages past the age that is paid",
		Defence: without("freshness"), At: map[string]float64{"moved": 0, "old": 3},
		Settings: []Setting{
			{"moved", 0, 0.9, 0.3, []float64{0, 0.03, 0.5}},
			{"old", 0, 20, 0, []float64{0, 0.5, 5}},
		},
		Make: one(func(s map[string]float64) Conduct { return &ager{moved: mix{share: s["moved"]}, times: s["old"]} }),
	}
}
