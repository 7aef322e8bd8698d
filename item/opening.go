package item

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Limits on a proof.
const (
	// MaxNodes is how many nodes one Opening takes.
	MaxNodes = 4096
	// MaxDepth is how many nodes a path may have: one for each bit of a key, and
	// the leaf.
	MaxDepth = 8*keySize + 1
)

// ErrProof is a set of nodes that does not follow from the root.
var ErrProof = errors.New("proof does not hold")

// ErrMissingNode is an answer whose node was not given. It wraps ErrProof.
var ErrMissingNode = fmt.Errorf("%w: node is missing", ErrProof)

// Opening is a set of opened nodes, from which questions about a root are
// answered. It takes nothing from the one who sent them but what the root's
// hash binds. A tree of any shape is accepted, but in every node opened:
//
//   - each child counts at least one leaf and as many bytes, its least key is
//     not above its greatest, and they are equal exactly when it counts one;
//   - the left child's greatest key is below the right child's least;
//   - the children's sums do not overflow, and are what the parent declared (at
//     the top: what the root says), as are the least and the greatest key;
//   - a leaf has the key, the positive size and the count of one that its
//     parent declared;
//   - no path is longer than MaxDepth.
//
// A tree that counts a key twice or lies about an order or a sum breaks one of
// these on the path to some leaf, and so fails when that leaf is drawn.
//
// Errors wrap ErrProof, except ErrRange for a question beyond the root's own
// sums. An Opening notes which nodes were used, so it is for one goroutine.
type Opening struct{ nodes map[Hash]*given }

// given is a node as it was sent, its own rules checked.
type given struct {
	opened[*declared]
	total Sums
	used  bool
}

// declared is what a node says about a child. At the top, where only the root
// speaks, there is no range.
type declared struct {
	hash        Hash
	total       Sums
	first, last Key
	top         bool
}

func (d *declared) empty() bool    { return d.total == Sums{} }
func (d *declared) sums() Sums     { return d.total }
func (d *declared) least() *Key    { return &d.first }
func (d *declared) greatest() *Key { return &d.last }

// Open reads nodes in any order: at most MaxNodes, each of exact size, none
// twice. It keeps none of the bytes.
func Open(nodes [][]byte) (*Opening, error) {
	if len(nodes) > MaxNodes {
		return nil, fmt.Errorf("open %d nodes, at most %d: %w", len(nodes), MaxNodes, ErrProof)
	}
	o := &Opening{nodes: make(map[Hash]*given, len(nodes))}
	for i, b := range nodes {
		node, err := parseNode(b)
		if err != nil {
			return nil, fmt.Errorf("open node %d: %w", i, err)
		}
		h := Hash(sha256.Sum256(b))
		if _, have := o.nodes[h]; have {
			return nil, fmt.Errorf("open node %d: %w: it is there twice", i, ErrProof)
		}
		o.nodes[h] = node
	}
	return o, nil
}

// Unused is the number of nodes that no question so far has opened.
func (o *Opening) Unused() int {
	n := 0
	for _, node := range o.nodes {
		if !node.used {
			n++
		}
	}
	return n
}

// Cells is the size of every cell under a root, in key order.
func (o *Opening) Cells(r Root) ([]CellSums, error) {
	top, err := topOf(r)
	if err != nil {
		return nil, err
	}
	return cells(o.open, top)
}

// AtByte is the leaf under a root that holds a byte, counted from 0 in key order.
func (o *Opening) AtByte(r Root, point uint64) (Leaf, error) {
	top, err := topOf(r)
	if err != nil {
		return Leaf{}, err
	}
	return atByte(o.open, top, point)
}

// AtRank is a leaf of a cell under a root by its place in it, counted from 0.
func (o *Opening) AtRank(r Root, program [8]byte, cell uint8, rank uint64) (Leaf, error) {
	top, err := topOf(r)
	if err != nil {
		return Leaf{}, err
	}
	return atRank(o.open, top, program, cell, rank)
}

// Key is the leaf of a key under a root, or false when it is proven absent.
func (o *Opening) Key(r Root, k Key) (Leaf, bool, error) {
	top, err := topOf(r)
	if err != nil {
		return Leaf{}, false, err
	}
	return find(o.open, top, &k)
}

