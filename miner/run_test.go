package miner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/source"
)

// running is a miner under Run, with the means to stop it.
func running(t *testing.T, w *world) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() error {
		cancel()
		return <-done
	}
}

func TestRunCollectsAndCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(t)
		cfg.ChainTimeout = time.Second
		cfg.Feeds = []Feed{{Name: "posts", Source: list{12, 5}, Every: time.Minute}}
		w := open(t, cfg)
		stop := running(t, w)
		head := func(n uint64) Status {
			w.chain.heads <- chain.Head{Number: n}
			synctest.Wait()
			return w.Status()
		}
		synctest.Wait() // the first pass is done
		if s := head(3); s.RootSeq != 1 || s.Items != 5 || !s.Ready || s.Block != 3 {
			t.Errorf("after the first head: %+v", s)
		}
		time.Sleep(61 * time.Second) // of the test's own clock
		synctest.Wait()
		if s := head(5); s.RootSeq != 1 {
			t.Errorf("committed in the middle of a round: %+v", s)
		}
		if s := head(9); s.RootSeq != 2 || s.Items != 10 {
			t.Errorf("at the last head of a round: %+v", s)
		}
		if s := head(10); s.RootSeq != 2 {
			t.Errorf("a root was signed although nothing is new: %+v", s)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if s := head(25); s.RootSeq != 3 || s.Items != 12 {
			t.Errorf("at the first head of a later round: %+v", s)
		}
		if err := stop(); err != nil {
			t.Errorf("run ended with %v", err)
		}
		w.restart()
		if at := position(w.collectors[0].cursor); at != 12 {
			t.Errorf("the cursor is at %d", at)
		}
	})
}

func TestRunServesOnWhileTheChainIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(t)
		cfg.ChainTimeout = time.Second
		w := open(t, cfg)
		w.take(record(0))
		stop := running(t, w)
		w.chain.heads <- chain.Head{Number: 50}
		synctest.Wait()
		w.chain.mu.Lock()
		w.chain.away = true
		w.chain.mu.Unlock()
		w.chain.heads <- chain.Head{Number: 60} // the head moves, the metagraph cannot be read
		synctest.Wait()
		if s := w.Status(); s.Block != 60 || !s.Ready || s.Fault == "" {
			t.Errorf("status is %+v", s)
		}
		w.claimsOf("v1", 6, 0, nil, 0) // fails the test when refused
		w.chain.heads <- chain.Head{}  // an error
		time.Sleep(2 * time.Second)    // the pause after it, of the test's own clock
		w.chain.mu.Lock()
		w.chain.away = false
		w.chain.mu.Unlock()
		w.chain.heads <- chain.Head{Number: 70}
		synctest.Wait()
		if s := w.Status(); s.Block != 70 {
			t.Errorf("the head is not followed again: %+v", s)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// waiting emits and then waits for the end.
type waiting struct{ list }

func (s waiting) Collect(ctx context.Context, cursor []byte, emit func(source.Record) error) ([]byte, error) {
	next, err := s.list.Collect(ctx, cursor, emit)
	if err != nil {
		return next, err
	}
	<-ctx.Done()
	return next, ctx.Err()
}

func TestRunFinishesWhatIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(t)
		cfg.Feeds = []Feed{{Name: "posts", Source: waiting{list{9, 9}}}}
		w := open(t, cfg)
		stop := running(t, w)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		w.restart()
		if at, n := position(w.collectors[0].cursor), w.Status().Items; at != 9 || n != 9 {
			t.Errorf("the cursor is at %d with %d items, want 9", at, n)
		}
	})
}

// What a source emitted long before its pass ends is committed to meanwhile.
func TestCommitTakesWhatCollectorsHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(t)
		cfg.Feeds = []Feed{{Name: "posts", Source: waiting{list{9, 9}}}}
		w := open(t, cfg)
		stop := running(t, w)
		synctest.Wait()
		w.chain.heads <- chain.Head{Number: 1}
		synctest.Wait()
		if s := w.Status(); s.RootSeq != 1 || s.Items != 9 {
			t.Errorf("status is %+v", s)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestRunEndsOnACorruptStore(t *testing.T) {
	w := open(t, config(t))
	w.take(record(0))
	if _, err := w.store.writer.Exec(`UPDATE items SET key = x'00'`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Run(context.Background()) }()
	w.chain.heads <- chain.Head{Number: 50}
	if err := <-done; !errors.Is(err, ErrCorrupt) {
		t.Errorf("run ended with %v, want ErrCorrupt", err)
	}
}

func TestMetricsMayBeNil(t *testing.T) {
	var m *Metrics
	m.request(1, outcomeOK)
	m.reject(rejectInvalid)
	m.ingest(1, 1)
	m.hold(Status{})
	if NewMetrics(nil) == nil {
		t.Error("a nil registerer gives no metrics")
	}
	reg := prometheus.NewRegistry()
	NewMetrics(reg).hold(Status{Items: 3})
	families, err := reg.Gather()
	if err != nil || len(families) != 3 { // the counters have no labels yet
		t.Errorf("%d metrics are registered (%v)", len(families), err)
	}
}
