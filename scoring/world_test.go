package scoring_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// world plays a validator and its miners into a record, with real trees, proofs
// and messages, and nothing random: draws come from a counter.
type world struct {
	t       testing.TB
	state   *scoring.State
	head    evidence.Head
	entries []evidence.Entry
	program *program.Program
	key     *protocol.Key
	miners  []*player
	round   uint64
	counter uint64
	later   int64 // seconds by which the chain's clock has leapt ahead
	// page answers a fetch: the content id found under a URI, or gone.
	page map[string]evidence.Fetch
}

// player is a miner of the world.
type player struct {
	key      *protocol.Key
	tree     item.Tree
	versions map[uint64]item.Tree
	seq      uint64
	items    map[item.Key]*item.Item
	silent   bool // answers root requests only
	away     bool // is not asked
	noClaims bool // says nothing of who had what first
	gone     bool // has left the subnet
	// claimsOnly answers root and claims requests, never draws.
	claimsOnly bool
	receipts   map[uint64]uint64
}

const genesisTime = 1_700_000_000

func newWorld(t testing.TB, miners int) *world {
	t.Helper()
	source, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, state: scoring.New(), program: p, key: protocol.DeriveKey([]byte("validator")), page: map[string]evidence.Fetch{}}
	for i := range miners {
		w.miners = append(w.miners, &player{
			key: protocol.DeriveKey([]byte{byte(i)}), versions: map[uint64]item.Tree{},
			items: map[item.Key]*item.Item{}, receipts: map[uint64]uint64{},
		})
	}
	w.append(&evidence.Started{Software: "test", Validator: w.key.Hotkey(), Netuid: 1, Length: 1 << 20, Fold: scoring.FoldVersion, RoundBlocks: 2})
	w.append(&evidence.Parameters{Source: scoring.DefaultParameters()})
	w.append(&evidence.Program{Source: source})
	return w
}

