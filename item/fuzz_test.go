package item

import (
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, it := range []Item{
		sample(),
		{Kind: KindBlob, URI: "urn:x", Canonical: []byte{0}},
		{Kind: KindRecord, URI: "http://[::1]:8080/%C3%BC?a=1&b", Canonical: []byte("x"), Label: "é", Parents: []Hash{{}}},
	} {
		b, err := it.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x87, 1, 0x60, 0x40, 0x60, 0x60, 0x60, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		again, err := it.Encode()
		if err != nil || string(again) != string(b) {
			t.Fatalf("%x decodes and encodes as %x, %v", b, again, err)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	for _, r := range []Record{{}, {Author: "ann", Title: "caf\u00e9", Body: "b", Time: 1_700_000_000}, {Time: MinTime}} {
		b, err := r.Canonical()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\x84\x60\x66cafe\xcc\x81\x60\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if want, ok := throughCodec(b); len(b) <= MaxItemBytes && (ok != (err == nil) || ok && r != want) {
			t.Fatalf("%x is %+v, %v; the codec reads %+v, %v", b, r, err, want, ok)
		}
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		again, err := r.Canonical()
		if err != nil || string(again) != string(b) {
			t.Fatalf("%x decodes and encodes as %x, %v", b, again, err)
		}
	})
}

func FuzzCanonicalURI(f *testing.F) {
	for _, s := range []string{
		"HTTP://Bücher.example:80/a/../%7e?b&a=%c3&utm_x#f", "http://[2001:DB8::1]:8080/", "http://1.2.3.4/", "file:///a b", "urn:x#y", "http://xn--a.b/", "https://a。b/?%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := CanonicalURI(s)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if again, err := CanonicalURI(once); err != nil || again != once || len(once) > MaxURI {
			t.Fatalf("%q gives %q, which gives %q, %v", s, once, again, err)
		}
	})
}

// splitNodes cuts bytes into nodes by their tags, as the seeds are laid out.
func splitNodes(b []byte) (nodes [][]byte) {
	for len(b) > 0 {
		n := leafSize
		if b[0] == innerTag {
			n = innerSize
		}
		n = min(n, len(b))
		nodes, b = append(nodes, b[:n]), b[n:]
	}
	return nodes
}

func FuzzOpen(f *testing.F) {
	for n := range 6 {
		var tree Tree
		for i := range n {
			tree = mustInsert(f, tree, goldenLeaf(i))
		}
		p := NewProver()
		proveAll(f, p, tree)
		var b []byte
		for _, node := range p.Nodes() {
			b = append(b, node...)
		}
		r := tree.Root()
		f.Add(b, r.Bytes, r.Count, r.Bytes/2, uint8(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, bytes, count, point uint64, top uint8) {
		nodes := splitNodes(b)
		o, err := Open(nodes)
		if err != nil {
			if !errors.Is(err, ErrProof) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		var r Root
		if len(nodes) > 0 {
			r = Root{Hash: sha256.Sum256(nodes[int(top)%len(nodes)]), Sums: Sums{Bytes: bytes, Count: count}}
		}
		walk(t, o, r, point)
	})
}

func walk(t *testing.T, o *Opening, r Root, point uint64) {
	leaf, err := o.AtByte(r, point)
	if err == nil && (leaf.Bytes == 0 || leaf.Bytes > r.Bytes) {
		t.Fatalf("leaf %v does not fit in %v", leaf, r)
	}
	bad := err != nil && !errors.Is(err, ErrProof) && !(errors.Is(err, ErrRange) && point >= r.Bytes)
	cells, err := o.Cells(r)
	var sums Sums
	for _, c := range cells {
		sums.Bytes += c.Bytes
		sums.Count += c.Count
		_, rankErr := o.AtRank(r, c.Program, c.Cell, point%c.Count)
		bad = bad || rankErr != nil && !errors.Is(rankErr, ErrProof)
	}
	if err == nil && sums != r.Sums {
		t.Fatalf("cells add up to %v of %v", sums, r.Sums)
	}
	_, _, keyErr := o.Key(r, leaf.Key)
	for _, err := range []error{err, keyErr} {
		bad = bad || err != nil && !errors.Is(err, ErrProof)
	}
	if bad {
		t.Fatalf("error of another kind for %v", r)
	}
	walkBucket(t, o, r, leaf)
}

// walkBucket: a bucket's leaves ascend, are its own and no more than allowed, and a leaf
// that is proven by its byte is among them.
func walkBucket(t *testing.T, o *Opening, r Root, drawn Leaf) {
	const most = 3
	b := drawn.Key.Bucket()
	leaves, err := o.Bucket(r, b, most)
	if err != nil {
		if !errors.Is(err, ErrProof) {
			t.Fatalf("error of another kind: %v", err)
		}
		return
	}
	for i, l := range leaves {
		if l.Key.Bucket() != b || i > 0 && !leaves[i-1].Key.Less(l.Key) {
			t.Fatalf("leaf %d of bucket %v is %v", i, b, l)
		}
	}
	if len(leaves) > most || drawn.Bytes > 0 && !slices.Contains(leaves, drawn) {
		t.Fatalf("bucket %v is %v, at most %d, and %v was drawn", b, leaves, most, drawn)
	}
}
