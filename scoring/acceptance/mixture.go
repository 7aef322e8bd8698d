package acceptance

import "github.com/assaynet/assay/scoring/kernel"

// maxCount bounds the counts of which ln B is still accurate to 1e-3 or better.
const maxCount = 1e12

// MixtureUpper bounds the rate η of a Bernoulli variable from above, at all times at
// once: with independent outcomes of rate η, the probability that there is ever a
// time at which the bound from the counts so far is below η is at most delta. So it
// may be looked at after every outcome.
//
// The likelihood ratio of a Beta(a, b) mixture to η,
//
//	B(a+hits, b+misses) / B(a, b) / (η^hits·(1−η)^misses),
//
// is a martingale that starts at 1 and reaches 1/delta with probability delta at
// most (Ville 1939, Robbins 1970); the bound is the largest η at which it is below.
// It falls with each miss, rises with each hit, and is rounded upwards. a, b > 0
// are chosen before the first outcome: ½ and ½ without an opinion, or as many
// outcomes as an opinion is worth. The counts are whole outcomes: forgotten ones, or
// ones picked by what they were, void the promise.
//
// Without outcomes, and for arguments outside of their range, the bound is 1.
func MixtureUpper(hits, misses, a, b, delta float64) float64 {
	total := hits + misses
	if !(hits >= 0 && misses >= 0 && total > 0 && total <= maxCount && a > 0 && b > 0 && a+b <= maxCount && delta > 0 && delta < 1) {
		return 1
	}
	limit := kernel.LogBeta(a, b) - kernel.LogBeta(a+hits, b+misses) - kernel.Log(delta)
	low, high := hits/total, 1.0
	for range 64 {
		mid := low + float64(0.5*(high-low))
		if mid <= low || mid >= high {
			break
		}
		// ln 1/(η^hits·(1−η)^misses) rises from low to 1
		if -float64(hits*kernel.Log(mid))-float64(misses*kernel.Log1p(-mid)) < limit {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// MixtureLower bounds the rate from below: it is 1 − MixtureUpper of the opposite.
// Both bounds are of one interval, and delta is the probability that it is ever
// wrong on either side.
func MixtureLower(hits, misses, a, b, delta float64) float64 {
	return 1 - MixtureUpper(misses, hits, b, a, delta)
}
