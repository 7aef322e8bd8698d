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

// mean is the mean of what is left, cut to [0, 1].
func (r *rest) mean(mean float64) float64 {
	if r.population == 0 {
		return mean
	}
	return min(1, max(0, (float64(float64(r.population)*mean)-r.sum)/float64(r.population-r.n)))
}

// settled tells whether the rows drawn have settled which side of a mean the corpus's
// own is on, whatever the rest: 1 above, −1 below, 0 if they have not. A sum of n
// scores is rounded by n²·2^−53 at most, which is forgiven.
func (r *rest) settled(mean float64) int {
	if r.population == 0 {
		return 0
	}
	n := float64(r.population)
	slack := roundingSlack + float64(float64(n*n)*0x1p-53)
	switch left := float64(n*mean) - r.sum; {
	case left < -slack:
		return 1
	case left > float64(r.population-r.n)+slack:
		return -1
	}
	return 0
}

func (r *rest) observe(x float64) {
	r.n++
	r.sum += x
}

// pointRatio is the likelihood ratio of two means, linear between its values for 0
// and 1: x·q/m + (1−x)·(1−q)/(1−m) has the expectation 1 at the mean m, and less on
// the side away from q, for every law of x in [0, 1].
//
// Of a population the means are Good and Bad themselves. The sum of scores may be any
// number, so that they are not rounded to whole failing rows as in an SPRT.
type pointRatio struct {
	rest           rest
	good, bad      float64
	accept, reject float64 // logarithms
}

func newPointRatio(d Design) *pointRatio {
	return &pointRatio{rest: rest{population: d.Population}, good: d.Good, bad: d.Bad}
}

func (p *pointRatio) observe(x float64) {
	good, bad := p.rest.mean(p.good), p.rest.mean(p.bad)
	if good > 0 { // or else the corpus is good for certain
		p.reject += kernel.Log(ratio(x, good, bad))
	}
	if bad < 1 { // or else it is bad
		p.accept += kernel.Log(ratio(x, bad, good))
	}
	p.rest.observe(x)
	p.accept, p.reject = p.rest.certain(p.good, p.bad, p.accept, p.reject)
}

// certain makes the evidence infinite against what the rows drawn rule out.
func (r *rest) certain(good, bad, accept, reject float64) (newAccept, newReject float64) {
	if r.settled(bad) > 0 {
		accept = math.Inf(1)
	}
	if r.settled(good) < 0 {
		reject = math.Inf(1)
	}
	return accept, reject
}

// ratio is that of q to m. Where m is 0 or 1 and x is not, m is ruled out, and settled
// tells so, unless it is so for rounding alone; that term is left out.
func ratio(x, m, q float64) float64 {
	out := 0.0
	if m > 0 {
		out = float64(x * q / m)
	}
	if m < 1 {
		out += float64((1 - x) * (1 - q) / (1 - m))
	}
	return out
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
	mean := b.rest.mean(b.moments.mean)
	good, bad := b.rest.mean(b.good), b.rest.mean(b.bad)
	b.reject += stake(good-mean, 1-good, good-x, b.moments.variance)
	b.accept += stake(mean-bad, bad, x-bad, b.moments.variance)
	b.rest.observe(x)
	b.moments.observe(x)
	b.accept, b.reject = b.rest.certain(b.good, b.bad, b.accept, b.reject)
}

// stake is the logarithm of what one bet multiplies the capital by. The expected gain
// is edge, the most that can be lost for a stake of 1 is loss.
func stake(edge, loss, gain, variance float64) float64 {
	if edge <= 0 || loss <= 0 {
		return 0
	}
	lambda := min(edge/(variance+float64(edge*edge)), 0.5/loss)
	return kernel.Log1p(float64(lambda * gain))
}

func (b *bets) logs() (accept, reject float64) { return b.accept, b.reject }
