package evidence

import (
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Each check that is left out lets through what it kept out, and the others still hold.
func TestOpenItemsBut(t *testing.T) {
	s := testShelf(t)
	req := ask(protocol.Draw{Mode: protocol.DrawByte, U: 1 << 60}, protocol.Draw{Mode: protocol.DrawCell, U: 1 << 63, V: 1 << 62})
	lying := s
	lying.tree = item.Tree{}
	for k, it := range s.items {
		var err error
		if lying.tree, _, err = lying.tree.Insert(item.Leaf{Key: k, Bytes: uint64(len(it.Canonical)) + 1, Attrs: it.Attrs()}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		of     shelf
		change func(*protocol.ItemsAnswer)
		left   protocol.Check
		drawn  int
		want   protocol.Reason // with the check
	}{
		{"an item more", s, func(a *protocol.ItemsAnswer) { a.Items = append(a.Items, a.Items[0]) }, protocol.CheckSurplus, 2, protocol.ReasonMalformed},
		{"a node more", s, func(a *protocol.ItemsAnswer) { a.Nodes = append(a.Nodes, strayNode(t)) }, protocol.CheckSurplus, 2, protocol.ReasonMalformed},
		{"a size that lies", lying, func(*protocol.ItemsAnswer) {}, protocol.CheckLeaf, 2, protocol.ReasonProof},
		{"a node less", s, func(a *protocol.ItemsAnswer) { a.Nodes = a.Nodes[1:] }, protocol.CheckProof, 0, protocol.ReasonProof},
		{"nothing at all", s, func(a *protocol.ItemsAnswer) { *a = protocol.ItemsAnswer{Drawn: [][]uint16{{}}} }, protocol.CheckProof, 0, protocol.ReasonMalformed},
	} {
		a, err := c.of.answer(req)
		if err != nil {
			t.Fatal(err)
		}
		c.change(a)
		for _, left := range []protocol.Check{"", protocol.CheckSurplus, protocol.CheckLeaf, protocol.CheckProof} {
			parts, err := OpenItemsBut(req, a, c.of.rootOf, protocol.Leave{left: true})
			if left == c.left && (err != nil || len(parts) != 1 || len(parts[0].Drawn) != c.drawn) {
				t.Errorf("%s, without %s: %v, %v", c.name, left, parts, err)
			}
			// Whoever takes a part without proof takes a leaf that lies too.
			if left != c.left && left != protocol.CheckProof && protocol.ReasonOf(err) != c.want {
				t.Errorf("%s, without %q: %v, want %s", c.name, left, err, c.want)
			}
		}
	}
}
