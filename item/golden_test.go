package item

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/vectors.json from this code")

const vectorsPath = "testdata/vectors.json"

// vectors fix the bytes and digests that other implementations, old records and
// signed roots depend on. A change of theirs is a change of protocol.
type vectors struct {
	Record struct {
		Author, Title, Body string
		Time                int64
		Canonical           string
	}
	Items     []itemVector
	Trees     []treeVector
	Buckets   []bucketVector
	Judgement struct {
		Assignment                          Hash
		Index                               uint16
		Answer, Comment, Labeller           string
		Millis                              uint32
		Signature, Canonical, Task, TaskURI string
	}
}

// bucketVector is a bucket of the tree of 50 leaves with what proves it.
type bucketVector struct {
	Cell  uint8
	Span  uint32
	IDs   []Hash // of its leaves, in key order
	Proof []string
}

type itemVector struct {
	Kind               string
	URI                string
	Canonical          string
	Label              string
	Contributor        string
	Licence            string
	Parents            []Hash
	Encoded            string
	ID, Attributes     Hash
	KeyInCell1Span9999 string
}

type treeVector struct {
	Leaves, Bytes uint64
	Root          Hash
	Cells         int
	// Proof is what answers the cells, byte 0, the last byte and the absence of
	// the all-ones key, node after node.
	Proof []string
}

func makeVectors(t *testing.T) (v vectors) {
	t.Helper()
	r := Record{Author: "ann", Title: "cafe\u0301", Body: "line one\nline two", Time: 1_700_000_000}
	canonical, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	v.Record.Author, v.Record.Title, v.Record.Body, v.Record.Time = r.Author, r.Title, r.Body, r.Time
	v.Record.Canonical = hex.EncodeToString(canonical)
	v.Items = append(v.Items,
		vectorOf(t, Item{Kind: KindRecord, URI: "https://example.com/a?b=1", Canonical: canonical, Label: "go", Contributor: "ann", Licence: "CC0-1.0"}),
		vectorOf(t, Item{Kind: KindJudgement, URI: "urn:example:1", Canonical: []byte{0}, Parents: []Hash{Sum("parent one"), Sum("parent two")}}))
	for _, n := range []int{0, 1, 2, 3, 50} {
		v.Trees = append(v.Trees, treeVectorOf(t, n))
	}
	for _, b := range []Bucket{{Cell: 1, Span: 4}, {Cell: 2, Span: 0}, {Cell: 2, Span: 5}, {Cell: 9}} {
		v.Buckets = append(v.Buckets, bucketVectorOf(t, b.Cell, b.Span))
	}
	j, w := sampleJudgement(), &v.Judgement
	w.Assignment, w.Index, w.Answer, w.Comment, w.Labeller, w.Millis = j.Assignment, j.Index, j.Answer, j.Comment, j.Labeller, j.Millis
	w.Signature, w.Canonical = hex.EncodeToString(j.Signature), hex.EncodeToString(canonicalOf(t, j))
	w.Task, w.TaskURI = j.Task().String(), TaskURI(j.Task())
	return v
}

// goldenBucket is a bucket of the vectors' trees, whose leaves have one program.
func goldenBucket(cell uint8, span uint32) Bucket {
	return Bucket{Program: [8]byte{1}, Cell: cell, Span: span}
}

