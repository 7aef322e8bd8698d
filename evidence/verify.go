package evidence

import (
	"bytes"
	"math/bits"
	"slices"
	"sort"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// RootOf finds the root that a miner committed under a sequence number and that
// this validator receipted.
type RootOf func(seq uint64) (item.Root, bool)

// Drawn is a leaf that a draw landed on.
type Drawn struct {
	Index int // the draw's place in its part
	Draw  protocol.Draw
	Leaf  item.Leaf
	Item  *item.Item
}

// DrawnPart is everything that an ItemsAnswer proves under one root.
type DrawnPart struct {
	Seq   uint64
	Cells []item.CellSums // of the whole index, in key order
	// Drawn are in the order of the part's draws, and those of one draw in key order. A
	// draw whose Index none of them has landed on nothing, which is proven as well.
	Drawn []Drawn
}

// OpenItems checks an ItemsAnswer against its request and the committed roots,
// and returns what it proves. The errors are *protocol.Failure: ReasonMalformed
// for an answer of the wrong shape, ReasonProof for one that the roots do not
// prove. A round live, its fold and its replay all read answers through here.
func OpenItems(req *protocol.ItemsRequest, ans *protocol.ItemsAnswer, root RootOf) ([]DrawnPart, error) {
	return OpenItemsBut(req, ans, root, nil)
}

// OpenItemsBut is OpenItems without some of its checks, for the lab. Without CheckProof
// a part that does not hold together shows nothing, and is taken nevertheless.
func OpenItemsBut(req *protocol.ItemsRequest, ans *protocol.ItemsAnswer, root RootOf, leave protocol.Leave) ([]DrawnPart, error) {
	if len(ans.Drawn) != len(req.Parts) {
		return nil, protocol.Fail(protocol.ReasonMalformed, "answer has %d parts, asked %d", len(ans.Drawn), len(req.Parts))
	}
	for p, ask := range req.Parts {
		if n := len(ans.Drawn[p]); n > protocol.MaxDraws && landsEach(ask.Draws) {
			return nil, protocol.Fail(protocol.ReasonMalformed, "answer has %d draws under root %d, at most %d are allowed", n, ask.Seq, protocol.MaxDraws)
		}
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
	loose := leave[protocol.CheckSurplus]
	for p, ask := range req.Parts {
		r, ok := root(ask.Seq)
		if !ok {
			return nil, protocol.Fail(protocol.ReasonInternal, "root %d was never receipted", ask.Seq)
		}
		if parts[p], err = openPart(opening, r, ask, ans.Drawn[p], items, leave); err != nil && !leave[protocol.CheckProof] {
			return nil, err
		}
		if err != nil {
			parts[p], loose = DrawnPart{Seq: ask.Seq}, true
		}
	}
	if loose {
		return parts, nil
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

// landsEach reports whether each of the draws lands on exactly one leaf.
func landsEach(draws []protocol.Draw) bool {
	return !slices.ContainsFunc(draws, func(d protocol.Draw) bool { return !d.Mode.LandsOnOne() })
}

func openPart(o *item.Opening, r item.Root, ask protocol.Part, drawn []uint16, items []*item.Item, leave protocol.Leave) (DrawnPart, error) {
	part := DrawnPart{Seq: ask.Seq}
	if landsEach(ask.Draws) && len(drawn) != len(ask.Draws) {
		return part, protocol.Fail(protocol.ReasonMalformed, "answer has %d draws under root %d, asked %d", len(drawn), ask.Seq, len(ask.Draws))
	}
	var err error
	if part.Cells, err = o.Cells(r); err != nil {
		return part, protocol.Fail(protocol.ReasonProof, "cells of root %d: %w", ask.Seq, err)
	}
	for i, d := range ask.Draws {
		leaves, err := Land(d, part.Cells, o, r)
		if err != nil {
			return part, protocol.Fail(protocol.ReasonProof, "draw %d under root %d: %w", i, ask.Seq, err)
		}
		if have := len(drawn) - len(part.Drawn); have < len(leaves) {
			return part, protocol.Fail(protocol.ReasonMalformed, "draw %d under root %d lands on %d items, the answer has %d more", i, ask.Seq, len(leaves), have)
		}
		for _, leaf := range leaves {
			at := drawn[len(part.Drawn)]
			if int(at) >= len(items) {
				return part, protocol.Fail(protocol.ReasonMalformed, "draw %d under root %d names item %d of %d", i, ask.Seq, at, len(items))
			}
			if !commitsTo(leaf, items[at], leave) {
				return part, protocol.Fail(protocol.ReasonProof, "draw %d under root %d: the item is not what the leaf commits to", i, ask.Seq)
			}
			part.Drawn = append(part.Drawn, Drawn{Index: i, Draw: d, Leaf: leaf, Item: items[at]})
		}
	}
	if n := len(drawn) - len(part.Drawn); n > 0 {
		return part, protocol.Fail(protocol.ReasonMalformed, "answer has %d items under root %d that no draw lands on", n, ask.Seq)
	}
	return part, nil
}

func commitsTo(leaf item.Leaf, it *item.Item, leave protocol.Leave) bool {
	sized := leaf.Bytes == uint64(len(it.Canonical)) || leave[protocol.CheckLeaf]
	return sized && leaf.Key.ID() == it.ID() && leaf.Attrs == it.Attrs()
}

// Questions are what draws ask of an index. For a miner T is item.Tree, and the
// questions are those of an item.Prover; for a validator it is item.Root, and they are
// those of an item.Opening.
type Questions[T any] interface {
	AtByte(of T, point uint64) (item.Leaf, error)
	AtRank(of T, program [8]byte, cell uint8, rank uint64) (item.Leaf, error)
	Bucket(of T, b item.Bucket, most int) ([]item.Leaf, error)
}

// Land finds the leaves that a draw lands on, by the arithmetic of protocol.DrawMode,
// for both sides. The cells are all those of the index, as Prover and Opening give
// them: their sums are those of the root. A bucket of more than protocol.MaxItems
// leaves is item.ErrMany.
func Land[T any](d protocol.Draw, cells []item.CellSums, ask Questions[T], of T) ([]item.Leaf, error) {
	switch d.Mode {
	case protocol.DrawByte, protocol.DrawCell:
		if len(cells) == 0 {
			return nil, protocol.Fail(protocol.ReasonMalformed, "a draw from an empty index")
		}
		if d.Mode == protocol.DrawByte {
			return one(ask.AtByte(of, scale(d.U, bytesOf(cells))))
		}
		c := cells[scale(d.U, uint64(len(cells)))]
		return one(ask.AtRank(of, c.Program, c.Cell, scale(d.V, c.Count)))
	case protocol.DrawByteOf, protocol.DrawCellOf:
		before, own := cellsOf(cells, protocol.ProgramOf(d.V))
		if len(own) == 0 {
			return nil, nil
		}
		if d.Mode == protocol.DrawByteOf {
			return one(ask.AtByte(of, bytesOf(before)+scale(d.U, bytesOf(own))))
		}
		whole, fraction := bits.Mul64(d.U, uint64(len(own)))
		c := own[whole]
		return one(ask.AtRank(of, c.Program, c.Cell, scale(fraction, c.Count)))
	case protocol.DrawBucket:
		return ask.Bucket(of, protocol.BucketOf(d), protocol.MaxItems)
	}
	return nil, protocol.Fail(protocol.ReasonMalformed, "unknown draw mode %d", d.Mode)
}

func one(leaf item.Leaf, err error) ([]item.Leaf, error) {
	if err != nil {
		return nil, err
	}
	return []item.Leaf{leaf}, nil
}

// cellsOf are the cells of a program, and those before them in key order.
func cellsOf(cells []item.CellSums, program [8]byte) (before, own []item.CellSums) {
	at := func(after int) int {
		return sort.Search(len(cells), func(i int) bool { return bytes.Compare(cells[i].Program[:], program[:]) >= after })
	}
	from := at(0)
	return cells[:from], cells[from:at(1)]
}

func bytesOf(cells []item.CellSums) (sum uint64) {
	for _, c := range cells {
		sum += c.Bytes
	}
	return sum
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
