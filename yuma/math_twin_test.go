package yuma

import "testing"

// TestMathVectorsOfTheTwin runs the cases for steps that the epoch has fused with
// others. The twin has them by themselves, and the epoch equals the twin.
func TestMathVectorsOfTheTwin(t *testing.T) {
	var file struct {
		Cases []struct {
			mathCase
			Eps int64
		}
	}
	decodeFile(t, "math.json", &file)
	run := map[string]func(*testing.T, mathCase, int64){
		"normalize":        checkTwinRow,
		"weighted_median":  checkTwinMedian,
		"row_normalize":    checkTwinRows,
		"col_normalize":    checkTwinRows,
		"col_max_upscale":  checkTwinRows,
		"col_clip":         checkTwinRows,
		"row_scale":        checkTwinRows,
		"mask_diag":        checkTwinRows,
		"interpolate":      checkTwinRows,
		"weighted_col_sum": checkTwinSums,
		"row_dot":          checkTwinSums,
	}
	ran := 0
	for _, c := range file.Cases {
		if check := run[c.Fn]; check != nil {
			check(t, c.mathCase, c.Eps)
			ran++
		}
	}
	if ran != 41 {
		t.Errorf("%d cases, want 41", ran)
	}
}

// mathRows are the arguments of the cases that work on rows.
type mathRows struct {
	Rows, A, B [][][2]int64
	V, Limit   []int64
	Columns    int
	Ratio      int64
	Except     *int
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

func checkTwinRow(t *testing.T, c mathCase, eps int64) {
	var args struct{ V []int64 }
	var want []int64
	decodeCase(t, c, &args, &want)
	for i, got := range twinDivide(args.V, twinSum(args.V)) {
		if !near(got, want[i], eps) {
			t.Errorf("%s: element %d is %d, want %d", c.Test, i, got, want[i])
		}
	}
}

func checkTwinMedian(t *testing.T, c mathCase, _ int64) {
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

func checkTwinRows(t *testing.T, c mathCase, eps int64) {
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
	case "mask_diag":
		got = twinMap(rows, func(i int, x twinCell) (int64, bool) {
			return x.v, x.j != i || args.Except != nil && *args.Except == i
		})
	case "interpolate":
		got = twinInterpolated(args)
	}
	want2 := twinRows(want)
	for i := range want2 {
		if len(got[i]) != len(want2[i]) {
			t.Errorf("%s %s: row %d is %v, want %v", c.Fn, c.Test, i, got[i], want2[i])
			continue
		}
		for k, x := range got[i] {
			if x.j != want2[i][k].j || !near(x.v, want2[i][k].v, eps) {
				t.Errorf("%s %s: row %d is %v, want %v", c.Fn, c.Test, i, got[i], want2[i])
			}
		}
	}
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

func checkTwinSums(t *testing.T, c mathCase, eps int64) {
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
		if !near(got[i], want[i], eps) {
			t.Errorf("%s %s: %d, want %d", c.Fn, c.Test, got, want)
			return
		}
	}
}
