package acceptance

import (
	"fmt"
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// runs is how often each test is simulated.
const runs = 10_000

// atRate checks a simulated rate against the exact one, to four standard errors.
func atRate(t *testing.T, what string, count int, exact float64) {
	t.Helper()
	sd := math.Sqrt(exact * (1 - exact) / runs)
	near(t, what, float64(count)/runs, exact, 4*sd+1.0/runs)
}

// within checks that a simulated rate keeps its bound, to three standard errors.
func within(t *testing.T, what string, count int, bound float64) {
	t.Helper()
	if rate := float64(count) / runs; rate > bound+3*math.Sqrt(bound*(1-bound)/runs) {
		t.Errorf("%s: %v of the runs, the bound is %v", what, rate, bound)
	}
}

// stream gives outcomes, of a corpus with so many failing rows or of a share.
type stream struct {
	random     *kernel.Random
	theta      float64
	rows, fail int // without replacement, if rows > 0
}

func (s *stream) next() bool {
	if s.rows == 0 {
		return s.random.Float64() < s.theta
	}
	pass := s.random.Intn(s.rows) >= s.fail
	s.rows--
	if !pass {
		s.fail--
	}
	return pass
}

func score(pass bool) float64 {
	if pass {
		return 1
	}
	return 0
}

func TestSPRTErrorRates(t *testing.T) {
	for name, change := range map[string]func(*Design){
		"plain":           func(*Design) {},
		"cap 200":         func(d *Design) { d.Cap = 200 },
		"cap 60":          func(d *Design) { d.Cap = 60 },
		"of 50":           func(d *Design) { d.Population = 50 },
		"of 200 with cap": func(d *Design) { d.Population, d.Cap = 200, 45 },
		"of 1000":         func(d *Design) { d.Population = 1000 },
	} {
		d := design()
		change(&d)
		random := kernel.NewRandom(1)
		for _, theta := range []float64{d.Good, 0.9, d.Bad} {
			exact := characteristic(t, d, theta)
			rejected, capped, rows, squares := 0, 0, 0.0, 0.0
			for range runs {
				test, err := NewSPRT(d)
				if err != nil {
					t.Fatal(err)
				}
				s := stream{random, theta, d.Population, d.defectsAt(theta)}
				for test.Observe(s.next()) == Continue {
				}
				if test.Decision() == Reject {
					rejected++
				}
				lower, upper := d.Boundaries()
				if l := test.LogRatio(); l > lower && l < upper {
					capped++
				}
				passes, failures := test.Counts()
				n := float64(passes + failures)
				rows += n
				squares += n * n
			}
			atRate(t, name+": P(reject)", rejected, exact.Reject)
			atRate(t, name+": P(undecided at the cap)", capped, exact.AtCap)
			mean := rows / runs
			near(t, name+": ASN", mean, exact.ASN, 4*math.Sqrt((squares/runs-mean*mean)/runs)+1e-9)
		}
	}
}

// TestPeekingAtEvidence looks at both e-processes after every row, long after either
// would have decided.
func TestPeekingAtEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		method     Method
		population int
		graded     bool
	}{
		"ratio":                               {PointRatio, 0, false},
		"ratio, scores":                       {PointRatio, 0, true},
		"ratio without replacement":           {PointRatio, 200, false},
		"ratio, scores without replacement":   {PointRatio, 200, true},
		"mixture":                             {JeffreysMixture, 0, false},
		"betting":                             {Betting, 0, false},
		"betting, scores":                     {Betting, 0, true},
		"betting, scores without replacement": {Betting, 200, true},
	} {
		d := design()
		d.Population = c.population
		random := kernel.NewRandom(2)
		for _, theta := range []float64{d.Good, d.Bad} {
			wrong := 0
			for range runs {
				g, err := NewGate(d, c.method)
				if err != nil {
					t.Fatal(err)
				}
				s := stream{random, theta, c.population, d.defectsAt(theta)}
				worst := 0.0
				for range 100 {
					x := score(s.next())
					if c.graded && c.population > 0 {
						x = (x + theta) / 2
					} else if c.graded {
						x = spread(random, x, theta)
					}
					g.evidence.observe(x)
					againstBad, againstGood := g.Evidence()
					if theta == d.Good {
						worst = max(worst, againstGood)
					} else {
						worst = max(worst, againstBad)
					}
				}
				if worst >= math.Log(100) {
					wrong++
				}
			}
			within(t, name, wrong, 0.01)
		}
	}
}

// corpus has so many scores whose mean is the one asked for: as few as can be are
// below 1, or all are moved half of the way to the mean, or all are near it.
func corpus(rows int, mean float64, kind string) []float64 {
	scores, left := make([]float64, rows), float64(rows)*mean
	for i := range scores {
		scores[i] = min(1, left)
		left -= scores[i]
		switch kind {
		case "halfway":
			scores[i] = (scores[i] + mean) / 2
		case "near":
			scores[i] = mean + float64(1-2*(i%2))*(1-mean)*float64(min(1, rows-1-i+i%2))
		}
	}
	return scores
}

