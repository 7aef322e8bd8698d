package item

import (
	"errors"
	"fmt"
)

// ErrRange is a question that lies outside the tree: a byte, or a rank in a
// cell, that it does not have. It says nothing against the tree.
var ErrRange = errors.New("outside the tree")

// CellSums is the size of one cell of an index.
type CellSums struct {
	Program [8]byte
	Cell    uint8
	Sums
}

// part is a tree node that is known but perhaps not opened: a subtree of one's
// own tree, or what an opened node declares about its child.
type part interface {
	empty() bool
	sums() Sums
	least() *Key
	greatest() *Key
}

// opened is a node's content: a leaf, or else two children.
type opened[P part] struct {
	leaf        *Leaf
	left, right P
}

// opener opens a part at a depth below the top, which has depth 0. The one who
// owns the tree, the one who proves from it and the one who checks the proof
// each bring their own, and share the questions below.
type opener[P part] func(p P, depth int) (opened[P], error)

// openSubtree opens a node of one's own tree; it never fails.
func openSubtree(s subtree, _ int) (opened[subtree], error) {
	if s.leaf != nil {
		return opened[subtree]{leaf: s.leaf}, nil
	}
	left, right := s.children()
	return opened[subtree]{left: left, right: right}, nil
}

func atByte[P part](open opener[P], top P, point uint64) (Leaf, error) {
	if have := top.sums().Bytes; point >= have {
		return Leaf{}, fmt.Errorf("byte %d of %d: %w", point, have, ErrRange)
	}
	for p, depth := top, 0; ; depth++ {
		node, err := open(p, depth)
		if err != nil {
			return Leaf{}, err
		}
		if node.leaf != nil {
			return *node.leaf, nil
		}
		p = node.left
		if left := p.sums().Bytes; point >= left {
			p, point = node.right, point-left
		}
	}
}

func atRank[P part](open opener[P], top P, program [8]byte, cell uint8, rank uint64) (Leaf, error) {
	bound := cellKey(program, cell)
	start, err := countBefore(open, top, &bound)
	if err != nil {
		return Leaf{}, err
	}
	if rank < top.sums().Count-start {
		leaf, err := atCount(open, top, start+rank)
		if err != nil {
			return Leaf{}, err
		}
		if leaf.Key.sameCell(&bound) {
			return leaf, nil
		}
	}
	return Leaf{}, fmt.Errorf("leaf %d of cell %x/%d: %w", rank, program, cell, ErrRange)
}

// countBefore is the number of leaves whose key comes before a bound.
func countBefore[P part](open opener[P], top P, bound *Key) (uint64, error) {
	if top.empty() {
		return 0, nil
	}
	count := uint64(0)
	for p, depth := top, 0; ; depth++ {
		node, err := open(p, depth)
		if err != nil {
			return 0, err
		}
		switch {
		case node.leaf != nil:
			if node.leaf.Key.before(bound) {
				count++
			}
			return count, nil
		case !node.left.least().before(bound):
			return count, nil
		case !node.left.greatest().before(bound):
			p = node.left
		case !node.right.least().before(bound):
			return count + node.left.sums().Count, nil
		case node.right.greatest().before(bound):
			return count + node.left.sums().Count + node.right.sums().Count, nil
		default:
			p, count = node.right, count+node.left.sums().Count
		}
	}
}

// atCount is the leaf with a number of leaves before it, below the top's count.
func atCount[P part](open opener[P], top P, before uint64) (Leaf, error) {
	for p, depth := top, 0; ; depth++ {
		node, err := open(p, depth)
		if err != nil {
			return Leaf{}, err
		}
		if node.leaf != nil {
			return *node.leaf, nil
		}
		p = node.left
		if left := p.sums().Count; before >= left {
			p, before = node.right, before-left
		}
	}
}

// find looks a key up. It is absent where it falls outside the ranges of both
// children of an opened node.
func find[P part](open opener[P], top P, k *Key) (Leaf, bool, error) {
	if top.empty() {
		return Leaf{}, false, nil
	}
	for p, depth := top, 0; ; depth++ {
		node, err := open(p, depth)
		switch {
		case err != nil:
			return Leaf{}, false, err
		case node.leaf != nil && node.leaf.Key == *k:
			return *node.leaf, true, nil
		case node.leaf != nil:
			return Leaf{}, false, nil
		case holds(node.left, k):
			p = node.left
		case holds(node.right, k):
			p = node.right
		default:
			return Leaf{}, false, nil
		}
	}
}

func holds[P part](p P, k *Key) bool { return !k.before(p.least()) && !p.greatest().before(k) }

// cells opens every node whose keys lie in more than one cell.
func cells[P part](open opener[P], top P) ([]CellSums, error) {
	if top.empty() {
		return nil, nil
	}
	return appendCells(nil, open, top, 0)
}

func appendCells[P part](out []CellSums, open opener[P], p P, depth int) ([]CellSums, error) {
	node, err := open(p, depth)
	if err != nil {
		return nil, err
	}
	if node.leaf != nil {
		return addCell(out, &node.leaf.Key, Sums{Bytes: node.leaf.Bytes, Count: 1}), nil
	}
	for _, child := range []P{node.left, node.right} {
		if child.least().sameCell(child.greatest()) {
			out = addCell(out, child.least(), child.sums())
			continue
		}
		if out, err = appendCells(out, open, child, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func addCell(out []CellSums, k *Key, s Sums) []CellSums {
	b := k.Bucket()
	if n := len(out) - 1; n >= 0 && out[n].Program == b.Program && out[n].Cell == b.Cell {
		out[n].Bytes += s.Bytes
		out[n].Count += s.Count
		return out
	}
	return append(out, CellSums{Program: b.Program, Cell: b.Cell, Sums: s})
}
