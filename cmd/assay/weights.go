package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/config"
	"github.com/assaynet/assay/node"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/validator"
	"github.com/assaynet/assay/wallet"
)

// weights builds "assay weights": status and history.
func (a *app) weights() *cobra.Command {
	top := &cobra.Command{Use: "weights", Short: "Show how a validator's weights stand, and how they went."}
	group(top)
	a.weightsCommand(top, &cobra.Command{
		Use:   "status",
		Short: "Show when weights are next allowed and due, what is committed, and whether they are overdue.",
		Example: "  assay weights status                       the validator of this machine, on its devnet\n" +
			"  assay weights status --subtensor.network finney --netuid 13 --hotkey 0x<64 hex digits> --json",
	}, func(ctx context.Context, s session, cfg *config.Weights) error { return a.jobs.weights(ctx, s, cfg) })
	a.weightsCommand(top, &cobra.Command{
		Use:     "history",
		Short:   "List a validator's votes from its record, one line an epoch.",
		Example: "  assay weights history --dir ./net/validator-1",
	}, func(ctx context.Context, s session, cfg *config.Weights) error { return a.jobs.history(ctx, s, cfg) })
	return top
}

func (a *app) weightsCommand(top, cmd *cobra.Command, job func(context.Context, session, *config.Weights) error) {
	cfg := config.DefaultWeights()
	top.AddCommand(cmd)
	a.asks(cmd, cfg, func(ctx context.Context, se session) error { return job(ctx, se, cfg) })
}

// weightsTime bounds the reads of the chain.
const weightsTime = time.Minute

// weightsStatus is what the chain and the record say of a validator's weights.
// Block numbers of later epochs are estimates.
type weightsStatus struct {
	Netuid       uint16          `json:"netuid"`
	Hotkey       protocol.Hotkey `json:"hotkey"`
	Registered   bool            `json:"registered"`
	UID          uint16          `json:"uid"`
	Permit       bool            `json:"validator_permit"`
	Block        uint64          `json:"block"`
	Epoch        uint64          `json:"epoch"`
	NextEpoch    uint64          `json:"next_epoch_block"`
	CommitReveal bool            `json:"commit_reveal"`
	RevealPeriod uint64          `json:"reveal_period_epochs"`
	RateLimit    uint64          `json:"rate_limit_blocks"`
	LastUpdate   uint64          `json:"last_update_block"`
	Allowed      uint64          `json:"next_allowed_block"`
	Due          uint64          `json:"next_due_block"`
	Why          string          `json:"next"`
	LastVote     uint64          `json:"last_vote_block"` // 0: not known, or none
	Overdue      uint64          `json:"overdue_blocks"`
	Inactive     uint64          `json:"inactive_from_block"`
	Commits      []openCommit    `json:"open_commits"`
	Record       bool            `json:"record"` // there is one in the folder
	Pending      []pendingVote   `json:"pending"`
	rules        chain.Hyperparams
}

// openCommit is a commit that the chain holds.
type openCommit struct {
	Hash    string `json:"hash"`
	Epoch   uint64 `json:"epoch"` // index in which it was made
	Block   uint64 `json:"block"`
	Reveal  uint64 `json:"reveal_epoch"`
	From    uint64 `json:"reveal_from_block"`
	To      uint64 `json:"reveal_to_block"`
	Expired bool   `json:"expired"`
}

// pendingVote is an intent of the record without news.
type pendingVote struct {
	Epoch     uint64 `json:"epoch"`
	Block     uint64 `json:"block"`
	Miners    int    `json:"miners"`
	Committed uint64 `json:"committed_block"` // 0: not yet
}

func showWeights(ctx context.Context, s session, cfg *config.Weights) error {
	ctx, cancel := context.WithTimeout(ctx, weightsTime)
	defer cancel()
	votes, have, err := historyIn(cfg.Data.Dir)
	if err != nil {
		return err
	}
	hotkey, err := whose(cfg, votes, have)
	if err != nil {
		return err
	}
	if have && hotkey != votes.Validator {
		votes, have = validator.History{}, false // another's record says nothing here
	}
	client, err := node.OpenReader(ctx, cfg.Chain, s.Log)
	if err != nil {
		return hintDevnet(err, cfg.Chain)
	}
	defer client.Close()
	status, err := readWeights(ctx, client, cfg, hotkey, votes)
	if err != nil {
		return err
	}
	status.Record = have
	if cfg.JSON {
		return printJSON(s.Out, status)
	}
	return status.write(s.Out)
}

// historyIn reads the votes of the record in a folder, if there is one. A validator
// may be writing it meanwhile.
func historyIn(dir string) (validator.History, bool, error) {
	if !holds(dir, recordDatabase) {
		return validator.History{}, false, nil
	}
	record, err := openRecord(dir)
	if err != nil {
		return validator.History{}, false, err
	}
	defer record.Close()
	votes, err := validator.ReadHistory(record.Entries(1))
	return votes, err == nil && !votes.Validator.IsZero(), err
}

