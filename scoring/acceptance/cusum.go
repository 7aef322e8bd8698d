package acceptance

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// CUSUM watches a stream of rows for the moment at which a good source turns bad
// (Page 1954):
//
//	S ← max(0, S + step), alarm when S ≥ Threshold,
//
// with the steps of the sequential test, ln(Bad/Good) for a pass and
// ln((1−Bad)/(1−Good)) for a failure. Good outcomes earn no credit that later bad
// ones could spend. RunLength tells how often it alarms falsely and how soon rightly.
//
// The fields are all of its state, so that it can be kept and gone on with.
type CUSUM struct {
	Pass, Failure float64 // the steps, below and above 0
	Threshold     float64 // h, above 0
	Sum           float64 // S
}

// NewCUSUM is a CUSUM at 0.
func NewCUSUM(good, bad, threshold float64) (CUSUM, error) {
	if !(bad > 0 && bad < good && good < 1) {
		return CUSUM{}, fmt.Errorf("good is %v and bad is %v: both are shares, 0 < bad < good < 1", good, bad)
	}
	if !(threshold > 0 && threshold <= 1000) {
		return CUSUM{}, fmt.Errorf("the threshold is %v: it is above 0, up to 1000", threshold)
	}
	return CUSUM{Pass: kernel.Log(bad / good), Failure: kernel.Log((1 - bad) / (1 - good)), Threshold: threshold}, nil
}

// Observe takes the outcome of one row and reports whether S is at the threshold. It
// goes on after an alarm; who has acted on it sets Sum to 0.
func (c *CUSUM) Observe(pass bool) (alarm bool) {
	step := c.Failure
	if pass {
		step = c.Pass
	}
	c.Sum = max(0, c.Sum+step)
	return c.Sum >= c.Threshold
}

// RunLength is how many rows a CUSUM takes from 0 to an alarm at one share θ, exactly
// but for rounding.
type RunLength struct {
	// Average is the average run length: ARL0 if θ is good, the delay if it is bad.
	// It is infinite if there is never an alarm.
	Average float64

	reset, alarm []float64 // P(a walk from 0 is back there, or at the threshold, at step i+1)
}

// RunLength is the law of the rows from 0 to an alarm at a share theta. Each time
// that S is back at 0 it begins anew, so that a run is a row of walks between 0 and
// the threshold, of which the last one ends above; these walks are followed by
// rows and failures. The average is the expected length of a walk over the
// probability that it ends above.
func (c CUSUM) RunLength(theta float64) (RunLength, error) {
	if err := checkShare(theta); err != nil {
		return RunLength{}, err
	}
	if !(c.Pass < 0 && c.Failure > 0 && c.Threshold > 0) {
		return RunLength{}, fmt.Errorf("the CUSUM has steps %v and %v and the threshold %v: make it with NewCUSUM", c.Pass, c.Failure, c.Threshold)
	}
	steps := &ladder{passStep: c.Pass, failStep: c.Failure, passes: []float64{0}, failures: []float64{0}}
	p, err := cross(steps, 0, c.Threshold, 0, func(int, int) float64 { return 1 - theta })
	if err != nil {
		return RunLength{}, err
	}
	out := RunLength{reset: p.low, alarm: p.high, Average: math.Inf(1)}
	var length, above float64
	for i := range p.low {
		length += float64(float64(i+1) * (p.low[i] + p.high[i]))
		above += p.high[i]
	}
	if above > 0 {
		out.Average = length / above
	}
	return out, nil
}

// AlarmWithin is the probability of an alarm within n rows, n up to 2^20.
func (r RunLength) AlarmWithin(n int) (float64, error) {
	if n < 0 || n > maxSteps {
		return 0, fmt.Errorf("%d rows: want 0 to %d", n, maxSteps)
	}
	if n*min(n, len(r.reset)) > 1<<30 {
		return 0, fmt.Errorf("%d rows in walks of up to %d take too long to follow: want fewer", n, len(r.reset))
	}
	first := make([]float64, n+1) // first[t] is P(the first alarm is at row t)
	sum := 0.0
	for t := 1; t <= n; t++ {
		if t <= len(r.alarm) {
			first[t] = r.alarm[t-1]
		}
		for i, p := range r.reset[:min(t-1, len(r.reset))] {
			first[t] += float64(p * first[t-1-i])
		}
		sum += first[t]
	}
	return sum, nil
}

// PerThousand is the expected number of alarms in 1,000 rows of a CUSUM that is set
// back to 0 at each: the false-alarm rate if θ is good.
func (r RunLength) PerThousand() float64 { return 1000 / r.Average }
