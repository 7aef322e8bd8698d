package chain

import (
	"errors"
	"testing"
	"time"

	"github.com/assaynet/assay/chain/extrinsic"
)

// What a node has under a number may be a block of a fork. The search goes by the
// parents of the final head.
func TestNativeForkedNumbers(t *testing.T) {
	n, c := ready(t, 10*time.Second)
	n.set(func() { n.forked = true })
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.mine(2)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n.strayed != 0 {
		t.Errorf("%d blocks of the fork were read", n.strayed)
	}
}

// A node calls a fork final, which the extrinsic is not on. What it says does not
// count once another head follows from what was final before.
func TestNativeFinalFork(t *testing.T) {
	n, c := ready(t, 10*time.Second)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.set(func() { n.lying = true })
	n.mine(3)
	n.wait("the fork to be read", func() bool { return n.strayed >= 3 })
	n.set(func() { n.lying = false })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// An era is over, and the nonce has been used: the extrinsic is not called lost.
func TestNativeExpiredAndTaken(t *testing.T) {
	n, c := ready(t, 20*time.Second)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.set(func() {
		n.nonces[nativeKey(t).Hotkey()]++
		n.pool, n.raws = nil, nil
	})
	n.mine(eraPeriod + 1)
	if err := <-done; !errors.Is(err, ErrNonceUsed) || !errors.Is(err, ErrUnconfirmed) {
		t.Fatal(err)
	}
}

// A process that is started again takes the nonce of what the one before left in
// the pool: of the two only one lands.
func TestNativeRestarted(t *testing.T) {
	n, c := ready(t, 100*time.Millisecond)
	if _, err := c.SetWeights(t.Context(), testVote); !errors.Is(err, ErrUnconfirmed) {
		t.Fatalf("no block: %v", err)
	}
	c.Close()
	again := n.dial(5 * time.Second)
	if _, err := again.SetWeights(t.Context(), testVote); !errors.Is(err, ErrUnconfirmed) || !contains(err, "earlier transaction") {
		t.Fatalf("beside the one of before: %v", err)
	}
	n.mine(1)
	if used := n.nonces[nativeKey(t).Hotkey()]; used != 1 {
		t.Errorf("%d extrinsics landed, want 1", used)
	}
	for _, raw := range n.submitted() {
		if x, err := extrinsic.Decode(unhex(t, raw)); err != nil || x.Nonce != 0 {
			t.Errorf("nonce %d, %v", x.Nonce, err)
		}
	}
}

// Close ends a write that waits for its block, and those that wait for it.
func TestNativeClosed(t *testing.T) {
	n, c := ready(t, time.Hour)
	first := vote(c, testVote)
	n.waitSubmitted(1)
	second := vote(c, testVote)
	c.Close()
	deadline := time.After(5 * time.Second)
	for i, done := range []<-chan error{first, second} {
		select {
		case err := <-done:
			if err == nil || errors.Is(err, ErrUnconfirmed) != (i == 0) {
				t.Errorf("write %d: %v", i, err)
			}
		case <-deadline:
			t.Fatalf("write %d goes on", i)
		}
	}
	if sent := len(n.submitted()); sent != 1 {
		t.Errorf("%d extrinsics were sent, want 1", sent)
	}
}
