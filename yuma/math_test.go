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
}

// TestMathVectors runs the cases for those functions that exist here on their
// own. The others are steps fused into larger ones, which only whole epochs can
// show. No case here needs the tolerance that the runtime's tests allow.
func TestMathVectors(t *testing.T) {
	var file struct{ Cases []mathCase }
	decodeFile(t, "math.json", &file)
	run := map[string]func(*testing.T, mathCase){
		"max_upscale_u16":     checkMaxUpscale,
		"topk":                checkKeepLargest,
		"weighted_median_col": checkMedianColumns,
		"ema_alpha_from_bma":  checkAverageRate,
		"u64_share_to_fx":     checkStakeShare,
	}
	ran := map[string]int{}
	for _, c := range file.Cases {
		if check := run[c.Fn]; check != nil {
			check(t, c)
			ran[c.Fn]++
		}
	}
	for fn := range run {
		if ran[fn] == 0 {
			t.Errorf("no cases for %s", fn)
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
