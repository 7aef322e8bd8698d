package acceptance

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

func drawDesign(t *rapid.T) Design {
	bad := rapid.Float64Range(0.05, 0.9).Draw(t, "bad")
	d := Design{
		Good: bad + rapid.Float64Range(0.03, 0.99-bad).Draw(t, "gap"), Bad: bad,
		Alpha: rapid.Float64Range(0.001, 0.2).Draw(t, "alpha"), Beta: rapid.Float64Range(0.001, 0.2).Draw(t, "beta"),
		Cap: rapid.SampledFrom([]int{0, 0, 30, 100}).Draw(t, "cap"),
	}
	d.Population = rapid.SampledFrom([]int{0, 0, 1, 7, 60, 400}).Draw(t, "population")
	return d
}

// The order of outcomes of which none decides does not matter, to the last bit, and
// the test is the twin that sums likelihoods in the plainest way.
func TestSPRTIsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		test, err := NewSPRT(d)
		if err != nil {
			t.Fatal(err)
		}
		graded, err := NewGradedSPRT(d)
		if err != nil {
			t.Fatal(err)
		}
		random := kernel.NewRandom(rapid.Uint64().Draw(t, "seed"))
		theta := rapid.Float64Range(0, 1).Draw(t, "theta")
		s := stream{random, theta, d.Population, d.defectsAt(theta)}
		var outcomes []bool
		for test.Decision() == Continue && len(outcomes) < 2000 {
			pass := s.next()
			outcomes = append(outcomes, pass)
			got := test.Observe(pass)
			if again, err := graded.Observe(score(pass)); d.Population == 0 && again != got || err != nil {
				t.Fatalf("after %d rows: %v, of scores %v, %v", len(outcomes), got, again, err)
			}
			if want := twinRatio(d, outcomes); math.Abs(test.LogRatio()-want) > 1e-9 && test.LogRatio() != want {
				t.Fatalf("after %d rows L is %v, want %v", len(outcomes), test.LogRatio(), want)
			}
		}
		passes, failures := test.Counts()
		if l := d.ladder().at(passes, failures); l != test.LogRatio() {
			t.Fatalf("L is %v by outcomes and %v by counts", test.LogRatio(), l)
		}
		if d.limit() > 0 && test.Decision() == Continue {
			t.Fatal("undecided at the cap")
		}
		if test.Observe(true) != test.Decision() && test.Decision() != Continue {
			t.Fatal("a decision was taken back")
		}
	})
}

// Of rows that pass or fail the test for scores is the SPRT also in a population, if
// Good and Bad are whole numbers of its rows. Where L meets a boundary but for the
// rounding of two ways to the same sum, such as ln 8/2 against ln 0.8/0.2, either
// may decide first.
func TestGradedIsSPRTOfWholeRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := design()
		d.Population = 20 * rapid.IntRange(1, 20).Draw(t, "twenties")
		d.Alpha, d.Beta = rapid.Float64Range(0.001, 0.2).Draw(t, "alpha"), rapid.Float64Range(0.001, 0.2).Draw(t, "beta")
		test, err := NewSPRT(d)
		if err != nil {
			t.Fatal(err)
		}
		graded, err := NewGradedSPRT(d)
		if err != nil {
			t.Fatal(err)
		}
		s := stream{kernel.NewRandom(rapid.Uint64().Draw(t, "seed")), 0, d.Population, rapid.IntRange(0, d.Population).Draw(t, "fail")}
		for n := 1; test.Decision() == Continue; n++ {
			pass := s.next()
			want := test.Observe(pass)
			lower, upper := d.Boundaries()
			if l := test.LogRatio(); math.Abs(l-upper) < 1e-9 || math.Abs(l-lower) < 1e-9 {
				return
			}
			if got, err := graded.Observe(score(pass)); got != want || err != nil {
				t.Fatalf("after %d rows: %v, of scores %v, %v", n, want, got, err)
			}
		}
	})
}

// twinRatio divides probabilities of the outcomes one by one.
func twinRatio(d Design, outcomes []bool) float64 {
	good, bad := d.defects()
	log, failed := 0.0, 0
	for n, pass := range outcomes {
		p0, p1 := 1-d.Good, 1-d.Bad
		if d.Population > 0 {
			left := float64(d.Population - n)
			p0, p1 = float64(good-failed)/left, float64(bad-failed)/left
		}
		if pass {
			p0, p1 = 1-p0, 1-p1
		} else {
			failed++
		}
		log += math.Log(max(0, p1)) - math.Log(max(0, p0))
	}
	return log
}

