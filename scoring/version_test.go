package scoring_test

import (
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

// parameters puts other parameters in force.
func (w *world) parameters(old, new string) {
	w.t.Helper()
	text := string(scoring.DefaultParameters())
	if !strings.Contains(text, old) {
		w.t.Fatalf("the parameters do not have %q", old)
	}
	w.append(&evidence.Parameters{Source: []byte(strings.Replace(text, old, new, 1))})
}

// A rule that is switched off leaves nothing behind.
func TestSwitchingTheRulesOff(t *testing.T) {
	w := collected(t, 3, 4, 3, 150, "fork")
	for range 30 {
		w.play()
	}
	h := w.miners[3].key.Hotkey()
	if w.state.Draws(h) != 12 {
		t.Fatalf("%d draws while watched", w.state.Draws(h))
	}
	for _, off := range [][2]string{{"watch_rate: 0.05", "watch_rate: 0"}, {"watch_rate: 0.05\nwatch_factor: 2\n", ""}} {
		w.parameters(off[0], off[1])
		if n := w.state.Draws(h); n != 6 {
			t.Errorf("%d draws after the watch was switched off by %q", n, off[1])
		}
	}
	w.play()
	if scoreOf(t, w, 3).Watched {
		t.Error("still watched")
	}

	w = newWorld(t, 2)
	w.give(w.miners[0], w.posts(0, 60, "fork", true)...)
	w.give(w.miners[1], w.posts(1000, 1060, "fork", false)...)
	w.parameters("alpha: 0.01", "alpha: 0.000000001") // the trial comes before the verdict
	for range 7 {
		w.play()
	}
	if !scoreOf(t, w, 1).Cells[0].OnTrial {
		t.Fatal("a fabricator is not on trial")
	}
	w.parameters("trial_alarm: 13", "trial_alarm: 0")
	if s := scoreOf(t, w, 1); s.Cells[0].OnTrial || s.Wholes[0].OnTrial {
		t.Error("on trial after the rule was switched off")
	}
}

// The version of a record's fold says which rules it may have.
func TestFoldVersions(t *testing.T) {
	start := func(fold uint16) *evidence.Started {
		return &evidence.Started{Software: "test", Netuid: 1, Length: 1 << 20, Fold: fold, RoundBlocks: 2}
	}
	s := scoring.New()
	fold := func(b evidence.Body) error {
		err := s.Admits(b)
		if err == nil {
			var e evidence.Entry
			if e, err = evidence.Next(evidence.Head{}, b); err == nil {
				err = s.Fold(e)
			}
		}
		return err
	}
	for _, version := range []uint16{1, 2, 3} {
		if err := fold(start(version)); err != nil {
			t.Fatal(err)
		}
		if err := fold(&evidence.Parameters{Source: scoring.DefaultParameters()}); err == nil {
			t.Errorf("a run of fold version %d has rules that it does not know", version)
		}
	}
	if err := fold(start(scoring.FoldVersion)); err != nil {
		t.Error(err)
	}
	if err := fold(&evidence.Parameters{Source: scoring.DefaultParameters()}); err != nil {
		t.Error(err)
	}
	for _, version := range []uint16{0, 1, scoring.FoldVersion + 1} {
		if fold(start(version)) == nil {
			t.Errorf("version %d after version %d", version, scoring.FoldVersion)
		}
	}
}
