package scoring_test

import (
	"fmt"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

// dated makes an item that the source has too, with a time of its own.
func (w *world) dated(n int, time int64, label string) *item.Item {
	w.t.Helper()
	c, err := item.Record{Author: "a", Title: fmt.Sprint("post ", n), Body: words(n), Time: time}.Canonical()
	if err != nil {
		w.t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: c, Label: label}
	w.page[it.URI] = evidence.Fetch{URI: it.URI, Status: evidence.FetchFound, ID: it.ID(), Label: it.Label}
	return it
}

func scoreOf(t *testing.T, w *world, uid uint16) scoring.Score {
	t.Helper()
	for _, s := range w.state.Scores() {
		if s.UID == uid {
			return s
		}
	}
	t.Fatalf("uid %d has no score", uid)
	return scoring.Score{}
}

// collected is a subnet whose miners have pages with times of their own, those of the
// forger on the full minute, in as many cells as there are labels.
func collected(t *testing.T, seed uint64, miners, forger, pages int, labels ...string) *world {
	w := newWorld(t, miners)
	random := kernel.NewRandom(seed)
	for i, m := range w.miners {
		var items []*item.Item
		for n := range pages {
			time := genesisTime - int64(random.Intn(100_000))
			if i == forger {
				time -= time % 60
			}
			items = append(items, w.dated(1000*i+n, time, labels[n%len(labels)]))
		}
		w.give(m, items...)
	}
	return w
}

// Who serves times that nobody else has, all on the full minute, is drawn from more
// often, and is paid as before: every one of its pages is there and says the same.
func TestWhoDiffersIsWatchedAndPaid(t *testing.T) {
	const forger = 4
	w := collected(t, 3, 5, forger, 150, "fork")
	before := 0
	for range 40 {
		w.play()
		if w.state.Draws(w.miners[forger].key.Hotkey()) == 6 {
			before++
		}
	}
	if before > 20 {
		t.Errorf("it took %d rounds to notice", before)
	}
	for uid := range uint16(len(w.miners)) {
		s := scoreOf(t, w, uid)
		if s.Watched != (uid == forger) {
			t.Errorf("uid %d: watched %v", uid, s.Watched)
		}
		if s.Weight < 0.15 || s.Rejected || s.OnTrial || len(s.Flags) > 0 {
			t.Errorf("uid %d: weight %.3f, rejected %v, on trial %v, flags %v", uid, s.Weight, s.Rejected, s.OnTrial, s.Flags)
		}
	}
}

// More draws leave less to chance and to the prior; what they bring is taken back by
// what each of them counts. Nobody gains by being watched, and nobody loses.
func TestBeingWatchedNeitherPaysNorCosts(t *testing.T) {
	share := func(forger int) (sum float64, watched bool) {
		w := collected(t, 5, 5, forger, 300, "exmh-users", "exmh-workers", "fork", "ilug", "misc", "razor-users")
		for round := range 120 {
			w.play()
			if round >= 60 {
				sum += scoreOf(t, w, 4).Weight / 60
			}
		}
		return sum, scoreOf(t, w, 4).Watched
	}
	plain, _ := share(-1)
	got, watched := share(4)
	if !watched || got < 0.95*plain || got > 1.05*plain {
		t.Errorf("watched %v with a weight of %.4f, %.4f without the quirk", watched, got, plain)
	}
}

// Honest miners do not differ, however small their stock and however often it is drawn.
func TestTheHonestAreNotWatched(t *testing.T) {
	for seed := range uint64(6) {
		w := collected(t, seed, 4, -1, 150, "fork")
		for round := range 50 {
			w.play()
			for uid, m := range w.miners {
				if w.state.Draws(m.key.Hotkey()) > 6 {
					t.Fatalf("seed %d: uid %d is watched in round %d", seed, uid, round)
				}
			}
		}
	}
}

// milk: a miner builds its standing honestly and then serves junk. It goes on trial
// within some rows, long before the reject verdict or the posterior would have taken its
// pay, and comes back when it serves what is real.
func TestMilkingAStandingEndsOnTrial(t *testing.T) {
	w := newWorld(t, 3)
	for i, m := range w.miners {
		var items []*item.Item
		for n := range 400 {
			items = append(items, w.post(1000*i+n, "fork", true))
		}
		w.give(m, items...)
	}
	for range 90 {
		w.play()
	}
	if s := scoreOf(t, w, 0); s.OnTrial || s.Weight < 0.25 {
		t.Fatalf("while it is honest: %+v", s)
	}
	honest := w.miners[0].tree
	w.junk(w.miners[0])
	rounds := 0
	for ; !scoreOf(t, w, 0).OnTrial && rounds < 20; rounds++ {
		w.play()
	}
	s := scoreOf(t, w, 0)
	if rounds > 5 || s.Weight != 0 || s.Rejected {
		t.Errorf("after %d rounds of junk: weight %.3f, rejected %v", rounds, s.Weight, s.Rejected)
	}
	w.show(w.miners[0], honest)
	for range 30 {
		w.play()
	}
	if s := scoreOf(t, w, 0); s.OnTrial || s.Weight < 0.05 {
		t.Errorf("when it is good again: on trial %v, weight %.3f", s.OnTrial, s.Weight)
	}
}

// A stall is not cheaper than a failure: who turns bad and answers one round in eight
// keeps no more than who answers each.
func TestStallingIsNotCheaperThanFailing(t *testing.T) {
	kept := func(answers int) (rounds float64) {
		w := newWorld(t, 3)
		for i, m := range w.miners {
			w.give(m, w.posts(1000*i, 1000*i+120, "fork", true)...)
		}
		for range 40 {
			w.play()
		}
		before := scoreOf(t, w, 0).Weight
		w.junk(w.miners[0])
		for r := range 32 {
			w.miners[0].silent = r%answers != answers-1
			w.play()
			rounds += scoreOf(t, w, 0).Weight / before
		}
		return rounds
	}
	open, stalled := kept(1), kept(8)
	// A question is put three times before it counts, and one alone is no alarm.
	if open > 3 || stalled > open+4.5 {
		t.Errorf("after it turned bad it is paid for %.2f rounds when it answers, for %.2f when it stalls", open, stalled)
	}
}
