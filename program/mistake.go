package program

import (
	"fmt"
	"strings"
)

// Mistake is one thing that is wrong with a program file.
type Mistake struct {
	Line int    `json:"line"` // from 1; 0 when it is about the whole file
	What string `json:"what"` // the key, what it says and what is allowed
}

// String is the line and what is wrong there.
func (m Mistake) String() string {
	if m.Line == 0 {
		return m.What
	}
	return fmt.Sprintf("line %d: %s", m.Line, m.What)
}

// Error is all that is wrong with a program file.
type Error struct {
	Name     string // of the program, as far as it could be read
	Mistakes []Mistake
}

// Error names the program, if it is known, then every mistake on a line of its own.
func (e *Error) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.String()
	}
	text := strings.Join(lines, "\n")
	if e.Name != "" {
		text = fmt.Sprintf("program %q: %s", e.Name, text)
	}
	return text
}
