package truth

import (
	"math"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// priorLabels is how many labels with a typical variance each worker is believed to have
// given before the first one. It keeps the variance of a worker with few labels from
// zero. The typical variance is at least leastTypical of the pooled one.
const (
	priorLabels  = 1
	leastTypical = 1e-4
)

// gaussianFit is the model x = μ_t + ε with ε ~ N(0, σ_w²), the numeric form of Raykar et
// al. 2010, with a flat prior for μ_t. The prior of σ_w² is worth one label with the
// variance v of a typical worker. EM climbs the density of all σ_w² given the labels:
//
//	E  μ_t has mean m_t = Σ x_i/σ² / P_t and variance 1/P_t, P_t = Σ 1/σ²
//	M  σ_w² = (Σ ((x_i − m_t)² + 1/P_t) + v) / (n_w + 1)
//
// over tasks with two or more labels; a single label tells nothing of its worker. Numbers
// are held in units of the pooled standard deviation, as distances from the first label
// of their task, so that another unit of the labels changes no decision.
type gaussianFit struct {
	l         *NumericLabels
	typical   float64   // v
	value     []float64 // of each observation
	variance  []float64 // σ_w²
	precision []float64 // 1/σ_w²
	log       []float64 // ln σ_w²
	squares   []float64 // of each worker: Σ (x − m)² + 1/P
	shared    []float64 // of each worker: labels on tasks with two or more
	mean      []float64 // m_t
	inverse   []float64 // 1/P_t
}

// gaussian fits the model. A pass is an E step, the objective at its variances, and an M
// step. If there is no spread at all, or nothing to tell it from, it is the mean.
func (l *NumericLabels) gaussian(e *Estimates, o NumericOptions) {
	if e.Freedom == 0 || e.SD == 0 {
		l.locate(e, mean)
		return
	}
	l.locate(e, median)
	g := newGaussian(l, e.SD, e.typicalVariance())
	r := Result{}
	for step := range r.climb(Options{Iterations: o.Iterations, Tolerance: o.Tolerance}) {
		if step > 0 {
			g.variances()
		}
		r.Trace = append(r.Trace, g.expect())
	}
	e.Iterations, e.Trace = r.Iterations, r.Trace
	reach := studentQuantile(e.Freedom)
	for t := range e.Tasks {
		value := math.NaN()
		if _, values := l.row(t); len(values) > 0 {
			value = values[0] + float64(g.mean[t]*e.SD)
		}
		e.Tasks[t].set(value, float64(math.Sqrt(g.inverse[t])*e.SD), reach)
	}
	for w, v := range g.variance {
		e.Workers[w].SD = float64(math.Sqrt(v) * e.SD)
	}
}

// typicalVariance is the median of the workers' variances, as a share of the pooled one.
func (e *Estimates) typicalVariance() float64 {
	var all []float64
	for _, w := range e.Workers {
		if w.Labels > 0 {
			all = append(all, w.SD/e.SD)
		}
	}
	slices.Sort(all)
	middle := all[len(all)/2]
	return max(float64(middle*middle), leastTypical)
}

func newGaussian(l *NumericLabels, sd, typical float64) *gaussianFit {
	g := &gaussianFit{
		l: l, typical: typical, value: make([]float64, len(l.value)), mean: make([]float64, l.tasks), inverse: make([]float64, l.tasks),
		variance: make([]float64, l.workers), precision: make([]float64, l.workers), log: make([]float64, l.workers),
		squares: make([]float64, l.workers), shared: make([]float64, l.workers),
	}
	for t := range l.tasks {
		from, to := l.start[t], l.start[t+1]
		for i := from; i < to; i++ {
			g.value[i] = (l.value[i] - l.value[from]) / sd
			if to-from > 1 {
				g.shared[l.worker[i]]++
			}
		}
	}
	for w := range g.variance {
		g.set(w, 1)
	}
	return g
}

func (g *gaussianFit) set(worker int, variance float64) {
	g.variance[worker], g.precision[worker], g.log[worker] = variance, 1/variance, kernel.Log(variance)
}

// expect makes the posteriors of all tasks, and returns the log-posterior of the variances
// up to a constant: Σ_t ln ∫ Π_i N(x_i; μ, σ²) dμ − Σ_w (ln σ_w² + v/σ_w²)/2.
func (g *gaussianFit) expect() float64 {
	clear(g.squares)
	sum := 0.0
	for w, p := range g.precision {
		sum -= float64(priorLabels * (g.log[w] + float64(g.typical*p)) / 2)
	}
	for t := range g.l.tasks {
		from, to := g.l.start[t], g.l.start[t+1]
		if from == to {
			continue
		}
		precision, shift := 0.0, 0.0
		for i := from; i < to; i++ {
			p := g.precision[g.l.worker[i]]
			precision += p
			shift += float64(g.value[i] * p)
		}
		g.mean[t], g.inverse[t] = shift/precision, 1/precision
		if to-from > 1 {
			sum += g.judge(t) - float64(kernel.Log(precision)/2)
		}
	}
	return sum
}

// judge adds the distances of a task's labels to the squares of their workers, and returns
// −Σ (ln σ² + (x − m)²/σ²)/2.
func (g *gaussianFit) judge(task int) float64 {
	sum := 0.0
	for i := g.l.start[task]; i < g.l.start[task+1]; i++ {
		w := g.l.worker[i]
		d := g.value[i] - g.mean[task]
		square := float64(d * d)
		g.squares[w] += square + g.inverse[task]
		sum -= float64((g.log[w] + float64(square*g.precision[w])) / 2)
	}
	return sum
}

// variances is the M step.
func (g *gaussianFit) variances() {
	for w := range g.variance {
		g.set(w, (g.squares[w]+float64(priorLabels*g.typical))/(g.shared[w]+priorLabels))
	}
}
