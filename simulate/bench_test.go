package simulate

import (
	"context"
	"testing"
)

type deaf struct{}

func (deaf) Epoch(Report)     {}
func (deaf) Decided(Decision) {}

func BenchmarkEpochs(b *testing.B) {
	sc := Defaults()
	sc.Epochs = 30
	sc.Validators[0].Count = 1
	sc.Miners[0].Count = 16
	for b.Loop() {
		if err := Run(context.Background(), sc, 0, deaf{}, Options{Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
