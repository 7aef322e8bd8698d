package truth

import "github.com/assaynet/assay/scoring/kernel"

// Settings of Bayesian weighted average, as in the paper.
const (
	bwaShape  = 15   // a: as if each worker had given that many labels of usual precision
	bwaPull   = 1    // λ: a task's mean counts as that many labels of precision 1
	bwaSpread = 1e-9 // least prior sum of squares, for labels that never differ
)

// bwaFit is Bayesian weighted average (Li, Rubinstein and Cohn 2019). For each class k on
// its own, a worker has taken a noisy reading y ∈ {0, 1} of how far the task is of that
// class: 1 if the worker named it. Naming it twice is no second reading, because the
// precision would then count how often somebody repeats himself. The model is
//
//	z_tk ~ N(μ_k, 1/λ),   y_i ~ N(z_{t_i k}, 1/v_{w_i k}),   v_wk ~ Gamma with a and b_k
//
// where b_k = 4a(1 − 1/K) × the mean over labels of s(1 − s), s being the vote share of k
// at the label's task. With N_w the readings of the worker, one pass maximises the
// log-posterior in turn over
//
//	μ_k = mean of z_tk
//	v_wk = (a + N_w) / (b_k + Σ_i (z − y)²)
//	z_tk = (λμ_k + Σ_i v y) / (λ + Σ_i v)
//
// so it never falls. The probability of a class is its share of Σ_k z_tk.
type bwaFit struct {
	l *Labels
	o Options

	z       Posterior // means, until they are scaled to probabilities
	mean    []float64 // μ_k
	scale   []float64 // b_k
	v       []float64 // workers × classes: precisions
	squares []float64 // workers × classes: Σ (z − y)², gold tasks by their weight
	n       []float64 // of each worker: readings, gold ones by their weight
	spread  float64   // Σ (z − μ)² of all tasks and classes

	weight, square []float64 // of one task: Σ v and z², for each class
}

// bwa fits the model. Trace has the log-posterior up to a constant,
//
//	Σ_wk [ (a + N_w) log v_wk − v_wk (b_k + Σ_i (z − y)²) ] / 2 − λ/2 Σ_tk (z_tk − μ_k)²
//
// The density is of readings and not of labels, so there is no log-likelihood of these. The
// first pass starts from vote shares, and takes its precisions from gold alone when there is
// any.
func bwa(l *Labels, o Options) (*Result, error) {
	if err := l.checkTables(BWA); err != nil {
		return nil, err
	}
	b := newBWA(l, o)
	r := &Result{Method: BWA, Objective: "log-posterior"}
	for range r.climb(o) {
		b.centre()
		b.weigh()
		b.average()
		r.Trace = append(r.Trace, b.logPosterior())
	}
	for t := range l.tasks {
		normalise(b.z.row(t))
	}
	r.Posterior = b.z
	r.Workers = judge(l, o, expectedCorrect(l, &b.z))
	return r, nil
}

// newBWA starts from vote shares.
func newBWA(l *Labels, o Options) *bwaFit {
	k := l.classes
	b := &bwaFit{
		l: l, o: o, z: densePosterior(l), mean: make([]float64, k), scale: make([]float64, k),
		v: make([]float64, l.workers*k), squares: make([]float64, l.workers*k), n: make([]float64, l.workers),
		weight: make([]float64, k), square: make([]float64, k),
	}
	gold := o.hasGold()
	for t := range l.tasks {
		z := b.z.row(t)
		workers, classes := l.row(t)
		shares(z, classes)
		for i, s := range z {
			b.scale[i] += float64(float64(len(classes)) * s * (1 - s))
		}
		g := o.gold(t)
		if g >= 0 {
			clear(z)
			z[g] = 1
		}
		if g >= 0 || !gold {
			b.compare(z, workers, classes, o.weight(t))
		}
	}
	for i := range b.scale {
		b.scale[i] = max(b.scale[i]*4*bwaShape*(1-1/float64(k))/float64(l.Len()), bwaSpread)
	}
	return b
}

// compare adds the squares (z − y)² of the labels of a task, by the weight of the task.
func (b *bwaFit) compare(z []float64, workers, classes []int32, weight float64) {
	for k, v := range z {
		b.square[k] = float64(weight * float64(v*v))
	}
	for i, w := range workers {
		squares := b.squares[int(w)*len(z):][:len(z)]
		first, fresh := reading(workers, classes, i)
		if first {
			for k, v := range b.square {
				squares[k] += v
			}
			b.n[w] += weight
		}
		if x := classes[i]; fresh {
			squares[x] += float64(weight * (1 - 2*z[x]))
		}
	}
}

// reading tells whether row i of a task is the first of its worker, and whether it is the
// first in which the worker names its class. Rows are sorted by worker and class.
func reading(workers, classes []int32, i int) (first, fresh bool) {
	first = i == 0 || workers[i] != workers[i-1]
	return first, first || classes[i] != classes[i-1]
}

// centre sets the means of the classes.
func (b *bwaFit) centre() {
	clear(b.mean)
	for t := range b.l.tasks {
		for k, v := range b.z.row(t) {
			b.mean[k] += v
		}
	}
	for k := range b.mean {
		b.mean[k] /= float64(b.l.tasks)
	}
}

// weigh sets the precisions.
func (b *bwaFit) weigh() {
	k := b.l.classes
	for w, n := range b.n {
		v := b.v[w*k:][:k]
		for i, s := range b.squares[w*k:][:k] {
			v[i] = (bwaShape + n) / (b.scale[i] + max(s, 0))
		}
	}
}

// average sets the means of the tasks, and the squares for the next pass.
func (b *bwaFit) average() {
	clear(b.squares)
	clear(b.n)
	b.spread = 0
	for t := range b.l.tasks {
		z := b.z.row(t)
		workers, classes := b.l.row(t)
		g := b.o.gold(t)
		if g < 0 {
			b.combine(z, workers, classes)
		}
		for k, v := range z {
			d := v - b.mean[k]
			b.spread += float64(d * d)
		}
		b.compare(z, workers, classes, b.o.weight(t))
	}
}

// combine sets the means of one task.
func (b *bwaFit) combine(z []float64, workers, classes []int32) {
	for k := range z {
		z[k], b.weight[k] = bwaPull*b.mean[k], bwaPull
	}
	for i, w := range workers {
		v := b.v[int(w)*len(z):][:len(z)]
		first, fresh := reading(workers, classes, i)
		if first {
			for k, x := range v {
				b.weight[k] += x
			}
		}
		if x := classes[i]; fresh {
			z[x] += v[x]
		}
	}
	for k := range z {
		z[k] /= b.weight[k]
	}
}

// logPosterior returns the objective, without workers who have no labels.
func (b *bwaFit) logPosterior() float64 {
	k := b.l.classes
	sum := 0.0
	for w, n := range b.n {
		if n == 0 {
			continue
		}
		for i, v := range b.v[w*k:][:k] {
			sum += float64((bwaShape+n)*kernel.Log(v)) - float64(v*(b.scale[i]+max(b.squares[w*k+i], 0)))
		}
	}
	return (sum - float64(bwaPull*b.spread)) / 2
}

// normalise scales the numbers, of which one at least is above zero, to sum 1.
func normalise(p []float64) {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for k := range p {
		p[k] /= sum
	}
}
