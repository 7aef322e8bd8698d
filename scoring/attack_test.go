package scoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
)

// commit replaces a miner's whole index: a root may drop what an older one held.
func (w *world) commit(m *player, items ...*item.Item) {
	w.t.Helper()
	m.tree = item.Tree{}
	w.give(m, items...)
}

// two is a subnet of two equal honest miners after some rounds.
func two(t *testing.T) *world {
	w := newWorld(t, 2)
	w.give(w.miners[0], w.posts(0, 60, "fork", true)...)
	w.give(w.miners[1], w.posts(100, 160, "ilug", true)...)
	for range 15 {
		w.play()
	}
	return w
}

// Whoever gets out of being sampled is not paid for what was sampled before.
func TestEscapingTheDrawsDoesNotPay(t *testing.T) {
	for name, escape := range map[string]func(w *world, m *player){
		"empty root": func(w *world, m *player) { w.commit(m) },
		"no axon":    func(_ *world, m *player) { m.away = true },
		"silence":    func(_ *world, m *player) { m.silent = true },
	} {
		w := two(t)
		escape(w, w.miners[1])
		for range 20 {
			w.play()
		}
		if s := w.state.Scores()[1]; s.Weight > 0 || !s.Away {
			t.Errorf("%s: weight %v, away %v after 20 rounds without a draw", name, s.Weight, s.Away)
		}
	}
}

// Items of programs that nobody runs draw the sampling to themselves; what they
// keep from being drawn fades.
func TestDrowningTheDrawsDoesNotPay(t *testing.T) {
	w := two(t)
	var leaves []item.Leaf
	for i := range 400 {
		it := w.post(5000+i, "fork", false)
		it.URI = "http://forum.example/other"
		key := item.NewKey(item.Bucket{Program: [8]byte{0xff}}, it.ID())
		w.miners[1].items[key] = it
		leaves = append(leaves, item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()})
		it.URI += string(rune('a' + i%26))
		it.Canonical = append([]byte{}, it.Canonical...)
		key = item.NewKey(item.Bucket{Program: [8]byte{0xff}, Span: uint32(i)}, it.ID())
		w.miners[1].items[key] = it
		leaves[i] = item.Leaf{Key: key, Bytes: uint64(len(it.Canonical)), Attrs: it.Attrs()}
	}
	next, _, err := w.miners[1].tree.Insert(leaves...)
	if err != nil {
		t.Fatal(err)
	}
	m := w.miners[1]
	m.tree, m.seq = next, m.seq+1
	m.versions[m.seq] = next
	for range 60 {
		w.play()
	}
	scores := w.state.Scores()
	if scores[1].Weight > scores[0].Weight/4 {
		t.Errorf("the drowner has weight %v, the honest miner %v", scores[1].Weight, scores[0].Weight)
	}
	if len(scores[1].Cells) > 1 {
		t.Errorf("%d cells are kept", len(scores[1].Cells))
	}
}

// Showing a huge root right before each vote and an honest one otherwise.
func TestInflatingForTheVoteDoesNotPay(t *testing.T) {
	w := two(t)
	honest := w.posts(100, 160, "ilug", true)
	var junk []*item.Item
	for n := 3000; n < 3600; n++ {
		junk = append(junk, w.post(n, "fork", false))
	}
	var attacker, votes float64
	for round := range 84 {
		switch round % 14 {
		case 11:
			w.commit(w.miners[1], append(append([]*item.Item{}, honest...), junk...)...)
		case 0:
			w.commit(w.miners[1], honest...)
		}
		w.play()
		if round%14 == 13 {
			attacker += w.state.Scores()[1].Weight
			votes++
		}
	}
	if share := attacker / votes; share > 0.51 {
		t.Errorf("the alternator has weight %.3f at votes, honest work has 0.5", share)
	}
}

// Invented posts under addresses that may not be fetched neither earn nor take from
// who shares the cell.
func TestUnresolvableItemsDilteNobody(t *testing.T) {
	w := newWorld(t, 2)
	w.give(w.miners[0], w.posts(0, 40, "fork", true)...)
	var barred []*item.Item
	for n := 700; n < 900; n++ {
		it := w.post(n, "fork", false)
		w.page[it.URI] = evidence.Fetch{URI: it.URI, Status: evidence.FetchBarred}
		barred = append(barred, it)
	}
	w.give(w.miners[1], append(barred, w.posts(100, 104, "fork", true)...)...)
	for range 40 {
		w.play()
	}
	s := w.state.Scores()
	if s[1].Weight > 0.1 {
		t.Errorf("who cites what cannot be checked has weight %v", s[1].Weight)
	}
	if own := s[0].Cells[0].UniqueBytes; own < 0.85*s[0].Cells[0].NetworkBytes {
		t.Errorf("the honest miner has %v of the cell's %v unique bytes", own, s[0].Cells[0].NetworkBytes)
	}
}

