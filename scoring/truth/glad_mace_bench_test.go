package truth

import (
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// Generated labels as those of the reference's generator, by another source of randomness.
func generatedLabels(b *testing.B, observations int) *Labels {
	b.Helper()
	const classes, each = 4, 5
	random := kernel.NewRandom(1)
	tasks, workers := observations/each, max(20, observations/200)
	accuracy := make([]float64, workers)
	for w := range accuracy {
		accuracy[w] = kernel.BetaQuantile(8, 3, random.Float64())
	}
	var task, worker, class []int32
	for t := range int32(tasks) {
		y := random.Intn(classes)
		for range each {
			w, x := random.Intn(workers), y
			if random.Float64() >= accuracy[w] {
				x = (y + 1 + random.Intn(classes-1)) % classes
			}
			task, worker, class = append(task, t), append(worker, int32(w)), append(class, int32(x))
		}
	}
	return mustLabels(b, tasks, workers, classes, task, worker, class)
}

func BenchmarkGLAD(b *testing.B) {
	l := generatedLabels(b, 100_000)
	b.Run("ours to convergence", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Infer(l, GLAD, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("twin, one evaluation of the log-posterior", func(b *testing.B) {
		g := newGLAD(l, Options{})
		b.ReportAllocs()
		for b.Loop() {
			gladTwin(l, g.ability, g.ease)
		}
	})
}

func BenchmarkMACE(b *testing.B) {
	l := generatedLabels(b, 100_000)
	twin := &maceTwin{tasks: l.tasks, workers: l.workers, labels: l.classes}
	for t := range l.tasks {
		workers, classes := l.row(t)
		for i, w := range workers {
			twin.task, twin.worker, twin.label = append(twin.task, t), append(twin.worker, int(w)), append(twin.label, int(classes[i]))
		}
	}
	b.Run("ours, 50 passes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := newMACE(l, Options{})
			m.startFromShares()
			m.run(&Result{}, Options{Iterations: 50, Tolerance: -1})
		}
	})
	b.Run("twin, 50 passes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			twin.start()
			twin.run(50)
		}
	})
	b.Run("ours, ten starts to convergence", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Infer(l, MACE, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
