package item

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bucket is the leaves of a bucket by definition.
func (s slow) bucket(b Bucket) slow {
	return slices.DeleteFunc(slices.Clone(s), func(l Leaf) bool { return l.Key.Bucket() != b })
}

// opens is how many nodes prove a bucket by definition: the top, and every node below
// it whose keys reach into the bucket or over it.
func (s slow) opens(b Bucket, top bool) int {
	if len(s) == 0 || !top && (s[len(s)-1].Key.Less(NewKey(b, Hash{})) || NewKey(b, lastID()).Less(s[0].Key)) {
		return 0
	}
	if len(s) == 1 {
		return 1
	}
	bit := critBit(&s[0].Key, &s[len(s)-1].Key)
	cut := slices.IndexFunc(s, func(l Leaf) bool { return l.Key.bit(bit) })
	return 1 + s[:cut].opens(b, false) + s[cut:].opens(b, false)
}

func bucketGen(leaves slow) *rapid.Generator[Bucket] {
	return rapid.Custom(func(t *rapid.T) Bucket {
		if len(leaves) > 0 && rapid.Bool().Draw(t, "one of the tree's") {
			return rapid.SampledFrom(leaves).Draw(t, "leaf").Key.Bucket()
		}
		return leafGen().Draw(t, "of another leaf").Key.Bucket()
	})
}

func TestBucketIsItsDefinition(t *testing.T) {
	found, empty := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		leaves := newSlow(rapid.SliceOfN(leafGen(), 0, 60).Draw(t, "leaves"))
		tree, _, err := (Tree{}).Insert(leaves...)
		if err != nil {
			t.Fatal(err)
		}
		b := bucketGen(leaves).Draw(t, "bucket")
		want := leaves.bucket(b)
		most := len(want) + rapid.IntRange(0, 2).Draw(t, "room")
		p := NewProver()
		got, err := p.Bucket(tree, b, most)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("proved %v, %v; want %v", got, err, want)
		}
		if n := leaves.opens(b, true); p.Len() != n {
			t.Fatalf("%d nodes are opened, want %d", p.Len(), n)
		}
		o, err := Open(p.Nodes())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.Bucket(tree.Root(), b, most); err != nil || !slices.Equal(got, want) || o.Unused() != 0 {
			t.Fatalf("opened %v, %v, %d nodes unused; want %v", got, err, o.Unused(), want)
		}
		if len(want) == 0 {
			empty++
			return
		}
		found++
		most = rapid.IntRange(-1, len(want)-1).Draw(t, "too few")
		if _, err := NewProver().Bucket(tree, b, most); !errors.Is(err, ErrMany) || errors.Is(err, ErrProof) {
			t.Fatalf("prove %d leaves, at most %d: %v", len(want), most, err)
		}
		if _, err := o.Bucket(tree.Root(), b, most); !errors.Is(err, ErrMany) || !errors.Is(err, ErrProof) {
			t.Fatalf("open %d leaves, at most %d: %v", len(want), most, err)
		}
	})
	if found == 0 || empty == 0 {
		t.Fatalf("the generator is lopsided: %d buckets with leaves, %d without", found, empty)
	}
}

func TestBucketWithoutANodeFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := newSlow(rapid.SliceOfN(leafGen(), 1, 40).Draw(t, "leaves"))
		tree, _, err := (Tree{}).Insert(leaves...)
		if err != nil {
			t.Fatal(err)
		}
		b, p := bucketGen(leaves).Draw(t, "bucket"), NewProver()
		if _, err := p.Bucket(tree, b, math.MaxInt); err != nil {
			t.Fatal(err)
		}
		nodes := p.Nodes()
		drop := rapid.IntRange(0, len(nodes)-1).Draw(t, "drop")
		o, err := Open(slices.Delete(nodes, drop, drop+1))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.Bucket(tree.Root(), b, math.MaxInt); !errors.Is(err, ErrMissingNode) {
			t.Fatalf("without node %d: %v, %v", drop, got, err)
		}
	})
}

