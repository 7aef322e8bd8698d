package program

import (
	"fmt"
	"strings"

	"github.com/assaynet/assay/yamlfile"
)

// Mistake is one thing that is wrong with a program file.
type Mistake = yamlfile.Mistake

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
