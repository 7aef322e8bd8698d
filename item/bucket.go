package item

import (
	"errors"
	"fmt"
)

// ErrMany is a bucket with more leaves than were asked for at most.
var ErrMany = errors.New("more leaves than allowed")

// bucket is all leaves of a bucket in key order. It opens the top, and each node
// below it whose range meets the bucket's: what stays shut cannot hold a leaf of it.
// Where more than most are declared it stops with ErrMany before it opens them.
func bucket[P part](open opener[P], top P, b Bucket, most int) ([]Leaf, error) {
	if top.empty() {
		return nil, nil
	}
	w := inBucket[P]{open: open, first: NewKey(b, Hash{}), last: NewKey(b, lastID()), most: most}
	if err := w.walk(top, 0); err != nil {
		return nil, err
	}
	return w.out, nil
}

// lastID is the greatest content id.
func lastID() (h Hash) {
	for i := range h {
		h[i] = 0xff
	}
	return h
}

// inBucket is the question of a bucket on its way through a tree.
type inBucket[P part] struct {
	open        opener[P]
	first, last Key // that the bucket could hold
	most        int
	out         []Leaf
}

func (w *inBucket[P]) walk(p P, depth int) error {
	node, err := w.open(p, depth)
	switch {
	case err != nil:
		return err
	case node.leaf != nil && w.holds(&node.leaf.Key):
		if len(w.out) >= w.most {
			return w.many()
		}
		w.out = append(w.out, *node.leaf)
		return nil
	case node.leaf != nil:
		return nil
	}
	for _, child := range []P{node.left, node.right} {
		switch {
		case child.greatest().before(&w.first) || w.last.before(child.least()):
			continue
		case w.holds(child.least()) && w.holds(child.greatest()) && child.sums().Count > uint64(max(0, w.most-len(w.out))):
			return w.many()
		}
		if err := w.walk(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *inBucket[P]) holds(k *Key) bool { return !k.before(&w.first) && !w.last.before(k) }

func (w *inBucket[P]) many() error {
	b := w.first.Bucket()
	return fmt.Errorf("bucket %x/%d/%d: %w: at most %d", b.Program, b.Cell, b.Span, ErrMany, w.most)
}
