package validator

import (
	"errors"
	"fmt"
	"slices"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// audit recomputes, entry by entry, what a record claims. It holds the state that
// follows from the entries so far, and what is known of the round now open.
type audit struct {
	state  *scoring.State
	secret item.Hash // the last one known: the tip, or what the last closed round revealed
	index  uint64    // of secret
	open   *openRound

	tips                 []item.Hash
	rounds, votes, calls int
}

// openRound is what a record says of a round before it is closed.
type openRound struct {
	head      protocol.Anchor
	opened    *evidence.Opened
	tasks     []*evidence.Tasks
	tip       item.Hash
	exchanges []*evidence.Exchange
	reference *evidence.Reference
	drawn     [][]evidence.DrawnPart // by exchange
}

// check audits an entry and folds it.
func (a *audit) check(e evidence.Entry) error {
	var err error
	switch b := e.Body.(type) {
	case *evidence.Started:
		err = a.started(b)
	case *evidence.Opened:
		started, _ := a.state.Started()
		a.open = &openRound{head: e.Head().Anchor(), opened: b, tip: started.Tip}
		a.rounds++
	case *evidence.Tasks:
		if a.open != nil {
			a.open.tasks, a.open.head = append(a.open.tasks, b), e.Head().Anchor()
		}
	case *evidence.Parameters:
		// Whoever wrote it runs rules that no validator runs; what else is wrong with
		// them is the fold's to refuse.
		if p, bad := scoring.DecodeParameters(b.Source); bad == nil && len(p.Without) > 0 {
			err = scoring.ErrWithout
		}
	case *evidence.Exchange:
		err = a.exchange(b)
	case *evidence.Reference:
		if a.open != nil {
			a.open.reference = b
		}
	case *evidence.Closed:
		err = a.closed(b)
	case *evidence.Intent:
		a.votes++
	case *evidence.Committed:
		err = a.committed(b)
	}
	if err != nil {
		return err
	}
	// What is left, such as the order of entries and that a vote is what the record
	// gives, is the fold's own to refuse.
	return a.state.Fold(e)
}

// committed checks that the chain was given the hash of the vote that stands on the
// record. An intent that is not there is the fold's to refuse.
func (a *audit) committed(b *evidence.Committed) error {
	intent, digest, ok := a.state.Intent(b.Epoch)
	started, _ := a.state.Started()
	w := chain.Weights{UIDs: intent.UIDs, Values: intent.Weights, VersionKey: intent.Version}
	if ok && b.Hash != chain.CommitHash(started.Validator, started.Netuid, w, intent.Salt(digest)) {
		return fmt.Errorf("the commit is not that of the vote for epoch %d", b.Epoch)
	}
	return nil
}

// started begins a run. It goes on with the secrets of the last one, or announces
// new ones; those of an earlier chain may have been revealed since.
func (a *audit) started(b *evidence.Started) error {
	a.open = nil
	if before, ok := a.state.Started(); ok && before.Tip == b.Tip {
		return nil
	}
	if slices.Contains(a.tips, b.Tip) {
		return errors.New("goes back to round secrets of an earlier run")
	}
	a.secret, a.index = b.Tip, 0
	a.tips = append(a.tips, b.Tip)
	return nil
}

// exchange checks every call as far as it can be without the round's secret: both
// signatures, and that the outcome is what the bytes give.
func (a *audit) exchange(x *evidence.Exchange) error {
	if a.open == nil {
		return errors.New("stands outside of a round")
	}
	var drawn []evidence.DrawnPart
	var before *evidence.Call
	for i := range x.Calls {
		v, err := a.call(x.Miner, &x.Calls[i], before)
		if err != nil {
			return fmt.Errorf("call %d to %s: %w", i, x.Miner.Short(), err)
		}
		drawn = append(drawn, v.drawn...)
		before = &x.Calls[i]
		a.calls++
	}
	a.open.exchanges = append(a.open.exchanges, x)
	a.open.drawn = append(a.open.drawn, drawn)
	return nil
}

func (a *audit) call(miner protocol.Hotkey, c, before *evidence.Call) (verdict, error) {
	started, _ := a.state.Started()
	envelope, err := protocol.OpenRequest(c.Request, miner)
	if err != nil {
		return verdict{}, err
	}
	if envelope.From != started.Validator || envelope.Round != a.open.opened.Round {
		return verdict{}, fmt.Errorf("the request is of %s in round %d", envelope.From.Short(), envelope.Round)
	}
	if err := envelope.CheckSignature(); err != nil {
		return verdict{}, err
	}
	request, err := protocol.DecodeBody(envelope)
	if err != nil {
		return verdict{}, err
	}
	if before != nil && (verdict{outcome: before.Outcome}).cuts() {
		if len(c.Answer) > 0 || c.Outcome != before.Outcome || c.Reason != before.Reason {
			return verdict{}, fmt.Errorf("has outcome %s although the conversation had ended %s", c.Outcome, before.Outcome)
		}
		return verdict{}, nil
	}
	if len(c.Answer) == 0 {
		if !witnessed(c.Outcome, c.Reason) {
			return verdict{}, fmt.Errorf("has outcome %s (%s) without an answer", c.Outcome, c.Reason)
		}
		return verdict{}, nil
	}
	asked := protocol.Asked{From: envelope.From, To: miner, Kind: envelope.Kind, Round: envelope.Round, Digest: envelope.Digest()}
	v := judge(started.Netuid, asked, request, c.Answer, rootsOf(a.state, miner), nil)
	if v.outcome != c.Outcome || v.reason != c.Reason {
		return verdict{}, fmt.Errorf("has outcome %s (%s), the answer gives %s (%s)", c.Outcome, c.Reason, v.outcome, v.reason)
	}
	return v, nil
}

// closed checks a whole round against the plan that its secret and block give.
func (a *audit) closed(b *evidence.Closed) error {
	r := a.open
	if r == nil || r.opened.Round != b.Round || r.reference == nil {
		return errors.New("ends no round")
	}
	a.open = nil
	if r.opened.Secret <= a.index || descend(b.Secret, r.opened.Secret-a.index) != a.secret {
		return fmt.Errorf("the secret is not number %d of the announced chain", r.opened.Secret)
	}
	a.secret, a.index = b.Secret, r.opened.Secret
	plan := MakePlan(SeedOf(b.Secret, r.opened.BlockHash), a.state, r.opened, r.tasks)
	if len(r.exchanges) != len(plan.Miners) {
		return fmt.Errorf("%d miners were asked, the plan has %d", len(r.exchanges), len(plan.Miners))
	}
	started, _ := a.state.Started()
	t := terms{netuid: started.Netuid, self: started.Validator, tip: r.tip, head: r.head, opened: r.opened, asks: plan.Asks}
	for i, m := range plan.Miners {
		if err := (script{t, m}).compare(r.exchanges[i]); err != nil {
			return fmt.Errorf("exchange with %s: %w", m.Hotkey.Short(), err)
		}
	}
	return compareReference(r.reference, pagesOf(plan, r.drawn))
}

// entryHolds checks an entry's place in the hash chain, and gives it with its body
// as the hashed bytes have it.
func entryHolds(e evidence.Entry, after evidence.Head) (evidence.Entry, error) {
	if e.Seq != after.Seq+1 || e.Prev != after.Hash {
		return e, fmt.Errorf("entry %d does not follow entry %d", e.Seq, after.Seq)
	}
	if e.Body == nil || evidence.Digest(e.Seq, e.Prev, e.Body.Kind(), e.Bytes) != e.Hash {
		return e, errors.New("its hash is not that of its bytes")
	}
	body, err := evidence.Decode(e.Body.Kind(), slices.Clone(e.Bytes))
	e.Body = body
	return e, err
}
