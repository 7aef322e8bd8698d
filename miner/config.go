package miner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/source"
)

// Source is where records come from. Collect makes one pass: it emits what it
// finds beyond the cursor, nil in the first pass, and returns the cursor to go on
// from, which counts also beside an error. A record whose emit failed is not done.
type Source interface {
	Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) (next []byte, err error)
}

// Chain is what a miner reads of the chain.
type Chain interface {
	// NextHead waits for a finalised head above a block number.
	NextHead(ctx context.Context, after uint64) (chain.Head, error)
	// Metagraph is the subnet at a head.
	Metagraph(ctx context.Context, at chain.Head) (*chain.Metagraph, error)
}

// Feed is a source with the name that its cursor is kept under.
type Feed struct {
	Name   string
	Source Source
	Every  time.Duration // pause between two passes; 0 is a minute
}

// Config is what a miner is opened with. Zero fields take the default.
type Config struct {
	Dir string // folder of the store, made when absent
	// Lock is the folder's, if the caller holds it already, and frees it after Close.
	Lock        *flock.Flock
	Netuid      uint16
	RoundBlocks uint64 // length of a round in blocks, the subnet's; 25
	Feeds       []Feed
	// Labour answers the tasks of labelling programs; nil refuses them.
	Labour Labour
	// ServeAnyone answers senders that hold no validator permit too. What those
	// who are not on the subnet hand over is not kept.
	ServeAnyone bool
	// AtOnce is how many requests are served at the same time; more are refused. 32.
	AtOnce int
	// ChainTimeout bounds one reading of the metagraph, and is the pause after the
	// chain could not be reached; 30 s.
	ChainTimeout time.Duration
	Metrics      *Metrics // may be nil

	maxPages int          // of the database; for tests of a full disk
	step     func(string) // told of every durable step, before and after; for tests
}

func (c *Config) complete() error {
	c.RoundBlocks = cmp.Or(c.RoundBlocks, 25)
	c.AtOnce = cmp.Or(c.AtOnce, 32)
	c.ChainTimeout = cmp.Or(c.ChainTimeout, 30*time.Second)
	if c.step == nil {
		c.step = func(string) {}
	}
	if c.Dir == "" {
		return errors.New("the folder of the store is missing")
	}
	if c.AtOnce < 0 {
		return fmt.Errorf("%d requests at once, want at least 1", c.AtOnce)
	}
	c.Feeds = slices.Clone(c.Feeds) // the caller's stay as they are
	seen := map[string]bool{}
	for i := range c.Feeds {
		f := &c.Feeds[i]
		f.Every = cmp.Or(f.Every, time.Minute)
		if f.Name == "" || f.Source == nil || seen[f.Name] {
			return fmt.Errorf("source %q has no name, is nothing, or is there twice", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}
