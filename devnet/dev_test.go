package devnet

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/protocol"
)

func TestAdvance(t *testing.T) {
	c := mustOpen(t, t.TempDir(), smallGenesis(2, 2))
	defer c.Close()
	now := c.Head().Time.Add(time.Minute)
	head, err := c.Advance(t.Context(), 25, now)
	if err != nil || head.Number != 25 || head != c.Head() || !head.Time.Equal(now.Add(24*time.Millisecond)) {
		t.Errorf("head %+v, %v", head, err)
	}
	if s := newState(c.tip().state).subnet(); s.EpochIndex != 2 {
		t.Errorf("%d epochs ran", s.EpochIndex)
	}
	if _, err := c.Advance(t.Context(), MaxAdvance+1, now); !errors.Is(err, ErrTooManyBlocks) || c.Head() != head {
		t.Errorf("too many blocks: %v", err)
	}
	if h, err := c.Advance(t.Context(), 0, now); err != nil || h != head {
		t.Errorf("no blocks: %+v, %v", h, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if h, err := c.Advance(ended, 5, now); !errors.Is(err, context.Canceled) || h != head {
		t.Errorf("an ended context: %+v, %v", h, err)
	}
}

// Transfers from the faucet are ordinary transactions: they are there after a
// restart, and concurrent ones all land.
func TestFund(t *testing.T) {
	dir, g := t.TempDir(), smallGenesis(1, 1)
	c := mustOpen(t, dir, g)
	account := func(i byte) protocol.Hotkey { return protocol.Hotkey{0xfa, i} }
	now := c.Head().Time
	var all sync.WaitGroup
	for i := range byte(6) {
		all.Go(func() {
			if _, err := c.Fund(t.Context(), account(i), 1_000_000+uint64(i), now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := c.Fund(t.Context(), account(0), 5, now); !errors.Is(err, ErrTooLittle) {
		t.Errorf("five rao: %v", err)
	}
	if _, err := c.Fund(t.Context(), account(0), defaultFaucet, now); !errors.Is(err, ErrFaucetEmpty) {
		t.Errorf("all of it: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = mustOpen(t, dir, g)
	defer c.Close()
	st := newState(c.tip().state)
	paid := uint64(0)
	for i := range byte(6) {
		if got := st.account(account(i)).Balance; got != 1_000_000+uint64(i) {
			t.Errorf("account %d has %d", i, got)
		}
		paid += 1_000_000 + uint64(i)
	}
	faucet := st.account(FaucetKey().Hotkey())
	if spent := defaultFaucet - faucet.Balance; faucet.Nonce != 6 || spent <= paid || spent > paid+6*fundGas*feePerGas {
		t.Errorf("the faucet spent %d on transfers of %d, nonce %d", spent, paid, faucet.Nonce)
	}
	if got := st.account(protocol.HotkeyOf(at(0x800))).Balance; got != 0 {
		t.Errorf("the precompile kept %d", got)
	}
}

func TestNoFaucet(t *testing.T) {
	g := smallGenesis(1, 1)
	g.Faucet = 0
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	if _, err := c.Fund(t.Context(), key(0).Hotkey(), 1e9, time.Time{}); !errors.Is(err, ErrNoFaucet) {
		t.Error(err)
	}
	if got := newState(c.tip().state).account(FaucetKey().Hotkey()).Balance; got != 0 {
		t.Errorf("the faucet has %d", got)
	}
	g.Faucet, g.Balances = 1e9, map[protocol.Hotkey]uint64{FaucetKey().Hotkey(): 1e9}
	if err := g.Validate(); err == nil {
		t.Error("the faucet is funded twice")
	}
	// The key is part of what users are told; it may not change.
	if got := FaucetKey().Address().Hex(); got != "0xb3B585351a2019460e03Af07A87630DC27D2ac3c" {
		t.Errorf("the faucet's address is %s", got)
	}
}

// A validator comes to a running devnet with nothing: the faucet funds it, it
// registers, stakes, has a permit after the next epoch and votes.
func TestValidatorJoins(t *testing.T) {
	g := smallGenesis(1, 1)
	c := mustOpen(t, t.TempDir(), g)
	defer c.Close()
	k, now := key(40), c.Head().Time
	if _, err := c.Fund(t.Context(), k.Hotkey(), 3_000_000_000_000, now); err != nil {
		t.Fatal(err)
	}
	do := func(number uint16, gas uint64, method string, args ...any) error {
		t.Helper()
		hash, err := c.lay(k, number, gas, method, args...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Step(now); err != nil {
			t.Fatal(err)
		}
		return c.landed(hash)
	}
	h := [32]byte(k.Hotkey())
	vote := []any{uint16(1), []uint16{0}, []uint16{1}, uint64(0)}
	if err := errors.Join(
		do(0x804, 200_000, "burnedRegister", uint16(1), h),
		do(0x805, 400_000, "addStake", h, big.NewInt(2_000_000_000_000), big.NewInt(1)),
	); err != nil {
		t.Fatal(err)
	}
	if err := do(0x804, 3_200_000, "setWeights", vote...); err == nil {
		t.Error("a vote without a permit lands")
	}
	if _, err := c.Advance(t.Context(), 10, now); err != nil {
		t.Fatal(err)
	}
	if err := do(0x804, 3_200_000, "setWeights", vote...); err != nil {
		t.Error(err)
	}
	if n := newState(c.tip().state).neuron(1); !n.Permit || n.Hotkey != k.Hotkey() {
		t.Errorf("neuron = %+v", n)
	}
}
