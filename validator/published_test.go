package validator

import (
	"fmt"
	"slices"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/scoring"
)

// published is where a record may be shown up to after each of its entries.
func published(entries []evidence.Entry) []uint64 {
	var h Horizon
	var out []uint64
	for _, e := range entries {
		h.See(e)
		out = append(out, h.Head().Seq)
	}
	return out
}

func TestHorizon(t *testing.T) {
	intent := func(e uint64) evidence.Body { return &evidence.Intent{Epoch: e} }
	committed := func(e uint64) evidence.Body { return &evidence.Committed{Epoch: e} }
	landed := func(e uint64) evidence.Body { return &evidence.Landed{Epoch: e, Block: 1} }
	dead := func(e uint64) evidence.Body { return &evidence.Landed{Epoch: e, Fault: faultExpired} }
	round := evidence.Body(&evidence.Closed{})
	for _, c := range []struct {
		name   string
		bodies []evidence.Body
		want   []uint64
	}{
		{"rounds alone", []evidence.Body{round, round}, []uint64{0, 0}},
		{"in the open", []evidence.Body{round, intent(1), landed(1), round}, []uint64{0, 0, 2, 2}},
		{"by commit", []evidence.Body{round, intent(1), committed(1), round, intent(2), committed(2), landed(1), round, landed(2)}, []uint64{0, 0, 0, 0, 0, 0, 2, 2, 5}},
		{"expired", []evidence.Body{intent(1), committed(1), round, dead(1), round}, []uint64{0, 0, 0, 1, 1}},
		{"a later one is settled first", []evidence.Body{intent(1), committed(1), intent(2), dead(2), round, landed(1)}, []uint64{0, 0, 0, 0, 0, 3}},
	} {
		var entries []evidence.Entry
		var at evidence.Head
		for _, b := range c.bodies {
			e, err := evidence.Next(at, b)
			if err != nil {
				t.Fatal(err)
			}
			entries, at = append(entries, e), e.Head()
		}
		if got := published(entries); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Miners change what they serve in each epoch. Whatever is shown while votes are
// hidden replays, and neither holds nor gives any of them.
func TestWhatIsShownHidesTheVote(t *testing.T) {
	for _, period := range []uint64{1, 2} {
		t.Run(fmt.Sprint(period), func(t *testing.T) { testShown(t, period) })
	}
}

func testShown(t *testing.T, period uint64) {
	w := sealedWorld(t, period)
	j := &memory{}
	v, err := w.open(j)
	if err != nil {
		t.Fatal(err)
	}
	hidden, grew := 0, map[uint64]bool{}
	for i := range 24 {
		w.order[i/4%2].collect(40) // by turns, one of the two grows much faster
		if err := w.rounds(v, 1); err != nil {
			t.Fatal(err)
		}
		at := v.Published()
		grew[at.Seq] = true
		shown := j.entries[:at.Seq]
		if at.Seq > 0 && shown[at.Seq-1].Hash != at.Hash {
			t.Fatal("the horizon is not an entry of the record")
		}
		state := scoring.New()
		for _, e := range shown {
			if err := state.Fold(e); err != nil {
				t.Fatal(err)
			}
		}
		_, weights := state.Vote()
		for _, p := range v.state.Pending() {
			if c, ok := v.state.Committed(p.Epoch); !ok || slices.ContainsFunc(shown, func(e evidence.Entry) bool { return e.Hash == c.Intent }) {
				t.Fatalf("the hidden vote of epoch %d is shown, or not committed", p.Epoch)
			}
			if slices.Equal(weights, p.Weights) {
				t.Fatalf("what is shown gives the hidden vote %v of epoch %d", weights, p.Epoch)
			}
			hidden++
		}
		if len(shown) > 0 {
			mustReplay(t, shown)
		}
	}
	if hidden < 8 || len(grew) < 3 {
		t.Errorf("%d looks at hidden votes, %d horizons: too few to tell", hidden, len(grew))
	}
}
