package truth

import (
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// Worker is what is known of one worker: how many of the judged answers were right. Gold
// answers are judged by the known class, and when a worker has any, only these count.
// Otherwise every label is judged by the posterior of its task: Correct is the expected
// number of right labels Σ q_t(x_i).
type Worker struct {
	Labels  int     // observations of the worker
	Gold    int     // those on gold tasks
	Correct float64 // right answers among the judged, or their expected number
	Judged  float64 // Gold, or Labels when there is no gold
}

// abilityPrior is what each of the two counts starts from: the posterior of a worker's
// accuracy is Beta(1.5 + right, 1.5 + wrong), of which a new worker has mean ½.
const abilityPrior = 1.5

// Accuracy returns the posterior mean (1.5 + c) / (3 + n) of the chance that a label of
// the worker is right, for c right answers of n judged.
func (w Worker) Accuracy() float64 {
	return (abilityPrior + w.Correct) / (2*abilityPrior + w.Judged)
}

// Interval returns the equal-tailed interval that holds the accuracy with the given
// probability, such as 0.95, under the posterior Beta(1.5 + c, 1.5 + n − c). A level
// outside of (0, 1) gives NaN. With Gold > 0 it rests on answers to known tasks. With
// Gold = 0 the expected counts are taken as if they had been observed: the interval then
// holds only as far as the method's posteriors are right, and knows nothing of errors
// that workers share.
func (w Worker) Interval(level float64) (lower, upper float64) {
	if !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	tail := float64((1 - level) / 2)
	a, b := abilityPrior+w.Correct, abilityPrior+max(0, w.Judged-w.Correct)
	middle, reach := kernel.Logit(a/(a+b)), float64(-kernel.NormalQuantile(tail)*math.Sqrt(1/a+1/b))
	logBeta := kernel.LogBeta(a, b)
	return betaQuantile(a, b, logBeta, tail, kernel.Logistic(middle-reach)), betaQuantile(a, b, logBeta, 1-tail, kernel.Logistic(middle+reach))
}

// betaQuantile is kernel.BetaQuantile(a, b, q) to about 1e-14 in a tenth of its time: there
// may be an interval for each of very many workers. It takes Newton steps for BetaCDF from x,
// within a bracket that shrinks, and halves the bracket where a step would leave it. logBeta
// is ln B(a, b).
func betaQuantile(a, b, logBeta, q, x float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		miss := kernel.BetaCDF(a, b, x) - q
		if miss < 0 {
			low = x
		} else {
			high = x
		}
		density := kernel.Exp(float64((a-1)*kernel.Log(x)) + float64((b-1)*kernel.Log1p(-x)) - logBeta)
		next := x - miss/density
		if !(low <= next && next <= high) {
			next = float64(0.5 * (low + high))
		}
		// Newton squares the error, so a step this small leaves none that shows.
		if step := math.Abs(next - x); step <= float64(1e-10*min(x, 1-x)) {
			return next
		}
		x = next
	}
	return x
}

// judge returns what is known of the workers. expected has the expected number of right
// labels of each.
func judge(l *Labels, o Options, expected []float64) []Worker {
	workers := make([]Worker, l.workers)
	for w := range workers {
		workers[w] = Worker{Labels: int(l.given[w]), Correct: expected[w], Judged: float64(l.given[w])}
	}
	for t := range o.Gold {
		g := o.gold(t)
		if g < 0 {
			continue
		}
		ws, classes := l.row(t)
		for i, w := range ws {
			worker := &workers[w]
			if worker.Gold == 0 {
				worker.Correct = 0
			}
			worker.Gold++
			worker.Judged = float64(worker.Gold)
			if int(classes[i]) == g {
				worker.Correct++
			}
		}
	}
	return workers
}

// expectedCorrect returns, for each worker, the sum of the probabilities of the classes
// that the worker gave.
func expectedCorrect(l *Labels, p *Posterior) []float64 {
	expected := make([]float64, l.workers)
	for t := range l.tasks {
		ws, classes := l.row(t)
		for i, w := range ws {
			expected[w] += p.At(t, int(classes[i]))
		}
	}
	return expected
}
