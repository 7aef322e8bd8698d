package aggregate

import (
	"math"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

// rater answers a task of true class k; others are the answers to it so far.
type rater func(r *kernel.Random, task, k int, others []int) int

// honest is right with its accuracy in each class, and else takes some wrong classes for
// the true one more than others.
func honest(r *kernel.Random, classes int, low, high float64) rater {
	right, lean := make([]float64, classes), make([]int, classes)
	for k := range right {
		right[k] = low + float64((high-low)*r.Float64())
		lean[k] = (k + 1 + r.Intn(classes-1)) % classes
	}
	return func(r *kernel.Random, _, k int, _ []int) int {
		switch x := r.Float64(); {
		case x < right[k]:
			return k
		case x < right[k]+float64(0.6*(1-right[k])):
			return lean[k]
		}
		return (k + 1 + r.Intn(classes-1)) % classes
	}
}

func constant(class int) rater { return func(*kernel.Random, int, int, []int) int { return class } }

func coin(classes int) rater {
	return func(r *kernel.Random, _, _ int, _ []int) int { return r.Intn(classes) }
}

// copier says what the first other said.
func copier(classes int) rater {
	return func(r *kernel.Random, _, _ int, others []int) int {
		if len(others) > 0 {
			return others[0]
		}
		return r.Intn(classes)
	}
}

// colluder says what follows from the task alone; all that share a key say the same.
func colluder(classes int, key uint64) rater {
	return func(_ *kernel.Random, task, _ int, _ []int) int {
		return kernel.NewRandom(key ^ uint64(task)).Intn(classes)
	}
}

// cast is 8 to 12 raters: five honest or more, and of the rest each kind at times.
func cast(r *kernel.Random, classes int) []rater {
	n := 8 + r.Intn(5)
	var raters []rater
	if r.Intn(4) > 0 {
		raters = append(raters, constant(r.Intn(classes)))
	}
	if r.Intn(4) > 0 {
		raters = append(raters, coin(classes))
	}
	if r.Intn(2) > 0 {
		raters = append(raters, colluder(classes, r.Uint64()))
		raters = append(raters, raters[len(raters)-1])
	}
	withCopier := r.Intn(4) > 0 && len(raters) < n-5
	for len(raters) < n {
		if withCopier && len(raters) == n-1 {
			raters = append(raters, copier(classes))
			continue
		}
		raters = append(raters, honest(r, classes, 0.6, 0.95))
	}
	return raters
}

// exam is what one validator's gold tells of each rater: who passed was right often
// enough on the very gold that states the accuracy of labels.
type exam struct {
	mark         float64
	right, asked []int
}

// passed reports whether one standard error below a rater's share of right answers is at
// the mark or above.
func (e *exam) passed(i int) bool {
	n := float64(e.asked[i])
	if n < 5 {
		return e.mark == 0
	}
	share := float64(e.right[i]) / n
	return share-math.Sqrt(share*(1-share)/n) >= e.mark
}

// exams are those of two validators; in one world of 20 there is none, and in another
// nobody passes.
func exams(r *kernel.Random, raters int) []*exam {
	out, kind := make([]*exam, 2), r.Intn(20)
	for v := range out {
		mark := 0.4 + float64(0.35*r.Float64())
		switch kind {
		case 0:
			mark = 0
		case 1:
			mark = 2
		}
		out[v] = &exam{mark, make([]int, raters), make([]int, raters)}
	}
	return out
}

// simulate makes a world of a category program, which two validators asked about: the
// first half of the tasks is of one.
func simulate(r *kernel.Random) *world {
	classes, n := 2+r.Intn(3), 300+r.Intn(301)
	w := &world{program: categories(classes)}
	shares := make([]float64, classes)
	for k := range shares {
		shares[k] = float64(0.1) + r.Float64()
	}
	raters := cast(r, classes)
	exams := exams(r, len(raters))
	half := (n + 1) / 2
	for t := range n {
		k, e, round := pick(r, shares), exams[t/half], uint64(t%half/8)
		task := scoring.Judged{Program: w.program.Name, Round: round, Closed: round + 9, Subjects: []item.Hash{numbered(t)}}
		if r.Float64() < 0.25 {
			task.Truth = w.program.Answers.Labels[k]
		}
		w.truth = append(w.truth, w.program.Answers.Labels[k])
		var said []int
		chosen := r.Perm(len(raters))[:5]
		slices.Sort(chosen) // the copier, which is last, sees the others
		for _, i := range chosen {
			x := raters[i](r, t, k, said)
			said = append(said, x)
			if task.Truth != "" {
				e.asked[i]++
				if x == k {
					e.right[i]++
				}
			}
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(i), Answer: w.program.Answers.Labels[x], Passed: e.passed(i)})
		}
		w.tasks = append(w.tasks, task)
	}
	w.records = [][]scoring.Judged{w.tasks[:half], w.tasks[half:]}
	return w
}

func pick(r *kernel.Random, shares []float64) int {
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	x := float64(sum * r.Float64())
	for k, s := range shares {
		if x -= s; x < 0 {
			return k
		}
	}
	return len(shares) - 1
}
