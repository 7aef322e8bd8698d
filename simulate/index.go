package simulate

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// index is what a miner commits to: shelves of items, of which some make up the tree
// that is shown, and the versions of it that are kept.
type index struct {
	shelves  map[string]*shelf
	shown    []string // names, ascending; nil shows all
	all      []string // names in order of first use
	trees    map[string]*built
	versions []version // by number
	seq      uint64
	least    uint64              // that the next version is numbered
	first    map[item.Key]uint64 // the version in which a key was first shown
	items    map[item.Key]source
}

// source is how an item is found again: as a post of the source, or kept whole.
type source struct {
	post post
	kept *item.Item
}

type shelf struct {
	leaves []item.Leaf
	noted  int // of them, those that were shown
}

// built is the tree of a set of shelves, and how much of each it has.
type built struct {
	tree  item.Tree
	taken map[string]int
}

type version struct {
	seq   uint64
	tree  item.Tree
	cells []item.CellSums
}

func newIndex() *index {
	return &index{shelves: map[string]*shelf{}, trees: map[string]*built{}, first: map[item.Key]uint64{}, items: map[item.Key]source{}}
}

// add puts a leaf on a shelf, unless the miner has its item.
func (x *index) add(name string, leaf item.Leaf, from source) {
	if _, have := x.items[leaf.Key]; have {
		return
	}
	x.items[leaf.Key] = from
	s := x.shelves[name]
	if s == nil {
		s = &shelf{}
		x.shelves[name] = s
		x.all = append(x.all, name)
	}
	s.leaves = append(s.leaves, leaf)
}

// show names the shelves that are shown from now on.
func (x *index) show(names []string) {
	x.shown = slices.Compact(slices.Sorted(slices.Values(names)))
	if x.shown == nil {
		x.shown = []string{}
	}
}

// commit makes a new version if what is shown has changed.
func (x *index) commit() error {
	names := x.shown
	if names == nil {
		names = slices.Sorted(maps.Keys(x.shelves))
	}
	b, err := x.build(names)
	if err != nil {
		return err
	}
	for _, name := range names {
		x.note(name)
	}
	if n := len(x.versions); n > 0 && x.versions[n-1].tree.Root().Hash == b.tree.Root().Hash {
		return nil
	}
	x.seq = x.next()
	x.versions = slices.DeleteFunc(x.versions, func(v version) bool { return !item.KeepVersion(v.seq, x.seq) })
	x.versions = append(x.versions, version{x.seq, b.tree, b.tree.Cells()})
	return nil
}

// next is the number of the next version.
func (x *index) next() uint64 { return max(x.seq+1, x.least) }

// note notes which leaves of a shelf are shown first in the version to come.
func (x *index) note(name string) {
	s := x.shelves[name]
	if s == nil {
		return
	}
	for _, l := range s.leaves[s.noted:] {
		x.first[l.Key] = x.next()
	}
	s.noted = len(s.leaves)
}

// fewShelves is of how many shelves at most a tree is kept to go on from. One of more is
// made anew each time, from that of the first shelf.
const fewShelves = 4

// build makes the tree of some shelves.
func (x *index) build(names []string) (*built, error) {
	key := strings.Join(names, "\x00")
	b := x.trees[key]
	switch {
	case b != nil:
	case len(names) > fewShelves:
		base, err := x.build(names[:1])
		if err != nil {
			return nil, err
		}
		b = &built{tree: base.tree, taken: maps.Clone(base.taken)}
	default:
		b = &built{taken: map[string]int{}}
		x.trees[key] = b
	}
	for _, name := range names {
		s := x.shelves[name]
		if s == nil || b.taken[name] == len(s.leaves) {
			continue
		}
		fresh := s.leaves[b.taken[name]:]
		next, _, err := b.tree.Insert(fresh...)
		if err != nil {
			return nil, fmt.Errorf("simulate: commit: %w", err)
		}
		b.tree, b.taken[name] = next, len(s.leaves)
	}
	return b, nil
}

// at is a version that is kept.
func (x *index) at(seq uint64) (version, bool) {
	i, ok := slices.BinarySearchFunc(x.versions, seq, func(v version, seq uint64) int {
		switch {
		case v.seq < seq:
			return -1
		case v.seq > seq:
			return 1
		}
		return 0
	})
	if !ok {
		return version{}, false
	}
	return x.versions[i], true
}

// newest is the last version; ok is false before the first.
func (x *index) newest() (version, bool) {
	if len(x.versions) == 0 {
		return version{}, false
	}
	return x.versions[len(x.versions)-1], true
}

func (v version) root(netuid uint16, miner protocol.Hotkey) protocol.SignedRoot {
	r := v.tree.Root()
	return protocol.SignedRoot{Netuid: netuid, Miner: miner, Seq: v.seq, Hash: r.Hash, Bytes: r.Bytes, Count: r.Count}
}

// part is what the draws of a question land on, in the form of an opened answer.
func (v version) part(asked protocol.Part, open func(item.Key) *item.Item, byLeaf bool) (evidence.DrawnPart, error) {
	out := evidence.DrawnPart{Seq: v.seq, Cells: v.cells, Drawn: make([]evidence.Drawn, 0, len(asked.Draws))}
	for i, d := range asked.Draws {
		land := d
		if byLeaf && d.Mode == protocol.DrawByteOf {
			land = v.anyLeaf(d)
		}
		leaves, err := evidence.Land(land, v.cells, plain{}, v.tree)
		if err != nil {
			return out, fmt.Errorf("simulate: draw: %w", err)
		}
		for _, leaf := range leaves {
			out.Drawn = append(out.Drawn, evidence.Drawn{Index: i, Draw: d, Leaf: leaf, Item: open(leaf.Key)})
		}
	}
	return out, nil
}

// anyLeaf makes of a draw by bytes one that falls on each leaf of its program with the
// same chance.
func (v version) anyLeaf(d protocol.Draw) protocol.Draw {
	program := protocol.ProgramOf(d.V)
	own := slices.DeleteFunc(slices.Clone(v.cells), func(c item.CellSums) bool { return c.Program != program })
	var count uint64
	for _, c := range own {
		count += c.Count
	}
	rank, _ := bits.Mul64(d.U, count)
	for i, c := range own {
		if rank >= c.Count {
			rank -= c.Count
			continue
		}
		within, _ := bits.Div64(rank, 1<<63, c.Count) // the middle of what lands on the leaf
		u, _ := bits.Div64(uint64(i), within, uint64(len(own)))
		return protocol.Draw{Mode: protocol.DrawCellOf, U: u, V: d.V}
	}
	return d
}

// plain asks a tree without noting what would prove the answer.
type plain struct{}

// AtByte implements evidence.Questions.
func (plain) AtByte(of item.Tree, point uint64) (item.Leaf, error) {
	leaf, ok := of.AtByte(point)
	if !ok {
		return leaf, fmt.Errorf("byte %d is beyond the tree", point)
	}
	return leaf, nil
}

// AtRank implements evidence.Questions.
func (plain) AtRank(of item.Tree, program [8]byte, cell uint8, rank uint64) (item.Leaf, error) {
	leaf, ok := of.AtRank(program, cell, rank)
	if !ok {
		return leaf, fmt.Errorf("leaf %d is beyond cell %d", rank, cell)
	}
	return leaf, nil
}

// Bucket implements evidence.Questions.
func (plain) Bucket(of item.Tree, b item.Bucket, most int) ([]item.Leaf, error) {
	return item.NewProver().Bucket(of, b, most)
}
