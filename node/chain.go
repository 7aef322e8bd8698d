package node

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/wallet"
)

// dialChain connects to the configured chain as an account.
func dialChain(ctx context.Context, cfg config.Chain, account *wallet.Account, log *slog.Logger) (*chain.Client, error) {
	key, err := chainKey(account)
	if err != nil {
		return nil, err
	}
	client, err := chain.Dial(ctx, chain.Config{Endpoints: cfg.Endpoints, Netuid: cfg.Netuid, Log: log}, key)
	if err != nil {
		return nil, fmt.Errorf("connect to the chain %q at %v: %w", cfg.Network, cfg.Endpoints, err)
	}
	return client, nil
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
