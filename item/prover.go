package item

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"
)

// Prover gathers the nodes that answer questions about one tree or several (the
// versions of an index, say). Each node is kept once, however many questions
// need it.
type Prover struct{ nodes map[Hash][]byte }

// NewProver is a prover with no nodes yet.
func NewProver() *Prover { return &Prover{nodes: make(map[Hash][]byte)} }

// open is openSubtree that keeps the node.
func (p *Prover) open(s subtree, depth int) (opened[subtree], error) {
	node, err := openSubtree(s, depth)
	if err != nil {
		return node, err
	}
	if node.leaf != nil {
		b := leafPreimage(node.leaf)
		p.nodes[sha256.Sum256(b[:])] = b[:]
	} else if _, have := p.nodes[s.inner.hash]; !have {
		b := innerPreimage(node.left, node.right)
		p.nodes[s.inner.hash] = b[:]
	}
	return node, nil
}

// Cells proves and returns the size of every cell, in key order.
func (p *Prover) Cells(t Tree) []CellSums {
	all, err := cells(p.open, t.top)
	if err != nil {
		return nil
	}
	return all
}

// AtByte proves the leaf that holds a byte; ErrRange when there is none.
func (p *Prover) AtByte(t Tree, point uint64) (Leaf, error) { return atByte(p.open, t.top, point) }

// AtRank proves a leaf of a cell by its place in it; ErrRange when there is none.
func (p *Prover) AtRank(t Tree, program [8]byte, cell uint8, rank uint64) (Leaf, error) {
	return atRank(p.open, t.top, program, cell, rank)
}

// Key proves that a key is in the tree, with its leaf, or that it is not.
func (p *Prover) Key(t Tree, k Key) (Leaf, bool, error) { return find(p.open, t.top, &k) }

// Bucket proves and returns all leaves of a bucket in key order, perhaps none; ErrMany
// when there are more than most.
func (p *Prover) Bucket(t Tree, b Bucket, most int) ([]Leaf, error) {
	return bucket(p.open, t.top, b, most)
}

// Len is the number of nodes so far; an answer may carry MaxNodes.
func (p *Prover) Len() int { return len(p.nodes) }

// Nodes are the preimages of the nodes in the order of their hashes, whatever
// the order of the questions. What an Opening takes.
func (p *Prover) Nodes() [][]byte {
	hashes := slices.SortedFunc(maps.Keys(p.nodes), func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	out := make([][]byte, len(hashes))
	for i, h := range hashes {
		out[i] = p.nodes[h]
	}
	return out
}
