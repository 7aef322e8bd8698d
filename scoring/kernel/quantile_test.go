package kernel

import (
	"testing"

	"pgregory.net/rapid"
)

// A quantile takes what does not depend on x out of the bisection. It is the bisection of
// the distribution function still, to the last bit: records hold these bits.
func TestQuantileIsTheBisection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.OneOf(rapid.Float64Range(0.01, 5), rapid.Float64Range(0.5, 500), rapid.Float64Range(1e4, 1e6))
		a, b, q := rows.Draw(t, "a"), rows.Draw(t, "b"), rapid.Float64Range(0, 1).Draw(t, "q")
		low, high := 0.0, 1.0
		for range 50 {
			if mid := float64(0.5 * (low + high)); BetaCDF(a, b, mid) < q {
				low = mid
			} else {
				high = mid
			}
		}
		if got, want := BetaQuantile(a, b, q), float64(0.5*(low+high)); got != want {
			t.Fatalf("%v, by bisection %v", got, want)
		}
	})
}
