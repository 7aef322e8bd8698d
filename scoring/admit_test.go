package scoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// However few keys can be asked about, what a miner is taken to have that is worth something is the
// share of it that passes: what finds no room says nothing, good or bad.
func TestWhatFindsNoRoomSaysNothing(t *testing.T) {
	const real = 0.75 // of the posts of each
	share := func(asked int) float64 {
		w := newWorld(t, 6)
		w.parameters("claims_per_round: 96", fmt.Sprintf("claims_per_round: %d", asked))
		for i, m := range w.miners {
			at := 1000 * i
			w.give(m, append(w.posts(at, at+180, "fork", true), w.posts(at+180, at+240, "fork", false)...)...)
		}
		for range 120 {
			w.play()
		}
		var mean float64
		for i, m := range w.miners {
			c := scoreOf(t, w, uint16(i)).Cells[0]
			mean += c.UniqueBytes * (c.Draws + 2) / c.Draws / float64(m.tree.Root().Bytes) / float64(len(w.miners))
		}
		return mean
	}
	for _, asked := range []int{96, 4, 2} {
		got := share(asked)
		t.Logf("%d keys a round: %.3f", asked, got)
		if got < real-0.07 || got > real+0.07 {
			t.Errorf("with %d keys asked a round %.3f of what is shown is worth something, want %v", asked, got, real)
		}
	}
}

// ancient is a large page, too old to be worth anything.
func (w *world) ancient(n int) *item.Item {
	w.t.Helper()
	c, err := item.Record{Author: "a", Title: fmt.Sprint("old ", n), Body: strings.Repeat(words(n), 200), Time: genesisTime - 900*3600}.Canonical()
	if err != nil {
		w.t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: c, Label: "fork"}
	w.page[it.URI] = evidence.Fetch{URI: it.URI, Status: evidence.FetchFound, ID: it.ID(), Label: it.Label}
	return it
}

// A key that is never paid cannot keep another one's draws from being counted, by holding
// what these draw and being no holder that counts, whether it says that it had it first or
// not: of two miners with the same work and a large worthless page each, one of which a
// rejected key has too, neither earns more.
func TestAGhostHidesNoDraws(t *testing.T) {
	for name, claims := range map[string]bool{"claims": true, "says nothing": false} {
		w := newWorld(t, 4)
		for i, m := range w.miners[:3] {
			w.give(m, w.posts(1000*i, 1000*i+120, "fork", true)...)
		}
		shared, own := w.ancient(9000), w.ancient(9100)
		ghost := w.miners[3]
		w.give(ghost, shared)
		ghost.noClaims, ghost.silent = true, true
		for range 40 {
			w.play()
		}
		ghost.silent, ghost.noClaims = false, !claims
		for range 60 {
			w.play()
		}
		if !scoreOf(t, w, 3).Rejected {
			t.Fatal("who was silent for forty rounds is not rejected")
		}
		w.give(w.miners[0], shared)
		w.give(w.miners[1], own)
		for range 150 {
			w.play()
		}
		if with, without := scoreOf(t, w, 0).Weight, scoreOf(t, w, 1).Weight; with > 1.25*without {
			t.Errorf("%s: with a page that a ghost has the weight is %.3f, with one of its own %.3f", name, with, without)
		}
	}
}

// However many have what others had first, and whoever is drawn with it, new keys find
// room: a newcomer is paid.
func TestCopiersLeaveRoomForNewKeys(t *testing.T) {
	const copiers = 4 // as a hundred where 96 keys are asked in a round
	w := newWorld(t, 9+copiers)
	w.parameters("claims_per_round: 96", "claims_per_round: 4")
	for i, m := range w.miners[:8] {
		w.give(m, w.posts(1000*i, 1000*i+120, "fork", true)...)
	}
	for range 3 {
		w.play()
	}
	for _, m := range w.miners[9:] {
		for i := range 8 {
			w.give(m, w.posts(1000*i, 1000*i+120, "fork", true)...)
		}
	}
	for range 100 {
		w.play()
	}
	w.give(w.miners[8], w.posts(50_000, 50_120, "fork", true)...)
	for range 50 {
		w.play()
	}
	if newcomer, old := scoreOf(t, w, 8), scoreOf(t, w, 0); newcomer.Weight < 0.8*old.Weight {
		t.Errorf("after 50 rounds the newcomer has weight %.3f by %.1f draws, an old miner %.3f", newcomer.Weight, newcomer.Cells[0].Draws, old.Weight)
	}
}
