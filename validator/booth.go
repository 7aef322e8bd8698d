package validator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// Booth is what voting reads of the chain.
type Booth interface {
	// WeightsRow is the row that the chain holds of a uid, and the block of that
	// uid's last update.
	WeightsRow(ctx context.Context, uid uint16) (uids, values []uint16, lastUpdate uint64, err error)
	// Commits are those that the chain holds of a hotkey, the oldest first.
	Commits(ctx context.Context, hotkey protocol.Hotkey) ([]chain.Commit, error)
	Hyperparams(ctx context.Context) (chain.Hyperparams, error)
}

// view is what was last seen of the chain with voting in mind.
type view struct {
	clock   chain.EpochClock
	rules   chain.Hyperparams
	uids    []uint16 // the own row
	values  []uint16
	updated uint64 // its last update
	commits []chain.Commit
	// stale says that the rest must be read anew. The clock is read at each head.
	stale bool
	next  uint64 // block at which something is due, by the last look
	first chain.Head
	pace  time.Duration // time between blocks, as seen
}

// survey reads what voting depends on. The epoch clock, which moves with every
// block, is read each time; the rest only when something is due, when a vote is
// under way or when an epoch has begun, since public nodes count requests.
func (v *Validator) survey(ctx context.Context, head chain.Head) error {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.ChainTimeout)
	defer cancel()
	w := &v.view
	clock, err := v.chain.Epoch(ctx, head)
	if err != nil {
		return fmt.Errorf("read epoch: %w", err)
	}
	w.timed(head)
	pending := v.state.Pending()
	fresh := !w.stale && clock == w.clock && len(pending) == 0 && (w.next == 0 || head.Number < w.next)
	w.clock = clock
	if fresh {
		return nil
	}
	w.stale = true // until everything has been read
	if w.rules, err = v.booth.Hyperparams(ctx); err != nil {
		return fmt.Errorf("read hyperparameters: %w", err)
	}
	if self, ok := v.self(); ok {
		if w.uids, w.values, w.updated, err = v.booth.WeightsRow(ctx, self.UID); err != nil {
			return fmt.Errorf("read weights: %w", err)
		}
	}
	if w.commits = nil; len(pending) > 0 {
		if w.commits, err = v.booth.Commits(ctx, v.signer.Hotkey()); err != nil {
			return fmt.Errorf("read commits: %w", err)
		}
	}
	w.stale = false
	return nil
}

// timed learns how long blocks take.
func (w *view) timed(head chain.Head) {
	if w.first.Number == 0 || head.Number < w.first.Number {
		w.first = head
	}
	if n := head.Number - w.first.Number; n > 0 {
		w.pace = head.Time.Sub(w.first.Time) / time.Duration(n)
	}
}

// reconcile finds out from the chain what became of intents without news: after a
// crash, or a transaction whose fate was not known, the chain is what counts.
func (v *Validator) reconcile() error {
	w := &v.view
	if w.stale {
		return nil
	}
	for _, intent := range v.state.Pending() {
		_, digest, _ := v.state.Intent(intent.Epoch)
		hash := v.commitHash(intent, digest)
		held := slices.IndexFunc(w.commits, func(c chain.Commit) bool { return c.Hash == hash })
		known, committed := v.state.Committed(intent.Epoch)
		inPlace := slices.Equal(w.uids, intent.UIDs) && slices.Equal(w.values, intent.Weights)
		var err error
		switch {
		case !committed && held >= 0 && len(intent.Nonce) > 0:
			c := w.commits[held]
			err = v.committed(intent, evidence.Committed{Index: c.Epoch, Block: c.Block, Hash: hash})
		case !committed && inPlace && w.updated >= intent.Block:
			err = v.landed(intent, evidence.Landed{Block: w.updated})
		case committed && held < 0 && inPlace && w.clock.Index >= known.Index+w.rules.CommitRevealPeriod:
			// Nothing but a reveal takes a commit away whose window has come, before
			// another one is made. The chain does not say in which block it was.
			err = v.landed(intent, evidence.Landed{Block: v.status.Block})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// facts are what the clock reads, as of the last survey.
func (v *Validator) facts(head chain.Head) Facts {
	w := &v.view
	self, registered := v.self()
	f := Facts{
		Head: head.Number, Clock: w.clock, Tempo: uint64(w.rules.Tempo),
		CommitReveal: w.rules.CommitRevealEnabled, RevealPeriod: w.rules.CommitRevealPeriod, RateLimit: w.rules.WeightsRateLimit,
		Registered: registered, Permit: self.Permit, LastUpdate: w.updated,
		Lead: v.cfg.VoteLead, Decided: v.decided, BlockTime: w.pace,
	}
	for _, intent := range v.state.Pending() {
		p := Pending{Epoch: intent.Epoch}
		if c, ok := v.state.Committed(intent.Epoch); ok {
			p.Committed, p.Index = true, c.Index
		}
		f.Pending = append(f.Pending, p)
	}
	return f
}

// self is the validator's own row of the newest metagraph it has seen, in this run
// or on the record.
func (v *Validator) self() (evidence.Neuron, bool) {
	if v.own != nil {
		return *v.own, v.own.Hotkey == v.signer.Hotkey()
	}
	neurons := v.state.LastOpened().Neurons
	i := slices.IndexFunc(neurons, func(n evidence.Neuron) bool { return n.Hotkey == v.signer.Hotkey() })
	if i < 0 {
		return evidence.Neuron{}, false
	}
	return neurons[i], true
}

// recognise keeps the own row of a metagraph.
func (v *Validator) recognise(graph *chain.Metagraph) {
	row, _ := graph.ByHotkey(v.signer.Hotkey())
	own := &evidence.Neuron{UID: row.UID, Hotkey: row.Hotkey, Permit: row.ValidatorPermit}
	if before, _ := v.self(); before.UID != own.UID || before.Hotkey != own.Hotkey || before.Permit != own.Permit {
		v.view.stale = true
	}
	v.own = own
}

// show tells what the clock says.
func (v *Validator) show(a Agenda) {
	_, registered := v.self()
	switch {
	case v.own == nil && !registered:
		a.Why = "the subnet has not been looked at yet"
	case v.empty && len(a.Now) > 0 && a.Now[len(a.Now)-1].New:
		a.Why = "no miner has earned anything yet, so there is nothing to vote for"
	}
	v.view.next = a.Next
	v.metrics.due(a.Next)
	v.note(func(s *Status) { s.NextVoteBlock, s.Voting = a.Next, a.Why })
}
