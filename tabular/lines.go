package tabular

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Lines reads a text line by line.
type Lines struct {
	file string
	in   *bufio.Reader
	most int
	line int
	buf  []byte
}

// NewLines reads lines of at most `most` bytes. file is the name for messages.
func NewLines(in io.Reader, file string, most int) *Lines {
	l := &Lines{file: file, in: bufio.NewReaderSize(in, 1<<16), most: most}
	skipByteOrderMark(l.in)
	return l
}

// Next is the next line, without its end. The slice is used again by the next call.
// The end of the text is io.EOF, and a mistake an *Error.
func (l *Lines) Next() ([]byte, error) {
	l.buf = l.buf[:0]
	l.line++
	for {
		part, err := l.in.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		ended := err == nil
		if err == io.EOF && len(l.buf) > 0 {
			ended = true
		}
		switch {
		case ended:
			return l.whole()
		case len(l.buf) > l.most+2:
			return nil, l.Errorf("it is longer than %d bytes", l.most)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF:
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read %s: %w", l.file, err)
	}
}

func (l *Lines) whole() ([]byte, error) {
	line := l.buf
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	switch {
	case len(line) > l.most:
		return nil, l.Errorf("it is longer than %d bytes", l.most)
	case !utf8.Valid(line):
		return nil, l.Errorf("it is not valid UTF-8")
	}
	return line, nil
}

// Errorf is a mistake in the line that Next gave last.
func (l *Lines) Errorf(format string, args ...any) error {
	return &Error{File: l.file, Line: l.line, What: fmt.Sprintf(format, args...)}
}
