package truth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// On the published data, what the rule chooses is better on average than either of its choices
// always.
func TestRuleOnPublishedData(t *testing.T) {
	var rule, posterior, bwa float64
	n := 0
	for _, c := range publishedTable() {
		folder := "testdata"
		if !exists("testdata/" + c.name + ".labels.csv") {
			continue
		}
		d := read(t, folder, c.name, c.name+".labels.csv", c.name+".truth.csv")
		r := infer(t, d.labels, Auto, Options{})
		rule += d.accuracy(r)
		posterior += d.accuracy(infer(t, d.labels, DawidSkeneMAP, Options{}))
		bwa += d.accuracy(infer(t, d.labels, BWA, Options{}))
		n++
		if !strings.Contains(r.Why, string(r.Method)+": ") || !strings.Contains(r.Why, "majority gives another class to ") || !strings.Contains(r.Why, "half of the workers gave") {
			t.Errorf("%s: %s", c.name, r.Why)
		}
	}
	t.Logf("mean of %d sets: rule %.4f, dawid-skene-map %.4f, bwa %.4f", n, rule/float64(n), posterior/float64(n), bwa/float64(n))
	if rule < posterior || rule < bwa {
		t.Errorf("mean of %d sets: rule %.4f, dawid-skene-map %.4f, bwa %.4f", n, rule/float64(n), posterior/float64(n), bwa/float64(n))
	}
}

// Half of the tasks as gold. On barzan the rule's BWA predicts held-out gold clearly worse than
// Dawid–Skene; on sp_amt nothing is clearly better than the usual choice.
func TestGoldChooses(t *testing.T) {
	for _, c := range []struct {
		name          string
		usual, better Method
		said          string
	}{
		{"barzan", BWA, DawidSkeneMAP, "but dawid-skene-map is better by more than chance"},
		{"sp_amt", DawidSkeneMAP, DawidSkeneMAP, "none is better by more than chance"},
	} {
		d := read(t, "testdata", c.name, c.name+".labels.csv", c.name+".truth.csv")
		if usual, _ := rule(d.labels); usual != c.usual {
			t.Errorf("%s: the usual choice is %s", c.name, usual)
		}
		r := infer(t, d.labels, Auto, Options{Gold: someGold(d, 0.5, kernel.NewRandom(3))})
		if r.Method != c.better || !strings.Contains(r.Why, c.said) || !strings.Contains(r.Why, "held-out gold tasks") {
			t.Errorf("%s: %s", c.name, r.Why)
		}
	}
}

// Little gold is clamped, and said to be too little to choose by.
func TestLittleGold(t *testing.T) {
	d := read(t, "testdata", "sp_amt", "sp_amt.labels.csv", "sp_amt.truth.csv")
	r := infer(t, d.labels, Auto, Options{Gold: someGold(d, 0.05, kernel.NewRandom(3))})
	if !strings.Contains(r.Why, "too few to choose by (50)") || r.Method != DawidSkeneMAP {
		t.Error(r.Why)
	}
}

// The audit counts the tasks where majority and BWA name other classes.
func TestAudit(t *testing.T) {
	d := read(t, "testdata", "zc_in", "zc_in.labels.csv", "zc_in.truth.csv")
	r := infer(t, d.labels, DawidSkeneMAP, Options{})
	other := infer(t, d.labels, BWA, Options{})
	n := 0
	for i := range d.labels.tasks {
		a, _ := r.Posterior.Best(i)
		b, _ := other.Posterior.Best(i)
		if a != b {
			n++
		}
	}
	why := infer(t, d.labels, Auto, Options{}).Why
	if want := fmt.Sprintf(" and bwa to %d: compare, and look first at the tasks that differ", n); !strings.Contains(why, want) {
		t.Errorf("%q does not say %q", why, want)
	}
}
