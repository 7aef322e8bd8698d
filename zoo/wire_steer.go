package zoo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Row is an item under its key in an index.
type Row struct {
	Key  item.Key
	Item *item.Item
}

// Lie is how a Steerer lies about sizes.
type Lie uint8

// The lies.
const (
	LieLeaf Lie = iota // a leaf is said to have LieBytes
	LieSum             // a subtree is said to have LieBytes more than its leaves
)

// LieBytes is what is made up: by it nearly every draw by bytes is steered.
const LieBytes = 1 << 40

// Steerer is a miner whose index lies about sizes, so that draws land where it wants
// them and it seems to hold what it does not. It answers like any other.
type Steerer struct {
	Speaker
	lie   Lie
	tree  item.Tree
	root  item.Root
	items map[item.Hash]*item.Item
}

// NewSteerer commits to at least two rows with a lie.
func NewSteerer(s Speaker, lie Lie, rows []Row) (*Steerer, error) {
	if len(rows) < 2 {
		return nil, errors.New("steer: want at least two rows")
	}
	t := &Steerer{Speaker: s, lie: lie, items: map[item.Hash]*item.Item{}}
	leaves := make([]item.Leaf, len(rows))
	for i, r := range rows {
		t.items[r.Item.ID()] = r.Item
		leaves[i] = item.Leaf{Key: r.Key, Bytes: uint64(len(r.Item.Canonical)), Attrs: r.Item.Attrs()}
	}
	if lie == LieLeaf {
		leaves[0].Bytes = LieBytes
	}
	var err error
	if t.tree, _, err = t.tree.Insert(leaves...); err != nil {
		return nil, err
	}
	t.root = t.tree.Root()
	if lie == LieSum {
		top := falseTop(t.topNode())
		t.root.Hash, t.root.Bytes = sha256.Sum256(top), t.root.Bytes+LieBytes
	}
	return t, nil
}

// topNode is the node that the honest root is the hash of.
func (t *Steerer) topNode() []byte {
	p := item.NewProver()
	_, _ = p.AtByte(t.tree, 0)
	want := t.tree.Root().Hash
	for _, node := range p.Nodes() {
		if sha256.Sum256(node) == want {
			return node
		}
	}
	return nil
}

// falseTop adds LieBytes to what an inner node says of its left child, whose bytes are
// the eight after the tag and the child's hash.
func falseTop(node []byte) []byte {
	const at = 1 + 32
	node = bytes.Clone(node)
	if len(node) >= at+8 {
		binary.BigEndian.PutUint64(node[at:], binary.BigEndian.Uint64(node[at:])+LieBytes)
	}
	return node
}

// Handle answers requests; it is a Handler.
func (t *Steerer) Handle(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
	e, err := protocol.OpenRequest(request, t.Key.Hotkey())
	if err != nil {
		return nil, err
	}
	body, err := protocol.DecodeBody(e)
	if err != nil {
		return nil, err
	}
	switch req := body.(type) {
	case *protocol.RootRequest:
		root := protocol.SignedRoot{Netuid: t.Netuid, Seq: 1, Hash: t.root.Hash, Bytes: t.root.Bytes, Count: t.root.Count}
		if err := root.Sign(t.Key); err != nil {
			return nil, err
		}
		return t.say(e, protocol.KindRootAnswer, &protocol.RootAnswer{Root: root})
	case *protocol.ItemsRequest:
		ans, err := t.draw(req)
		if err != nil {
			return nil, err
		}
		return t.say(e, protocol.KindItemsAnswer, ans)
	default:
		return t.say(e, protocol.KindClaimsAnswer, &protocol.ClaimsAnswer{})
	}
}

// draw answers draws as an honest miner would from the tree.
func (t *Steerer) draw(req *protocol.ItemsRequest) (*protocol.ItemsAnswer, error) {
	p, ans := item.NewProver(), &protocol.ItemsAnswer{}
	place := map[item.Hash]uint16{}
	for _, part := range req.Parts {
		cells, drawn := p.Cells(t.tree), []uint16{}
		for _, d := range part.Draws {
			leaves, err := evidence.Land(d, cells, p, t.tree)
			if err != nil {
				return nil, err
			}
			for _, leaf := range leaves {
				id := leaf.Key.ID()
				if _, have := place[id]; !have {
					raw, err := t.items[id].Encode()
					if err != nil {
						return nil, err
					}
					place[id] = uint16(len(ans.Items))
					ans.Items = append(ans.Items, raw)
				}
				drawn = append(drawn, place[id])
			}
		}
		ans.Drawn = append(ans.Drawn, drawn)
	}
	ans.Nodes = p.Nodes()
	if t.lie == LieSum {
		honest := t.topNode()
		for i, node := range ans.Nodes {
			if bytes.Equal(node, honest) {
				ans.Nodes[i] = falseTop(honest)
			}
		}
	}
	return ans, nil
}
