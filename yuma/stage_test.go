package yuma

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// stage is one step of an epoch, as Workspace.Epoch runs them.
type stage struct {
	name string
	run  func(w *Workspace, in *Input)
}

// stages returns the steps of an epoch under the input's rules, with the longer ones
// taken apart.
func stages(in *Input) []stage {
	list := []stage{
		{"check", func(w *Workspace, in *Input) {
			_ = in.validateLists()
			w.resize(in.N)
		}},
		{"stake, permits", func(w *Workspace, in *Input) { w.stakes(in); w.voterStake() }},
		{"rows: check, sum", func(w *Workspace, in *Input) { _ = w.readRows(in) }},
		{"rows: divide, votes", func(w *Workspace, in *Input) { w.loadWeights(in, fromU16(in.Kappa)) }},
		{"columns: medians", func(w *Workspace, in *Input) { w.consensus(fromU16(in.Kappa)) }},
		{"clip, trust, ranks", func(w *Workspace, in *Input) { w.trustAndRanks(in) }},
	}
	if in.Yuma3 {
		list = append(list,
			stage{"bonds: rates, average, sums", func(w *Workspace, in *Input) { w.averageAbsolute(in) }},
			stage{"dividends, stored bonds", func(w *Workspace, _ *Input) {
				w.earnBonds()
				normalise(w.out.Fixed.Dividends, w.income)
			}})
	} else {
		list = append(list,
			stage{"bonds: sums of fresh", func(w *Workspace, in *Input) { w.freshShares(in); w.oldShares(in) }},
			stage{"bonds: shares, average, sums", func(w *Workspace, in *Input) { w.averageShares(in) }},
			stage{"dividends, stored bonds", func(w *Workspace, _ *Input) {
				w.earnShares()
				normalise(w.out.Fixed.Dividends, w.income)
			}})
	}
	return append(list, stage{"emission", func(w *Workspace, in *Input) { w.emission(in); w.quantise() }})
}

// TestStagesAreTheEpoch keeps the list of stages that are timed equal to an epoch.
func TestStagesAreTheEpoch(t *testing.T) {
	for _, yuma3 := range []bool{false, true} {
		in := busyInput(40, 20, yuma3)
		var w Workspace
		for _, s := range stages(in) {
			s.run(&w, in)
		}
		if want := mustEpoch(t, in); !sameOutput(&w.out, want) {
			t.Errorf("yuma3 %t:\n got %+v\nwant %+v", yuma3, w.out, *want)
		}
	}
}

// BenchmarkStages measures every stage of an epoch by itself, per weight: the fastest of
// all epochs, to which others at work on the machine add nothing. Only the stage is
// timed; the ones before it prepare what it reads.
func BenchmarkStages(b *testing.B) {
	forSizes(b, func(b *testing.B, in *Input, weights int) {
		var w Workspace
		list := stages(in)
		fastest := make([]time.Duration, len(list))
		for k := range fastest {
			fastest[k] = math.MaxInt64
		}
		for b.Loop() {
			for k, s := range list {
				start := time.Now()
				s.run(&w, in)
				fastest[k] = min(fastest[k], time.Since(start))
			}
		}
		for k, s := range list {
			b.Logf("%-30s %6.2f ns/weight", s.name, float64(fastest[k].Nanoseconds())/float64(weights))
		}
	})
}

// forSizes runs a benchmark for every size and set of rules.
func forSizes(b *testing.B, run func(b *testing.B, in *Input, weights int)) {
	for _, size := range []struct{ n, validators int }{{256, 64}, {1024, 64}, {1024, 1024}, {4096, 64}} {
		for _, yuma3 := range []bool{false, true} {
			rules := "yuma2"
			if yuma3 {
				rules = "yuma3+liquid"
			}
			b.Run(fmt.Sprintf("n=%d/validators=%d/%s", size.n, size.validators, rules), func(b *testing.B) {
				run(b, busyInput(size.n, size.validators, yuma3), size.validators*(size.n-1))
			})
		}
	}
}