// A prover that leaves a leaf of the bucket out, or puts one in, proves nothing under
// the root that it signed, or no more than the truth.
func TestBucketHidesAndAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := newSlow(rapid.SliceOfN(leafGen(), 1, 40).Draw(t, "leaves"))
		other := leafGen().Draw(t, "other")
		b := other.Key.Bucket()
		without := slices.DeleteFunc(slices.Clone(leaves), func(l Leaf) bool { return l.Key == other.Key })
		with := newSlow(append(slices.Clone(without), other))
		for name, c := range map[string]struct{ signed, shown slow }{"hides": {with, without}, "adds": {without, with}} {
			signed, _, err := (Tree{}).Insert(c.signed...)
			if err != nil {
				t.Fatal(err)
			}
			shown, _, err := (Tree{}).Insert(c.shown...)
			if err != nil {
				t.Fatal(err)
			}
			p := NewProver()
			if _, err := p.Bucket(shown, b, math.MaxInt); err != nil {
				t.Fatal(err)
			}
			o, err := Open(p.Nodes())
			if err != nil {
				t.Fatal(err)
			}
			got, err := o.Bucket(signed.Root(), b, math.MaxInt)
			if err == nil && !slices.Equal(got, c.signed.bucket(b)) || err != nil && !errors.Is(err, ErrProof) {
				t.Fatalf("%s: %v, %v", name, got, err)
			}
		}
	})
}

// ourBucket is the one that forged trees are asked about.
var ourBucket = Bucket{Program: [8]byte{5}, Cell: 2, Span: 7}

// member adds a leaf of a bucket, beside those that forger.leaf adds: Key{1} comes
// before our bucket and Key{9} after it.
func (f *forger) member(b Bucket, id byte) declared {
	l := Leaf{Key: NewKey(b, Hash{id}), Bytes: 5}
	p := leafPreimage(&l)
	return declared{hash: f.add(p[:]), total: Sums{5, 1}, first: l.Key, last: l.Key}
}

func (d declared) ranging(first, last Key) declared { d.first, d.last = first, last; return d }

