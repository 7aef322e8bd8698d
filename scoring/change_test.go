package scoring

import (
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/acceptance"
	"github.com/assaynet/assay/scoring/kernel"
)

// turn feeds rows at a valid share until the cell goes on trial, or off it, and gives
// how many it took; most bounds it.
func (c *change) turn(p *Parameters, random *kernel.Random, share float64, most int) int {
	was := c.onTrial
	for n := 1; n <= most; n++ {
		if c.see(random.Float64() < share, p, 0); c.onTrial != was {
			return n
		}
	}
	return most
}

// The watch alarms as seldom, and as soon, as the law of the CUSUM that ships says.
func TestChangeHasItsStatedErrors(t *testing.T) {
	p := bounded(t)
	watch, err := acceptance.NewCUSUM(p.Good, p.Bad, p.ChangeAlarm)
	if err != nil {
		t.Fatal(err)
	}
	random := kernel.NewRandom(17)
	for _, share := range []float64{0, 0.5, 0.8} {
		law, err := watch.RunLength(share)
		if err != nil {
			t.Fatal(err)
		}
		var sum int
		const runs = 10_000
		for range runs {
			var c change
			sum += c.turn(p, random, share, 10_000)
		}
		if got := float64(sum) / runs; got < 0.97*law.Average || got > 1.03*law.Average {
			t.Errorf("at a valid share of %v the alarm comes after %.2f rows, the law says %.2f", share, got, law.Average)
		}
	}
	law, err := watch.RunLength(p.Good)
	if err != nil {
		t.Fatal(err)
	}
	const runs, rows = 10_000, 1000
	alarms := 0
	for range runs {
		var c change
		if c.turn(p, random, p.Good, rows) < rows {
			alarms++
		}
	}
	if want := runs * rows / law.Average; float64(alarms) > want+5*10 {
		t.Errorf("%d false alarms in %d runs of %d rows, want about %.0f", alarms, runs, rows, want)
	}
}

// A cell that is good again is paid again soon; one that stays bad is let off its
// trial no more often than the trial's error says, each time.
func TestTrials(t *testing.T) {
	p := bounded(t)
	random := kernel.NewRandom(18)
	let := 0
	const runs = 10_000
	for range runs {
		bad := change{onTrial: true}
		if bad.turn(p, random, p.Bad, 30) < 30 { // one trial takes about as many rows
			let++
		}
	}
	if float64(let) > runs*2*p.ChangeError {
		t.Errorf("%d of %d cells at the border of bad were let off within 30 rows", let, runs)
	}
	for range 100 {
		good := change{onTrial: true}
		if n := good.turn(p, random, 0.995, 1000); n > 200 || good.onTrial {
			t.Errorf("a good cell stays on trial for %d rows", n)
		}
	}
	off := *p
	off.ChangeAlarm = 0
	var c change
	if c.turn(&off, random, 0, 1000) < 1000 {
		t.Error("an alarm although the watch is off")
	}
}

// The bound of the noise holds at all times at once, at every look, whatever the
// noise is; the posterior's quantile, by which records of fold version 1 were judged,
// does not.
func TestNoiseBoundHoldsAtAllTimes(t *testing.T) {
	p := bounded(t)
	random := kernel.NewRandom(19)
	const runs, controls = 600, 1200
	for _, eta := range []float64{0.02, 0.1} {
		missed, pointwise := 0, 0
		for range runs {
			h := &host{}
			var miss, point bool
			for range controls {
				f := evidence.Fetch{Status: evidence.FetchFound, Control: true}
				if random.Float64() < eta {
					f.Status = evidence.FetchGone
				}
				h.observe(f, p)
				// Where the stated noise is wrong, nothing is promised while the bound rests on it.
				if eta > 0.02 && h.windows == 0 && h.window.total() < p.NoiseWindow/2 {
					continue
				}
				if random.Intn(12) == 0 {
					miss = miss || h.bound(p, 0.02, 1) < eta
				}
				if random.Intn(12) == 0 {
					point = point || h.noise(p, 0.02).Upper < eta
				}
			}
			if miss {
				missed++
			}
			if point {
				pointwise++
			}
		}
		if float64(missed) > runs*p.NoiseMiss {
			t.Errorf("noise %v: the bound was missed in %d of %d runs, stated is %v", eta, missed, runs, p.NoiseMiss)
		}
		if pointwise < runs/10 {
			t.Errorf("noise %v: the quantile was missed in %d of %d runs only, so the bound is not worth its cost", eta, pointwise, runs)
		}
	}
}

