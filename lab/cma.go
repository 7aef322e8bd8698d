package lab

import (
	"math"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// Constants of the search, in parts of a parameter's range where they are lengths.
const (
	firstStep = 0.3  // Hansen: about a third of the range
	lastStep  = 1e-4 // at which the search has converged
	leastWide = 0.25 // least standard deviation of a whole parameter, in parts of its step
	worstAxes = 1e7  // ratio of the longest to the shortest axis
)

// cma is the covariance matrix adaptation evolution strategy with rank-one and rank-mu
// updates and cumulative step-size adaptation, as in N. Hansen, "The CMA Evolution
// Strategy: A Tutorial" (arXiv:1604.00772), in the unit cube. It needs no value of the
// objective but only the order of the points, and so takes any order, that of constraints
// included.
//
// A point outside the cube is put on its border before it is measured and learnt from, so
// the mean never leaves the cube. A whole parameter keeps a least standard deviation in
// the sampling, the idea of "CMA-ES with margin" (Hamano et al., GECCO 2022): else all
// samples would round to one value and the search would be stuck there.
//
// gonum's CmaEsChol is not used: its samples do not depend on the step size that it
// adapts (with 1,200 points it leaves a sphere of five dimensions at 15 to 40 where this
// one comes to 4e-6), and it takes values and not orders.
type cma struct {
	n, lambda        int
	weights          []float64
	muEff            float64
	cc, cs, c1, cmu  float64
	damps, expected  float64 // expected is E|N(0, I)|
	mean, steps      []float64
	sigma            float64
	cov, axes        [][]float64 // axes are eigenvectors, in columns
	lengths          []float64   // of the axes
	pathC, pathSigma []float64
	generation       int
	points           [][]float64
	random           *kernel.Random
}

// newCMA starts a search at a mean. steps are the widths of the values of whole parameters
// in the cube, 0 of the others; lambda is the number of points of a generation.
func newCMA(mean, steps []float64, lambda int, random *kernel.Random) *cma {
	n := len(mean)
	c := &cma{n: n, lambda: lambda, mean: slices.Clone(mean), steps: steps, sigma: firstStep, random: random}
	sum, squares := 0.0, 0.0
	for i := range lambda / 2 {
		w := kernel.Log(float64(lambda+1)/2) - kernel.Log(float64(i+1))
		c.weights = append(c.weights, w)
		sum += w
	}
	for i := range c.weights {
		c.weights[i] /= sum
		squares += float64(c.weights[i] * c.weights[i])
	}
	c.muEff = 1 / squares
	d, m := float64(n), c.muEff
	c.cc = (4 + m/d) / (d + 4 + 2*m/d)
	c.cs = (m + 2) / (d + m + 5)
	c.c1 = 2 / (float64((d+1.3)*(d+1.3)) + m)
	c.cmu = min(1-c.c1, 2*(m-2+1/m)/(float64((d+2)*(d+2))+m))
	c.damps = 1 + 2*max(0, math.Sqrt((m-1)/(d+1))-1) + c.cs
	c.expected = float64(math.Sqrt(d) * (1 - 1/(4*d) + 1/(21*d*d)))
	c.cov, c.axes = identity(n), identity(n)
	c.lengths = make([]float64, n)
	for i := range c.lengths {
		c.lengths[i] = 1
	}
	c.pathC, c.pathSigma = make([]float64, n), make([]float64, n)
	return c
}

// population is Hansen's default number of points of a generation.
func population(n int) int { return 4 + int(3*kernel.Log(float64(n))) }

func identity(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = 1
	}
	return m
}

// deviation is the standard deviation of a coordinate without its margin.
func (c *cma) deviation(i int) float64 { return float64(c.sigma * math.Sqrt(c.cov[i][i])) }

// reach is what a step of a coordinate is multiplied by: sigma, more where the parameter is
// whole and would not change any more.
func (c *cma) reach(i int) float64 {
	least := float64(leastWide * c.steps[i])
	if d := c.deviation(i); d < least {
		return c.sigma * least / d
	}
	return c.sigma
}

