package aggregate

import (
	"errors"
	"math"
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring/agreement"
	"github.com/assaynet/assay/scoring/truth"
)

// Settings of the bootstrap of α. The seed is of no meaning; it makes the bits the same
// everywhere.
const (
	replicates = 1000
	seed       = 1
)

// agreement is α of the answers that count.
func (j *judged) agreement() Agreement {
	a := Agreement{Alpha: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}
	for t := range j.tasks {
		if len(j.of(t)) > 1 {
			a.Tasks++
		}
	}
	level, values, scale, labels := agreement.Nominal, len(j.classes), []float64(nil), []int32(nil)
	if j.classes == nil {
		scale, labels = j.scaled()
		level, values = agreement.Interval, len(scale)
	} else {
		labels = j.codes()
	}
	if j.program.Answers.Type == program.Ordinal {
		level = agreement.Ordinal
	}
	table, err := agreement.Tabulate(len(j.tasks), values, j.task, labels)
	if err == nil {
		a.Alpha, err = table.Alpha(level, scale)
	}
	if err == nil {
		var bounds agreement.Bounds
		if bounds, err = table.AlphaInterval(level, scale, agreement.Bootstrap{Replicates: replicates, Confidence: level95, Seed: seed}); err == nil {
			a.Lower, a.Upper = bounds.Lower, bounds.Upper
		}
	}
	var undefined *agreement.UndefinedError
	switch {
	case errors.As(err, &undefined):
		a.Undefined = undefined.Why
	case err != nil:
		a.Undefined = err.Error()
	}
	return a
}

// scaled are the different numbers, ascending, and the answers as places among them.
func (j *judged) scaled() (scale []float64, labels []int32) {
	numbers := j.numbers()
	scale = slices.Clone(numbers)
	slices.Sort(scale)
	scale = slices.Compact(scale)
	for _, x := range numbers {
		i, _ := slices.BinarySearch(scale, x)
		labels = append(labels, int32(i))
	}
	return scale, labels
}

// ratings is what is known of each rater.
func (j *judged) ratings(r *Result, final *guesses) []Rater {
	raters := make([]Rater, len(j.raters))
	for w, miner := range j.raters {
		nan := math.NaN()
		raters[w] = Rater{Miner: miner, SD: nan, Accuracy: nan, Lower: nan, Upper: nan, Reliability: nan, ReliabilityLower: nan, ReliabilityUpper: nan}
	}
	next := 0 // r.Tasks are the tasks without the unlabelled ones, in the same order
	for t, g := range j.tasks {
		if j.first[t] == j.first[t+1] {
			if g.truth != "" {
				next++
			}
			continue
		}
		task := r.Tasks[next]
		next++
		for i := j.first[t]; i < j.first[t+1]; i++ {
			rater := &raters[j.rater[i]]
			rater.Judgements++
			right := 0
			if j.answer[i] == task.Label {
				right = 1
			}
			rater.Agreed += right
			if task.Gold {
				rater.Gold++
				rater.Right += right
			}
		}
	}
	for w := range raters {
		j.rate(&raters[w], w, final)
	}
	return raters
}

// rate fills in a rater's accuracy.
func (j *judged) rate(rater *Rater, w int, final *guesses) {
	known := truth.Worker{Labels: rater.Judgements, Gold: rater.Gold, Correct: float64(rater.Right), Judged: float64(rater.Gold)}
	if final.workers != nil {
		known = final.workers[w]
	}
	if final.spread != nil {
		rater.SD = final.spread[w].SD
	}
	if known.Judged > 0 {
		rater.Accuracy = known.Accuracy()
		rater.Lower, rater.Upper = known.Interval(level95)
	}
}