func bucketVectorOf(t *testing.T, cell uint8, span uint32) bucketVector {
	t.Helper()
	var tree Tree
	for i := range 50 {
		tree = mustInsert(t, tree, goldenLeaf(i))
	}
	v, p := bucketVector{Cell: cell, Span: span}, NewProver()
	leaves, err := p.Bucket(tree, goldenBucket(cell, span), 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leaves {
		v.IDs = append(v.IDs, l.Key.ID())
	}
	for _, node := range p.Nodes() {
		v.Proof = append(v.Proof, hex.EncodeToString(node))
	}
	return v
}

func vectorOf(t *testing.T, it Item) itemVector {
	t.Helper()
	b, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	k := NewKey(Bucket{Program: [8]byte{7}, Cell: 1, Span: 9999}, it.ID())
	return itemVector{
		Kind: it.Kind.String(), URI: it.URI, Canonical: hex.EncodeToString(it.Canonical), Label: it.Label, Contributor: it.Contributor,
		Licence: it.Licence, Parents: it.Parents, Encoded: hex.EncodeToString(b), ID: it.ID(), Attributes: it.Attrs(),
		KeyInCell1Span9999: hex.EncodeToString(k[:]),
	}
}

// goldenLeaf is leaf i of the trees of the vectors: three cells, five spans, an id and
// attributes by Sum, sizes from 1 to 97.
func goldenLeaf(i int) Leaf {
	n := []byte{byte(i)}
	b := Bucket{Program: [8]byte{1}, Cell: uint8(i % 3), Span: uint32(i % 5)}
	return Leaf{Key: NewKey(b, Sum("id", n)), Bytes: uint64(i*31%97 + 1), Attrs: Sum("attrs", n)}
}

func treeVectorOf(t *testing.T, n int) treeVector {
	t.Helper()
	var tree Tree
	for i := range n {
		tree = mustInsert(t, tree, goldenLeaf(i))
	}
	r, p := tree.Root(), NewProver()
	v := treeVector{Leaves: r.Count, Bytes: r.Bytes, Root: r.Hash, Cells: len(p.Cells(tree))}
	if n > 0 {
		for _, point := range []uint64{0, r.Bytes - 1} {
			if _, err := p.AtByte(tree, point); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, found, err := p.Key(tree, Key(bytes.Repeat([]byte{0xff}, keySize))); found || err != nil {
		t.Fatalf("the all-ones key: %v %v", found, err)
	}
	for _, node := range p.Nodes() {
		v.Proof = append(v.Proof, hex.EncodeToString(node))
	}
	return v
}

func TestVectors(t *testing.T) {
	got, err := json.MarshalIndent(makeVectors(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(vectorsPath, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorsPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what this code gives; if the change is meant, run the test with -update", vectorsPath)
	}
}

// The proofs of the vectors hold as they stand in the file.
func TestVectorProofsHold(t *testing.T) {
	raw, err := os.ReadFile(vectorsPath)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for _, tree := range v.Trees {
		o := openVector(t, tree.Proof)
		r := Root{Hash: tree.Root, Sums: Sums{Bytes: tree.Bytes, Count: tree.Leaves}}
		cells, err := o.Cells(r)
		if err != nil || len(cells) != tree.Cells {
			t.Errorf("tree of %d: %d cells, %v", tree.Leaves, len(cells), err)
		}
		if tree.Leaves == 0 {
			continue
		}
		for _, point := range []uint64{0, tree.Bytes - 1} {
			if _, err := o.AtByte(r, point); err != nil {
				t.Errorf("tree of %d: byte %d: %v", tree.Leaves, point, err)
			}
		}
	}
	last := v.Trees[len(v.Trees)-1]
	for _, b := range v.Buckets {
		leaves, err := openVector(t, b.Proof).Bucket(Root{Hash: last.Root, Sums: Sums{Bytes: last.Bytes, Count: last.Leaves}}, goldenBucket(b.Cell, b.Span), len(b.IDs))
		if err != nil || !slices.EqualFunc(leaves, b.IDs, func(l Leaf, id Hash) bool { return l.Key.ID() == id }) {
			t.Errorf("bucket %d/%d is %v, %v; want %v", b.Cell, b.Span, leaves, err, b.IDs)
		}
	}
}

func openVector(t *testing.T, proof []string) *Opening {
	t.Helper()
	nodes := make([][]byte, len(proof))
	for i, s := range proof {
		var err error
		if nodes[i], err = hex.DecodeString(s); err != nil {
			t.Fatal(err)
		}
	}
	o, err := Open(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
