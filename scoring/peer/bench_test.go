package peer

import (
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// A million reports: 200,000 tasks with 5 each by 5,000 workers, 4 classes; and a dense
// set, where pairs share many tasks.
func BenchmarkMillionReports(b *testing.B) {
	w := world{tasks: 200_000, workers: 5000, classes: 4}
	random := kernel.NewRandom(1)
	for t := range w.tasks {
		truth := random.Intn(4)
		for range 5 {
			label := truth
			if random.Float64() > .73 {
				label = random.Intn(4)
			}
			w.task, w.worker, w.label = append(w.task, int32(t)), append(w.worker, int32(random.Intn(5000))), append(w.label, int32(label))
		}
	}
	benchmark(b, w)
}

func BenchmarkDense(b *testing.B) {
	benchmark(b, population{tasks: 1000, workers: 80, classes: 2, voters: 20}.draw(kernel.NewRandom(1)))
}

func benchmark(b *testing.B, w world) {
	r := w.reports(b)
	b.Run("gather", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.reports(b)
		}
	})
	for _, rule := range rules {
		b.Run(rule.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rule.run(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("pairs", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ExcessAgreement(r, 20); err != nil {
				b.Fatal(err)
			}
		}
	})
	if len(w.task) > 20_000 {
		return // the twins go over all reports for each of them
	}
	b.Run("serum twin", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			twinSerum(w, 1)
		}
	})
}
