package scoring

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

func shipped(t testing.TB) *Parameters {
	t.Helper()
	p, err := DecodeParameters(DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A hotkey exactly at the border of the null is rejected with probability at most
// alpha/strata, although the test is looked at after every row. 10,000 hotkeys of
// 1,500 rows; the bound is checked with three standard errors to spare.
func TestRejectVerdictKeepsItsErrorRate(t *testing.T) {
	p := shipped(t)
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
	p := shipped(t)
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
	p := shipped(t)
	var e test
	for range 1000 {
		e.see(false, p, p.Good-p.Bad, 1)
	}
	if e.rejected || e.logE != 0 {
		t.Errorf("a row moved the test to %v although noise leaves no room", e.logE)
	}
}

func TestShareCoversTheTruthAndStartsLow(t *testing.T) {
	p := shipped(t)
	var fresh posterior
	if got := fresh.share(p, 0); got.Lower > 0.11 || got.Mean != 0.5 {
		t.Errorf("a newcomer has %+v, want the prior's lower bound", got)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	below := 0
	const hotkeys, truth, eta = 4000, 0.9, 0.02
	for range hotkeys {
		var q posterior
		for range 300 {
			q.see(rng.Float64() < truth*(1-eta), 1, p.Forget)
		}
		if q.share(p, eta).Lower <= truth {
			below++
		}
	}
	// The one-sided bound at 10 % holds for about 90 %: the prior pulls it down.
	if share := float64(below) / hotkeys; share < 0.88 {
		t.Errorf("the lower bound is below the truth in %.3f of cases, want 0.9", share)
	}
}

// More correct work never lowers the bound, and a failure never raises it.
func TestPosteriorIsMonotone(t *testing.T) {
	p := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		var q posterior
		for _, pass := range rapid.SliceOfN(rapid.Bool(), 0, 300).Draw(t, "rows") {
			q.see(pass, 1, p.Forget)
		}
		up, down := q, q
		up.see(true, 1, p.Forget)
		down.see(false, 1, p.Forget)
		now := q.share(p, 0)
		if up.share(p, 0).Mean < now.Mean-1e-9 || down.share(p, 0).Mean > now.Mean+1e-9 {
			t.Fatalf("mean %v goes to %v by a pass and to %v by a failure", now.Mean, up.share(p, 0).Mean, down.share(p, 0).Mean)
		}
		if down.share(p, 0).Lower > up.share(p, 0).Lower+1e-12 {
			t.Fatalf("a failure leaves a higher bound than a pass")
		}
	})
}

func key(n byte) item.Key {
	return item.NewKey(item.Bucket{Program: [8]byte{1}}, item.Hash{n})
}

func TestCreditGoesToTheEarliestReceipt(t *testing.T) {
	a, b, c := protocol.Hotkey{1}, protocol.Hotkey{2}, protocol.Hotkey{3}
	book := newCreditBook()
	book.hold(key(9), b, 20, 1)
	if _, known := book.share(key(9).ID(), b); known {
		t.Fatal("credit is known before anyone was asked")
	}
	asks := book.asks(10)
	if len(asks) != 1 || asks[0].NotAfter != 20 {
		t.Fatalf("asks %+v, want one not after block 20", asks)
	}
	book.hold(key(9), a, 10, 2)
	book.hold(key(9), c, 10, 2)
	book.settle(asks, true, 3)
	for h, want := range map[protocol.Hotkey]float64{a: 0.5, b: 0, c: 0.5} {
		if got, known := book.share(key(9).ID(), h); !known || got != want {
			t.Errorf("credit of %s is %v, %v, want %v", h.Short(), got, known, want)
		}
	}
	if len(book.asks(10)) != 0 {
		t.Error("a settled key is asked again")
	}
	book.forget(3)
	if len(book.entries) != 0 {
		t.Error("an old key is kept")
	}
}

// N clones of one miner, each with a share of the credit, earn together what one
// would: the credits of equally early holders sum to one.
func TestCreditOfEqualHoldersSumsToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "clones")
		book := newCreditBook()
		for i := range n {
			book.hold(key(1), protocol.Hotkey{byte(i + 1)}, rapid.Uint64Range(5, 6).Draw(t, "block"), 1)
		}
		book.settle(book.asks(1), true, 3)
		var sum float64
		for i := range n {
			share, _ := book.share(key(1).ID(), protocol.Hotkey{byte(i + 1)})
			sum += share
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("%d clones earn %v together", n, sum)
		}
	})
}

func TestEquivocationIsFlaggedAndOldRootsAreNoNews(t *testing.T) {
	m := newMiner(protocol.Hotkey{7})
	m.receive(protocol.SignedRoot{Seq: 2, Bytes: 10}, 5, 1)
	m.receive(protocol.SignedRoot{Seq: 1, Bytes: 5}, 6, 2)
	if len(m.roots) != 1 || len(m.flagged(2, 100)) != 0 {
		t.Fatalf("an older root changed something: %+v %v", m.roots, m.flagged(2, 100))
	}
	m.receive(protocol.SignedRoot{Seq: 2, Bytes: 11}, 7, 3)
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
		m.receive(protocol.SignedRoot{Seq: seq}, seq, seq)
	}
	if len(m.roots) > 600 {
		t.Errorf("%d receipts are kept of 100,000", len(m.roots))
	}
	if m.roots[0].root.Seq != 1 {
		t.Errorf("the oldest receipt kept is %d, want the first: it proves priority", m.roots[0].root.Seq)
	}
}
