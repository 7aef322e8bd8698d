package validator

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// What is under way when its epoch ends is looked for before it counts as never
// sent; a commit that lands in the next epoch is revealed by that one.
func TestVoteLandsLate(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		w, l, j, v := sealedLiar(t, 1, 1)
		w.chain.rules.CommitRevealEnabled = sealed
		var late func() // what is under way
		w.chain.before = func() error {
			if e := bodies[*evidence.Intent](j.entries); w.chain.doing != ActionReveal && len(e) == 1 {
				late = func() {
					block := w.chain.head.Number
					if sealed {
						hash := w.chain.sealed[e[0].Epoch][0]
						w.chain.commits = append(w.chain.commits, chain.Commit{Hash: hash, Epoch: block / w.chain.tempo, Block: block})
					} else {
						w.chain.row = chain.Weights{UIDs: e[0].UIDs, Values: e[0].Weights}
					}
					w.chain.updated = block
				}
				return chain.ErrUnconfirmed
			}
			return nil
		}
		for late == nil {
			live(t, w, v, 1)
		}
		epoch := bodies[*evidence.Intent](j.entries)[0].Epoch
		for w.chain.head.Number < (epoch+1)*w.chain.tempo+1 {
			live(t, w, v, 1)
		}
		if sealed {
			if got := time.Until(l.deadline); got < chain.DefaultLandTimeout {
				t.Errorf("the ledger is given %v, it may take %v", got, chain.DefaultLandTimeout)
			}
			v = l.open(t, w, j) // it knows of nothing under way
		}
		late()
		live(t, w, v, 20)
		if got, ok := v.state.Landed(epoch); !ok || got.Fault != "" {
			t.Errorf("sealed %v: landed %+v, %v", sealed, got, ok)
		}
		if c, ok := v.state.Committed(epoch); ok != sealed || ok && c.Index != epoch+1 {
			t.Errorf("sealed %v: committed %+v, %v", sealed, c, ok)
		}
		mustReplay(t, j.entries)
	}
}

// A uid of the vote is taken by another neuron before the reveal is seen, which the
// chain answers with the weight 0 there.
func TestLandedWithoutReplacedUID(t *testing.T) {
	for _, cut := range []bool{true, false} {
		w, _, j, v := sealedLiar(t, 1, 1)
		lost := errors.New("connection reset")
		w.chain.after = func() error {
			if w.chain.doing != ActionReveal {
				return nil
			}
			w.chain.row.Values[0] = 0
			if cut {
				return lost
			}
			return nil
		}
		live(t, w, v, 40)
		if n := len(bodies[*evidence.Landed](j.entries)); n < 2 || n < w.chain.reveals-1 {
			t.Errorf("%d votes settled, %d revealed", n, w.chain.reveals)
		}
		for _, l := range bodies[*evidence.Landed](j.entries) {
			if l.Fault != "" {
				t.Errorf("cut %v: landed %+v", cut, l)
			}
		}
	}
}

// A receipt proves that a vote landed, whatever is read back afterwards.
func TestReceiptProves(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		w := sealedWorld(t, 1)
		w.cfg.RoundBlocks = 1
		w.chain.rules.CommitRevealEnabled = sealed
		j := &memory{}
		v, err := Open(w.cfg, Deps{
			Signer: w.self, Journal: j, Chain: w.chain, Ledger: unread{w.chain}, Booth: w.chain, Rules: w.chain, Asker: w, Fetcher: w.site, Log: discard(),
		})
		if err != nil {
			t.Fatal(err)
		}
		live(t, w, v, 40)
		landed := bodies[*evidence.Landed](j.entries)
		if len(landed) < 2 || len(landed) != w.chain.landed {
			t.Errorf("sealed %v: %d votes settled, %d landed", sealed, len(landed), w.chain.landed)
		}
		for _, l := range landed {
			if l.Fault != "" || l.Tx.IsZero() {
				t.Errorf("sealed %v: landed %+v", sealed, l)
			}
		}
		for epoch, hashes := range w.chain.sealed {
			if len(hashes) != 1 {
				t.Errorf("epoch %d: %d commits", epoch, len(hashes))
			}
		}
	}
}

