package item

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slow is a tree by definition: leaves sorted by key, everything recomputed.
type slow []Leaf

func newSlow(leaves []Leaf) slow {
	var s slow
	for _, l := range leaves {
		if !slices.ContainsFunc(s, func(o Leaf) bool { return o.Key == l.Key }) {
			s = append(s, l)
		}
	}
	slices.SortFunc(s, func(a, b Leaf) int { return a.Key.Compare(b.Key) })
	return s
}

func (s slow) sums() (out Sums) {
	for _, l := range s {
		out.Bytes += l.Bytes
		out.Count++
	}
	return out
}

// hash branches at the first bit in which any two keys differ.
func (s slow) hash() Hash {
	if len(s) == 0 {
		return Hash{}
	}
	var b bytes.Buffer
	if len(s) == 1 {
		b.WriteByte('L')
		b.Write(s[0].Key[:])
		binary.Write(&b, binary.BigEndian, s[0].Bytes)
		b.Write(s[0].Attrs[:])
		return sha256.Sum256(b.Bytes())
	}
	b.WriteByte('N')
	cut := 0
	for bit := 0; cut == 0; bit++ {
		cut = slices.IndexFunc(s, func(l Leaf) bool { return l.Key[bit/8]&(0x80>>(bit%8)) != 0 })
		cut = max(cut, 0)
	}
	for _, half := range []slow{s[:cut], s[cut:]} {
		h := half.hash()
		b.Write(h[:])
		binary.Write(&b, binary.BigEndian, half.sums())
		b.Write(half[0].Key[:])
		b.Write(half[len(half)-1].Key[:])
	}
	return sha256.Sum256(b.Bytes())
}

func (s slow) root() Root { return Root{Hash: s.hash(), Sums: s.sums()} }

func (s slow) atByte(point uint64) (Leaf, bool) {
	for _, l := range s {
		if point < l.Bytes {
			return l, true
		}
		point -= l.Bytes
	}
	return Leaf{}, false
}

func (s slow) cell(program [8]byte, cell uint8) slow {
	return slices.DeleteFunc(slices.Clone(s), func(l Leaf) bool {
		b := l.Key.Bucket()
		return b.Program != program || b.Cell != cell
	})
}

func (s slow) cells() (out []CellSums) {
	for i, l := range s {
		b := l.Key.Bucket()
		if i > 0 && s[i-1].Key.sameCell(&l.Key) {
			continue
		}
		out = append(out, CellSums{Program: b.Program, Cell: b.Cell, Sums: s.cell(b.Program, b.Cell).sums()})
	}
	return out
}

// leafGen makes leaves whose keys collide and share long prefixes often.
func leafGen() *rapid.Generator[Leaf] {
	return rapid.Custom(func(t *rapid.T) Leaf {
		var id Hash
		id[0] = rapid.Byte().Draw(t, "high")
		id[31] = rapid.ByteRange(0, 3).Draw(t, "low")
		b := Bucket{Cell: rapid.Uint8Range(0, 3).Draw(t, "cell"), Span: rapid.Uint32Range(0, 2).Draw(t, "span")}
		b.Program[0] = rapid.SampledFrom([]byte{0, 1, 0xff}).Draw(t, "program")
		return Leaf{Key: NewKey(b, id), Bytes: rapid.Uint64Range(1, 9).Draw(t, "bytes"), Attrs: Sum("test", id[:])}
	})
}

