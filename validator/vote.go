package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
)

// Ledger is where votes go.
type Ledger interface {
	// SetWeights casts a vote and returns once it is in a finalised block.
	SetWeights(ctx context.Context, w chain.Weights) (chain.Landing, error)
	// WeightsRow is the row that the chain holds of a uid, and the block in which it
	// was last set.
	WeightsRow(ctx context.Context, uid uint16) (uids, values []uint16, lastUpdate uint64, err error)
}

// faultExpired is the fault of an intent whose epoch ran before it landed.
const faultExpired = "expired"

// leadOf is how many blocks before an epoch the vote is cast. The default grows
// with the tempo, since rounds, which a vote waits for, are longer there.
func leadOf(setting uint64, clock chain.EpochClock) uint64 {
	var tempo uint64
	if clock.Next > clock.Last {
		tempo = clock.Next - clock.Last
	}
	lead := setting
	if lead == 0 {
		lead = max(3, tempo/20)
	}
	return max(1, min(lead, tempo/2))
}

// vote settles what is not known of earlier votes, and casts the vote of this
// epoch when it is due. A vote is decided once: Intent is durable before the chain
// hears of it, and afterwards only that same row is ever sent for its epoch.
func (v *Validator) vote(ctx context.Context, head chain.Head) error {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.ChainTimeout)
	defer cancel()
	clock, err := v.chain.Epoch(ctx, head)
	if err != nil {
		return fmt.Errorf("read epoch: %w", err)
	}
	due := clock.Next - min(clock.Next, leadOf(v.cfg.VoteLead, clock))
	v.note(func(s *Status) { s.NextVoteBlock = due })
	v.metrics.due(due)
	for _, intent := range v.state.Pending() {
		if err := v.reconcile(ctx, clock, intent); err != nil {
			return err
		}
	}
	if clock.Next == 0 || head.Number < due || !v.mayVote(clock.Index) {
		return nil
	}
	uids, weights := v.state.Vote()
	if len(uids) == 0 {
		return nil // nobody has earned anything yet
	}
	intent := evidence.Intent{Epoch: clock.Index, Block: head.Number, UIDs: uids, Weights: weights, Version: v.cfg.WeightsVersion}
	if err := v.commit(&intent); err != nil {
		return err
	}
	v.metrics.voted("intended")
	return v.send(ctx, intent)
}

// mayVote reports whether this validator held a permit in the last round and has
// not decided on this epoch or a later one.
func (v *Validator) mayVote(epoch uint64) bool {
	if v.decided != nil && *v.decided >= epoch {
		return false
	}
	self, ok := v.self()
	return ok && self.Permit
}

// self is the validator's own row of the last round's metagraph.
func (v *Validator) self() (evidence.Neuron, bool) {
	neurons := v.state.LastOpened().Neurons
	i := slices.IndexFunc(neurons, func(n evidence.Neuron) bool { return n.Hotkey == v.signer.Hotkey() })
	if i < 0 {
		return evidence.Neuron{}, false
	}
	return neurons[i], true
}

// reconcile finds out what became of an intent: the chain holds its row, or it is
// sent once more while its epoch lasts, or it has expired.
func (v *Validator) reconcile(ctx context.Context, clock chain.EpochClock, intent evidence.Intent) error {
	if self, ok := v.self(); ok {
		uids, values, block, err := v.ledger.WeightsRow(ctx, self.UID)
		if err != nil {
			return fmt.Errorf("read weights: %w", err)
		}
		if block >= intent.Block && slices.Equal(uids, intent.UIDs) && slices.Equal(values, intent.Weights) {
			return v.landed(intent, evidence.Landed{Block: block})
		}
	}
	if clock.Index == intent.Epoch {
		return v.send(ctx, intent)
	}
	fault := faultExpired
	if v.refusal != "" {
		fault = v.refusal
	}
	v.metrics.voted("expired")
	v.log.Warn("vote did not land", "epoch", intent.Epoch, "fault", fault)
	return v.landed(intent, evidence.Landed{Fault: fault})
}

// send offers an intent to the chain. A refusal is no error: the intent stays, and
// the same row is offered again at later heads of its epoch.
func (v *Validator) send(ctx context.Context, intent evidence.Intent) error {
	landing, err := v.ledger.SetWeights(ctx, chain.Weights{UIDs: intent.UIDs, Values: intent.Weights, VersionKey: intent.Version})
	if err == nil {
		return v.landed(intent, evidence.Landed{Block: landing.Block, Tx: landing.TxHash})
	}
	var refused *chain.Error
	switch {
	case chain.IsTooSoon(err):
		v.metrics.voted("too_soon")
		v.refusal = chain.ErrNameTooFast
		return nil
	case errors.As(err, &refused):
		v.metrics.voted("refused")
		if v.refusal != refused.Name {
			v.log.Warn("vote refused", "epoch", intent.Epoch, "name", refused.Name)
		}
		v.refusal = refused.Name
		return nil
	}
	v.metrics.voted("failed")
	return fmt.Errorf("send vote: %w", err)
}

// landed records what became of an intent.
func (v *Validator) landed(intent evidence.Intent, news evidence.Landed) error {
	_, digest, _ := v.state.Intent(intent.Epoch)
	news.Epoch, news.Intent = intent.Epoch, digest
	if err := v.commit(&news); err != nil {
		return err
	}
	v.refusal = ""
	if news.Fault == "" {
		v.metrics.voted("landed")
		v.metrics.success()
		v.note(func(s *Status) { s.LastVoteBlock, s.LastVoteEpoch = news.Block, news.Epoch })
		v.log.Info("vote landed", "epoch", news.Epoch, "block", news.Block, "miners", len(intent.UIDs))
	}
	return nil
}