func (w *world) append(b evidence.Body) evidence.Entry {
	w.t.Helper()
	if err := w.state.Admits(b); err != nil {
		w.t.Fatal(err)
	}
	e := w.chain(b)
	if err := w.state.Fold(e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) chain(b evidence.Body) evidence.Entry {
	w.t.Helper()
	e, err := evidence.Next(w.head, b)
	if err != nil {
		w.t.Fatal(err)
	}
	w.head = e.Head()
	w.entries = append(w.entries, e)
	return e
}

// post makes an item; when it is real, the source has it too.
func (w *world) post(n int, label string, real bool) *item.Item {
	w.t.Helper()
	c, err := item.Record{Author: "a", Title: fmt.Sprint("post ", n), Body: words(n), Time: genesisTime - int64(n)}.Canonical()
	if err != nil {
		w.t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: c, Label: label}
	if real {
		w.page[it.URI] = evidence.Fetch{URI: it.URI, Status: evidence.FetchFound, ID: it.ID(), Label: label}
	}
	return it
}

// words is a body of its own for each number: forty words that no other has.
func words(n int) string {
	var b strings.Builder
	for i := range 40 {
		h := item.Sum("words", binary.BigEndian.AppendUint64(nil, uint64(n)), []byte{byte(i)})
		fmt.Fprintf(&b, "%x ", h[:2])
	}
	return b.String()
}

// show makes a tree a miner's newest.
func (w *world) show(m *player, tree item.Tree) {
	m.tree, m.seq = tree, m.seq+1
	m.versions[m.seq] = tree
}

// junk is all that a miner shows from now on: posts that nobody wrote.
func (w *world) junk(m *player) {
	w.t.Helper()
	w.show(m, item.Tree{})
	w.give(m, w.posts(50_000, 50_120, "fork", false)...)
}

// give puts items into a miner's index and commits a new root.
func (w *world) give(m *player, items ...*item.Item) {
	w.t.Helper()
	var leaves []item.Leaf
	for _, it := range items {
		k, err := w.program.Key(it)
		if err != nil {
			w.t.Fatal(err)
		}
		m.items[k] = it
		leaves = append(leaves, item.Leaf{Key: k, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
	}
	next, _, err := m.tree.Insert(leaves...)
	if err != nil {
		w.t.Fatal(err)
	}
	m.tree, m.seq = next, m.seq+1
	m.versions[m.seq] = next
}

// play is one round: everyone is asked what the state plans.
func (w *world) play() {
	w.t.Helper()
	w.open()
	var drawn []string
	for _, m := range w.miners {
		if m.away || m.gone {
			continue
		}
		x, uris := w.exchange(m)
		drawn = append(drawn, uris...)
		w.append(x)
	}
	ref := &evidence.Reference{Round: w.round}
	seen := map[string]bool{}
	controls := w.controls()
	for _, uri := range slices.Concat(drawn, w.state.Refetch(), controls) {
		if !seen[uri] {
			seen[uri] = true
			f, ok := w.page[uri]
			if !ok {
				f = evidence.Fetch{URI: uri, Status: evidence.FetchGone}
			}
			f.Control = slices.Contains(controls, uri)
			ref.Fetches = append(ref.Fetches, f)
		}
	}
	w.append(ref)
	w.append(&evidence.Closed{Round: w.round})
}

// controls are as many known-good pages as the program wants.
func (w *world) controls() (out []string) {
	pool := w.state.KnownGood("forum.example")
	for range min(len(pool), w.program.Checks.Controls) {
		i := int(w.next() % uint64(len(pool)))
		out = append(out, pool[i])
		pool = slices.Delete(pool, i, i+1)
	}
	return out
}

func (w *world) open() {
	w.t.Helper()
	w.round++
	o := &evidence.Opened{
		Round: w.round, Secret: w.state.NextSecret(), Block: 2 * w.round, Time: genesisTime + int64(2*w.round) + w.later,
		Rules: w.state.Rules(), Fold: scoring.FoldVersion,
	}
	for i, m := range w.miners {
		if m.gone {
			continue
		}
		o.Neurons = append(o.Neurons, evidence.Neuron{UID: uint16(i), Hotkey: m.key.Hotkey(), Serving: true})
	}
	w.append(o)
}

func (w *world) exchange(m *player) (*evidence.Exchange, []string) {
	w.t.Helper()
	h := m.key.Hotkey()
	x := &evidence.Exchange{Round: w.round, Miner: h}
	if m.seq > 0 {
		root := protocol.SignedRoot{Netuid: 1, Seq: m.seq, Hash: m.tree.Root().Hash, Bytes: m.tree.Root().Bytes, Count: m.tree.Root().Count}
		if err := root.Sign(m.key); err != nil {
			w.t.Fatal(err)
		}
		if _, known := m.receipts[m.seq]; !known {
			m.receipts[m.seq] = 2 * w.round
		}
		x.Calls = append(x.Calls, w.call(m, protocol.KindRootRequest, &protocol.RootRequest{}, &protocol.RootAnswer{Root: root}))
	}
	var uris []string
	if newest, ok := w.state.Newest(h); ok {
		parts := w.state.Questions(h)
		if len(parts) == 0 && newest.Root.Count > 0 {
			parts = []protocol.Part{{Seq: newest.Root.Seq, Draws: w.draws(w.state.Draws(h))}}
		}
		req := &protocol.ItemsRequest{Parts: parts}
		if m.silent || m.claimsOnly {
			x.Calls = append(x.Calls, w.call(m, protocol.KindItemsRequest, req, nil))
		} else {
			ans, at := w.items(m, req)
			uris = at
			x.Calls = append(x.Calls, w.call(m, protocol.KindItemsRequest, req, ans))
		}
		if asks := w.state.Asks(); len(asks) > 0 && !m.silent && !m.noClaims {
			x.Calls = append(x.Calls, w.call(m, protocol.KindClaimsRequest, &protocol.ClaimsRequest{Newest: newest.Root.Seq, Asks: asks}, w.claims(m, newest.Root.Seq, asks)))
		}
	}
	return x, uris
}

func (w *world) draws(n int) []protocol.Draw {
	var out []protocol.Draw
	for i := range n {
		d := protocol.Draw{Mode: protocol.DrawByte, U: w.next(), V: w.next()}
		if i%6 == 4 {
			d.Mode = protocol.DrawCell
		}
		out = append(out, d)
	}
	return out
}

func (w *world) next() uint64 {
	w.counter++
	h := item.Sum("test", binary.BigEndian.AppendUint64(nil, w.counter))
	return binary.BigEndian.Uint64(h[:])
}

func (w *world) call(m *player, kind protocol.Kind, request, answer any) evidence.Call {
	w.t.Helper()
	raw, digest, err := protocol.Seal(w.key, kind, m.key.Hotkey(), w.round, item.Hash{}, request)
	if err != nil {
		w.t.Fatal(err)
	}
	c := evidence.Call{Request: raw, Outcome: evidence.Late, Reason: protocol.ReasonTimeout}
	if answer != nil {
		if c.Answer, _, err = protocol.Seal(m.key, kind+1, w.key.Hotkey(), w.round, digest, answer); err != nil {
			w.t.Fatal(err)
		}
		c.Outcome, c.Reason = evidence.Answered, ""
	}
	return c
}

func (w *world) items(m *player, req *protocol.ItemsRequest) (*protocol.ItemsAnswer, []string) {
	w.t.Helper()
	ans := &protocol.ItemsAnswer{Items: [][]byte{}}
	prover := item.NewProver()
	place := map[item.Key]uint16{}
	var uris []string
	for _, part := range req.Parts {
		tree := m.versions[part.Seq]
		cells := prover.Cells(tree)
		drawn := []uint16{}
		for _, d := range part.Draws {
			leaves, err := evidence.Land(d, cells, prover, tree)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, leaf := range leaves {
				if _, ok := place[leaf.Key]; !ok {
					b, err := m.items[leaf.Key].Encode()
					if err != nil {
						w.t.Fatal(err)
					}
					place[leaf.Key] = uint16(len(ans.Items))
					ans.Items = append(ans.Items, b)
					uris = append(uris, m.items[leaf.Key].URI)
				}
				drawn = append(drawn, place[leaf.Key])
			}
		}
		ans.Drawn = append(ans.Drawn, drawn)
	}
	ans.Nodes = prover.Nodes()
	return ans, uris
}

func (w *world) claims(m *player, newest uint64, asks []protocol.ClaimAsk) *protocol.ClaimsAnswer {
	w.t.Helper()
	ans := &protocol.ClaimsAnswer{Claims: []protocol.Claim{}}
	prover := item.NewProver()
	for i, a := range asks {
		for seq := uint64(1); seq <= m.seq; seq++ {
			block, receipted := m.receipts[seq]
			if _, held := m.versions[seq].Get(a.Key); held && receipted && block < 2*w.round && block <= a.NotAfter {
				if _, now := m.versions[newest].Get(a.Key); !now {
					break
				}
				for _, s := range []uint64{seq, newest} {
					if _, _, err := prover.Key(m.versions[s], a.Key); err != nil {
						w.t.Fatal(err)
					}
				}
				ans.Claims = append(ans.Claims, protocol.Claim{Index: uint16(i), Seq: seq})
				break
			}
		}
	}
	ans.Nodes = prover.Nodes()
	return ans
}
