package truth

import "github.com/assaynet/assay/scoring/kernel"

// ibcc is independent Bayesian classifier combination (Kim and Ghahramani 2012) by
// variational Bayes: the model of Dawid–Skene, in which π ~ Dirichlet(1) and each worker's
// θ_w(k, ·) ~ Dirichlet with 4 at k and 1 elsewhere are integrated over. With n the
// expected counts and ψ the digamma function, one pass sets
//
//	q(π) = Dirichlet(1 + Σ_t q_t),   q(θ_w(k, ·)) = Dirichlet(a_k· + n_w(k, ·))
//	q_t(k) ∝ exp(E log π_k + Σ_i E log θ_{w_i}(k, x_i))
//
// with E log θ_w(k, l) = ψ(a_kl + n_w(k, l)) − ψ(Σ_l a_kl + n_w(k, l)). Trace has the
// evidence lower bound at each pass: Σ_t log of the sum that normalises q_t, less the
// Kullback–Leibler divergences of q(π) and all q(θ) from their priors. It is exact, and
// so never falls. Start and gold are as in Dawid–Skene.
func ibcc(l *Labels, o Options) (*Result, error) {
	if err := l.checkTables(IBCC); err != nil {
		return nil, err
	}
	e := newExpectation(l, o)
	e.start()
	r := &Result{Method: IBCC, Objective: "evidence lower bound"}
	for range r.climb(o) {
		e.addPseudo()
		divergence := e.expectedFrequencies() + e.expectedConfusions()
		r.LogLikelihood = e.pass() - divergence
		r.Trace = append(r.Trace, r.LogLikelihood)
	}
	r.Posterior = e.q
	r.Workers = judge(l, o, e.expectedCorrect())
	return r, nil
}

// expectedFrequencies sets the stand-in exp(E log π) from the mass, which holds
// pseudo-counts, and returns the divergence of q(π) from its prior.
func (e *expectation) expectedFrequencies() float64 {
	total := 0.0
	for _, v := range e.mass {
		total += v
	}
	k := float64(len(e.mass))
	d := kernel.LogGamma(total) - kernel.LogGamma(pseudoTasks*k) + float64(k*kernel.LogGamma(pseudoTasks))
	mean := kernel.Digamma(total)
	for i, v := range e.mass {
		var part float64
		e.prior[i], part = expectedFactor(v, pseudoTasks, mean)
		d += part
	}
	return d
}

// expectedConfusions sets the stand-ins exp(E log θ) from the counts, which hold
// pseudo-counts, and returns the divergence of all q(θ) from their priors.
func (e *expectation) expectedConfusions() float64 {
	k := e.l.classes
	total, mean := make([]float64, k), make([]float64, k)
	right, wrong := kernel.LogGamma(pseudoRight), kernel.LogGamma(pseudoWrong)
	prior := kernel.LogGamma(pseudoRight + pseudoWrong*float64(k-1))
	d := 0.0
	for w := range e.l.workers {
		from, to := int(e.l.cellStart[w]), int(e.l.cellStart[w+1])
		if from == to {
			continue
		}
		e.totals(total, w, true)
		for i, v := range total {
			mean[i] = kernel.Digamma(v)
			d += kernel.LogGamma(v) - prior
		}
		for c := from; c < to; c++ {
			counts, table := e.counts[c*k:][:k], e.table[c*k:][:k]
			for i, v := range counts {
				pseudo, constant := float64(pseudoWrong), wrong
				if i == int(e.l.cellClass[c]) {
					pseudo, constant = pseudoRight, right
				}
				var part float64
				table[i], part = expectedFactor(v, pseudo, mean[i])
				d += part + constant
			}
		}
	}
	return d
}

// A Dirichlet with counts a_l of sum A diverges from one with b_l of sum B by
//
//	log Γ(A) − log Γ(B) + Σ_l [ log Γ(b_l) − log Γ(a_l) + (a_l − b_l) (ψ(a_l) − ψ(A)) ]
//
// in which entries with a_l = b_l add nothing, so classes that a worker never gave need no
// work. expectedFactor returns exp(ψ(a) − ψ(A)), and of the bracket what is left without
// log Γ(b). mean is ψ(A).
func expectedFactor(a, b, mean float64) (factor, part float64) {
	log := kernel.Digamma(a) - mean
	return max(kernel.Exp(log), tiny), float64((a-b)*log) - kernel.LogGamma(a)
}
