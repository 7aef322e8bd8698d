package yuma

import (
	"encoding/json"
	"slices"
	"testing"
)

// checkMasks lets the epoch mask the weights of a small subnet. What the runtime's
// functions take as masks is expressed in what masks weights: permits, being one's own
// target, and blocks. Every value is a whole number.
func checkMasks(t *testing.T, c mathCase) {
	var args struct {
		Rows          [][][2]uint64
		Mask          []bool
		Except        *uint16
		First, Second []uint64
	}
	var want [][][2]uint64
	decodeCase(t, c, &args, &want)
	n := len(args.Rows)
	in := Input{
		N:                   2*n + 1,
		BlockAtRegistration: make([]uint64, 2*n+1),
		ValidatorPermits:    make([]bool, 2*n+1),
		LastUpdate:          make([]uint64, 2*n+1),
		Weights:             make([]Row, 2*n+1),
		OwnerUID:            args.Except,
	}
	// Rows belong to uids that no column belongs to, unless equality is what masks.
	row := func(i int) int { return n + 1 + i }
	if c.Fn == "mask_diag" {
		row = func(i int) int { return i }
	}
	if c.Fn == "mask_cells_eq" {
		if !slices.Equal(args.First, []uint64{1, 2, 3}) || !slices.Equal(args.Second, args.First) {
			t.Fatalf("%s: only equal and ascending numbers can be uids", c.Test)
		}
		row = func(i int) int { return i }
	}
	for i, cells := range args.Rows {
		uid := row(i)
		in.ValidatorPermits[uid] = len(args.Mask) == 0 || !args.Mask[i]
		in.LastUpdate[uid] = 1
		if c.Fn == "mask_cells_lt" { // masked are updates before the registration, or in its block
			in.LastUpdate[uid] = args.First[i] + 1
			copy(in.BlockAtRegistration, args.Second)
		}
		in.Weights[uid] = wholeRow(t, cells)
	}
	w := Workspace{newest: slices.Max(in.BlockAtRegistration), weightsUnsorted: make([]bool, in.N)}
	for i := range want {
		if got := w.validRow(&in, row(i)); !slices.Equal(got, wholeRow(t, want[i])) {
			t.Errorf("%s %s: row %d is %v, want %v", c.Fn, c.Test, i, got, want[i])
		}
	}
}

// wholeRow makes a row of cells that hold whole numbers.
func wholeRow(t *testing.T, cells [][2]uint64) Row {
	var row Row
	for _, c := range cells {
		if c[1]%one != 0 || c[1]>>32 > maxU16 {
			t.Fatalf("%d is not a whole number of 16 bits", c[1])
		}
		row = append(row, Cell{Column: uint16(c[0]), Value: uint16(c[1] >> 32)})
	}
	return row
}

// checkStakeMask masks a vector as stake by activity, which goes on to divide it by
// its sum. The values are brought below 1.0 for that.
func checkStakeMask(t *testing.T, c mathCase) {
	var args struct {
		Mask []bool
		V    []uint64
	}
	var want []uint64
	decodeCase(t, c, &args, &want)
	var w Workspace
	w.resize(len(args.V))
	w.out.Active = make([]bool, len(args.V))
	for i, v := range args.V {
		w.out.Fixed.Stake[i], want[i] = v/4, want[i]/4
		w.out.Active[i] = !args.Mask[i]
	}
	w.maskStake(&Input{})
	normalise(want, want)
	if got := w.out.Fixed.ActiveStake; !slices.Equal(got, want) {
		t.Errorf("%v without %v: %d, want %d", args.V, args.Mask, got, want)
	}
}

// checkFlatLiquid compares bonds with liquid alpha, whose rates are all the same here,
// with those of one fixed rate. The old bonds are rounded to what can be stored.
func checkFlatLiquid(t *testing.T, c mathCase) {
	var args struct {
		Weights, Bonds [][]uint64
		Consensus      []uint64
		Low            uint16 `json:"alpha_low"`
		High           uint16 `json:"alpha_high"`
		Average        uint64 `json:"bonds_moving_average"`
	}
	decodeCase(t, c, &args, new(json.RawMessage))
	in := Defaults()
	in.N, in.AlphaLow, in.AlphaHigh, in.BondsMovingAverage = len(args.Consensus), args.Low, args.High, args.Average
	in.Block, in.BlockAtRegistration = 1000, make([]uint64, in.N)
	var w Workspace
	w.resize(in.N)
	w.weights.reset(in.N, 0)
	clear(w.weightsUnsorted)
	clear(w.bondsUnsorted)
	copy(w.out.Fixed.Consensus, args.Consensus)
	for i, weights := range args.Weights {
		var bonds Row
		for j, v := range weights {
			w.weights.cells = append(w.weights.cells, newCell(j, v))
			bonds = append(bonds, Cell{Column: uint16(j), Value: toU16(args.Bonds[i][j])})
		}
		w.weights.closeRow()
		in.Bonds = append(in.Bonds, bonds)
	}
	w.averageLiquid(&in)
	liquid := slices.Clone(w.next.cells)
	w.averageBonds(&in)
	if len(liquid) != len(w.next.cells) || len(liquid) == 0 {
		t.Fatalf("%s: %d bonds with liquid alpha, %d without", c.Test, len(liquid), len(w.next.cells))
	}
	for k, fixed := range w.next.cells {
		if liquid[k].column() != fixed.column() || !near(int64(liquid[k].value()), int64(fixed.value()), c.Eps) {
			t.Errorf("%s: %v with liquid alpha, %v without", c.Test, liquid[k], fixed)
		}
	}
}
