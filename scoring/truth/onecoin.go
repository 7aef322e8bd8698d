package truth

import "math"

// coinFit is Dawid–Skene with one accuracy a_w for each worker: a label is right with
// chance a_w, and otherwise any of the K − 1 wrong classes alike (the one-coin model;
// ZenCrowd of Demartini et al. 2012 is close to it). All classes that nobody gave a task
// are equally likely up to π, so no table of tasks × classes is needed.
type coinFit struct {
	l     *Labels
	o     Options
	post  Posterior
	entry []int32 // of each observation: the place of its class in post

	prior        []float64 // π_k
	right, wrong []float64 // of each worker: a_w and (1 − a_w)/(K − 1)
	odds         []float64 // of each worker: right/wrong

	mass       []float64 // of each class: Σ_t q_t(k) over the tasks that list it, gold by weight
	listed     []float64 // of each class: Σ_t rest over the tasks that list it
	rest       float64   // Σ_t rest over all tasks
	hits, seen []float64 // of each worker: Σ q_t(x_i) and its labels, gold by weight

	likelihood []float64 // of one task: of its listed classes, and then of the unlisted ones
	own        []product // of one task: the same for its listed classes while they are multiplied
}

// oneCoin fits the model by EM. Trace has the observed-data log-likelihood. Start, gold and
// passes are as in Dawid–Skene.
//
// There is no prior. Where workers gave few labels, the likelihood is often highest with the
// accuracy of some at 0. A label of a worker below 1/K speaks against its own class, so that
// a task may go to a class that is frequent elsewhere and that none of its labels names. So
// it may by other models; a vote stays with what was given.
func oneCoin(l *Labels, o Options) *Result {
	c := newCoin(l, o)
	r := &Result{Method: OneCoin, Objective: "log-likelihood"}
	for range r.climb(o) {
		c.maximise()
		r.LogLikelihood = c.expect()
		r.Trace = append(r.Trace, r.LogLikelihood)
	}
	c.post.setBase(c.prior)
	r.Posterior = c.post
	r.Workers = judge(l, o, expectedRight(l, &c.post, c.entry))
	return r
}

func newCoin(l *Labels, o Options) *coinFit {
	post, entry := listGiven(l, o)
	c := &coinFit{
		l: l, o: o, post: post, entry: entry, prior: make([]float64, l.classes),
		right: make([]float64, l.workers), wrong: make([]float64, l.workers), odds: make([]float64, l.workers),
		mass: make([]float64, l.classes), listed: make([]float64, l.classes),
		hits: make([]float64, l.workers), seen: make([]float64, l.workers),
	}
	most := 1
	for t := range l.tasks {
		most = max(most, int(post.start[t+1]-post.start[t])+1)
	}
	c.likelihood, c.own = make([]float64, most), make([]product, most-1)
	c.start()
	return c
}

// start fills the counts for the first M step.
func (c *coinFit) start() {
	for k := range c.prior {
		c.prior[k] = 1 / float64(len(c.prior))
	}
	if !c.o.hasGold() {
		vote(c.l, c.o, &c.post, c.entry, func(int32) float64 { return 1 })
		for t := range c.l.tasks {
			c.post.rest[t] *= float64(c.l.classes) // for one unit of π
			c.count(t, 1)
		}
		return
	}
	for w := range c.seen {
		c.hits[w], c.seen[w] = pseudoRight, pseudoRight+pseudoWrong*float64(c.l.classes-1)
	}
	c.rest = 1
	for t := range c.l.tasks {
		if g := c.o.gold(t); g >= 0 {
			c.clamp(t, g)
			c.countLabels(t, c.o.goldWeight())
		}
	}
}

// maximise sets π and the accuracies from the counts.
func (c *coinFit) maximise() {
	sum := 0.0
	for k, p := range c.prior {
		c.mass[k] += float64(p * max(0, c.rest-c.listed[k]))
		sum += c.mass[k]
	}
	for k, m := range c.mass {
		c.prior[k] = max(m/sum, tiny)
	}
	others := max(1, float64(c.l.classes-1))
	for w, n := range c.seen {
		if n == 0 {
			continue
		}
		a := min(c.hits[w]/n, 1)
		c.right[w], c.wrong[w] = max(a, tiny), max((1-a)/others, tiny)
		c.odds[w] = c.right[w] / c.wrong[w]
	}
}

