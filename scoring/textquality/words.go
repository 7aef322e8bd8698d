package textquality

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isSpace is white space as Python has it, which the reference outcomes were made with:
// Unicode's and the four separators of ASCII.
func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || r >= '\t' && r <= '\r' || r >= 0x1c && r <= 0x1f
	}
	return unicode.IsSpace(r)
}

// isSymbol says whether a character alone makes no word: punctuation, symbols and
// control characters.
func isSymbol(r rune) bool {
	return unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsControl(r)
}

// words are the runs of characters other than white space.
func words(text string) iter.Seq[string] { return strings.FieldsFuncSeq(text, isSpace) }

// lines are the lines of a text, ended by any of the line ends that Unicode knows; a
// text that ends with one has no empty line after it.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			end := strings.IndexFunc(text, endsLine)
			if end < 0 {
				yield(text)
				return
			}
			_, size := utf8.DecodeRuneInString(text[end:])
			if strings.HasPrefix(text[end:], "\r\n") {
				size = 2
			}
			if !yield(text[:end]) {
				return
			}
			text = text[end+size:]
		}
	}
}

func endsLine(r rune) bool {
	return r >= '\n' && r <= '\r' || r >= 0x1c && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
}

// pieces cuts a text at each run of `least` or more newlines. Unlike lines it has empty
// pieces where the text begins or ends with such a run.
func pieces(text string, least int) iter.Seq[string] {
	return func(yield func(string) bool) {
		from, at := 0, 0
		for at < len(text) {
			next := strings.IndexByte(text[at:], '\n')
			if next < 0 {
				break
			}
			start := at + next
			for at = start; at < len(text) && text[at] == '\n'; at++ {
			}
			if at-start < least {
				continue
			}
			if !yield(text[from:start]) {
				return
			}
			from = at
		}
		yield(text[from:])
	}
}

func trim(text string) string { return strings.TrimFunc(text, isSpace) }
