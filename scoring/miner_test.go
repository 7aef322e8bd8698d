package scoring

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/standing"
)

func shipped(t testing.TB) *Parameters {
	t.Helper()
	p, err := DecodeParameters(DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bounded are parameters of the rules before fold version 4, which bound the noise.
func bounded(t testing.TB) *Parameters {
	t.Helper()
	p := *shipped(t)
	p.Paired, p.TrialAlarm, p.TrialClear = false, 0, 0
	p.Bad, p.NoiseMiss, p.NoiseWindow, p.NoiseQuantile = 0.8, 0.01, 512, 0.95
	return &p
}

// A hotkey exactly at the border of the null is rejected with probability at most
// alpha/strata, although the test is looked at after every row. 10,000 hotkeys of
// 1,500 rows; the bound is checked with three standard errors to spare.
func TestRejectVerdictKeepsItsErrorRate(t *testing.T) {
	p := bounded(t)
	p.Alpha = 0.05 // enough rejections to measure
	const hotkeys, rows, strata, eta = 10_000, 1500, 2, 0.03
	rng := rand.New(rand.NewPCG(1, 2))
	rejected := 0
	for range hotkeys {
		var e test
		for range rows {
			e.see(rng.Float64() < p.Good-eta, p, eta, strata)
		}
		if e.rejected {
			rejected++
		}
	}
	bound := p.Alpha / strata
	limit := bound + 3*math.Sqrt(bound*(1-bound)/hotkeys)
	if share := float64(rejected) / hotkeys; share > limit || share < bound/20 {
		t.Errorf("rejected %.4f of honest hotkeys, stated %.4f; a share near 0 would mean that the test tests nothing", share, bound)
	}
}

// The stated power: against a share of fakes of 30 % and more the verdict comes
// within the rows that Wald's approximation gives, E[n] ≈ ln(strata/alpha)/E[step],
// plus one overshoot.
func TestRejectVerdictPower(t *testing.T) {
	p := bounded(t)
	const strata, eta, hotkeys = 9, 0.03, 2000
	g := p.Good - eta
	for _, valid := range []float64{0.7, 0.5, 0} {
		rng := rand.New(rand.NewPCG(3, uint64(valid*100)))
		var sum float64
		for range hotkeys {
			var e test
			n := 0
			for ; !e.rejected && n < 5000; n++ {
				e.see(rng.Float64() < valid, p, eta, strata)
			}
			sum += float64(n)
		}
		up := math.Log((1 - p.Bad) / (1 - g))
		step := valid*math.Log(p.Bad/g) + (1-valid)*up
		wald := (math.Log(strata/p.Alpha) + up) / step
		if got := sum / hotkeys; got > wald || got < 0.7*wald-1 {
			t.Errorf("valid share %.1f: rejected after %.1f rows, Wald gives at most %.1f", valid, got, wald)
		}
	}
}

func TestRejectVerdictIsSilentWhereNoiseHidesTheDifference(t *testing.T) {
	p := bounded(t)
	var e test
	for range 1000 {
		e.see(false, p, p.Good-p.Bad, 1)
	}
	if e.rejected || e.logE != 0 {
		t.Errorf("a row moved the test to %v although noise leaves no room", e.logE)
	}
}

// A newcomer starts from the prior's lower bound, whatever the rule's numbers are.
func TestANewcomerStartsLow(t *testing.T) {
	if got := shipped(t).standing().Share(standing.Posterior{}, 0); got.Lower > 0.11 || got.Mean != 0.5 {
		t.Errorf("a newcomer has %+v, want the prior's lower bound", got)
	}
}

func key(n byte) item.Key {
	return item.NewKey(item.Bucket{Program: [8]byte{1}}, item.Hash{n})
}

func TestCreditGoesToTheEarliestReceipt(t *testing.T) {
	a, b, c := protocol.Hotkey{1}, protocol.Hotkey{2}, protocol.Hotkey{3}
	book := newCreditBook()
	book.enter(key(9), item.Hash{}, 20, 1)
	book.draw(key(9), b, 20, 1, 1)
	if _, known, gone := book.holding(key(9)); known || gone {
		t.Fatal("credit is known before anyone was asked")
	}
	asks := book.asks(10)
	if len(asks) != 1 || asks[0].NotAfter != 20 {
		t.Fatalf("asks %+v, want one not after block 20", asks)
	}
	book.claim(key(9), a, 10, true)
	book.claim(key(9), c, 10, true)
	book.claim(key(8), c, 1, true) // nobody asked for it
	book.settle(asks, true, 3)
	holders, known, _ := book.holding(key(9))
	if !known || !slices.Equal(holders, []protocol.Hotkey{a, c}) {
		t.Errorf("holders %v, %v", holders, known)
	}
	if len(book.asks(10)) != 0 || book.unsettled() != 0 {
		t.Error("a settled key is asked again")
	}
	book.draw(key(9), b, 30, 1+askedAgain, 1)
	if len(book.asks(10)) != 1 {
		t.Error("a later holder's draw does not ask again for one who was away")
	}
	book.forget(2 + askedAgain)
	if len(book.entries) != 0 || book.unsettled() != 0 {
		t.Error("an old key is kept")
	}
	if _, _, gone := book.holding(key(9)); !gone {
		t.Error("a forgotten key is not gone")
	}
}

// A key waits for those who were not heard, a bounded number of times.
func TestCreditWaitsForTheUnheard(t *testing.T) {
	book := newCreditBook()
	book.enter(key(1), item.Hash{}, 5, 1)
	book.draw(key(1), protocol.Hotkey{1}, 5, 1, 1)
	for try := 1; try <= 3; try++ {
		if len(book.asks(9)) != 1 {
			t.Fatalf("not asked in try %d", try)
		}
		book.settle(book.asks(9), false, 3)
	}
	if _, known, _ := book.holding(key(1)); !known {
		t.Error("not settled after three tries")
	}
}

// However an owner spreads what it holds alone over keys, its keys' part of a tie is
// at most what one key's would be.
func TestTiesAreSplitProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var id cellID
		var others []protocol.Hotkey
		spread := map[holding]float64{}
		for i := range rapid.IntRange(1, 6).Draw(t, "others") {
			h := protocol.Hotkey{200 + byte(i)}
			others = append(others, h)
			spread[holding{id, h}] = rapid.Float64Range(0, 1e6).Draw(t, "other")
		}
		holders := slices.Clone(others)
		var own float64
		for i := range rapid.IntRange(1, 40).Draw(t, "keys") {
			h := protocol.Hotkey{byte(i + 1)}
			holders = append(holders, h)
			spread[holding{id, h}] = float64(rapid.IntRange(0, 1000).Draw(t, "bytes"))
			own += spread[holding{id, h}]
		}
		one := protocol.Hotkey{1}
		whole := maps.Clone(spread)
		whole[holding{id, one}] = own
		want := divide(id, one, append(slices.Clone(others), one), whole)
		var got, sum float64
		for _, h := range holders {
			c := divide(id, h, holders, spread)
			sum += c
			if h[0] < 200 {
				got += c
			}
		}
		if got > want+1e-9 || sum > 1+1e-9 {
			t.Fatalf("many keys get %v, one gets %v; all together %v", got, want, sum)
		}
		if divide(id, protocol.Hotkey{99}, holders, spread) != 0 {
			t.Fatal("who does not hold it is credited")
		}
	})
}

