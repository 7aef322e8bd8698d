package devnet

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// waiting returns once n transactions wait in the pool.
func (s *served) waiting(n int) {
	s.t.Helper()
	tick, deadline := time.NewTicker(2*time.Millisecond), time.After(5*time.Second)
	defer tick.Stop()
	for len(s.pool.inOrder()) != n {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("%d transactions wait, want %d", len(s.pool.inOrder()), n)
		}
	}
}

// A refusal that only the block brings out is named all the same.
func TestRefusedInBlock(t *testing.T) {
	g := smallGenesis(0, 2)
	g.BurnHalfLife, g.Burn = 0, 1_000_000_000
	for i := range 2 { // enough for the first price, not for the next
		g.Balances[key(i).Hotkey()] = 1_100_000_000
	}
	net := open(t, t.TempDir(), g)
	results := make(chan error, 2)
	for i := range 2 {
		c := net.dial(key(i))
		go func() { results <- c.Register(t.Context()) }()
	}
	net.waiting(2)
	net.step(1)
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	var refused *chain.Error
	if first != nil || !errors.As(second, &refused) || refused.Name != "NotEnoughBalanceToStake" {
		t.Errorf("results %v and %v", first, second)
	}
}

// A node that loses its pool gets the same bytes again.
func TestForgottenTransaction(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	c := net.dial(key(0))
	result := make(chan error, 1)
	go func() {
		_, err := c.SetWeights(t.Context(), weightsFor(1))
		result <- err
	}()
	net.waiting(1)
	hash := net.pool.inOrder()[0].tx.Hash()
	net.pool.settle(func(*pending) bool { return true })
	net.step(1)
	net.waiting(1)
	if again := net.pool.inOrder()[0].tx.Hash(); again != hash {
		t.Errorf("transaction %s was offered after %s was lost", again, hash)
	}
	net.step(1)
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// A vote that is not in a block by the deadline may land later; until it is
// settled no second one can land beside it.
func TestUnconfirmed(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	c, err := chain.Dial(t.Context(), chain.Config{
		Endpoints: []string{net.url}, Netuid: 1, Poll: 20 * time.Millisecond, LandTimeout: 200 * time.Millisecond,
	}, key(0))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.SetWeights(t.Context(), weightsFor(1)); !errors.Is(err, chain.ErrUnconfirmed) {
		t.Fatalf("no block: %v", err)
	}
	if _, err := c.SetWeights(t.Context(), weightsFor(0, 1)); err == nil || !strings.Contains(err.Error(), "underpriced") {
		t.Errorf("a second vote beside the first: %v", err)
	}
	head := net.step(1)
	uids, _, updated, err := c.WeightsRow(t.Context(), 0)
	if err != nil || len(uids) != 1 || updated != head.Number {
		t.Errorf("row of %v from block %d, %v", uids, updated, err)
	}
	if st := newState(net.tip().state); st.account(key(0).Hotkey()).Nonce != 1 {
		t.Error("more than one vote landed")
	}
}

// Writes of one client go one after another, each with the next nonce.
func TestConcurrentWrites(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	net.run()
	c := net.dial(key(0))
	results := make(chan error, 6)
	for i := range 3 {
		go func() {
			_, err := c.SetWeights(t.Context(), weightsFor(0, 1))
			results <- err
		}()
		go func() { results <- c.ServeAxon(t.Context(), loopback(uint16(9000+i))) }()
	}
	for range 6 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if nonce := newState(net.tip().state).account(key(0).Hotkey()).Nonce; nonce != 6 {
		t.Errorf("nonce %d after six writes", nonce)
	}
}

// A coldkey of its own may register a hotkey, which then acts for itself.
func TestTwoKeys(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(0, 2))
	hot := key(1)
	net.send(key(0), 0, 200_000, pack(t, chain.MethodRegister, uint16(1), [32]byte(hot.Hotkey())))
	net.step(1)
	c := net.dial(hot)
	if err := c.Register(t.Context()); err != nil {
		t.Errorf("registered already, by another: %v", err)
	}
	m, err := c.Metagraph(t.Context(), net.Head())
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := m.ByHotkey(hot.Hotkey()); !ok || n.Coldkey != key(0).Hotkey() {
		t.Errorf("neuron %+v, %v", n, ok)
	}
	if _, ok, err := c.UID(t.Context(), protocol.Hotkey{9}); ok || err != nil {
		t.Errorf("uid of a stranger: %v, %v", ok, err)
	}
}
