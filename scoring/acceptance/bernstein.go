package acceptance

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// MixtureSequence is a confidence sequence for the mean of scores in [0, 1] with
// replacement, in closed form and constant memory: weighted mean ± margin,
//
//	(Σ λ_i·x_i ± (ln(2/alpha) + Σ v_i·ψ(λ_i))) / Σ λ_i,
//
// intersected over time. It is wider than a BettingSequence and cheaper.
type MixtureSequence struct {
	bernstein    bool
	logAlpha     float64 // ln(2/alpha)
	moments      moments
	weight       float64 // Σ λ
	weighted     float64 // Σ λ·x
	below, above float64 // Σ v·ψ of the lower and the upper bound
	interval
}

// NewBernstein is the empirical Bernstein sequence of predictable mixtures
// (Waudby-Smith and Ramdas 2024, theorem 2): ψ(λ) = −ln(1−λ) − λ, v the squared
// distance from the mean of the scores before, λ at most ½. It adapts to the variance.
func NewBernstein(alpha float64) (*MixtureSequence, error) { return newMixture(alpha, true) }

// NewHoeffding is Hoeffding's sequence of predictable mixtures (the same, theorem 1):
// ψ(λ) = λ²/8, v = 1, λ = √(8·ln(2/alpha)/(t·ln(1+t))), at most 1.
func NewHoeffding(alpha float64) (*MixtureSequence, error) { return newMixture(alpha, false) }

func newMixture(alpha float64, bernstein bool) (*MixtureSequence, error) {
	if err := checkSequence(alpha, 0); err != nil {
		return nil, err
	}
	return &MixtureSequence{bernstein: bernstein, logAlpha: kernel.Log(2 / alpha), moments: newMoments(), interval: interval{to: 1}}, nil
}

// Observe takes the next score. A wrong one is an error and changes nothing.
func (s *MixtureSequence) Observe(x float64) error {
	if err := checkScore(x); err != nil {
		return err
	}
	lambda := s.step(x)
	s.weight += lambda
	s.weighted += float64(lambda * x)
	s.moments.observe(x)
	mean := s.weighted / s.weight
	s.meet(mean-(s.logAlpha+s.below)/s.weight, mean+(s.logAlpha+s.above)/s.weight)
	return nil
}

// step is λ of the next score; it adds to the margins.
func (s *MixtureSequence) step(x float64) float64 {
	if !s.bernstein {
		t := float64(s.moments.n + 1)
		lambda := min(1, math.Sqrt(8*s.logAlpha/(t*kernel.Log(1+t))))
		psi := float64(float64(lambda*lambda) / 8)
		s.below += psi
		s.above += psi
		return lambda
	}
	lambda := min(0.5, s.moments.stake(s.logAlpha))
	psi := -kernel.Log1p(-lambda) - lambda
	// Before the first score its mean is taken to be 0 for the lower bound and,
	// mirrored, 1 for the upper one.
	low, high := x, 1-x
	if s.moments.n > 0 {
		low = x - s.moments.sum/float64(s.moments.n)
		high = low
	}
	s.below += float64(float64(low*low) * psi)
	s.above += float64(float64(high*high) * psi)
	return lambda
}
