package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
)

// crashWorld is small, so that it can be killed often.
func crashWorld(t testing.TB) *world {
	w := newWorld(t, "a", "b")
	w.cfg.SecretLength = 64
	w.chain.tempo = 8
	return w
}

// oneVotePerEpoch checks that the chain never saw two different votes for one
// epoch, nor the record two intents.
func oneVotePerEpoch(t *testing.T, w *world, entries []evidence.Entry) {
	t.Helper()
	for epoch, votes := range w.chain.votes {
		for _, v := range votes[1:] {
			if !slices.Equal(v.UIDs, votes[0].UIDs) || !slices.Equal(v.Values, votes[0].Values) {
				t.Errorf("epoch %d: votes %v and %v", epoch, votes[0], v)
			}
		}
	}
	seen := map[uint64]bool{}
	for _, i := range bodies[*evidence.Intent](entries) {
		if seen[i.Epoch] {
			t.Errorf("two intents for epoch %d", i.Epoch)
		}
		seen[i.Epoch] = true
	}
}

// A validator is killed at every durable step, before and after it, and the next
// one goes on at once; around a vote, also some epochs later.
func TestCrashAtEveryStep(t *testing.T) {
	const lived = 8
	w, whole := crashWorld(t), &memory{}
	v, err := w.open(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, lived); err != nil {
		t.Fatal(err)
	}
	if w.chain.landed == 0 {
		t.Fatal("no vote in the life that is cut short")
	}
	for i, e := range whole.entries {
		gaps := []uint64{0}
		if e.Body.Kind() == evidence.KindIntent || e.Body.Kind() == evidence.KindLanded {
			gaps = []uint64{0, 20}
		}
		for _, gap := range gaps {
			for _, written := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d-%s-%v-%d", i+1, e.Body.Kind(), written, gap), func(t *testing.T) {
					crash(t, &memory{dieAt: i + 1, written: written}, gap, lived)
				})
			}
		}
	}
}

func crash(t *testing.T, j *memory, gap uint64, lived int) {
	w := crashWorld(t)
	v, err := w.open(j)
	if err == nil {
		err = w.rounds(v, lived)
	}
	if !errors.Is(err, errDied) {
		t.Fatalf("error %v, want that of the journal", err)
	}
	unclosed := len(bodies[*evidence.Opened](j.entries)) - len(bodies[*evidence.Closed](j.entries))
	landed := w.chain.landed
	j.dieAt, j.dead = 0, false
	if gap > 0 {
		w.chain.advance(gap)
	}
	if v, err = w.open(j); err != nil {
		t.Fatal(err)
	}
	for range 14 {
		if err := w.rounds(v, 1); err != nil {
			t.Fatal(err)
		}
		if w.chain.landed > landed {
			break
		}
	}
	oneVotePerEpoch(t, w, j.entries)
	if r := mustReplay(t, j.entries); r.Unclosed != uint64(unclosed) {
		t.Errorf("%d rounds are unclosed, want %d", r.Unclosed, unclosed)
	}
	if s := v.Status(); s.Unclosed != uint64(unclosed) || w.chain.landed <= landed || len(v.state.Pending()) > 0 {
		t.Errorf("status %+v, votes landed: %d before and %d after, %d pending", s, landed, w.chain.landed, len(v.state.Pending()))
	}
}

// What the chain may do with a vote: the intent stays the only one of its epoch,
// and is settled as what the chain holds.
func TestVoteReconciled(t *testing.T) {
	tooSoon := &chain.Error{Method: "setWeights", Name: chain.ErrNameTooFast}
	cut := errors.New("connection reset")
	first := func(n int, err error) func() error {
		return func() error {
			if n--; n >= 0 {
				return err
			}
			return nil
		}
	}
	always := func(err error) func() error { return func() error { return err } }
	for _, c := range []struct {
		name          string
		before, after func() error
		sent          int    // to the chain, in the first epoch with a vote
		fault         string // of that epoch
	}{
		{"lands at once", nil, nil, 1, ""},
		{"too soon, then lands", first(1, tooSoon), nil, 2, ""},
		{"too soon all along", always(tooSoon), nil, 2, chain.ErrNameTooFast},
		{"cut before it counted", first(1, cut), nil, 2, ""},
		{"cut after it counted", nil, first(1, cut), 1, ""},
		{"cut all along", always(cut), nil, 2, faultExpired},
		{"refused", always(&chain.Error{Name: chain.ErrNameCommitReveal}), nil, 2, chain.ErrNameCommitReveal},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := crashWorld(t)
			w.cfg.VoteLead = 4
			w.cfg.RoundBlocks = 1
			w.chain.before, w.chain.after = c.before, c.after
			j := &memory{}
			v, err := w.open(j)
			if err != nil {
				t.Fatal(err)
			}
			for range 14 {
				if err := w.rounds(v, 1); err != nil && !errors.Is(err, cut) {
					t.Fatal(err)
				}
			}
			oneVotePerEpoch(t, w, j.entries)
			mustReplay(t, j.entries)
			landed := bodies[*evidence.Landed](j.entries)
			if len(landed) == 0 {
				t.Fatal("no vote was settled")
			}
			got := landed[0]
			if n := len(w.chain.votes[got.Epoch]); n != c.sent || got.Fault != c.fault || (got.Block == 0) != (c.fault != "") {
				t.Errorf("sent %d times, want %d; landed %+v, want fault %q", n, c.sent, got, c.fault)
			}
		})
	}
}

// A vote that is decided is sent after a restart as it was, even when newer rounds
// would give another.
func TestPendingVoteIsNotReplaced(t *testing.T) {
	w := crashWorld(t)
	w.chain.before = func() error { return errors.New("connection refused") }
	w.cfg.RoundBlocks, w.cfg.VoteLead = 1, 4
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	for len(v.state.Pending()) == 0 {
		for _, m := range w.order {
			m.collect(3)
		}
		_ = v.meet(context.Background(), w.chain.advance(1)) // the vote fails; that is the point
	}
	intent := v.state.Pending()[0]
	w.chain.before = nil
	if v, err = w.open(j); err != nil {
		t.Fatal(err)
	}
	if err := v.meet(context.Background(), w.chain.advance(1)); err != nil {
		t.Fatal(err)
	}
	if got := w.chain.row; !slices.Equal(got.Values, intent.Weights) || !slices.Equal(got.UIDs, intent.UIDs) {
		t.Errorf("the chain holds %v, intended was %v", got, intent)
	}
	if l, ok := v.state.Landed(intent.Epoch); !ok || l.Fault != "" {
		t.Errorf("landed %+v, %v", l, ok)
	}
	oneVotePerEpoch(t, w, j.entries)
	mustReplay(t, j.entries)
}
