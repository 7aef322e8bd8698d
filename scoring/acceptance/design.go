package acceptance

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// MaxPopulation is the largest corpus that is treated as finite. Above it, drawing
// with and without replacement do not differ in any digit that is shown.
const MaxPopulation = 1_000_000_000

// Design states what a test has to tell apart and how often it may be wrong.
type Design struct {
	Good, Bad   float64 // shares of rows that verify, 0 < Bad < Good < 1
	Alpha, Beta float64 // error rates, above 0 and below 0.5
	// Boundary, if it is not 0, puts the sequential test's boundaries at −Boundary and
	// +Boundary, in place of Wald's.
	Boundary float64
	// Cap is the most rows that the sequential test looks at, 0 for no limit. A test
	// that is undecided there is decided by the sign of its log-likelihood ratio.
	Cap int
	// Population is how many rows the corpus has, if they are drawn without
	// replacement; 0 for draws with replacement or a corpus without end.
	Population int
}

// check says what is wrong with a design.
func (d Design) check() error {
	switch {
	case !(d.Bad > 0 && d.Bad < d.Good && d.Good < 1):
		return fmt.Errorf("good is %v and bad is %v: both are shares, 0 < bad < good < 1", d.Good, d.Bad)
	case !(d.Alpha > 0 && d.Alpha < 0.5):
		return fmt.Errorf("alpha is %v: an error rate is above 0 and below 0.5", d.Alpha)
	case !(d.Beta > 0 && d.Beta < 0.5):
		return fmt.Errorf("beta is %v: an error rate is above 0 and below 0.5", d.Beta)
	case !(d.Boundary >= 0 && d.Boundary <= 1000):
		return fmt.Errorf("the boundary is %v: it is 0, for Wald's, or up to 1000", d.Boundary)
	case d.Cap < 0:
		return fmt.Errorf("the cap is %d: it is a number of rows, or 0 for none", d.Cap)
	case d.Population < 0 || d.Population > MaxPopulation:
		return fmt.Errorf("the population is %d: it is a number of rows up to %d, or 0 for draws with replacement", d.Population, MaxPopulation)
	}
	return nil
}

// Boundaries are the log-likelihood ratios at which the sequential test accepts and
// rejects: ln(β/(1−α)) and ln((1−β)/α) (Wald 1945), or −Boundary and +Boundary.
func (d Design) Boundaries() (lower, upper float64) {
	if d.Boundary > 0 {
		return -d.Boundary, d.Boundary
	}
	return kernel.Log(d.Beta / (1 - d.Alpha)), kernel.Log((1 - d.Beta) / d.Alpha)
}

// defects are the rows that fail in the worst corpus that is good and in the best
// one that is bad. Shares such as 0.95 are no binary fractions, so that a whole
// number of rows may be missed by a rounding error, which is forgiven.
func (d Design) defects() (good, bad int) {
	n := float64(d.Population)
	forgive := 1e-9 + float64(1e-12*n)
	good = int(float64(n*(1-d.Good)) + forgive)
	x := float64(n*(1-d.Bad)) - forgive
	bad = int(x)
	if float64(bad) < x {
		bad++
	}
	return good, bad
}

// defectsAt is how many rows fail in a corpus of share theta.
func (d Design) defectsAt(theta float64) int {
	good, bad := d.defects()
	switch theta {
	case d.Good:
		return good
	case d.Bad:
		return bad
	}
	return int(float64(float64(d.Population)*(1-theta)) + 0.5)
}

// limit is the most rows that a test can look at, 0 for no limit.
func (d Design) limit() int {
	if d.Population > 0 && (d.Cap == 0 || d.Cap > d.Population) {
		return d.Population
	}
	return d.Cap
}

// ladder has the log-likelihood ratio of any number of passes and failures. Without
// replacement the ratio of a pass depends on the passes before it alone, and that of
// a failure on the failures: with K0 < K1 failing rows in a good and a bad corpus of
// N, the d-th failure multiplies by (K1−d+1)/(K0−d+1) and the s-th pass by
// (N−K1−s+1)/(N−K0−s+1); the rows that are left cancel. So the order of the outcomes
// does not matter, not even in the last bit.
type ladder struct {
	population, good, bad int     // good and bad are K0 and K1
	passStep, failStep    float64 // with replacement
	passes, failures      []float64
}

func (d Design) ladder() *ladder {
	l := &ladder{population: d.Population, passes: []float64{0}, failures: []float64{0}}
	if d.Population > 0 {
		l.good, l.bad = d.defects()
	}
	l.passStep, l.failStep = d.steps()
	return l
}

// steps are what a pass and a failure add to the log-likelihood ratio of bad to
// good, with replacement: ln(Bad/Good) and ln((1−Bad)/(1−Good)).
func (d Design) steps() (pass, failure float64) {
	return kernel.Log(d.Bad / d.Good), kernel.Log((1 - d.Bad) / (1 - d.Good))
}

// pass is what a pass adds after so many passes.
func (l *ladder) pass(passes int) float64 {
	if l.population == 0 {
		return l.passStep
	}
	return logRatio(l.population-l.bad-passes, l.population-l.good-passes)
}

// failure is what a failure adds after so many failures.
func (l *ladder) failure(failures int) float64 {
	if l.population == 0 {
		return l.failStep
	}
	return -logRatio(l.good-failures, l.bad-failures)
}

// logRatio is ln(a/b) for a < b. There are no rows left at a ≤ 0, and the corpus
// that a speaks of is ruled out.
func logRatio(a, b int) float64 {
	if a <= 0 {
		return math.Inf(-1)
	}
	return kernel.Log(float64(a) / float64(b))
}

// at is the log-likelihood ratio after so many passes and failures.
func (l *ladder) at(passes, failures int) float64 {
	for n := len(l.passes); n <= passes; n++ {
		l.passes = append(l.passes, l.passes[n-1]+l.pass(n-1))
	}
	for n := len(l.failures); n <= failures; n++ {
		l.failures = append(l.failures, l.failures[n-1]+l.failure(n-1))
	}
	return l.passes[passes] + l.failures[failures]
}
