package yamlfile

import (
	"fmt"
	"strings"
)

// Mistake is one thing that is wrong with a file.
type Mistake struct {
	Line   int    `json:"line"` // from 1; 0 when it is about the whole file
	Column int    `json:"column"`
	What   string `json:"what"` // the key, what it says and what is allowed
}

// String is the place and what is wrong there.
func (m Mistake) String() string {
	if m.Line == 0 {
		return m.What
	}
	return fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, m.What)
}

// Error is all that is wrong with a file.
type Error struct {
	What     string // the kind of file
	Mistakes []Mistake
}

// Error is every mistake on a line of its own.
func (e *Error) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.String()
	}
	return e.What + ": " + strings.Join(lines, "\n")
}
