package weights

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func mustBounded(t rapid.TB, b Bounded, lower, volume []float64) []float64 {
	t.Helper()
	w, err := b.Weights(lower, volume)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustSoftmax(t rapid.TB, scores []float64, temperature float64) []float64 {
	t.Helper()
	w, err := Softmax(scores, temperature)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// (0.4/0.4)²·9^½ = 3, (0.2/0.4)²·4^½ = ½, at the floor and without volume 0.
func TestBoundedByHand(t *testing.T) {
	got := mustBounded(t, Bounded{Floor: 0.5, Gamma: 2, Rho: 0.5}, []float64{0.9, 0.7, 0.5, 0.8}, []float64{9, 4, 100, 0})
	for i, want := range []float64{3 / 3.5, 0.5 / 3.5, 0, 0} {
		if math.Abs(got[i]-want) > 1e-14 {
			t.Errorf("weights %v, want %v at %d", got, want, i)
		}
	}
	if got := mustBounded(t, Bounded{Floor: 0.5}, []float64{0.1, 0.5}, []float64{1, 1}); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("nobody is above the floor, and weights are %v", got)
	}
}

// The limits of the exponents, and volumes that no power could hold.
func TestBoundedLimits(t *testing.T) {
	lower, volume := []float64{0.99, 0.9, 0.6}, []float64{1, 1e300, 1e-300}
	if got := mustBounded(t, Bounded{Floor: 0.2}, lower, volume); !near(got[0], 1.0/3) || !near(got[2], 1.0/3) {
		t.Errorf("without exponents everyone above the floor has a third: %v", got)
	}
	if got := mustBounded(t, Bounded{Floor: 0.2, Gamma: 64}, lower, volume); got[0] < 0.999 {
		t.Errorf("a large exponent pays the best alone: %v", got)
	}
	if got := mustBounded(t, Bounded{Rho: 4, Gamma: 1}, lower, volume); got[1] != 1 {
		t.Errorf("volumes far apart: %v", got)
	}
}

func TestBoundedIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBounded(t)
		v := amounts(t, "volumes", 1)
		l := bounds(t, "bounds", len(v))
		before := mustBounded(t, b, l, v)
		i := rapid.IntRange(0, len(v)-1).Draw(t, "worker")
		more, better := slices.Clone(v), slices.Clone(l)
		more[i] += rapid.Float64Range(0, 1e6).Draw(t, "more")
		better[i] += float64((1 - l[i]) * rapid.Float64Range(0, 1).Draw(t, "better"))
		after := mustBounded(t, b, better, more)
		for j := range v {
			if j == i && after[j] < before[j]-1e-12 || j != i && after[j] > before[j]+1e-12 {
				t.Fatalf("%+v: %v becomes %v when %d does more", b, before, after, i)
			}
		}
	})
}

func anyBounded(t *rapid.T) Bounded {
	return Bounded{
		Floor: rapid.Float64Range(0, 0.9).Draw(t, "floor"),
		Gamma: rapid.SampledFrom([]float64{0, 0.5, 1, 2, 3}).Draw(t, "gamma"),
		Rho:   rapid.Float64Range(0, 1).Draw(t, "rho"),
	}
}

// A worker on N keys gains at most N^(1−ρ), with equal parts exactly that before the
// division by the sum, and nothing for ρ = 1.
func TestSplitGainIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBounded(t)
		volume := rapid.Float64Range(0.1, 1e6).Draw(t, "volume")
		rival := rapid.Float64Range(0.1, 1e6).Draw(t, "rival")
		lower := b.Floor + float64((1-b.Floor)*rapid.Float64Range(0.01, 1).Draw(t, "bound"))
		parts := rapid.SliceOfN(rapid.Float64Range(0.01, 1), 1, 16).Draw(t, "parts")
		one := mustBounded(t, b, []float64{lower, lower}, []float64{rival, volume})
		l, v := []float64{lower}, []float64{rival}
		for _, p := range parts {
			l, v = append(l, lower), append(v, volume*(p/sum(parts)))
		}
		many := mustBounded(t, b, l, v)
		// Weights relative to the rival's are weights before the division by the sum.
		gain := sum(many[1:]) / many[0] * one[0] / one[1]
		if limit := b.SplitGain(len(parts)); gain > limit*(1+1e-9) || gain < 1-1e-9 {
			t.Fatalf("ρ = %v: %d keys gain %v, at most %v is stated", b.Rho, len(parts), gain, limit)
		}
		if share := sum(many[1:]) / one[1]; share > b.SplitGain(len(parts))*(1+1e-9) {
			t.Fatalf("the share grows by %v", share)
		}
	})
	for _, c := range [][2]float64{{0, 2}, {0.5, math.Sqrt2}, {0.7, math.Pow(2, 0.3)}, {1, 1}, {2, 0.5}} {
		if got := (Bounded{Rho: c[0]}).SplitGain(2); !near(got, c[1]) {
			t.Errorf("ρ = %v: two keys gain %v, want %v", c[0], got, c[1])
		}
	}
}

// exp(0), exp(−1) and exp(−2) at a temperature of one sd = √(2/3): by hand.
func TestSoftmaxByHand(t *testing.T) {
	sd := math.Sqrt(2.0 / 3)
	got := mustSoftmax(t, []float64{3, 1, 2}, 1/sd)
	norm := 1 + math.Exp(-1) + math.Exp(-2)
	for i, want := range []float64{1 / norm, math.Exp(-2) / norm, math.Exp(-1) / norm} {
		if math.Abs(got[i]-want) > 1e-14 {
			t.Errorf("weights %v, want %v at %d", got, want, i)
		}
	}
}

// The unit and the origin of scores change nothing; more is never less; the limits.
func TestSoftmaxProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Float64Range(-10, 10), 2, 12).Draw(t, "scores")
		temperature := rapid.Float64Range(0.1, 10).Draw(t, "temperature")
		w := mustSoftmax(t, s, temperature)
		if math.Abs(sum(w)-1) > 1e-12 {
			t.Fatalf("weights sum to %v", sum(w))
		}
		for i := range s {
			for j := range s {
				if s[i] >= s[j] && w[i] < w[j] {
					t.Fatalf("scores %v, weights %v", s, w)
				}
			}
		}
		if slices.Max(s)-slices.Min(s) < 0.01 {
			return // the spread would drown in the rounding of the shifted scores
		}
		moved := slices.Clone(s)
		for i := range moved {
			moved[i] = 1000*moved[i] + 5
		}
		for i, v := range mustSoftmax(t, moved, temperature) {
			if math.Abs(v-w[i]) > 1e-9 {
				t.Fatalf("in another unit %v, before %v", v, w[i])
			}
		}
	})
	s := []float64{1, 2, 4}
	if got := mustSoftmax(t, s, 1e-3); got[2] != 1 {
		t.Errorf("a low temperature gives %v", got)
	}
	if got := mustSoftmax(t, s, 1e6); math.Abs(got[0]-got[2]) > 1e-5 {
		t.Errorf("a high temperature gives %v", got)
	}
	for _, same := range [][]float64{{7}, {3, 3, 3}, {0, 0}, {1e308, 1e308}} {
		if got := mustSoftmax(t, same, 1); !near(got[0], 1/float64(len(same))) {
			t.Errorf("equal scores %v give %v", same, got)
		}
	}
	if got := mustSoftmax(t, []float64{1e308, -1e308}, 1); !near(got[0]/got[1], math.Exp(2)) {
		t.Errorf("large scores give %v", got)
	}
	if got := mustSoftmax(t, nil, 1); len(got) != 0 {
		t.Errorf("no scores give %v", got)
	}
}
