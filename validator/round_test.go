package validator

import (
	"context"
	"errors"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/evidence/log"
)

// An honest subnet over a real record: all answer, all are scored, votes are cast,
// and the record replays and can be continued.
func TestRoundsVoteAndReplay(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	dir := t.TempDir()
	record, err := log.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var summaries []Summary
	w.cfg.OnRound = func(s Summary) { summaries = append(summaries, s) }
	v, err := w.open(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 20); err != nil {
		t.Fatal(err)
	}
	if len(summaries) != 20 || summaries[19].Asked != 3 || len(summaries[19].Scores) != 3 {
		t.Fatalf("%d summaries, last %+v", len(summaries), summaries[len(summaries)-1])
	}
	for o, n := range summaries[19].Outcomes {
		if o != evidence.Answered {
			t.Errorf("%d calls %s", n, o)
		}
	}
	for _, s := range v.Scores() {
		if s.ValidShare.Checked == 0 || s.Weight == 0 || len(s.Flags) > 0 {
			t.Errorf("score %+v", s)
		}
		if _, ok := v.Explain(s.Hotkey); !ok {
			t.Errorf("no explanation of uid %d", s.UID)
		}
	}
	if w.chain.landed < 2 {
		t.Errorf("%d votes landed in 40 blocks of tempo 12", w.chain.landed)
	}
	if s := v.Status(); s.Closed != 20 || s.Unclosed != 0 || s.Waiting != "" || s.LastVoteBlock == 0 || s.Head != record.Head() {
		t.Errorf("status %+v", s)
	}
	report, err := Replay(record.Entries(1), nil)
	if err != nil || report.Mismatches != 0 || report.Votes != w.chain.landed || report.Closed != 20 {
		t.Errorf("replay %v, %v", report, err)
	}
	again, err := w.open(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(again, 2); err != nil {
		t.Fatal(err)
	}
	if report, err := Replay(record.Entries(1), nil); err != nil || report.Mismatches != 0 || report.Tips != 1 {
		t.Errorf("replay of the continued record %v, %v", report, err)
	}
	if err := record.Close(); err != nil {
		t.Error(err)
	}
}

// A validator without a permit, or off the subnet, asks nobody.
func TestNoRoundWithoutPermit(t *testing.T) {
	w := newWorld(t, "a")
	w.chain.neurons[0].ValidatorPermit = false
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 1); !errors.Is(err, errNoPermit) {
		t.Errorf("error %v, want %v", err, errNoPermit)
	}
	if n := len(bodies[*evidence.Opened](j.entries)); n != 0 {
		t.Errorf("%d rounds opened", n)
	}
	w.cfg.AskWithoutPermit = true
	if v, err = w.open(j); err != nil {
		t.Fatal(err)
	}
	if err := w.rounds(v, 1); err != nil {
		t.Error(err)
	}
}

// Two heads in one round open one round; a late head skips those in between.
func TestOneRoundPerNumber(t *testing.T) {
	w := newWorld(t, "a")
	w.cfg.RoundBlocks = 10
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []uint64{5, 6, 3, 3, 40, 1} { // blocks 5, 11, 14, 17, 57, 58
		if err := v.meet(context.Background(), w.chain.advance(step)); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint64
	for _, o := range bodies[*evidence.Opened](j.entries) {
		got = append(got, o.Round)
	}
	if len(got) != 2 || got[0] != 1 || got[1] != 5 {
		t.Errorf("rounds %v, want 1 and 5", got)
	}
}
