package scoring_test

import (
	"flag"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// fewer makes a test check a part of the worlds that rapid would: each is played
// through several rounds.
func fewer(t *testing.T, part int) {
	t.Helper()
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	withFlag(t, "rapid.checks", strconv.Itoa(max(1, n/part)))
}

// seeded makes it check the same worlds each time, unless a seed is asked for: what
// chance has a part in is stated of these worlds.
func seeded(t *testing.T) {
	t.Helper()
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		withFlag(t, "rapid.seed", "1")
	}
}

func withFlag(t *testing.T, name, value string) {
	t.Helper()
	f := flag.Lookup(name)
	before := f.Value.String()
	set := func(v string) {
		if err := f.Value.Set(v); err != nil {
			t.Error(err)
		}
	}
	set(value)
	t.Cleanup(func() { set(before) })
}

// script is a random subnet, to be played more than once.
type script struct {
	players []part
	rounds  int
}

// part is what one player of a script does.
type part struct {
	own    int    // posts of its own
	label  string // of them
	fakes  int    // posts that no source has
	shared int    // of the posts that everyone can have
	from   int    // the round in which it shows its index
	silent []bool // by round
}

func aScript(t *rapid.T) script {
	s := script{rounds: rapid.IntRange(4, 9).Draw(t, "rounds")}
	for range rapid.IntRange(2, 4).Draw(t, "players") {
		p := part{
			own: rapid.IntRange(0, 12).Draw(t, "own"), label: rapid.SampledFrom([]string{"fork", "fork", "ilug"}).Draw(t, "label"),
			fakes: max(0, rapid.IntRange(-6, 6).Draw(t, "fakes")), shared: rapid.IntRange(0, 8).Draw(t, "shared"),
			from: max(1, rapid.IntRange(-6, 3).Draw(t, "from")),
		}
		for range s.rounds {
			p.silent = append(p.silent, rapid.IntRange(0, 7).Draw(t, "silent") == 0)
		}
		s.players = append(s.players, p)
	}
	return s
}

// playScript plays a script with player i of it in slot place[i]. In each round the
// exchanges are made in the order of the script and written in that of written.
func (w *world) playScript(s script, place []int, written func() []int) {
	for round := 1; round <= s.rounds; round++ {
		for i, p := range s.players {
			m := w.miners[place[i]]
			m.silent = p.silent[round-1]
			if items := slices.Concat(
				w.posts(100*i, 100*i+p.own, p.label, true),
				w.posts(100*i+50, 100*i+50+p.fakes, p.label, false),
				w.posts(5000, 5000+p.shared, "fork", true),
			); p.from == round && len(items) > 0 {
				w.give(m, items...)
			}
		}
		w.open()
		var made []*evidence.Exchange
		var drawn []string
		for i := range s.players {
			x, uris := w.exchange(w.miners[place[i]])
			made, drawn = append(made, x), append(drawn, uris...)
		}
		for _, i := range written() {
			w.append(made[i])
		}
		w.close(drawn)
	}
}

// close looks at the drawn pages and ends the round.
func (w *world) close(drawn []string) {
	ref := &evidence.Reference{Round: w.round}
	for _, uri := range append(drawn, w.state.Refetch()...) {
		if !slices.ContainsFunc(ref.Fetches, func(f evidence.Fetch) bool { return f.URI == uri }) {
			f, ok := w.page[uri]
			if !ok {
				f = evidence.Fetch{URI: uri, Status: evidence.FetchGone}
			}
			ref.Fetches = append(ref.Fetches, f)
		}
	}
	w.append(ref)
	w.append(&evidence.Closed{Round: w.round})
}

func inOrder(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// The order in which a round's exchanges are written changes no bit of a score, of
// the vote, of an explanation, or of what is asked next.
func TestPropertyOrderOfExchanges(t *testing.T) {
	fewer(t, 4)
	rapid.Check(t, func(r *rapid.T) {
		s := aScript(r)
		n := len(s.players)
		a, b := newWorld(t, n), newWorld(t, n)
		a.playScript(s, inOrder(n), func() []int { return inOrder(n) })
		b.playScript(s, inOrder(n), func() []int { return rapid.Permutation(inOrder(n)).Draw(r, "order") })
		if x, y := a.state.Scores(), b.state.Scores(); !reflect.DeepEqual(x, y) {
			r.Fatalf("scores\n%+v\n%+v", x, y)
		}
		uids, weights := a.state.Vote()
		uids2, weights2 := b.state.Vote()
		if !slices.Equal(uids, uids2) || !slices.Equal(weights, weights2) {
			r.Fatalf("votes %v of %v, %v of %v", weights, uids, weights2, uids2)
		}
		if !reflect.DeepEqual(a.state.Asks(), b.state.Asks()) || !slices.Equal(a.state.Refetch(), b.state.Refetch()) {
			r.Fatal("other keys are asked, or other pages")
		}
		for _, m := range a.miners {
			x, _ := a.state.Explain(m.key.Hotkey())
			y, _ := b.state.Explain(m.key.Hotkey())
			if x.String() != y.String() {
				r.Fatalf("explanations\n%s\n%s", x, y)
			}
		}
	})
}

// Other keys and other uids for the same players change the labels of their scores
// and nothing else, up to the rounding of a sum in another order.
func TestPropertyRelabelling(t *testing.T) {
	fewer(t, 4)
	rapid.Check(t, func(r *rapid.T) {
		s := aScript(r)
		n := len(s.players)
		place := rapid.Permutation(inOrder(n)).Draw(r, "places")
		a, b := newWorld(t, n), newWorld(t, n)
		for i, m := range b.miners {
			m.key = protocol.DeriveKey(fmt.Appendf(nil, "another key %d %d", i, rapid.IntRange(0, 1000).Draw(r, "key")))
		}
		a.playScript(s, inOrder(n), func() []int { return inOrder(n) })
		b.playScript(s, place, func() []int { return inOrder(n) })
		for i := range s.players {
			p, q := a.scoreOf(i), b.scoreOf(place[i])
			if !sameNumbers(p, q) {
				r.Fatalf("player %d has\n%+v\nand with other labels\n%+v", i, p, q)
			}
		}
	})
}

// scoreOf is the score in a slot; who was never asked has none.
func (w *world) scoreOf(slot int) scoring.Score {
	for _, s := range w.state.Scores() {
		if int(s.UID) == slot {
			return s
		}
	}
	return scoring.Score{}
}

// sameNumbers compares what is not a label, to 1e-12.
func sameNumbers(a, b scoring.Score) bool {
	same := func(x, y float64) bool { return math.Abs(x-y) <= 1e-12*(math.Abs(x)+math.Abs(y)) }
	if len(a.Cells) != len(b.Cells) || a.Rejected != b.Rejected || a.Away != b.Away || !slices.Equal(a.Flags, b.Flags) {
		return false
	}
	for i, c := range a.Cells {
		d := b.Cells[i]
		if c.Name != d.Name || c.ProvenBytes != d.ProvenBytes || c.Rejected != d.Rejected || c.Standing != d.Standing ||
			!same(c.Pay, d.Pay) || !same(c.UniqueBytes, d.UniqueBytes) || !same(c.NetworkBytes, d.NetworkBytes) ||
			!same(c.Credit, d.Credit) || !same(c.LogE, d.LogE) {
			return false
		}
	}
	return a.ValidShare == b.ValidShare && same(a.Value, b.Value) && same(a.Weight, b.Weight)
}