// unread is a ledger that cannot read back what landed.
type unread struct{ *fakeChain }

func (u unread) SetWeights(ctx context.Context, w chain.Weights) (chain.Landing, error) {
	l, err := u.fakeChain.SetWeights(ctx, w)
	return l, errors.Join(err, chain.ErrNotStored)
}

func (u unread) CommitWeights(ctx context.Context, hash item.Hash) (chain.Landing, error) {
	l, err := u.fakeChain.CommitWeights(ctx, hash)
	return l, errors.Join(err, chain.ErrNotStored)
}

func (u unread) RevealWeights(ctx context.Context, w chain.Weights, salt []uint16) (chain.Landing, error) {
	l, err := u.fakeChain.RevealWeights(ctx, w, salt)
	return l, errors.Join(err, chain.ErrNotStored)
}

// Commits that another node does not list yet are not made again, and recorded from
// their landing.
func TestBoothLags(t *testing.T) {
	w, l, j, v := sealedLiar(t, 1, 1)
	l.commits = func([]chain.Commit) []chain.Commit { return nil }
	live(t, w, v, 40)
	for epoch, hashes := range w.chain.sealed {
		if len(hashes) != 1 {
			t.Errorf("epoch %d: %d commits", epoch, len(hashes))
		}
	}
	if got := bodies[*evidence.Committed](j.entries); len(got) < 3 || w.chain.reveals < 2 {
		t.Errorf("%d commits recorded, %d reveals", len(got), w.chain.reveals)
	}
	mustReplay(t, j.entries)
}

// With commit-reveal on, a row that happens to be the vote is not its landing, and
// what is only inferred does not quiet the watchdog.
func TestInferredLanding(t *testing.T) {
	w, _, j, v := sealedLiar(t, 1, 1)
	w.chain.before = func() error {
		if e := bodies[*evidence.Intent](j.entries); len(e) > 0 { // another process moves the same row
			w.chain.row, w.chain.updated = chain.Weights{UIDs: e[0].UIDs, Values: e[0].Weights}, w.chain.head.Number
		}
		return errors.New("connection reset")
	}
	live(t, w, v, 40)
	if landed := bodies[*evidence.Landed](j.entries); len(landed) == 0 || landed[0].Fault == "" {
		t.Errorf("landed %+v", landed)
	}
	g := vigil{}
	g.see(&evidence.Landed{Block: 7}, nil)
	if g.proven {
		t.Error("an inferred landing is proof")
	}
}

// The own row follows the hotkey, not the uid of the last metagraph.
func TestUIDIsNotStale(t *testing.T) {
	w, _, _, v := sealedLiar(t, 1, 4)
	w.chain.row, w.chain.updated = chain.Weights{UIDs: []uint16{1}, Values: []uint16{7}}, 5
	live(t, w, v, 4)
	if !v.view.registered || v.view.updated != 5 {
		t.Fatalf("view %+v", v.view)
	}
	w.chain.neurons[0].Hotkey = keyOf("stranger").Hotkey()
	v.view.stale = true
	live(t, w, v, 1)
	if v.view.registered || v.view.updated != 0 || v.view.uids != nil || !strings.Contains(v.Status().Voting, "not registered") {
		t.Errorf("view %+v, %q", v.view, v.Status().Voting)
	}
}

// A reveal that lands after its window has expired, whatever the chain calls it.
func TestTooEarlyAfterTheWindow(t *testing.T) {
	w, _, j, v := sealedLiar(t, 1, 1)
	w.chain.before = func() error {
		if w.chain.doing == ActionReveal {
			return refusal("revealWeights", refusedEarly)
		}
		return nil
	}
	live(t, w, v, 32)
	if landed := bodies[*evidence.Landed](j.entries); len(landed) == 0 || landed[0].Fault != faultExpired {
		t.Errorf("landed %+v", landed)
	}
}
