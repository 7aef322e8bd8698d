package evidence

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// shelf is an index that can be asked: a tree with the items under it.
type shelf struct {
	tree  item.Tree
	items map[item.Key]*item.Item
}

// entry says where item number n stands.
type entry struct {
	bucket item.Bucket
	n      int
}

func newShelf(entries ...entry) (shelf, error) {
	s := shelf{items: map[item.Key]*item.Item{}}
	var leaves []item.Leaf
	for _, e := range entries {
		n := binary.BigEndian.AppendUint32(nil, uint32(e.n))
		it := &item.Item{Kind: item.KindBlob, URI: "urn:test", Canonical: append(make([]byte, e.n%7), n...)}
		k := item.NewKey(e.bucket, it.ID())
		s.items[k] = it
		leaves = append(leaves, item.Leaf{Key: k, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
	}
	var err error
	s.tree, _, err = s.tree.Insert(leaves...)
	return s, err
}

var (
	forum, spam, other = [8]byte{1, 2}, [8]byte{1, 3}, [8]byte{9}
	assignment         = item.Bucket{Program: spam, Span: 0x01020304}
)

// testShelf holds 20 items of the forum in three cells, and of the spam program's 10
// judgements 4 in one assignment.
func testShelf(t testing.TB) shelf {
	t.Helper()
	var entries []entry
	for i := range 20 {
		entries = append(entries, entry{item.Bucket{Program: forum, Cell: uint8(i % 3), Span: uint32(i % 2)}, i})
	}
	for i := 20; i < 30; i++ {
		b := assignment
		if i >= 24 {
			b.Span += uint32(i)
		}
		entries = append(entries, entry{b, i})
	}
	s, err := newShelf(entries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer is what an honest miner answers; all parts are under one root.
func (s shelf) answer(req *protocol.ItemsRequest) (*protocol.ItemsAnswer, error) {
	prover, place, ans := item.NewProver(), map[item.Key]uint16{}, &protocol.ItemsAnswer{}
	for _, part := range req.Parts {
		cells, drawn := prover.Cells(s.tree), []uint16{}
		for _, d := range part.Draws {
			leaves, err := Land(d, cells, prover, s.tree)
			if err != nil {
				return nil, err
			}
			for _, l := range leaves {
				if _, have := place[l.Key]; !have {
					b, err := s.items[l.Key].Encode()
					if err != nil {
						return nil, err
					}
					place[l.Key] = uint16(len(ans.Items))
					ans.Items = append(ans.Items, b)
				}
				drawn = append(drawn, place[l.Key])
			}
		}
		ans.Drawn = append(ans.Drawn, drawn)
	}
	ans.Nodes = prover.Nodes()
	return ans, nil
}

func (s shelf) rootOf(seq uint64) (item.Root, bool) { return s.tree.Root(), seq > 0 }

func ask(draws ...protocol.Draw) *protocol.ItemsRequest {
	return &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: 1, Draws: draws}}}
}

func drawOf(mode protocol.DrawMode, u uint64, program [8]byte) protocol.Draw {
	return protocol.Draw{Mode: mode, U: u, V: protocol.ProgramWord(program)}
}

// twin is where a draw lands by its definition, in whole numbers of any size.
func twin(d protocol.Draw, leaves []item.Leaf) []item.Leaf {
	scaled := func(u *big.Int, n uint64) (whole uint64, rest *big.Int) {
		q, r := new(big.Int).QuoRem(u.Mul(u, new(big.Int).SetUint64(n)), new(big.Int).Lsh(big.NewInt(1), 64), new(big.Int))
		return q.Uint64(), r
	}
	number := func(u uint64) *big.Int { return new(big.Int).SetUint64(u) }
	where := func(keep func(item.Bucket) bool) (out []item.Leaf) {
		for _, l := range leaves {
			if keep(l.Key.Bucket()) {
				out = append(out, l)
			}
		}
		return out
	}
	atByte := func(of []item.Leaf, u uint64) []item.Leaf {
		var all []int
		for i, l := range of {
			all = append(all, slices.Repeat([]int{i}, int(l.Bytes))...)
		}
		point, _ := scaled(number(u), uint64(len(all)))
		return of[all[point] : all[point]+1]
	}
	cell := func(of []item.Leaf, u *big.Int) ([]item.Leaf, *big.Int) {
		var cells [][]item.Leaf
		for _, l := range of {
			b, n := l.Key.Bucket(), len(cells)
			if n > 0 {
				if last := cells[n-1][0].Key.Bucket(); last.Program == b.Program && last.Cell == b.Cell {
					cells[n-1] = append(cells[n-1], l)
					continue
				}
			}
			cells = append(cells, []item.Leaf{l})
		}
		i, rest := scaled(u, uint64(len(cells)))
		return cells[i], rest
	}
	own := where(func(b item.Bucket) bool { return protocol.ProgramWord(b.Program) == d.V })
	switch {
	case d.Mode == protocol.DrawByte:
		return atByte(leaves, d.U)
	case d.Mode == protocol.DrawCell:
		c, _ := cell(leaves, number(d.U))
		i, _ := scaled(number(d.V), uint64(len(c)))
		return c[i : i+1]
	case d.Mode == protocol.DrawBucket:
		return where(func(b item.Bucket) bool { return protocol.BucketDraw(b) == d })
	case len(own) == 0:
		return nil
	case d.Mode == protocol.DrawByteOf:
		return atByte(own, d.U)
	}
	c, rest := cell(own, number(d.U))
	i, _ := scaled(rest, uint64(len(c)))
	return c[i : i+1]
}

func TestLandIsItsDefinition(t *testing.T) {
	program := rapid.SampledFrom([][8]byte{{}, forum, spam, other, {255, 255, 255, 255, 255, 255, 255, 255}})
	bucket := rapid.Custom(func(t *rapid.T) item.Bucket {
		return item.Bucket{Program: program.Draw(t, "program"), Cell: rapid.Uint8Range(0, 3).Draw(t, "cell"), Span: rapid.Uint32Range(0, 2).Draw(t, "span")}
	})
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 62, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}))
	rapid.Check(t, func(t *rapid.T) {
		var entries []entry
		for i, b := range rapid.SliceOfN(bucket, 1, 30).Draw(t, "buckets") {
			entries = append(entries, entry{b, i})
		}
		s, err := newShelf(entries...)
		if err != nil {
			t.Fatal(err)
		}
		var draws []protocol.Draw
		for range rapid.IntRange(1, 10).Draw(t, "draws") {
			d := protocol.Draw{Mode: protocol.DrawMode(rapid.Uint8Range(1, 5).Draw(t, "mode")), U: word.Draw(t, "u"), V: word.Draw(t, "v")}
			switch d.Mode {
			case protocol.DrawByteOf, protocol.DrawCellOf:
				d.V = protocol.ProgramWord(program.Draw(t, "of"))
			case protocol.DrawBucket:
				d = protocol.BucketDraw(bucket.Draw(t, "bucket"))
			}
			draws = append(draws, d)
		}
		req := ask(draws...)
		ans, err := s.answer(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := ans.Check(); err != nil {
			t.Fatal(err)
		}
		parts, err := OpenItems(req, ans, s.rootOf)
		if err != nil {
			t.Fatal(err)
		}
		leaves := slices.Collect(s.tree.Leaves())
		for i, d := range draws {
			var got []item.Leaf
			for _, x := range parts[0].Drawn {
				if x.Index == i {
					got = append(got, x.Leaf)
					if x.Draw != d || x.Item.ID() != x.Leaf.Key.ID() {
						t.Fatalf("draw %d is %+v", i, x)
					}
				}
			}
			if want := twin(d, leaves); !slices.Equal(got, want) {
				t.Fatalf("draw %+v lands on %v, want %v", d, got, want)
			}
		}
		if !slices.IsSortedFunc(parts[0].Drawn, func(a, b Drawn) int { return a.Index - b.Index }) {
			t.Fatal("what was drawn is not in the order of the draws")
		}
	})
}

