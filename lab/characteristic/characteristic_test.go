package characteristic

import (
	"math"
	"reflect"
	"sync"
	"testing"

	"github.com/assaynet/assay/lab"
)

var theory = sync.OnceValues(func() ([]lab.Characteristic, error) { return Compute(1, 1) })

// table is the theory by rule and valid share.
func table(t *testing.T) map[string]map[float64]lab.Characteristic {
	t.Helper()
	rows, err := theory()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[float64]lab.Characteristic{}
	for _, c := range rows {
		if out[c.Rule] == nil {
			out[c.Rule] = map[float64]lab.Characteristic{}
		}
		out[c.Rule][c.Valid] = c
	}
	return out
}

// Over 10,000 runs each point of each rule is what theory says: the share within its
// interval, the expected items within 5 %.
func TestSimulationAgreesWithTheory(t *testing.T) {
	rows, err := Compute(1, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 7*len(Valid()) {
		t.Fatalf("%d points", len(rows))
	}
	for _, c := range rows {
		if !(c.Lower <= c.Theory+1e-9 && c.Theory-1e-9 <= c.Upper) {
			t.Errorf("%s at %v: theory %.5f, simulated %.5f in [%.5f, %.5f]", c.Rule, c.Valid, c.Theory, c.Simulated, c.Lower, c.Upper)
		}
		if c.Upper-c.Lower > 0.04 {
			t.Errorf("%s at %v: an interval from %v to %v says nothing", c.Rule, c.Valid, c.Lower, c.Upper)
		}
		if math.Abs(c.ItemsSimulated/c.ItemsTheory-1) > 0.05 {
			t.Errorf("%s at %v: %.2f items, theory says %.2f", c.Rule, c.Valid, c.ItemsSimulated, c.ItemsTheory)
		}
	}
}

// Numbers that were computed elsewhere: the reference's exact table of the sequential
// test, and the published chances of SN13's rule.
func TestTheoryHasTheKnownNumbers(t *testing.T) {
	of := table(t)
	for _, c := range []struct {
		rule                     string
		valid, accept, tolerance float64
		items                    float64
	}{
		{SPRT, 0.95, 0.9940, 0.001, 48.9}, {SPRT, 0.8, 0.0095, 0.001, 36.3}, {SPRT, 0.99, 1, 0.001, 29.7},
		{EProcess, 0.95, 0.994, 0.001, 48.8}, {EProcess, 0.8, 0.0095, 0.001, 36.4},
		{Fixed, 0.95, 1 - 0.0086, 0.0005, 96}, {Fixed, 0.8, 0.0093, 0.0005, 96},
		{SN13, 0.95, 0.997, 0.0005, 20}, {SN13, 0.9, 0.957, 0.0005, 20}, {SN13, 0.8, 0.630, 0.0005, 20}, {SN13, 0.7, 0.238, 0.0005, 20}, {SN13, 0.5, 0.006, 0.0005, 20},
	} {
		got := of[c.rule][c.valid]
		if math.Abs(got.Theory-c.accept) > c.tolerance || math.Abs(got.ItemsTheory-c.items) > 0.02*c.items {
			t.Errorf("%s at %v: accepts %.4f with %.1f items, want %.4f with %.1f", c.rule, c.valid, got.Theory, got.ItemsTheory, c.accept, c.items)
		}
	}
}

// At equal cost: with the items of a good miner that SN13's rule takes, and as few good
// miners rejected, a sequential test accepts a bad one much less often; a test of fixed size that costs what
// the sequential test does errs several times as often.
func TestEqualCost(t *testing.T) {
	of := table(t)
	theirs, ours := of[SN13], of[SPRTAtSN13]
	if cost := ours[good].ItemsTheory; cost > 20 || cost < 17 {
		t.Errorf("the sequential test takes %.2f items, SN13's rule 20", cost)
	}
	if ours[good].Theory < theirs[good].Theory {
		t.Errorf("a good miner is accepted with %.4f, by SN13's rule with %.4f", ours[good].Theory, theirs[good].Theory)
	}
	if ours[bad].Theory > theirs[bad].Theory/3 {
		t.Errorf("a bad miner is accepted with %.3f, by SN13's rule with %.3f", ours[bad].Theory, theirs[bad].Theory)
	}
	fix, seq := of[FixedAtCost], of[SPRT]
	if cost := seq[good].ItemsTheory; math.Abs(fix[good].ItemsTheory-cost) > 0.5 {
		t.Errorf("costs %v and %v", fix[good].ItemsTheory, cost)
	}
	if larger := max(1-fix[good].Theory, fix[bad].Theory); larger < 3*max(1-seq[good].Theory, seq[bad].Theory) {
		t.Errorf("the larger error of a fixed size is %.4f", larger)
	}
}

// The verdict that ships leaves good miners alone and rejects those with a tenth of fakes
// within ten epochs.
func TestTheVerdictBesideControls(t *testing.T) {
	of := table(t)[Beside]
	if of[0.97].Theory < 0.99 || of[0.99].Theory < 0.9999 || of[0.9].Theory > 0.1 || of[0.8].Theory > 1e-6 {
		t.Errorf("accepts 99 %% with %v, 97 %% with %v, 90 %% with %v, 80 %% with %v", of[0.99].Theory, of[0.97].Theory, of[0.9].Theory, of[0.8].Theory)
	}
	for _, rule := range table(t) {
		for i, valid := range Valid()[1:] {
			if rule[valid].Theory > rule[Valid()[i]].Theory+1e-9 {
				t.Errorf("%s accepts more of %v than of %v", rule[valid].Rule, valid, Valid()[i])
			}
		}
	}
}

func TestComputeFollowsFromItsSeed(t *testing.T) {
	a, errA := Compute(7, 50)
	b, errB := Compute(7, 50)
	c, errC := Compute(8, 50)
	if errA != nil || errB != nil || errC != nil {
		t.Fatal(errA, errB, errC)
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("two tables of one seed differ")
	}
	if reflect.DeepEqual(a, c) {
		t.Error("two seeds give one table")
	}
	if d, err := Compute(7, -5); err != nil || d[0].Runs != 1 {
		t.Errorf("runs of -5: %v", err)
	}
}
