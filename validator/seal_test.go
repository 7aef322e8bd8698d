package validator

import (
	"errors"
	"slices"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
)

// A record from before there were nonces and commits replays, and its validator goes
// on, also where the chain hides votes by now.
func TestOldRecordGoesOn(t *testing.T) {
	w := crashWorld(t)
	w.cfg.VoteLead = 4
	j := &memory{}
	v, err := w.open(j)
	for err == nil && len(bodies[*evidence.Landed](j.entries)) == 0 {
		err = w.rounds(v, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(j.entries, func(e evidence.Entry) bool { return e.Body.Kind() == evidence.KindIntent })
	if kind := j.entries[i+1].Body.Kind(); kind != evidence.KindLanded {
		t.Fatalf("a %s entry after the intent", kind)
	}
	for _, landed := range []bool{true, false} {
		old := slices.Clone(j.entries[:i])
		intent := *j.entries[i].Body.(*evidence.Intent)
		intent.Nonce = nil
		e, err := evidence.Next(old[i-1].Head(), &intent)
		if err != nil {
			t.Fatal(err)
		}
		if old = append(old, e); landed {
			news := *j.entries[i+1].Body.(*evidence.Landed)
			news.Intent = e.Hash
			if e, err = evidence.Next(e.Head(), &news); err != nil {
				t.Fatal(err)
			}
			old = append(old, e)
		} else {
			w.chain.row, w.chain.updated = chain.Weights{}, 0 // the chain never heard of it
		}
		mustReplay(t, old)
		w.chain.rules.CommitRevealEnabled = true
		m := &memory{entries: old}
		if v, err = w.open(m); err != nil {
			t.Fatal(err)
		}
		reveals := w.chain.reveals
		if err := w.rounds(v, 14); err != nil {
			t.Fatal(err)
		}
		if mustReplay(t, m.entries); w.chain.reveals == reveals {
			t.Error("nothing was revealed after the old record")
		}
		if l, ok := v.state.Landed(intent.Epoch); ok && (l.Fault == "") != landed {
			t.Errorf("the old vote landed %+v", l)
		}
	}
}

// What may happen to a commit and its reveal: the intent stays the one vote of its
// epoch, behind one hash, and is settled as what the chain holds.
func TestSealedVoteReconciled(t *testing.T) {
	cut := errors.New("connection reset")
	none := func(*fakeChain) error { return nil }
	// once gives err the first time that an action meets it, always every time.
	once := func(do Action, err error) func(*fakeChain) error {
		done := false
		return func(c *fakeChain) error {
			if c.doing != do || done {
				return nil
			}
			done = true
			return err
		}
	}
	always := func(do Action, err error) func(*fakeChain) error {
		return func(c *fakeChain) error {
			if c.doing == do {
				return err
			}
			return nil
		}
	}
	rule := func(do Action, on bool, err error) func(*fakeChain) error {
		done := false
		return func(c *fakeChain) error {
			if c.doing != do || done {
				return nil
			}
			done = true
			c.rules.CommitRevealEnabled = on
			return err
		}
	}
	type counts struct{ commits, reveals, sets int } // a reveal that cannot land is tried to the margin before the end of its window
	for _, c := range []struct {
		name          string
		open          bool // at the start
		before, after func(*fakeChain) error
		want          counts // of the first vote
		fault         string
		commitTx      bool // the record has the commit's transaction
		landedTx      bool
	}{
		{"lands at once", false, none, none, counts{1, 1, 0}, "", true, true},
		{"the commit is cut before it counted", false, once(ActionCommit, cut), none, counts{2, 1, 0}, "", true, true},
		{"the commit is cut after it counted", false, none, once(ActionCommit, cut), counts{1, 1, 0}, "", false, true},
		{"the commit is too soon", false, once(ActionCommit, refusal("commitWeights", chain.ErrNameCommitTooFast)), none, counts{2, 1, 0}, "", true, true},
		{"the reveal is cut before it counted", false, once(ActionReveal, cut), none, counts{1, 2, 0}, "", true, true},
		{"the reveal is cut after it counted", false, none, once(ActionReveal, cut), counts{1, 1, 0}, "", true, false},
		{"the reveal is cut all along", false, always(ActionReveal, cut), none, counts{1, 6, 0}, faultExpired, true, false},
		{"the reveal is refused all along", false, always(ActionReveal, refusal("revealWeights", chain.ErrNameNoPermit)), none, counts{1, 6, 0}, chain.ErrNameNoPermit, true, false},
		{"commit-reveal goes off before the commit", false, rule(ActionCommit, false, nil), none, counts{1, 0, 0}, "CommitRevealDisabled", false, false},
		{"commit-reveal goes off after the commit", false, none, rule(ActionCommit, false, nil), counts{1, 0, 0}, faultExpired, true, false},
		{"commit-reveal goes on before the vote", true, rule(ActionSet, true, nil), none, counts{0, 0, 1}, chain.ErrNameCommitReveal, false, false},
		{"commit-reveal goes on after the vote", true, none, rule(ActionSet, true, cut), counts{0, 0, 1}, "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sealedWorld(t, 1)
			w.chain.rules.CommitRevealEnabled = !c.open
			w.cfg.RoundBlocks = 1
			w.chain.before = func() error { return c.before(w.chain) }
			w.chain.after = func() error { return c.after(w.chain) }
			j := &memory{}
			v, err := w.open(j)
			if err != nil {
				t.Fatal(err)
			}
			met := counts{}
			var got *evidence.Landed
			for got == nil {
				for _, m := range w.order {
					m.collect(5)
				}
				if err := v.meet(t.Context(), w.chain.advance(1)); err != nil && !errors.Is(err, cut) {
					t.Fatal(err)
				}
				if epochs := bodies[*evidence.Intent](j.entries); len(epochs) > 0 {
					e := epochs[0].Epoch
					if w.chain.head.Number/w.chain.tempo <= e+1 { // later ones are those of the next vote
						met = counts{len(w.chain.sealed[e]), w.chain.opened, len(w.chain.votes[e]) - w.chain.reveals}
					}
					for _, l := range bodies[*evidence.Landed](j.entries) {
						if l.Epoch == e {
							got = l
						}
					}
				}
				if w.chain.head.Number > 60 {
					t.Fatal("no vote was settled")
				}
			}
			if met != c.want || got.Fault != c.fault || (got.Block == 0) != (c.fault != "") || got.Tx.IsZero() == c.landedTx {
				t.Errorf("sent %+v, want %+v; landed %+v, want fault %q", met, c.want, got, c.fault)
			}
			for _, b := range bodies[*evidence.Committed](j.entries) {
				if b.Epoch == got.Epoch && b.Tx.IsZero() == c.commitTx {
					t.Errorf("committed %+v, want a transaction %v", b, c.commitTx)
				}
			}
			oneVotePerEpoch(t, w, j.entries)
			mustReplay(t, j.entries)
		})
	}
}
