package validator

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// Ledger is where votes go. Each call returns once a finalised block holds it.
type Ledger interface {
	// SetWeights casts a vote in the open.
	SetWeights(ctx context.Context, w chain.Weights) (chain.Landing, error)
	// CommitWeights puts the hash of a vote on the chain.
	CommitWeights(ctx context.Context, hash item.Hash) (chain.Landing, error)
	// RevealWeights opens a committed vote.
	RevealWeights(ctx context.Context, w chain.Weights, salt []uint16) (chain.Landing, error)
}

// faultExpired is the fault of an intent whose time was over before it landed, for
// no reason that the chain gave.
const faultExpired = "expired"

// refusedEarly is what the chain says to a reveal outside of its window, on either
// side.
const refusedEarly = "RevealTooEarly"

// vote settles what is not known of earlier votes, and does what the clock says is
// due. A vote is decided once: Intent is durable before the chain hears of it, and
// afterwards only that same row, in the open or behind its one hash, is ever sent
// for its epoch.
func (v *Validator) vote(ctx context.Context, head chain.Head, clock chain.EpochClock) error {
	err := v.survey(ctx, head, clock)
	if err == nil {
		err = v.reconcile(head)
	}
	var dead *finalError
	if err != nil {
		if !errors.As(err, &dead) {
			v.watch(head.Number)
		}
		return err
	}
	agenda := Consult(v.facts(head))
	v.show(agenda)
	var errs []error
	for _, act := range agenda.Now {
		err := v.act(ctx, head, act)
		if errors.As(err, &dead) {
			return err
		}
		errs = append(errs, err)
	}
	if len(agenda.Now) > 0 {
		v.show(Consult(v.facts(head)))
	}
	v.watch(head.Number)
	return errors.Join(errs...)
}

// act does one thing that is due. A refusal is no error: the intent stays, and the
// same is tried again at later heads while it is due.
func (v *Validator) act(ctx context.Context, head chain.Head, act Act) error {
	if act.New {
		if decided, err := v.decide(head, act); !decided || err != nil {
			return err
		}
	}
	intent, _, _ := v.state.Intent(act.Epoch)
	v.view.stale = true // whatever comes of it
	if act.Do == ActionExpire {
		return v.expire(intent)
	}
	// Whoever stops waiting before the ledger does makes a fate unknown.
	ctx, cancel := context.WithTimeout(ctx, chain.DefaultLandTimeout+v.cfg.ChainTimeout)
	defer cancel()
	landing, err := v.send(ctx, act.Do, intent)
	if landing.Block == 0 {
		return v.refused(act, err)
	}
	if err != nil { // the receipt is the proof; what is read back may have changed since
		v.log.Warn("vote could not be read back", "epoch", act.Epoch, "action", act.Do, "error", err)
	}
	if act.Do == ActionReveal {
		return v.landed(intent, evidence.Landed{Block: landing.Block, Tx: landing.TxHash})
	}
	v.view.updated = max(v.view.updated, landing.Block)
	if act.Do == ActionSet {
		return v.landed(intent, evidence.Landed{Block: landing.Block, Tx: landing.TxHash})
	}
	v.sealed[act.Epoch] = landing
	if v.view.commits, err = v.booth.Commits(ctx, v.signer.Hotkey()); err != nil {
		return fmt.Errorf("read commits: %w", err)
	}
	return v.reconcile(head)
}

// send puts an intent on the chain. The salt of a commit follows from the intent,
// which is durable, so whoever opens the record next can reveal it.
func (v *Validator) send(ctx context.Context, do Action, intent evidence.Intent) (chain.Landing, error) {
	w := weightsOf(intent)
	switch do {
	case ActionSet:
		return v.ledger.SetWeights(ctx, w)
	case ActionCommit:
		return v.ledger.CommitWeights(ctx, v.hashOf(intent))
	}
	_, digest, _ := v.state.Intent(intent.Epoch)
	return v.ledger.RevealWeights(ctx, w, intent.Salt(digest))
}

func weightsOf(intent evidence.Intent) chain.Weights {
	return chain.Weights{UIDs: intent.UIDs, Values: intent.Weights, VersionKey: intent.Version}
}

