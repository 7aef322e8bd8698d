package devnet

import (
	"errors"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

func (s *served) dialNative(k *protocol.Sr25519Key) *chain.Client {
	s.t.Helper()
	c, err := chain.DialNative(s.t.Context(), chain.Config{
		Endpoints: []string{s.url}, Netuid: 1, Poll: 20 * time.Millisecond, CallTimeout: 2 * time.Second, LandTimeout: 10 * time.Second,
	}, k)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

// The client of an sr25519 hotkey does by native extrinsics all that one of a
// secp256k1 key does by transactions.
func TestNativeClient(t *testing.T) {
	validator, miner := nativeKey(t, 1), nativeKey(t, 2)
	g := smallGenesis(0, 0)
	g.ServingRateLimit = 1000
	g.Neurons = []GenesisNeuron{{Hotkey: validator.Hotkey(), AlphaStake: 1e12, ValidatorPermit: true}}
	g.Balances[validator.Hotkey()], g.Balances[miner.Hotkey()] = testBalance, testBalance
	net := open(t, t.TempDir(), g)
	net.run()
	m, v := net.dialNative(miner), net.dialNative(validator)
	var refused *chain.Error
	if err := m.ServeAxon(t.Context(), loopback(9000)); !errors.As(err, &refused) || refused.Name != chain.ErrNameNotRegistered {
		t.Fatalf("serve before the registration: %v", err)
	}
	if err := m.RegisterLimit(t.Context(), 1); err == nil {
		t.Fatal("registered for a rao")
	}
	if err := m.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.ServeAxon(t.Context(), loopback(9000)); err != nil {
		t.Fatal(err)
	}
	if err := m.ServeAxon(t.Context(), loopback(9001)); !chain.IsTooSoon(err) {
		t.Errorf("serve again: %v", err)
	}
	landing, err := v.SetWeights(t.Context(), weightsFor(1))
	if err != nil {
		t.Fatal(err)
	}
	uids, _, updated, err := v.WeightsRow(t.Context(), 0)
	if err != nil || len(uids) != 1 || updated != landing.Block {
		t.Errorf("row %v of block %d, vote of block %d, %v", uids, updated, landing.Block, err)
	}
	if _, err := m.SetWeights(t.Context(), weightsFor(0)); !errors.As(err, &refused) {
		t.Errorf("a vote without a permit: %v", err)
	}
}

// Hidden votes, opened in their window.
func TestNativeClientReveals(t *testing.T) {
	validator := nativeKey(t, 1)
	g := smallGenesis(0, 0)
	g.CommitReveal = true
	g.Neurons = []GenesisNeuron{{Hotkey: validator.Hotkey(), AlphaStake: 1e12, ValidatorPermit: true}}
	g.Balances[validator.Hotkey()] = testBalance
	net := open(t, t.TempDir(), g)
	net.run()
	c := net.dialNative(validator)
	var refused *chain.Error
	if _, err := c.SetWeights(t.Context(), weightsFor(0)); !errors.As(err, &refused) {
		t.Errorf("an open vote: %v", err)
	}
	salt := []uint16{4, 5, 6}
	landing, err := c.CommitWeights(t.Context(), chain.CommitHash(validator.Hotkey(), 1, weightsFor(0), salt))
	if err != nil {
		t.Fatal(err)
	}
	head, err := c.NextHead(t.Context(), landing.Block-1)
	if err != nil {
		t.Fatal(err)
	}
	clock, err := c.Epoch(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.RevealWeights(t.Context(), weightsFor(0), salt); !errors.As(err, &refused) || refused.Name != "RevealTooEarly" {
		t.Errorf("too early: %v", err)
	}
	if _, err := c.NextHead(t.Context(), clock.Next); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RevealWeights(t.Context(), weightsFor(0), salt); err != nil {
		t.Fatal(err)
	}
}

// A vote that was committed twice is revealed once: one of its commits ends.
func TestNativeClientCommitsTwice(t *testing.T) {
	validator := nativeKey(t, 1)
	g := smallGenesis(0, 0)
	g.CommitReveal = true
	g.Neurons = []GenesisNeuron{{Hotkey: validator.Hotkey(), AlphaStake: 1e12, ValidatorPermit: true}}
	g.Balances[validator.Hotkey()] = testBalance
	net := open(t, t.TempDir(), g)
	c := net.dialNative(validator)
	// inBlock makes a block for what is written.
	inBlock := func(write func() (chain.Landing, error)) {
		t.Helper()
		done := make(chan error, 1)
		go func() { _, err := write(); done <- err }()
		net.waiting(1)
		net.step(1)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	head := net.step(1)
	for range 2 {
		inBlock(func() (chain.Landing, error) {
			return c.CommitWeights(t.Context(), chain.CommitHash(validator.Hotkey(), 1, weightsFor(0), nil))
		})
	}
	held, err := c.Commits(t.Context(), validator.Hotkey())
	if err != nil || len(held) != 2 || held[0].Epoch != held[1].Epoch {
		t.Fatalf("two commits of one epoch: %v, %v", held, err)
	}
	for index := held[0].Epoch; index == held[0].Epoch; head = net.step(1) {
		clock, err := c.Epoch(t.Context(), head)
		if err != nil {
			t.Fatal(err)
		}
		index = clock.Index
	}
	inBlock(func() (chain.Landing, error) { return c.RevealWeights(t.Context(), weightsFor(0), nil) })
	if held, err = c.Commits(t.Context(), validator.Hotkey()); err != nil || len(held) != 1 {
		t.Errorf("after the reveal: %v, %v", held, err)
	}
}
