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

// sealedWorld is one whose chain takes votes by commit and reveal.
func sealedWorld(t testing.TB, period uint64) *world {
	w := crashWorld(t)
	w.cfg.VoteLead = 4
	w.chain.rules.CommitRevealEnabled, w.chain.rules.CommitRevealPeriod = true, period
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
	for epoch, hashes := range w.chain.sealed {
		if len(slices.Compact(slices.Clone(hashes))) > 1 {
			t.Errorf("epoch %d: different commits %v", epoch, hashes)
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
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		crashes(t, 8, crashWorld, crash)
	})
	for _, period := range []uint64{1, 2} {
		t.Run(fmt.Sprintf("sealed-%d", period), func(t *testing.T) {
			t.Parallel()
			crashes(t, 6+int(period)*4, func(t testing.TB) *world { return sealedWorld(t, period) }, crashSealed)
		})
	}
}

type makeWorld func(t testing.TB) *world

// crashes lives once, and then dies at each step of that life. Where votes are
// sealed only the steps of votes are tried, the others are the same.
func crashes(t *testing.T, lived int, world makeWorld, crash func(*testing.T, makeWorld, *memory, uint64, int)) {
	w, whole := world(t), &memory{}
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
	of := func(e evidence.Entry) bool {
		return slices.Contains([]evidence.Kind{evidence.KindIntent, evidence.KindCommitted, evidence.KindLanded}, e.Body.Kind())
	}
	var votes []int // entries of votes
	for i, e := range whole.entries {
		if of(e) {
			votes = append(votes, i)
		}
	}
	from := 0
	if w.chain.rules.CommitRevealEnabled {
		from = votes[len(votes)-5]
	}
	for i, e := range whole.entries {
		gaps := []uint64{0}
		switch {
		case of(e) && i >= from:
			if gaps = []uint64{0, 20}; w.chain.rules.CommitRevealEnabled && w.chain.rules.CommitRevealPeriod > 1 {
				gaps = gaps[:1]
			}
		case w.chain.rules.CommitRevealEnabled:
			continue
		}
		for _, gap := range gaps {
			for _, written := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d-%s-%v-%d", i+1, e.Body.Kind(), written, gap), func(t *testing.T) {
					crash(t, world, &memory{dieAt: i + 1, written: written}, gap, lived)
				})
			}
		}
	}
}

// crashSealed is crash on a chain with commits. Whoever comes back in time reveals
// everything; who comes later says of what is over that it expired, unless the chain
// holds it; and the next vote is revealed in any case.
func crashSealed(t *testing.T, world makeWorld, j *memory, gap uint64, lived int) {
	w := world(t)
	v, err := w.open(j)
	if err == nil {
		err = w.rounds(v, lived)
	}
	if !errors.Is(err, errDied) {
		t.Fatalf("error %v, want that of the journal", err)
	}
	j.dieAt, j.dead = 0, false
	if gap > 0 {
		w.chain.advance(gap)
	}
	if v, err = w.open(j); err != nil {
		t.Fatal(err)
	}
	before, reveals := bodies[*evidence.Intent](j.entries), w.chain.reveals
	// An epoch is four rounds: one to vote in, and the window of whatever is open.
	if err := w.rounds(v, 4*(int(w.chain.rules.CommitRevealPeriod)+2)); err != nil {
		t.Fatal(err)
	}
	if w.chain.reveals <= reveals {
		t.Error("nothing was revealed after the crash")
	}
	oneVotePerEpoch(t, w, j.entries)
	mustReplay(t, j.entries)
	landed := bodies[*evidence.Landed](j.entries)
	for _, i := range before {
		n := slices.IndexFunc(landed, func(l *evidence.Landed) bool { return l.Epoch == i.Epoch })
		if n < 0 {
			t.Errorf("the vote of epoch %d is not settled", i.Epoch)
			continue
		}
		if f := landed[n].Fault; f != "" && (gap == 0 || f != faultExpired) {
			t.Errorf("the vote of epoch %d has fault %q", i.Epoch, f)
		}
	}
	good := 0
	for _, l := range landed {
		if l.Fault == "" {
			good++
		}
	}
	if good != w.chain.reveals {
		t.Errorf("%d votes landed by the record, %d were revealed", good, w.chain.reveals)
	}
}

func crash(t *testing.T, world makeWorld, j *memory, gap uint64, lived int) {
	w := world(t)
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
	for range 20 {
		if err := w.rounds(v, 1); err != nil {
			t.Fatal(err)
		}
		if w.chain.landed > landed && len(v.state.Pending()) == 0 {
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
			for range 20 {
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
	for range openHeads {
		if err := v.meet(context.Background(), w.chain.advance(1)); err != nil {
			t.Fatal(err)
		}
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