// The characteristic is the sum over all sequences of outcomes, for tests so short
// that they can be listed.
func TestCharacteristicIsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		d.Cap = rapid.IntRange(1, 9).Draw(t, "short cap")
		theta := rapid.SampledFrom([]float64{0, 0.3, d.Bad, d.Good, 0.97, 1}).Draw(t, "theta")
		got, err := d.Characteristic(theta)
		if err != nil {
			t.Fatal(err)
		}
		var accept, reject, asn float64
		var walk func(outcomes []bool, p float64)
		walk = func(outcomes []bool, p float64) {
			if p == 0 {
				return
			}
			test, err := NewSPRT(d)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, pass := range outcomes {
				test.Observe(pass)
				if !pass {
					failed++
				}
			}
			switch test.Decision() {
			case Accept:
				accept += p
			case Reject:
				reject += p
			default:
				fail := 1 - theta
				if d.Population > 0 {
					fail = float64(d.defectsAt(theta)-failed) / float64(d.Population-len(outcomes))
				}
				walk(append(slices.Clone(outcomes), true), p*(1-fail))
				walk(append(slices.Clone(outcomes), false), p*fail)
				return
			}
			asn += p * float64(len(outcomes))
		}
		walk(nil, 1)
		if math.Abs(got.Accept-accept) > 1e-12 || math.Abs(got.Reject-reject) > 1e-12 || math.Abs(got.ASN-asn) > 1e-10 {
			t.Fatalf("%+v at %v: %+v, listed %v, %v, %v", d, theta, got, accept, reject, asn)
		}
		if n := got.Quantile(1); n > d.limit() || n < 1 {
			t.Fatalf("ends at %d rows of %d", n, d.limit())
		}
	})
}

// A better corpus is not rejected more often, and the error rates are kept at the two
// shares that the test is made for.
func TestBetterCorporaAreRejectedLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		d.Cap = 0
		last := 1.0
		for _, theta := range []float64{0, d.Bad / 2, d.Bad, (d.Good + d.Bad) / 2, d.Good, 1} {
			c, err := d.Characteristic(theta)
			if err != nil {
				t.Fatal(err)
			}
			if c.Reject > last+1e-9 {
				t.Fatalf("%+v: rejected with %v at %v, with %v before", d, c.Reject, theta, last)
			}
			last = c.Reject
			if theta == d.Good && c.Reject > d.Alpha/(1-d.Beta)+1e-12 || theta == d.Bad && c.Accept > d.Beta/(1-d.Alpha)+1e-12 {
				t.Fatalf("%+v at %v: %+v", d, theta, c)
			}
		}
	})
}

// No smaller plan keeps the error rates: all are tried.
func TestPlansAreSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		d.Good = d.Bad + max(0.1, d.Good-d.Bad)
		if d.Good >= 1 {
			d.Bad, d.Good = d.Bad-0.1, d.Good-0.1
		}
		d.Population = rapid.SampledFrom([]int{0, 1, 5, 40, 200}).Draw(t, "rows")
		p, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		laws, _ := d.failures()
		for n := 1; n <= p.N; n++ {
			bad, good := failuresTwin(d, laws.bad, n), failuresTwin(d, laws.good, n)
			cumulativeBad, cumulativeGood := 0.0, 0.0
			for c := 0; c < n; c++ {
				cumulativeBad += bad[c]
				cumulativeGood += good[c]
				keeps := cumulativeBad <= d.Beta-1e-9 && 1-cumulativeGood <= d.Alpha-1e-9
				if keeps && n < p.N {
					t.Fatalf("%+v: %+v, but %d rows and %d failures do too", d, p, n, c)
				}
				if n == p.N && c == p.AcceptFailures && (math.Abs(cumulativeBad-p.AcceptBad) > 1e-9 || math.Abs(1-cumulativeGood-p.RejectGood) > 1e-9) {
					t.Fatalf("%+v: %+v, summed %v and %v", d, p, cumulativeBad, 1-cumulativeGood)
				}
			}
		}
		if p.AcceptBad > d.Beta || p.RejectGood > d.Alpha {
			t.Fatalf("%+v: %+v", d, p)
		}
	})
}

// failuresTwin is P(exactly c of n fail) for all c, row by row.
func failuresTwin(d Design, l law, n int) []float64 {
	p := make([]float64, n+1)
	p[0] = 1
	for row := range n {
		for c := row + 1; c >= 0; c-- {
			fail := func(c int) float64 {
				if b, ok := l.(binomial); ok {
					return 1 - b.share
				}
				return float64(l.(hypergeometric).fail-c) / float64(d.Population-row)
			}
			stay := p[c] * (1 - fail(c))
			if c > 0 {
				stay += p[c-1] * fail(c-1)
			}
			p[c] = stay
		}
	}
	return p
}

func TestMixtureBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hits := float64(rapid.IntRange(0, 1_000_000).Draw(t, "hits"))
		misses := float64(rapid.IntRange(0, 1_000_000).Draw(t, "misses"))
		a, b := rapid.Float64Range(0.1, 100).Draw(t, "a"), rapid.Float64Range(0.1, 100).Draw(t, "b")
		delta := rapid.Float64Range(1e-9, 0.5).Draw(t, "delta")
		upper, lower := MixtureUpper(hits, misses, a, b, delta), MixtureLower(hits, misses, a, b, delta)
		if !(0 <= lower && lower <= upper && upper <= 1) {
			t.Fatalf("[%v, %v]", lower, upper)
		}
		if hits+misses == 0 {
			return
		}
		if share := hits / (hits + misses); upper < share || lower > share {
			t.Fatalf("[%v, %v] is beside %v", lower, upper, share)
		}
		const slack = 1e-9 // the share of Beta mixtures moves less than ln B is exact
		if MixtureUpper(hits+1, misses, a, b, delta) < upper-slack || MixtureUpper(hits, misses+1, a, b, delta) > upper+slack || MixtureUpper(hits, misses, a, b, delta/2) < upper-slack {
			t.Fatal("not monotone")
		}
		if upper < 1 {
			log := kernel.LogBeta(a+hits, b+misses) - kernel.LogBeta(a, b) - hits*math.Log(upper) - misses*math.Log1p(-upper)
			// by the digits of ln B, and by those that are left of 1 − upper
			tolerance := 1e-9*(hits+misses+1) + 4e-16*misses/(1-upper)
			if math.Abs(log+math.Log(delta)) > tolerance {
				t.Fatalf("the ratio at the bound is e^%v, want 1/%v", log, delta)
			}
		}
	})
}

// All scores, in any order and amount, leave an interval in [0, 1] that never grows.
func TestIntervalsOnlyNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.SampledFrom([]int{0, 40}).Draw(t, "population")
		betting, _ := NewBettingSequence(0.05, population)
		bernstein, _ := NewBernstein(0.05)
		hoeffding, _ := NewHoeffding(0.05)
		scores := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1})), 0, 40).Draw(t, "scores")
		sum := 0.0
		for _, s := range []sequence{betting, bernstein, hoeffding} {
			low, high := s.Interval()
			for _, x := range scores {
				if err := s.Observe(x); err != nil {
					t.Fatal(err)
				}
				l, h := s.Interval()
				if !(low <= l+1e-9 && l <= h && h <= high+1e-9 && l >= 0 && h <= 1+1e-12) {
					t.Fatalf("[%v, %v] after [%v, %v]", l, h, low, high)
				}
				low, high = l, h
			}
		}
		if len(scores) == 40 && population == 40 && !betting.Contradicted() {
			for _, x := range scores {
				sum += x
			}
			if low, high := betting.Interval(); math.Abs(low-sum/40) > 1e-9 || math.Abs(high-sum/40) > 1e-9 {
				t.Fatalf("all rows are known, the mean is %v, the interval [%v, %v]", sum/40, low, high)
			}
			if betting.Observe(0) == nil {
				t.Fatal("a row too many")
			}
		}
	})
}

// The exact interval covers every share, Jeffreys's the average of them.
func TestIntervalsCover(t *testing.T) {
	const n, alpha = 40, 0.05
	var exact, jeffreys [n + 1][2]float64 // by failures
	for failures := range n + 1 {
		for into, interval := range map[*[2]float64]func(int, int, float64) (float64, float64, error){&exact[failures]: ClopperPearson, &jeffreys[failures]: Jeffreys} {
			low, high, err := interval(n-failures, n, alpha)
			if err != nil {
				t.Fatal(err)
			}
			*into = [2]float64{low, high}
		}
	}
	average := 0.0
	for i := 1; i < 200; i++ {
		share, covered := float64(i)/200, 0.0
		for failures, p := range failuresTwin(Design{}, binomial{share}, n) {
			if exact[failures][0] <= share && share <= exact[failures][1] {
				covered += p
			}
			if jeffreys[failures][0] <= share && share <= jeffreys[failures][1] {
				average += p / 199
			}
		}
		if covered < 1-alpha {
			t.Errorf("Clopper-Pearson covers %v with %v", share, covered)
		}
	}
	near(t, "average coverage of Jeffreys's interval", average, 1-alpha, 0.01)
}
