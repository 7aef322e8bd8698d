package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/devnet"
	"github.com/assaynet/assay/protocol"
)

// Devnet is an open embedded chain and its sockets.
type Devnet struct {
	*devnet.Chain
	listener net.Listener
	ops      *Ops
}

// OpenDevnet opens the chain in dir, which begins with the genesis when dir holds
// none, and then binds the addresses: a second process on one folder hears that and
// not that a port is taken.
func OpenDevnet(dir, listen, ops string, genesis devnet.Genesis, log *slog.Logger) (d *Devnet, err error) {
	var closing closer
	defer func() {
		if err != nil {
			closing.close()
		}
	}()
	c, err := devnet.Open(dir, genesis, log)
	if err != nil {
		return nil, err
	}
	closing.add(c.Close)
	socket, err := ListenOps(ops)
	if err != nil {
		return nil, err
	}
	closing.add(socket.Close)
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the chain's users on %s: %w; choose another with --listen", listen, err)
	}
	closing.add(l.Close)
	registry := NewRegistry()
	return &Devnet{Chain: c, listener: l, ops: NewOps(socket, registry, NewReadiness(registry), nil)}, nil
}

// Addr is the address that the chain is served on.
func (d *Devnet) Addr() net.Addr { return d.listener.Addr() }

// Endpoint is that address as a client takes it.
func (d *Devnet) Endpoint() string { return "ws://" + d.listener.Addr().String() }

// Run makes blocks and serves them until ctx ends; the block in hand is finished
// first. Then the chain is closed.
func (d *Devnet) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.ops.Serve(ctx) })
	g.Go(func() error { return d.Serve(ctx, d.listener) })
	g.Go(func() error { return d.Chain.Run(ctx) })
	err := g.Wait()
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}

const (
	raoPerTAO = 1_000_000_000
	fundTAO   = 1000
	// devnetTime is the timestamp of a devnet's block 0. It is the same for all, so
	// that the same settings open the same chain again.
	devnetTime = 1_700_000_000_000
)

// DevnetGenesis is the first block of a chain with these settings: a validator is
// registered, with its stake, a permit and enough to pay for gas.
func DevnetGenesis(cfg *config.Devnet) (devnet.Genesis, error) {
	g := devnet.DefaultGenesis()
	g.Netuid, g.Tempo, g.BlockTime, g.TimeMillis = cfg.Netuid, cfg.Pace.Tempo, cfg.Pace.BlockTime, devnetTime
	g.AllowLoopbackAxons, g.CommitReveal = cfg.Loopback, cfg.Hidden
	g.WeightsRateLimit = min(g.WeightsRateLimit, uint64(cfg.Pace.Tempo)/2)
	g.ServingRateLimit = min(g.ServingRateLimit, uint64(cfg.Pace.Tempo)/2)
	g.Balances = map[protocol.Hotkey]uint64{}
	for _, address := range cfg.Fund {
		g.Balances[accountOf(address)] = fundTAO * raoPerTAO
	}
	if cfg.Owner != "" {
		g.Owner = accountOf(cfg.Owner)
		g.Balances[g.Owner] = fundTAO * raoPerTAO
	}
	for _, v := range cfg.Validators {
		address, tao, _ := strings.Cut(v, "=")
		stake, err := strconv.ParseUint(tao, 10, 32)
		if err != nil {
			return g, fmt.Errorf("--validator %s: %w", v, err)
		}
		h := accountOf(address)
		g.Balances[h] = fundTAO * raoPerTAO
		g.Neurons = append(g.Neurons, devnet.GenesisNeuron{Hotkey: h, AlphaStake: stake * raoPerTAO, ValidatorPermit: true})
	}
	return g, nil
}

// accountOf is the account of an Ethereum address, or one in SS58. The settings
// have been checked to be either.
func accountOf(text string) protocol.Hotkey {
	if account, err := protocol.ParseAccount(text); err == nil {
		return account
	}
	return protocol.HotkeyOf(common.HexToAddress(text))
}

// IsDevnet asks a chain what it is. That the settings call it a devnet is only what
// the operator believes: an endpoint may be any chain's.
func IsDevnet(ctx context.Context, c *chain.Client) (bool, error) {
	name, err := c.ChainName(ctx)
	return name == devnet.ChainName, err
}
