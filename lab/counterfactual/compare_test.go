package counterfactual

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

// mixed is a record of some rounds: two honest miners with items of their own, one that
// copies the first, and one of whose items every so many is a fake.
func mixed(t testing.TB, rounds, fake int) *world {
	t.Helper()
	w := newWorld(t, 4, 7)
	n := 0
	give := func(m *player, real bool) {
		n++
		w.give(m, w.post(2*n, real), w.post(2*n+1, real))
	}
	for k := range 10 {
		give(w.miners[3], k%fake != 0)
	}
	for r := range rounds {
		if r%10 < 2 {
			give(w.miners[r%10], true)
		}
		if r%10 == 4 {
			w.give(w.miners[2], w.miners[0].items[len(w.miners[0].items)-1])
			give(w.miners[3], r%fake != 0)
		}
		w.play()
	}
	return w
}

func compare(t testing.TB, w *world, r Rules) *Comparison {
	t.Helper()
	c, err := Compare(each(w.entries), r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSyntheticRecordUnderItsOwnRules(t *testing.T) {
	w := mixed(t, 60, 3)
	c := compare(t, w, Rules{Parameters: []byte(worldParameters)})
	if len(c.Votes) < 3 || c.VotesChanged() != 0 || len(c.Decisions) != 0 || c.Unknown != (Unknown{}) || len(c.Miners) != 4 {
		t.Errorf("%d votes, %d changed, decisions %v, unknown %+v, %d miners", len(c.Votes), c.VotesChanged(), c.Decisions, c.Unknown, len(c.Miners))
	}
	sameBits(t, "synthetic", w.entries, []byte(worldParameters))
	votes, err := Votes(each(w.entries), nil)
	if err != nil || len(votes) != len(c.Votes) {
		t.Fatalf("%d votes, %v", len(votes), err)
	}
	for i, v := range votes {
		if !v.Same() || !v.Recorded.Equal(c.Votes[i].Other) || len(v.Recorded.UIDs) == 0 {
			t.Errorf("vote %d: %+v", i, v)
		}
	}
}

// The comparison names the decision that changed first, and its numbers are those of a
// state that is folded by hand.
func TestFirstDecision(t *testing.T) {
	w := mixed(t, 80, 5)
	strict := other(t, "alpha: 0.4")
	c := compare(t, w, Rules{Parameters: strict})
	d, ok := c.FirstDecision()
	if !ok || d.UID != 3 || d.What != Rejected || d.Agree || !d.Other.Stands || d.Recorded.Stands {
		t.Fatalf("first decision: %+v, %v", d, ok)
	}
	f := newFold(Rules{Parameters: strict})
	for _, e := range w.entries[:d.Seq] {
		if _, err := f.take(e); err != nil {
			t.Fatal(err)
		}
		rejected := false
		for _, s := range f.state.Scores() {
			for _, cell := range s.Cells {
				rejected = rejected || cell.Rejected
			}
		}
		if rejected != (e.Seq == d.Seq) {
			t.Fatalf("after entry %d a cell is rejected: %v; the comparison says entry %d", e.Seq, rejected, d.Seq)
		}
	}
	want := fmt.Sprintf("entry %d, round %d, epoch %d, uid 3, %s: rejected under the other rules after %d rows (ln e %.1f), not under the recorded ones (ln e %.1f)",
		d.Seq, d.Round, d.Epoch, d.Cell, d.Other.Rows, d.Other.LogE, d.Recorded.LogE)
	if d.String() != want || !strings.HasPrefix(d.Cell, "forum/forum/") {
		t.Errorf("%s\nwant\n%s", d, want)
	}
	if c.Changed[0] != (Parameter{"alpha", 0.01, 0.4}) || len(c.Changed) != 1 {
		t.Errorf("changed %v", c.Changed)
	}
	if v, ok := c.FirstVote(); !ok || v.Same() || v.Block < roundBlocks*d.Round {
		t.Errorf("first vote that differs: %+v, decision in round %d", v, d.Round)
	}
}

// Where the recorded rules come to the same later, that is told too, and a decision that
// differs is told once.
func TestDecisionsAgreeAgain(t *testing.T) {
	c := compare(t, mixed(t, 60, 2), Rules{Parameters: other(t, "alpha: 0.4")})
	open, agreed := map[string]bool{}, 0
	for _, d := range c.Decisions {
		key := fmt.Sprint(d.UID, d.Cell, d.What)
		if open[key] != d.Agree {
			t.Errorf("%v follows upon the same", d)
		}
		if open[key] = !d.Agree; d.Agree {
			agreed++
			if !strings.HasSuffix(d.String(), "rejected under both rules again") && !strings.HasSuffix(d.String(), "under either rules any more") && !strings.HasSuffix(d.String(), "on trial under both rules again") {
				t.Errorf("%v", d)
			}
		}
	}
	if agreed == 0 {
		t.Errorf("nothing agreed again: %v", c.Decisions)
	}
}

// Who is rejected sooner loses, and what it loses the others gain.
func TestGainsAddUp(t *testing.T) {
	c := compare(t, mixed(t, 80, 5), Rules{Parameters: other(t, "alpha: 0.4", "gamma: 4")})
	var before, after float64
	for _, m := range c.Miners {
		before, after = before+m.Before, after+m.After
		if m.Epochs != len(c.Votes) {
			t.Errorf("uid %d: %d epochs of %d", m.UID, m.Epochs, len(c.Votes))
		}
		if (m.UID == 3) != (m.Difference() < 0) {
			t.Errorf("uid %d: %.4f before, %.4f after", m.UID, m.Before, m.After)
		}
	}
	if before < 0.999 || before > 1.001 || after < 0.999 || after > 1.001 {
		t.Errorf("the weights sum to %v and %v", before, after)
	}
}

// What decided how much was asked stays as it was recorded, and is named.
func TestAskingStaysAsRecorded(t *testing.T) {
	w := mixed(t, 40, 5)
	changed := other(t, "max_tries: 1", "claims_per_round: 4", "claim_memory: 2", "gamma: 3")
	c := compare(t, w, Rules{Parameters: changed})
	want := []Parameter{{"max_tries", 3, 1}, {"claims_per_round", 96, 4}, {"claim_memory", 256, 2}}
	if fmt.Sprint(c.Kept) != fmt.Sprint(want) || fmt.Sprint(c.Changed) != "[{gamma 2 3}]" {
		t.Errorf("kept %v, changed %v", c.Kept, c.Changed)
	}
	alone := compare(t, w, Rules{Parameters: other(t, "gamma: 3")})
	for i, v := range c.Votes {
		if !v.Other.Equal(alone.Votes[i].Other) {
			t.Errorf("vote %d is %v, with gamma alone %v", i, v.Other, alone.Votes[i].Other)
		}
	}
}

// A watched miner would have been drawn from more often; a record without the watch does
// not hold these draws, and the comparison says so.
func TestOtherDrawsAreCounted(t *testing.T) {
	w := newWorld(t, 3, 3)
	for n := range 300 { // the third invents times: all its pages say the same second
		for i, m := range w.miners {
			if n%3 == i {
				it := w.post(n*50, true)
				if i < 2 {
					it = w.post(n, true)
				}
				w.give(m, it)
			}
		}
	}
	for range 60 {
		w.play()
	}
	off := compare(t, w, Rules{Parameters: other(t, "watch_rate: 0")})
	watched := 0
	for _, d := range off.Decisions {
		if d.What == Watched && d.Recorded.Stands && !d.Other.Stands {
			watched++
		}
	}
	if watched == 0 || off.Unknown.Draws == 0 || off.Unknown.Drawn < off.Unknown.Draws {
		t.Errorf("%d were watched, unknown %+v", watched, off.Unknown)
	}
}

func TestLaterFold(t *testing.T) {
	entries := recorded(t, "fold1")
	later, err := Compare(each(entries), Rules{Fold: scoring.FoldVersion, Parameters: scoring.DefaultParameters()})
	if err != nil || later.Fold != 1 || later.OtherFold != scoring.FoldVersion || later.VotesChanged() == 0 {
		t.Errorf("%+v, %v", later, err)
	}
	for _, c := range []struct {
		record string
		rules  Rules
		want   string
	}{
		{"fold1", Rules{Parameters: []byte(worldParameters)}, "the rules do not fit the record: parameters of another fold version than 1"},
		{"fold2", Rules{Fold: 1}, "the rules do not fit the record: it was made by fold version 2"},
		{"fold2", Rules{Fold: scoring.FoldVersion + 1}, "this release has those up to"},
		{"fold2", Rules{Parameters: []byte("good: 0.9\nbad: 0.95\n")}, "bad"},
		{"fold2", Rules{Parameters: []byte("good: [")}, "parameter file"},
		{"fold2", Rules{Parameters: []byte{}}, "parameter file"},
	} {
		if _, err := Compare(each(recorded(t, c.record)), c.rules); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s under %+v: %v, want %q", c.record, c.rules.Fold, err, c.want)
		}
	}
}

// A record that does not follow from its own rules is no ground for a comparison, and one
// that cannot be read to its end is none either.
func TestUnsoundRecords(t *testing.T) {
	w := mixed(t, 30, 5)
	var forged []evidence.Entry
	for _, e := range w.entries {
		if b, ok := e.Body.(*evidence.Intent); ok {
			vote := *b
			vote.Weights = append([]uint16{1}, vote.Weights[1:]...)
			e.Body = &vote
		}
		forged = append(forged, e)
	}
	_, err := Compare(each(forged), Rules{})
	if d, ok := errors.AsType[*scoring.Divergence](err); !ok || d.Kind != evidence.KindIntent {
		t.Errorf("a forged vote: %v", err)
	}
	votes, err := Votes(each(forged), nil)
	if err != nil || len(votes) == 0 || votes[0].Same() {
		t.Errorf("the votes of a forged record: %v, %v", votes, err)
	}
	broken := func(yield func(evidence.Entry, error) bool) {
		_ = yield(w.entries[0], nil) && yield(evidence.Entry{}, errors.New("cannot be read"))
	}
	for _, entries := range []iter.Seq2[evidence.Entry, error]{broken, each(nil), each(w.entries[3:])} {
		if c, err := Compare(entries, Rules{}); err == nil {
			t.Errorf("a broken record gives %+v", c)
		}
	}
	if _, err := Votes(broken, nil); err == nil {
		t.Error("votes of a broken record")
	}
}
