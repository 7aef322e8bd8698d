package preference

import (
	"errors"
	"math"
	"slices"
)

// DefaultPrior is the standard deviation of the prior of strengths that the games leave
// infinite. It puts 95 % of items within ±4 logits of the mean.
const DefaultPrior = 2

const (
	maxSteps = 200
	tolerant = 1e-8 // a Newton step of this size leaves an error of its square
	// A parameter that is no strength runs away when it is farther than this, or when its
	// variance is more than that: rounding may stop it before.
	farthest  = 40
	uncertain = 1e4
)

var errRunsAway = errors.New("the likelihood has no maximum, or it was not found")

// likelihood is that of data given parameters, of which the strengths come first.
type likelihood interface {
	// evaluate is the log-likelihood at x. It adds the negative second derivatives to
	// information if that is not nil.
	evaluate(x []float64, information *symmetric) float64
	// slope adds the derivatives at x to gradient.
	slope(x, gradient []float64)
	// preferences calls beats for pairs of items of which one was preferred.
	preferences(beats func(winner, loser int))
}

// problem is a likelihood with what makes its maximum one and finite: a normal prior of
// some parameters, and strengths that sum to zero in each component.
type problem struct {
	likelihood
	components [][]int
	precision  []float64 // 1/σ² of each parameter's prior, 0 for none
	center     []float64 // the prior's mean, of sum zero in each component; nil for 0
}

// objective is the log-likelihood at x with the logarithm of the prior's density, up to
// a constant.
func (p *problem) objective(x []float64) float64 {
	penalty := 0.0
	for i, w := range p.precision {
		d := x[i] - p.mean(i)
		penalty += float64(float64(w*d) * d)
	}
	return p.evaluate(x, nil) - float64(0.5*penalty)
}

// pull adds the derivatives of the prior.
func (p *problem) pull(x, gradient []float64) {
	for i, w := range p.precision {
		gradient[i] -= float64(w * (x[i] - p.mean(i)))
	}
}

func (p *problem) mean(i int) float64 {
	if p.center == nil {
		return 0
	}
	return p.center[i]
}

// levels adds k to all entries of each component's block. The information leaves the
// sum of a component's strengths open, or to the prior; now it is determined, and a
// step does not change it. It returns the k of each component.
func (p *problem) levels(information *symmetric) []float64 {
	ks := make([]float64, len(p.components))
	for c, items := range p.components {
		trace := 0.0
		for _, i := range items {
			trace += information.at(i, i)
		}
		m := float64(len(items))
		k := trace / float64(m*m)
		if k == 0 {
			k = 1
		}
		ks[c] = k
		for a, i := range items {
			for _, j := range items[:a+1] {
				information.add(i, j, k)
			}
		}
	}
	return ks
}

// maximum is where a likelihood is largest.
type maximum struct {
	x      []float64
	value  float64    // the log-likelihood, without the prior
	factor *symmetric // of the information with prior and levels
	ks     []float64  // the levels
	steps  int
}

// reuseFrom is the number of parameters from which factors are used for several steps:
// the work of a factor grows with its cube, that of a step with its square.
const reuseFrom = 256

// maximize climbs from x by Newton's method.
func (p *problem) maximize(x []float64, items int) (*maximum, error) {
	m := &maximum{x: slices.Clone(x), factor: newSymmetric(len(x))}
	step := make([]float64, len(x))
	fresh, before := true, math.Inf(1)
	for m.steps = 1; m.steps <= maxSteps; m.steps++ {
		if fresh && !p.refactor(m) {
			return nil, errRunsAway
		}
		clear(step)
		p.slope(m.x, step)
		p.pull(m.x, step)
		m.factor.solve(step)
		size := largest(step)
		switch {
		case !fresh && (size <= tolerant || size > 0.5*before):
			fresh = true // the same step again, with the information here
			continue
		case size <= tolerant:
			for i := range m.x {
				m.x[i] += step[i]
			}
			m.value = p.evaluate(m.x, nil)
			return m, m.settled(items)
		}
		if !p.ascend(m, step) || largest(m.x[items:]) > farthest {
			return nil, errRunsAway
		}
		fresh, before = len(x) < reuseFrom, size
	}
	return nil, errRunsAway
}

// refactor gives m the factor of the information at its x.
func (p *problem) refactor(m *maximum) bool {
	clear(m.factor.rows)
	p.evaluate(m.x, m.factor)
	for i, w := range p.precision {
		m.factor.add(i, i, w)
	}
	m.ks = p.levels(m.factor)
	return m.factor.factor()
}

// ascend makes a step, halved as long as it goes down. It reports false if it does so
// however short it is.
func (p *problem) ascend(m *maximum, step []float64) bool {
	height := p.objective(m.x)
	size := largest(step)
	at := make([]float64, len(step))
	for t := 1.0; t*size > tolerant/4; t /= 2 {
		for i := range at {
			at[i] = m.x[i] + float64(t*step[i])
		}
		if h := p.objective(at); h >= height-float64(1e-12*math.Abs(height)) {
			m.x = at
			return true
		}
	}
	return false
}

// settled is an error if the likelihood hardly depends on a parameter after the items.
func (m *maximum) settled(items int) error {
	for k := items; k < len(m.x); k++ {
		unit := make([]float64, len(m.x))
		unit[k] = 1
		m.factor.solve(unit)
		if !(unit[k] <= uncertain) {
			return errRunsAway
		}
	}
	return nil
}

// covariance is the inverse of the information, where strengths are differences from
// the mean of their component.
func (p *problem) covariance(m *maximum) *symmetric {
	v := m.factor.inverse()
	for c, items := range p.components {
		size := float64(len(items))
		// the direction (1, …, 1) has the eigenvalue λ + k·size
		level := 1 / float64(size*(p.precision[items[0]]+float64(m.ks[c]*size)))
		for _, i := range items {
			for _, j := range items {
				v.rows[i*v.n+j] -= level
			}
		}
	}
	p.unplayed(v)
	return v
}

// unplayed gives items without games the variance that a prior says.
func (p *problem) unplayed(v *symmetric) {
	for _, items := range p.components {
		i := items[0]
		if len(items) > 1 {
			continue
		}
		v.rows[i*v.n+i] = DefaultPrior * DefaultPrior
		if w := p.precision[i]; w > 0 {
			v.rows[i*v.n+i] = 1 / w
		}
	}
}

func largest(x []float64) float64 {
	out := 0.0
	for _, v := range x {
		out = max(out, math.Abs(v))
	}
	return out
}
