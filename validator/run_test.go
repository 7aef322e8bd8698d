package validator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Run follows heads, waits while the chain is away, and finishes the round in hand
// when it is told to stop.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a")
		j := &memory{}
		v, err := w.open(j)
		if err != nil {
			t.Fatal(err)
		}
		v.metrics = NewMetrics(prometheus.NewRegistry())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		w.chain.advance(2)
		synctest.Wait()
		if s := v.Status(); s.Closed != 1 || s.Block != 2 || s.Waiting != "" {
			t.Errorf("status after a head: %+v", s)
		}
		w.chain.mu.Lock()
		w.chain.away = errors.New("connection refused")
		w.chain.mu.Unlock()
		w.chain.advance(2)
		time.Sleep(time.Minute)
		if s := v.Status(); s.Closed != 1 || !strings.Contains(s.Waiting, "connection refused") {
			t.Errorf("status while the chain is away: %+v", s)
		}
		w.chain.mu.Lock()
		w.chain.away = nil
		w.chain.mu.Unlock()
		time.Sleep(time.Minute)
		if s := v.Status(); s.Closed != 2 || s.Waiting != "" {
			t.Errorf("status when it is back: %+v", s)
		}
		asked := make(chan struct{})
		w.order[0].ask = func(ctx context.Context, raw []byte) ([]byte, error) {
			if e, err := protocol.OpenRequest(raw, w.order[0].key.Hotkey()); err == nil && e.Kind == protocol.KindRootRequest {
				close(asked)
				time.Sleep(3 * time.Second)
			}
			return w.order[0].answer(raw)
		}
		w.chain.advance(2)
		<-asked
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := v.Status(); s.Closed != 3 || s.Unclosed != 0 {
			t.Errorf("status after the stop: %+v", s)
		}
		mustReplay(t, j.entries)
	})
}

// A failed append ends Run at once; nothing is asked or sent after it.
func TestRunEndsWithTheRecord(t *testing.T) {
	w := newWorld(t, "a")
	j := &memory{dieAt: 4} // Opened
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	w.order[0].ask = func(context.Context, []byte) ([]byte, error) {
		t.Error("a miner was asked although the plan is not on the record")
		return nil, nil
	}
	w.chain.advance(2)
	if err := v.Run(t.Context()); !errors.Is(err, errDied) || !strings.Contains(err.Error(), "record opened") {
		t.Errorf("error %v", err)
	}
}

// Miners that the budget leaves no turn are not asked, and not charged.
func TestNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		w.cfg.AskAtOnce = 1
		j := &memory{}
		v, err := w.open(j)
		if err != nil {
			t.Fatal(err)
		}
		w.order[0].ask = func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if err := w.rounds(v, 1); err != nil {
			t.Fatal(err)
		}
		for i, want := range []evidence.Outcome{evidence.Late, evidence.NotAsked} {
			if got := bodies[*evidence.Exchange](j.entries)[i].Calls[0].Outcome; got != want {
				t.Errorf("miner %d is %s, want %s", i, got, want)
			}
		}
		mustReplay(t, j.entries)
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		says   string
	}{
		{"another netuid", func(w *world) { w.cfg.Netuid++ }, "it is of validator"},
		{"another chain", func(w *world) { w.cfg.Genesis = item.Sum("other") }, "it is of validator"},
		{"another hotkey", func(w *world) { w.self = keyOf("other") }, "it is of validator"},
		{"no program", func(w *world) { w.cfg.Programs = nil }, "no program"},
		{"another program", func(w *world) {
			w.cfg.Programs[0] = []byte(strings.Replace(testProgram, "name: notes", "name: others", 1))
		}, "cannot be left out"},
		{"a program twice", func(w *world) { w.cfg.Programs = append(w.cfg.Programs, w.cfg.Programs[0]) }, "twice"},
		{"bad parameters", func(w *world) { w.cfg.Parameters = []byte("good: 7") }, "parameter file"},
		{"bad program", func(w *world) { w.cfg.Programs[0] = []byte("name: 1") }, "program"},
		{"no path", func(w *world) { w.cfg.SecretsPath = "" }, "path of the secrets"},
		{"settings", func(w *world) { w.cfg.RoundBlocks, w.cfg.AskAtOnce = 0, 0 }, "ask_at_once"},
	} {
		w := newWorld(t, "a")
		j := &memory{}
		if _, err := w.open(j); err != nil {
			t.Fatal(err)
		}
		c.change(w)
		before := len(bodies[*evidence.Parameters](j.entries)) + len(bodies[*evidence.Program](j.entries))
		if _, err := w.open(j); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.says)
		}
		if after := len(bodies[*evidence.Parameters](j.entries)) + len(bodies[*evidence.Program](j.entries)); after != before {
			t.Errorf("%s: rules were recorded", c.name)
		}
	}
}

// Changed rules are recorded once, and rounds go on under them.
func TestRulesChange(t *testing.T) {
	w := newWorld(t, "a")
	j := &memory{}
	for i, draws := range []string{"draws: 6", "draws: 6", "draws: 9"} {
		w.cfg.Programs[0] = []byte(strings.Replace(testProgram, "draws: 6", draws, 1))
		v, err := w.open(j)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.rounds(v, 2); err != nil {
			t.Fatal(err)
		}
		if n, want := len(bodies[*evidence.Program](j.entries)), []int{1, 1, 2}[i]; n != want {
			t.Errorf("run %d: %d programs on the record, want %d", i, n, want)
		}
	}
	all := bodies[*evidence.Exchange](j.entries)
	if req := itemsOf(t, all[len(all)-1]); len(req.Parts[0].Draws) != 9 {
		t.Errorf("%d draws after the change", len(req.Parts[0].Draws))
	}
	mustReplay(t, j.entries)
}

func TestVoteLead(t *testing.T) {
	for _, c := range []struct{ setting, tempo, want uint64 }{
		{0, 12, 3}, {0, 360, 18}, {0, 4, 2}, {0, 1, 1}, {5, 360, 5}, {500, 360, 180}, {1, 12, 1}, {0, 0, 1},
	} {
		clock := fmt.Sprint(c)
		w := newFakeChain(max(c.tempo, 1))
		e, _ := w.Epoch(context.Background(), headAt(0))
		if c.tempo == 0 {
			e.Next = 0
		}
		if got := leadOf(c.setting, e); got != c.want {
			t.Errorf("%s: lead %d", clock, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	var none *Metrics
	none.closed(time.Second)
	none.failed()
	none.called(protocol.KindRootRequest, evidence.Late)
	none.fetched(evidence.FetchGone)
	none.voted("landed")
	none.recorded(evidence.Entry{})
	none.success()
	none.due(7)
	none.overdue(3)

	reg := prometheus.NewRegistry()
	w := newWorld(t, "a")
	v, err := Open(w.cfg, Deps{
		Signer: w.self, Journal: &memory{}, Chain: w.chain, Ledger: w.chain, Booth: w.chain, Rules: w.chain, Asker: w, Fetcher: w.site, Log: discard(), Metrics: NewMetrics(reg),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 8); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			got[f.GetName()] += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for _, name := range []string{
		"assay_validator_rounds_total", "assay_validator_calls_total", "assay_validator_round_duration_seconds",
		"assay_validator_fetches_total", "assay_weights_attempts_total", "assay_validator_record_bytes",
		"assay_validator_record_seq", "assay_weights_last_success_timestamp_seconds", "assay_weights_next_due_block",
	} {
		if got[name] == 0 {
			t.Errorf("metric %s is missing or 0", name)
		}
	}
}
