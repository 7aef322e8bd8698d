package item

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// forger builds trees that no Tree would: its caller says what each node
// declares about its children.
type forger struct{ nodes [][]byte }

func (f *forger) add(b []byte) Hash {
	h := Hash(sha256.Sum256(b))
	for _, have := range f.nodes {
		if Hash(sha256.Sum256(have)) == h {
			return h
		}
	}
	f.nodes = append(f.nodes, b)
	return h
}

// leaf adds a leaf and returns its true description.
func (f *forger) leaf(key byte, size uint64) declared {
	l := Leaf{Key: Key{key}, Bytes: size}
	b := leafPreimage(&l)
	return declared{hash: f.add(b[:]), total: Sums{size, 1}, first: l.Key, last: l.Key}
}

// inner adds a node that declares these children and returns the description
// that follows from them.
func (f *forger) inner(left, right declared) declared {
	b := []byte{innerTag}
	for _, d := range []declared{left, right} {
		b = append(b, d.hash[:]...)
		b = binary.BigEndian.AppendUint64(b, d.total.Bytes)
		b = binary.BigEndian.AppendUint64(b, d.total.Count)
		b = append(append(b, d.first[:]...), d.last[:]...)
	}
	return declared{
		hash:  f.add(b),
		total: Sums{left.total.Bytes + right.total.Bytes, left.total.Count + right.total.Count},
		first: left.first, last: right.last,
	}
}

func (d declared) sized(bytes, count uint64) declared { d.total = Sums{bytes, count}; return d }
func (d declared) spanning(first, last byte) declared {
	d.first, d.last = Key{first}, Key{last}
	return d
}

// drawAll draws every byte and every rank that the root claims, and returns the
// leaves in the order of bytes and the first failure. Sizes are small.
func drawAll(nodes [][]byte, r Root) (drawn []Leaf, err error) {
	o, err := Open(nodes)
	if err != nil {
		return nil, err
	}
	cells, err := o.Cells(r)
	if err != nil {
		return nil, err
	}
	for point := uint64(0); point < min(r.Bytes, 1000); point++ {
		leaf, err := o.AtByte(r, point)
		if err != nil {
			return nil, err
		}
		if len(drawn) == 0 || drawn[len(drawn)-1] != leaf {
			drawn = append(drawn, leaf)
		}
	}
	for _, c := range cells {
		for rank := range min(c.Count, 1000) {
			if _, err := o.AtRank(r, c.Program, c.Cell, rank); err != nil {
				return nil, err
			}
		}
	}
	return drawn, nil
}

