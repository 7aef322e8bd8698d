package yuma

import "slices"

// Rows of the twin: plain slices, each step a function from rows to rows.

type twinCell struct {
	j int
	v int64
}

// twinDivide divides values by a divisor, unless that is 0.
func twinDivide(values []int64, by int64) []int64 {
	out := slices.Clone(values)
	for i := range out {
		if by != 0 {
			out[i] = divSigned(out[i], by)
		}
	}
	return out
}

func twinSum(values []int64) int64 {
	var s int64
	for _, v := range values {
		s += v
	}
	return s
}

// twinColumns divides the cells of each column by what f makes of it.
func twinColumns(rows [][]twinCell, n int, f func(a, b int64) int64) [][]twinCell {
	by := make([]int64, n)
	for _, row := range rows {
		for _, c := range row {
			if c.j < n {
				by[c.j] = f(by[c.j], c.v)
			}
		}
	}
	return twinMap(rows, func(_ int, c twinCell) (int64, bool) {
		if c.j < n && by[c.j] != 0 {
			return divSigned(c.v, by[c.j]), true
		}
		return c.v, true
	})
}

func add(a, b int64) int64 { return a + b }

// twinMap gives every cell a new value, or drops it.
func twinMap(rows [][]twinCell, f func(i int, c twinCell) (int64, bool)) [][]twinCell {
	out := make([][]twinCell, len(rows))
	for i, row := range rows {
		for _, c := range row {
			if v, ok := f(i, c); ok {
				out[i] = append(out[i], twinCell{c.j, v})
			}
		}
	}
	return out
}

func twinAt(row []twinCell, j int) int64 {
	for _, c := range row {
		if c.j == j {
			return c.v
		}
	}
	return 0
}

// twinSeen is twinAt for a reader that expects ascending columns.
func twinSeen(row []twinCell, j int) int64 {
	top := -1
	for _, c := range row {
		if c.j > top {
			if top = c.j; c.j == j {
				return c.v
			}
		}
	}
	return 0
}

// twinUnion computes, for every column that either row has, in ascending order, what
// f makes of both, and keeps what is positive.
func twinUnion(a, b [][]twinCell, n int, f func(x, y int64) int64) [][]twinCell {
	out := make([][]twinCell, n)
	for i := range n {
		for j := range n {
			if v := f(twinAt(a[i], j), twinAt(b[i], j)); v > 0 {
				out[i] = append(out[i], twinCell{j, v})
			}
		}
	}
	return out
}

// twinAverage is the moving average in which every cell of the fresh rows has a rate of
// its own.
func twinAverage(fresh, old [][]twinCell, rate func(i int, c twinCell) int64) [][]twinCell {
	return twinMap(fresh, func(i int, c twinCell) (int64, bool) {
		r := rate(i, c)
		v := min(one, mulSigned(one-r, twinAt(old[i], c.j))+max(0, mulSigned(r, c.v)))
		return v, v > 0
	})
}
