package validator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"sync"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// Chain is what a validator reads of the chain, at finalised blocks.
type Chain interface {
	// NextHead waits for a finalised head after a block number.
	NextHead(ctx context.Context, after uint64) (chain.Head, error)
	Metagraph(ctx context.Context, at chain.Head) (*chain.Metagraph, error)
	Epoch(ctx context.Context, at chain.Head) (chain.EpochClock, error)
}

// Journal is the validator's record. Append returns once the entry is durable; a
// failed one is final, and the record must be opened anew.
type Journal interface {
	Append(evidence.Body) (evidence.Entry, error)
	Head() evidence.Head
	Entries(from uint64) iter.Seq2[evidence.Entry, error]
}

// Deps are what a validator works with. Metrics and Random may be nil.
type Deps struct {
	Signer  protocol.Signer
	Journal Journal
	Chain   Chain
	Ledger  Ledger
	Booth   Booth
	Rules   Rules
	Asker   Asker
	Fetcher Fetcher
	Log     *slog.Logger
	Metrics *Metrics
	// Random gives the nonces of votes; nil is crypto/rand.
	Random io.Reader
	// Leave is for the lab alone, which shows by it what each check of an answer keeps
	// out. No setting leads here, and a record made so does not replay.
	Leave protocol.Leave
}

// Validator runs the rounds of one hotkey on one subnet.
type Validator struct {
	cfg     Config
	signer  protocol.Signer
	journal Journal
	chain   Chain
	ledger  Ledger
	booth   Booth
	rules   Rules
	random  io.Reader
	asker   Asker
	fetcher Fetcher
	leave   protocol.Leave
	log     *slog.Logger
	metrics *Metrics
	secrets *secrets
	labour  *Labour

	// What Run alone uses.
	parameters []byte            // in force
	programs   map[string][]byte // in force, by name
	decided    *uint64           // the newest epoch with an intent
	gate       gate
	sealed     map[uint64]chain.Landing // of commits that the booth has not shown yet, by epoch
	longest    map[uint64]uint64        // the longest reveal period seen of a pending intent, by epoch
	refusals   map[uint64]string        // the chain's last answer to a pending intent, by epoch
	refusal    string                   // the last of them since a vote landed
	waitKind   error                    // what kind of waiting Status.Waiting is, nil for most
	trouble    string                   // why the last vote or look at the chain failed
	empty      bool                     // the last vote had nobody to vote for
	own        *evidence.Neuron         // the own row of the newest metagraph; nil before the first
	view       view
	vigil      vigil
	drought    drought

	mu      sync.RWMutex // guards what follows; Run alone writes it
	state   *scoring.State
	horizon Horizon
	scores  []scoring.Score
	status  Status
}

// Open recovers a validator from its record: it folds every entry, marks a new
// start, and records the parameters and programs where they changed. Run then goes
// on where the record ends.
func Open(cfg Config, d Deps) (*Validator, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open validator: %w", err)
	}
	v := &Validator{
		cfg: cfg, signer: d.Signer, journal: d.Journal, chain: d.Chain, ledger: d.Ledger, asker: d.Asker,
		booth: d.Booth, rules: d.Rules, random: d.Random, fetcher: d.Fetcher, leave: d.Leave, log: d.Log, metrics: d.Metrics,
		programs: map[string][]byte{}, refusals: map[uint64]string{}, sealed: map[uint64]chain.Landing{}, longest: map[uint64]uint64{}, state: scoring.New(), view: view{stale: true},
	}
	if v.random == nil {
		v.random = rand.Reader
	}
	if err := v.recover(); err != nil {
		return nil, fmt.Errorf("open validator: %w", err)
	}
	return v, nil
}

// Run follows the chain until ctx ends, and then finishes the duty in hand and
// returns nil. While the chain is away it waits. An error means that the record
// could not be written or no longer follows: the validator must be opened anew.
func (v *Validator) Run(ctx context.Context) error {
	var after uint64
	pause := newPause()
	for ctx.Err() == nil {
		head, err := v.next(ctx, after)
		if err == nil && head.Number == after && after != 0 {
			continue // the chain stands still
		}
		if err == nil {
			after = head.Number
			err = v.meet(context.WithoutCancel(ctx), head)
		}
		var dead *finalError
		switch {
		case err == nil:
			v.waiting(nil)
			pause = newPause()
		case errors.As(err, &dead):
			return dead
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errNoPermit): // the next head may bring one
			v.waiting(err)
		default:
			v.waiting(err)
			pause.wait(ctx)
		}
	}
	return nil
}

// meet does what is due at a head. The vote comes first: a round may outlast the
// blocks that are left before the epoch. A chain that takes no vote does not stop
// the rounds.
func (v *Validator) meet(ctx context.Context, head chain.Head) error {
	v.trouble = ""
	clock, err := v.place(ctx, head)
	if err != nil {
		v.trouble = err.Error()
		v.metrics.failed()
		return err
	}
	v.note(func(s *Status) { s.Block = head.Number })
	voted := v.vote(ctx, head, clock)
	if voted != nil {
		v.trouble = voted.Error()
	}
	var dead *finalError
	if errors.As(voted, &dead) || RoundOf(head.Number, v.cfg.RoundBlocks) <= v.state.LastRound() {
		return voted
	}
	err = v.runRound(ctx, head)
	if err != nil {
		v.metrics.failed()
	}
	return errors.Join(voted, err)
}

// commit appends an entry and folds it, the only way in which the state moves. What
// the state does not admit is not written: it may follow from a wrong answer of the
// chain, and the next one may be right.
func (v *Validator) commit(body evidence.Body) error {
	if err := v.state.Admits(body); err != nil {
		return fmt.Errorf("record %s: %w", body.Kind(), err)
	}
	e, err := v.journal.Append(body)
	if err != nil {
		return final("record "+body.Kind().String(), err)
	}
	v.metrics.recorded(e)
	if err := v.fold(e); err != nil {
		return final("fold", err)
	}
	if body.Kind() == evidence.KindClosed {
		v.publish()
	}
	return nil
}

func (v *Validator) fold(e evidence.Entry) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.state.Fold(e); err != nil {
		return err
	}
	switch b := e.Body.(type) {
	case *evidence.Parameters:
		v.parameters = b.Source
	case *evidence.Program:
		if p, err := program.Decode(b.Source); err == nil {
			v.programs[p.Name] = b.Source
		}
	case *evidence.Intent:
		epoch := b.Epoch
		v.decided = &epoch
	}
	v.horizon.See(e)
	v.vigil.see(e.Body, v.permitIn)
	v.status.Head, v.status.Round, v.status.Published = e.Head(), v.state.LastRound(), v.horizon.Head()
	v.status.Closed, v.status.Unclosed = v.state.Closed(), v.state.Unclosed()
	return nil
}

// permitIn reports whether this validator held a permit in a round.
func (v *Validator) permitIn(o *evidence.Opened) bool {
	return slices.ContainsFunc(o.Neurons, func(n evidence.Neuron) bool { return n.Hotkey == v.signer.Hotkey() && n.Permit })
}
