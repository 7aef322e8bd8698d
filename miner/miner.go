package miner

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Miner is an open store with its index. Run collects and commits; Handle, from
// any goroutine, answers.
type Miner struct {
	cfg        Config
	signer     protocol.Signer
	self       protocol.Hotkey
	programs   []*program.Program
	chain      Chain
	log        *slog.Logger
	store      *store
	index      *index
	ledger     *ledger
	collectors []*collector
	seen       *seen
	slots      chan struct{}
	pace       pace // of Run alone
	view       atomic.Pointer[view]

	mu     sync.Mutex
	status Status
}

// view is the chain as the miner last saw it.
type view struct {
	head      chain.Head
	metagraph *chain.Metagraph // perhaps of an older head; nil before the first
}

// Open opens the store in cfg.Dir, which it makes when there is none, and rebuilds
// the index. It fails with ErrLocked when another holds the store, with ErrCorrupt
// when it is not what was written, and when it is another hotkey's or subnet's. A
// nil log says nothing.
func Open(cfg Config, signer protocol.Signer, programs []*program.Program, c Chain, log *slog.Logger) (_ *Miner, err error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open miner: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	m := &Miner{
		cfg: cfg, signer: signer, self: signer.Hotkey(), programs: programs, chain: c, log: log,
		seen: newSeen(), slots: make(chan struct{}, cfg.AtOnce),
	}
	m.view.Store(&view{})
	if m.store, err = openStore(cfg, m.self); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", cfg.Dir, err)
	}
	if err := m.load(); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", cfg.Dir, errors.Join(err, m.store.close()))
	}
	return m, nil
}

func (m *Miner) load() (err error) {
	if m.index, err = openIndex(m.store, m.signer, m.cfg.Netuid); err != nil {
		return err
	}
	if m.ledger, err = openLedger(m.store); err != nil {
		return err
	}
	sums, err := m.store.sums()
	if err != nil {
		return err
	}
	newest, _ := m.index.newest()
	m.update(func(s *Status) { s.Items, s.Bytes, s.RootSeq = sums.Count, sums.Bytes, newest.root.Seq })
	for _, f := range m.cfg.Feeds {
		c, err := newCollector(m, f)
		if err != nil {
			return err
		}
		m.collectors = append(m.collectors, c)
	}
	return nil
}

// Close frees the store. Run and every Handle must have returned.
func (m *Miner) Close() error {
	if err := m.store.close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Run collects from the feeds, follows the chain and commits, until ctx ends; it
// returns when what is in hand is stored. While the chain is away the miner goes
// on with what it saw last. A full disk is told and tried again; only a corrupt
// store ends Run, with an error.
func (m *Miner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for _, c := range m.collectors {
		running.Go(func() { c.run(ctx) })
	}
	for {
		head, err := m.chain.NextHead(ctx, m.view.Load().head.Number)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			m.fault("no word from the chain", err)
			if pause(ctx, m.cfg.ChainTimeout) != nil {
				return nil
			}
			continue
		}
		if err := m.follow(ctx, head); err != nil {
			return err
		}
	}
}

// follow takes in a head.
func (m *Miner) follow(ctx context.Context, head chain.Head) error {
	before := m.view.Load()
	limit, cancel := context.WithTimeout(ctx, m.cfg.ChainTimeout)
	metagraph, err := m.chain.Metagraph(limit, head)
	cancel()
	if err != nil {
		if ctx.Err() == nil {
			m.fault("the metagraph cannot be read, the last one stays in use", err)
		}
		metagraph = before.metagraph
	}
	m.view.Store(&view{head, metagraph})
	m.seen.forget(m.roundOf(head.Number))
	m.tick(head)
	edge := m.edge(before.head.Number, head.Number)
	if _, have := m.index.newest(); have && !edge {
		return nil
	}
	var unsealed error
	if edge {
		unsealed = m.seal()
	}
	err = errors.Join(unsealed, m.commit())
	if errors.Is(err, ErrCorrupt) {
		m.store.health.corrupt(err)
		return err
	}
	if err != nil {
		m.fault("no root was committed, it is tried again", err)
	}
	return nil
}

func (m *Miner) roundOf(block uint64) uint64 { return block / m.cfg.RoundBlocks }

// edge reports whether a head is one to commit at: the first of a round, when
// validators ask, or the last of a round, so that what came during it stands ready.
// Until there is a root any other is one too, but not to seal at: labellers have the
// whole round. Committing at each would thin out the versions that draws of earlier
// rounds are asked under.
func (m *Miner) edge(before, now uint64) bool {
	return m.roundOf(now) != m.roundOf(before) || m.roundOf(now+1) != m.roundOf(now)
}

// commit stores what the collectors hold, and commits to everything that is new.
func (m *Miner) commit() error {
	var errs []error
	for _, c := range m.collectors {
		errs = append(errs, c.flush(nil))
	}
	fresh, err := m.index.commit()
	if fresh {
		newest, _ := m.index.newest()
		m.ledger.forget(newest.root.Seq)
		m.update(func(s *Status) { s.RootSeq = newest.root.Seq; s.Fault = "" })
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Receipted is the highest sequence number of a root that any validator gave a
// receipt for; 0 before the first.
func (m *Miner) Receipted() uint64 {
	_, highest := m.ledger.size()
	return highest
}

// Items are the items under the newest kept root up to a sequence number, in the
// order of arrival; one that several programs take comes once for each. The
// sequence ends with the first error.
func (m *Miner) Items(upToSeq uint64) iter.Seq2[*item.Item, error] {
	return func(yield func(*item.Item, error) bool) {
		var upTo int64
		for _, v := range m.index.versions() {
			if v.root.Seq <= upToSeq {
				upTo = int64(v.root.Count)
			}
		}
		for at := int64(0); at < upTo; {
			items, err := m.store.page(at, upTo)
			if err == nil && len(items) == 0 {
				err = fmt.Errorf("item %d is missing: %w", at+1, ErrCorrupt)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, it := range items {
				if !yield(it, nil) {
					return
				}
			}
			at += int64(len(items))
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
