package truth

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// twin is Dawid–Skene written down from its formulas: maps, logarithms at every label, and
// no thought of speed. π and θ hold logarithms.
type twin struct {
	observations []observation
	classes      int
	right, wrong float64 // pseudo-counts
	frequency    float64
	pi           map[int]float64
	theta        map[[3]int]float64 // worker, true class, label
	q            map[int][]float64  // of each task
	tasks        []int
}

type observation struct{ task, worker, class int }

func newTwin(l *Labels, pseudo bool) *twin {
	w := &twin{classes: l.classes, q: map[int][]float64{}}
	if pseudo {
		w.right, w.wrong, w.frequency = 4, 1, 1
	}
	for t := range l.tasks {
		workers, classes := l.row(t)
		q := make([]float64, l.classes)
		for i := range workers {
			w.observations = append(w.observations, observation{t, int(workers[i]), int(classes[i])})
			q[classes[i]] += 1 / float64(len(workers))
		}
		if len(workers) == 0 {
			for k := range q {
				q[k] = 1 / float64(l.classes)
			}
		}
		w.q[t] = q
		w.tasks = append(w.tasks, t)
	}
	return w
}

func (w *twin) maximise() {
	w.pi, w.theta = map[int]float64{}, map[[3]int]float64{}
	for k := range w.classes {
		sum := w.frequency
		for _, t := range w.tasks {
			sum += w.q[t][k]
		}
		w.pi[k] = math.Log(math.Max(tiny, sum/(float64(len(w.tasks))+w.frequency*float64(w.classes))))
	}
	counts, totals := map[[3]int]float64{}, map[[2]int]float64{}
	for _, o := range w.observations {
		for k := range w.classes {
			counts[[3]int{o.worker, k, o.class}] += w.q[o.task][k]
			totals[[2]int{o.worker, k}] += w.q[o.task][k]
		}
	}
	for key, total := range totals {
		total += w.right + w.wrong*float64(w.classes-1)
		for l := range w.classes {
			n := counts[[3]int{key[0], key[1], l}] + w.wrong
			if l == key[1] {
				n += w.right - w.wrong
			}
			p := 1 / float64(w.classes)
			if total > 0 {
				p = n / total
			}
			w.theta[[3]int{key[0], key[1], l}] = math.Log(math.Max(p, tiny))
		}
	}
}

func (w *twin) expect() (logLikelihood, logPosterior float64) {
	logs := map[int][]float64{}
	for _, t := range w.tasks {
		for k := range w.classes {
			logs[t] = append(logs[t], w.pi[k])
		}
	}
	for _, o := range w.observations {
		for k := range w.classes {
			logs[o.task][k] += w.theta[[3]int{o.worker, k, o.class}]
		}
	}
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
	logPosterior = logLikelihood
	for k := range w.classes {
		logPosterior += w.frequency * w.pi[k]
	}
	for key, x := range w.theta {
		if key[1] == key[2] {
			logPosterior += w.right * x
		} else if w.wrong > 0 {
			logPosterior += w.wrong * x
		}
	}
	return logLikelihood, logPosterior
}

// sameAsTwin compares the posteriors and the objective after some passes.
func sameAsTwin(t interface{ Fatalf(string, ...any) }, l *Labels, m Method, passes int) {
	r, err := Infer(l, m, Options{Iterations: passes, Tolerance: -1})
	if err != nil {
		t.Fatalf("%v", err)
	}
	w := newTwin(l, m == DawidSkeneMAP)
	var logLikelihood, logPosterior float64
	for range passes {
		w.maximise()
		logLikelihood, logPosterior = w.expect()
	}
	if math.Abs(r.LogLikelihood-logLikelihood) > 1e-9*(1+math.Abs(logLikelihood)) {
		t.Fatalf("%s: log-likelihood %v, the twin has %v", m, r.LogLikelihood, logLikelihood)
	}
	if want := logPosterior; m == DawidSkeneMAP && math.Abs(r.Trace[passes-1]-want) > 1e-9*(1+math.Abs(want)) {
		t.Fatalf("%s: log-posterior %v, the twin has %v", m, r.Trace[passes-1], want)
	}
	for _, task := range w.tasks {
		for k, want := range w.q[task] {
			if got := r.Posterior.At(task, k); math.Abs(got-want) > 1e-9 {
				t.Fatalf("%s: P(task %d is %d) is %v, the twin has %v", m, task, k, got, want)
			}
		}
	}
}

func TestDawidSkeneEqualsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		for _, m := range []Method{DawidSkene, DawidSkeneMAP} {
			sameAsTwin(t, l, m, rapid.IntRange(1, 4).Draw(t, "passes"))
		}
	})
	for _, name := range []string{"cf", "ms", "barzan"} {
		d := read(t, "testdata", name, name+".labels.csv", "")
		sameAsTwin(t, d.labels, DawidSkene, 12)
		sameAsTwin(t, d.labels, DawidSkeneMAP, 12)
	}
}
