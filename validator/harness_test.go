package validator

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/source"
)

const testNetuid = 7

const testProgram = `
name: notes
about: Short notes for tests.
kind: record
task: collect
licence: CC0-1.0
sources:
  - name: notes
    hosts: [notes.example]
labels: [red, blue]
value:
  half_life: 1000h
  max_age: 10000h
  half_bytes: 1000
  span: 24h
schema:
  title_max: 100
  body_min: 1
  body_max: 10000
  author: true
checks:
  draws: 6
  controls: 2
  noise: 0.01
  clock_skew: 2m
`

func keyOf(name string) *protocol.Key { return protocol.DeriveKey([]byte(name)) }

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// world is a subnet in memory: a chain, a site and miners that speak signed bytes.
type world struct {
	t      testing.TB
	self   *protocol.Key
	chain  *fakeChain
	site   *fakeSite
	miners map[netip.AddrPort]*fakeMiner
	order  []*fakeMiner
	cfg    Config
}

func newWorld(t testing.TB, miners ...string) *world {
	w := &world{t: t, self: keyOf("validator"), site: newSite(200), miners: map[netip.AddrPort]*fakeMiner{}}
	w.chain = newFakeChain(12)
	w.chain.add(w.self.Hotkey(), netip.AddrPort{}, true)
	for i, name := range miners {
		m := newFakeMiner(w, name, i)
		w.miners[m.at] = m
		w.order = append(w.order, m)
		w.chain.add(m.key.Hotkey(), m.at, false)
	}
	w.cfg = Config{
		Settings: DefaultSettings(), Software: "test", Netuid: testNetuid, Genesis: item.Sum("test genesis"),
		SecretsPath: filepath.Join(t.TempDir(), "secrets.seed"), SecretLength: 4096,
		Parameters: scoring.DefaultParameters(), Programs: [][]byte{[]byte(testProgram)},
	}
	w.cfg.RoundBlocks = 2
	w.settle()
	return w
}

