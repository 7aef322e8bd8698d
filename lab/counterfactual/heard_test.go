package counterfactual

import (
	"testing"

	"github.com/assaynet/assay/evidence"
)

// A miner whose flag is over soon in the record, and never under the other rules, holds
// nothing there that it had first. So these would ask anew for what a copier shows of it.
// The record does not: who had it first after the flagged one is not known, and what is not
// known credits nobody.
func TestWhatWasNeverAskedCreditsNobody(t *testing.T) {
	w := newWorld(t, 3, 5)
	w.append(&evidence.Parameters{Source: other(t, "flag_rounds: 2")})
	for n := range 40 {
		w.give(w.miners[0], w.post(2*n, true), w.post(2*n+1, true))
		w.give(w.miners[2], w.post(1000+2*n, true), w.post(1001+2*n, true))
	}
	for range 2 {
		w.play()
	}
	w.give(w.miners[1], w.miners[0].items...)
	for range 12 {
		w.play()
	}
	w.miners[0].forks = true
	w.play()
	w.miners[0].forks = false
	for range 60 {
		w.play()
	}
	c := compare(t, w, Rules{Parameters: []byte(worldParameters)})
	d, ok := c.FirstDecision()
	if !ok || d.UID != 0 || d.What != Flagged || !d.Other.Stands || c.Unknown.Asks == 0 || c.Unknown.Keys == 0 {
		t.Fatalf("first decision: %v; unknown %+v", d, c.Unknown)
	}
	// The same, taking what the record does not ask for as asked and claimed by nobody.
	deaf := newFold(Rules{Parameters: []byte(worldParameters)})
	var heard, unheard float64
	for _, e := range w.entries {
		v, err := deaf.take(e)
		if err != nil {
			t.Fatal(err)
		}
		if v != nil {
			unheard = v.Other.Of(1)
		}
	}
	heard = c.Votes[len(c.Votes)-1].Other.Of(1)
	if c.Votes[0].Other.Of(1) > 0.01 || heard > 0.05 || unheard < 0.1 {
		t.Errorf("the copier has %.3f of the last vote, and would have %.3f if every key counted as asked for", heard, unheard)
	}
}
