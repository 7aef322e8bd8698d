package item

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// askAll asks every question about a small tree and returns the first error.
// wrong is called with answers that differ from the tree's.
func askAll(o *Opening, r Root, tree Tree, wrong func(format string, args ...any)) error {
	got, err := o.Cells(r)
	if err != nil {
		return err
	}
	if !slices.Equal(got, tree.Cells()) {
		wrong("cells %v, want %v", got, tree.Cells())
	}
	for point := range r.Bytes {
		leaf, err := o.AtByte(r, point)
		if err != nil {
			return err
		}
		if want, _ := tree.AtByte(point); leaf != want {
			wrong("byte %d: %v, want %v", point, leaf, want)
		}
	}
	for _, c := range got {
		for rank := range c.Count {
			leaf, err := o.AtRank(r, c.Program, c.Cell, rank)
			if err != nil {
				return err
			}
			if want, _ := tree.AtRank(c.Program, c.Cell, rank); leaf != want {
				wrong("rank %d of cell %d: %v, want %v", rank, c.Cell, leaf, want)
			}
		}
	}
	for l := range tree.Leaves() {
		leaf, found, err := o.Key(r, l.Key)
		if err != nil {
			return err
		}
		if !found || leaf != l {
			wrong("key %s: %v %v", l.Key, leaf, found)
		}
	}
	return nil
}

func proveAll(t fatalfer, p *Prover, tree Tree) {
	t.Helper()
	r := tree.Root()
	p.Cells(tree)
	for point := range r.Bytes {
		if _, err := p.AtByte(tree, point); err != nil {
			t.Fatalf("prove byte %d: %v", point, err)
		}
	}
}

func TestHonestProofsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var trees []Tree
		var tree Tree
		p := NewProver()
		for range rapid.IntRange(1, 3).Draw(t, "versions") {
			var err error
			if tree, _, err = tree.Insert(rapid.SliceOfN(leafGen(), 0, 20).Draw(t, "batch")...); err != nil {
				t.Fatal(err)
			}
			trees = append(trees, tree)
			proveAll(t, p, tree)
		}
		o, err := Open(p.Nodes())
		if err != nil {
			t.Fatal(err)
		}
		if o.Unused() != p.Len() {
			t.Fatalf("%d of %d nodes unused before a question", o.Unused(), p.Len())
		}
		for _, tree := range trees {
			if err := askAll(o, tree.Root(), tree, t.Fatalf); err != nil {
				t.Fatal(err)
			}
		}
		if n := o.Unused(); n != 0 {
			t.Fatalf("%d nodes unused", n)
		}
	})
}

// Each question is proven by exactly the nodes that its answer uses.
func TestProofsAreMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, _, err := (Tree{}).Insert(rapid.SliceOfN(leafGen(), 1, 40).Draw(t, "leaves")...)
		if err != nil {
			t.Fatal(err)
		}
		r, p := tree.Root(), NewProver()
		var ask func(o *Opening) error
		switch rapid.IntRange(0, 3).Draw(t, "question") {
		case 0:
			p.Cells(tree)
			ask = func(o *Opening) error { _, err := o.Cells(r); return err }
		case 1:
			point := rapid.Uint64Range(0, r.Bytes-1).Draw(t, "point")
			_, err = p.AtByte(tree, point)
			ask = func(o *Opening) error { _, err := o.AtByte(r, point); return err }
		case 2:
			c := rapid.SampledFrom(tree.Cells()).Draw(t, "cell")
			rank := rapid.Uint64Range(0, c.Count-1).Draw(t, "rank")
			_, err = p.AtRank(tree, c.Program, c.Cell, rank)
			ask = func(o *Opening) error { _, err := o.AtRank(r, c.Program, c.Cell, rank); return err }
		case 3:
			k := leafGen().Draw(t, "asked").Key
			var had bool
			_, had, err = p.Key(tree, k)
			ask = func(o *Opening) error {
				leaf, found, err := o.Key(r, k)
				if err == nil && (found != had || found && leaf.Key != k) {
					t.Fatalf("key %s is %v, want %v", k, found, had)
				}
				return err
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		nodes := p.Nodes()
		o, err := Open(nodes)
		if err != nil {
			t.Fatal(err)
		}
		if err := ask(o); err != nil || o.Unused() != 0 {
			t.Fatalf("%d unused, %v", o.Unused(), err)
		}
		drop := rapid.IntRange(0, len(nodes)-1).Draw(t, "drop")
		if o, err = Open(slices.Delete(slices.Clone(nodes), drop, drop+1)); err != nil {
			t.Fatal(err)
		}
		if err := ask(o); !errors.Is(err, ErrMissingNode) || !errors.Is(err, ErrProof) {
			t.Fatalf("without node %d: %v", drop, err)
		}
	})
}

func TestAlteredNodesFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, _, err := (Tree{}).Insert(rapid.SliceOfN(leafGen(), 1, 10).Draw(t, "leaves")...)
		if err != nil {
			t.Fatal(err)
		}
		p := NewProver()
		proveAll(t, p, tree)
		nodes := p.Nodes()
		i := rapid.IntRange(0, len(nodes)-1).Draw(t, "node")
		nodes[i] = bytes.Clone(nodes[i])
		nodes[i][rapid.IntRange(0, len(nodes[i])-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		o, err := Open(nodes)
		if err == nil {
			err = askAll(o, tree.Root(), tree, t.Fatalf)
		}
		if !errors.Is(err, ErrProof) {
			t.Fatalf("altered node: %v", err)
		}
	})
}

