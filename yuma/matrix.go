package yuma

import "slices"

// cell is an entry of a sparse matrix of fixed-point numbers: its column in the
// upper 16 bits, the value below. Cells of a row thus sort by column as plain
// integers.
type cell uint64

const (
	valueBits = 48
	valueMask = 1<<valueBits - 1
)

func newCell(column int, value uint64) cell { return cell(uint64(column)<<valueBits | value) }

func (c cell) column() int   { return int(c >> valueBits) }
func (c cell) value() uint64 { return uint64(c) & valueMask }

// with returns the cell of the same column with another value.
func (c cell) with(value uint64) cell { return c&^valueMask | cell(value) }

// matrix holds sparse rows in one slice: row i is cells[begin[i]:end[i]]. Rows
// can shrink in place.
type matrix struct {
	begin, end []int
	cells      []cell
}

// reset makes the matrix empty, ready for n rows with a number of cells in total to
// be appended.
func (m *matrix) reset(n, cells int) {
	m.begin, m.end = slices.Grow(m.begin[:0], n), slices.Grow(m.end[:0], n)
	m.cells = slices.Grow(m.cells[:0], cells)
}

// closeRow makes the cells appended since the last call the next row.
func (m *matrix) closeRow() {
	start := 0
	if len(m.end) > 0 {
		start = m.end[len(m.end)-1]
	}
	m.begin, m.end = append(m.begin, start), append(m.end, len(m.cells))
}

// spare returns room for a number of cells after the last row.
func (m *matrix) spare(cells int) []cell {
	m.cells = slices.Grow(m.cells, cells)
	return m.cells[len(m.cells) : len(m.cells)+cells]
}

// take makes the first n cells of what spare returned the next row.
func (m *matrix) take(n int) {
	m.cells = m.cells[:len(m.cells)+n]
	m.closeRow()
}

func (m *matrix) rows() int        { return len(m.end) }
func (m *matrix) row(i int) []cell { return m.cells[m.begin[i]:m.end[i]] }

// shrink keeps only the first n cells of row i.
func (m *matrix) shrink(i, n int) { m.end[i] = m.begin[i] + n }
