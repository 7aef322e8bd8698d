package tabular

import (
	"bufio"
	"fmt"
	"io"
)

// guard bounds the rows of a CSV file: encoding/csv reads a row, and a quoted field
// that is never closed, into memory whatever its length.
type guard struct {
	in     io.Reader
	file   string
	line   int // of the next byte
	start  int // the line on which the row began
	row    int // bytes of the row so far
	quoted bool
}

// Read passes bytes on up to the one that makes a row too long.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	for _, c := range p[:n] {
		if g.row == 0 {
			g.start = g.line
		}
		g.row++
		switch c {
		case '"':
			g.quoted = !g.quoted
		case '\n':
			g.line++
			if !g.quoted {
				g.row = 0
			}
		}
		if g.row > MaxRow {
			what := fmt.Sprintf("the row is longer than %d bytes", MaxRow)
			if g.quoted {
				what += ", or a quote is not closed"
			}
			return 0, &Error{g.file, g.start, what}
		}
	}
	return n, err
}

// skipByteOrderMark passes over the mark that spreadsheets put before UTF-8.
func skipByteOrderMark(in *bufio.Reader) {
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		in.Discard(3)
	}
}
