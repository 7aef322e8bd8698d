package truth

import (
	"os"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// simulate returns labels of the shape of the generated inputs of the reference: five
// different workers a task, 200 labels a worker, accuracies Beta(8, 3), and errors spread evenly over the
// other classes.
func simulate(t testing.TB, labels, classes int) *dataSet {
	t.Helper()
	const per = 5
	r := kernel.NewRandom(1)
	workers := max(20, labels/200)
	accuracy := make([]float64, workers)
	for w := range accuracy {
		accuracy[w] = kernel.BetaQuantile(8, 3, r.Float64())
	}
	d := &dataSet{truth: map[int]int{}}
	var task, worker, class []int32
	for i := range labels / per {
		y := r.Intn(classes)
		d.truth[i] = y
		chosen := map[int]bool{}
		for len(chosen) < per {
			w := r.Intn(workers)
			if chosen[w] {
				continue
			}
			chosen[w] = true
			x := y
			if r.Float64() >= accuracy[w] {
				x = (y + 1 + r.Intn(classes-1)) % classes
			}
			task, worker, class = append(task, int32(i)), append(worker, int32(w)), append(class, int32(x))
		}
	}
	d.labels = mustLabels(t, labels/per, workers, classes, task, worker, class)
	return d
}

// benchmarkLabels are the generated labels of the reference, or simulated ones of their shape.
func benchmarkLabels(b *testing.B, name string, labels int) *Labels {
	if folder := os.Getenv("STATISTICS_INPUTS"); folder != "" {
		return read(b, folder, name, name+".csv", name+".truth.csv").labels
	}
	return simulate(b, labels, 4).labels
}

func benchmarkMethod(b *testing.B, l *Labels, m Method, o Options) {
	b.Run(string(m), func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			infer(b, l, m, o)
		}
	})
}

// BenchmarkMillionLabels has all methods on 10⁶ labels, and beside them the naive twin of
// Dawid–Skene, the making of the label set, and reading its numbers once.
func BenchmarkMillionLabels(b *testing.B) {
	l := benchmarkLabels(b, "labels_1e6", 1e6)
	ten := Options{Iterations: 10, Tolerance: -1}
	b.Run("read once", func(b *testing.B) {
		sum := int64(0)
		for range b.N {
			for i, w := range l.worker {
				sum += int64(w) + int64(l.class[i])
			}
			for _, s := range l.start {
				sum += int64(s)
			}
		}
		if sum == 0 {
			b.Fatal("no labels")
		}
	})
	b.Run("make the set", func(b *testing.B) {
		var task []int32
		for t := range l.tasks {
			for range l.start[t+1] - l.start[t] {
				task = append(task, int32(t))
			}
		}
		b.ReportAllocs()
		b.ResetTimer()
		for range b.N {
			mustLabels(b, l.tasks, l.workers, l.classes, task, l.worker, l.class)
		}
	})
	benchmarkMethod(b, l, Majority, Options{})
	benchmarkMethod(b, l, Wawa, Options{})
	benchmarkMethod(b, l, DawidSkene, ten)
	b.Run("dawid-skene naive twin", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			w := newTwin(l, false)
			for range ten.Iterations {
				w.maximise()
				w.expect()
			}
		}
	})
	benchmarkMethod(b, l, DawidSkeneMAP, Options{})
	benchmarkMethod(b, l, IBCC, Options{})
	benchmarkMethod(b, l, BWA, Options{})
	benchmarkMethod(b, l, OneCoin, ten)
	benchmarkMethod(b, l, Auto, Options{})
}

func BenchmarkHundredThousandLabels(b *testing.B) {
	l := benchmarkLabels(b, "labels_1e5", 1e5)
	benchmarkMethod(b, l, OneCoin, Options{Iterations: 10, Tolerance: -1})
	benchmarkMethod(b, l, DawidSkene, Options{Iterations: 10, Tolerance: -1})
}