// settle gives the validator the secrets of its test, so that what it draws is the same in each run.
func (w *world) settle() {
	folder := filepath.Dir(w.cfg.SecretsPath)
	for _, name := range []string{filepath.Base(w.cfg.SecretsPath), sealsFile} {
		seed := item.Sum("secrets of a test", []byte(w.t.Name()), []byte(name))
		if err := os.WriteFile(filepath.Join(folder, name), []byte(hex.EncodeToString(seed[:])), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// open opens a validator over a journal; the error is Open's.
func (w *world) open(j Journal) (*Validator, error) {
	return Open(w.cfg, Deps{
		Signer: w.self, Journal: j, Chain: w.chain, Ledger: w.chain, Booth: w.chain, Rules: w.chain, Asker: w, Fetcher: w.site, Log: discard(),
	})
}

// Ask finds the miner of an address.
func (w *world) Ask(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	m := w.miners[to]
	if m == nil {
		return nil, protocol.Fail(protocol.ReasonDial, "nobody listens at %s", to)
	}
	if m.ask != nil {
		return m.ask(ctx, request)
	}
	return m.answer(request)
}

// rounds meets n heads, each in a round of its own, while the miners collect.
func (w *world) rounds(v *Validator, n int) error {
	for range n {
		for _, m := range w.order {
			m.collect(5)
		}
		if err := v.meet(context.Background(), w.chain.advance(2)); err != nil {
			return err
		}
	}
	return nil
}

// fakeMiner is an honest miner built on item.Tree, with a hook to be another.
type fakeMiner struct {
	w     *world
	key   *protocol.Key
	at    netip.AddrPort
	next  int // the note it collects next
	step  int
	mu    sync.Mutex
	items map[item.Hash]*item.Item
	trees []item.Tree // of root i+1
	roots []protocol.SignedRoot
	known map[uint64]uint64 // receipted roots, with their blocks
	ask   func(ctx context.Context, request []byte) ([]byte, error)
}

func newFakeMiner(w *world, name string, i int) *fakeMiner {
	m := &fakeMiner{
		w: w, key: keyOf(name), at: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 8091),
		next: 13 * i, step: 1, items: map[item.Hash]*item.Item{}, known: map[uint64]uint64{},
	}
	m.collect(20)
	return m
}

// collect takes n notes of the site and commits a new root.
func (m *fakeMiner) collect(n int) {
	p, err := program.Decode([]byte(testProgram))
	if err != nil {
		m.w.t.Fatal(err)
	}
	var tree item.Tree
	if len(m.trees) > 0 {
		tree = m.trees[len(m.trees)-1]
	}
	var leaves []item.Leaf
	for range n {
		it, err := m.w.site.note(m.next % len(m.w.site.pages)).Item()
		if err != nil {
			m.w.t.Fatal(err)
		}
		m.next += m.step
		key, err := p.Key(it)
		if err != nil {
			m.w.t.Fatal(err)
		}
		m.items[it.ID()] = it
		leaves = append(leaves, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
	}
	tree, _, err = tree.Insert(leaves...)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.commit(tree)
}

func (m *fakeMiner) commit(tree item.Tree) {
	r := tree.Root()
	root := protocol.SignedRoot{Netuid: testNetuid, Seq: uint64(len(m.trees) + 1), Hash: r.Hash, Bytes: r.Bytes, Count: r.Count}
	if err := root.Sign(m.key); err != nil {
		m.w.t.Fatal(err)
	}
	m.trees, m.roots = append(m.trees, tree), append(m.roots, root)
}

// answer serves a request honestly.
func (m *fakeMiner) answer(request []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, err := protocol.OpenRequest(request, m.key.Hotkey())
	if err != nil {
		return nil, err
	}
	if err := e.CheckSignature(); err != nil {
		return nil, err
	}
	body, err := protocol.DecodeBody(e)
	if err != nil {
		return nil, err
	}
	switch req := body.(type) {
	case *protocol.RootRequest:
		return m.seal(e, protocol.KindRootAnswer, &protocol.RootAnswer{Root: m.roots[len(m.roots)-1]})
	case *protocol.ItemsRequest:
		return m.serveItems(e, req)
	case *protocol.ClaimsRequest:
		return m.serveClaims(e, req)
	}
	return nil, errors.New("unknown request")
}

func (m *fakeMiner) seal(e *protocol.Envelope, kind protocol.Kind, message any) ([]byte, error) {
	raw, _, err := protocol.Seal(m.key, kind, e.From, e.Round, e.Digest(), message)
	return raw, err
}

func (m *fakeMiner) serveItems(e *protocol.Envelope, req *protocol.ItemsRequest) ([]byte, error) {
	if r := req.Receipt; r != nil {
		if err := r.Check(testNetuid, e.From, m.key.Hotkey()); err != nil {
			return nil, err
		}
		m.known[r.Seq] = r.Block
	}
	prover, ans := item.NewProver(), &protocol.ItemsAnswer{}
	index := map[item.Hash]uint16{}
	for _, part := range req.Parts {
		tree := m.trees[part.Seq-1]
		cells := prover.Cells(tree)
		drawn := []uint16{}
		for _, d := range part.Draws {
			leaves, err := evidence.Land(d, cells, prover, tree)
			if err != nil {
				return nil, err
			}
			for _, leaf := range leaves {
				i, ok := index[leaf.Key.ID()]
				if !ok {
					b, err := m.items[leaf.Key.ID()].Encode()
					if err != nil {
						return nil, err
					}
					i = uint16(len(ans.Items))
					index[leaf.Key.ID()] = i
					ans.Items = append(ans.Items, b)
				}
				drawn = append(drawn, i)
			}
		}
		ans.Drawn = append(ans.Drawn, drawn)
	}
	ans.Nodes = prover.Nodes()
	return m.seal(e, protocol.KindItemsAnswer, ans)
}

func (m *fakeMiner) serveClaims(e *protocol.Envelope, req *protocol.ClaimsRequest) ([]byte, error) {
	prover, ans := item.NewProver(), &protocol.ClaimsAnswer{}
	for i, ask := range req.Asks {
		for seq := uint64(1); seq <= uint64(len(m.trees)); seq++ {
			block, ok := m.known[seq]
			if !ok || block > ask.NotAfter {
				continue
			}
			if _, have := m.trees[seq-1].Get(ask.Key); have {
				for _, s := range []uint64{seq, req.Newest} {
					if _, _, err := prover.Key(m.trees[s-1], ask.Key); err != nil {
						return nil, err
					}
				}
				ans.Claims = append(ans.Claims, protocol.Claim{Index: uint16(i), Seq: seq})
				break
			}
		}
	}
	ans.Nodes = prover.Nodes()
	return m.seal(e, protocol.KindClaimsAnswer, ans)
}

// fakeSite is the source: notes by number.
type fakeSite struct {
	mu    sync.Mutex
	pages map[string]source.Record
	gone  map[string]bool
	fail  func(uri string) error
	asked []string
}

func newSite(n int) *fakeSite {
	s := &fakeSite{pages: map[string]source.Record{}, gone: map[string]bool{}}
	for i := range n {
		r := source.Record{
			URI: fmt.Sprintf("https://notes.example/n/%d", i), Author: fmt.Sprintf("author %d", i%7), Title: fmt.Sprintf("note %d", i),
			Body: fmt.Sprintf("This is what note %d says, in %d words more or less.", i, i%11), Label: []string{"red", "blue"}[i%2],
			Time: time.Unix(1_700_000_000+int64(i)*60, 0).UTC(), Licence: "CC0-1.0",
		}
		s.pages[r.URI] = r
	}
	return s
}

func (s *fakeSite) note(i int) source.Record {
	return s.pages[fmt.Sprintf("https://notes.example/n/%d", i)]
}

func (s *fakeSite) Record(ctx context.Context, uri string) (source.Record, source.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, uri)
	if s.fail != nil {
		if err := s.fail(uri); err != nil {
			return source.Record{}, source.Page{}, err
		}
	}
	r, ok := s.pages[uri]
	if !ok || s.gone[uri] {
		return source.Record{}, source.Page{}, &source.Error{URL: uri, Status: source.Gone, Reason: source.ReasonNotFound}
	}
	return r, source.Page{Status: source.OK}, nil
}

// fakeChain is a chain whose head moves when told, with an epoch at every multiple
// of the tempo. What is sent lands in the next block. It takes votes as the real one
// does, in the open or by commit and reveal.
type fakeChain struct {
	mu      sync.Mutex
	tempo   uint64
	head    chain.Head
	moved   chan struct{}
	neurons []chain.Neuron
	row     chain.Weights
	updated uint64
	rules   chain.Hyperparams
	commits []chain.Commit
	sealed  map[uint64][]item.Hash     // all hashes that were ever sent, by epoch
	votes   map[uint64][]chain.Weights // all votes that were ever sent, by the epoch of their commit or their own
	set     []uint64                   // epochs of what was sent in the open
	landed  int
	reveals int // of those that landed
	opened  int // reveals that were ever sent
	doing   Action
	// set, when not nil, decides on SetWeights before and after it takes effect.
	before, after func() error
	away          error // of reads
}

func newFakeChain(tempo uint64) *fakeChain {
	c := &fakeChain{tempo: tempo, moved: make(chan struct{}), votes: map[uint64][]chain.Weights{}, sealed: map[uint64][]item.Hash{}}
	c.rules = chain.Hyperparams{CommitRevealPeriod: 1}
	c.head = headAt(0)
	return c
}

func headAt(n uint64) chain.Head {
	return chain.Head{Number: n, Hash: item.Sum("test block", fmt.Append(nil, n)), Time: time.Unix(1_700_100_000+int64(n)*12, 0)}
}

func (c *fakeChain) add(h protocol.Hotkey, at netip.AddrPort, permit bool) {
	c.neurons = append(c.neurons, chain.Neuron{
		UID: uint16(len(c.neurons)), Hotkey: h, Axon: chain.Axon{IP: at.Addr(), Port: at.Port()}, ValidatorPermit: permit,
	})
}

func (c *fakeChain) advance(n uint64) chain.Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = headAt(c.head.Number + n)
	close(c.moved)
	c.moved = make(chan struct{})
	return c.head
}

func (c *fakeChain) NextHead(ctx context.Context, after uint64) (chain.Head, error) {
	for {
		c.mu.Lock()
		head, moved, away := c.head, c.moved, c.away
		c.mu.Unlock()
		if away != nil {
			return chain.Head{}, away
		}
		if head.Number > after {
			return head, nil
		}
		select {
		case <-ctx.Done():
			return chain.Head{}, ctx.Err()
		case <-moved:
		}
	}
}

func (c *fakeChain) Metagraph(_ context.Context, at chain.Head) (*chain.Metagraph, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &chain.Metagraph{Netuid: testNetuid, Block: at.Number, BlockHash: at.Hash, Tempo: uint16(c.tempo), Neurons: slices.Clone(c.neurons)}, c.away
}

func (c *fakeChain) Epoch(_ context.Context, at chain.Head) (chain.EpochClock, error) {
	n := at.Number / c.tempo
	return chain.EpochClock{Index: n, Last: n * c.tempo, Next: (n + 1) * c.tempo}, c.away
}

// memory is a journal in memory that can die: the append numbered dieAt fails, and
// every later one, after it wrote its entry or before.
type memory struct {
	mu      sync.Mutex
	entries []evidence.Entry
	appends int
	dieAt   int // 0: never
	written bool
	dead    bool
}

var errDied = errors.New("the process died")

func (m *memory) Append(body evidence.Body) (evidence.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appends++
	dies := m.dieAt > 0 && m.appends == m.dieAt
	if m.dead || dies && !m.written {
		m.dead = true
		return evidence.Entry{}, errDied
	}
	e, err := evidence.Next(m.top(), body)
	if err != nil {
		return e, err
	}
	m.entries = append(m.entries, e)
	if dies {
		m.dead = true
		return evidence.Entry{}, errDied
	}
	return e, nil
}

func (m *memory) top() evidence.Head {
	if len(m.entries) == 0 {
		return evidence.Head{}
	}
	return m.entries[len(m.entries)-1].Head()
}

func (m *memory) Head() evidence.Head {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.top()
}

func (m *memory) Entries(from uint64) iter.Seq2[evidence.Entry, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return each(m.entries[from-1:])
}

func each(entries []evidence.Entry) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// bodies are the entries of one type.
func bodies[B evidence.Body](entries []evidence.Entry) []B {
	var out []B
	for _, e := range entries {
		if b, ok := e.Body.(B); ok {
			out = append(out, b)
		}
	}
	return out
}

// mustReplay replays a record that has to be clean.
func mustReplay(t testing.TB, entries []evidence.Entry) Report {
	t.Helper()
	r, err := Replay(each(entries), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Mismatches != 0 {
		t.Fatalf("replay: %v", r)
	}
	return r
}
