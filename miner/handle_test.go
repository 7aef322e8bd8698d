package miner

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// altered is the request with one byte of its signature changed.
func altered(t *testing.T, raw []byte) []byte {
	t.Helper()
	var e protocol.Envelope
	if err := protocol.Decode(raw, &e); err != nil {
		t.Fatal(err)
	}
	e.Signature[3] ^= 1
	out, err := protocol.Encode(&e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What a stranger sends is not worth a signature: the connection is closed with
// the reason.
func TestUnsignedFailuresCloseTheConnection(t *testing.T) {
	cfg := config(t)
	reg := prometheus.NewRegistry()
	cfg.Metrics = NewMetrics(reg)
	w := open(t, cfg)
	w.take(record(0))
	w.root()
	w.at(50)
	good, _ := request(t, "v1", protocol.KindRootRequest, 5, &protocol.RootRequest{})
	seal := func(from, to string, kind protocol.Kind, round uint64, of item.Hash) []byte {
		raw, _, err := protocol.Seal(key(from), kind, key(to).Hotkey(), round, of, &protocol.RootRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if _, err := w.send(good); err != nil {
		t.Fatal(err)
	}
	otherVersion := func() []byte {
		var e protocol.Envelope
		if err := protocol.Decode(good, &e); err != nil {
			t.Fatal(err)
		}
		e.Version++
		raw, err := protocol.Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want protocol.Reason
	}{
		{"oversize", make([]byte, protocol.MaxRequestBytes+1), protocol.ReasonOversize},
		{"empty", nil, protocol.ReasonGarbled},
		{"garbage", []byte("hello"), protocol.ReasonGarbled},
		{"truncated", good[:len(good)-1], protocol.ReasonGarbled},
		{"trailing byte", append(append([]byte{}, good...), 0), protocol.ReasonGarbled},
		{"another version", otherVersion(), protocol.ReasonVersion},
		{"meant for another", seal("v1", "miner2", protocol.KindRootRequest, 5, item.Hash{}), protocol.ReasonAddressee},
		{"an answer", seal("v1", "miner", protocol.KindRootAnswer, 5, item.Hash{}), protocol.ReasonGarbled},
		{"names a request", seal("v1", "miner", protocol.KindRootRequest, 5, item.Sum("x")), protocol.ReasonGarbled},
		{"round too old", seal("v1", "miner", protocol.KindRootRequest, 2, item.Hash{}), protocol.ReasonWindow},
		{"round too new", seal("v1", "miner", protocol.KindRootRequest, 8, item.Hash{}), protocol.ReasonWindow},
		{"not registered", seal("stranger", "miner", protocol.KindRootRequest, 5, item.Hash{}), protocol.ReasonPermit},
		{"no permit", seal("miner2", "miner", protocol.KindRootRequest, 5, item.Hash{}), protocol.ReasonPermit},
		{"replayed", good, protocol.ReasonReplay},
		{"replayed with another signature", altered(t, good), protocol.ReasonReplay},
		{"wrong signature", altered(t, seal("v2", "miner", protocol.KindRootRequest, 5, item.Hash{})), protocol.ReasonSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, err := w.send(c.raw)
			var f *protocol.Failure
			if answer != nil || !errors.As(err, &f) || f.Reason != c.want {
				t.Errorf("answer of %d bytes and error %v, want a failure with %s", len(answer), err, c.want)
			}
		})
	}
	for _, round := range []uint64{3, 7} {
		if _, err := w.send(seal("v1", "miner", protocol.KindRootRequest, round, item.Hash{})); err != nil {
			t.Errorf("round %d is within the window: %v", round, err)
		}
	}
	if n := testutil.ToFloat64(w.Miner.cfg.Metrics.requests.WithLabelValues("root_request", "replay")); n != 2 {
		t.Errorf("%v replays were counted, want 2", n)
	}
	if n := testutil.ToFloat64(w.Miner.cfg.Metrics.requests.WithLabelValues("unknown", "garbled")); n != 6 {
		t.Errorf("%v garbled requests were counted, want 6", n)
	}
}

// What a member signed is answered with a signed refusal.
func TestSignedFailuresAreRefused(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 5)...)
	root := w.root()
	w.at(50)
	other := root
	other.Hash = item.Sum("another")
	wrongKey := receipt(t, "v2", root, 5, 50)
	wrongKey.Validator = key("v1").Hotkey()
	huge := receipt(t, "v1", root, 5, 1<<63)
	items := func(r *protocol.Receipt, parts ...protocol.Part) *protocol.ItemsRequest {
		return &protocol.ItemsRequest{Receipt: r, Parts: parts}
	}
	tooManyDraws := protocol.Part{Seq: 1, Draws: make([]protocol.Draw, protocol.MaxDraws+1)}
	for _, c := range []struct {
		name    string
		kind    protocol.Kind
		message any
		want    protocol.Reason
	}{
		{"body of another kind", protocol.KindItemsRequest, &protocol.RootRequest{Tip: item.Sum("x")}, protocol.ReasonMalformed},
		{"a head without a hash", protocol.KindRootRequest, &protocol.RootRequest{Head: protocol.Anchor{Seq: 4}}, protocol.ReasonMalformed},
		{"a head beyond any record", protocol.KindRootRequest, &protocol.RootRequest{Head: protocol.Anchor{Seq: 1 << 63, Hash: item.Sum("h")}}, protocol.ReasonMalformed},
		{"too many draws", protocol.KindItemsRequest, items(nil, tooManyDraws), protocol.ReasonMalformed},
		{"unknown draw mode", protocol.KindItemsRequest, items(nil, protocol.Part{Seq: 1, Draws: []protocol.Draw{{Mode: 9}}}), protocol.ReasonMalformed},
		{"root that is not", protocol.KindItemsRequest, items(nil, protocol.Part{Seq: 2, Draws: draws(1)}), protocol.ReasonRoot},
		{"receipt of another root", protocol.KindItemsRequest, items(receipt(t, "v1", other, 5, 50)), protocol.ReasonRoot},
		{"receipt of another validator", protocol.KindItemsRequest, items(receipt(t, "v2", root, 5, 50)), protocol.ReasonMalformed},
		{"receipt with another signature", protocol.KindItemsRequest, items(wrongKey), protocol.ReasonSignature},
		{"receipt of a block beyond any", protocol.KindItemsRequest, items(huge), protocol.ReasonMalformed},
		{"too many claims", protocol.KindClaimsRequest, &protocol.ClaimsRequest{Asks: make([]protocol.ClaimAsk, protocol.MaxClaims+1)}, protocol.ReasonMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.refused("v1", c.kind, 5, c.message, c.want)
		})
	}
	if w.Receipted() != 0 {
		t.Error("a bad receipt was kept")
	}
}

