package devnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

const testBalance = 10_000_000_000 // 10 TAO in rao

// key is the test's i-th key.
func key(i int) *protocol.Key {
	return protocol.DeriveKey([]byte(fmt.Sprintf("devnet test key %d", i)))
}

// smallGenesis is a subnet with a short tempo, loose limits and funded keys:
// validators 0..validators-1 are registered, have stake and a permit.
func smallGenesis(validators, funded int) Genesis {
	g := DefaultGenesis()
	g.BlockTime = 20 * time.Millisecond
	g.TimeMillis = 1_700_000_000_000
	g.Tempo, g.WeightsRateLimit, g.ServingRateLimit, g.ImmunityPeriod, g.CommitReveal = 10, 0, 0, 20, false
	g.AllowLoopbackAxons = true
	g.Balances = make(map[protocol.Hotkey]uint64)
	for i := range funded {
		g.Balances[key(i).Hotkey()] = testBalance
	}
	for i := range validators {
		g.Neurons = append(g.Neurons, GenesisNeuron{
			Hotkey: key(i).Hotkey(), AlphaStake: uint64(1000+i) * 1_000_000_000, ValidatorPermit: true,
		})
	}
	return g
}

// net is a served devnet whose blocks the test makes itself, unless it runs.
type served struct {
	*Chain
	t   testing.TB
	url string
	now time.Time
}

func open(t testing.TB, dir string, g Genesis) *served {
	t.Helper()
	c, err := Open(dir, g, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &served{Chain: c, t: t, url: "ws://" + l.Addr().String(), now: time.UnixMilli(int64(g.TimeMillis))}
}

// step makes n blocks, a second apart on the chain's clock.
func (s *served) step(n int) chain.Head {
	s.t.Helper()
	var h chain.Head
	for range n {
		s.now = s.now.Add(time.Second)
		var err error
		if h, err = s.Step(s.now); err != nil {
			s.t.Fatal(err)
		}
	}
	return h
}

// run makes blocks in the background until the test ends.
func (s *served) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
}

func (s *served) dial(k *protocol.Key) *chain.Client { return dialURL(s.t, s.url, k) }

func dialURL(t testing.TB, url string, k *protocol.Key) *chain.Client {
	t.Helper()
	c, err := chain.Dial(t.Context(), chain.Config{
		Endpoints: []string{url}, Netuid: 1, Poll: 50 * time.Millisecond,
		CallTimeout: 2 * time.Second, LandTimeout: 10 * time.Second,
	}, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func loopback(port uint16) chain.Axon {
	return chain.Axon{Version: 1, IP: netip.MustParseAddr("127.0.0.1"), Port: port, Protocol: 4}
}
