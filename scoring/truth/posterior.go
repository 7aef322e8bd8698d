package truth

import (
	"cmp"
	"slices"
	"sort"
)

// Posterior has the probability of each class for each task. It is either a full table,
// or keeps numbers only for the classes listed with a task; then the unlisted ones share
// what remains in proportion to a base measure, so that a million classes need no table
// of tasks × classes.
type Posterior struct {
	classes int

	dense []float64 // tasks × classes, row by row; nil for the listed form below

	start  []int32   // entries of task t are start[t] to start[t+1]
	class  []int32   // of each entry, ascending within a task
	p      []float64 // of each entry
	rest   []float64 // of each task: probability of an unlisted class for one unit of its base
	base   []float64 // of each class; nil when it is 1 for all
	byBase []int32   // classes by falling base, equal ones by class; nil when base is
}

// densePosterior returns the full table with all entries zero. The caller has checked its size.
func densePosterior(l *Labels) Posterior {
	return Posterior{classes: l.classes, dense: make([]float64, l.tasks*l.classes)}
}

// row returns the probabilities of one task in a full table.
func (p *Posterior) row(task int) []float64 {
	return p.dense[task*p.classes : (task+1)*p.classes]
}

// At returns the probability that the task has the class. Both count from zero.
func (p *Posterior) At(task, class int) float64 {
	if p.dense != nil {
		return p.row(task)[class]
	}
	if i, ok := p.find(task, int32(class)); ok {
		return p.p[i]
	}
	return p.unlisted(task, class)
}

// find returns the place of the entry of a class in the listed form.
func (p *Posterior) find(task int, class int32) (int, bool) {
	i, ok := slices.BinarySearch(p.class[p.start[task]:p.start[task+1]], class)
	return int(p.start[task]) + i, ok
}

func (p *Posterior) unlisted(task, class int) float64 {
	if p.base == nil {
		return p.rest[task]
	}
	return float64(p.rest[task] * p.base[class])
}

// Best returns the most probable class of the task and its probability. Of equally
// probable classes it is the first.
func (p *Posterior) Best(task int) (class int, probability float64) {
	if p.dense != nil {
		row := p.row(task)
		for k, v := range row {
			if v > row[class] {
				class = k
			}
		}
		return class, row[class]
	}
	class = -1
	for i := p.start[task]; i < p.start[task+1]; i++ {
		if class < 0 || p.p[i] > probability {
			class, probability = int(p.class[i]), p.p[i]
		}
	}
	if k := p.firstUnlisted(task); k >= 0 {
		if v := p.unlisted(task, k); class < 0 || v > probability || v == probability && k < class {
			class, probability = k, v
		}
	}
	return class, probability
}

// firstUnlisted returns the class with the largest base that is not listed with the
// task, or −1 when all are.
func (p *Posterior) firstUnlisted(task int) int {
	for i := range p.classes {
		k := i
		if p.byBase != nil {
			k = int(p.byBase[i])
		}
		if _, listed := p.find(task, int32(k)); !listed {
			return k
		}
	}
	return -1
}

// setBase sets the base measure of the listed form.
func (p *Posterior) setBase(base []float64) {
	p.base = base
	p.byBase = make([]int32, len(base))
	for k := range p.byBase {
		p.byBase[k] = int32(k)
	}
	slices.SortFunc(p.byBase, func(a, b int32) int {
		return cmp.Or(cmp.Compare(base[b], base[a]), cmp.Compare(a, b))
	})
}

// credit returns 1/n when the class is one of the n most probable ones of the task, and
// else 0. What counts as equal leaves room for rounding.
func (p *Posterior) credit(task, class int) float64 {
	_, best := p.Best(task)
	least := best - tieWidth
	if p.At(task, class) < least {
		return 0
	}
	n := 0
	if p.dense != nil {
		for _, v := range p.row(task) {
			if v >= least {
				n++
			}
		}
		return 1 / float64(n)
	}
	// Of all classes as if none were listed, those of enough base; then the listed ones are
	// put right one by one, so that many classes cost no more than few.
	n = p.classesOf(task, least)
	for i := p.start[task]; i < p.start[task+1]; i++ {
		if p.unlisted(task, int(p.class[i])) >= least {
			n--
		}
		if p.p[i] >= least {
			n++
		}
	}
	return 1 / float64(n)
}

// classesOf returns how many classes would have at least the probability if the task listed none.
func (p *Posterior) classesOf(task int, least float64) int {
	if p.base == nil {
		if p.rest[task] >= least {
			return p.classes
		}
		return 0
	}
	return sort.Search(len(p.byBase), func(i int) bool { return p.unlisted(task, int(p.byBase[i])) < least })
}

// tieWidth is the difference of probabilities that is put down to rounding.
const tieWidth = 1e-12
