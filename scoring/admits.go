package scoring

import (
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/program"
)

// Admits reports why a body cannot stand after the entries so far, and changes
// nothing: whoever writes a record asks before the entry is durable, for what
// cannot be folded would spoil the record for ever. What a closed round settles is
// not looked into.
func (s *State) Admits(body evidence.Body) error {
	switch b := body.(type) {
	case *evidence.Started:
		return s.admitStarted(b)
	case *evidence.Parameters:
		p, err := DecodeParameters(b.Source)
		if err != nil {
			return err
		}
		if s.started != nil && s.started.Fold < 4 && len(p.Without) > 0 {
			return ErrWithout
		}
		if s.started != nil && s.started.Fold == 1 && (p.NoiseMiss > 0 || p.ChangeAlarm > 0 || p.WatchRate > 0) {
			return fmt.Errorf("noise_miss, change_alarm or watch_rate in a run of fold version 1, which does not have them")
		}
		if s.started != nil && !s.since(4) && p.Paired {
			return fmt.Errorf("paired in a run of fold version %d; it came with version 4", s.started.Fold)
		}
		return s.between()
	case *evidence.Program:
		p, err := program.Decode(b.Source)
		if err != nil {
			return err
		}
		if p.Judges() && (s.started == nil || !s.since(3)) {
			return fmt.Errorf("labelling program %q in a run of a fold version before 3, which has none", p.Name)
		}
		if err := s.sameProduct(p); err != nil {
			return err
		}
		return s.between()
	case *evidence.Opened:
		return s.admitOpened(b)
	case *evidence.Exchange:
		return s.admitExchange(b)
	case *evidence.Reference:
		if s.open == nil || s.open.opened.Round != b.Round || s.open.reference != nil {
			return fmt.Errorf("reference of round %d outside of it", b.Round)
		}
		return nil
	case *evidence.Tasks:
		return s.admitTasks(b)
	case *evidence.Truths:
		return s.admitTruths(b)
	case *evidence.Closed:
		return s.admitClosed(b)
	case *evidence.Intent:
		return s.admitIntent(b)
	case *evidence.Committed:
		return s.admitCommitted(b)
	case *evidence.Landed:
		return s.admitLanded(b)
	}
	return fmt.Errorf("unknown kind of entry")
}

// sameProduct refuses a change of a labelling program by which answers to the old one
// would be no answers to the new one.
func (s *State) sameProduct(p *program.Program) error {
	q := s.programNamed(p.Name)
	if q == nil || !q.Judges() && !p.Judges() {
		return nil
	}
	asked, now := q.Items, p.Items
	asked.MaxBytes, now.MaxBytes = 0, 0
	switch {
	case q.Judges() != p.Judges():
		return fmt.Errorf("program %q collects or labels, and cannot change from one to the other: give it another name", p.Name)
	case q.Task != p.Task, q.Licence != p.Licence, !q.Answers.Equal(p.Answers), asked != now:
		return fmt.Errorf("the task, licence, answers or items of program %q changed, which makes it another product: give it another name", p.Name)
	}
	return nil
}

func (s *State) admitStarted(b *evidence.Started) error {
	switch {
	case b.Fold < 1 || b.Fold > FoldVersion:
		return fmt.Errorf("made by fold version %d, this release has those up to %d", b.Fold, FoldVersion)
	case s.started != nil && b.Fold < s.started.Fold:
		return fmt.Errorf("fold version %d after version %d", b.Fold, s.started.Fold)
	case s.started != nil && (b.Validator != s.started.Validator || b.Netuid != s.started.Netuid || b.Genesis != s.started.Genesis || b.RoundBlocks != s.started.RoundBlocks):
		return fmt.Errorf("another validator, subnet, chain or length of rounds than the record began with")
	}
	return nil
}

// between refuses a change of rules or a vote while a round is open: what the
// round was planned by must be what it is folded by.
func (s *State) between() error {
	if s.open != nil {
		return fmt.Errorf("stands inside round %d", s.open.opened.Round)
	}
	return nil
}

func (s *State) admitOpened(b *evidence.Opened) error {
	switch {
	case s.started == nil || s.params == nil || len(s.programs) == 0:
		return fmt.Errorf("a round before the record has a start, parameters and a program")
	case b.Round <= s.last.Round:
		return fmt.Errorf("round %d after round %d", b.Round, s.last.Round)
	case b.Secret != s.secret+1 || b.Secret > s.started.Length:
		return fmt.Errorf("secret %d, want %d of at most %d", b.Secret, s.secret+1, s.started.Length)
	case b.Rules != s.Rules():
		return fmt.Errorf("rules %s, those in force are %s", b.Rules.Short(), s.Rules().Short())
	case b.Fold != s.started.Fold:
		return fmt.Errorf("fold version %d in a run with %d", b.Fold, s.started.Fold)
	case s.started.RoundBlocks == 0 || b.Round != b.Block/s.started.RoundBlocks:
		return fmt.Errorf("round %d at block %d, rounds of %d blocks", b.Round, b.Block, s.started.RoundBlocks)
	case b.Block < s.last.Block || b.Epoch < s.last.Epoch:
		return fmt.Errorf("block %d of epoch %d after block %d of epoch %d", b.Block, b.Epoch, s.last.Block, s.last.Epoch)
	}
	for i := 1; i < len(b.Neurons); i++ {
		if b.Neurons[i].UID <= b.Neurons[i-1].UID {
			return fmt.Errorf("neurons are not in the order of their uids")
		}
	}
	return nil
}

func (s *State) admitExchange(b *evidence.Exchange) error {
	if s.open == nil || s.open.opened.Round != b.Round || s.open.reference != nil {
		return fmt.Errorf("exchange of round %d outside of it", b.Round)
	}
	if slices.ContainsFunc(s.open.exchanges, func(e *evidence.Exchange) bool { return e.Miner == b.Miner }) {
		return fmt.Errorf("a second exchange with %s in round %d", b.Miner.Short(), b.Round)
	}
	if !slices.ContainsFunc(s.open.opened.Neurons, func(n evidence.Neuron) bool { return n.Hotkey == b.Miner }) {
		return fmt.Errorf("exchange with %s, which is not a neuron of round %d", b.Miner.Short(), b.Round)
	}
	return nil
}
