package item

import (
	"encoding/binary"
	"runtime"
	"testing"
)

const million = 1_000_000

// benchLeaves are leaves in no order, spread over 20 cells and 50 spans.
func benchLeaves(from, n int) []Leaf {
	leaves := make([]Leaf, n)
	for i := range leaves {
		id := Sum("bench", binary.BigEndian.AppendUint64(nil, uint64(from+i)))
		b := Bucket{Program: [8]byte{1}, Cell: id[1] % 20, Span: uint32(id[2]) % 50}
		leaves[i] = Leaf{Key: NewKey(b, id), Bytes: 1 + uint64(id[3]), Attrs: id}
	}
	return leaves
}

func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkTreeBuild(b *testing.B) {
	leaves := benchLeaves(0, million)
	b.ReportAllocs()
	before := heapBytes()
	var tree Tree
	for b.Loop() {
		tree = mustInsert(b, Tree{}, leaves...)
	}
	b.ReportMetric(float64(heapBytes()-before)/million, "bytes/leaf")
	runtime.KeepAlive(tree)
	runtime.KeepAlive(leaves)
}

func BenchmarkTreeUpdate(b *testing.B) {
	tree := mustInsert(b, Tree{}, benchLeaves(0, million)...)
	batch := benchLeaves(million, 1000)
	b.ReportAllocs()
	before := heapBytes()
	var next Tree
	for b.Loop() {
		next = mustInsert(b, tree, batch...)
	}
	b.ReportMetric(float64(heapBytes()-before)/1000, "bytes/leaf")
	runtime.KeepAlive(next)
	runtime.KeepAlive(tree)
}

// proveDraws answers 24 draws and the cells, as one round asks.
func proveDraws(b *testing.B, tree Tree) (*Prover, []uint64) {
	p, total := NewProver(), tree.Root().Bytes
	p.Cells(tree)
	points := make([]uint64, 24)
	for i := range points {
		points[i] = total / uint64(len(points)) * uint64(i)
		if _, err := p.AtByte(tree, points[i]); err != nil {
			b.Fatal(err)
		}
	}
	return p, points
}

func BenchmarkProve(b *testing.B) {
	tree := mustInsert(b, Tree{}, benchLeaves(0, million)...)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		p, _ := proveDraws(b, tree)
		size = 0
		for _, node := range p.Nodes() {
			size += len(node)
		}
	}
	b.ReportMetric(float64(size), "bytes/proof")
}

func BenchmarkVerify(b *testing.B) {
	tree := mustInsert(b, Tree{}, benchLeaves(0, million)...)
	p, points := proveDraws(b, tree)
	nodes, r := p.Nodes(), tree.Root()
	b.ReportAllocs()
	for b.Loop() {
		o, err := Open(nodes)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := o.Cells(r); err != nil {
			b.Fatal(err)
		}
		for _, point := range points {
			if _, err := o.AtByte(r, point); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkBucket proves and opens all leaves of one bucket, 32 of a million, as a reveal
// of labels asks.
func BenchmarkBucket(b *testing.B) {
	leaves := benchLeaves(0, million)
	bucket := Bucket{Program: [8]byte{2}, Span: 77}
	for i := range 32 {
		leaves = append(leaves, Leaf{Key: NewKey(bucket, Sum("answer", []byte{byte(i)})), Bytes: 200})
	}
	tree := mustInsert(b, Tree{}, leaves...)
	root := tree.Root()
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		p := NewProver()
		if _, err := p.Bucket(tree, bucket, 256); err != nil {
			b.Fatal(err)
		}
		o, err := Open(p.Nodes())
		if err != nil {
			b.Fatal(err)
		}
		if got, err := o.Bucket(root, bucket, 256); err != nil || len(got) != 32 {
			b.Fatalf("%d leaves, %v", len(got), err)
		}
		size = 0
		for _, node := range p.Nodes() {
			size += len(node)
		}
	}
	b.ReportMetric(float64(size), "bytes/proof")
}