func TestBusyAndBounded(t *testing.T) {
	cfg := config(t)
	cfg.AtOnce = 1
	w := open(t, cfg)
	raw, _ := request(t, "v1", protocol.KindRootRequest, 5, &protocol.RootRequest{})
	if _, err := w.send(raw); protocol.ReasonOf(err) != protocol.ReasonBusy {
		t.Errorf("before the chain was seen: %v", err)
	}
	w.at(50)
	w.slots <- struct{}{}
	if _, err := w.send(raw); protocol.ReasonOf(err) != protocol.ReasonBusy {
		t.Errorf("with all slots taken: %v", err)
	}
	<-w.slots
	if _, err := w.send(raw); err != nil {
		t.Errorf("a request that was turned away must not count as seen: %v", err)
	}
	for i := 1; i <= seenPerRound; i++ {
		raw, _ := request(t, "v1", protocol.KindRootRequest, 5, &protocol.RootRequest{Tip: item.Sum("tip", []byte{byte(i)})})
		_, err := w.send(raw)
		if want := i == seenPerRound; (protocol.ReasonOf(err) == protocol.ReasonBusy && err != nil) != want {
			t.Fatalf("request %d of a round: %v", i+1, err)
		}
	}
	w.at(90)
	if w.seen.count != 0 || len(w.seen.requests) != 0 {
		t.Errorf("%d requests outside the window are remembered", w.seen.count)
	}
}

func TestServeAnyoneKeepsNothingOfStrangers(t *testing.T) {
	cfg := config(t)
	cfg.ServeAnyone = true
	w := open(t, cfg)
	w.take(record(0))
	root := w.root()
	w.at(50)
	head := protocol.Anchor{Seq: 1, Hash: item.Sum("h")}
	for _, name := range []string{"stranger", "miner2"} {
		req := &protocol.ItemsRequest{Head: head, Receipt: receipt(t, name, root, 5, 50)}
		if _, ok := w.ask(name, protocol.KindItemsRequest, 5, req).(*protocol.ItemsAnswer); !ok {
			t.Errorf("%s was refused", name)
		}
	}
	anchors, err := Anchors(w.cfg.Dir)
	if err != nil || len(anchors) != 1 || anchors[0].Validator != key("miner2").Hotkey() {
		t.Errorf("anchors are %+v (%v), want that of the one on the subnet", anchors, err)
	}
	if s := w.Status(); s.Receipts != 1 {
		t.Errorf("%d receipts are kept, want 1", s.Receipts)
	}
}

func TestAnsweringEndsWithItsContext(t *testing.T) {
	w := open(t, config(t))
	w.take(records(0, 5)...)
	root := w.root()
	w.at(50)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	raw, _ := request(t, "v1", protocol.KindItemsRequest, 5, &protocol.ItemsRequest{Parts: []protocol.Part{{Seq: root.Seq, Draws: draws(3)}}})
	if _, err := w.Handle(ctx, netip.AddrPort{}, raw); protocol.ReasonOf(err) != protocol.ReasonTimeout {
		t.Errorf("error is %v, want a timeout", err)
	}
}

func TestAnchorsAreKeptAndBounded(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	w.root()
	at := func(n int) Anchor {
		return Anchor{Validator: key("v1").Hotkey(), Anchor: protocol.Anchor{Seq: uint64(n), Hash: item.Sum("h", []byte{byte(n), byte(n >> 8)})}, Round: 5}
	}
	for n := 1; n <= anchorsKept+5; n++ {
		if n > 20 && n < anchorsKept-20 {
			continue // the bound is tested below, in one transaction's worth
		}
		if err := w.ledger.hear(at(n), nil); err != nil {
			t.Fatal(err)
		}
	}
	// A fork of the record: both heads are kept.
	fork := at(7)
	fork.Hash = item.Sum("fork")
	if err := w.ledger.hear(fork, nil); err != nil {
		t.Fatal(err)
	}
	got, err := Anchors(w.cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got); n != 20+26+1 {
		t.Errorf("%d anchors are kept", n)
	}
	sevens := 0
	for _, a := range got {
		if a.Seq == 7 {
			sevens++
		}
	}
	if last := got[len(got)-1]; sevens != 2 || last != at(anchorsKept+5) {
		t.Errorf("%d anchors of entry 7, want 2; the last is %+v", sevens, last)
	}
	tx, err := w.store.writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for n := 2000; n < 2000+anchorsKept+10; n++ {
		if err := putAnchor(tx, at(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if got, err = Anchors(w.cfg.Dir); err != nil || len(got) != anchorsKept || got[0].Seq != 2010 {
		t.Errorf("%d anchors are kept (%v), want the %d newest", len(got), err, anchorsKept)
	}
}
