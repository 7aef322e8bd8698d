package devnet

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/chain"
)

func TestNeuronLife(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 2))
	net.run()
	ctx := t.Context()
	miner, validator := net.dial(key(1)), net.dial(key(0))

	if err := miner.Register(ctx); err != nil {
		t.Fatal(err)
	}
	if err := miner.Register(ctx); err != nil {
		t.Fatalf("registering again: %v", err)
	}
	if err := miner.ServeAxon(ctx, loopback(9000)); err != nil {
		t.Fatal(err)
	}
	vote := chain.Weights{UIDs: []uint16{1}, Values: []uint16{7}}
	landing, err := validator.SetWeights(ctx, vote)
	if err != nil {
		t.Fatal(err)
	}
	uids, values, updated, err := validator.WeightsRow(ctx, 0)
	if err != nil || !slices.Equal(uids, vote.UIDs) || !slices.Equal(values, []uint16{65535}) || updated != landing.Block {
		t.Fatalf("row = %v %v at %d, %v; landed at %d", uids, values, updated, err, landing.Block)
	}
	head, err := validator.NextHead(ctx, landing.Block+2*10)
	if err != nil {
		t.Fatal(err)
	}
	m, err := validator.Metagraph(ctx, head)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := m.ByHotkey(key(1).Hotkey())
	if !ok || n.UID != 1 || n.Axon.AddrPort() != loopback(9000).AddrPort() || n.Incentive != 65535 || n.Emission == 0 {
		t.Errorf("miner = %+v", n)
	}
	v, _ := m.ByUID(0)
	if v.ValidatorTrust != 65535 || v.Dividends != 65535 || !v.ValidatorPermit || v.Stake <= 1000_000_000_000 {
		t.Errorf("validator = %+v", v)
	}
	clock, err := validator.Epoch(ctx, head)
	if err != nil || clock.Index == 0 || clock.Next != clock.Last+10 || clock.Last > head.Number {
		t.Errorf("clock = %+v, %v at block %d", clock, err, head.Number)
	}
	h, err := validator.Hyperparams(ctx)
	if err != nil || h.Tempo != 10 || h.Kappa != 32767 || h.YumaVersion != 3 || h.AlphaSteepness != 1000 || h.BurnIncrease < 1.2599 {
		t.Errorf("hyperparams = %+v, %v", h, err)
	}
}

func weightsFor(uids ...uint16) chain.Weights {
	w := chain.Weights{UIDs: uids}
	for i := range uids {
		w.Values = append(w.Values, uint16(i+1))
	}
	return w
}

func TestClientRefusals(t *testing.T) {
	g := smallGenesis(1, 2)
	g.WeightsRateLimit = 1000
	net := open(t, t.TempDir(), g)
	net.run()
	ctx := t.Context()
	c := net.dial(key(0))
	if _, err := c.SetWeights(ctx, weightsFor(0)); err != nil {
		t.Fatal(err)
	}
	_, err := c.SetWeights(ctx, weightsFor(0))
	var refused *chain.Error
	if !errors.As(err, &refused) || refused.Name != chain.ErrNameTooFast || !chain.IsTooSoon(err) {
		t.Errorf("second vote: %v", err)
	}
	_, err = net.dial(key(1)).SetWeights(ctx, weightsFor(0))
	if !errors.As(err, &refused) || refused.Name != chain.ErrNameNotRegistered || chain.IsTooSoon(err) {
		t.Errorf("vote of a stranger: %v", err)
	}
	if err := net.dial(nil).Register(ctx); !errors.Is(err, chain.ErrReadOnly) {
		t.Errorf("registering without a key: %v", err)
	}
	if err := c.ServeAxon(ctx, chain.Axon{Port: 1}); err == nil {
		t.Error("an axon without an address is served")
	}
	axon := loopback(9000)
	for range 2 { // the second does nothing
		if err := c.ServeAxon(ctx, axon); err != nil {
			t.Fatal(err)
		}
	}
	if nonce := newState(net.tip().state).account(key(0).Hotkey()).Nonce; nonce != 2 {
		t.Errorf("%d transactions, want a vote and an axon", nonce)
	}
}

func TestDial(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	ctx := t.Context()
	if _, err := chain.Dial(ctx, chain.Config{}, nil); err == nil {
		t.Error("dialled nothing")
	}
	other := smallGenesis(1, 1)
	other.Tempo = 99
	elsewhere := open(t, t.TempDir(), other)

	// The first endpoint is dead: the second is used.
	c, err := chain.Dial(ctx, chain.Config{Endpoints: []string{"ws://127.0.0.1:1", net.url}, Netuid: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	genesis, err := c.GenesisHash(ctx)
	if id, idErr := c.ChainID(ctx); err != nil || idErr != nil || id != 42 || genesis != net.Head().Hash {
		t.Errorf("chain id %d, genesis %s: %v, %v", id, genesis, err, idErr)
	}
	// A subnet that is not there.
	lost, err := chain.Dial(ctx, chain.Config{Endpoints: []string{net.url}, Netuid: 7}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lost.Close()
	if _, err := lost.Metagraph(ctx, net.Head()); !errors.Is(err, chain.ErrNoSubnet) {
		t.Errorf("metagraph of no subnet: %v", err)
	}
	if _, err := lost.Hyperparams(ctx); !errors.Is(err, chain.ErrNoSubnet) {
		t.Errorf("hyperparameters of no subnet: %v", err)
	}
	// An endpoint that turns out to be another chain is passed over.
	proxy := newCutter(t, net.url)
	two, err := chain.Dial(ctx, chain.Config{Endpoints: []string{proxy.url(), elsewhere.url}, Netuid: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	proxy.cut("chain_getFinalizedHead", true)
	if h, err := two.Head(ctx); err != nil || h != net.Head() || proxy.fired() != 1 {
		t.Errorf("head %+v, %v after %d cuts", h, err, proxy.fired())
	}
	// With nothing else to turn to, the error says so.
	proxy.l.Close()
	proxy.cutAll()
	net.step(1)
	if _, err := two.Head(ctx); err == nil || !errors.Is(err, chain.ErrOtherChain) && !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("head of another chain: %v", err)
	}
}

func TestOverHTTP(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	net.run()
	c := dialURL(t, "http"+strings.TrimPrefix(net.url, "ws"), key(0))
	landing, err := c.SetWeights(t.Context(), weightsFor(1))
	if err != nil {
		t.Fatal(err)
	}
	head, err := c.NextHead(t.Context(), landing.Block)
	if err != nil || head.Number <= landing.Block {
		t.Errorf("head %+v, %v after block %d", head, err, landing.Block)
	}
}

func TestClosedClient(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	c := net.dial(nil)
	waiting := make(chan error, 1)
	go func() {
		_, err := c.NextHead(t.Context(), 0)
		waiting <- err
	}()
	c.Close()
	if err := <-waiting; err == nil {
		t.Error("a closed client waits for a head and gets one")
	}
	if _, err := c.Head(t.Context()); err == nil {
		t.Error("a closed client reads")
	}
}
