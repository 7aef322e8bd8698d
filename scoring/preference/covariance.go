package preference

import (
	"errors"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Covariance is that of a fit's estimates. Strengths are in it as differences from the
// mean of their component; between components it is 0, though nothing is known.
type Covariance struct {
	values *symmetric // of all parameters, both triangles
	// df are the degrees of freedom of Student's t for intervals; +Inf is the normal
	// law.
	df float64
}

// Fisher is the inverse of the Fisher information at the maximum. It is right if the
// model is and if all games are independent: copies of a rater's votes shrink it. With a
// prior it is the covariance of the normal approximation to the posterior.
func (f *Fit) Fisher() *Covariance {
	return &Covariance{f.problem.covariance(f.maximum), math.Inf(1)}
}

// Sandwich is H⁻¹·G·H⁻¹, H being the information and G the sum over clusters of the
// squares s·sᵀ of the derivatives of their log-likelihoods (Huber 1967; Liang and Zeger
// 1986). A cluster is a rater with all its games, or a game whose rater is not known. It
// needs neither the model to be right nor a rater's games to be independent, only
// raters; of these it needs many, say 20, and the error says if there is one alone.
//
// A rater's derivative is first made what it is at the strengths that the others alone
// would give, since a rater with many games pulls the strengths its way and so hides
// how far it is off: s becomes (I − H_r·H⁻¹)⁻¹·s, H_r being the rater's part of H, and G is
// multiplied by (R−1)/R. This is the jackknife over R clusters in one step (Bell and
// McCaffrey 2002, as CR3), and intervals take Student's t with R−1 degrees of freedom.
// The games of an item that one rater alone has judged, and those between strongly
// connected parts, which went one way only, add their information to G, as if they were
// independent: their squares are near 0 whatever the error is. A prior counts as a
// cluster, of the expectation of its square.
func (f *Fit) Sandwich() (*Covariance, error) {
	df, err := freedom(f.data.clusters())
	if err != nil {
		return nil, err
	}
	bread, meat := f.problem.covariance(f.maximum), newSymmetric(len(f.maximum.x))
	f.data.scatter(f.maximum.x, bread, meat)
	for i, w := range f.problem.precision {
		meat.add(i, i, w)
	}
	out := meat.around(bread)
	f.problem.unplayed(out)
	return &Covariance{out, df}, nil
}

// freedom are the degrees of freedom that clusters leave.
func freedom(clusters, grouped float64) (float64, error) {
	switch {
	case grouped == 0:
		return math.Inf(1), nil
	case clusters < 2:
		return 0, errors.New("all games are of one rater, and how raters differ cannot be told from one: leave the rater out to take the games as independent, or use the Fisher information")
	}
	return clusters - 1, nil
}

// Difference is the standard error of θ_i − θ_j.
func (c *Covariance) Difference(i, j int) float64 {
	if i == j {
		return 0
	}
	v := c.values.at(i, i) + c.values.at(j, j) - float64(2*c.values.at(i, j))
	return math.Sqrt(max(v, 0))
}

// Error is the standard error of θ_i as a difference from the mean of its component.
func (c *Covariance) Error(i int) float64 { return math.Sqrt(max(c.values.at(i, i), 0)) }

// quantile is that of the law of intervals.
func (c *Covariance) quantile(p float64) float64 {
	if c.df > 1e6 {
		return kernel.NormalQuantile(p)
	}
	// t² = df·(1/x − 1) for x ~ Beta(df/2, 1/2)
	x := kernel.BetaQuantile(0.5*c.df, 0.5, 2*(1-p))
	return math.Sqrt(float64(c.df * ((1 - x) / x)))
}