// ask draws the points of a generation.
func (c *cma) ask() [][]float64 {
	c.points = make([][]float64, c.lambda)
	for k := range c.points {
		x, z := make([]float64, c.n), make([]float64, c.n)
		for i := range z {
			z[i] = float64(c.lengths[i] * c.random.Normal())
		}
		for i := range x {
			x[i] = min(max(c.mean[i]+float64(c.reach(i)*product(c.axes[i], z)), 0), 1)
		}
		c.points[k] = x
	}
	return c.points
}

// tell learns from the points of the generation, named from the best to the worst.
func (c *cma) tell(order []int) {
	c.generation++
	elite, step := make([][]float64, len(c.weights)), make([]float64, c.n)
	for k, w := range c.weights {
		y := make([]float64, c.n)
		for i, x := range c.points[order[k]] {
			y[i] = (x - c.mean[i]) / c.reach(i)
			step[i] += float64(w * y[i])
		}
		elite[k] = y
	}
	for i := range c.mean {
		c.mean[i] = min(max(c.mean[i]+float64(c.reach(i)*step[i]), 0), 1)
	}
	c.paths(step)
	length := math.Sqrt(product(c.pathSigma, c.pathSigma))
	late := 1 - kernel.Power(1-c.cs, 2*c.generation)
	stalled := length/math.Sqrt(late) >= float64((1.4+2/float64(c.n+1))*c.expected)
	c.advance(step, stalled)
	c.spread(elite, stalled)
	c.sigma = min(c.sigma*kernel.Exp(c.cs/c.damps*(length/c.expected-1)), 1)
	c.axes, c.lengths = eigen(c.cov)
	for i, v := range c.lengths {
		c.lengths[i] = math.Sqrt(max(v, 0))
	}
}

// paths moves the path of the step size by C^(-1/2)·step.
func (c *cma) paths(step []float64) {
	scale := math.Sqrt(float64(c.cs * (2 - c.cs) * c.muEff))
	along := make([]float64, c.n)
	for j := range along {
		for i := range step {
			along[j] += float64(c.axes[i][j] * step[i])
		}
		if c.lengths[j] > 0 {
			along[j] /= c.lengths[j]
		}
	}
	for i := range c.pathSigma {
		c.pathSigma[i] = float64((1-c.cs)*c.pathSigma[i]) + float64(scale*product(c.axes[i], along))
	}
}

// advance moves the path of the covariance, unless the step size grows fast.
func (c *cma) advance(step []float64, stalled bool) {
	scale := math.Sqrt(float64(c.cc * (2 - c.cc) * c.muEff))
	if stalled {
		scale = 0
	}
	for i := range c.pathC {
		c.pathC[i] = float64((1-c.cc)*c.pathC[i]) + float64(scale*step[i])
	}
}

// spread updates the covariance by the path and by the best points.
func (c *cma) spread(elite [][]float64, stalled bool) {
	keep := 1 - c.c1 - c.cmu
	if stalled {
		keep += float64(c.c1 * c.cc * (2 - c.cc))
	}
	for i := range c.cov {
		for j := range i + 1 {
			v := float64(keep*c.cov[i][j]) + float64(c.c1*c.pathC[i]*c.pathC[j])
			for k, w := range c.weights {
				v += float64(c.cmu * w * elite[k][i] * elite[k][j])
			}
			c.cov[i][j], c.cov[j][i] = v, v
		}
	}
}

// done reports whether there is nothing more to find from here: the points lie as good as
// on each other, or the covariance has no proper shape any more.
func (c *cma) done() bool {
	least, most := math.Inf(1), 0.0
	for _, l := range c.lengths {
		least, most = min(least, l), max(most, l)
	}
	if !(most <= worstAxes*least) || math.IsInf(most, 1) {
		return true
	}
	for i := range c.n {
		if c.deviation(i) > max(lastStep, float64(0.05*c.steps[i])) {
			return false
		}
	}
	return true
}

func product(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}
