package truth

import "github.com/assaynet/assay/scoring/kernel"

// parameters sets guess, gain and share from the posteriors of θ and ξ that the counts
// make, and returns how far these diverge from the priors: the sum of the Kullback–Leibler
// divergences KL(posterior ‖ prior) of all workers, in nats.
func (m *maceFit) parameters() float64 {
	divergence := 0.0
	for w := range m.l.workers {
		from, to := m.l.cellStart[w], m.l.cellStart[w+1]
		guessed := 0.0
		for _, g := range m.counts.guessed[from:to] {
			guessed += g
		}
		logKnow, logGuess := m.know(w, guessed, &divergence)
		m.guesses(from, to, guessed, &divergence)
		for c := from; c < to; c++ {
			m.guess[c] += logGuess
			m.gain[c], m.share[c] = softplus(logKnow - m.guess[c])
		}
	}
	return divergence
}

// know returns E ln θ and E ln (1−θ) of a worker, and adds the divergence of θ's posterior
// Beta(½ + known, ½ + guessed).
func (m *maceFit) know(worker int, guessed float64, divergence *float64) (logKnow, logGuess float64) {
	known := m.counts.known[worker]
	a, b := knowPrior+known, knowPrior+guessed
	both := kernel.Digamma(a + b)
	logKnow, logGuess = kernel.Digamma(a)-both, kernel.Digamma(b)-both
	*divergence += kernel.LogBeta(knowPrior, knowPrior) - kernel.LogBeta(a, b)
	*divergence += float64(known*logKnow) + float64(guessed*logGuess)
	return logKnow, logGuess
}

// guesses sets guess to E ln ξ(x) for the cells of a worker, and adds the divergence of ξ's
// posterior Dirichlet(10 + guessed). Classes that the worker never gave add nothing to it.
func (m *maceFit) guesses(from, to int32, guessed float64, divergence *float64) {
	all := float64(guessPrior * m.l.classes)
	logAll := kernel.Digamma(all + guessed)
	one := kernel.LogGamma(guessPrior)
	*divergence += logGammaRise(all, guessed)
	for c := from; c < to; c++ {
		g := m.counts.guessed[c]
		m.guess[c] = kernel.Digamma(guessPrior+g) - logAll
		*divergence += one - kernel.LogGamma(guessPrior+g) + float64(g*m.guess[c])
	}
}

// logGammaRise is ln Γ(x+y) − ln Γ(x) for x ≥ 1, y ≥ 0. For large x it is the difference of
// Stirling's series term by term: of the whole values, few digits would remain.
func logGammaRise(x, y float64) float64 {
	if x < 1000 {
		return kernel.LogGamma(x+y) - kernel.LogGamma(x)
	}
	z := x + y
	series := float64((z-0.5)*kernel.Log1p(y/x)) + float64(y*kernel.Log(x)) - y
	return series + (1/(12*z) - 1/(12*x)) - (1/(360*z*z*z) - 1/(360*x*x*x))
}

// expect makes the posteriors of all tasks and the next counts, and returns
// Σ_t ln Σ_k (1/K) Π_i exp E ln P(x_i | k).
func (m *maceFit) expect() float64 {
	clear(m.post.p)
	m.counts.clear()
	logClasses := kernel.Log(float64(m.l.classes))
	sum := 0.0
	for t := range m.l.tasks {
		from, to, weight := m.l.start[t], m.l.start[t+1], m.o.weight(t)
		wrong := -logClasses
		for i := from; i < to; i++ {
			wrong += m.guess[m.l.cell[i]]
			m.post.p[m.entry[i]] += m.gain[m.l.cell[i]]
		}
		score := m.post.settle(t, m.o.gold(t))
		sum += float64(weight * (wrong + score))
		for i := from; i < to; i++ {
			cell := m.l.cell[i]
			m.counts.add(m.l.worker[i], cell, weight, float64(m.post.p[m.entry[i]]*m.share[cell]))
		}
	}
	return sum
}
