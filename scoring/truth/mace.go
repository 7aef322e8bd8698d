package truth

import "github.com/assaynet/assay/scoring/kernel"

// maceFit is the model of Hovy et al. 2013. For each label, worker w knows the class with
// chance θ_w, and then gives it; otherwise w gives class k with chance ξ_w(k), whatever
// the truth is:
//
//	P(x | k) = θ_w·1[x = k] + (1 − θ_w)·ξ_w(x)
//
// All classes are equally probable a priori, θ_w ~ Beta(½, ½), and ξ_w ~ Dirichlet(10, …, 10), as
// in the paper. Variational Bayes climbs a lower bound of the logarithm of the evidence:
// the joint posterior of classes and of who knew is exact given the worker parameters,
// whose posteriors are Beta and Dirichlet with the expected counts.
type maceFit struct {
	l     *Labels
	o     Options
	post  Posterior
	entry []int32 // of each observation: the place of its class in post

	// The expected counts, and those from which they were made.
	counts, last maceCounts

	// What the posteriors of θ and ξ mean for a label of each cell.
	guess []float64 // E ln (1−θ) + E ln ξ(x)
	gain  []float64 // ln(1 + e^d), d = E ln θ − guess: how much likelier x is when right
	share []float64 // e^d/(1 + e^d): the chance that a right x was known, not guessed
}

// maceCounts are expected numbers of labels.
type maceCounts struct {
	known   []float64 // of each worker: labels that the worker knew
	guessed []float64 // of each cell: labels that were guessed
}

// Settings of MACE.
const (
	maceStarts   = 10
	macePasses   = 50   // of each start, before the best one goes on
	knowPrior    = 0.5  // of Beta, for known and for guessed
	guessPrior   = 10   // of Dirichlet, for each class
	macePatience = 1e-6 // tolerance of a start
)

// mace fits the model from ten starts: from vote shares, and from nine random divisions
// of each worker's labels of a class into known and guessed ones. Each makes at most 50
// passes. The one with the highest bound then goes on to convergence; Iterations and Trace,
// which has the bound after each pass, are of this one. A pass is an M step, and an E step
// with the bound. A gold task counts by its weight in all sums.
func mace(l *Labels, o Options) (*Result, error) {
	m := newMACE(l, o)
	random := kernel.NewRandom(o.Seed)
	short := o
	short.Iterations, short.Tolerance = min(macePasses, o.iterations(usualIterations)), o.tolerance(macePatience)
	var best Result
	kept := newMACECounts(l)
	for start := range maceStarts {
		if start == 0 {
			m.startFromShares()
		} else {
			m.startAtRandom(random)
		}
		r := Result{Objective: "evidence lower bound"}
		m.run(&r, short)
		if start == 0 || r.LogLikelihood > best.LogLikelihood {
			best = r
			kept.set(m.last)
		}
	}
	return m.finish(&best, kept), nil
}

func newMACE(l *Labels, o Options) *maceFit {
	post, entry := listGiven(l, o)
	cells := len(l.cellClass)
	return &maceFit{
		l: l, o: o, post: post, entry: entry, counts: newMACECounts(l), last: newMACECounts(l),
		guess: make([]float64, cells), gain: make([]float64, cells), share: make([]float64, cells),
	}
}

func newMACECounts(l *Labels) maceCounts {
	return maceCounts{make([]float64, l.workers), make([]float64, len(l.cellClass))}
}

func (c maceCounts) set(from maceCounts) {
	copy(c.known, from.known)
	copy(c.guessed, from.guessed)
}

// run makes the passes that the options allow.
func (m *maceFit) run(r *Result, o Options) {
	for range r.climb(o) {
		m.last.set(m.counts)
		divergence := m.parameters()
		r.LogLikelihood = m.expect() - divergence
		r.Trace = append(r.Trace, r.LogLikelihood)
	}
}

// finish repeats the last pass of the best start, whose posteriors have been overwritten,
// and goes on from there.
func (m *maceFit) finish(r *Result, kept maceCounts) *Result {
	m.counts.set(kept)
	r.Method = MACE
	r.Iterations--
	r.Trace = r.Trace[:r.Iterations]
	m.run(r, m.o)
	r.Posterior = m.post
	r.Workers = judge(m.l, m.o, expectedCorrect(m.l, &m.post))
	return r
}

// startFromShares counts a label as known by the share of the task's labels that agree,
// and on a gold task if it is right.
func (m *maceFit) startFromShares() {
	m.counts.clear()
	votes := make([]float64, len(m.post.p))
	for t := range m.l.tasks {
		from, to := m.l.start[t], m.l.start[t+1]
		for i := from; i < to; i++ {
			votes[m.entry[i]]++
		}
		gold, weight := m.o.gold(t), m.o.weight(t)
		for i := from; i < to; i++ {
			known := votes[m.entry[i]] / float64(to-from)
			if gold >= 0 {
				known = 0
				if int(m.l.class[i]) == gold {
					known = 1
				}
			}
			m.counts.add(m.l.worker[i], m.l.cell[i], weight, known)
		}
	}
}

// startAtRandom counts a random share of the labels of each cell as known.
func (m *maceFit) startAtRandom(random *kernel.Random) {
	m.counts.clear()
	known := make([]float64, len(m.l.cellClass))
	for c := range known {
		known[c] = random.Float64()
	}
	for t := range m.l.tasks {
		weight := m.o.weight(t)
		for i := m.l.start[t]; i < m.l.start[t+1]; i++ {
			m.counts.add(m.l.worker[i], m.l.cell[i], weight, known[m.l.cell[i]])
		}
	}
}

func (c maceCounts) clear() {
	clear(c.known)
	clear(c.guessed)
}

// add counts a label that was known with the given chance.
func (c maceCounts) add(worker, cell int32, weight, known float64) {
	c.known[worker] += float64(weight * known)
	c.guessed[cell] += float64(weight * (1 - known))
}
