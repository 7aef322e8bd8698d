package counterfactual

import (
	"testing"
)

// BenchmarkCompare folds a record of 1,000 rounds and 16 miners twice, and lists all
// decisions after every round.
func BenchmarkCompare(b *testing.B) {
	w := newWorld(b, 16, 7)
	for n := range 1600 {
		w.give(w.miners[n%16], w.post(2*n, n%16 > 3 || n%5 > 0), w.post(2*n+1, true))
	}
	for range 1000 {
		w.play()
	}
	rules := Rules{Parameters: other(b, "alpha: 0.05")}
	b.ReportMetric(float64(len(w.entries)), "entries")
	for b.Loop() {
		if _, err := Compare(each(w.entries), rules); err != nil {
			b.Fatal(err)
		}
	}
}
