// Package tabular reads the files that people hand to the lab: CSV with a header,
// and plain lines.
//
// Columns are found by their names in the header, in any order, and others are
// ignored. Reading is strict where a guess could change a result: a row with a
// missing or a superfluous field, an empty cell, a bare quote or bytes that are not
// UTF-8 end it, with the file, the line and what was expected. One row is held at a
// time, and a row is bounded, so memory does not grow with the file.
package tabular

import "fmt"

// MaxRow bounds one row of CSV, in bytes.
const MaxRow = 1 << 20

// Error is a mistake in a file.
type Error struct {
	File string
	Line int // from 1; 0 when it is about the whole file
	What string
}

// Error names the place and what is wrong there.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.What)
	}
	return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.What)
}
