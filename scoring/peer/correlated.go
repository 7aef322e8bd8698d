package peer

import (
	"fmt"

	"github.com/assaynet/assay/scoring/kernel"
)

// MaxCorrelated bounds the classes of CorrelatedAgreement, which has a table of
// classes by classes.
const MaxCorrelated = 256

// CorrelatedAgreement scores each worker by the mechanism of Shnayder, Agarwal,
// Frongillo and Parkes (2016). Δ(a, b) is how much more often two workers report a
// and b for one task than for two, estimated from all reports, and S = 1 where Δ > 0.
// A report of worker i is paid with that of a peer on the same task, the bonus, less
// that of i on one task and of a peer on another, the penalty:
//
//	S(x_i^b, x_j^b) − S(x_i^b′, x_k^b″), b′ ≠ b″.
//
// The mechanism draws b′, b″ and the peers; here the mean over all of them is taken,
// so that no payment depends on chance. b′ and b″ are tasks that i answered: so a
// worker who always says the same earns exactly 0, whatever tasks he chose. With
// g_b(a) the mean of S(a, x_j^b) over the peers on task b, of n tasks, the score is
//
//	n/(n−1)·(mean_b g_b(x_i^b) − mean_{b,b′} g_b(x_i^b′)).
//
// S would reward noise if it were estimated from the reports that it pays. The tasks
// are therefore put in two halves by the seed, and reports on one half are paid by
// the S of the other; b′ and b″ are of the half of b. A half counts where the worker
// shares two tasks of it or more, with others.
//
// So whoever labels at random, independent of the tasks, earns 0 in expectation, and
// a truthful worker as much as his labels tell about his peers'. What it cannot
// resist is in the comment of the package.
func CorrelatedAgreement(r *Reports, seed uint64) ([]Score, error) {
	if r.classes > MaxCorrelated {
		return nil, fmt.Errorf("there are %d classes, correlated agreement takes at most %d", r.classes, MaxCorrelated)
	}
	half := r.halves(seed)
	c := correlated{r: r, half: half, seen: make([]int32, r.workers)}
	for h := range c.surprise {
		c.surprise[h] = r.surprising(half, uint8(1-h))
	}
	c.own, c.others = make([]float64, r.classes), make([]float64, r.classes)
	c.row, c.column = make([]float64, r.classes), make([]float64, r.classes)
	scores := make([]Score, r.workers)
	for i := range scores {
		rows := r.ofWorker(int32(i))
		c.tally.reset(len(rows))
		for h := range c.surprise {
			c.pay(int32(i), uint8(h))
		}
		scores[i] = c.tally.score(rows)
	}
	return scores, nil
}

// halves puts half of the tasks into each half.
func (r *Reports) halves(seed uint64) []uint8 {
	half := make([]uint8, r.tasks)
	for i, t := range kernel.NewRandom(seed).Perm(r.tasks) {
		half[t] = uint8(i % 2)
	}
	return half
}

// surprising is S by the reports of one half of the tasks: row a, column b is true
// where two reports for one task, by two workers, are a and b more often than two of any
// tasks. A task counts as often as it has reports, and each of its pairs as much.
func (r *Reports) surprising(half []uint8, h uint8) []bool {
	k := r.classes
	joint, marginal, n := make([]float64, k*k), make([]float64, k), 0.0
	for t := range int32(r.tasks) {
		reports := r.ofTask(t)
		pairs := pairsOfTwo(reports)
		if half[t] != h || pairs == 0 {
			continue
		}
		m := len(reports)
		share := float64(m) / float64(pairs) // one in m−1 where nobody reports twice
		n += float64(m)
		for from := 0; from < m; {
			to := runOf(reports, from)
			for _, x := range reports[from:to] {
				marginal[x.label] += float64(m*(m-to+from)) / float64(pairs)
				row := joint[int(x.label)*k : int(x.label+1)*k]
				for _, y := range reports[:from] {
					row[y.label] += share
				}
				for _, y := range reports[to:] {
					row[y.label] += share
				}
			}
			from = to
		}
	}
	// The joint counts are sums of fractions: where they are just as many as chance
	// gives, rounding must not make them more.
	const rounding = 1e-12
	s := make([]bool, k*k)
	for a := range k {
		for b := range k {
			s[a*k+b] = float64(joint[a*k+b]*n) > float64(marginal[a]*marginal[b])*(1+rounding)
		}
	}
	return s
}

