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

// reset makes the matrix empty, ready for n rows to be appended.
func (m *matrix) reset(n int) {
	m.begin, m.end, m.cells = m.begin[:0], m.end[:0], m.cells[:0]
	m.begin, m.end = slices.Grow(m.begin, n), slices.Grow(m.end, n)
}

// reserve makes room for a number of cells in total.
func (m *matrix) reserve(cells int) { m.cells = slices.Grow(m.cells, cells-len(m.cells)) }

// closeRow makes the cells appended since the last call the next row.
func (m *matrix) closeRow() {
	start := 0
	if len(m.end) > 0 {
		start = m.end[len(m.end)-1]
	}
	m.begin, m.end = append(m.begin, start), append(m.end, len(m.cells))
}

func (m *matrix) rows() int        { return len(m.end) }
func (m *matrix) row(i int) []cell { return m.cells[m.begin[i]:m.end[i]] }

// shrink keeps only the first n cells of row i.
func (m *matrix) shrink(i, n int) { m.end[i] = m.begin[i] + n }

// sortRow puts row i in ascending order of columns and returns it.
func (m *matrix) sortRow(i int) []cell {
	row := m.row(i)
	if !slices.IsSorted(row) {
		slices.Sort(row)
	}
	return row
}

// columnSums adds up every column into sums, which has one element for each
// column that occurs.
func (m *matrix) columnSums(sums []uint64) {
	clear(sums)
	for i := range m.rows() {
		for _, c := range m.row(i) {
			sums[c.column()] += c.value()
		}
	}
}

// divideColumns divides every cell by the divisor of its column.
func (m *matrix) divideColumns(by []divisor) {
	for i := range m.rows() {
		row := m.row(i)
		for k, c := range row {
			row[k] = c.with(by[c.column()].into(c.value()))
		}
	}
}

// divisors prepares division by each element of sums, in dst.
func divisors(dst []divisor, sums []uint64) {
	for j, s := range sums {
		dst[j] = newDivisor(s)
	}
}
