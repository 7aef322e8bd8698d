package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/wallet"
)

// What public nodes allow an address: about a request a second, and some at once.
const (
	publicRate  = 1
	publicBurst = 10
	publicFresh = 6 * time.Second // half a block
)

// dialChain connects to the configured chain as an account of either kind, or as
// nobody to read only. Metrics may be nil.
func dialChain(ctx context.Context, cfg config.Chain, account *wallet.Account, metrics *chain.Metrics, log *slog.Logger) (*chain.Client, error) {
	c := chain.Config{Endpoints: cfg.Endpoints, Netuid: cfg.Netuid, Log: log, Metrics: metrics}
	switch cfg.Network {
	case "finney", "test", "archive":
		c.Rate, c.Burst, c.Fresh = publicRate, publicBurst, publicFresh
	}
	client, err := dialAs(ctx, c, account)
	if err != nil {
		return nil, fmt.Errorf("connect to the chain %q at %v: %w", cfg.Network, cfg.Endpoints, err)
	}
	return client, nil
}

// dialAs connects as the kind of key that the account has.
func dialAs(ctx context.Context, c chain.Config, account *wallet.Account) (*chain.Client, error) {
	if account == nil {
		return chain.Dial(ctx, c, nil)
	}
	if key, ok := account.Native(); ok {
		return chain.DialNative(ctx, c, key)
	}
	key, _ := account.Ethereum()
	return chain.Dial(ctx, c, key)
}

// waiting is how a node comes to its chain: one that is away is waited for, while
// the ops server says so.
type waiting struct {
	cfg     config.Chain
	account *wallet.Account
	metrics *chain.Metrics
	ready   *Readiness
	ops     *Ops
	log     *slog.Logger
}

// How often a chain that is away is looked for. Each look makes several attempts.
const (
	lookFirst = time.Second
	lookMost  = 15 * time.Second
)

// subnet is a connected client and what was read to know that it has the right
// chain.
type subnet struct {
	*chain.Client
	genesis [32]byte
	rules   chain.Hyperparams
}

// dial connects and finds the subnet, as often as it takes until ctx ends. What
// waiting does not mend is an error at once: a wrong address or chain, a subnet that
// does not exist.
func (w waiting) dial(ctx context.Context) (subnet, error) {
	var gap time.Duration
	for {
		s, err := w.try(ctx)
		if err == nil {
			w.ready.Add("chain", s.Connected)
			if gap > 0 {
				w.log.Info("the chain is there", "network", w.cfg.Network)
			}
			return s, nil
		}
		if !chain.IsAway(err) || ctx.Err() != nil {
			return subnet{}, err
		}
		if gap == 0 {
			w.log.Warn("waiting for the chain", w.said(err)...)
		}
		w.ready.Add("chain", func() error { return fmt.Errorf("waiting for the chain: %w", err) })
		w.ops.Begin()
		gap = min(max(lookFirst, 2*gap), lookMost)
		select {
		case <-time.After(gap/2 + rand.N(gap/2)):
		case <-ctx.Done():
			return subnet{}, errors.Join(ctx.Err(), err)
		}
	}
}

// said is what the line about a chain that is away tells.
func (w waiting) said(err error) []any {
	out := []any{"network", w.cfg.Network, "endpoints", w.cfg.Endpoints, "err", err}
	if w.cfg.Devnet() {
		out = append(out, "hint", "is a devnet running? start one with: assay devnet")
	}
	return out
}

func (w waiting) try(ctx context.Context) (s subnet, err error) {
	if s.Client, err = dialChain(ctx, w.cfg, w.account, w.metrics, w.log); err != nil {
		return s, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	genesis, err := s.GenesisHash(ctx)
	if err != nil {
		return s, fmt.Errorf("read the chain's genesis: %w", err)
	}
	s.genesis = genesis
	if s.rules, err = s.Hyperparams(ctx); err != nil {
		return s, fmt.Errorf("read the rules of subnet %d: %w", w.cfg.Netuid, err)
	}
	return s, nil
}

// Software is the name and version that a node calls itself.
func Software() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return "assay/" + version
}

// closer closes what was opened, the last first.
type closer struct{ steps []func() error }

// lock takes a data folder, before anything is made in it or bound for it, so that
// a second process on one folder hears that and nothing else.
func (c *closer) lock(dir string) (*flock.Flock, error) {
	lock, err := database.Lock(dir)
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dir, err)
	}
	c.add(lock.Unlock)
	return lock, nil
}

func (c *closer) add(step func() error) { c.steps = append(c.steps, step) }

// close runs every step. What fails to close at the end of a role has nothing left
// to lose: all that must last is durable when it is written.
func (c *closer) close() {
	for i := len(c.steps) - 1; i >= 0; i-- {
		_ = c.steps[i]()
	}
	c.steps = nil
}
