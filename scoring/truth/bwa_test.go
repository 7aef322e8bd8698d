package truth

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// bwaTwin is Bayesian weighted average written down from its formulas on full matrices, class by class.
func bwaTwin(l *Labels, passes int) [][]float64 {
	out := table(l.tasks, l.classes)
	for k := range l.classes {
		exists, one := table(l.tasks, l.workers), table(l.tasks, l.workers)
		z, labels, spread := make([]float64, l.tasks), make([]float64, l.tasks), 0.0
		for t := range l.tasks {
			workers, classes := l.row(t)
			for i, w := range workers {
				exists[t][w] = 1
				labels[t]++
				if int(classes[i]) == k {
					one[t][w] = 1
					z[t]++
				}
			}
			if labels[t] > 0 {
				z[t] /= labels[t]
			} else {
				z[t] = 1 / float64(l.classes)
			}
			spread += labels[t] * z[t] * (1 - z[t])
		}
		b := max(1e-9, 15*spread/float64(l.Len())*4*(1-1/float64(l.classes)))
		for range passes {
			mean := 0.0
			for _, x := range z {
				mean += x / float64(l.tasks)
			}
			v := make([]float64, l.workers)
			for w := range v {
				n, squares := 0.0, 0.0
				for t := range z {
					n += exists[t][w]
					squares += exists[t][w] * math.Pow(z[t]-one[t][w], 2)
				}
				v[w] = (15 + n) / (b + squares)
			}
			for t := range z {
				sum, weight := mean, 1.0
				for w := range v {
					sum += one[t][w] * v[w]
					weight += exists[t][w] * v[w]
				}
				z[t] = sum / weight
			}
		}
		for t, x := range z {
			out[t][k] = x
		}
	}
	for t := range out {
		normalise(out[t])
	}
	return out
}

func TestBWAEqualsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		passes := rapid.IntRange(1, 6).Draw(t, "passes")
		r, err := Infer(l, BWA, Options{Iterations: passes, Tolerance: -1})
		if err != nil {
			t.Fatal(err)
		}
		want := bwaTwin(l, passes)
		for i := range tasks {
			for k := range classes {
				if got := r.Posterior.At(i, k); math.Abs(got-want[i][k]) > 1e-9 {
					t.Fatalf("P(task %d is %d) is %v, the twin has %v", i, k, got, want[i][k])
				}
			}
		}
	})
}

// Saying the same twice is one reading.
func TestBWARepeatsAreOneReading(t *testing.T) {
	d := read(t, "testdata", "cf", "cf.labels.csv", "")
	l := d.labels
	var task, worker, class []int32
	for i := range l.tasks {
		workers, classes := l.row(i)
		for j, w := range workers {
			task, worker, class = append(task, int32(i)), append(worker, w), append(class, classes[j])
		}
	}
	b := newBWA(mustLabels(t, l.tasks, l.workers, l.classes, append(task, task[:100]...), append(worker, worker[:100]...), append(class, class[:100]...)), Options{})
	plain := newBWA(l, Options{})
	for w := range b.n {
		if b.n[w] != plain.n[w] {
			t.Fatalf("worker %d has %v readings, and %v without the repeated rows", w, b.n[w], plain.n[w])
		}
	}
}
