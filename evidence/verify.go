package evidence

import (
	"math/bits"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// RootOf finds the root that a miner committed under a sequence number and that
// this validator receipted.
type RootOf func(seq uint64) (item.Root, bool)

// Drawn is what one draw landed on.
type Drawn struct {
	Draw protocol.Draw
	Leaf item.Leaf
	Item *item.Item
}

// DrawnPart is everything that an ItemsAnswer proves under one root.
type DrawnPart struct {
	Seq   uint64
	Cells []item.CellSums // of the whole index, in key order
	Drawn []Drawn         // in the order of the part's draws
}

// OpenItems checks an ItemsAnswer against its request and the committed roots,
// and returns what it proves. The errors are *protocol.Failure: ReasonMalformed
// for an answer of the wrong shape, ReasonProof for one that the roots do not
// prove. A round live, its fold and its replay all read answers through here.
func OpenItems(req *protocol.ItemsRequest, ans *protocol.ItemsAnswer, root RootOf) ([]DrawnPart, error) {
	if len(ans.Drawn) != len(req.Parts) {
		return nil, protocol.Fail(protocol.ReasonMalformed, "answer has %d parts, asked %d", len(ans.Drawn), len(req.Parts))
	}
	items, err := decodeItems(ans.Items)
	if err != nil {
		return nil, err
	}
	opening, err := item.Open(ans.Nodes)
	if err != nil {
		return nil, protocol.Fail(protocol.ReasonProof, "open nodes: %w", err)
	}
	parts := make([]DrawnPart, len(req.Parts))
	for p, ask := range req.Parts {
		r, ok := root(ask.Seq)
		if !ok {
			return nil, protocol.Fail(protocol.ReasonInternal, "root %d was never receipted", ask.Seq)
		}
		if parts[p], err = openPart(opening, r, ask, ans.Drawn[p], items); err != nil {
			return nil, err
		}
	}
	if n := opening.Unused(); n > 0 {
		return nil, protocol.Fail(protocol.ReasonMalformed, "%d opened nodes prove nothing that was asked", n)
	}
	return parts, allUsed(ans)
}

// allUsed refuses items that no draw names: a record keeps what it is sent.
func allUsed(ans *protocol.ItemsAnswer) error {
	used := make([]bool, len(ans.Items))
	for _, part := range ans.Drawn {
		for _, i := range part {
			used[i] = true
		}
	}
	for i, u := range used {
		if !u {
			return protocol.Fail(protocol.ReasonMalformed, "item %d was not asked for", i)
		}
	}
	return nil
}

func decodeItems(raw [][]byte) ([]*item.Item, error) {
	items := make([]*item.Item, len(raw))
	for i, b := range raw {
		it, err := item.Decode(b)
		if err != nil {
			return nil, protocol.Fail(protocol.ReasonMalformed, "item %d: %w", i, err)
		}
		items[i] = it
	}
	return items, nil
}

func openPart(o *item.Opening, r item.Root, ask protocol.Part, drawn []uint16, items []*item.Item) (DrawnPart, error) {
	part := DrawnPart{Seq: ask.Seq}
	if len(drawn) != len(ask.Draws) {
		return part, protocol.Fail(protocol.ReasonMalformed, "answer has %d draws under root %d, asked %d", len(drawn), ask.Seq, len(ask.Draws))
	}
	var err error
	if part.Cells, err = o.Cells(r); err != nil {
		return part, protocol.Fail(protocol.ReasonProof, "cells of root %d: %w", ask.Seq, err)
	}
	for i, d := range ask.Draws {
		leaf, err := Land(d, r, part.Cells, func(point uint64) (item.Leaf, error) { return o.AtByte(r, point) },
			func(c item.CellSums, rank uint64) (item.Leaf, error) { return o.AtRank(r, c.Program, c.Cell, rank) })
		if err != nil {
			return part, protocol.Fail(protocol.ReasonProof, "draw %d under root %d: %w", i, ask.Seq, err)
		}
		if int(drawn[i]) >= len(items) {
			return part, protocol.Fail(protocol.ReasonMalformed, "draw %d under root %d names item %d of %d", i, ask.Seq, drawn[i], len(items))
		}
		it := items[drawn[i]]
		if leaf.Key.ID() != it.ID() || leaf.Bytes != uint64(len(it.Canonical)) || leaf.Attrs != it.Attrs() {
			return part, protocol.Fail(protocol.ReasonProof, "draw %d under root %d: the item is not what the leaf commits to", i, ask.Seq)
		}
		part.Drawn = append(part.Drawn, Drawn{Draw: d, Leaf: leaf, Item: it})
	}
	return part, nil
}

// Land finds the leaf that a draw lands on. The miner's tree and the verifier's
// opening both answer atByte and atRank, so both sides share the arithmetic.
func Land(d protocol.Draw, r item.Root, cells []item.CellSums,
	atByte func(point uint64) (item.Leaf, error),
	atRank func(c item.CellSums, rank uint64) (item.Leaf, error),
) (item.Leaf, error) {
	switch {
	case r.Count == 0 || len(cells) == 0:
		return item.Leaf{}, protocol.Fail(protocol.ReasonMalformed, "a draw from an empty index")
	case d.Mode == protocol.DrawByte:
		return atByte(scale(d.U, r.Bytes))
	case d.Mode == protocol.DrawCell:
		c := cells[scale(d.U, uint64(len(cells)))]
		return atRank(c, scale(d.V, c.Count))
	}
	return item.Leaf{}, protocol.Fail(protocol.ReasonMalformed, "unknown draw mode %d", d.Mode)
}

// scale is floor(u·n/2^64): uniform over [0, n) for a uniform u, to within n/2^64.
func scale(u, n uint64) uint64 {
	hi, _ := bits.Mul64(u, n)
	return hi
}

// Proven is a claim that holds: the miner had the key under root Seq.
type Proven struct {
	Key item.Key
	Seq uint64
}

// OpenClaims checks a ClaimsAnswer and returns the proven claims; the errors are
// those of OpenItems.
func OpenClaims(req *protocol.ClaimsRequest, ans *protocol.ClaimsAnswer, root RootOf) ([]Proven, error) {
	opening, err := item.Open(ans.Nodes)
	if err != nil {
		return nil, protocol.Fail(protocol.ReasonProof, "open nodes: %w", err)
	}
	newest, ok := root(req.Newest)
	if !ok {
		return nil, protocol.Fail(protocol.ReasonInternal, "root %d was never receipted", req.Newest)
	}
	var proven []Proven
	last, skipped := -1, false
	for _, c := range ans.Claims {
		if int(c.Index) <= last || int(c.Index) >= len(req.Asks) {
			return nil, protocol.Fail(protocol.ReasonMalformed, "claim index %d of %d asks is out of order or range", c.Index, len(req.Asks))
		}
		last = int(c.Index)
		r, ok := root(c.Seq)
		if !ok {
			// A receipt from a round that was never closed, or from a record that is
			// no more: the miner is right to claim, and there is nothing to prove it by.
			skipped = true
			continue
		}
		key := req.Asks[c.Index].Key
		for _, under := range []item.Root{r, newest} {
			if _, found, err := opening.Key(under, key); err != nil || !found {
				return nil, protocol.Fail(protocol.ReasonProof, "claim of key %d under root %d does not hold: %v", c.Index, c.Seq, err)
			}
		}
		proven = append(proven, Proven{Key: key, Seq: c.Seq})
	}
	if n := opening.Unused(); n > 0 && !skipped {
		return nil, protocol.Fail(protocol.ReasonMalformed, "%d opened nodes prove nothing that was claimed", n)
	}
	return proven, nil
}