func mustInsert(t testing.TB, tree Tree, leaves ...Leaf) Tree {
	t.Helper()
	next, _, err := tree.Insert(leaves...)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// fatalfer is what *testing.T and *rapid.T share.
type fatalfer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func sameAsSlow(t fatalfer, tree Tree, want slow) {
	t.Helper()
	if got := tree.Root(); got != want.root() {
		t.Fatalf("root %v, want %v", got, want.root())
	}
	if got := slices.Collect(tree.Leaves()); !slices.Equal(got, want) {
		t.Fatalf("leaves %v, want %v", got, want)
	}
	cells := tree.Cells()
	if !slices.Equal(cells, want.cells()) {
		t.Fatalf("cells %v, want %v", cells, want.cells())
	}
	total := tree.Root().Bytes
	for point := range total + 2 {
		got, ok := tree.AtByte(point)
		if l, have := want.atByte(point); ok != have || got != l {
			t.Fatalf("byte %d: %v %v, want %v %v", point, got, ok, l, have)
		}
	}
	for _, program := range []byte{0, 1, 2, 0xff} {
		for cell := range uint8(5) {
			leaves := want.cell([8]byte{program}, cell)
			for rank := range len(leaves) + 2 {
				got, ok := tree.AtRank([8]byte{program}, cell, uint64(rank))
				if ok != (rank < len(leaves)) || ok && got != leaves[rank] {
					t.Fatalf("rank %d of cell %d/%d: %v %v", rank, program, cell, got, ok)
				}
			}
		}
	}
	if _, ok := tree.AtRank([8]byte{1}, 0, math.MaxUint64); ok {
		t.Fatalf("the last rank of all was found")
	}
}

func TestTreeIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree Tree
		var all []Leaf
		type version struct {
			tree Tree
			want slow
		}
		var versions []version
		for range rapid.IntRange(0, 4).Draw(t, "batches") {
			batch := rapid.SliceOfN(leafGen(), 0, 12).Draw(t, "batch")
			before := tree.Root().Count
			next, added, err := tree.Insert(batch...)
			if err != nil {
				t.Fatal(err)
			}
			if tree.Root().Count != before || next.Root().Count != before+uint64(added) {
				t.Fatalf("insert of %d into %d says %d were added and gives %d", len(batch), before, added, next.Root().Count)
			}
			tree, all = next, append(all, batch...)
			versions = append(versions, version{tree, newSlow(all)})
		}
		for _, v := range versions { // later inserts changed no earlier tree
			sameAsSlow(t, v.tree, v.want)
		}
		for _, l := range rapid.SliceOfN(leafGen(), 1, 20).Draw(t, "asked") {
			got, ok := tree.Get(l.Key)
			i := slices.IndexFunc(all, func(o Leaf) bool { return o.Key == l.Key })
			if ok != (i >= 0) || ok && got != all[i] {
				t.Fatalf("get %s: %v %v", l.Key, got, ok)
			}
		}
	})
}

func TestTreeShapeDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := newSlow(rapid.SliceOfN(leafGen(), 1, 40).Draw(t, "leaves"))
		var one Tree
		for _, l := range rapid.Permutation([]Leaf(leaves)).Draw(t, "order") {
			next, added, err := one.Insert(l)
			if err != nil || added != 1 {
				t.Fatalf("insert: %d added, %v", added, err)
			}
			one = next
		}
		if one.Root() != leaves.root() {
			t.Fatalf("root depends on the order of insertion")
		}
		again, added, err := one.Insert(leaves...)
		if err != nil || added != 0 || again != one {
			t.Fatalf("inserting the same leaves again: %d added, %v, changed %v", added, err, again != one)
		}
	})
}

func TestInsertRefusesBadLeaves(t *testing.T) {
	a, b := Leaf{Key: Key{1}, Bytes: math.MaxUint64}, Leaf{Key: Key{2}, Bytes: 1}
	tree := mustInsert(t, Tree{}, a)
	for name, batch := range map[string][]Leaf{
		"no bytes":            {{Key: Key{3}}},
		"no bytes, known key": {{Key: Key{1}}},
		"overflow":            {b},
		"one good, one bad":   {{Key: Key{0}}, b},
	} {
		next, added, err := tree.Insert(batch...)
		if !errors.Is(err, ErrLeaf) || added != 0 || next != tree {
			t.Errorf("%s: added %d, err %v", name, added, err)
		}
	}
	if _, _, err := (Tree{}).Insert(a, b); !errors.Is(err, ErrLeaf) {
		t.Errorf("overflow within a batch: %v", err)
	}
	if _, added, err := tree.Insert(a); added != 0 || err != nil {
		t.Errorf("a known leaf of the greatest size: added %d, err %v", added, err)
	}
}

func TestLeavesStopsEarly(t *testing.T) {
	tree := mustInsert(t, Tree{}, Leaf{Key: Key{1}, Bytes: 1}, Leaf{Key: Key{2}, Bytes: 1}, Leaf{Key: Key{3}, Bytes: 1})
	n := 0
	for range tree.Leaves() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Fatalf("walked %d leaves", n)
	}
}

func TestKeyRoundTrip(t *testing.T) {
	b := Bucket{Program: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Cell: 31, Span: 0xdeadbeef}
	id := Sum("test")
	k := NewKey(b, id)
	if k.Bucket() != b || k.ID() != id {
		t.Fatalf("key %s gives %v and %s", k, k.Bucket(), k.ID())
	}
	for name, greater := range map[string]Key{
		"program": NewKey(Bucket{Program: [8]byte{1, 2, 3, 4, 5, 6, 7, 9}}, Hash{}),
		"cell":    NewKey(Bucket{Program: b.Program, Cell: 32}, Hash{}),
		"span":    NewKey(Bucket{Program: b.Program, Cell: 31, Span: b.Span + 1}, Hash{}),
	} {
		if !k.Less(greater) || greater.Less(k) || k.Compare(greater) != -1 || k.Less(k) {
			t.Errorf("order by %s does not hold", name)
		}
	}
}