// TestSmallCorporaOfScores takes scores of which the sum is no whole number, to the
// last row: a corpus of mean Good is good, one of mean Bad is bad.
func TestSmallCorporaOfScores(t *testing.T) {
	for _, rows := range []int{10, 30, 50} {
		for _, kind := range []string{"few", "halfway", "near"} {
			for name, m := range map[string]Method{"ratio": PointRatio, "betting": Betting} {
				d := design()
				d.Population = rows
				random := kernel.NewRandom(10)
				for _, theta := range []float64{d.Good, d.Bad} {
					scores, wrong := corpus(rows, theta, kind), 0
					sum := 0.0
					for _, x := range scores {
						sum += x
					}
					near(t, kind+": mean", sum/float64(rows), theta, 1e-12)
					for range runs {
						random.Shuffle(rows, func(i, j int) { scores[i], scores[j] = scores[j], scores[i] })
						g, err := NewGate(d, m)
						if err != nil {
							t.Fatal(err)
						}
						worst := 0.0
						for _, x := range scores {
							g.evidence.observe(x)
							againstBad, againstGood := g.Evidence()
							if theta == d.Bad {
								againstGood = againstBad
							}
							worst = max(worst, againstGood)
						}
						if !(worst < math.Log(100)) {
							wrong++
						}
					}
					within(t, fmt.Sprintf("%s, %d rows, %s, mean %v", name, rows, kind, theta), wrong, 0.01)
				}
			}
		}
	}
}

// spread makes a score of an outcome: half of the way to the mean, now and then, so
// that the mean stays.
func spread(random *kernel.Random, x, mean float64) float64 {
	if random.Uint64()&1 == 0 {
		return x
	}
	return (x + mean) / 2
}

// TestExpectedRowsOfEvidence compares with the reference's simulation, loosely. How
// its gambler's stakes are cut is not told; ours decides on bad corpora sooner.
func TestExpectedRowsOfEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		method    Method
		good, bad float64
		tolerance float64
	}{
		"ratio":   {PointRatio, 48.8, 36.4, 0.04},
		"mixture": {JeffreysMixture, 68.2, 46.3, 0.04},
		"betting": {Betting, 66.5, 66.9, 0.13},
	} {
		for theta, want := range map[float64]float64{0.95: c.good, 0.80: c.bad} {
			random, rows, wrong := kernel.NewRandom(3), 0, 0
			for range runs {
				g, err := NewGate(design(), c.method)
				if err != nil {
					t.Fatal(err)
				}
				for g.Decision() == Continue {
					if _, err := g.Observe(score(random.Float64() < theta)); err != nil {
						t.Fatal(err)
					}
					rows++
				}
				if (g.Decision() == Accept) != (theta == 0.95) {
					wrong++
				}
			}
			near(t, name+": expected rows", float64(rows)/runs, want, c.tolerance*want)
			within(t, name+": errors", wrong, 0.01)
		}
	}
}

// TestSequencesCoverAlways counts the runs in which the interval misses the mean at
// any time. The grid is coarse and the mean is on it: a finer grid gives up the same
// mean at the same time.
func TestSequencesCoverAlways(t *testing.T) {
	const mean = 0.95
	for name, population := range map[string]int{"betting": 0, "betting without replacement": 200} {
		random, missed, narrowed := kernel.NewRandom(4), 0, 0
		for range runs {
			s := newBettingSequence(0.01, population, 20)
			rows := stream{random, mean, population, population / 20}
			gaveUp := false
			for range 200 {
				x := score(rows.next())
				if population == 0 {
					x = spread(random, x, mean)
				}
				if err := s.Observe(x); err != nil {
					t.Fatal(err)
				}
				gaveUp = gaveUp || s.Contradicted() || s.low > 19 || s.high < 19 || s.higher[19] > s.giveUp || s.lower[19] > s.giveUp
			}
			if gaveUp {
				missed++
			}
			if lower, _ := s.Interval(); lower > 0.7 {
				narrowed++
			}
		}
		within(t, name+": missed", missed, 0.01)
		if narrowed < runs*9/10 {
			t.Errorf("%s: only %d intervals tell anything", name, narrowed)
		}
	}
	for name, begin := range map[string]func(float64) (*MixtureSequence, error){"empirical Bernstein": NewBernstein, "Hoeffding": NewHoeffding} {
		random, missed := kernel.NewRandom(5), 0
		for range runs {
			s, err := begin(0.01)
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				if err := s.Observe(spread(random, score(random.Float64() < mean), mean)); err != nil {
					t.Fatal(err)
				}
			}
			// intervals are intersected, so the last one has missed if any did
			if lower, upper := s.Interval(); s.Contradicted() || lower > mean || upper < mean {
				missed++
			}
		}
		within(t, name+": missed", missed, 0.01)
	}
}

