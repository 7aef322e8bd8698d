package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with the settings.
type Problem struct {
	Where string // file:line:column, a flag or an environment variable
	Text  string // what is wrong there and what is allowed

	line, column int // in the file, for the order
}

// String is the place followed by the text.
func (p Problem) String() string { return p.Where + ": " + p.Text }

// Problems is everything wrong with the settings, in the order file,
// environment, flags; as an error it has one line for each.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sortByPlace puts the problems of the file first, in its order.
func (ps Problems) sortByPlace() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.line > 0) != (b.line > 0) {
			return cmp.Compare(b.line, a.line)
		}
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
}

func (ps *Problems) add(where, format string, args ...any) {
	*ps = append(*ps, Problem{Where: where, Text: fmt.Sprintf(format, args...)})
}

// at adds a problem with a value that came from source.
func (ps *Problems) at(source Source, format string, args ...any) {
	*ps = append(*ps, Problem{source.Name, fmt.Sprintf(format, args...), source.line, source.column})
}

// SuggestFlag is the end of a sentence about an unknown flag, such as
// ", did you mean --json?"; empty when no known name is near.
func SuggestFlag(name string, known []string) string { return didYouMean(name, "--", known) }

// Suggest is SuggestFlag for names that are no flags.
func Suggest(name string, known []string) string { return didYouMean(name, `"`, known) }

// didYouMean is the end of a sentence about an unknown name: the nearest of the
// known ones, if any is near enough to be meant.
func didYouMean(name, quote string, known []string) string {
	best, bestDistance := "", 1+max(2, len(name)/4)
	for _, k := range known {
		d := distance(strings.ToLower(name), k)
		if strings.HasSuffix(k, "."+name) {
			d = 1 // the last part alone: port for axon.port
		}
		if d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %s%s%s?", quote, best, closing(quote))
}

func closing(quote string) string {
	if quote == `"` {
		return quote
	}
	return ""
}

// maxName bounds the names that distances are worked out for.
const maxName = 64

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment).
func distance(a, b string) int {
	if len(a) > maxName || len(b) > maxName {
		return maxName
	}
	var rows [3][maxName + 1]int
	before, last, now := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