// Each way of padding an index fails for some draw, also where the declared
// ranges and sums are forged so that every inner node looks right.
func TestHostileTreesFail(t *testing.T) {
	type D = declared
	for name, build := range map[string]func(f *forger) D{
		"one leaf twice":               func(f *forger) D { return f.inner(f.leaf(1, 5), f.leaf(1, 5)) },
		"one key twice":                func(f *forger) D { return f.inner(f.leaf(1, 5), f.leaf(1, 6)) },
		"one leaf twice, forged range": func(f *forger) D { return f.inner(f.leaf(1, 5), f.leaf(1, 5).spanning(2, 2)) },
		"one subtree twice":            func(f *forger) D { s := f.inner(f.leaf(1, 5), f.leaf(2, 5)); return f.inner(s, s) },
		"one subtree twice, forged":    func(f *forger) D { s := f.inner(f.leaf(1, 5), f.leaf(2, 5)); return f.inner(s, s.spanning(3, 4)) },
		"far apart, forged": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(3, 5)), f.inner(f.leaf(5, 5), f.leaf(3, 5).spanning(7, 7)))
		},
		"out of order":         func(f *forger) D { return f.inner(f.leaf(2, 5), f.leaf(1, 5)) },
		"out of order, forged": func(f *forger) D { return f.inner(f.leaf(2, 5).spanning(0, 0), f.leaf(1, 5)) },
		"overlap": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(5, 5)), f.inner(f.leaf(3, 5), f.leaf(7, 5)))
		},
		"overlap, left forged": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(5, 5)).spanning(1, 2), f.inner(f.leaf(3, 5), f.leaf(7, 5)))
		},
		"overlap, right forged": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(5, 5)), f.inner(f.leaf(3, 5), f.leaf(7, 5)).spanning(6, 7))
		},
		"range wider than the truth": func(f *forger) D { return f.inner(f.inner(f.leaf(1, 5), f.leaf(5, 5)).spanning(1, 6), f.leaf(7, 5)) },
		"leaf spans a range":         func(f *forger) D { return f.inner(f.leaf(1, 5).spanning(1, 3), f.leaf(7, 5)) },
		"range backwards":            func(f *forger) D { return f.inner(f.inner(f.leaf(1, 5), f.leaf(3, 5)).spanning(3, 1), f.leaf(7, 5)) },
		"more bytes than the leaf":   func(f *forger) D { return f.inner(f.leaf(1, 5).sized(50, 1), f.leaf(2, 5)) },
		"fewer bytes than the leaf":  func(f *forger) D { return f.inner(f.leaf(1, 5).sized(2, 1), f.leaf(2, 5)) },
		"leaf counted twice":         func(f *forger) D { return f.inner(f.leaf(1, 5).sized(5, 2), f.leaf(2, 5)) },
		"leaf counted twice, forged": func(f *forger) D { return f.inner(f.leaf(1, 5).sized(5, 2).spanning(0, 1), f.leaf(2, 5)) },
		"leaf not counted":           func(f *forger) D { return f.inner(f.leaf(1, 5).sized(5, 0), f.leaf(2, 5)) },
		"subtree counted as one": func(f *forger) D {
			return f.inner(f.inner(f.leaf(1, 5), f.leaf(2, 5)).sized(10, 1).spanning(1, 1), f.leaf(3, 5))
		},
		"subtree of more bytes":        func(f *forger) D { return f.inner(f.inner(f.leaf(1, 5), f.leaf(2, 5)).sized(99, 2), f.leaf(3, 5)) },
		"subtree of more leaves":       func(f *forger) D { return f.inner(f.inner(f.leaf(1, 5), f.leaf(2, 5)).sized(10, 3), f.leaf(3, 5)) },
		"leaf of no bytes":             func(f *forger) D { return f.inner(f.leaf(1, 0), f.leaf(2, 5)) },
		"leaf of no bytes, forged":     func(f *forger) D { return f.inner(f.leaf(1, 0).sized(1, 1), f.leaf(2, 5)) },
		"only leaf of no bytes":        func(f *forger) D { return f.leaf(1, 0).sized(1, 1) },
		"bytes overflow":               func(f *forger) D { return f.inner(f.leaf(1, math.MaxUint64), f.leaf(2, 6)) },
		"bytes overflow, forged total": func(f *forger) D { return f.inner(f.leaf(1, math.MaxUint64), f.leaf(2, 6)).sized(900, 2) },
		"counts overflow": func(f *forger) D {
			return f.inner(f.leaf(1, math.MaxUint64).sized(math.MaxUint64, math.MaxUint64).spanning(0, 1), f.leaf(2, 6))
		},
		"more leaves than bytes": func(f *forger) D { return f.inner(f.inner(f.leaf(1, 1), f.leaf(2, 1)).sized(2, 500), f.leaf(3, 1)) },
		"child that no one has":  func(f *forger) D { d := f.leaf(1, 5); d.hash[0] ^= 1; return f.inner(d, f.leaf(2, 5)) },
		"node within itself, as it were": func(f *forger) D {
			s := f.inner(f.leaf(1, 1), f.leaf(2, 1))
			return f.inner(s, f.inner(s, s.spanning(4, 5)).spanning(3, 5))
		},
	} {
		f := new(forger)
		top := build(f)
		if drawn, err := drawAll(f.nodes, Root{Hash: top.hash, Sums: top.total}); !errors.Is(err, ErrProof) {
			t.Errorf("%s: drew %v, %v", name, drawn, err)
		}
	}
}

// Of all trees, only those that are honest pass all draws: their leaves ascend
// and add up. Most are built honestly but for one or two lies.
func TestOnlyHonestTreesPassAllDraws(t *testing.T) {
	passed, failed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		f := new(forger)
		top := forgedTree(f, t)
		r := Root{Hash: top.hash, Sums: top.total}
		drawn, err := drawAll(f.nodes, r)
		if err != nil {
			if !errors.Is(err, ErrProof) {
				t.Fatalf("failed otherwise than by proof: %v", err)
			}
			failed++
			return
		}
		passed++
		var got Sums
		for i, l := range drawn {
			if i > 0 && !drawn[i-1].Key.Less(l.Key) {
				t.Fatalf("all draws pass, but the leaves do not ascend: %v", drawn)
			}
			got.Bytes += l.Bytes
			got.Count++
		}
		if got != r.Sums {
			t.Fatalf("all draws pass, but the leaves add up to %v of %v", got, r.Sums)
		}
	})
	if passed == 0 || failed == 0 {
		t.Fatalf("the generator is lopsided: %d passed, %d failed", passed, failed)
	}
}

// forgedTree builds a tree of random shape over leaves with ascending keys, and
// tells some lies.
func forgedTree(f *forger, t *rapid.T) declared {
	n := rapid.IntRange(1, 7).Draw(t, "leaves")
	lies := rapid.SliceOfN(rapid.IntRange(0, 4*n), 0, 2).Draw(t, "lies")
	step, parts := 0, make([]declared, n)
	for i := range parts {
		parts[i] = lie(f, t, f.leaf(byte(2*i+1), rapid.Uint64Range(1, 3).Draw(t, "bytes")), slices.Contains(lies, step))
		step++
	}
	for len(parts) > 1 {
		i := rapid.IntRange(0, len(parts)-2).Draw(t, "joined")
		d := lie(f, t, f.inner(parts[i], parts[i+1]), slices.Contains(lies, step))
		parts = slices.Replace(parts, i, i+2, d)
		step++
	}
	return parts[0]
}