// Bucket is all leaves of a bucket under a root in key order, perhaps none: that there
// are no others is proven. When there are more than most, the error wraps ErrMany, and
// ErrProof as it does for any answer that is not to be accepted.
func (o *Opening) Bucket(r Root, b Bucket, most int) ([]Leaf, error) {
	top, err := topOf(r)
	if err != nil {
		return nil, err
	}
	leaves, err := bucket(o.open, top, b, most)
	if errors.Is(err, ErrMany) {
		err = fmt.Errorf("%w: %w", ErrProof, err)
	}
	return leaves, err
}

func topOf(r Root) (*declared, error) {
	if r != (Root{}) && (r.Count == 0 || r.Bytes < r.Count || r.Hash.IsZero()) {
		return nil, fmt.Errorf("root of %d leaves and %d bytes: %w: no tree has it", r.Count, r.Bytes, ErrProof)
	}
	return &declared{hash: r.Hash, total: r.Sums, top: true}, nil
}

// open checks a node against what its parent declared.
func (o *Opening) open(d *declared, depth int) (opened[*declared], error) {
	fail := func(what string) (opened[*declared], error) {
		return opened[*declared]{}, fmt.Errorf("node %s at depth %d: %w: %s", d.hash.Short(), depth, ErrProof, what)
	}
	node, have := o.nodes[d.hash]
	switch {
	case depth >= MaxDepth:
		return fail("path is too long")
	case !have:
		return opened[*declared]{}, fmt.Errorf("node %s at depth %d: %w", d.hash.Short(), depth, ErrMissingNode)
	}
	node.used = true
	first, last := node.ends()
	switch {
	case node.total != d.total:
		return fail("sums are not those declared")
	case !d.top && (*first != d.first || *last != d.last):
		return fail("range is not the one declared")
	}
	return node.opened, nil
}

func (g *given) ends() (first, last *Key) {
	if g.leaf != nil {
		return &g.leaf.Key, &g.leaf.Key
	}
	return &g.left.first, &g.right.last
}

func parseNode(b []byte) (*given, error) {
	switch {
	case len(b) == leafSize && b[0] == leafTag:
		l := &Leaf{Key: Key(b[1 : 1+keySize]), Bytes: binary.BigEndian.Uint64(b[1+keySize:]), Attrs: Hash(b[1+keySize+8:])}
		if l.Bytes == 0 {
			return nil, fmt.Errorf("%w: leaf has no bytes", ErrProof)
		}
		return &given{opened: opened[*declared]{leaf: l}, total: Sums{Bytes: l.Bytes, Count: 1}}, nil
	case len(b) == innerSize && b[0] == innerTag:
		return parseInner(parseChild(b[1:]), parseChild(b[1+childSize:]))
	}
	return nil, fmt.Errorf("%w: %d bytes are no node", ErrProof, len(b))
}

func parseChild(b []byte) *declared {
	return &declared{
		hash:  Hash(b[:32]),
		total: Sums{Bytes: binary.BigEndian.Uint64(b[32:]), Count: binary.BigEndian.Uint64(b[40:])},
		first: Key(b[48 : 48+keySize]),
		last:  Key(b[48+keySize : childSize]),
	}
}

func parseInner(left, right *declared) (*given, error) {
	for _, c := range []*declared{left, right} {
		switch {
		case c.total.Count == 0 || c.total.Bytes < c.total.Count:
			return nil, fmt.Errorf("%w: child of %d leaves and %d bytes", ErrProof, c.total.Count, c.total.Bytes)
		case c.last.before(&c.first), (c.total.Count == 1) != (c.first == c.last):
			return nil, fmt.Errorf("%w: child of %d leaves from %s to %s", ErrProof, c.total.Count, c.first, c.last)
		}
	}
	if !left.last.before(&right.first) {
		return nil, fmt.Errorf("%w: children are out of order or overlap", ErrProof)
	}
	size, carry1 := bits.Add64(left.total.Bytes, right.total.Bytes, 0)
	count, carry2 := bits.Add64(left.total.Count, right.total.Count, 0)
	if carry1+carry2 != 0 {
		return nil, fmt.Errorf("%w: sums overflow", ErrProof)
	}
	return &given{opened: opened[*declared]{left: left, right: right}, total: Sums{Bytes: size, Count: count}}, nil
}
