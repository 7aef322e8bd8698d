package yuma

import "testing"

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
	forSizes(b, func(b *testing.B, in *Input, weights int) {
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
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(weights), "ns/weight")
	})
}
