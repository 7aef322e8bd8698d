package truth

// expectation is the E step that Dawid–Skene and its Bayesian relatives share. A task
// with labels x_i of workers w_i has class k with
//
//	q_t(k) ∝ π_k Π_i θ_{w_i}(k, x_i)
//
// and contributes q_t to the counts from which the next π and θ are made. There is no
// logarithm at a label: factors are multiplied, and one product collects the
// likelihoods of all tasks.
type expectation struct {
	l *Labels
	o Options

	prior []float64 // π_k, or its variational stand-in; from tiny to 1
	table []float64 // θ_w(k, x) at [cell of (w, x)][k]; from tiny to 1
	q     Posterior // of the last pass

	mass   []float64 // Σ_t q_t(k), gold tasks by their weight
	counts []float64 // Σ q_t(k) over the observations of a cell, gold tasks by their weight

	spare scaled // for tasks that underflow
}

func newExpectation(l *Labels, o Options) *expectation {
	k := l.classes
	return &expectation{
		l: l, o: o, q: densePosterior(l), spare: newScaled(k),
		prior: make([]float64, k), mass: make([]float64, k),
		table: make([]float64, len(l.cellClass)*k), counts: make([]float64, len(l.cellClass)*k),
	}
}

// pass makes the posteriors and counts of the present prior and table, and returns
// Σ_t log Σ_k π_k Π_i θ, in which a gold task has only its own class and counts by its weight.
func (e *expectation) pass() float64 {
	clear(e.mass)
	clear(e.counts)
	likelihood, gold := newProduct(), 0.0
	for t := range e.l.tasks {
		cells := e.l.cell[e.l.start[t]:e.l.start[t+1]]
		q := e.q.row(t)
		if g := e.o.gold(t); g >= 0 {
			gold += float64(e.o.goldWeight() * e.known(q, cells, g))
			continue
		}
		sum, exponent := e.likelihoods(q, cells)
		likelihood.times(sum)
		likelihood.exponent += exponent
		scale := 1 / sum
		for k, v := range q {
			v = float64(v * scale)
			q[k] = v
			e.mass[k] += v
		}
		count(e.counts, q, cells)
	}
	return likelihood.log() + gold
}

// likelihoods fills q with π_k Π θ and returns their sum. All are to be multiplied by
// 2^exponent.
func (e *expectation) likelihoods(q []float64, cells []int32) (sum float64, exponent int64) {
	multiply(q, e.prior, e.table, cells)
	for _, v := range q {
		sum += v
	}
	if sum >= small {
		return sum, 0
	}
	e.spare.set(e.prior)
	for _, c := range cells {
		for k, f := range e.table[int(c)*len(q):][:len(q)] {
			e.spare.times(k, f)
		}
	}
	exponent, sum = e.spare.align(q), 0
	for _, v := range q {
		sum += v
	}
	return sum, exponent
}

// known clamps a task to class g, counts it by the gold weight, and returns
// log(π_g Π θ_{w_i}(g, x_i)).
func (e *expectation) known(q []float64, cells []int32, g int) float64 {
	weight := e.o.goldWeight()
	clear(q)
	q[g] = 1
	e.mass[g] += weight
	likelihood := newProduct()
	likelihood.times(e.prior[g])
	for _, c := range cells {
		at := int(c)*len(q) + g
		likelihood.times(e.table[at])
		e.counts[at] += weight
	}
	return likelihood.log()
}

// start fills the counts for the first M step: from the vote shares of every task, or,
// when there is gold, from the gold tasks alone.
func (e *expectation) start() {
	if e.o.hasGold() {
		e.startFromGold()
		return
	}
	for t := range e.l.tasks {
		q := e.q.row(t)
		_, classes := e.l.row(t)
		shares(q, classes)
		for k, v := range q {
			e.mass[k] += v
		}
		count(e.counts, q, e.l.cell[e.l.start[t]:e.l.start[t+1]])
	}
}

// startFromGold counts the gold tasks by their weight. Workers without gold start by the
// pseudo-counts, and classes as equally frequent, because gold may be picked by class.
func (e *expectation) startFromGold() {
	k := e.l.classes
	for t := range e.l.tasks {
		if g := e.o.gold(t); g >= 0 {
			for _, c := range e.l.cell[e.l.start[t]:e.l.start[t+1]] {
				e.counts[int(c)*k+g] += e.o.goldWeight()
			}
		}
	}
	for i := range e.mass {
		e.mass[i] = 1
	}
}

// shares fills q with the share of each class among the labels of a task, which is
// equal for all classes when there are none.
func shares(q []float64, classes []int32) {
	clear(q)
	for _, c := range classes {
		q[c]++
	}
	n := float64(len(classes))
	for k := range q {
		if n == 0 {
			q[k] = 1 / float64(len(q))
		} else {
			q[k] /= n
		}
	}
}

// expectedCorrect returns, for each worker, the expected number of right labels. When no
// task is gold, the counts have them.
func (e *expectation) expectedCorrect() []float64 {
	if e.o.hasGold() {
		return expectedCorrect(e.l, &e.q)
	}
	expected := make([]float64, e.l.workers)
	for w := range expected {
		for c := e.l.cellStart[w]; c < e.l.cellStart[w+1]; c++ {
			expected[w] += e.counts[int(c)*e.l.classes+int(e.l.cellClass[c])]
		}
	}
	return expected
}
