package validator

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// liar is a chain some of whose answers are wrong.
type liar struct {
	*fakeChain
	epoch     func(chain.EpochClock) chain.EpochClock
	commits   func([]chain.Commit) []chain.Commit
	rules     func(chain.Hyperparams) chain.Hyperparams
	metagraph func(*chain.Metagraph)
	deadline  time.Time // of the last commit
}

func (l *liar) Epoch(ctx context.Context, at chain.Head) (chain.EpochClock, error) {
	c, err := l.fakeChain.Epoch(ctx, at)
	if l.epoch != nil {
		c = l.epoch(c)
	}
	return c, err
}

func (l *liar) Commits(ctx context.Context, h protocol.Hotkey) ([]chain.Commit, error) {
	c, err := l.fakeChain.Commits(ctx, h)
	if l.commits != nil {
		c = l.commits(c)
	}
	return c, err
}

func (l *liar) Hyperparams(ctx context.Context) (chain.Hyperparams, error) {
	h, err := l.fakeChain.Hyperparams(ctx)
	if l.rules != nil {
		h = l.rules(h)
	}
	return h, err
}

func (l *liar) Metagraph(ctx context.Context, at chain.Head) (*chain.Metagraph, error) {
	m, err := l.fakeChain.Metagraph(ctx, at)
	if l.metagraph != nil {
		l.metagraph(m)
	}
	return m, err
}

func (l *liar) CommitWeights(ctx context.Context, hash item.Hash) (chain.Landing, error) {
	l.deadline, _ = ctx.Deadline()
	return l.fakeChain.CommitWeights(ctx, hash)
}