func TestHostileBucketsFail(t *testing.T) {
	type D = declared
	in := func(id byte) Key { return NewKey(ourBucket, Hash{id}) }
	beside := ourBucket
	beside.Span++
	for name, build := range map[string]func(f *forger) D{
		"leaf of another bucket": func(f *forger) D { return f.inner(f.member(beside, 1).ranging(in(1), in(1)), f.leaf(9, 5)) },
		"leaf twice":             func(f *forger) D { return f.inner(f.member(ourBucket, 1), f.member(ourBucket, 1)) },
		"leaf twice, forged": func(f *forger) D {
			return f.inner(f.member(ourBucket, 1), f.member(ourBucket, 1).ranging(in(2), in(2)))
		},
		"out of order":       func(f *forger) D { return f.inner(f.member(ourBucket, 2), f.member(ourBucket, 1)) },
		"leaf of more bytes": func(f *forger) D { return f.inner(f.member(ourBucket, 1).sized(50, 1), f.leaf(9, 5)) },
		"leaf counted twice": func(f *forger) D {
			return f.inner(f.member(ourBucket, 1).sized(5, 2).ranging(in(1), in(2)), f.leaf(9, 5))
		},
		"range that reaches over": func(f *forger) D { return f.inner(f.leaf(1, 5), f.inner(f.leaf(6, 5), f.leaf(9, 5)).spanning(2, 9)) },
		"range that reaches in": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(3, 5)).ranging(Key{1}, in(1)), f.leaf(9, 5))
		},
		"range that is wider, both ways": func(f *forger) D { return f.inner(f.inner(f.leaf(3, 5), f.leaf(6, 5)).spanning(1, 8), f.leaf(9, 5)) },
		"child that no one has":          func(f *forger) D { d := f.member(ourBucket, 1); d.hash[0] ^= 1; return f.inner(d, f.leaf(9, 5)) },
		"subtree twice": func(f *forger) D {
			s := f.inner(f.member(ourBucket, 1), f.member(ourBucket, 2))
			return f.inner(s, s.ranging(in(3), in(4)))
		},
	} {
		f := new(forger)
		top := build(f)
		o, err := Open(f.nodes)
		var got []Leaf
		if err == nil {
			got, err = o.Bucket(Root{Hash: top.hash, Sums: top.total}, ourBucket, 100)
		}
		if !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Who declares a subtree as lying outside the bucket does not have what is in it: no
// draw that lands there can be answered.
func TestALeafDeclaredElsewhereIsLost(t *testing.T) {
	f := new(forger)
	top := f.inner(f.member(ourBucket, 1).spanning(6, 6), f.leaf(9, 5))
	r := Root{Hash: top.hash, Sums: top.total}
	o, err := Open(f.nodes)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.Bucket(r, ourBucket, 100); err != nil || len(got) != 0 {
		t.Errorf("bucket: %v, %v", got, err)
	}
	_, atByte := o.AtByte(r, 0)
	_, _, key := o.Key(r, NewKey(ourBucket, Hash{1}))
	_, moved := o.Bucket(r, Key{6}.Bucket(), 100)
	if !errors.Is(atByte, ErrProof) || key != nil || !errors.Is(moved, ErrProof) {
		t.Errorf("by byte %v, by key %v, where it was declared %v", atByte, key, moved)
	}
}

// However many leaves a bucket is said to have, no more nodes are opened than are
// allowed leaves and the paths to them.
func TestBucketIsBounded(t *testing.T) {
	f := new(forger)
	first, last := NewKey(ourBucket, Hash{}), NewKey(ourBucket, lastID())
	many := declared{hash: Hash{1}, total: Sums{1 << 40, 1 << 40}, first: first, last: last}
	top := f.inner(f.leaf(1, 5), many)
	o, err := Open(f.nodes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Bucket(Root{Hash: top.hash, Sums: top.total}, ourBucket, 256); !errors.Is(err, ErrMany) || !errors.Is(err, ErrProof) {
		t.Errorf("a trillion leaves: %v", err)
	}
	leaves := make([]Leaf, 20_000)
	for i := range leaves {
		leaves[i] = Leaf{Key: NewKey(ourBucket, Sum("id", binary.BigEndian.AppendUint32(nil, uint32(i)))), Bytes: 1}
	}
	tree, p := mustInsert(t, Tree{}, leaves...), NewProver()
	if _, err := p.Bucket(tree, ourBucket, 256); !errors.Is(err, ErrMany) {
		t.Errorf("twenty thousand leaves: %v", err)
	}
	if n := p.Len(); n > 256+MaxDepth {
		t.Errorf("%d nodes are opened for nothing", n)
	}
}

func TestBucketOfTheGreatestAndLeastKeys(t *testing.T) {
	least, greatest := Bucket{}, Bucket{Program: [8]byte{255, 255, 255, 255, 255, 255, 255, 255}, Cell: 255, Span: math.MaxUint32}
	l := Leaf{Key: NewKey(least, Hash{}), Bytes: 1}
	g := Leaf{Key: NewKey(greatest, lastID()), Bytes: 1}
	for _, tree := range []Tree{{}, mustInsert(t, Tree{}, l), mustInsert(t, Tree{}, g), mustInsert(t, Tree{}, l, g)} {
		for b, leaf := range map[Bucket]Leaf{least: l, greatest: g} {
			p := NewProver()
			got, err := p.Bucket(tree, b, 1)
			if _, have := tree.Get(leaf.Key); err != nil || have != (len(got) == 1) || have && got[0] != leaf {
				t.Errorf("bucket %v of %d leaves: %v, %v", b, tree.Root().Count, got, err)
			}
			o, err := Open(p.Nodes())
			if err != nil {
				t.Fatal(err)
			}
			if opened, err := o.Bucket(tree.Root(), b, 1); err != nil || !slices.Equal(opened, got) {
				t.Errorf("bucket %v of %d leaves opens as %v, %v", b, tree.Root().Count, opened, err)
			}
		}
	}
	o, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Bucket(Root{Hash: Hash{1}}, least, 1); !errors.Is(err, ErrProof) {
		t.Errorf("a root that no tree has: %v", err)
	}
}
