package zoo

import (
	"slices"

	"github.com/assaynet/assay/item"
)

// mix says how many false items belong to honest ones, so that they are a share of all.
type mix struct {
	share float64
	owed  float64
}

// beside is how many false items go with n honest ones. Where all is false, they take the
// place of the honest ones.
func (m *mix) beside(n int) int {
	if m.share >= 1 {
		return n
	}
	return m.times(n, m.share/(1-m.share))
}

// times is how many go with n at a ratio.
func (m *mix) times(n int, ratio float64) int {
	m.owed += float64(n) * ratio
	whole := int(m.owed)
	m.owed -= float64(whole)
	return whole
}

// work collects, and says how much of it there is; nothing of it is kept where all is to
// be false. Where there is no source, it is the pace of the place.
func (m *mix) work(h *Hand) (honest []*item.Item, n int) {
	honest = h.collect()
	n = len(honest)
	if h.Collect == nil {
		n = h.Pace
	}
	if m.share >= 1 {
		honest = nil
	}
	return honest, n
}

// forge invents an item that looks like one that was collected beside it, where there is
// one.
func forge(h *Hand, like []*item.Item, i int) *item.Item {
	look := Look{Label: anyLabel(h)}
	if len(like) > 0 {
		look.Time = timeOf(like[i%len(like)])
	}
	return h.Invent(look)
}

func forgeAll(h *Hand, like []*item.Item, n int) []*item.Item {
	var out []*item.Item
	for i := range n {
		out = append(out, forge(h, like, i))
	}
	return out
}

func anyLabel(h *Hand) string { return h.Labels[h.Rand.IntN(len(h.Labels))] }

func timeOf(it *item.Item) int64 {
	r, err := item.DecodeRecord(it.Canonical)
	if err != nil {
		return 0
	}
	return r.Time
}

// altered is an item whose record was changed, nil where the result is none.
func altered(it *item.Item, change func(*item.Record)) *item.Item {
	r, err := item.DecodeRecord(it.Canonical)
	if err != nil {
		return nil
	}
	change(&r)
	content, err := r.Canonical()
	if err != nil {
		return nil
	}
	out := *it
	out.Canonical = content
	return &out
}

// at is the item under another address, nil where that is none.
func at(it *item.Item, uri string) *item.Item {
	uri, err := item.CanonicalURI(uri)
	if err != nil {
		return nil
	}
	out := *it
	out.URI = uri
	return &out
}

// chosen reports whether an item is among a share of all, by its id: keys of one adversary
// agree on it.
func chosen(it *item.Item, share float64) bool {
	id := it.ID()
	return float64(uint16(id[0])<<8|uint16(id[1])) < share*65536
}

// known is a set of items.
type known map[item.Hash]struct{}

func (k known) add(items ...*item.Item) {
	for _, it := range items {
		k[it.ID()] = struct{}{}
	}
}

// among reports whether any of the items is known.
func (k known) among(items []*item.Item) bool {
	return slices.ContainsFunc(items, func(it *item.Item) bool {
		_, yes := k[it.ID()]
		return yes
	})
}

// answers is for conducts that answer everything.
type answers struct{}

// React implements Conduct.
func (answers) React(*Hand, []*item.Item) Reaction { return Answer }
