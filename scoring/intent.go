package scoring

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// What the state remembers of votes: the newest settled ones, and those of which
// it is not known what became. The second bound is out of reach of any chain: it
// holds ten open commits of a hotkey.
const (
	settledKept = 8
	pendingKept = 64
)

// intent is a vote with what is known of it.
type intent struct {
	said      evidence.Intent
	digest    item.Hash
	committed *evidence.Committed
	landed    *evidence.Landed
}

func (s *State) admitIntent(b *evidence.Intent) error {
	if err := s.between(); err != nil {
		return err
	}
	if _, ok := s.intents[b.Epoch]; ok {
		return fmt.Errorf("a second vote for epoch %d", b.Epoch)
	}
	for e := range s.intents {
		if e > b.Epoch {
			return fmt.Errorf("a vote for epoch %d after one for %d", b.Epoch, e)
		}
	}
	uids, weights := s.Vote()
	if !slices.Equal(uids, b.UIDs) || !slices.Equal(weights, b.Weights) {
		return fmt.Errorf("vote %v of uids %v, the record so far gives %v of %v", b.Weights, b.UIDs, weights, uids)
	}
	return nil
}

// forgetIntents keeps the bounds, and never the newest vote out.
func (s *State) forgetIntents() {
	var settled, pending []uint64
	for e, i := range s.intents {
		if i.landed != nil {
			settled = append(settled, e)
		} else {
			pending = append(pending, e)
		}
	}
	drop := func(epochs []uint64, kept int) {
		slices.Sort(epochs)
		for _, e := range epochs[:max(0, len(epochs)-kept)] {
			delete(s.intents, e)
		}
	}
	drop(settled, settledKept)
	drop(pending, pendingKept)
}

// admitCommitted takes the news that the chain holds the hash of a vote. Whether
// the hash is that of the vote is for the replay to check, which knows the chain.
func (s *State) admitCommitted(b *evidence.Committed) error {
	i, ok := s.intents[b.Epoch]
	switch {
	case !ok || i.digest != b.Intent || i.landed != nil:
		return fmt.Errorf("a commit of a vote for epoch %d that is not awaited", b.Epoch)
	case i.committed != nil:
		return fmt.Errorf("a second commit of the vote for epoch %d", b.Epoch)
	case len(i.said.Nonce) == 0:
		return fmt.Errorf("a commit of the vote for epoch %d, which has no nonce", b.Epoch)
	case b.Index < b.Epoch:
		return fmt.Errorf("a commit in epoch %d of a vote decided in epoch %d", b.Index, b.Epoch)
	}
	return nil
}

func (s *State) admitLanded(b *evidence.Landed) error {
	i, ok := s.intents[b.Epoch]
	if !ok || i.digest != b.Intent || i.landed != nil {
		return fmt.Errorf("news of a vote for epoch %d that is not awaited", b.Epoch)
	}
	return nil
}

// Intent is the vote recorded for an epoch, and the digest of its entry.
func (s *State) Intent(epoch uint64) (evidence.Intent, item.Hash, bool) {
	i, ok := s.intents[epoch]
	return i.said, i.digest, ok
}

// Committed is the commit of an epoch's vote.
func (s *State) Committed(epoch uint64) (evidence.Committed, bool) {
	i, ok := s.intents[epoch]
	if !ok || i.committed == nil {
		return evidence.Committed{}, false
	}
	return *i.committed, true
}

// Landed is what became of an epoch's vote.
func (s *State) Landed(epoch uint64) (evidence.Landed, bool) {
	i, ok := s.intents[epoch]
	if !ok || i.landed == nil {
		return evidence.Landed{}, false
	}
	return *i.landed, true
}

// Pending are the votes of which it is not known whether they landed, oldest first.
func (s *State) Pending() []evidence.Intent {
	var out []evidence.Intent
	for _, i := range s.intents {
		if i.landed == nil {
			out = append(out, i.said)
		}
	}
	slices.SortFunc(out, func(a, b evidence.Intent) int { return cmp.Compare(a.Epoch, b.Epoch) })
	return out
}