// A whole turn of U lands on each cell, and in it on each leaf, in equal shares.
func TestDrawCellOfIsUniform(t *testing.T) {
	s := testShelf(t)
	prover := item.NewProver()
	cells := prover.Cells(s.tree)
	const steps = 3 * 7 * 6 * 100
	hits := map[item.Key]int{}
	for i := range uint64(steps) {
		leaves, err := Land(drawOf(protocol.DrawCellOf, i*(math.MaxUint64/steps), forum), cells, prover, s.tree)
		if err != nil || len(leaves) != 1 {
			t.Fatalf("lands on %d leaves, %v", len(leaves), err)
		}
		hits[leaves[0].Key]++
	}
	_, own := cellsOf(cells, forum)
	for k, n := range hits {
		want := steps / len(own) / int(own[k.Bucket().Cell].Count)
		if n < want-2 || n > want+2 {
			t.Errorf("%s is drawn %d times, want %d", k, n, want)
		}
	}
	if len(hits) != 20 {
		t.Errorf("%d of 20 leaves are drawn", len(hits))
	}
}

func TestEmptyLandings(t *testing.T) {
	full, empty := testShelf(t), shelf{}
	nothing := item.Bucket{Program: spam, Span: 5}
	for name, c := range map[string]struct {
		s     shelf
		draws []protocol.Draw
	}{
		"program without leaves": {full, []protocol.Draw{drawOf(protocol.DrawByteOf, 7, other), drawOf(protocol.DrawCellOf, 7, other)}},
		"bucket without leaves":  {full, []protocol.Draw{protocol.BucketDraw(nothing)}},
		"index without leaves":   {empty, []protocol.Draw{drawOf(protocol.DrawByteOf, 7, forum), drawOf(protocol.DrawCellOf, 7, forum), protocol.BucketDraw(assignment)}},
		"no draws":               {full, nil},
	} {
		req := ask(c.draws...)
		ans, err := c.s.answer(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		parts, err := OpenItems(req, ans, c.s.rootOf)
		if err != nil || len(parts[0].Drawn) != 0 || len(ans.Items) != 0 {
			t.Errorf("%s: %+v, %v", name, parts, err)
		}
	}
	for _, mode := range []protocol.DrawMode{protocol.DrawByte, protocol.DrawCell} {
		_, err := OpenItems(ask(protocol.Draw{Mode: mode}), &protocol.ItemsAnswer{Drawn: [][]uint16{{0}}}, empty.rootOf)
		if protocol.ReasonOf(err) != protocol.ReasonProof {
			t.Errorf("mode %d from an empty index: %v", mode, err)
		}
	}
}

func TestOpenItemsRefuses(t *testing.T) {
	s := testShelf(t)
	fixed := ask(protocol.Draw{Mode: protocol.DrawByte, U: 1 << 60}, protocol.Draw{Mode: protocol.DrawCell, U: 1 << 63, V: 1 << 62})
	// The bucket's four are numbers 1 to 4 in the answer.
	mixed := ask(drawOf(protocol.DrawByteOf, 1<<63, forum), protocol.BucketDraw(assignment), drawOf(protocol.DrawByteOf, 1, other))
	type answer = protocol.ItemsAnswer
	breakNode := func(a *answer) { a.Nodes[0] = a.Nodes[0][1:] }
	for name, c := range map[string]struct {
		req    *protocol.ItemsRequest
		change func(a *answer)
		want   protocol.Reason
	}{
		"nothing wrong, fixed":          {fixed, func(*answer) {}, ""},
		"nothing wrong, mixed":          {mixed, func(*answer) {}, ""},
		"no part":                       {mixed, func(a *answer) { a.Drawn = nil }, protocol.ReasonMalformed},
		"a draw less":                   {fixed, func(a *answer) { a.Drawn[0] = a.Drawn[0][1:] }, protocol.ReasonMalformed},
		"a draw more":                   {fixed, func(a *answer) { a.Drawn[0] = append(a.Drawn[0], 0) }, protocol.ReasonMalformed},
		"a draw less, bad node":         {fixed, func(a *answer) { a.Drawn[0] = a.Drawn[0][1:]; breakNode(a) }, protocol.ReasonProof},
		"too many draws, bad node":      {fixed, func(a *answer) { a.Drawn[0] = make([]uint16, protocol.MaxDraws+1); breakNode(a) }, protocol.ReasonMalformed},
		"a leaf of the bucket hidden":   {mixed, func(a *answer) { a.Drawn[0] = a.Drawn[0][:4] }, protocol.ReasonMalformed},
		"first of the bucket hidden":    {mixed, func(a *answer) { a.Drawn[0] = slices.Delete(a.Drawn[0], 1, 2) }, protocol.ReasonMalformed},
		"all of the bucket hidden":      {mixed, func(a *answer) { a.Drawn[0] = a.Drawn[0][:1] }, protocol.ReasonMalformed},
		"a leaf added":                  {mixed, func(a *answer) { a.Drawn[0] = append(a.Drawn[0], 0) }, protocol.ReasonMalformed},
		"a leaf twice":                  {mixed, func(a *answer) { a.Drawn[0] = slices.Insert(a.Drawn[0], 1, 1) }, protocol.ReasonProof},
		"another order":                 {mixed, func(a *answer) { a.Drawn[0][1], a.Drawn[0][2] = a.Drawn[0][2], a.Drawn[0][1] }, protocol.ReasonProof},
		"an item that is not there":     {mixed, func(a *answer) { a.Drawn[0][4] = 5 }, protocol.ReasonMalformed},
		"an item that was not asked":    {mixed, func(a *answer) { a.Items = append(a.Items, a.Items[0]) }, protocol.ReasonMalformed},
		"an item that is none":          {mixed, func(a *answer) { a.Items[3] = a.Items[3][1:] }, protocol.ReasonMalformed},
		"a node broken":                 {mixed, breakNode, protocol.ReasonProof},
		"a node less":                   {mixed, func(a *answer) { a.Nodes = a.Nodes[1:] }, protocol.ReasonProof},
		"a node more":                   {mixed, func(a *answer) { a.Nodes = append(a.Nodes, strayNode(t)) }, protocol.ReasonMalformed},
		"too many draws, mixed, broken": {mixed, func(a *answer) { a.Drawn[0] = make([]uint16, protocol.MaxDraws+1); breakNode(a) }, protocol.ReasonProof},
	} {
		a, err := s.answer(c.req)
		if err != nil {
			t.Fatal(err)
		}
		c.change(a)
		_, err = OpenItems(c.req, a, s.rootOf)
		if c.want == "" != (err == nil) || err != nil && protocol.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	a, err := s.answer(mixed)
	if err != nil {
		t.Fatal(err)
	}
	mixed.Parts[0].Seq = 0
	if _, err := OpenItems(mixed, a, s.rootOf); protocol.ReasonOf(err) != protocol.ReasonInternal {
		t.Errorf("under a root that was never receipted: %v", err)
	}
}

// strayNode is a well-formed node of another tree.
func strayNode(t *testing.T) []byte {
	t.Helper()
	s, err := newShelf(entry{assignment, 99})
	if err != nil {
		t.Fatal(err)
	}
	p := item.NewProver()
	p.Cells(s.tree)
	return p.Nodes()[0]
}

// A bucket of more leaves than an answer may carry is the miner's own doing.
func TestOverfullBucket(t *testing.T) {
	var entries []entry
	for i := range protocol.MaxItems + 1 {
		entries = append(entries, entry{assignment, i})
	}
	d := protocol.BucketDraw(assignment)
	full, err := newShelf(entries[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	ans, err := full.answer(ask(d))
	if err != nil {
		t.Fatal(err)
	}
	if err := ans.Check(); err != nil {
		t.Fatal(err)
	}
	if parts, err := OpenItems(ask(d), ans, full.rootOf); err != nil || len(parts[0].Drawn) != protocol.MaxItems {
		t.Errorf("a full bucket: %v", err)
	}
	over, err := newShelf(entries...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := over.answer(ask(d)); !errors.Is(err, item.ErrMany) {
		t.Errorf("the prover of an overfull bucket: %v", err)
	}
	prover := item.NewProver()
	prover.Cells(over.tree)
	if _, err := prover.Bucket(over.tree, assignment, math.MaxInt); err != nil {
		t.Fatal(err)
	}
	ans.Nodes = prover.Nodes()
	if _, err := OpenItems(ask(d), ans, over.rootOf); protocol.ReasonOf(err) != protocol.ReasonProof {
		t.Errorf("the verifier of an overfull bucket: %v", err)
	}
}
