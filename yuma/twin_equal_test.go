package yuma

import (
	"testing"

	"pgregory.net/rapid"
)

// sameAsTwin compares what the chain would see of a result.
func sameAsTwin(out, want *Output) bool {
	seen := *out
	seen.Fixed = Fixed{}
	return sameOutput(&seen, want)
}

func TestEpochEqualsTwin(t *testing.T) {
	var w Workspace
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		if rapid.Bool().Draw(t, "unsorted") {
			for _, rows := range [][]Row{in.Weights, in.Bonds} {
				for i := range rows {
					rows[i] = rapid.Permutation(rows[i]).Draw(t, "row")
				}
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "away") == 0 {
			in.BondsMovingAverage = rapid.OneOf(
				rapid.Uint64Range(fullMovingAverage, MaxBondsMovingAverage),
				rapid.SampledFrom([]uint64{fullMovingAverage + 1, MaxBondsMovingAverage}),
			).Draw(t, "average away")
		}
		out, err := w.Epoch(in)
		if err != nil {
			t.Fatal(err)
		}
		if want := twinEpoch(in); !sameAsTwin(out, want) {
			t.Fatalf("%+v\n got %+v\nwant %+v", in, out, want)
		}
	})
}

// TestLargerEpochsEqualTwin takes subnets whose columns are long enough for every way
// in which medians are found.
func TestLargerEpochsEqualTwin(t *testing.T) {
	for _, validators := range []int{3, 40, 90} {
		for _, yuma3 := range []bool{false, true} {
			for _, penalty := range []uint16{0, 30000, 65535} {
				in := busyInput(90, validators, yuma3)
				in.BondsPenalty = penalty
				in.LiquidAlpha = penalty != 30000
				in.BondsMovingAverage = map[bool]uint64{true: 900_000, false: MaxBondsMovingAverage}[in.LiquidAlpha]
				if out, want := mustEpoch(t, in), twinEpoch(in); !sameAsTwin(out, want) {
					t.Errorf("%d validators, yuma3 %t, penalty %d:\n got %+v\nwant %+v", validators, yuma3, penalty, out, want)
				}
			}
		}
	}
}
