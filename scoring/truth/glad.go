package truth

import "github.com/assaynet/assay/scoring/kernel"

// gladFit is the model of Whitehill et al. 2009: worker w labels task t rightly with
// probability σ(α_w·e^{β_t}), and otherwise gives one of the other K−1 classes at random.
// α is the worker's ability (below zero: contrary), and e^β tells how easy the task is. A
// priori all classes are equally probable, and α, β ~ N(1, 1) as in the paper. Only
// α·e^β says how likely a label is right; the priors fix the scale of each.
//
// EM climbs the density of all α and β given the labels. Its M step is one Newton step
// for each ability and then for each task, which is enough to climb (generalised EM).
// A step that would lead down is halved.
type gladFit struct {
	l        *Labels
	o        Options
	post     Posterior
	entry    []int32 // of each observation: the place of its class in post
	logOther float64 // ln(K − 1)

	ability []float64 // α of each worker
	ease    []float64 // β of each task
	factor  []float64 // e^β of each task

	right []float64 // of each observation: the probability that it is right
	soft  []float64 // of each observation: ln(1 + e^x), x = α·e^β
	sigma []float64 // of each observation: σ(x)

	rises []rise    // of each worker's ability
	tried []float64 // of each worker: the objective after the step
}

// Settings of GLAD.
const (
	gladMean       = 1     // the prior mean of α and β
	maxHalvings    = 10    // after which a step is given up
	maxAbilityStep = 10    // of α
	maxEaseStep    = 1     // of β, which stands in an exponent
	rounding       = 1e-13 // a fall by this share of a sum is no fall
)

// glad fits the model. Trace has the log-likelihood Σ_t ln Σ_k (1/K) Π_i P(x_i | k) less
// Σ (α−1)²/2 + Σ (β−1)²/2. A pass is an M step and an E step; the first starts from
// α = β = 1, and is an E step alone. A gold task counts by its weight in all sums.
func glad(l *Labels, o Options) (*Result, error) {
	g := newGLAD(l, o)
	r := &Result{Method: GLAD, Objective: "log-posterior"}
	for step := range r.climb(o) {
		if step > 0 {
			g.improveAbilities()
			g.improveEases()
		}
		r.LogLikelihood = g.expect()
		r.Trace = append(r.Trace, r.LogLikelihood+priors(g.ability)+priors(g.ease))
	}
	r.Posterior = g.post
	r.Workers = judge(l, o, expectedCorrect(l, &g.post))
	return r, nil
}

func newGLAD(l *Labels, o Options) *gladFit {
	post, entry := listGiven(l, o)
	g := &gladFit{
		l: l, o: o, post: post, entry: entry, logOther: kernel.Log(max(1, float64(l.classes-1))),
		ability: make([]float64, l.workers), ease: make([]float64, l.tasks), factor: make([]float64, l.tasks),
		right: make([]float64, l.Len()), soft: make([]float64, l.Len()), sigma: make([]float64, l.Len()),
		rises: make([]rise, l.workers), tried: make([]float64, l.workers),
	}
	for w := range g.ability {
		g.ability[w] = gladMean
	}
	for t := range g.ease {
		g.ease[t], g.factor[t] = gladMean, kernel.Exp(gladMean)
		g.refresh(t)
	}
	return g
}

// priors is the logarithm of the prior density of all values, up to a constant.
func priors(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += prior(v)
	}
	return sum
}

// weight is how many ordinary tasks a task counts as.
func (o Options) weight(task int) float64 {
	if o.gold(task) >= 0 {
		return o.goldWeight()
	}
	return 1
}

// refresh computes soft and sigma of a task's observations.
func (g *gladFit) refresh(task int) {
	factor := g.factor[task]
	for i := g.l.start[task]; i < g.l.start[task+1]; i++ {
		g.soft[i], g.sigma[i] = softplus(float64(g.ability[g.l.worker[i]] * factor))
	}
}

// expect makes the posteriors of all tasks and returns the log-likelihood.
func (g *gladFit) expect() float64 {
	clear(g.post.p)
	logClasses := kernel.Log(float64(g.l.classes))
	sum := 0.0
	for t := range g.l.tasks {
		from, to, factor := g.l.start[t], g.l.start[t+1], g.factor[t]
		// ln P(x_i | k) is ln(1−σ(x)) − ln(K−1) for a wrong label, and x + ln(K−1) more for
		// a right one, because ln σ(x) = x + ln(1−σ(x)).
		wrong := -logClasses
		for i := from; i < to; i++ {
			wrong -= g.soft[i] + g.logOther
			g.post.p[g.entry[i]] += float64(g.ability[g.l.worker[i]]*factor) + g.logOther
		}
		score := g.post.settle(t, g.o.gold(t))
		sum += float64(g.o.weight(t) * (wrong + score))
		for i := from; i < to; i++ {
			g.right[i] = g.post.p[g.entry[i]]
		}
	}
	return sum
}
