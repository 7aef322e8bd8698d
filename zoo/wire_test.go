package zoo

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

const netuid = 7

var errHonest = errors.New("the miner's own failure")

func speaker(name string) Speaker {
	return Speaker{Key: protocol.DeriveKey([]byte(name)), Netuid: netuid}
}

func rows(t testing.TB, n int) []Row {
	t.Helper()
	out := make([]Row, n)
	for i := range out {
		it := &item.Item{Kind: item.KindBlob, URI: "urn:test", Canonical: []byte{1, byte(i)}}
		out[i] = Row{item.NewKey(item.Bucket{Program: [8]byte{1}, Cell: uint8(i % 2)}, it.ID()), it}
	}
	return out
}

// wraps are all conducts that stand before a miner.
func wraps(run context.Context) map[string]Wrap {
	s, other := speaker("miner"), protocol.DeriveKey([]byte("other"))
	return map[string]Wrap{
		"replay": Replay(), "sign with": SignWith(other), "answer as": AnswerAs(other), "cross-answer": s.CrossAnswer(),
		"relay": s.Relay(other.Hotkey()), "equivocate": s.Equivocate(), "over-deliver": s.OverDeliver([]byte("more")),
		"count": s.Count(), "refuse": s.RefuseDraws(), "stall": StallWire(run, time.Nanosecond),
	}
}

// Whatever comes in and whatever the miner behind says, an adversary goes on.
func TestHostileInput(t *testing.T) {
	s := speaker("miner")
	all := map[string]Handler{}
	var answer []byte
	var failure error
	for name, w := range wraps(t.Context()) {
		all[name] = w(func(context.Context, netip.AddrPort, []byte) ([]byte, error) { return answer, failure })
	}
	for _, lie := range []Lie{LieLeaf, LieSum} {
		steerer, err := NewSteerer(s, lie, rows(t, 5))
		if err != nil {
			t.Fatal(err)
		}
		all["steer"+string(rune('0'+lie))] = steerer.Handle
	}
	kinds := []protocol.Kind{protocol.KindRootRequest, protocol.KindItemsRequest, protocol.KindClaimsRequest, protocol.KindTasksRequest, protocol.KindRootAnswer, 77}
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "body")
		e := protocol.Envelope{Version: protocol.Version, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), To: s.Key.Hotkey(), Body: body}
		if rapid.Bool().Draw(t, "draws") {
			e.Kind = protocol.KindItemsRequest
			u := rapid.Uint64().Draw(t, "u")
			e.Body, _ = protocol.Encode(&protocol.ItemsRequest{Parts: []protocol.Part{{Seq: 1, Draws: []protocol.Draw{{Mode: protocol.DrawMode(u % 7), U: u, V: u}}}}})
		}
		request, err := protocol.Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "garbage") {
			request = body
		}
		answer, failure = body, nil
		if rapid.Bool().Draw(t, "fails") {
			failure = errHonest
		}
		for name, h := range all {
			if said, err := h(context.Background(), netip.AddrPort{}, request); err == nil && said == nil {
				t.Errorf("%s says nothing and does not fail", name)
			}
		}
	})
}

func TestSteererWantsRows(t *testing.T) {
	if _, err := NewSteerer(speaker("miner"), LieSum, rows(t, 1)); err == nil {
		t.Error("no error")
	}
}

// A stall holds draws alone, for as long as it says, or until one of the two ends.
func TestStall(t *testing.T) {
	honest := func(context.Context, netip.AddrPort, []byte) ([]byte, error) { return []byte("answer"), nil }
	seal := func(kind protocol.Kind, message any) []byte {
		raw, _, err := protocol.Seal(speaker("validator").Key, kind, speaker("miner").Key.Hotkey(), 1, item.Hash{}, message)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	root, items := seal(protocol.KindRootRequest, &protocol.RootRequest{}), seal(protocol.KindItemsRequest, &protocol.ItemsRequest{})
	synctest.Test(t, func(t *testing.T) {
		run, end := context.WithCancel(t.Context())
		defer end()
		ask := func(w Wrap, request []byte, limit time.Duration) (string, time.Duration, error) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			answer, err := w(honest)(ctx, netip.AddrPort{}, request)
			return string(answer), time.Since(start), err
		}
		for _, c := range []struct {
			name          string
			hold, limit   time.Duration
			request       []byte
			answered      bool
			took          time.Duration
			endsMeanwhile bool
		}{
			{"root", 0, time.Minute, root, true, 0, false},
			{"draws", 0, time.Minute, items, false, time.Minute, false},
			{"draws, for a time", time.Second, time.Minute, items, true, time.Second, false},
			{"draws, the run ends", 0, time.Minute, items, false, time.Second, true},
		} {
			if c.endsMeanwhile {
				time.AfterFunc(time.Second, end)
			}
			answer, took, err := ask(StallWire(run, c.hold), c.request, c.limit)
			if (answer == "answer") != c.answered || (err == nil) != c.answered || took != c.took {
				t.Errorf("%s: %q, %v after %s", c.name, answer, err, took)
			}
		}
	})
}

// A socket ends with its context, whoever is connected.
func TestSocketEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		(&Socket{Send: Whole}).Serve(ctx, l, func(context.Context, netip.AddrPort, []byte) ([]byte, error) { return nil, nil })
		close(done)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	<-done
}