// expect makes the posteriors and the counts, and returns the log-likelihood.
func (c *coinFit) expect() float64 {
	clear(c.mass)
	clear(c.listed)
	clear(c.hits)
	clear(c.seen)
	c.rest = 0
	likelihood, gold := newProduct(), 0.0
	for t := range c.l.tasks {
		if g := c.o.gold(t); g >= 0 {
			weight := c.o.goldWeight()
			gold += float64(weight * c.known(t, g))
			c.clamp(t, g)
			c.count(t, weight)
			continue
		}
		sum, exponent := c.judgeTask(t)
		likelihood.times(sum)
		likelihood.exponent += exponent
		c.count(t, 1)
	}
	return likelihood.log() + gold
}

// judgeTask sets the posterior of a task and returns the likelihood of its labels as
// sum · 2^exponent.
func (c *coinFit) judgeTask(t int) (sum float64, exponent int64) {
	from, to := c.post.start[t], c.post.start[t+1]
	p := c.post.p[from:to]
	v := c.likelihood[:len(p)+1]
	unlisted := 1.0
	for s, class := range c.post.class[from:to] {
		v[s] = c.prior[class]
		unlisted -= v[s]
	}
	if len(p) == c.l.classes {
		unlisted = 0
	}
	unlisted = max(unlisted, 0)
	v[len(p)] = unlisted

	sum, wrong := c.multiply(t, v)
	for s := range p {
		p[s] = v[s] / sum
	}
	c.post.rest[t] = 0
	if unlisted > 0 {
		c.post.rest[t] = v[len(p)] / sum / unlisted
	}
	return float64(sum * wrong.mantissa), wrong.exponent
}

// multiply multiplies v, with an entry for each listed class and then one for the others,
// by the chances of the labels relative to all of them being wrong, and returns the sum of
// v and that chance. All are to be multiplied by it. A label so touches only the entry of
// its own class, and a task takes time in proportion to its labels and not to their square.
func (c *coinFit) multiply(t int, v []float64) (sum float64, wrong product) {
	from, to, first := c.l.start[t], c.l.start[t+1], c.post.start[t]
	wrong = newProduct()
	own := c.own[:len(v)-1]
	for s := range own {
		own[s] = newProduct()
		own[s].times(v[s])
	}
	for i := from; i < to; i++ {
		w := c.l.worker[i]
		wrong.times(c.wrong[w])
		own[c.entry[i]-first].times(c.odds[w])
	}
	most, others := int64(math.MinInt64), v[len(own)]
	if others > 0 {
		most = 0
	}
	for s := range own {
		most = max(most, own[s].exponent)
	}
	if others > 0 {
		others = scaleDown(others, most)
		v[len(own)] = others
	}
	for s := range own {
		v[s] = scaleDown(own[s].mantissa, most-own[s].exponent)
		sum += v[s]
	}
	wrong.exponent += most
	return sum + others, wrong
}

// known returns the logarithm of the chance of class g and the labels of a task.
func (c *coinFit) known(t, g int) float64 {
	likelihood := newProduct()
	likelihood.times(c.prior[g])
	workers, classes := c.l.row(t)
	for i, w := range workers {
		if int(classes[i]) == g {
			likelihood.times(c.right[w])
		} else {
			likelihood.times(c.wrong[w])
		}
	}
	return likelihood.log()
}

// clamp sets the posterior of a task to class g, which the posterior lists.
func (c *coinFit) clamp(t, g int) {
	clear(c.post.p[c.post.start[t]:c.post.start[t+1]])
	at, _ := c.post.find(t, int32(g))
	c.post.p[at], c.post.rest[t] = 1, 0
}

// count adds the posterior of a task, by a weight, to the counts.
func (c *coinFit) count(t int, weight float64) {
	from, to := c.post.start[t], c.post.start[t+1]
	rest := float64(weight * c.post.rest[t])
	c.rest += rest
	for s, class := range c.post.class[from:to] {
		c.mass[class] += float64(weight * c.post.p[int(from)+s])
		c.listed[class] += rest
	}
	c.countLabels(t, weight)
}

func (c *coinFit) countLabels(t int, weight float64) {
	for i := c.l.start[t]; i < c.l.start[t+1]; i++ {
		w := c.l.worker[i]
		c.hits[w] += float64(weight * c.post.p[c.entry[i]])
		c.seen[w] += weight
	}
}
