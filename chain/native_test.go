package chain

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/protocol"
)

func nativeKey(t *testing.T) *protocol.Sr25519Key {
	t.Helper()
	k, err := protocol.NewSr25519Key(append(make([]byte, 31), 5))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (n *nativeNode) dial(land time.Duration, endpoints ...string) *Client {
	n.t.Helper()
	if len(endpoints) == 0 {
		endpoints = []string{n.serve().URL}
	}
	c, err := DialNative(n.t.Context(), Config{
		Endpoints: endpoints, Netuid: testNetuid, Poll: 5 * time.Millisecond, LandTimeout: land, CallTimeout: 2 * time.Second,
	}, nativeKey(n.t))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(c.Close)
	return c
}

var testVote = Weights{UIDs: []uint16{0, 3}, Values: []uint16{1, 2}}

func axonAt(port uint16) Axon {
	return Axon{Version: 1, IP: netip.MustParseAddr("10.0.0.1"), Port: port, Protocol: 4}
}

// Every call that a neuron makes, in one life.
func TestNativeCalls(t *testing.T) {
	n := newNativeNode(t)
	n.auto = true
	c := n.dial(5 * time.Second)
	salt := []uint16{1, 2, 3}
	hash := CommitHash(nativeKey(t).Hotkey(), testNetuid, testVote, salt)
	if err := c.RegisterLimit(t.Context(), 5_000_000); err != nil {
		t.Fatal(err)
	}
	if err := c.Register(t.Context()); err != nil {
		t.Errorf("registered already: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		if err := c.ServeAxon(t.Context(), axonAt(80)); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := c.SetWeights(t.Context(), testVote); err != nil || l.Block != 7 || l.TxHash.IsZero() {
		t.Fatalf("vote landed %+v, %v", l, err)
	}
	if _, err := c.CommitWeights(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RevealWeights(t.Context(), testVote, salt); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, raw := range n.submitted() {
		x, err := extrinsic.Decode(unhex(t, raw))
		if err != nil || x.Nonce != uint32(i) || x.Era.Period != eraPeriod {
			t.Errorf("extrinsic %d: %+v, %v", i, x, err)
		}
		call, err := extrinsic.DecodeCall(x.Call)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, call.Name())
	}
	if want := []string{"register_limit", "serve_axon", "set_weights", "commit_weights", "reveal_weights"}; !slices.Equal(names, want) {
		t.Errorf("calls %v, want %v", names, want)
	}
}

// The pool's refusals have the pallet's names.
func TestNativeRefusals(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
		"set":    func(ctx context.Context, c *Client) error { _, err := c.SetWeights(ctx, testVote); return err },
		"commit": func(ctx context.Context, c *Client) error { _, err := c.CommitWeights(ctx, [32]byte{1}); return err },
		"reveal": func(ctx context.Context, c *Client) error { _, err := c.RevealWeights(ctx, testVote, nil); return err },
		"serve":  func(ctx context.Context, c *Client) error { return c.ServeAxon(ctx, axonAt(80)) },
		"enrol":  func(ctx context.Context, c *Client) error { return c.Register(ctx) },
	}
	for _, tc := range []struct {
		call, said, name string
		soon, unfunded   bool
	}{
		{"set", "Custom error: 1", "NotEnoughStakeToSetWeights", false, false},
		{"enrol", "Custom error: 2", ErrNameUnfunded, false, true},
		{"enrol", "Inability to pay some fees (e.g. account balance too low)", ErrNameUnfunded, false, true},
		{"set", "Custom error: 3", ErrNameNoSubnet, false, false},
		{"set", "Custom error: 6", ErrNameTooFast, true, false},
		{"commit", "Custom error: 6", ErrNameCommitTooFast, true, false},
		{"serve", "Custom error: 6", ErrNameServeTooFast, true, false},
		{"commit", "Custom error: 10", ErrNameNotRegistered, false, false},
		{"serve", "Custom error: 11", "InvalidIpAddress", false, false},
		{"serve", "Custom error: 12", ErrNameServeTooFast, true, false},
		{"serve", "Custom error: 13", "InvalidPort", false, false},
		{"reveal", "Custom error: 16", "NoWeightsCommitFound", false, false},
		{"reveal", "Custom error: 17", "RevealTooEarly", false, false},
		{"set", "Custom error: 18", "WeightVecNotEqualSize", false, false},
		{"set", "Custom error: 19", "UidVecContainInvalidOne", false, false},
		{"set", "Custom error: 255", "Custom error: 255", false, false},
	} {
		t.Run(tc.call+" "+tc.said, func(t *testing.T) {
			n := newNativeNode(t)
			n.refusal = func(extrinsic.Call) error { return poolError{codeInvalidTx, tc.said} }
			err := calls[tc.call](t.Context(), n.dial(5*time.Second))
			var refused *Error
			if !errors.As(err, &refused) || refused.Name != tc.name || IsTooSoon(err) != tc.soon || IsUnfunded(err) != tc.unfunded {
				t.Errorf("%v, too soon %v, unfunded %v", err, IsTooSoon(err), IsUnfunded(err))
			}
		})
	}
	for said, want := range map[poolError]struct {
		text    string
		unknown bool // whether an earlier extrinsic of the key did it
	}{
		{codeInvalidTx, "Transaction is outdated"}:         {"took the nonce", true},
		{codeLowPriority, "Priority is too low"}:           {"earlier transaction", true},
		{codeInvalidTx, "Transaction has a bad signature"}: {"bad signature", false},
		{1012, "Transaction is temporarily banned"}:        {"submit set_weights", false},
	} {
		n := newNativeNode(t)
		n.refusal = func(extrinsic.Call) error { return said }
		err := calls["set"](t.Context(), n.dial(5*time.Second))
		if err == nil || !contains(err, want.text) || errors.As(err, new(*Error)) || errors.Is(err, ErrUnconfirmed) != want.unknown {
			t.Errorf("%v: %v", said, err)
		}
		if sent := len(n.submitted()); sent != 1 {
			t.Errorf("%v: sent %d times", said, sent)
		}
	}
}

// What is in a block and did nothing has failed there.
func TestNativeWithoutEffect(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"vote":   func(ctx context.Context, c *Client) error { _, err := c.SetWeights(ctx, testVote); return err },
		"commit": func(ctx context.Context, c *Client) error { _, err := c.CommitWeights(ctx, [32]byte{1}); return err },
		"reveal": func(ctx context.Context, c *Client) error { _, err := c.RevealWeights(ctx, testVote, nil); return err },
		"serve":  func(ctx context.Context, c *Client) error { return c.ServeAxon(ctx, axonAt(81)) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNativeNode(t)
			n.auto = true
			c := n.dial(5 * time.Second)
			// The same row and an open commit are there from before.
			if err := errors.Join(c.Register(t.Context()), c.ServeAxon(t.Context(), axonAt(80))); err != nil {
				t.Fatal(err)
			}
			if _, err := c.SetWeights(t.Context(), testVote); err != nil {
				t.Fatal(err)
			}
			if _, err := c.CommitWeights(t.Context(), CommitHash(nativeKey(t).Hotkey(), testNetuid, testVote, nil)); err != nil {
				t.Fatal(err)
			}
			n.mu.Lock()
			n.idle = true
			n.mu.Unlock()
			err := do(t.Context(), c)
			var refused *Error
			if !errors.As(err, &refused) || refused.Name != ErrNameUnstated || !errors.Is(err, ErrNotStored) {
				t.Errorf("%v", err)
			}
		})
	}
	n := newNativeNode(t)
	n.auto, n.idle = true, true
	if err := n.dial(5 * time.Second).Register(t.Context()); !errors.Is(err, ErrNotStored) {
		t.Errorf("register: %v", err)
	}
}

