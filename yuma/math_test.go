package yuma

import (
	"encoding/json"
	"slices"
	"testing"
)

// mathCase is one case of the runtime's tests of single functions.
type mathCase struct {
	Fn, Test     string
	Args, Expect json.RawMessage
	Eps          int64 // how far results may be off, in units of 2^-32
}

// TestMathVectors runs all of the runtime's tests of single functions. Where a function
// exists here on its own, or a stage of the epoch can be made to do just that, the case
// runs on it, and to the bit. Steps that the epoch fuses with others run on the twin,
// which has them by themselves and which the epoch equals. What the epoch has no use
// for is put together from the package's products and quotients.
func TestMathVectors(t *testing.T) {
	var file struct{ Cases []mathCase }
	decodeFile(t, "math.json", &file)
	if len(file.Cases) != 131 {
		t.Errorf("%d cases, want 131", len(file.Cases))
	}
	run := map[string]func(*testing.T, mathCase){
		"max_upscale_u16":       checkMaxUpscale,
		"topk":                  checkKeepLargest,
		"weighted_median_col":   checkMedianColumns,
		"ema_alpha_from_bma":    checkAverageRate,
		"u64_share_to_fx":       checkStakeShare,
		"mask_rows":             checkMasks,
		"mask_diag":             checkMasks,
		"mask_cells_eq":         checkMasks,
		"mask_cells_lt":         checkMasks,
		"mask_vector":           checkStakeMask,
		"liquid_vs_fixed_alpha": checkFlatLiquid,
		"normalize":             checkTwinVector,
		"weighted_median":       checkTwinMedian,
		"row_normalize":         checkTwinRows,
		"col_normalize":         checkTwinRows,
		"col_max_upscale":       checkTwinRows,
		"col_clip":              checkTwinRows,
		"row_scale":             checkTwinRows,
		"interpolate":           checkTwinRows,
		"ema_cells_sparse":      checkTwinRows,
		"ema_cells_dense":       checkDenseAverage,
		"weighted_col_sum":      checkTwinSums,
		"row_dot":               checkTwinSums,
		"max_upscale_fx_to_u16": checkFixedUpscale,
		"vec_max_limited":       checkLargestShare,
	}
	for _, c := range file.Cases {
		if check := run[c.Fn]; check != nil {
			check(t, c)
		} else {
			t.Errorf("%s: no check for %s", c.Test, c.Fn)
		}
	}
}

// decodeCase decodes a case's arguments and result.
func decodeCase(t *testing.T, c mathCase, args, want any) {
	t.Helper()
	if err := json.Unmarshal(c.Args, args); err != nil {
		t.Fatalf("%s: %v", c.Test, err)
	}
	if err := json.Unmarshal(c.Expect, want); err != nil {
		t.Fatalf("%s: %v", c.Test, err)
	}
}

func checkMaxUpscale(t *testing.T, c mathCase) {
	var args struct{ V []uint16 }
	var want []uint16
	decodeCase(t, c, &args, &want)
	if got := MaxUpscale(args.V); !slices.Equal(got, want) {
		t.Errorf("MaxUpscale(%v) = %v, want %v", args.V, got, want)
	}
}

func checkKeepLargest(t *testing.T, c mathCase) {
	var args struct {
		V []uint64
		K int
	}
	var want []bool
	decodeCase(t, c, &args, &want)
	keep := make([]bool, len(args.V))
	keepLargest(keep, args.V, args.K, make([]uint64, len(args.V)))
	if !slices.Equal(keep, want) {
		t.Errorf("largest %d of %v: %v, want %v", args.K, args.V, keep, want)
	}
}

func checkMedianColumns(t *testing.T, c mathCase) {
	var args struct {
		Stake    []uint64
		Rows     [][][2]uint64
		Columns  int
		Majority uint64
	}
	var want []uint64
	decodeCase(t, c, &args, &want)
	var w Workspace
	w.resize(max(args.Columns, len(args.Rows)))
	w.weights.reset(len(args.Rows), 0)
	for _, row := range args.Rows {
		for _, cell := range row {
			w.weights.cells = append(w.weights.cells, newCell(int(cell[0]), cell[1]))
		}
		w.weights.closeRow()
	}
	clear(w.out.Fixed.ActiveStake)
	copy(w.out.Fixed.ActiveStake, args.Stake)
	for w.weights.rows() < len(w.out.Fixed.ActiveStake) {
		w.weights.closeRow()
	}
	w.vote(args.Majority)
	if got := w.out.Fixed.Consensus[:args.Columns]; !slices.Equal(got, want) {
		t.Errorf("medians of %+v: %v, want %v", args, got, want)
	}
}

func checkAverageRate(t *testing.T, c mathCase) {
	var args struct {
		Average uint64 `json:"bonds_moving_average"`
	}
	var want uint64
	decodeCase(t, c, &args, &want)
	average := newBlend(args.Average)
	if got := average.rate.times(one); got != want {
		t.Errorf("rate for %d = %d, want %d", args.Average, got, want)
	}
}

func checkStakeShare(t *testing.T, c mathCase) {
	var args struct{ A, Total uint64 }
	var want uint64
	decodeCase(t, c, &args, &want)
	stake := func(rao uint64) wide { return wide{rao >> 32, rao << 32} }
	if got := stake(args.A).over(stake(args.Total)); got != want {
		t.Errorf("%d of %d = %d, want %d", args.A, args.Total, got, want)
	}
}

// checkFixedUpscale is MaxUpscale for values that are no integers, which an epoch never
// has: products and quotients are tested here.
func checkFixedUpscale(t *testing.T, c mathCase) {
	var args struct{ V []int64 }
	var want []uint16
	decodeCase(t, c, &args, &want)
	largest := slices.Max(append(args.V, 0))
	factor := divSigned(maxU16*one, largest)
	for i, v := range args.V {
		x := mulSigned(v, factor)
		if largest <= 1<<15*one {
			x = divSigned(mulSigned(v, maxU16*one), largest)
		}
		if got := min((x+one/2)>>32, maxU16); got != int64(want[i]) {
			t.Errorf("%v scaled up: element %d is %d, want %d", args.V, i, got, want[i])
		}
	}
}

// checkLargestShare is a check of submitted weights that nothing can fail any more, so
// that there is none here: it tests quotients.
func checkLargestShare(t *testing.T, c mathCase) {
	var args struct {
		V     []uint64
		Limit uint16
	}
	var want bool
	decodeCase(t, c, &args, &want)
	var sum, largest uint64
	for _, v := range args.V {
		sum += v << 32
		largest = max(largest, v<<32)
	}
	if got := quo(largest, sum) <= fromU16(args.Limit); got != want {
		t.Errorf("largest share of %v within %d: %t, want %t", args.V, args.Limit, got, want)
	}
}
