package scoring_test

import (
	"fmt"
	"testing"
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
