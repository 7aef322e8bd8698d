package counterfactual

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// player is a miner of the world: its items, each with the number of the first root that
// holds it.
type player struct {
	uid      uint16
	hotkey   protocol.Hotkey
	leaves   []item.Leaf
	items    []*item.Item
	since    []uint64 // by item
	seq      uint64
	receipts map[uint64]uint64 // blocks, by sequence number
	silent   bool              // answers root requests only
	forks    bool              // shows another root of the same number
}

// give puts items into a miner's index under a new root.
func (w *world) give(p *player, items ...*item.Item) {
	w.t.Helper()
	p.seq++
	for _, it := range items {
		k, err := w.program.Key(it)
		if err != nil {
			w.t.Fatal(err)
		}
		p.items, p.since = append(p.items, it), append(p.since, p.seq)
		p.leaves = append(p.leaves, item.Leaf{Key: k, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
	}
}

// under are the places of a miner's items under a root, and the sums of its cells.
func (p *player) under(seq uint64) (places []int, cells []item.CellSums) {
	for i, since := range p.since {
		if since > seq {
			continue
		}
		places = append(places, i)
		b := p.leaves[i].Key.Bucket()
		at := slices.IndexFunc(cells, func(c item.CellSums) bool { return c.Program == b.Program && c.Cell == b.Cell })
		if at < 0 {
			at = len(cells)
			cells = append(cells, item.CellSums{Program: b.Program, Cell: b.Cell})
		}
		cells[at].Bytes += p.leaves[i].Bytes
		cells[at].Count++
	}
	return places, cells
}

// land finds what draws land on: of all items alike, which have much the same size.
func (m *player) land(part protocol.Part) evidence.DrawnPart {
	places, cells := m.under(part.Seq)
	out := evidence.DrawnPart{Seq: part.Seq, Cells: cells}
	for i, d := range part.Draws {
		at := places[int(d.U%uint64(len(places)))]
		out.Drawn = append(out.Drawn, evidence.Drawn{Index: i, Draw: d, Leaf: m.leaves[at], Item: m.items[at]})
	}
	return out
}

// claims are the earliest receipted roots that hold what is asked for.
func (m *player) claims(asks []protocol.ClaimAsk, newest uint64) []evidence.Proven {
	var out []evidence.Proven
	for _, a := range asks {
		i := slices.IndexFunc(m.leaves, func(l item.Leaf) bool { return l.Key == a.Key })
		if i < 0 {
			continue
		}
		for seq := m.since[i]; seq <= newest; seq++ {
			if block, ok := m.receipts[seq]; ok && block <= a.NotAfter {
				out = append(out, evidence.Proven{Key: a.Key, Seq: seq})
				break
			}
		}
	}
	return out
}
