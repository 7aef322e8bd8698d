package validator

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/chain"
)

func TestWatchBoundaries(t *testing.T) {
	w := Watch{Since: 1000, Proven: true, Tempo: 100, RateLimit: 20, CommitReveal: true, RevealPeriod: 1, Cutoff: 500, LastUpdate: 990}
	with := func(change func(*Watch)) Watch {
		c := w
		change(&c)
		return c
	}
	for _, c := range []struct {
		name     string
		w        Watch
		head     uint64
		late     uint64
		critical bool
	}{
		{"two epochs", w, 1200, 0, false},
		{"a block more", w, 1201, 1, false},
		{"before three quarters of the cutoff", w, 1364, 164, false},
		{"three quarters of the cutoff", w, 1365, 165, true},
		{"commits go on", with(func(w *Watch) { w.LastUpdate = 1350 }), 1374, 174, false},
		{"commits go on for long", with(func(w *Watch) { w.LastUpdate = 1350 }), 1375, 175, true},
		{"the first reveal takes a period more", with(func(w *Watch) { w.Proven = false }), 1300, 0, false},
		{"the first reveal is late", with(func(w *Watch) { w.Proven = false }), 1301, 1, false},
		{"the first open vote is late", with(func(w *Watch) { w.Proven, w.CommitReveal = false, false }), 1201, 1, false},
		{"a long rate limit", with(func(w *Watch) { w.RateLimit = 900 }), 2000, 0, false},
		{"a long rate limit is over", with(func(w *Watch) { w.RateLimit = 900 }), 2001, 1, true},
		{"no permit", with(func(w *Watch) { w.Since = 0 }), 9999, 0, false},
		{"rules not known", Watch{Since: 1}, 9999, 0, false},
		{"no cutoff known", with(func(w *Watch) { w.Cutoff = 0 }), 9999, 8799, false},
	} {
		if late, critical := c.w.Overdue(c.head), c.w.Critical(c.head); late != c.late || critical != c.critical {
			t.Errorf("%s: late by %d, critical %v; want %d, %v", c.name, late, critical, c.late, c.critical)
		}
	}
	if got := cutoffOf(chain.Hyperparams{Tempo: 360, ActivityCutoffFactor: 13889, ActivityCutoff: 7}); got != 5000 {
		t.Errorf("cutoff %d, want 5000", got)
	}
}

// A validator whose reveals are refused says so once, loudly near the cutoff, is not
// ready meanwhile, and recovers.
func TestOverdueIsTold(t *testing.T) {
	w := sealedWorld(t, 1)
	w.chain.rules.ActivityCutoff = 80
	j := &memory{}
	v, out := logged(t, w, j)
	v.metrics = NewMetrics(prometheus.NewRegistry())
	if err := w.rounds(v, 10); err != nil {
		t.Fatal(err)
	}
	if s := v.Status(); s.Overdue != "" || w.chain.reveals == 0 {
		t.Fatalf("status %+v", s)
	}
	w.chain.before = func() error {
		if w.chain.doing == ActionReveal {
			return refusal("revealWeights", "IncorrectWeightVersionKey")
		}
		return nil
	}
	if err := w.rounds(v, 14); err != nil {
		t.Fatal(err)
	}
	s := v.Status()
	for _, want := range []string{"no weights since block 17", "inactive from block 97 on", "IncorrectWeightVersionKey: the subnet demands a newer version key: update the node"} {
		if !strings.Contains(s.Overdue, want) {
			t.Errorf("overdue %q, want %q in it", s.Overdue, want)
		}
	}
	if s.OverdueBlocks == 0 || strings.Count(out.String(), `msg="weights are overdue"`) != 1 || strings.Contains(out.String(), "level=ERROR") {
		t.Errorf("overdue by %d; the log is\n%s", s.OverdueBlocks, out)
	}
	// After a restart the count goes on from the record.
	v, out = logged(t, w, j)
	if err := w.rounds(v, 20); err != nil {
		t.Fatal(err)
	}
	// From block 77 on, in the epochs 9, 10 and 11.
	if n := strings.Count(out.String(), "level=ERROR"); n != 3 || v.Status().OverdueBlocks <= s.OverdueBlocks {
		t.Errorf("%d errors, want one an epoch; overdue by %d\n%s", n, v.Status().OverdueBlocks, out)
	}
	w.chain.before = nil
	if err := w.rounds(v, 10); err != nil {
		t.Fatal(err)
	}
	if s := v.Status(); s.Overdue != "" || s.OverdueBlocks != 0 || !strings.Contains(out.String(), "weights reach the chain again") {
		t.Errorf("still overdue: %+v", s)
	}
}

// One that never succeeded is counted from its first round with a permit.
func TestOverdueFromTheStart(t *testing.T) {
	w := sealedWorld(t, 1)
	w.chain.before = func() error { return refusal("commitWeights", "NotEnoughStakeToSetWeights") }
	v, out := logged(t, w, &memory{})
	if err := w.rounds(v, 16); err != nil {
		t.Fatal(err)
	}
	if s := v.Status(); !strings.Contains(s.Overdue, "no weights yet") || !strings.Contains(s.Overdue, "put more stake on the hotkey") {
		t.Errorf("overdue %q\n%s", s.Overdue, out)
	}
	w.chain.neurons[0].ValidatorPermit = false
	_ = w.rounds(v, 1) // no permit: that is the point
	_ = w.rounds(v, 1)
	if s := v.Status(); s.Overdue != "" {
		t.Errorf("overdue without a permit: %q", s.Overdue)
	}
}
