package validator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Booth is what voting reads of a hotkey on the chain.
type Booth interface {
	// UID is the number of a hotkey on the subnet; ok is false when it has none.
	UID(ctx context.Context, hotkey protocol.Hotkey) (uid uint16, ok bool, err error)
	// WeightsRow is the row that the chain holds of a uid, and the block of that
	// uid's last update.
	WeightsRow(ctx context.Context, uid uint16) (uids, values []uint16, lastUpdate uint64, err error)
	// Commits are those that the chain holds of a hotkey, the oldest first.
	Commits(ctx context.Context, hotkey protocol.Hotkey) ([]chain.Commit, error)
}

// Rules are what the subnet's owner may change.
type Rules interface {
	Hyperparams(ctx context.Context) (chain.Hyperparams, error)
}

// openHeads is at how many heads on end commit-reveal has to be seen off before a
// vote is decided, or sent, in the open: what one wrong answer has shown is shown.
const openHeads = 3

// view is what was last seen of the chain with voting in mind.
type view struct {
	clock      chain.EpochClock
	rules      chain.Hyperparams
	open       int // heads on end at which commit-reveal was off, up to openHeads
	registered bool
	uids       []uint16 // the own row
	values     []uint16
	updated    uint64 // its last update
	commits    []chain.Commit
	// stale says that the rest must be read anew. The clock is read at each head.
	stale bool
	next  uint64 // block at which something is due, by the last look
	first chain.Head
	pace  time.Duration // time between blocks, as seen
}

// survey reads what voting depends on. The epoch clock, which moves with every
// block, is read each time; the rest only when something is due, when a vote is
// under way or when an epoch has begun, since public nodes count requests.
func (v *Validator) survey(ctx context.Context, head chain.Head, clock chain.EpochClock) (err error) {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.ChainTimeout)
	defer cancel()
	w := &v.view
	w.timed(head)
	pending := v.state.Pending()
	sure := w.open == 0 || w.open == openHeads
	fresh := !w.stale && sure && clock == w.clock && len(pending) == 0 && (w.next == 0 || head.Number < w.next)
	w.clock = clock
	if fresh {
		return nil
	}
	w.stale = true // until everything has been read
	if w.rules, err = v.rules.Hyperparams(ctx); err != nil {
		return fmt.Errorf("read hyperparameters: %w", err)
	}
	if w.open = min(w.open+1, openHeads); w.rules.CommitRevealEnabled {
		w.open = 0
	}
	for _, intent := range pending {
		v.longest[intent.Epoch] = max(v.longest[intent.Epoch], w.rules.CommitRevealPeriod)
	}
	// The metagraph is read once a round; the uid may be another's by now.
	var uid uint16
	if uid, w.registered, err = v.booth.UID(ctx, v.signer.Hotkey()); err != nil {
		return fmt.Errorf("read uid: %w", err)
	}
	if w.uids, w.values, w.updated = nil, nil, 0; w.registered {
		if w.uids, w.values, w.updated, err = v.booth.WeightsRow(ctx, uid); err != nil {
			return fmt.Errorf("read weights: %w", err)
		}
	}
	if w.commits, err = v.booth.Commits(ctx, v.signer.Hotkey()); err != nil {
		return fmt.Errorf("read commits: %w", err)
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
func (v *Validator) reconcile(head chain.Head) error {
	w := &v.view
	for _, intent := range v.state.Pending() {
		known, committed := v.state.Committed(intent.Epoch)
		hash := v.hashOf(intent)
		news, found := v.found(intent, hash, head)
		var err error
		switch {
		case !committed && found && news.Index > w.clock.Index+1:
			err = fmt.Errorf("read commits: that of the vote of epoch %d is of epoch %d, now it is %d", intent.Epoch, news.Index, w.clock.Index)
		case !committed && found:
			err = v.committed(intent, news)
		case !committed && inTheOpen(intent) && w.holds(intent) && w.updated >= intent.Block:
			err = v.landed(intent, evidence.Landed{Block: w.updated})
		case committed && !w.lists(hash) && w.holds(intent) && w.clock.Index >= later(known.Index, w.rules.CommitRevealPeriod):
			// Nothing but a reveal takes a commit away whose window has come, before
			// another one is made. The chain does not say in which block it was.
			err = v.landed(intent, evidence.Landed{Block: head.Number})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// found looks for the commit of an intent: among those that the chain lists, or from
// a landing that the list, which another node may give, does not have yet. The epoch
// of the landing is told once the clock has been read at it or after it.
func (v *Validator) found(intent evidence.Intent, hash item.Hash, head chain.Head) (evidence.Committed, bool) {
	landing, landed := v.sealed[intent.Epoch]
	news := evidence.Committed{Hash: hash, Block: landing.Block, Tx: landing.TxHash}
	w := &v.view
	if i := slices.IndexFunc(w.commits, func(c chain.Commit) bool { return c.Hash == hash }); i >= 0 {
		news.Index = w.commits[i].Epoch
		if !landed {
			news.Block = w.commits[i].Block
		}
		return news, !inTheOpen(intent)
	}
	news.Index = w.clock.Index
	if landing.Block < w.clock.Last && news.Index > 0 {
		news.Index-- // an epoch has begun since
	}
	return news, landed && head.Number >= landing.Block
}

// lists reports whether the chain holds a commit.
func (w *view) lists(hash item.Hash) bool {
	return slices.ContainsFunc(w.commits, func(c chain.Commit) bool { return c.Hash == hash })
}

// holds reports whether the own row is an intent's vote.
func (w *view) holds(intent evidence.Intent) bool {
	return chain.Weights{UIDs: intent.UIDs, Values: intent.Weights}.StoredAs(w.uids, w.values)
}

// inTheOpen reports how an intent's vote is sent: without a nonce it has nothing to
// hide, and with one it is never shown before its reveal.
func inTheOpen(intent evidence.Intent) bool { return len(intent.Nonce) == 0 }

// facts are what the clock reads, as of the last survey.
func (v *Validator) facts(head chain.Head) Facts {
	w := &v.view
	self, _ := v.self()
	f := Facts{
		Head: head.Number, Clock: w.clock, Tempo: uint64(w.rules.Tempo),
		CommitReveal: w.rules.CommitRevealEnabled, RevealPeriod: w.rules.CommitRevealPeriod, RateLimit: w.rules.WeightsRateLimit,
		Unproven: w.open < openHeads, Registered: w.registered, Permit: self.Permit, LastUpdate: w.updated,
		Lead: v.cfg.VoteLead, Decided: v.decided, BlockTime: w.pace,
	}
	for _, intent := range v.state.Pending() {
		p := Pending{Epoch: intent.Epoch, Open: inTheOpen(intent), Longest: v.longest[intent.Epoch]}
		if c, ok := v.state.Committed(intent.Epoch); ok {
			p.Committed, p.Index = true, c.Index
		}
		_, p.Sent = v.sealed[intent.Epoch]
		f.Pending = append(f.Pending, p)
	}
	for _, c := range w.commits {
		f.Held = append(f.Held, c.Epoch)
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
