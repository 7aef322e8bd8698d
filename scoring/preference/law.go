package preference

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// law is the distribution of one game's outcome: the moments of its statistics s, ½ if
// left won, −½ if right won and else 0, and t, 1 for a tie and else 0. Where ties are
// half wins, there is no t.
type law struct {
	mean, variance, tie, cross float64 // of s, of s, the mean of t, the covariance
	d, lnNu                    float64
	rest                       float64 // 1 + rest is the sum of all outcomes, the likelier side being 1
}

// law evaluates P(left) = σ(d), or with Davidson's ν = e^lnν
//
//	P(left) : P(right) : P(tie) = e^(d/2) : e^(−d/2) : ν.
func (g *games) law(d, lnNu float64) law {
	l := law{d: d, lnNu: lnNu}
	a := math.Abs(d)
	e := kernel.Exp(-a)
	l.rest = e
	if g.davidson {
		nu := kernel.Exp(lnNu - float64(0.5*a))
		l.rest += nu
		l.tie = nu / (1 + l.rest)
	}
	strong := 1 / (1 + l.rest)
	weak := float64(e * strong)
	l.mean = float64(0.5 * (strong - weak))
	if d < 0 {
		l.mean = -l.mean
	}
	l.variance = float64(strong*weak) + float64(0.25*float64(l.tie*(strong+weak)))
	l.cross = -float64(l.mean * l.tie)
	return l
}

// logs are the logarithms of the probabilities that left wins, that right wins and of a
// tie, which as half a win to each is half of both.
func (l *law) logs() (left, right, tie float64) {
	norm := kernel.Log1p(l.rest)
	a := math.Abs(l.d)
	return float64(0.5*(l.d-a)) - norm, float64(-0.5*(l.d+a)) - norm, l.lnNu - float64(0.5*a) - norm
}

// residuals are what an outcome's statistics s and t are above their means.
func (l *law) residuals(outcome uint8) (s, t float64) {
	switch outcome {
	case 0:
		return 0.5 - l.mean, -l.tie
	case 1:
		return -0.5 - l.mean, -l.tie
	}
	return -l.mean, 1 - l.tie
}
