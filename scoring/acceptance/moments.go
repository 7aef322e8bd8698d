package acceptance

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// moments are the mean and variance of the scores so far, with one imagined score of
// mean ½ and variance ¼ before the first:
//
//	mean = (½ + Σ x)/(n+1),  variance = (¼ + Σ (x_i − mean_i)²)/(n+1).
//
// What is bet on the next score depends on these alone.
type moments struct {
	n              int
	sum, squares   float64
	mean, variance float64
}

func newMoments() moments { return moments{mean: 0.5, variance: 0.25} }

func (m *moments) observe(x float64) {
	m.n++
	m.sum += x
	count := float64(m.n + 1)
	m.mean = (0.5 + m.sum) / count
	difference := x - m.mean
	m.squares += float64(difference * difference)
	m.variance = (0.25 + m.squares) / count
}

// stake is λ for the next score, √(2·ln(1/α) / (t·ln(1+t)·variance)) at score t, the
// predictable mixture of Waudby-Smith and Ramdas (2024, equation 26). logAlpha is
// ln(1/α).
func (m *moments) stake(logAlpha float64) float64 {
	t := float64(m.n + 1)
	return math.Sqrt(2 * logAlpha / (t * kernel.Log(1+t) * m.variance))
}