func lie(f *forger, t *rapid.T, d declared, lying bool) declared {
	if !lying {
		return d
	}
	key := func(name string) Key { return Key{rapid.ByteRange(0, 15).Draw(t, name)} }
	switch rapid.IntRange(0, 6).Draw(t, "lie") {
	case 0:
		d.total.Bytes += rapid.SampledFrom([]uint64{1, 2, math.MaxUint64}).Draw(t, "more bytes")
	case 1:
		d.total.Count += rapid.SampledFrom([]uint64{1, 2, math.MaxUint64}).Draw(t, "more leaves")
	case 2:
		d.first = key("first")
	case 3:
		d.last = key("last")
	case 4: // another leaf in its place
		d.hash = f.leaf(rapid.ByteRange(0, 15).Draw(t, "key"), rapid.Uint64Range(0, 3).Draw(t, "size")).hash
	case 5: // another subtree in its place
		d.hash = f.inner(f.leaf(1, 1), f.leaf(rapid.ByteRange(0, 15).Draw(t, "key"), 1)).hash
	case 6: // a leaf in its place, truly described
		return f.leaf(rapid.ByteRange(0, 15).Draw(t, "key"), rapid.Uint64Range(0, 3).Draw(t, "size"))
	}
	return d
}

func TestPathsAreBounded(t *testing.T) {
	f := new(forger)
	chain := func(n int) Root {
		key := func(i int) Key { return Key{byte(i >> 8), byte(i)} }
		leaf := func(i int) declared {
			l := Leaf{Key: key(i), Bytes: 1}
			b := leafPreimage(&l)
			return declared{hash: f.add(b[:]), total: Sums{1, 1}, first: l.Key, last: l.Key}
		}
		d := leaf(n)
		for i := n - 1; i > 0; i-- {
			d = f.inner(leaf(i), d)
		}
		return Root{Hash: d.hash, Sums: d.total}
	}
	r := chain(MaxDepth) // its lowest leaves are MaxDepth nodes down
	if drawn, err := drawAll(f.nodes, r); err != nil || len(drawn) != MaxDepth {
		t.Fatalf("the longest chain: %d leaves, %v", len(drawn), err)
	}
	f.nodes = nil
	r = chain(MaxDepth + 1)
	if drawn, err := drawAll(f.nodes, r); !errors.Is(err, ErrProof) {
		t.Fatalf("a chain too long: %d leaves, %v", len(drawn), err)
	}
}

// The rules that a node breaks by itself are found when it is read.
func TestOpenChecksEachNode(t *testing.T) {
	one := func(key byte) declared { return declared{total: Sums{5, 1}, first: Key{key}, last: Key{key}} }
	two := func(first, last byte) declared { return one(0).sized(5, 2).spanning(first, last) }
	const most = math.MaxUint64
	for name, c := range map[string]struct {
		left, right declared
		ok          bool
	}{
		"two leaves":             {one(1), one(2), true},
		"two ranges":             {two(1, 2), two(3, 4), true},
		"greatest sums":          {two(1, 2).sized(most-5, most-1), one(3), false},
		"greatest bytes":         {two(1, 2).sized(most-5, 2), one(3), true},
		"no leaves":              {one(1).sized(5, 0), one(3), false},
		"no leaves in a range":   {two(1, 2).sized(5, 0), one(3), false},
		"no leaves, no bytes":    {two(1, 2).sized(0, 0), one(3), false},
		"no bytes":               {one(1).sized(0, 1), one(3), false},
		"fewer bytes":            {two(1, 2).sized(1, 2), one(3), false},
		"fewer bytes, right":     {one(1), two(2, 3).sized(1, 2), false},
		"backwards":              {two(2, 1), one(3), false},
		"backwards, right":       {one(1), two(3, 2), false},
		"one leaf, two keys":     {one(1).spanning(1, 2), one(3), false},
		"two leaves, one key":    {two(1, 1), one(3), false},
		"same key":               {one(1), one(1), false},
		"ranges touch":           {two(1, 2), two(2, 3), false},
		"ranges overlap":         {two(1, 3), two(2, 4), false},
		"ranges nest":            {two(1, 9), two(2, 4), false},
		"out of order":           {one(2), one(1), false},
		"bytes overflow":         {one(1).sized(most-4, 1), one(2), false},
		"counts and bytes, over": {two(1, 2).sized(most, most), two(3, 4), false},
	} {
		f := new(forger)
		f.inner(c.left, c.right)
		if _, err := Open(f.nodes); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := new(forger)
	f.leaf(1, 0)
	if _, err := Open(f.nodes); !errors.Is(err, ErrProof) {
		t.Errorf("leaf of no bytes: %v", err)
	}
}

// Each end of a range is bound by itself.
func TestRangesAreBound(t *testing.T) {
	for name, ends := range map[string][2]byte{"least": {2, 5}, "greatest": {3, 6}} {
		f := new(forger)
		top := f.inner(f.inner(f.leaf(3, 1), f.leaf(5, 1)).spanning(ends[0], ends[1]), f.leaf(9, 1))
		if _, err := drawAll(f.nodes, Root{Hash: top.hash, Sums: top.total}); !errors.Is(err, ErrProof) {
			t.Errorf("%s key is not bound: %v", name, err)
		}
	}
}
