package devnet

import (
	"slices"
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
