package truth

import (
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// listGiven returns a posterior in the listed form for models in which all classes that
// nobody gave a task are equally probable: the entries of a task are the classes that it
// was given and its gold class. entry has the place of each observation's class among
// the entries, in the order of the rows. All numbers are zero.
func listGiven(l *Labels, o Options) (post Posterior, entry []int32) {
	post = Posterior{classes: l.classes, start: make([]int32, l.tasks+1), rest: make([]float64, l.tasks)}
	entry = make([]int32, l.Len())
	var given []int32
	for t := range l.tasks {
		_, classes := l.row(t)
		given = append(given[:0], classes...)
		if g := o.gold(t); g >= 0 {
			given = append(given, int32(g))
		}
		slices.Sort(given)
		given = slices.Compact(given)
		from := int32(len(post.class))
		for i, c := range classes {
			at, _ := slices.BinarySearch(given, c)
			entry[int(l.start[t])+i] = from + int32(at)
		}
		post.class = append(post.class, given...)
		post.start[t+1] = int32(len(post.class))
	}
	post.p = make([]float64, len(post.class))
	return post, entry
}

// settle turns the scores that stand in the entries of a task into probabilities. A score
// is the logarithm of how much likelier the labels are under a class than under one that
// nobody gave. It returns ln Σ_k exp(score), in which the classes without an entry
// have score 0; for a gold task that is the score of its class alone.
func (p *Posterior) settle(task, gold int) float64 {
	from, to := p.start[task], p.start[task+1]
	scores := p.p[from:to]
	if gold >= 0 {
		at, _ := p.find(task, int32(gold))
		score := p.p[at]
		clear(scores)
		p.p[at], p.rest[task] = 1, 0
		return score
	}
	unlisted := float64(p.classes - len(scores))
	most := 0.0
	if unlisted == 0 {
		most = slices.Max(scores)
	}
	for _, s := range scores {
		most = max(most, s)
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = kernel.Exp(s - most)
		sum += scores[i]
	}
	rest := 0.0
	if unlisted > 0 {
		rest = kernel.Exp(-most)
		sum += float64(unlisted * rest)
	}
	for i := range scores {
		scores[i] /= sum
	}
	p.rest[task] = rest / sum
	return most + kernel.Log(sum)
}

// softplus returns ln(1 + e^x) and its derivative, σ(x), from one exponential.
func softplus(x float64) (value, slope float64) {
	if x > 0 {
		e := kernel.Exp(-x)
		return x + kernel.Log1p(e), 1 / (1 + e)
	}
	e := kernel.Exp(x)
	return kernel.Log1p(e), e / (1 + e)
}