// A rival's content under a wrong label takes no credit from the rival.
func TestWrongLabelTakesNoCredit(t *testing.T) {
	w := newWorld(t, 2)
	right := w.posts(0, 60, "fork", true)
	var wrong []*item.Item
	for _, it := range right {
		c := *it
		c.Label = "ilug"
		wrong = append(wrong, &c)
	}
	w.give(w.miners[0], right...)
	w.play()
	w.give(w.miners[1], wrong...)
	for range 20 {
		w.play()
	}
	s := w.state.Scores()
	if s[1].Weight > 0.001 || s[0].Cells[0].Credit < 0.99 {
		t.Errorf("the copier has weight %v, the victim credit %v", s[1].Weight, s[0].Cells[0].Credit)
	}
}

// A key that showed everything once and now serves nothing keeps no credit from
// those who serve it.
func TestGhostKeepsNoCredit(t *testing.T) {
	for name, left := range map[string]int{"empty": 0, "one item": 1} {
		w := newWorld(t, 2)
		items := w.posts(0, 60, "fork", true)
		w.give(w.miners[1], items...)
		w.play()
		w.commit(w.miners[1], items[:left]...)
		w.give(w.miners[0], items...)
		for range 25 {
			w.play()
		}
		if c := w.state.Scores()[0].Cells[0]; c.Credit < 0.9 {
			t.Errorf("%s: the serving miner has credit %v", name, c.Credit)
		}
	}
}

// When nobody can be reached it is this validator that is cut off: nobody is
// charged, and afterwards all go on as before.
func TestOwnOutageIsNobodysFault(t *testing.T) {
	w := two(t)
	before := w.state.Scores()
	for _, m := range w.miners {
		m.silent = true
	}
	for range 20 {
		w.open()
		for _, m := range w.miners {
			x, _ := w.exchange(m)
			for i := range x.Calls {
				x.Calls[i].Answer, x.Calls[i].Outcome, x.Calls[i].Reason = nil, evidence.Offline, "dial"
			}
			w.append(x)
		}
		w.append(&evidence.Reference{Round: w.round})
		w.append(&evidence.Closed{Round: w.round})
	}
	for _, m := range w.miners {
		m.silent = false
	}
	for range 15 {
		w.play()
	}
	for i, s := range w.state.Scores() {
		if s.Rejected || s.Weight < 0.8*before[i].Weight {
			t.Errorf("uid %d: rejected %v, weight %v, before %v", s.UID, s.Rejected, s.Weight, before[i].Weight)
		}
	}
}

// A source that takes pages away which this validator saw does not make liars of
// those who collected them.
func TestVanishingPagesAreTheSources(t *testing.T) {
	w := newWorld(t, 1)
	items := w.posts(0, 60, "fork", true)
	w.give(w.miners[0], items...)
	for range 25 {
		w.play()
	}
	for _, it := range items[:12] {
		delete(w.page, it.URI)
	}
	for range 60 {
		w.play()
	}
	if s := w.state.Scores()[0]; s.Rejected || s.ValidShare.Mean < 0.9 {
		t.Errorf("with a fifth of the pages taken away: %+v", s.ValidShare)
	}
}

// filler is a large item that costs nothing, since its page may not be fetched.
func (w *world) filler(n int, label string) *item.Item {
	w.t.Helper()
	c, err := item.Record{Author: "a", Title: fmt.Sprint("filler ", n), Body: strings.Repeat(words(n), 250), Time: genesisTime - int64(n)}.Canonical()
	if err != nil {
		w.t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/barred/%d", n), Canonical: c, Label: label}
	w.page[it.URI] = evidence.Fetch{URI: it.URI, Status: evidence.FetchBarred}
	return it
}

// Who draws the sampling away from a cell does not keep it as fresh as it was.
func TestDilutionDoesNotKeepFresh(t *testing.T) {
	const halfLife, maxAge = 168 * 3600, 720 * 3600
	w := newWorld(t, 3)
	for i, m := range w.miners[:2] {
		w.give(m, w.posts(1000*i, 1000*i+60, "fork", true)...)
	}
	w.give(w.miners[2], w.posts(5000, 5060, "misc", true)...)
	for range 40 {
		w.play()
	}
	var fill []*item.Item
	for n := range 60 {
		fill = append(fill, w.filler(9000+n, "ilug"))
	}
	w.give(w.miners[0], fill...)
	for _, leap := range []int64{3 * halfLife, 2 * maxAge} {
		w.later = leap
		for range 60 {
			w.play()
		}
		s := w.state.Scores()
		if s[0].Weight > 1.1*s[1].Weight+1e-9 {
			t.Errorf("after %d h, weight %.3f with filler, %.3f without", leap/3600, s[0].Weight, s[1].Weight)
		}
	}
}
