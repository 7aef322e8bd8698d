package item

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"sort"
)

// Tree is a set of leaves by key: a crit-bit (PATRICIA) Merkle-sum tree, which
// branches at each bit where its keys first differ. Its shape, hence its root,
// is a function of the set alone, and the leaves of one program, cell or bucket
// are one subtree.
//
// A Tree is a value and never changes. Insert gives a new one that shares what
// is unchanged, so keeping many versions costs only their differences. The zero
// Tree is empty.
type Tree struct{ top subtree }

// ErrLeaf is a leaf that no tree takes.
var ErrLeaf = errors.New("bad leaf")

// Insert adds leaves and returns the new tree and how many were new. A key that
// is there already keeps its leaf; of two with one key in a batch the first
// counts. Each node is hashed once per batch. A leaf of no bytes, or a total
// over 2^64-1 bytes, fails with ErrLeaf and adds nothing.
func (t Tree) Insert(leaves ...Leaf) (next Tree, added int, err error) {
	total := t.top.sums().Bytes
	fresh := make([]Leaf, 0, len(leaves))
	for _, i := range byKey(leaves) {
		l := &leaves[i]
		if l.Bytes == 0 {
			return t, 0, fmt.Errorf("insert %s: %w: no bytes", l.Key, ErrLeaf)
		}
		if n := len(fresh); n > 0 && fresh[n-1].Key == l.Key {
			continue
		}
		if _, have := t.Get(l.Key); have {
			continue
		}
		var carry uint64
		if total, carry = bits.Add64(total, l.Bytes, 0); carry != 0 {
			return t, 0, fmt.Errorf("insert %s: %w: total bytes overflow", l.Key, ErrLeaf)
		}
		fresh = append(fresh, *l)
	}
	if len(fresh) < len(leaves) {
		fresh = slices.Clone(fresh) // the tree keeps this array: no room for leaves that were not new
	}
	return Tree{merge(t.top, fresh)}, len(fresh), nil
}

// byKey is the order of the leaves by key, then by place. It moves numbers
// rather than leaves, and nothing when they are in order already.
func byKey(leaves []Leaf) []int {
	order := make([]int, len(leaves))
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int {
		if c := bytes.Compare(leaves[a].Key[:], leaves[b].Key[:]); c != 0 {
			return c
		}
		return a - b
	}
	if !slices.IsSortedFunc(order, compare) {
		slices.SortFunc(order, compare)
	}
	return order
}

// merge puts sorted leaves, none of whose keys is in s, into s. Each call
// branches at a later bit than its caller, so it nests at most 360 deep.
func merge(s subtree, leaves []Leaf) subtree {
	switch {
	case len(leaves) == 0:
		return s
	case s.empty() && len(leaves) == 1:
		return subtree{leaf: &leaves[0]}
	}
	least, greatest := &leaves[0].Key, &leaves[len(leaves)-1].Key
	var left, right subtree
	if !s.empty() {
		if k := s.least(); k.before(least) {
			least = k
		}
		if k := s.greatest(); greatest.before(k) {
			greatest = k
		}
	}
	bit := critBit(least, greatest)
	switch {
	case s.empty():
	case s.inner != nil && critBit(s.least(), s.greatest()) == bit:
		left, right = s.children()
	case s.least().bit(bit):
		right = s
	default:
		left = s
	}
	cut := sort.Search(len(leaves), func(i int) bool { return leaves[i].Key.bit(bit) })
	return join(merge(left, leaves[:cut]), merge(right, leaves[cut:]))
}

// Root is what the tree commits to.
func (t Tree) Root() Root { return Root{Hash: t.top.hash(), Sums: t.top.sums()} }

// Get finds the leaf of a key.
func (t Tree) Get(k Key) (Leaf, bool) {
	p := t.top
	for p.inner != nil {
		left, right := p.children()
		if p = left; left.greatest().before(&k) {
			p = right
		}
	}
	if p.empty() || p.leaf.Key != k {
		return Leaf{}, false
	}
	return *p.leaf, true
}

// Cells is the size of each cell that holds a leaf, in key order.
func (t Tree) Cells() []CellSums {
	all, err := cells(openSubtree, t.top)
	if err != nil {
		return nil
	}
	return all
}

// AtByte is the leaf that holds a byte of the tree, counted from 0 in key order.
func (t Tree) AtByte(point uint64) (Leaf, bool) {
	leaf, err := atByte(openSubtree, t.top, point)
	return leaf, err == nil
}

// AtRank is a leaf of a cell by its place in it, counted from 0 in key order.
func (t Tree) AtRank(program [8]byte, cell uint8, rank uint64) (Leaf, bool) {
	leaf, err := atRank(openSubtree, t.top, program, cell, rank)
	return leaf, err == nil
}

// Leaves are all leaves in key order.
func (t Tree) Leaves() iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) { eachLeaf(t.top, yield) }
}

func eachLeaf(s subtree, yield func(Leaf) bool) bool {
	switch {
	case s.inner != nil:
		left, right := s.children()
		return eachLeaf(left, yield) && eachLeaf(right, yield)
	case s.leaf != nil:
		return yield(*s.leaf)
	}
	return true
}