func TestMixtureBoundHoldsAlways(t *testing.T) {
	const rate, delta = 0.03, 0.01
	random, missed, tight := kernel.NewRandom(6), 0, 0
	for range runs {
		// ln of the ratio at the true rate: the bounds miss it when this reaches ln 1/δ.
		hits, misses, log, worst := 0.0, 0.0, 0.0, 0.0
		for n := 1.0; n <= 400; n++ {
			if random.Float64() < rate {
				log += math.Log((hits + 0.5) / n / rate)
				hits++
			} else {
				log += math.Log((misses + 0.5) / n / (1 - rate))
				misses++
			}
			worst = max(worst, log)
		}
		upper, lower := MixtureUpper(hits, misses, 0.5, 0.5, delta), MixtureLower(hits, misses, 0.5, 0.5, delta)
		if inside := lower <= rate && rate <= upper; inside != (log < math.Log(1/delta)) {
			t.Fatalf("%v hits, %v misses: [%v, %v], but ln of the ratio is %v", hits, misses, lower, upper, log)
		}
		if worst >= math.Log(1/delta) {
			missed++
		}
		if upper < 0.12 {
			tight++
		}
	}
	within(t, "missed", missed, delta)
	if tight < runs*9/10 {
		t.Errorf("only %d bounds tell anything", tight)
	}
}

// TestNoiseAndTestTogether rejects good corpora that are checked with noise.
func TestNoiseAndTestTogether(t *testing.T) {
	const noise = 0.02
	random, rejected, impossible := kernel.NewRandom(7), 0, 0
	for range runs {
		c := Controls{PriorFailed: 0.5, PriorPassed: 0.5, Delta: 0.02}
		for range 300 {
			if random.Float64() < noise {
				c.Failed++
			} else {
				c.Passed++
			}
		}
		noisy, alpha, err := design().WithNoise(c)
		if err != nil {
			impossible++
			continue
		}
		near(t, "stated error", alpha, 0.03, 1e-15)
		test, err := NewSPRT(noisy)
		if err != nil {
			t.Fatal(err)
		}
		for test.Observe(random.Float64() < 0.95*(1-noise)) == Continue {
		}
		if test.Decision() == Reject {
			rejected++
		}
	}
	within(t, "rejected", rejected, 0.03)
	if impossible > 0 {
		t.Errorf("%d times the noise was too high", impossible)
	}
}

// A finite corpus that is checked with noise is tested as one without end. All of it is
// summed up: with K bad rows of N, K + Binomial(N−K, η) rows fail, and given that
// number the draws are hypergeometric.
func TestNoiseInFiniteCorpora(t *testing.T) {
	const noise = 0.02
	rejected := func(d Design, rows int) (sum float64) {
		lower, upper := d.Boundaries()
		bad := rows / 20
		for fail, p := range failuresTwin(Design{}, binomial{1 - noise}, rows-bad) {
			fail += bad
			if p < 1e-12 {
				continue
			}
			walk, err := cross(d.ladder(), lower, upper, rows, func(n, failures int) float64 {
				return float64(fail-failures) / float64(rows-n)
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range walk.high {
				sum += p * q
			}
		}
		return sum
	}
	for _, rows := range []int{20, 50, 100, 400} {
		d := design()
		d.Good = 0.95 - noise
		if p := rejected(d, rows); p > d.Alpha/(1-d.Beta) {
			t.Errorf("%d rows: a good corpus is rejected with %v", rows, p)
		}
		// which is why a population is refused
		if d.Population = rows; rows == 50 || rows == 100 {
			if p := rejected(d, rows); p < 2*d.Alpha {
				t.Errorf("%d rows without replacement: %v", rows, p)
			}
		}
	}
}

func TestRunLengthsBySimulation(t *testing.T) {
	random := kernel.NewRandom(8)
	for _, c := range []struct {
		threshold, theta float64
		within           int
	}{{5, 0.95, 1000}, {6, 0.95, 1000}, {6, 0.80, 40}, {6, 0.50, 10}} {
		exact := runLength(t, c.threshold, c.theta)
		alarmed, rows, squares := 0, 0.0, 0.0
		average := exact.Average < 3000
		for range runs {
			watch, err := NewCUSUM(0.95, 0.80, c.threshold)
			if err != nil {
				t.Fatal(err)
			}
			n := 1
			for ; !watch.Observe(random.Float64() < c.theta) && (average || n < c.within); n++ {
			}
			if watch.Sum >= c.threshold && n <= c.within {
				alarmed++
			}
			rows += float64(n)
			squares += float64(n) * float64(n)
		}
		p, err := exact.AlarmWithin(c.within)
		if err != nil {
			t.Fatal(err)
		}
		atRate(t, "P(alarm)", alarmed, p)
		if mean := rows / runs; average {
			near(t, "average run length", mean, exact.Average, 4*math.Sqrt((squares/runs-mean*mean)/runs))
		}
	}
	near(t, "false alarms in 1,000 rows", runLength(t, 6, 0.95).PerThousand(), 1000.0/7532, 1e-4)
}
