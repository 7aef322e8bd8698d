package counterfactual

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

const (
	genesisTime = 1_700_000_000
	roundBlocks = 25
	epochRounds = 14
)

// world plays a validator and its miners into a record of stated readings: what is asked
// and fetched is what the production state plans, and no bytes are signed.
type world struct {
	t       testing.TB
	rng     *rand.Rand
	state   *scoring.State
	program *program.Program
	self    protocol.Hotkey
	miners  []*player
	entries []evidence.Entry
	round   uint64
	gone    map[string]bool // pages that are not there
}

// newWorld has one program of two cells, and miners without items.
func newWorld(t testing.TB, miners int, seed uint64) *world {
	t.Helper()
	source, err := programs.Files.ReadFile("forum.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "labels:") {
			lines[i] = "labels: [fork, misc]"
		}
	}
	source = []byte(strings.Join(lines, "\n"))
	p, err := program.Decode(source)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), state: scoring.New(), program: p, self: hotkeyOf("validator", 0), gone: map[string]bool{}}
	for i := range miners {
		w.miners = append(w.miners, &player{uid: uint16(i), hotkey: hotkeyOf("miner", i), receipts: map[uint64]uint64{}})
	}
	w.append(&evidence.Started{Software: "test", Validator: w.self, Netuid: 1, Length: 1 << 20, Fold: worldFold, RoundBlocks: roundBlocks})
	w.append(&evidence.Parameters{Source: []byte(worldParameters)})
	w.append(&evidence.Program{Source: source})
	return w
}

func hotkeyOf(what string, n int) protocol.Hotkey {
	return protocol.Hotkey(item.Sum("test/"+what, binary.BigEndian.AppendUint64(nil, uint64(n))))
}

func (w *world) append(b evidence.Body) {
	w.t.Helper()
	seq := uint64(len(w.entries) + 1)
	e := evidence.Entry{Seq: seq, Hash: item.Sum("test/entry", binary.BigEndian.AppendUint64(nil, seq)), Body: b}
	if err := w.state.Fold(e); err != nil {
		w.t.Fatal(err)
	}
	w.entries = append(w.entries, e)
}

// post makes an item of a number; who collects the same number has the same item.
func (w *world) post(n int, real bool) *item.Item {
	w.t.Helper()
	at := int64(genesisTime + roundBlocks*12*int64(w.round) - int64(n%50))
	c, err := item.Record{Author: "a", Title: fmt.Sprint("post ", n), Body: fmt.Sprint("the body of post ", n, strings.Repeat(" word", 20+n%40)), Time: at}.Canonical()
	if err != nil {
		w.t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: c, Label: []string{"fork", "misc"}[n%2]}
	if !real {
		w.gone[it.URI] = true
	}
	return it
}

// play is one round, and a vote after every epochRounds of them.
func (w *world) play() {
	w.t.Helper()
	w.round++
	o := &evidence.Opened{
		Round: w.round, Secret: w.state.NextSecret(), Block: roundBlocks * w.round, Time: genesisTime + roundBlocks*12*int64(w.round),
		Epoch: w.round / epochRounds, Rules: w.state.Rules(), Fold: worldFold,
	}
	for _, m := range w.miners {
		o.Neurons = append(o.Neurons, evidence.Neuron{UID: m.uid, Hotkey: m.hotkey, Serving: true})
	}
	o.Neurons = append(o.Neurons, evidence.Neuron{UID: uint16(len(w.miners)), Hotkey: w.self, Permit: true})
	w.append(o)
	var pages []string
	for _, m := range w.miners {
		x, drawn := w.exchange(m)
		pages = append(pages, drawn...)
		w.append(x)
	}
	ref := &evidence.Reference{Round: w.round}
	seen := map[string]bool{}
	for _, uri := range append(pages, w.state.Refetch()...) {
		if !seen[uri] {
			seen[uri] = true
			ref.Fetches = append(ref.Fetches, w.fetch(uri))
		}
	}
	w.append(ref)
	w.append(&evidence.Closed{Round: w.round})
	if w.round%epochRounds == 0 {
		if uids, values := w.state.Vote(); len(uids) > 0 {
			w.append(&evidence.Intent{Epoch: o.Epoch, Block: o.Block, UIDs: uids, Weights: values})
		}
	}
}

func (w *world) fetch(uri string) evidence.Fetch {
	f := evidence.Fetch{URI: uri, Status: evidence.FetchGone}
	if w.gone[uri] {
		return f
	}
	for _, m := range w.miners {
		for _, it := range m.items {
			if it.URI == uri {
				return evidence.Fetch{URI: uri, Status: evidence.FetchFound, ID: it.ID(), Label: it.Label}
			}
		}
	}
	return f
}

func (w *world) exchange(m *player) (*evidence.Exchange, []string) {
	x := &evidence.Exchange{Round: w.round, Miner: m.hotkey}
	tell := func(kind protocol.Kind, request any, r evidence.Reading, outcome evidence.Outcome, reason protocol.Reason) {
		r.Asked, r.Request = protocol.Envelope{Kind: kind, From: w.self, To: m.hotkey, Round: w.round}, request
		x.Calls = append(x.Calls, evidence.Told(&r, outcome, reason))
	}
	newest, known := w.state.Newest(m.hotkey)
	root := protocol.SignedRoot{Netuid: 1, Seq: m.seq, Hash: item.Sum("test/root", m.hotkey[:], binary.BigEndian.AppendUint64(nil, m.seq)), Count: uint64(len(m.items))}
	if m.forks {
		root.Hash = item.Sum("test/fork", root.Hash[:])
	}
	if _, ok := m.receipts[m.seq]; !ok {
		m.receipts[m.seq] = roundBlocks * w.round
	}
	tell(protocol.KindRootRequest, &protocol.RootRequest{}, evidence.Reading{Root: root}, evidence.Answered, "")
	if !known {
		return x, nil
	}
	parts := w.state.Questions(m.hotkey)
	if len(parts) == 0 && newest.Root.Count > 0 {
		parts = []protocol.Part{{Seq: newest.Root.Seq, Draws: w.draws(w.state.Draws(m.hotkey))}}
	}
	asks := w.state.Asks()
	if m.silent {
		tell(protocol.KindItemsRequest, &protocol.ItemsRequest{Parts: parts}, evidence.Reading{}, evidence.Late, protocol.ReasonTimeout)
		return x, nil
	}
	var uris []string
	var drawn []evidence.DrawnPart
	for _, part := range parts {
		d := m.land(part)
		for _, leaf := range d.Drawn {
			uris = append(uris, leaf.Item.URI)
		}
		drawn = append(drawn, d)
	}
	tell(protocol.KindItemsRequest, &protocol.ItemsRequest{Parts: parts}, evidence.Reading{Parts: drawn}, evidence.Answered, "")
	if len(asks) > 0 {
		tell(protocol.KindClaimsRequest, &protocol.ClaimsRequest{Newest: newest.Root.Seq, Asks: asks}, evidence.Reading{Proven: m.claims(asks, newest.Root.Seq)}, evidence.Answered, "")
	}
	return x, uris
}

func (w *world) draws(n int) []protocol.Draw {
	out := make([]protocol.Draw, n)
	for i := range out {
		out[i] = protocol.Draw{Mode: protocol.DrawByteOf, U: w.rng.Uint64(), V: protocol.ProgramWord(w.program.ID())}
		if i%5 == 4 {
			out[i].Mode = protocol.DrawCellOf
		}
	}
	return out
}