func (l *liar) open(t *testing.T, w *world, j Journal) *Validator {
	t.Helper()
	v, err := Open(w.cfg, Deps{
		Signer: w.self, Journal: j, Chain: l, Ledger: l, Booth: l, Rules: l, Asker: w, Fetcher: w.site, Log: discard(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sealedLiar is one over a chain that hides votes, with heads at every block.
func sealedLiar(t *testing.T, period, roundBlocks uint64) (*world, *liar, *memory, *Validator) {
	w := sealedWorld(t, period)
	w.cfg.RoundBlocks = roundBlocks
	l, j := &liar{fakeChain: w.chain}, &memory{}
	return w, l, j, l.open(t, w, j)
}

// live meets n heads, one block apart, and forgives errors that are not final.
func live(t *testing.T, w *world, v *Validator, n int) (waits []string) {
	t.Helper()
	for range n {
		if w.chain.head.Number%2 == 0 {
			for _, m := range w.order {
				m.collect(3)
			}
		}
		err := v.meet(t.Context(), w.chain.advance(1))
		var dead *finalError
		if errors.As(err, &dead) {
			t.Fatal(err)
		}
		if err != nil {
			waits = append(waits, err.Error())
		}
	}
	return waits
}

// Whatever the chain answers once, the record stays one that can be opened, rounds
// and votes go on when it answers rightly again, and nothing hidden is shown.
func TestWrongAnswersPass(t *testing.T) {
	for _, c := range []struct {
		name string
		lie  func(*liar)
	}{
		{"commits of epoch 0", func(l *liar) {
			l.commits = func(c []chain.Commit) []chain.Commit {
				for i := range c {
					c[i].Epoch = 0
				}
				return c
			}
		}},
		{"commits of the last epoch of all", func(l *liar) {
			l.commits = func(c []chain.Commit) []chain.Commit {
				for i := range c {
					c[i].Epoch = math.MaxUint64
				}
				return c
			}
		}},
		{"an epoch far ahead", func(l *liar) {
			l.epoch = func(c chain.EpochClock) chain.EpochClock { c.Index += 1000; return c }
		}},
		{"no commits", func(l *liar) { l.commits = func([]chain.Commit) []chain.Commit { return nil } }},
		{"an endless period", func(l *liar) {
			l.rules = func(h chain.Hyperparams) chain.Hyperparams { h.CommitRevealPeriod = math.MaxUint64; return h }
		}},
		{"a short period", func(l *liar) {
			l.rules = func(h chain.Hyperparams) chain.Hyperparams { h.CommitRevealPeriod = 1; return h }
		}},
		{"no commit-reveal", func(l *liar) {
			l.rules = func(h chain.Hyperparams) chain.Hyperparams { h.CommitRevealEnabled = false; return h }
		}},
		{"a hotkey twice", func(l *liar) {
			l.metagraph = func(m *chain.Metagraph) { m.Neurons[2].Hotkey = m.Neurons[1].Hotkey }
		}},
		{"uids out of order", func(l *liar) {
			l.metagraph = func(m *chain.Metagraph) { m.Neurons[1], m.Neurons[2] = m.Neurons[2], m.Neurons[1] }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, at := range []int{19, 20, 23} { // a vote is due, one is committed, a reveal is due
				w, l, j, v := sealedLiar(t, 2, 4)
				live(t, w, v, at)
				c.lie(l)
				live(t, w, v, 1)
				*l = liar{fakeChain: w.chain}
				live(t, w, v, 1)
				for _, landed := range bodies[*evidence.Landed](j.entries) {
					if i, _, ok := v.state.Intent(landed.Epoch); ok && landed.Fault != "" && len(i.Nonce) > 0 && w.chain.holds(v.hashOf(i)) {
						t.Errorf("at block %d: %+v, and the chain holds its commit, which can be revealed", at, landed)
					}
				}
				reveals := w.chain.reveals
				live(t, w, v, 5)
				v = l.open(t, w, j)
				live(t, w, v, 30)
				if s := v.Status(); w.chain.reveals < reveals+3 || s.Closed < uint64(at+33)/4 {
					t.Errorf("at block %d: %d reveals of %d, status %+v", at, reveals, w.chain.reveals, s)
				}
				if n := len(v.state.Pending()); n > 3 {
					t.Errorf("at block %d: %d votes are not settled", at, n)
				}
				if opened := len(w.chain.set); opened > 0 {
					t.Errorf("at block %d: %d votes were sent in the open", at, opened)
				}
				oneVotePerEpoch(t, w, j.entries)
				mustReplay(t, j.entries)
			}
		})
	}
}

// holds reports a commit that can still be revealed.
func (c *fakeChain) holds(hash item.Hash) bool {
	return slices.ContainsFunc(c.commits, func(k chain.Commit) bool {
		return k.Hash == hash && c.head.Number/c.tempo <= k.Epoch+c.rules.CommitRevealPeriod
	})
}

// One head that is far ahead leaves no trace; three on end are believed; and a record
// that is ahead of the chain says so, votes no more, and goes on when the chain is
// there.
func TestHeadFarAhead(t *testing.T) {
	w, l, j, v := sealedLiar(t, 1, 1)
	live(t, w, v, 12)
	before := len(j.entries)
	if err := v.meet(t.Context(), headAt(1_000_000_000)); err == nil || len(j.entries) != before {
		t.Fatalf("error %v, %d entries more", err, len(j.entries)-before)
	}
	v = l.open(t, w, j)
	closed := v.Status().Closed
	if waits := live(t, w, v, 30); len(waits) > 0 || v.Status().Closed != closed+30 || w.chain.reveals < 3 {
		t.Errorf("waits %q, %d rounds closed, %d reveals", waits, v.Status().Closed-closed, w.chain.reveals)
	}
	here := w.chain.head.Number
	w.chain.advance(5000) // it was wound forward
	if waits := live(t, w, v, 3); len(waits) != sightings-1 || !strings.Contains(waits[0], "far from block") {
		t.Errorf("waits %q", waits)
	}
	for _, fresh := range []bool{false, true} {
		if fresh {
			v = l.open(t, w, j)
		}
		w.chain.head = headAt(here)
		sent := len(w.chain.sealed)
		if waits := live(t, w, v, 20); len(waits) != 20 || !strings.Contains(waits[19], "the record is ahead of the chain") || len(w.chain.sealed) != sent {
			t.Errorf("waits %q, %d commits", waits, len(w.chain.sealed)-sent)
		}
	}
	w.chain.head = headAt(here + 5003)
	if waits := live(t, w, v, 20); len(waits) > 0 {
		t.Errorf("waits %q", waits)
	}
	mustReplay(t, j.entries)
}

// Run sees that the chain stands before the head that it waits after.
func TestRunSeesRegression(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, v := sealedLiar(t, 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		w.chain.advance(1)
		synctest.Wait()
		w.chain.mu.Lock()
		w.chain.head = headAt(1_000_000_000 - 1)
		w.chain.mu.Unlock()
		w.chain.advance(1)
		time.Sleep(time.Second)
		if s := v.Status(); s.Closed != 1 || !strings.Contains(s.Waiting, "far from block") {
			t.Errorf("after a wrong head: %+v", s)
		}
		w.chain.mu.Lock()
		w.chain.head = headAt(1)
		w.chain.mu.Unlock()
		w.chain.advance(1)
		time.Sleep(2 * stillTime)
		if s := v.Status(); s.Closed != 2 || s.Waiting != "" {
			t.Errorf("when the chain is right again: %+v", s)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A chain that is begun anew under a running validator, after an outage that was told
// already, is told too, with what to do.
func TestChainBegunAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a")
		v, out := logged(t, w, &memory{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		w.chain.advance(250)
		synctest.Wait()
		set := func(away error, head chain.Head) {
			w.chain.mu.Lock()
			w.chain.away, w.chain.head = away, head
			w.chain.mu.Unlock()
			w.chain.advance(1)
		}
		set(errors.New("connection refused"), headAt(250))
		time.Sleep(3 * stillTime)
		if s := v.Status(); !strings.Contains(s.Waiting, "connection refused") {
			t.Errorf("while the chain is away: %+v", s)
		}
		set(nil, headAt(1))
		time.Sleep(stillTime + 15*time.Second)
		w.chain.advance(1)
		time.Sleep(15 * time.Second)
		if s := v.Status(); !strings.Contains(s.Waiting, "the record is ahead of the chain") || !strings.Contains(s.Waiting, "begin a new record in an empty folder") {
			t.Errorf("status: %+v", s)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := strings.Count(out.String(), "the record is ahead of the chain"); n != 1 {
			t.Errorf("told %d times in %s", n, out)
		}
	})
}
