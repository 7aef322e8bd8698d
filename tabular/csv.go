package tabular

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Reader reads the wanted columns of a CSV file, row by row.
type Reader struct {
	file    string
	in      *csv.Reader
	columns []string // wanted, required ones first
	needed  int      // how many are required
	at      []int    // where each stands in a row, −1 when it is not there
	row     []string
	line    int
}

// NewReader reads the header. Each required column must be in it once, an optional
// one may be. file is the name for messages.
func NewReader(in io.Reader, file string, required, optional []string) (*Reader, error) {
	buffered := bufio.NewReaderSize(in, 1<<16)
	skipByteOrderMark(buffered)
	r := &Reader{file: file, in: csv.NewReader(&guard{in: buffered, file: file, line: 1}), columns: slices.Concat(required, optional), needed: len(required)}
	r.in.ReuseRecord = true
	header, err := r.in.Read()
	if errors.Is(err, io.EOF) {
		return nil, &Error{File: file, What: fmt.Sprintf("it is empty, want a header with the columns %s", strings.Join(required, ", "))}
	}
	if err != nil {
		return nil, r.wrong(err)
	}
	r.line = 1
	for i, c := range r.columns {
		at, err := r.find(header, c)
		if err != nil {
			return nil, err
		}
		if at < 0 && i < r.needed {
			return nil, r.Errorf("there is no column %q among %s; the first line must name the columns %s%s", c, quoted(header), strings.Join(required, ", "), separatorHint(header))
		}
		r.at = append(r.at, at)
	}
	r.row = make([]string, len(r.columns))
	return r, nil
}

func (r *Reader) find(header []string, column string) (int, error) {
	at := -1
	for i, h := range header {
		if !strings.EqualFold(strings.TrimSpace(h), column) {
			continue
		}
		if at >= 0 {
			return 0, r.Errorf("the column %q stands there twice", column)
		}
		at = i
	}
	return at, nil
}

// Next is the next row: the wanted columns in the order in which they were named, ""
// for an optional one that is not there. The slice is used again by the next call;
// its strings may be kept, but hold their whole row in memory: see Names. The end is
// io.EOF, and a mistake an *Error.
func (r *Reader) Next() ([]string, error) {
	fields, err := r.in.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, r.wrong(err)
	}
	r.line, _ = r.in.FieldPos(0)
	for i, at := range r.at {
		if at < 0 {
			continue
		}
		field := fields[at]
		switch {
		case field == "" && i < r.needed:
			return nil, r.Errorf("column %q is empty", r.columns[i])
		case !utf8.ValidString(field):
			return nil, r.Errorf("column %q is not valid UTF-8: %q", r.columns[i], shorten(field))
		}
		r.row[i] = field
	}
	return r.row, nil
}

// Line is the line of the row that Next gave last, counted from 1.
func (r *Reader) Line() int { return r.line }

// Errorf is a mistake in the row that Next gave last.
func (r *Reader) Errorf(format string, args ...any) error {
	return &Error{File: r.file, Line: r.line, What: fmt.Sprintf(format, args...)}
}

// wrong puts what the CSV reader found into words.
func (r *Reader) wrong(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return fmt.Errorf("read %s: %w", r.file, err)
	}
	switch {
	case errors.Is(p.Err, csv.ErrFieldCount):
		return &Error{r.file, p.Line, "it does not have as many fields as the header"}
	case errors.Is(p.Err, csv.ErrQuote):
		return &Error{r.file, p.StartLine, `a quoted field is not closed, or is followed by more than a comma; within quotes, a quote is written ""`}
	case errors.Is(p.Err, csv.ErrBareQuote):
		return &Error{r.file, p.Line, `a quote stands inside a field that is not quoted; write "…" around the field, and "" for a quote in it`}
	}
	return &Error{r.file, p.Line, p.Err.Error()}
}

func quoted(header []string) string {
	var out []string
	for _, h := range header[:min(len(header), 20)] {
		out = append(out, fmt.Sprintf("%q", shorten(h)))
	}
	return strings.Join(out, ", ")
}

// separatorHint helps who has a file with another separator.
func separatorHint(header []string) string {
	if len(header) != 1 {
		return ""
	}
	for _, s := range []struct{ mark, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if strings.Contains(header[0], s.mark) {
			return fmt.Sprintf("; it seems to be separated by %s, want commas", s.name)
		}
	}
	return ""
}

func shorten(s string) string {
	if len(s) <= 60 {
		return s
	}
	return s[:60] + "…"
}
