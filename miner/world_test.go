package miner

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/source"
)

const (
	testNetuid = 7
	testBlocks = 10 // in a round
)

func key(name string) *protocol.Key { return protocol.DeriveKey([]byte(name)) }

func forum(t testing.TB) []*program.Program {
	t.Helper()
	text, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return []*program.Program{p}
}

// record is post number i: its length, topic and day follow from the number.
func record(i int) source.Record {
	labels := []string{"fork", "ilug", "misc", "exmh-users"}
	return source.Record{
		URI: fmt.Sprintf("http://forum.example/p/%d", i), Author: "A. Writer", Title: fmt.Sprintf("Post %d", i),
		Body:  strings.Repeat(fmt.Sprintf("line %d of the post. ", i), 1+i%23),
		Label: labels[i%len(labels)], Time: time.Unix(1_700_000_000+int64(i)*3600, 0).UTC(), Licence: "CC0-1.0",
	}
}

func records(from, to int) []source.Record {
	var out []source.Record
	for i := from; i < to; i++ {
		out = append(out, record(i))
	}
	return out
}

// list is a source of numbered posts; its cursor is how many were emitted. A pass
// emits up to perPass of them.
type list struct{ total, perPass int }

func (l list) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	at := position(cursor)
	for n := 0; n < l.perPass && at < l.total; n++ {
		if err := ctx.Err(); err != nil {
			return cursorOf(at), err
		}
		if err := emit(record(at)); err != nil {
			return cursorOf(at), err
		}
		at++
	}
	return cursorOf(at), nil
}

func position(cursor []byte) int {
	if len(cursor) == 0 {
		return 0
	}
	return int(binary.BigEndian.Uint32(cursor))
}

func cursorOf(at int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(at)) }

// fakeChain hands out heads that a test pushes, and a metagraph of named members.
type fakeChain struct {
	heads chan chain.Head

	mu      sync.Mutex
	neurons []chain.Neuron
	away    bool
}

var errAway = errors.New("the endpoint does not answer")

func newChain(validators ...string) *fakeChain {
	c := &fakeChain{heads: make(chan chain.Head)}
	for i, name := range validators {
		c.neurons = append(c.neurons, chain.Neuron{UID: uint16(i), Hotkey: key(name).Hotkey(), ValidatorPermit: !strings.HasPrefix(name, "miner")})
	}
	return c
}

func (c *fakeChain) NextHead(ctx context.Context, _ uint64) (chain.Head, error) {
	select {
	case h := <-c.heads:
		if h.Number == 0 {
			return h, errAway
		}
		return h, nil
	case <-ctx.Done():
		return chain.Head{}, ctx.Err()
	}
}

func (c *fakeChain) Metagraph(_ context.Context, at chain.Head) (*chain.Metagraph, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return nil, errAway
	}
	return &chain.Metagraph{Netuid: testNetuid, Block: at.Number, Neurons: c.neurons}, nil
}

// world is a miner under test.
type world struct {
	*Miner
	t     testing.TB
	chain *fakeChain
	cfg   Config
}

func open(t testing.TB, cfg Config) *world {
	t.Helper()
	w := &world{t: t, chain: newChain("v1", "v2", "miner2"), cfg: cfg}
	w.reopen()
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func config(t testing.TB) Config {
	return Config{Dir: t.TempDir(), Netuid: testNetuid, RoundBlocks: testBlocks}
}

func (w *world) reopen() {
	w.t.Helper()
	m, err := Open(w.cfg, key("miner"), forum(w.t), w.chain, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Miner = m
}

func (w *world) restart() {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.reopen()
}

// take ingests records as a feed would.
func (w *world) take(rs ...source.Record) {
	w.t.Helper()
	c := &collector{miner: w.Miner, feed: Feed{Name: "by hand"}}
	for _, r := range rs {
		if err := c.emit(r); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := c.flush(nil); err != nil {
		w.t.Fatal(err)
	}
}

// root commits, and returns the newest root.
func (w *world) root() protocol.SignedRoot {
	w.t.Helper()
	if err := w.commit(); err != nil {
		w.t.Fatal(err)
	}
	v, ok := w.index.newest()
	if !ok {
		w.t.Fatal("there is no root")
	}
	return v.root
}

// at moves the chain to a block, without committing.
func (w *world) at(block uint64) {
	w.t.Helper()
	h := chain.Head{Number: block}
	g, err := w.chain.Metagraph(context.Background(), h)
	if err != nil {
		w.t.Fatal(err)
	}
	w.view.Store(&view{h, g})
	w.seen.forget(w.roundOf(block))
}

// request seals a message of a validator for a round.
func request(t testing.TB, from string, kind protocol.Kind, round uint64, message any) ([]byte, protocol.Asked) {
	t.Helper()
	raw, digest, err := protocol.Seal(key(from), kind, key("miner").Hotkey(), round, item.Hash{}, message)
	if err != nil {
		t.Fatal(err)
	}
	return raw, protocol.Asked{From: key(from).Hotkey(), To: key("miner").Hotkey(), Kind: kind, Round: round, Digest: digest}
}

func (w *world) send(raw []byte) ([]byte, error) {
	return w.Handle(context.Background(), netip.AddrPort{}, raw)
}

// ask sends a message and returns the verified answer's message.
func (w *world) ask(from string, kind protocol.Kind, round uint64, message any) any {
	w.t.Helper()
	raw, asked := request(w.t, from, kind, round, message)
	answer, err := w.send(raw)
	if err != nil {
		w.t.Fatalf("%s: %v", kind, err)
	}
	e, err := protocol.OpenAnswer(answer, asked)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := protocol.DecodeBody(e)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// refused sends a message and demands a signed refusal with a reason.
func (w *world) refused(from string, kind protocol.Kind, round uint64, message any, want protocol.Reason) {
	w.t.Helper()
	r, ok := w.ask(from, kind, round, message).(*protocol.Refusal)
	if !ok || r.Code != string(want) {
		w.t.Fatalf("answer to %s is %+v, want a refusal with %s", kind, r, want)
	}
}

// receipt is a validator's, of a root of the miner.
func receipt(t testing.TB, validator string, r protocol.SignedRoot, round, block uint64) *protocol.Receipt {
	t.Helper()
	rec := &protocol.Receipt{Netuid: testNetuid, Miner: r.Miner, Seq: r.Seq, Root: r.Digest(), Round: round, Block: block}
	if err := rec.Sign(key(validator)); err != nil {
		t.Fatal(err)
	}
	return rec
}

// give hands over a receipt for the round that the block is in.
func (w *world) give(validator string, r protocol.SignedRoot, block uint64) {
	w.t.Helper()
	round := block / testBlocks
	w.at(block)
	ans := w.ask(validator, protocol.KindItemsRequest, round, &protocol.ItemsRequest{Receipt: receipt(w.t, validator, r, round, block)})
	if _, ok := ans.(*protocol.ItemsAnswer); !ok {
		w.t.Fatalf("a receipt was answered with %+v", ans)
	}
}

// keyOf is the index key of a post.
func (w *world) keyOf(i int) item.Key {
	w.t.Helper()
	it, err := record(i).Item()
	if err != nil {
		w.t.Fatal(err)
	}
	k, err := w.programs[0].Key(it)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// rootsOf finds roots by number in those of a test.
func rootsOf(roots ...protocol.SignedRoot) func(seq uint64) (item.Root, bool) {
	return func(seq uint64) (item.Root, bool) {
		for _, r := range roots {
			if r.Seq == seq {
				return r.Root(), true
			}
		}
		return item.Root{}, false
	}
}
