package acceptance

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Plan is a test of fixed size: draw N rows, accept if at most AcceptFailures of them
// fail.
type Plan struct {
	N, AcceptFailures int
	RejectGood        float64 // P(reject) at Good, at most Alpha
	AcceptBad         float64 // P(accept) at Bad, at most Beta
}

// maxPlan bounds the rows of a plan, and with it the time to find one.
const maxPlan = 1 << 17

// Plan is the smallest plan that keeps the error rates, binomial or, with a
// population, hypergeometric (Dodge and Romig 1929). It must not be looked at before
// its last row.
//
// More failures that are accepted need more rows to keep Beta, and fewer to keep
// Alpha. So for each number of them there is a smallest plan that keeps Beta, and the
// first of these that keeps Alpha too is the smallest of all.
func (d Design) Plan() (Plan, error) {
	if err := d.check(); err != nil {
		return Plan{}, err
	}
	fails, most := d.failures()
	if d.roughSize() > 2*maxPlan {
		most = 0 // the search would be long, and in vain
	}
	n := 1
	for c := 0; c < most; c++ {
		n = smallest(max(n, c+1), most, func(n int) bool { return fails.bad.atMost(n, c) <= d.Beta })
		if n > most {
			break
		}
		if reject := fails.good.more(n, c); reject <= d.Alpha {
			return Plan{N: n, AcceptFailures: c, RejectGood: reject, AcceptBad: fails.bad.atMost(n, c)}, nil
		}
	}
	return Plan{}, fmt.Errorf("good and bad are too close for a plan of at most %d rows: choose them further apart", maxPlan)
}

// roughSize is about how many rows a plan takes, by the normal approximation.
func (d Design) roughSize() float64 {
	deviations := float64(kernel.NormalQuantile(1-d.Alpha)*math.Sqrt(d.Good*(1-d.Good))) + float64(kernel.NormalQuantile(1-d.Beta)*math.Sqrt(d.Bad*(1-d.Bad)))
	n := float64(deviations*deviations) / float64((d.Good-d.Bad)*(d.Good-d.Bad))
	if d.Population > 0 {
		n /= 1 + n/float64(d.Population)
	}
	return n
}

// smallest is the first n in from..most at which a monotone condition holds, or
// most+1. It looks at distances that double before it halves, since the answer is
// mostly near.
func smallest(from, most int, holds func(n int) bool) int {
	low, step := from-1, 1 // holds nowhere up to low
	high := from
	for high <= most && !holds(high) {
		low, high = high, high+step
		step *= 2
	}
	high = min(high, most+1)
	for high-low > 1 {
		if mid := low + (high-low)/2; holds(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}
