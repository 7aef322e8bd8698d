package truth

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// coinTwin is one-coin EM over all classes in logarithms.
func coinTwin(l *Labels, passes int) (q map[int][]float64, logLikelihood float64) {
	w := newTwin(l, false)
	accuracy := make([]float64, l.workers)
	for range passes {
		prior := make([]float64, l.classes)
		for _, t := range w.tasks {
			for k, p := range w.q[t] {
				prior[k] += p / float64(l.tasks)
			}
		}
		right, n := make([]float64, l.workers), make([]float64, l.workers)
		for _, o := range w.observations {
			right[o.worker] += w.q[o.task][o.class]
			n[o.worker]++
		}
		for i := range accuracy {
			accuracy[i] = math.Min(1, right[i]/n[i])
		}
		logs := map[int][]float64{}
		for _, t := range w.tasks {
			for k := range l.classes {
				logs[t] = append(logs[t], math.Log(math.Max(prior[k], tiny)))
			}
		}
		for _, o := range w.observations {
			for k := range l.classes {
				p := (1 - accuracy[o.worker]) / math.Max(1, float64(l.classes-1))
				if k == o.class {
					p = accuracy[o.worker]
				}
				logs[o.task][k] += math.Log(math.Max(p, tiny))
			}
		}
		logLikelihood = 0
		for _, t := range w.tasks {
			most, sum := math.Inf(-1), 0.0
			for _, x := range logs[t] {
				most = math.Max(most, x)
			}
			for _, x := range logs[t] {
				sum += math.Exp(x - most)
			}
			for k, x := range logs[t] {
				w.q[t][k] = math.Exp(x-most) / sum
			}
			logLikelihood += most + math.Log(sum)
		}
	}
	return w.q, logLikelihood
}

func TestOneCoinEqualsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		classes += rapid.IntRange(0, 3).Draw(t, "classes that nobody gave")
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		passes := rapid.IntRange(1, 4).Draw(t, "passes")
		r, err := Infer(l, OneCoin, Options{Iterations: passes, Tolerance: -1})
		if err != nil {
			t.Fatal(err)
		}
		want, logLikelihood := coinTwin(l, passes)
		if math.Abs(r.LogLikelihood-logLikelihood) > 1e-9*(1+math.Abs(logLikelihood)) {
			t.Fatalf("log-likelihood %v, the twin has %v", r.LogLikelihood, logLikelihood)
		}
		for i := range tasks {
			for k := range classes {
				if got := r.Posterior.At(i, k); math.Abs(got-want[i][k]) > 1e-9 {
					t.Fatalf("P(task %d is %d) is %v, the twin has %v", i, k, got, want[i][k])
				}
			}
		}
	})
}
