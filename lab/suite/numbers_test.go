package suite

import (
	"math"
	"testing"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/zoo"
)

func TestInterval(t *testing.T) {
	mean, low, high := interval([]float64{1, 2, 3, 4})
	// t(0.975, 3) = 3.182446, s = 1.290994
	if half := 3.182446 * 1.290994 / 2; mean != 2.5 || math.Abs(high-2.5-half) > 1e-5 || math.Abs(2.5-low-half) > 1e-5 {
		t.Errorf("%v [%v, %v]", mean, low, high)
	}
	if _, low, high := interval([]float64{1}); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("one value is known to within [%v, %v]", low, high)
	}
}

// What never happens is later than what does.
func TestMedian(t *testing.T) {
	never := math.NaN()
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{never, 1, 2}, 2}, {[]float64{never, never, 2}, never}, {nil, never}, {[]float64{never, 5, 1, 3}, 4}} {
		if got := median(c.of); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("median of %v is %v, want %v", c.of, got, c.want)
		}
	}
}

// Clopper and Pearson's bound of none of 300 is 1 − 0.025^(1/300).
func TestRate(t *testing.T) {
	if share, upper := rate(0, 300); share != 0 || math.Abs(upper-(1-math.Pow(0.025, 1.0/300))) > 1e-9 {
		t.Errorf("%v, at most %v", share, upper)
	}
	if _, upper := rate(300, 300); upper != 1 {
		t.Errorf("all of all is at most %v", upper)
	}
}

// A search tries each setting at each of its values, and keeps what earned most.
func TestFinalists(t *testing.T) {
	a := zoo.Adversary{Name: "a", Settings: []zoo.Setting{{Name: "x", Default: 1, Try: []float64{1, 2}}, {Name: "y", Default: 0, Try: []float64{5}}}}
	all := choices(a)
	if len(all) != 4 { // x=1 y=0, x=1 y=5, x=2 y=0, x=2 y=5
		t.Fatalf("%v", all)
	}
	outcomes := make([][]outcome, len(all))
	for i, v := range all {
		outcomes[i] = []outcome{{ratio: v.settings["x"] + v.settings["y"]}}
	}
	if best := finalists(all, outcomes, 1); len(best) != 1 || best[0].settings["x"] != 2 || best[0].settings["y"] != 5 {
		t.Errorf("%v", best)
	}
}

// An attack that is played for its pay and on the wire is one row, and pays if either does.
func TestJoined(t *testing.T) {
	got := joined([]lab.Verdict{{Name: "steer", Ratio: 0.5}}, []lab.Verdict{{Name: "steer", Pays: true, Outcome: "bad_proof"}, {Name: "flood"}})
	if len(got) != 2 || !got[0].Pays || got[0].Outcome != "bad_proof" || got[0].Ratio != 0.5 || got[1].Name != "flood" {
		t.Errorf("%+v", got)
	}
}

// What is a known limit has no verdict: it stands apart, and does not make the zoo pay.
func TestLimitsStandApart(t *testing.T) {
	held, limits := apart([]lab.Verdict{{Name: "clone-labels", Pays: true}, {Name: "random-label"}})
	if len(held) != 1 || held[0].Name != "random-label" || len(limits) != 1 || limits[0].Name != "clone-labels" {
		t.Fatalf("%+v, %+v", held, limits)
	}
	r := &Result{Verdicts: held, Limits: limits}
	if r.Pays() || len(r.Adversaries()) != 1 {
		t.Errorf("%+v", r)
	}
	for _, a := range zoo.Raters() {
		if (a.Limit == "") == (a.Defence == zoo.Defence{}) {
			t.Errorf("%s has a defence and is a limit, or neither", a.Name)
		}
	}
}
