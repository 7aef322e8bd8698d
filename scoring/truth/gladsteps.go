package truth

import "github.com/assaynet/assay/scoring/kernel"

// rise is a Newton step that is to make the objective of one parameter v larger,
//
//	Σ_i weight·(p_i·x_i − ln(1 + e^{x_i})) − (v − 1)²/2,   x_i = α·e^β,
//
// the expected log-likelihood plus the log-prior: its value, its first derivative and
// minus the expectation of its second one, at v = from.
type rise struct{ from, value, slope, curve, step float64 }

// newRise is a rise with the prior alone.
func newRise(v float64) rise {
	return rise{from: v, value: prior(v), slope: gladMean - v, curve: 1}
}

// prior is the logarithm of the prior density of α or β, up to a constant.
func prior(v float64) float64 { return float64(-(v - gladMean) * (v - gladMean) / 2) }

// add puts an observation into the sums; inner is dx/dv.
func (r *rise) add(weight, p, x, soft, sigma, inner float64) {
	r.value += float64(weight * (float64(p*x) - soft))
	r.slope += float64(weight * (p - sigma) * inner)
	r.curve += float64(weight * sigma * (1 - sigma) * inner * inner)
}

// aim sets the step, of at most limit either way.
func (r *rise) aim(limit float64) { r.step = min(max(r.slope/r.curve, -limit), limit) }

// to is where the step leads.
func (r *rise) to() float64 { return r.from + r.step }

// falls reports whether the step led down to the value tried. A value that is no number
// counts as down.
func (r *rise) falls(tried float64) bool {
	gap := float64(rounding * (1 + max(r.value, -r.value)))
	return !(tried >= r.value-gap)
}

// shorten halves the step, and gives it up after as many halvings as are allowed.
func (r *rise) shorten(halvings int) {
	r.step /= 2
	if halvings >= maxHalvings {
		r.step = 0
	}
}

// improveAbilities takes the step of every worker at once: given the tasks, their
// objectives do not depend on each other.
func (g *gladFit) improveAbilities() {
	for w, a := range g.ability {
		g.rises[w] = newRise(a)
	}
	for t := range g.l.tasks {
		weight, factor := g.o.weight(t), g.factor[t]
		for i := g.l.start[t]; i < g.l.start[t+1]; i++ {
			w := g.l.worker[i]
			g.rises[w].add(weight, g.right[i], float64(g.ability[w]*factor), g.soft[i], g.sigma[i], factor)
		}
	}
	for w := range g.rises {
		g.rises[w].aim(maxAbilityStep)
		g.ability[w] = g.rises[w].to()
	}
	for halvings := 1; g.tryAbilities() && halvings <= maxHalvings; halvings++ {
		for w := range g.rises {
			if r := &g.rises[w]; r.falls(g.tried[w]) {
				r.shorten(halvings)
				g.ability[w] = r.to()
			}
		}
	}
}

// tryAbilities computes what each worker's objective is with the present abilities, and
// reports whether any fell.
func (g *gladFit) tryAbilities() bool {
	for w, a := range g.ability {
		g.tried[w] = prior(a)
	}
	for t := range g.l.tasks {
		g.refresh(t)
		weight, factor := g.o.weight(t), g.factor[t]
		for i := g.l.start[t]; i < g.l.start[t+1]; i++ {
			w := g.l.worker[i]
			x := float64(g.ability[w] * factor)
			g.tried[w] += float64(weight * (float64(g.right[i]*x) - g.soft[i]))
		}
	}
	for w := range g.rises {
		if g.rises[w].falls(g.tried[w]) {
			return true
		}
	}
	return false
}

// improveEases takes the step of every task; given the abilities, each task stands alone.
func (g *gladFit) improveEases() {
	for t, b := range g.ease {
		r, weight := newRise(b), g.o.weight(t)
		for i := g.l.start[t]; i < g.l.start[t+1]; i++ {
			x := float64(g.ability[g.l.worker[i]] * g.factor[t])
			r.add(weight, g.right[i], x, g.soft[i], g.sigma[i], x)
		}
		r.aim(maxEaseStep)
		g.setEase(t, r.to())
		for halvings := 1; r.falls(g.tryEase(t)) && halvings <= maxHalvings; halvings++ {
			r.shorten(halvings)
			g.setEase(t, r.to())
		}
	}
}

func (g *gladFit) setEase(task int, b float64) {
	g.ease[task], g.factor[task] = b, kernel.Exp(b)
}

// tryEase computes what the objective of a task is with its present ease.
func (g *gladFit) tryEase(task int) float64 {
	g.refresh(task)
	value, weight := prior(g.ease[task]), g.o.weight(task)
	for i := g.l.start[task]; i < g.l.start[task+1]; i++ {
		x := float64(g.ability[g.l.worker[i]] * g.factor[task])
		value += float64(weight * (float64(g.right[i]*x) - g.soft[i]))
	}
	return value
}
