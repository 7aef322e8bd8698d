package yuma

import (
	"slices"
	"testing"
)

// mathRows are the arguments of the cases that work on rows.
type mathRows struct {
	Rows, A, B, Old, New [][][2]int64
	V, Limit             []int64
	Alpha                [][]int64
	Columns              int
	Ratio                int64
}

func twinRows(rows [][][2]int64) [][]twinCell {
	out := make([][]twinCell, len(rows))
	for i, row := range rows {
		for _, c := range row {
			out[i] = append(out[i], twinCell{int(c[0]), c[1]})
		}
	}
	return out
}

func near(got, want, eps int64) bool { return max(got-want, want-got) <= eps }

func checkTwinVector(t *testing.T, c mathCase) {
	var args struct{ V []int64 }
	var want []int64
	decodeCase(t, c, &args, &want)
	for i, got := range twinDivide(args.V, twinSum(args.V)) {
		if !near(got, want[i], c.Eps) {
			t.Errorf("%s: element %d is %d, want %d", c.Test, i, got, want[i])
		}
	}
}

func checkTwinMedian(t *testing.T, c mathCase) {
	var args struct {
		Stake, Score    []uint64
		Minority, Total int64
	}
	var want uint64
	decodeCase(t, c, &args, &want)
	if got := slowMedian(args.Stake, args.Score, uint64(twinTotal(args.Stake)-args.Minority)); got != want {
		t.Errorf("%s: median of %+v is %d, want %d", c.Test, args, got, want)
	}
}

func twinTotal(stake []uint64) (total int64) {
	for _, s := range stake {
		total += int64(s)
	}
	return total
}

func checkTwinRows(t *testing.T, c mathCase) {
	var args mathRows
	var want [][][2]int64
	decodeCase(t, c, &args, &want)
	got, rows := twinRows(args.Rows), twinRows(args.Rows)
	switch c.Fn {
	case "row_normalize":
		for _, row := range got {
			var sum int64
			for _, x := range row {
				sum += x.v
			}
			for k := range row {
				row[k].v = twinDivide([]int64{row[k].v}, sum)[0]
			}
		}
	case "col_normalize":
		got = twinColumns(rows, 1<<16, add)
	case "col_max_upscale":
		got = twinColumns(rows, 1<<16, func(a, b int64) int64 { return max(a, b) })
	case "col_clip":
		got = twinMap(rows, func(_ int, x twinCell) (int64, bool) {
			limit := args.Limit[x.j]
			return min(x.v, limit), x.v <= limit || limit > 0
		})
	case "row_scale":
		got = twinMap(rows, func(i int, x twinCell) (int64, bool) { return mulSigned(x.v, args.V[i]), true })
	case "ema_cells_sparse":
		got = twinAverage(twinRows(args.New), twinRows(args.Old), func(i int, x twinCell) int64 { return args.Alpha[i][x.j] })
	case "interpolate":
		got = twinInterpolated(args)
	}
	compareRows(t, c, got, twinRows(want))
}

// compareRows reports rows with other columns, or with values that are off by more than
// the case allows.
func compareRows(t *testing.T, c mathCase, got, want [][]twinCell) {
	t.Helper()
	for i := range want {
		if !slices.EqualFunc(got[i], want[i], func(a, b twinCell) bool { return a.j == b.j && near(a.v, b.v, c.Eps) }) {
			t.Errorf("%s %s: row %d is %v, want %v", c.Fn, c.Test, i, got[i], want[i])
		}
	}
}

// checkDenseAverage runs full matrices as sparse ones in which every cell is present.
func checkDenseAverage(t *testing.T, c mathCase) {
	var args struct{ New, Old, Alpha [][]int64 }
	var want [][]int64
	decodeCase(t, c, &args, &want)
	full := func(rows [][]int64) [][]twinCell {
		out := make([][]twinCell, len(rows))
		for i, row := range rows {
			for j, v := range row {
				out[i] = append(out[i], twinCell{j, v})
			}
		}
		return out
	}
	got := twinAverage(full(args.New), full(args.Old), func(i int, x twinCell) int64 { return args.Alpha[i][x.j] })
	compareRows(t, c, got, full(want))
}

func twinInterpolated(args mathRows) [][]twinCell {
	a, b := twinRows(args.A), twinRows(args.B)
	switch args.Ratio {
	case 0:
		return a
	case one:
		return b
	}
	for max(len(a), args.Columns) > len(a) {
		a, b = append(a, nil), append(b, nil)
	}
	return twinUnion(a, b, len(a), func(w, x int64) int64 { return w + mulSigned(args.Ratio, x-w) })
}

func checkTwinSums(t *testing.T, c mathCase) {
	var args mathRows
	var want []int64
	decodeCase(t, c, &args, &want)
	got := make([]int64, len(want))
	for i, row := range twinRows(args.Rows) {
		for _, x := range row {
			if c.Fn == "row_dot" {
				got[i] += mulSigned(args.V[x.j], x.v)
			} else {
				got[x.j] += mulSigned(args.V[i], x.v)
			}
		}
	}
	for i := range want {
		if !near(got[i], want[i], c.Eps) {
			t.Errorf("%s %s: %d, want %d", c.Fn, c.Test, got, want)
			return
		}
	}
}