// The pool of controls cannot be taken over by one miner.
func TestControlsComeFromManyMiners(t *testing.T) {
	var h host
	for i := range 100 {
		h.remember(string(rune('a'+i%26))+string(rune('0'+i)), protocol.Hotkey{1}, 8)
	}
	h.remember("other", protocol.Hotkey{2}, 8)
	if len(h.good) != 8+1 {
		t.Errorf("%d pages, want %d of one miner and one of another", len(h.good), 8)
	}
	for i := range 4 * knownGoodKept {
		h.remember(fmt.Sprint("page ", i), protocol.Hotkey{byte(i)}, 8)
	}
	if len(h.good) > knownGoodKept {
		t.Errorf("the pool has %d pages", len(h.good))
	}
}

// The stated noise is where η begins; controls replace it.
func TestNoiseFollowsTheControls(t *testing.T) {
	p := bounded(t)
	var none *host
	if n := none.noise(p, 0.02); math.Abs(n.Mean-0.02) > 1e-12 || n.Upper < 0.05 || n.Resolved != 1 {
		t.Errorf("before any control: %+v", n)
	}
	var h host
	rng := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		f := evidence.Fetch{Status: evidence.FetchFound, Control: true}
		switch u := rng.Float64(); {
		case u < 0.1:
			f.Status = evidence.FetchFailed
		case u < 0.2:
			f.Status = evidence.FetchGone
		}
		h.observe(f, p)
	}
	n := h.noise(p, 0.02)
	if n.Mean < 0.06 || n.Mean > 0.17 || n.Upper <= n.Mean {
		t.Errorf("with one in nine gone: %+v", n)
	}
	if n.Resolved < 0.995 {
		t.Errorf("resolved share within three tries is %v where one try fails in ten", n.Resolved)
	}
}

func TestEquivocationIsFlaggedAndOldRootsAreNoNews(t *testing.T) {
	m := newMiner(protocol.Hotkey{7})
	m.receive(protocol.SignedRoot{Seq: 2, Bytes: 10}, 5, 1, nil)
	m.receive(protocol.SignedRoot{Seq: 1, Bytes: 5}, 6, 2, nil)
	if len(m.roots) != 1 || len(m.flagged(2, 100)) != 0 {
		t.Fatalf("an older root changed something: %+v %v", m.roots, m.flagged(2, 100))
	}
	m.receive(protocol.SignedRoot{Seq: 2, Bytes: 11}, 7, 3, nil)
	if !slices.Equal(m.flagged(3, 100), []string{FlagEquivocation}) {
		t.Fatalf("flags %v, want equivocation", m.flagged(3, 100))
	}
	if len(m.flagged(103, 100)) != 0 {
		t.Error("a flag outlives its memory")
	}
}

func TestReceiptsStayBounded(t *testing.T) {
	m := newMiner(protocol.Hotkey{7})
	for seq := uint64(1); seq <= 100_000; seq++ {
		m.receive(protocol.SignedRoot{Seq: seq}, seq, seq, nil)
	}
	if len(m.roots) > 600 {
		t.Errorf("%d receipts are kept of 100,000", len(m.roots))
	}
	if m.roots[0].Root.Seq != 1 {
		t.Errorf("the oldest receipt kept is %d, want the first: it proves priority", m.roots[0].Root.Seq)
	}
}

// Who is drawn with what another one had first, and says nothing when it is asked, is
// found to come later as if it had said when it got it.
func TestSilenceTellsThatOneIsLater(t *testing.T) {
	owner, copier := protocol.Hotkey{1}, protocol.Hotkey{2}
	book := newCreditBook()
	for n := range byte(precedenceLeast + 5) {
		k := key(n)
		book.enter(k, item.Hash{n}, 20, 1)
		book.draw(k, copier, 20, 1, 1)
		asks := book.asks(1)
		book.claim(k, owner, 10, true)
		book.settle(asks, true, 3)
	}
	if !book.before.follows(owner, copier, precedenceTimes) || book.before.follows(copier, owner, precedenceTimes) {
		t.Errorf("not found to be later: %v", book.before)
	}
}
