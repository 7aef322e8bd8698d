package yuma

import (
	"fmt"
	"testing"
)

// TestSteadyStateDoesNotAllocate holds Workspace to its word.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	for _, yuma3 := range []bool{false, true} {
		in := busyInput(64, 16, yuma3)
		var w Workspace
		allocs := testing.AllocsPerRun(3, func() {
			if _, err := w.Epoch(in); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("yuma3 = %t: %v allocations per epoch", yuma3, allocs)
		}
	}
}

// BenchmarkEpoch measures an epoch in a reused workspace, with every validator
// weighting every other neuron.
func BenchmarkEpoch(b *testing.B) {
	for _, size := range []struct{ n, validators int }{{256, 64}, {1024, 64}, {1024, 1024}, {4096, 64}} {
		for _, yuma3 := range []bool{false, true} {
			rules := "yuma2"
			if yuma3 {
				rules = "yuma3+liquid"
			}
			b.Run(fmt.Sprintf("n=%d/validators=%d/%s", size.n, size.validators, rules), func(b *testing.B) {
				in := busyInput(size.n, size.validators, yuma3)
				var w Workspace
				if _, err := w.Epoch(in); err != nil { // grows the workspace
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := w.Epoch(in); err != nil {
						b.Fatal(err)
					}
				}
				weights := size.validators * (size.n - 1)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(weights), "ns/weight")
			})
		}
	}
}
