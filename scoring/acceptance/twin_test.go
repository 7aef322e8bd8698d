package acceptance

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

// bettingTwin computes the interval after all scores at once: for each mean of the
// grid both gamblers' capital over time, in logarithms, from nothing but formulas.
func bettingTwin(scores []float64, alpha float64, population, breaks int) (lower, upper float64) {
	upper = 1
	n := len(scores)
	from, to := make([]int, n), make([]int, n) // the means that are left at each time
	for t := range n {
		from[t], to[t] = breaks+1, -1
	}
	for i := range breaks + 1 {
		mean := float64(i) / float64(breaks)
		higher, lower, sum, deviations := 0.0, 0.0, 0.0, 0.25
		variance := 0.25
		for t, x := range scores {
			m := mean
			if population > 0 {
				m = (float64(population)*mean - sum) / float64(population-t)
			}
			if m < -1e-9 || m > 1+1e-9 {
				break
			}
			m = max(0, min(1, m))
			lambda := math.Sqrt(2 * math.Log(2/alpha) / (float64(t+1) * math.Log(float64(t+2)) * variance))
			up, down := lambda, lambda
			if m > 0 {
				up = min(lambda, 1/(2*m))
			}
			if m < 1 {
				down = min(lambda, 1/(2*(1-m)))
			}
			higher += math.Log(1 + up*(x-m))
			lower += math.Log(1 - down*(x-m))
			if max(higher, lower) <= math.Log(2/alpha) {
				from[t], to[t] = min(from[t], i), max(to[t], i)
			}
			sum += x
			deviations += math.Pow(x-(0.5+sum)/float64(t+2), 2)
			variance = deviations / float64(t+2)
		}
	}
	sum := 0.0
	for t, x := range scores {
		sum += x
		if from[t] <= to[t] {
			lower = max(lower, float64(from[t]-1)/float64(breaks))
			upper = min(upper, float64(to[t]+1)/float64(breaks))
		}
		if population > 0 {
			lower = max(lower, sum/float64(population))
			upper = min(upper, 1-(float64(t+1)-sum)/float64(population))
		}
	}
	return lower, upper
}

// Score by score is the same as all at once.
func TestBettingIsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha := rapid.Float64Range(0.001, 0.3).Draw(t, "alpha")
		population := rapid.SampledFrom([]int{0, 80, 1000}).Draw(t, "population")
		scores := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1, 1, 1})), 1, 80).Draw(t, "scores")
		s := newBettingSequence(alpha, population, 100)
		for _, x := range scores {
			if err := s.Observe(x); err != nil {
				t.Fatal(err)
			}
		}
		lower, upper := s.Interval()
		wantLower, wantUpper := bettingTwin(scores, alpha, population, 100)
		if s.Contradicted() {
			return
		}
		if math.Abs(lower-wantLower) > 1e-9 || math.Abs(upper-wantUpper) > 1e-9 {
			t.Fatalf("[%v, %v], at once [%v, %v]", lower, upper, wantLower, wantUpper)
		}
	})
}

// characteristicTwin keeps every pair of rows and failures in a map.
func characteristicTwin(d Design, theta float64, rows int) (reject, asn float64) {
	type state struct{ passes, failures int }
	pass, failure := math.Log(d.Bad/d.Good), math.Log((1-d.Bad)/(1-d.Good))
	lower, upper := d.Boundaries()
	now := map[state]float64{{}: 1}
	for n := 1; n <= rows; n++ {
		next := map[state]float64{}
		for s, p := range now {
			asn += p
			for step, q := range map[state]float64{{s.passes + 1, s.failures}: p * theta, {s.passes, s.failures + 1}: p * (1 - theta)} {
				switch l := pass*float64(step.passes) + failure*float64(step.failures); {
				case l >= upper:
					reject += q
				case l > lower:
					next[step] += q
				}
			}
		}
		now = next
	}
	return reject, asn
}

func TestLongCharacteristicIsItsTwin(t *testing.T) {
	for _, theta := range []float64{0.95, 0.89, 0.8} {
		reject, asn := characteristicTwin(design(), theta, 2000)
		c := characteristic(t, design(), theta)
		near(t, "P(reject)", c.Reject, reject, 1e-8)
		near(t, "ASN", c.ASN, asn, 1e-6)
	}
}

func BenchmarkCharacteristic(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := design().Characteristic(0.89); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCharacteristicTwin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		characteristicTwin(design(), 0.89, 2000)
	}
}

func benchmarkScores() []float64 {
	random, scores := kernel.NewRandom(1), make([]float64, 200)
	for i := range scores {
		scores[i] = score(random.Float64() < 0.95)
	}
	return scores
}

// 200 scores, with an interval after each.
func BenchmarkBettingSequence(b *testing.B) {
	b.ReportAllocs()
	scores := benchmarkScores()
	for b.Loop() {
		s, err := NewBettingSequence(0.01, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range scores {
			if err := s.Observe(x); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// The twin gives the interval after the last score only.
func BenchmarkBettingTwin(b *testing.B) {
	b.ReportAllocs()
	scores := benchmarkScores()
	for b.Loop() {
		bettingTwin(scores, 0.01, 0, gridSteps)
	}
}

func BenchmarkSPRT(b *testing.B) {
	b.ReportAllocs()
	random := kernel.NewRandom(1)
	for b.Loop() {
		test, err := NewSPRT(design())
		if err != nil {
			b.Fatal(err)
		}
		for test.Observe(random.Float64() < 0.95) == Continue {
		}
	}
}

func BenchmarkCUSUM(b *testing.B) {
	b.ReportAllocs()
	c, err := NewCUSUM(0.95, 0.80, 6)
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		c.Observe(n%20 != 0)
	}
}