// What the bound costs: with few controls gone it soon leaves room for the test.
func TestNoiseBoundIsSharpEnough(t *testing.T) {
	p := bounded(t)
	h := &host{}
	for n := 1; n <= 1024; n++ {
		f := evidence.Fetch{Status: evidence.FetchFound, Control: true}
		if n%100 == 0 {
			f.Status = evidence.FetchGone
		}
		h.observe(f, p)
		switch b := h.bound(p, 0.02, 1); {
		case b > p.Good-p.Bad:
			t.Fatalf("after %d controls the bound is %.3f, no room for the test", n, b)
		case n >= 256 && b > 0.13:
			t.Fatalf("after %d controls, one in a hundred gone, the bound is %.3f", n, b)
		}
	}
	var none *host
	if b := none.bound(p, 0.02, 1); b < 0.02 || b > 0.5 {
		t.Errorf("without a control the bound is %v", b)
	}
}

// A cell that is emptied for a while comes back with what was held against it.
func TestAnEmptiedCellIsNotForgotten(t *testing.T) {
	p := bounded(t)
	s := New()
	s.params, s.started, s.closed = p, &evidence.Started{Fold: FoldVersion}, 1000
	m := newMiner(protocol.Hotkey{1})
	s.miners[m.hotkey] = m
	held, clean := cellID{cell: 1}, cellID{cell: 2}
	m.cell(held).change.sum = 9.9
	m.cell(held).paid.ended, m.cell(clean).paid.ended = 40, 40
	for range 2000 {
		s.fade(0)
	}
	if m.cells[held] == nil || m.cells[held].change.sum != 9.9 || m.cells[clean] != nil {
		t.Errorf("cells %v", m.cells)
	}
}

// One question that stays unanswered, of however many draws, puts nobody on trial; two
// do.
func TestOneOutageIsNoChange(t *testing.T) {
	p := bounded(t)
	for _, rows := range []float64{1, 6, 64} {
		var c change
		c.fail(rows, p, 0)
		if c.onTrial || c.sum <= 0 || c.sum > 0.5*p.ChangeAlarm+1e-9 {
			t.Errorf("%v draws: %+v", rows, c)
		}
		if c.fail(rows, p, 0); rows >= 6 && !c.onTrial {
			t.Errorf("twice %v draws: %+v", rows, c)
		}
	}
}

// When a source's noise rises faster than the promise allows, few honest miners pay for
// it: the bound follows the posterior too.
func TestRisingNoiseSeldomRejects(t *testing.T) {
	p := bounded(t)
	random := kernel.NewRandom(5)
	for _, c := range []struct {
		noise float64
		most  int
	}{{0.1, 6}, {0.15, 10}, {0.2, 30}} {
		rejected := 0
		for range 200 {
			h := &host{windows: 3, before: window{502, 10}, window: window{251, 5}, found: 98, gone: 2, seen: 1, tried: 100, decided: 100}
			var e test
			for range 200 {
				for range 4 {
					f := evidence.Fetch{Status: evidence.FetchFound}
					if random.Float64() < c.noise {
						f.Status = evidence.FetchGone
					}
					h.observe(f, p)
				}
				bound := h.bound(p, 0.02, 1)
				for range 6 {
					e.see(random.Float64() > c.noise, p, bound, 10)
				}
			}
			if e.rejected {
				rejected++
			}
		}
		if t.Logf("noise from .02 to %v: %d of 200", c.noise, rejected); rejected > c.most {
			t.Errorf("noise from .02 to %v: %d of 200 honest cells are rejected", c.noise, rejected)
		}
	}
}
