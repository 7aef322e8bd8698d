package item

import (
	"crypto/sha256"
	"encoding/binary"
)

// The hash of a tree node is SHA-256 of its preimage, whose first byte tells the
// two apart from each other and (being no zero) from the preimages of Sum.
// Numbers are 64-bit big-endian.
//
//	leaf:  'L' || key (45) || bytes (8) || attrs (32)
//	inner: 'N' || left child || right child
//	child: hash (32) || bytes (8) || count (8) || least key (45) || greatest key (45)
//
// The root of a tree is the hash and the sums of its top node; that of the empty
// tree is all zero.
const (
	leafTag   = 'L'
	innerTag  = 'N'
	childSize = 32 + 8 + 8 + keySize + keySize
	leafSize  = 1 + keySize + 8 + 32
	innerSize = 1 + 2*childSize
)

// Leaf is one item of an index.
type Leaf struct {
	Key   Key
	Bytes uint64 // length of the canonical bytes, above zero
	Attrs Hash   // Item.Attrs
}

// Sums is the size of a set of leaves.
type Sums struct {
	Bytes uint64 // of canonical bytes
	Count uint64 // of leaves
}

// Root is what a miner commits to. The zero Root is that of the empty tree.
type Root struct {
	Hash Hash
	Sums
}

// inner is a node with two children, which never changes once it is made. Its
// ends are pointers to the leaves of least and greatest key; a child that is a
// leaf needs no pointer of its own, because it is one of the two.
type inner struct {
	hash Hash
	Sums
	left, right *inner // nil: the child is the leaf `first`, or `last`
	first, last *Leaf
}

// subtree is an inner node, a leaf, or, when both are nil, nothing.
type subtree struct {
	inner *inner
	leaf  *Leaf
}

func (s subtree) empty() bool { return s.inner == nil && s.leaf == nil }

func (s subtree) first() *Leaf {
	if s.inner != nil {
		return s.inner.first
	}
	return s.leaf
}

func (s subtree) last() *Leaf {
	if s.inner != nil {
		return s.inner.last
	}
	return s.leaf
}

func (s subtree) least() *Key    { return &s.first().Key }
func (s subtree) greatest() *Key { return &s.last().Key }

func (s subtree) sums() Sums {
	switch {
	case s.inner != nil:
		return s.inner.Sums
	case s.leaf != nil:
		return Sums{Bytes: s.leaf.Bytes, Count: 1}
	}
	return Sums{}
}

// children are those of an inner node.
func (s subtree) children() (left, right subtree) {
	left, right = subtree{inner: s.inner.left}, subtree{inner: s.inner.right}
	if left.inner == nil {
		left.leaf = s.inner.first
	}
	if right.inner == nil {
		right.leaf = s.inner.last
	}
	return left, right
}

// hash of a leaf is computed when it is asked for: storing it would cost a sixth
// of the tree's memory and save one short SHA-256.
func (s subtree) hash() Hash {
	switch {
	case s.inner != nil:
		return s.inner.hash
	case s.leaf != nil:
		b := leafPreimage(s.leaf)
		return sha256.Sum256(b[:])
	}
	return Hash{}
}

// join makes the inner node over two subtrees; the caller knows that their sums
// do not overflow.
func join(left, right subtree) subtree {
	b := innerPreimage(left, right)
	l, r := left.sums(), right.sums()
	return subtree{inner: &inner{
		hash: sha256.Sum256(b[:]),
		Sums: Sums{Bytes: l.Bytes + r.Bytes, Count: l.Count + r.Count},
		left: left.inner, right: right.inner,
		first: left.first(), last: right.last(),
	}}
}

func leafPreimage(l *Leaf) (b [leafSize]byte) {
	b[0] = leafTag
	copy(b[1:], l.Key[:])
	binary.BigEndian.PutUint64(b[1+keySize:], l.Bytes)
	copy(b[1+keySize+8:], l.Attrs[:])
	return b
}

func innerPreimage(left, right subtree) (b [innerSize]byte) {
	b[0] = innerTag
	putChild(b[1:], left)
	putChild(b[1+childSize:], right)
	return b
}

func putChild(b []byte, s subtree) {
	h, sums := s.hash(), s.sums()
	copy(b, h[:])
	binary.BigEndian.PutUint64(b[32:], sums.Bytes)
	binary.BigEndian.PutUint64(b[40:], sums.Count)
	copy(b[48:], s.least()[:])
	copy(b[48+keySize:], s.greatest()[:])
}