// hashOf is what the chain holds of an intent while it is hidden.
func (v *Validator) hashOf(intent evidence.Intent) item.Hash {
	_, digest, _ := v.state.Intent(intent.Epoch)
	return chain.CommitHash(v.signer.Hotkey(), v.cfg.Netuid, weightsOf(intent), intent.Salt(digest))
}

// decide makes the vote of an epoch durable, and with it the one way in which it is
// ever sent: what has a nonce is hidden, also when the subnet changes its rule
// before it is. There is no vote when nobody has earned anything yet.
func (v *Validator) decide(head chain.Head, act Act) (bool, error) {
	uids, weights := v.state.Vote()
	if v.empty = len(uids) == 0; v.empty {
		return false, nil
	}
	intent := evidence.Intent{Epoch: act.Epoch, Block: head.Number, UIDs: uids, Weights: weights, Version: v.cfg.WeightsVersion}
	if act.Do != ActionSet {
		intent.Nonce = make([]byte, evidence.NonceBytes)
		if _, err := io.ReadFull(v.random, intent.Nonce); err != nil {
			return false, fmt.Errorf("make the nonce of a vote: %w", err)
		}
	}
	if err := v.commit(&intent); err != nil {
		return false, err
	}
	v.metrics.voted("intended")
	return true, nil
}

// refused takes what the chain, or the way to it, said to an act.
func (v *Validator) refused(act Act, err error) error {
	var refused *chain.Error
	switch {
	case chain.IsTooSoon(err) && errors.As(err, &refused):
		v.metrics.voted("too_soon")
		v.refusals[act.Epoch] = refused.Name
		return nil
	case errors.As(err, &refused):
		v.metrics.voted("refused")
		if v.refusals[act.Epoch] != refused.Name {
			v.log.Warn("vote refused", "epoch", act.Epoch, "action", act.Do, "name", refused.Name)
		}
		v.refusals[act.Epoch], v.refusal = refused.Name, refused.Name
		return nil
	}
	v.metrics.voted("failed")
	if chain.IsUnfunded(err) && v.cfg.Unfunded != nil {
		err = v.cfg.Unfunded(err)
	}
	return fmt.Errorf("%s the vote of epoch %d: %w", act.Do, act.Epoch, err)
}

// committed records that the chain holds the hash of an intent.
func (v *Validator) committed(intent evidence.Intent, news evidence.Committed) error {
	_, digest, _ := v.state.Intent(intent.Epoch)
	news.Epoch, news.Intent = intent.Epoch, digest
	if err := v.commit(&news); err != nil {
		return err
	}
	delete(v.refusals, intent.Epoch)
	delete(v.sealed, intent.Epoch)
	v.metrics.voted("committed")
	v.log.Info("vote committed", "epoch", news.Epoch, "block", news.Block, "index", news.Index)
	return nil
}

// expire records that an intent will never count.
func (v *Validator) expire(intent evidence.Intent) error {
	fault := v.refusals[intent.Epoch]
	if fault == "" || fault == refusedEarly { // its window is over now, so it was late
		fault = faultExpired
	}
	v.metrics.voted("expired")
	v.log.Warn("vote did not land", "epoch", intent.Epoch, "fault", fault)
	return v.landed(intent, evidence.Landed{Fault: fault})
}

// landed records what became of an intent.
func (v *Validator) landed(intent evidence.Intent, news evidence.Landed) error {
	_, digest, _ := v.state.Intent(intent.Epoch)
	news.Epoch, news.Intent = intent.Epoch, digest
	if err := v.commit(&news); err != nil {
		return err
	}
	delete(v.refusals, intent.Epoch)
	delete(v.sealed, intent.Epoch)
	delete(v.longest, intent.Epoch)
	if news.Fault == "" {
		v.refusal = ""
		v.metrics.voted("landed")
		if !news.Tx.IsZero() {
			v.metrics.success()
		}
		v.note(func(s *Status) { s.LastVoteBlock, s.LastVoteEpoch = news.Block, news.Epoch })
		v.log.Info("vote landed", "epoch", news.Epoch, "block", news.Block, "miners", len(intent.UIDs))
	}
	return nil
}