// vote casts a vote in the background.
func vote(c *Client, w Weights) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.SetWeights(context.Background(), w)
		done <- err
	}()
	return done
}

// ready is a node with a registered client.
func ready(t *testing.T, land time.Duration, endpoints ...string) (*nativeNode, *Client) {
	n := newNativeNode(t)
	h := nativeKey(t).Hotkey()
	n.apply(h, extrinsic.BurnedRegister{Netuid: testNetuid, Hotkey: h})
	return n, n.dial(land, endpoints...)
}

// A node that forgets an extrinsic gets the same bytes again.
func TestNativeForgotten(t *testing.T) {
	n, c := ready(t, 10*time.Second)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.forget()
	n.mine(offerEvery + 1)
	n.waitSubmitted(2)
	n.mine(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := n.submitted(); s[0] != s[1] {
		t.Error("other bytes were offered")
	}
}

// A submission that is cut off is made again at once, and on another endpoint.
func TestNativeCutOff(t *testing.T) {
	n := newNativeNode(t)
	h := nativeKey(t).Hotkey()
	n.apply(h, extrinsic.BurnedRegister{Netuid: testNetuid, Hotkey: h})
	n.cuts = 2
	c := n.dial(10*time.Second, n.serve().URL, n.serve().URL)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.mine(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// The endpoint goes away while the extrinsic waits, and the next one never had it.
func TestNativeEndpointSwitched(t *testing.T) {
	n := newNativeNode(t)
	h := nativeKey(t).Hotkey()
	n.apply(h, extrinsic.BurnedRegister{Netuid: testNetuid, Hotkey: h})
	first, second := n.serve(), n.serve()
	c := n.dial(20*time.Second, first.URL, second.URL)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	first.CloseClientConnections()
	first.Listener.Close()
	n.forget()
	n.mine(offerEvery + 1)
	n.waitSubmitted(2)
	n.mine(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Other software with the same key takes the nonce.
func TestNativeNonceTaken(t *testing.T) {
	n, c := ready(t, 10*time.Second)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.take(nativeKey(t).Hotkey())
	n.mine(offerEvery + 1)
	if err := <-done; !errors.Is(err, ErrNonceUsed) || errors.Is(err, ErrUnconfirmed) {
		t.Fatal(err)
	}
}

// An era that is over settles the matter.
func TestNativeExpired(t *testing.T) {
	n, c := ready(t, 20*time.Second)
	done := vote(c, testVote)
	n.waitSubmitted(1)
	n.forget()
	n.mine(eraPeriod + 1)
	err := <-done
	if err == nil || !contains(err, "in none of the blocks") || errors.Is(err, ErrUnconfirmed) {
		t.Fatal(err)
	}
}

// After the deadline the next extrinsic takes the same nonce, until the first is
// seen to have landed or has expired.
func TestNativeUnconfirmed(t *testing.T) {
	n, c := ready(t, 100*time.Millisecond)
	if _, err := c.SetWeights(t.Context(), testVote); !errors.Is(err, ErrUnconfirmed) {
		t.Fatalf("no block: %v", err)
	}
	other := Weights{UIDs: []uint16{1}, Values: []uint16{1}}
	if _, err := c.SetWeights(t.Context(), other); err == nil || !contains(err, "earlier transaction") {
		t.Fatalf("a second vote beside the first: %v", err)
	}
	n.mine(1)
	n.mu.Lock()
	n.auto = true
	n.mu.Unlock()
	if _, err := c.SetWeights(t.Context(), other); err != nil {
		t.Fatalf("after the first landed: %v", err)
	}
	if used := n.nonces[nativeKey(t).Hotkey()]; used != 2 {
		t.Errorf("%d extrinsics landed, want 2", used)
	}
}

func TestNativeReadOnly(t *testing.T) {
	n := newNativeNode(t)
	c, err := DialNative(t.Context(), Config{Endpoints: []string{n.serve().URL}, Netuid: testNetuid}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.SetWeights(t.Context(), testVote); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
}

func contains(err error, s string) bool { return strings.Contains(err.Error(), s) }
