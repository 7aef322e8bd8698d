package acceptance

import "github.com/assaynet/assay/scoring/kernel"

// law is how many of n drawn rows fail.
type law interface {
	atMost(n, c int) float64 // P(failures ≤ c)
	more(n, c int) float64   // P(failures > c), accurate when it is small
}

type laws struct{ good, bad law }

// failures are the laws at Good and Bad, and the most rows of a plan.
func (d Design) failures() (laws, int) {
	if d.Population == 0 {
		return laws{binomial{d.Good}, binomial{d.Bad}}, maxPlan
	}
	good, bad := d.defects()
	return laws{hypergeometric{d.Population, good}, hypergeometric{d.Population, bad}}, min(maxPlan, d.Population)
}

// binomial draws with replacement from rows of which this share pass. Its tails are
// incomplete beta functions.
type binomial struct{ share float64 }

func (b binomial) atMost(n, c int) float64 {
	if c >= n {
		return 1
	}
	return kernel.BetaCDF(float64(n-c), float64(c+1), b.share)
}

func (b binomial) more(n, c int) float64 {
	if c >= n {
		return 0
	}
	return kernel.BetaCDF(float64(c+1), float64(n-c), 1-b.share)
}

// hypergeometric draws without replacement from so many rows, of which some fail.
type hypergeometric struct{ rows, fail int }

// mass is P(exactly c of n fail) for possible c.
func (h hypergeometric) mass(n, c int) float64 {
	k, x := float64(h.fail), float64(c)
	return kernel.Exp(kernel.LogChoose(k, x) + kernel.LogChoose(float64(h.rows-h.fail), float64(n-c)) - kernel.LogChoose(float64(h.rows), float64(n)))
}

// negligible is the part of a sum below which further terms, which fall, are left
// out.
const negligible = 1e-17

// atMost sums downwards from c, each term from the one before.
func (h hypergeometric) atMost(n, c int) float64 {
	least, most := max(0, n-(h.rows-h.fail)), min(n, h.fail)
	switch {
	case c < least:
		return 0
	case c >= most:
		return 1
	}
	sum, term := 0.0, h.mass(n, c)
	for x := c; x >= least; x-- {
		sum += term
		ratio := float64(x) / float64(h.fail-x+1) * float64(h.rows-h.fail-n+x) / float64(n-x+1)
		if term = float64(term * ratio); ratio < 1 && term < sum*negligible {
			break
		}
	}
	return min(1, sum)
}

// more sums upwards from c+1.
func (h hypergeometric) more(n, c int) float64 {
	least, most := max(0, n-(h.rows-h.fail)), min(n, h.fail)
	switch {
	case c < least:
		return 1
	case c >= most:
		return 0
	}
	sum, term := 0.0, h.mass(n, c+1)
	for x := c + 1; x <= most; x++ {
		sum += term
		ratio := float64(h.fail-x) / float64(x+1) * float64(n-x) / float64(h.rows-h.fail-n+x+1)
		if term = float64(term * ratio); ratio < 1 && term < sum*negligible {
			break
		}
	}
	return min(1, sum)
}
