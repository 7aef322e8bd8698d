package aggregate

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/truth"
)

// method makes a guess for every task, told the truth of some.
type method interface {
	name() string
	// learns reports whether known truths change the other guesses.
	learns() bool
	// guess takes the known truth of each task, empty where unknown. Passes caps the work,
	// 0 leaves it to the method.
	guess(known []string, passes int) (*guesses, error)
}

// guesses are what a method says of each task; one without answers has an empty label.
type guesses struct {
	label       []string
	probability []float64
	value       [][3]float64 // estimate, lower, upper; nil of classes
	workers     []truth.Worker
	spread      []truth.WorkerSpread
	why         string
}

// byClass is a method for classes.
type byClass struct {
	*judged
	labels *truth.Labels
	method truth.Method
}

func (m byClass) name() string { return string(m.method) }

func (m byClass) learns() bool { return m.method != truth.Majority }

func (m byClass) guess(known []string, passes int) (*guesses, error) {
	o := truth.Options{Iterations: passes}
	if known != nil {
		o.Gold = make([]int32, len(m.tasks))
		for t, k := range known {
			o.Gold[t] = int32(slices.Index(m.classes, k))
		}
	}
	r, err := truth.Infer(m.labels, m.method, o)
	if err != nil {
		return nil, err
	}
	g := &guesses{label: make([]string, len(m.tasks)), probability: make([]float64, len(m.tasks)), workers: r.Workers, why: r.Why}
	for t := range m.tasks {
		if len(m.of(t)) > 0 {
			k, p := r.Posterior.Best(t)
			g.label[t], g.probability[t] = m.classes[k], p
		}
	}
	return g, nil
}

// byNumber is a method for numbers, or for the ranks of ordered classes. It learns nothing
// from gold.
type byNumber struct {
	*judged
	labels *truth.NumericLabels
	method truth.NumericMethod
}

func (m byNumber) name() string { return string(m.method) }

func (m byNumber) learns() bool { return false }

func (m byNumber) guess(_ []string, passes int) (*guesses, error) {
	e, err := truth.Estimate(m.labels, m.method, truth.NumericOptions{Iterations: passes})
	if err != nil {
		return nil, err
	}
	g := &guesses{label: make([]string, len(m.tasks)), probability: make([]float64, len(m.tasks)), value: make([][3]float64, len(m.tasks)), spread: e.Workers}
	for t, v := range e.Tasks {
		if v.Labels > 0 {
			var from, to float64
			g.label[t], from, to = m.rounded(v.Value)
			g.probability[t] = mass(v.Value, v.Error, from, to)
			g.value[t] = [3]float64{v.Value, v.Lower, v.Upper}
		}
	}
	return g, nil
}

// rounded is the answer that is nearest to a number, and the ends of what rounds to it.
func (m byNumber) rounded(x float64) (label string, from, to float64) {
	low, step, most := m.program.Answers.Min, m.program.Answers.Step, 0.0
	if m.classes != nil {
		low, step, most = 0, 1, float64(len(m.classes)-1)
	} else {
		most = float64(int64((m.program.Answers.Max-low)/step + 0.5))
	}
	k := float64(int64(max(0, min(most, (x-low)/step)) + 0.5))
	from, to = math.Inf(-1), math.Inf(1)
	if k > 0 {
		from = low + float64((k-0.5)*step)
	}
	if k < most {
		to = low + float64((k+0.5)*step)
	}
	if m.classes != nil {
		return m.classes[int(k)], from, to
	}
	return shortest(low + float64(k*step)), from, to
}

// decimals are as many places as a program's scale can have.
const decimals = 6

// shortest spells a number of a scale as programs demand it: in decimals, as short as it
// can be, and without the last digits of its rounding.
func shortest(x float64) string {
	text := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', decimals, 64), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// mass is the probability that a normal variable is between two ends. Without an error it
// is there surely; where nothing tells the error it is NaN.
func mass(mean, sd, from, to float64) float64 {
	switch {
	case math.IsInf(sd, 0) || math.IsNaN(sd):
		return math.NaN()
	case sd == 0:
		return 1
	}
	p := 1.0
	if !math.IsInf(from, 0) {
		p -= kernel.NormalCDF((from - mean) / sd)
	}
	if !math.IsInf(to, 0) {
		p -= kernel.NormalSurvival((to - mean) / sd)
	}
	return max(0, p)
}
