package acceptance

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// rest is what is known of the rows still to be drawn, if the mean of the corpus is
// mean: their mean is (N·mean − sum)/(N − n) without replacement.
type rest struct {
	population, n int
	sum           float64
}

// roundingSlack is how far outside of [0, 1] a mean may lie for rounding alone.
const roundingSlack = 1e-9

// mean is the mean of what is left, and whether one is possible at all.
func (r *rest) mean(mean float64) (m float64, possible bool) {
	if r.population == 0 {
		return mean, true
	}
	m = (float64(float64(r.population)*mean) - r.sum) / float64(r.population-r.n)
	if m < -roundingSlack || m > 1+roundingSlack {
		return m, false
	}
	return min(1, max(0, m)), true
}

func (r *rest) observe(x float64) {
	r.n++
	r.sum += x
}

// pointRatio is the likelihood ratio of two means, linear between its values for 0
// and 1: x·q/m + (1−x)·(1−q)/(1−m) has the expectation 1 at the mean m, and less on
// the side away from q, for every law of x in [0, 1].
type pointRatio struct {
	rest           rest
	good, bad      float64
	accept, reject float64 // logarithms
}

// newPointRatio takes, of a population, good to be the whole number of failing rows
// that a good corpus may have at most, and bad the one that a bad corpus has at least.
func newPointRatio(d Design) *pointRatio {
	p := &pointRatio{rest: rest{population: d.Population}, good: d.Good, bad: d.Bad}
	if d.Population > 0 {
		good, bad := d.defects()
		n := float64(d.Population)
		p.good, p.bad = (n-float64(good))/n, (n-float64(bad))/n
	}
	return p
}

func (p *pointRatio) observe(x float64) {
	good, mayBeGood := p.rest.mean(p.good)
	bad, mayBeBad := p.rest.mean(p.bad)
	p.reject = against(p.reject, x, good, bad, mayBeGood)
	p.accept = against(p.accept, x, bad, good, mayBeBad)
	p.rest.observe(x)
}

// against multiplies an e-process against the mean m, with the alternative q.
func against(log, x, m, q float64, possible bool) float64 {
	if !possible || x > 0 && m <= 0 || x < 1 && m >= 1 {
		return math.Inf(1)
	}
	q = min(1, max(0, q))
	factor := 0.0
	if x > 0 {
		factor = float64(x * q / m)
	}
	if x < 1 {
		factor += float64((1 - x) * (1 - q) / (1 - m))
	}
	return log + kernel.Log(factor)
}

func (p *pointRatio) logs() (accept, reject float64) { return p.accept, p.reject }

// jeffreys is the likelihood of the Beta(½, ½) mixture over the largest likelihood
// that a hypothesis allows, which is at the share of passes or, if that is not
// allowed, at the hypothesis's edge (Wasserman, Ramdas and Balakrishnan 2020).
type jeffreys struct {
	good, bad        float64
	passes, failures float64
	mixture          float64 // logarithm of the mixture's likelihood
}

func (j *jeffreys) observe(x float64) {
	n := j.passes + j.failures + 1
	if x == 1 {
		j.mixture += kernel.Log((j.passes + 0.5) / n)
		j.passes++
		return
	}
	j.mixture += kernel.Log((j.failures + 0.5) / n)
	j.failures++
}

func (j *jeffreys) logs() (accept, reject float64) {
	n := j.passes + j.failures
	if n == 0 {
		return 0, 0
	}
	share := j.passes / n
	return j.mixture - j.likelihood(min(share, j.bad)), j.mixture - j.likelihood(max(share, j.good))
}

func (j *jeffreys) likelihood(share float64) float64 {
	out := 0.0
	if j.passes > 0 {
		out = float64(j.passes * kernel.Log(share))
	}
	if j.failures > 0 {
		out += float64(j.failures * kernel.Log1p(-share))
	}
	return out
}

// bets are the capital of two gamblers, against good and against bad, who stake λ on
// the next score being on their side: K·(1 + λ·(x − m)). λ is the approximate growth
// optimum of the scores so far, mean difference over second moment, at most ½ of what
// could ruin them (aGRAPA, Waudby-Smith and Ramdas 2024, appendix B).
type bets struct {
	rest           rest
	moments        moments
	good, bad      float64
	accept, reject float64 // logarithms
}

func newBets(d Design) *bets {
	return &bets{rest: rest{population: d.Population}, moments: newMoments(), good: d.Good, bad: d.Bad}
}

func (b *bets) observe(x float64) {
	mean, _ := b.rest.mean(b.moments.mean)
	mean = min(1, max(0, mean))
	good, mayBeGood := b.rest.mean(b.good)
	bad, mayBeBad := b.rest.mean(b.bad)
	b.reject += stake(good-mean, 1-good, good-x, b.moments.variance, mayBeGood)
	b.accept += stake(mean-bad, bad, x-bad, b.moments.variance, mayBeBad)
	b.rest.observe(x)
	b.moments.observe(x)
}

// stake is the logarithm of what one bet multiplies the capital by. The expected gain
// is edge, the most that can be lost for a stake of 1 is loss.
func stake(edge, loss, gain, variance float64, possible bool) float64 {
	switch {
	case !possible || loss <= 0 && gain > 0:
		return math.Inf(1)
	case edge <= 0 || loss <= 0:
		return 0
	}
	lambda := min(edge/(variance+float64(edge*edge)), 0.5/loss)
	return kernel.Log1p(float64(lambda * gain))
}

func (b *bets) logs() (accept, reject float64) { return b.accept, b.reject }
