package aggregate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/truth"
)

// Settings of the choice by held-out gold.
const (
	enoughGold = 20  // gold tasks with answers, half of which choose
	fewAnswers = 20  // a rater with fewer has too few for a confusion matrix
	folds      = 5   // parts into which gold is held out in turn
	sureness   = 2   // standard errors by which another method than the usual must be better
	foldPasses = 100 // cap of the passes of a fit to the rest
)

// candidates are the methods that gold chooses among. The first is taken where there is a
// tie.
func candidates() []truth.Method {
	return []truth.Method{truth.DawidSkeneMAP, truth.BWA, truth.OneCoin, truth.Wawa, truth.Majority}
}

func numericCandidates() []truth.NumericMethod {
	return []truth.NumericMethod{truth.Median, truth.Trimmed, truth.Gaussian, truth.Mean}
}

// choice is a method, why it was taken, and what was held out to measure it by.
type choice struct {
	method            method
	why               string
	choosing, stating []int // gold tasks
}

// choose takes the method that the program names or, with auto, the one whose guesses of
// the choosing half of the gold have the least distance from the truth: for classes, that
// has the most right. The half that states the accuracy has no part in it.
func (j *judged) choose(methods []method) (choice, error) {
	gold := j.gold()
	named := j.program.Labelling.Aggregation
	i := slices.IndexFunc(methods, func(m method) bool { return j.classes != nil && m.name() == named })
	switch {
	case i >= 0:
		return choice{method: methods[i], why: "the program names it", stating: gold}, nil
	case len(gold) < enoughGold:
		m, why := j.usual(methods)
		return choice{method: m, why: fmt.Sprintf("%s; %d gold tasks with answers are too few to choose by, which takes %d", why, len(gold), enoughGold), stating: gold}, nil
	}
	c := choice{choosing: gold[:len(gold)/2], stating: gold[len(gold)/2:]}
	var first []float64
	most := 0.0
	var scores []string
	for _, m := range methods {
		distances, err := j.heldOut(m, c.choosing, nil)
		if err != nil {
			return choice{}, err
		}
		if first == nil {
			first, c.method = distances, m
		}
		if gain := advantage(distances, first); gain > most {
			c.method, most = m, gain
		}
		scores = append(scores, j.score(m, distances))
	}
	c.why = fmt.Sprintf("right of %d gold tasks that were held out to choose by: %s", len(c.choosing), strings.Join(scores, ", "))
	if named != "auto" {
		c.why = fmt.Sprintf("answers are numbers, for which %s is not made; %s", named, c.why)
	}
	return c, nil
}

// usual is the method without gold: for classes the first, but BWA, which has one measure
// of each rater, where half of the raters gave few answers.
func (j *judged) usual(methods []method) (method, string) {
	given := make([]int, len(j.raters))
	for _, r := range j.rater {
		given[r]++
	}
	slices.Sort(given)
	if median := given[(len(given)-1)/2]; j.classes != nil && median < fewAnswers {
		i := slices.IndexFunc(methods, func(m method) bool { return m.name() == string(truth.BWA) })
		return methods[i], fmt.Sprintf("half of the raters gave %d answers or fewer", median)
	}
	return methods[0], "the usual method"
}

// methods are those that there are for the answers: first the candidates, then the
// one that the program names, if it is another.
func (j *judged) methods() ([]method, error) {
	var out []method
	if j.classes != nil {
		labels, err := truth.NewLabels(len(j.tasks), len(j.raters), len(j.classes), j.task, j.rater, j.codes())
		if err != nil {
			return nil, err
		}
		methods := candidates()
		if named := truth.Method(j.program.Labelling.Aggregation); named != truth.Auto && !slices.Contains(methods, named) {
			methods = append(methods, named)
		}
		for _, m := range methods {
			out = append(out, byClass{j, labels, m})
		}
	}
	if j.ordered() {
		labels, err := truth.NewNumericLabels(len(j.tasks), len(j.raters), j.task, j.rater, j.numbers())
		if err != nil {
			return nil, err
		}
		for _, m := range numericCandidates() {
			out = append(out, byNumber{j, labels, m})
		}
	}
	return out, nil
}

// advantage is how much less the distances of one method sum to than another's, or 0 where
// that is within sureness standard errors of their paired difference.
func advantage(distances, other []float64) float64 {
	sum, square := 0.0, 0.0
	for i, d := range distances {
		gain := other[i] - d
		sum += gain
		square += float64(gain * gain)
	}
	if sum <= float64(sureness*math.Sqrt(square)) {
		return 0
	}
	return sum
}

// score says how a method did on held-out gold.
func (j *judged) score(m method, distances []float64) string {
	total, right := 0.0, 0
	for _, d := range distances {
		total += d
		if d == 0 {
			right++
		}
	}
	if j.ordered() {
		return fmt.Sprintf("%s %d (distance %.3g)", m.name(), right, total)
	}
	return fmt.Sprintf("%s %d", m.name(), right)
}

// ordered reports whether answers have an order, and so a mean.
func (j *judged) ordered() bool {
	return j.program.Answers.Type == program.Ordinal || j.program.Answers.Type == program.Scalar
}

// heldOut is, for each of some gold tasks, the distance of the method's label from the
// truth. It is told of the others of them, in folds, and of those that are known beside.
func (j *judged) heldOut(m method, tasks, beside []int) ([]float64, error) {
	distances := make([]float64, len(tasks))
	folds := min(folds, len(tasks))
	if !m.learns() {
		folds = min(1, len(tasks))
	}
	for f := range folds {
		known := make([]string, len(j.tasks))
		for _, t := range beside {
			known[t] = j.tasks[t].truth
		}
		for i, t := range tasks {
			if i%folds != f {
				known[t] = j.tasks[t].truth
			}
		}
		g, err := m.guess(known, foldPasses)
		if err != nil {
			return nil, err
		}
		for i := f; i < len(tasks); i += folds {
			distances[i] = j.program.Answers.Distance(g.label[tasks[i]], j.tasks[tasks[i]].truth)
		}
	}
	return distances, nil
}
