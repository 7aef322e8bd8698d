package truth

import "github.com/assaynet/assay/scoring/kernel"

// Pseudo-counts of Dawid–Skene MAP and iBCC: of a worker's labels that are right and that
// are one of the wrong classes, and of the tasks of each class.
const (
	pseudoRight = 4
	pseudoWrong = 1
	pseudoTasks = 1
)

// posteriorTolerance stops Dawid–Skene MAP. Its mode is broad: smaller changes only move
// tasks that are undecided, and on the published data they move accuracy by 0.0015 at most.
const posteriorTolerance = 1e-7

// dawidSkene fits a full confusion matrix to each worker by EM (Dawid and Skene 1979).
// With π_k the frequency of class k and θ_w(k, l) the chance that worker w says l when the
// class is k, one pass is
//
//	M  π_k ∝ Σ_t q_t(k) + b,   θ_w(k, l) ∝ Σ_i q_{t_i}(k) 1[x_i = l] + a_kl
//	E  q_t(k) ∝ π_k Π_i θ_{w_i}(k, x_i)
//
// where a = b = 0 climbs the likelihood, and b = 1, a_kl = 4 for k = l and 1 otherwise the
// posterior under Dirichlet priors with these pseudo-counts. Trace has the observed-data
// log-likelihood Σ_t log Σ_k π_k Π_i θ at each pass's parameters, plus
// Σ b log π_k + Σ a_kl log θ_w(k, l) over the workers with labels for the posterior.
//
// The first pass starts from vote shares, or from gold alone when there is any. A gold
// task enters all sums by its weight. A worker who has met no task of class k has uniform
// θ_w(k, ·) without pseudo-counts. Probabilities below 2^−700 are kept at that.
func dawidSkene(l *Labels, m Method, o Options) (*Result, error) {
	if err := l.checkTables(m); err != nil {
		return nil, err
	}
	e := newExpectation(l, o)
	e.start()
	r := &Result{Method: m, Objective: "log-likelihood"}
	if m == DawidSkeneMAP {
		r.Objective = "log-posterior"
		o.Tolerance = o.tolerance(posteriorTolerance)
	}
	for pass := range r.climb(o) {
		smooth := m == DawidSkeneMAP || pass == 0 && o.hasGold()
		if smooth {
			e.addPseudo()
		}
		e.frequencies()
		e.confusions(smooth)
		prior := 0.0
		if m == DawidSkeneMAP {
			prior = e.logPrior()
		}
		r.LogLikelihood = e.pass()
		r.Trace = append(r.Trace, r.LogLikelihood+prior)
	}
	r.Posterior = e.q
	r.Workers = judge(l, o, e.expectedCorrect())
	return r, nil
}

// frequencies sets π from the mass of each class.
func (e *expectation) frequencies() {
	sum := 0.0
	for _, v := range e.mass {
		sum += v
	}
	for k, v := range e.mass {
		e.prior[k] = max(v/sum, tiny)
	}
}

// addPseudo adds the pseudo-counts to the mass of the classes and the counts of all cells.
func (e *expectation) addPseudo() {
	k := e.l.classes
	for i := range e.mass {
		e.mass[i] += pseudoTasks
	}
	for c, class := range e.l.cellClass {
		counts := e.counts[c*k:][:k]
		for i := range counts {
			counts[i] += pseudoWrong
		}
		counts[class] += pseudoRight - pseudoWrong
	}
}

// unseen fills to with the pseudo-counts, for each class k, of the classes that a worker
// never gave. Those have no cell; only this sum of theirs matters.
func (e *expectation) unseen(to []float64, worker int) {
	given := e.l.cellClass[e.l.cellStart[worker]:e.l.cellStart[worker+1]]
	for k := range to {
		to[k] = pseudoRight + pseudoWrong*float64(len(to)-1-len(given))
	}
	for _, class := range given {
		to[class] -= pseudoRight - pseudoWrong
	}
}

// totals fills to with Σ_l of the counts of a worker for each class k, and with the
// pseudo-counts of the classes never given if the counts hold pseudo-counts.
func (e *expectation) totals(to []float64, worker int, pseudo bool) {
	clear(to)
	if pseudo {
		e.unseen(to, worker)
	}
	for c := int(e.l.cellStart[worker]); c < int(e.l.cellStart[worker+1]); c++ {
		for k, v := range e.counts[c*len(to):][:len(to)] {
			to[k] += v
		}
	}
}

// confusions sets θ from the counts, which hold pseudo-counts or not.
func (e *expectation) confusions(pseudo bool) {
	total := make([]float64, e.l.classes)
	for w := range e.l.workers {
		if e.l.cellStart[w] == e.l.cellStart[w+1] {
			continue
		}
		e.totals(total, w, pseudo)
		for c := int(e.l.cellStart[w]); c < int(e.l.cellStart[w+1]); c++ {
			counts, table := e.counts[c*len(total):][:len(total)], e.table[c*len(total):][:len(total)]
			for k, v := range counts {
				if total[k] == 0 {
					table[k] = 1 / float64(len(total))
				} else {
					table[k] = max(v/total[k], tiny)
				}
			}
		}
	}
}

// logPrior returns Σ log π_k + Σ a_kl log θ_w(k, l) over the workers with labels. The
// counts hold pseudo-counts.
func (e *expectation) logPrior() float64 {
	k := e.l.classes
	sum, seen := 0.0, newProduct()
	unseen, total := make([]float64, k), make([]float64, k)
	for w := range e.l.workers {
		n := int(e.l.cellStart[w+1] - e.l.cellStart[w])
		if n == 0 || n == k {
			continue
		}
		e.unseen(unseen, w)
		e.totals(total, w, true)
		for i, a := range unseen {
			sum -= float64(a * kernel.Log(total[i]))
		}
		sum += float64(float64(float64(k-n)*pseudoRight) * kernel.Log(pseudoRight))
	}
	for _, v := range e.prior {
		seen.times(v)
	}
	for c, class := range e.l.cellClass {
		for i, v := range e.table[c*k:][:k] {
			seen.times(v)
			if i == int(class) {
				for range pseudoRight - pseudoWrong {
					seen.times(v)
				}
			}
		}
	}
	return sum + seen.log()
}
