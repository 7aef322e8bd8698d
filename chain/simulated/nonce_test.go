package simulated_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
)

// A node that forgets a transaction gets the same one again.
func TestForgotten(t *testing.T) {
	w := newWorld(t, accepts)
	w.voted(vote)
	w.set(false, 2)
	done := background(w.dial(20 * time.Second))
	w.offered(3)
	w.backend.Commit()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, h := range w.offers() {
		if h != w.offers()[0] {
			t.Error("another transaction was offered")
		}
	}
}

// Other software with the same key takes the nonce: that is said, and soon.
func TestNonceTaken(t *testing.T) {
	w := newWorld(t, accepts)
	w.set(false, 1)
	done := background(w.dial(20 * time.Second))
	w.offered(1)
	w.foreign(key("hot"), 0)
	tick, deadline := time.NewTicker(20*time.Millisecond), time.After(15*time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if !errors.Is(err, chain.ErrNonceUsed) || !errors.Is(err, chain.ErrUnconfirmed) {
				t.Errorf("got %v", err)
			}
			return
		case <-tick.C:
			w.backend.Commit()
		case <-deadline:
			t.Fatal("nothing was said")
		}
	}
}

// The same, where the foreign one takes its place in the node's own pool.
func TestReplaced(t *testing.T) {
	w := newWorld(t, accepts)
	c := w.dial(20 * time.Second)
	done := background(c)
	w.offered(1)
	w.foreign(key("hot"), 0) // pays more
	for range 10 {
		w.backend.Commit()
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if !errors.Is(err, chain.ErrNonceUsed) {
				t.Errorf("got %v", err)
			}
			w.voted(vote)
			w.set(true, 0)
			if landing, err := c.SetWeights(t.Context(), vote); err != nil {
				t.Errorf("afterwards: %v", err)
			} else {
				w.sent(landing, 1, chain.MethodSetWeights, uint16(netuid), vote.UIDs, vote.Values, vote.VersionKey)
			}
			return
		case <-tick.C:
			w.backend.Commit()
		}
	}
}

// A transaction that no block takes by the deadline may land later. Until then no
// second one can land beside it.
func TestStuck(t *testing.T) {
	w := newWorld(t, accepts)
	w.voted(vote)
	c := w.dial(300 * time.Millisecond)
	if _, err := c.SetWeights(t.Context(), vote); !errors.Is(err, chain.ErrUnconfirmed) {
		t.Fatalf("no block: %v", err)
	}
	other := chain.Weights{UIDs: []uint16{1}, Values: []uint16{1}}
	_, err := c.SetWeights(t.Context(), other)
	if err == nil || !strings.Contains(err.Error(), "earlier transaction of this key still waits") || !errors.Is(err, chain.ErrUnconfirmed) {
		t.Fatalf("a second vote beside the first: %v", err)
	}
	w.backend.Commit()
	w.set(true, 0)
	landing, err := w.dial(10*time.Second).SetWeights(t.Context(), vote)
	if err != nil {
		t.Fatal(err)
	}
	w.sent(landing, 1, chain.MethodSetWeights, uint16(netuid), vote.UIDs, vote.Values, vote.VersionKey)
}

// The endpoint goes away while a transaction waits, and the next one never had it.
func TestEndpointSwitched(t *testing.T) {
	w := newWorld(t, accepts)
	w.voted(vote)
	first, second := w.serve(), w.serve()
	w.set(false, 1)
	done := background(w.dial(20*time.Second, first.URL, second.URL))
	w.offered(1)
	first.Listener.Close()
	first.CloseClientConnections()
	w.offered(2)
	w.backend.Commit()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Close ends a write that waits for its block.
func TestClosed(t *testing.T) {
	w := newWorld(t, accepts)
	c := w.dial(time.Hour)
	done := background(c)
	w.offered(1)
	c.Close()
	select {
	case err := <-done:
		if !errors.Is(err, chain.ErrUnconfirmed) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the write goes on")
	}
}