func TestLyingRootFails(t *testing.T) {
	tree := mustInsert(t, Tree{}, Leaf{Key: Key{1}, Bytes: 5}, Leaf{Key: Key{2}, Bytes: 7})
	one := mustInsert(t, Tree{}, Leaf{Key: Key{1}, Bytes: 5})
	p := NewProver()
	proveAll(t, p, tree)
	proveAll(t, p, one)
	o, err := Open(p.Nodes())
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]Root{
		"more bytes":       {tree.Root().Hash, Sums{13, 2}},
		"more leaves":      {tree.Root().Hash, Sums{12, 3}},
		"leaf twice":       {one.Root().Hash, Sums{5, 2}},
		"leaf, more bytes": {one.Root().Hash, Sums{6, 1}},
		"no bytes":         {tree.Root().Hash, Sums{0, 2}},
		"no leaves":        {tree.Root().Hash, Sums{12, 0}},
		"hash only":        {tree.Root().Hash, Sums{}},
		"sums only":        {Hash{}, Sums{12, 2}},
		"unknown":          {Hash{1}, Sums{12, 2}},
	} {
		_, cells := o.Cells(r)
		_, atByte := o.AtByte(r, 0)
		_, atRank := o.AtRank(r, [8]byte{1}, 0, 0)
		_, _, key := o.Key(r, Key{1})
		for question, err := range map[string]error{"cells": cells, "byte": atByte, "rank": atRank, "key": key} {
			if !errors.Is(err, ErrProof) {
				t.Errorf("%s: %s: %v", name, question, err)
			}
		}
	}
}

func TestQuestionsBeyondTheTree(t *testing.T) {
	tree := mustInsert(t, Tree{}, Leaf{Key: NewKey(Bucket{Cell: 2}, Hash{}), Bytes: 5}, Leaf{Key: NewKey(Bucket{Cell: 4}, Hash{}), Bytes: 7})
	for _, tree := range []Tree{{}, tree} {
		p := NewProver()
		p.Cells(tree)
		proveAll(t, p, tree)
		o, err := Open(p.Nodes())
		if err != nil {
			t.Fatal(err)
		}
		r := tree.Root()
		for _, point := range []uint64{r.Bytes, math.MaxUint64} {
			if _, err := p.AtByte(tree, point); !errors.Is(err, ErrRange) {
				t.Errorf("prove byte %d: %v", point, err)
			}
			if _, err := o.AtByte(r, point); !errors.Is(err, ErrRange) || errors.Is(err, ErrProof) {
				t.Errorf("byte %d: %v", point, err)
			}
		}
		for cell := range uint8(6) {
			for _, rank := range []uint64{1, math.MaxUint64} {
				if _, err := p.AtRank(tree, [8]byte{}, cell, rank); !errors.Is(err, ErrRange) {
					t.Errorf("prove rank %d of cell %d: %v", rank, cell, err)
				}
				if _, err := o.AtRank(r, [8]byte{}, cell, rank); !errors.Is(err, ErrRange) {
					t.Errorf("rank %d of cell %d: %v", rank, cell, err)
				}
			}
		}
	}
	o, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := o.Key(Root{}, Key{}); found || err != nil {
		t.Errorf("key of the empty tree: %v %v", found, err)
	}
	if all, err := o.Cells(Root{}); len(all) != 0 || err != nil {
		t.Errorf("cells of the empty tree: %v %v", all, err)
	}
}

func TestOpenIsBounded(t *testing.T) {
	leaf := func(i int) []byte {
		b := leafPreimage(&Leaf{Key: Key{byte(i), byte(i >> 8)}, Bytes: 1})
		return b[:]
	}
	most := make([][]byte, MaxNodes)
	for i := range most {
		most[i] = leaf(i)
	}
	if _, err := Open(most); err != nil {
		t.Errorf("open the most nodes: %v", err)
	}
	inner := innerPreimage(subtree{leaf: &Leaf{Key: Key{1}, Bytes: 1}}, subtree{leaf: &Leaf{Key: Key{2}, Bytes: 1}})
	for name, nodes := range map[string][][]byte{
		"one too many": append(most, leaf(MaxNodes)),
		"twice":        {leaf(1), leaf(2), leaf(1)},
		"empty":        {{}},
		"short leaf":   {leaf(1)[:leafSize-1]},
		"long leaf":    {append(leaf(1), 0)},
		"short inner":  {inner[:innerSize-1]},
		"long inner":   {append(inner[:innerSize:innerSize], 0)},
		"wrong tag":    {append([]byte{'X'}, leaf(1)[1:]...)},
		"leaf as node": {append([]byte{innerTag}, leaf(1)[1:]...)},
	} {
		if _, err := Open(nodes); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The deepest tree that keys allow branches at each of their 360 bits.
func TestDeepestTreeIsProven(t *testing.T) {
	leaves := []Leaf{{Bytes: 1}}
	for bit := range 8 * keySize {
		var k Key
		k[bit/8] = 0x80 >> (bit % 8)
		leaves = append(leaves, Leaf{Key: k, Bytes: 1})
	}
	tree := mustInsert(t, Tree{}, leaves...)
	p := NewProver()
	proveAll(t, p, tree)
	o, err := Open(p.Nodes())
	if err != nil {
		t.Fatal(err)
	}
	if err := askAll(o, tree.Root(), tree, t.Fatalf); err != nil {
		t.Fatal(err)
	}
	alone := NewProver()
	if _, err := alone.AtByte(tree, 0); err != nil || alone.Len() != MaxDepth {
		t.Fatalf("deepest path has %d nodes, want %d: %v", alone.Len(), MaxDepth, err)
	}
}