// runOf is where the reports of a task by one worker end, that begin at from; a task
// has them in the order of workers.
func runOf(reports []report, from int) int {
	to := from + 1
	for to < len(reports) && reports[to].worker == reports[from].worker {
		to++
	}
	return to
}

// pairsOfTwo is how many ordered pairs of a task's reports are by two workers.
func pairsOfTwo(reports []report) int {
	pairs := len(reports) * len(reports)
	for from := 0; from < len(reports); {
		to := runOf(reports, from)
		pairs -= (to - from) * (to - from)
		from = to
	}
	return pairs
}

// correlated holds what paying a worker needs.
type correlated struct {
	r           *Reports
	half        []uint8
	surprise    [2][]bool // S for reports on each half, estimated on the other
	tally       tally
	own, others []float64 // by class: the share of the worker's reports, and of the peers', each task counting as much
	row, column []float64 // by class: Σ_c others(c)·S(a,c) = mean_b g_b(a), and Σ_a own(a)·S(a,c)
	seen        []int32   // by peer: the last worker who met him, plus one
}

// pay pays a worker for his reports on one half of the tasks. Each report gets
//
//	n/(n−1)·(g_b(x) − mean_b g_b(x) − mean_b′ g_b(x^b′) + their mean),
//
// which adds up to the score's numerator and gives each task its part of the penalty,
// so that the standard error over tasks is right.
func (c *correlated) pay(i int32, h uint8) {
	rows := c.r.ofWorker(i)
	n := c.count(i, rows, h)
	if n < 2 {
		return
	}
	k, s := c.r.classes, c.surprise[h]
	mean := 0.0
	for a, share := range c.own {
		if share == 0 {
			continue
		}
		for b := range k {
			if s[a*k+b] {
				c.row[a] += c.others[b]
				c.column[b] += share
			}
		}
		mean += float64(share * c.row[a])
	}
	for j, x := range rows {
		if c.half[x.task] != h {
			continue
		}
		bonus, chance, peers := 0.0, 0.0, 0.0
		for _, y := range c.r.ofTask(x.task) {
			if y.worker == i {
				continue
			}
			if s[int(x.label)*k+int(y.label)] {
				bonus++
			}
			chance += c.column[y.label]
			peers++
		}
		if peers > 0 {
			c.tally.pay(int32(j), float64(n/(n-1)*((bonus-chance)/peers-(c.row[x.label]-mean))))
		}
	}
}

// count finds the shares of classes, and the number of reports that have a peer.
func (c *correlated) count(i int32, rows []report, h uint8) (n float64) {
	for _, x := range [...][]float64{c.own, c.others, c.row, c.column} {
		clear(x)
	}
	for _, x := range rows {
		if c.half[x.task] != h {
			continue
		}
		peers := 0.0
		for _, y := range c.r.ofTask(x.task) {
			if y.worker != i {
				peers++
			}
		}
		if peers == 0 {
			continue
		}
		n++
		c.own[x.label]++
		for _, y := range c.r.ofTask(x.task) {
			if y.worker != i {
				c.others[y.label] += 1 / peers
				c.meet(i, y.worker)
			}
		}
	}
	for a := range c.own {
		c.own[a] /= max(n, 1)
		c.others[a] /= max(n, 1)
	}
	return n
}

func (c *correlated) meet(i, peer int32) {
	if c.seen[peer] != i+1 {
		c.seen[peer] = i + 1
		c.tally.peers++
	}
}