// whose is the hotkey to look at.
func whose(cfg *config.Weights, votes validator.History, have bool) (protocol.Hotkey, error) {
	switch {
	case cfg.Hotkey != "":
		h, err := protocol.ParseAccount(cfg.Hotkey)
		if err != nil {
			return h, usageError{fmt.Errorf("--hotkey: %w", err)}
		}
		return h, nil
	case have:
		return votes.Validator, nil
	}
	info, err := wallet.Inspect(cfg.Data.KeyPath(), wallet.Options{})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return protocol.Hotkey{}, usageError{fmt.Errorf("--hotkey must be given: %s holds no record, and %w", cfg.Data.Dir, err)}
	case err == nil && info.Hotkey.IsZero():
		err = usageError{fmt.Errorf("--hotkey must be given: %s does not name its account without the passphrase", info.Path)}
	}
	return info.Hotkey, err
}

// readWeights asks the chain and reads the clock. The rules and the commits are those
// of a head that may be some blocks newer than that of the rest.
func readWeights(ctx context.Context, c *chain.Client, cfg *config.Weights, hotkey protocol.Hotkey, votes validator.History) (*weightsStatus, error) {
	head, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	clock, err := c.Epoch(ctx, head)
	if err != nil {
		return nil, err
	}
	graph, err := c.Metagraph(ctx, head)
	if err != nil {
		return nil, err
	}
	st := &weightsStatus{Netuid: cfg.Chain.Netuid, Hotkey: hotkey, Block: head.Number, Epoch: clock.Index, NextEpoch: clock.Next, Commits: []openCommit{}, Pending: []pendingVote{}}
	if st.rules, err = c.Hyperparams(ctx); err != nil {
		return nil, err
	}
	st.CommitReveal, st.RevealPeriod, st.RateLimit = st.rules.CommitRevealEnabled, st.rules.CommitRevealPeriod, st.rules.WeightsRateLimit
	if row, ok := graph.ByHotkey(hotkey); ok {
		st.Registered, st.UID, st.Permit, st.LastUpdate = true, row.UID, row.ValidatorPermit, row.LastUpdate
	}
	commits, err := c.Commits(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	for _, o := range commits {
		st.Commits = append(st.Commits, openCommitOf(o, st.RevealPeriod, uint64(st.rules.Tempo), clock))
	}
	st.consult(clock, votes, blockTime(cfg.Chain.Network))
	return st, nil
}

// blockTime is the time between blocks of the networks that have a name; of any
// other chain it is not known.
func blockTime(network string) time.Duration {
	switch network {
	case "finney", "test", "archive":
		return 12 * time.Second
	}
	return 0
}

// consult reads the clock with what the record adds, and the watchdog.
func (st *weightsStatus) consult(clock chain.EpochClock, votes validator.History, pace time.Duration) {
	f := validator.Facts{
		Head: st.Block, Clock: clock, Tempo: uint64(st.rules.Tempo), CommitReveal: st.CommitReveal, RevealPeriod: st.RevealPeriod,
		RateLimit: st.RateLimit, Registered: st.Registered, Permit: st.Permit, LastUpdate: st.LastUpdate, Pending: votes.Pending(), BlockTime: pace,
	}
	for _, c := range st.Commits {
		f.Held = append(f.Held, c.Epoch)
	}
	if n := len(votes.Votes); n > 0 {
		f.Decided = &votes.Votes[n-1].Intent.Epoch
	}
	a := validator.Consult(f)
	st.Allowed, st.Due, st.Why = a.Allowed, a.Next, a.Why
	for _, l := range votes.Votes {
		if l.Landed != nil {
			continue
		}
		p := pendingVote{Epoch: l.Intent.Epoch, Block: l.Intent.Block, Miners: len(l.Intent.UIDs)}
		if l.Committed != nil {
			p.Committed = l.Committed.Block
		}
		st.Pending = append(st.Pending, p)
	}
	st.LastVote = votes.LastSuccess()
	if st.Permit {
		since, proven := st.LastVote, st.LastVote > 0
		if !proven {
			since = st.LastUpdate // registration, or the last commit: the best that the chain has
		}
		w := validator.WatchOf(st.rules, since, proven, st.LastUpdate)
		st.Overdue, st.Inactive = w.Overdue(st.Block), w.Inactive()
	}
}

func openCommitOf(c chain.Commit, period, tempo uint64, clock chain.EpochClock) openCommit {
	o := openCommit{Hash: c.Hash.String(), Epoch: c.Epoch, Block: c.Block, Reveal: c.Epoch + period}
	o.Expired = clock.Index > o.Reveal
	switch {
	case o.Expired:
	case clock.Index == o.Reveal:
		o.From, o.To = clock.Last, clock.Next-min(1, clock.Next)
	case clock.Next > 0:
		o.From = clock.Next + (o.Reveal-clock.Index-1)*tempo
		o.To = o.From + tempo - 1
	}
	return o
}
