package textquality

import (
	"strings"
	"unicode/utf8"
)

// What C4 asks of a line, and what makes it leave one out.
const (
	c4Words      = 3    // a line has at least so many words
	c4WordLength = 1000 // and none longer than this
)

func isPolicy(line string) bool {
	for _, phrase := range []string{"terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"} {
		if strings.Contains(line, phrase) {
			return true
		}
	}
	return false
}

// measureSentences goes through the lines as C4 does. A page is dropped by the first line
// with "lorem ipsum" or a curly bracket among those not left out before.
func (f *Features) measureSentences(text string) {
	for line := range lines(text) {
		line = trim(line)
		n, long := 0, false
		for word := range words(line) {
			n++
			long = long || len(word) > c4WordLength && utf8.RuneCountInString(word) > c4WordLength
		}
		if long {
			continue
		}
		line = withoutCitations(line)
		if !strings.ContainsAny(line[max(len(line)-1, 0):], `.?!"'`) || strings.HasSuffix(line, "...") || n < c4Words {
			continue
		}
		lower := strings.ToLower(line)
		switch {
		case strings.Contains(lower, "lorem ipsum"):
			f.drop("lorem_ipsum")
		case strings.Contains(lower, "javascript"):
		case strings.Contains(line, "{"):
			f.drop("curly_bracket")
		case isPolicy(lower):
		default:
			f.Sentences += sentences(line)
		}
	}
}

func (f *Features) drop(reason string) {
	if f.Dropped == "" {
		f.Dropped = reason
	}
}

// withoutCitations leaves out "[12]", "[]", "[edit]" and "[citation needed]".
func withoutCitations(line string) string {
	if !strings.Contains(line, "[") {
		return line
	}
	var b strings.Builder
	for {
		at := strings.IndexByte(line, '[')
		if at < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(line[:at])
		line = line[at:]
		size := citation(line)
		if size == 0 {
			b.WriteByte('[')
			size = 1
		}
		line = line[size:]
	}
}

// citation is the length of the citation that a text begins with, 0 for none.
func citation(text string) int {
	for _, c := range []string{"[edit]", "[citation needed]"} {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	at := 1
	for at < len(text) && text[at] >= '0' && text[at] <= '9' {
		at++
	}
	if at < len(text) && text[at] == ']' {
		return at + 1
	}
	return 0
}

// sentences counts the parts into which a line falls where white space follows '.', '!'
// or '?'.
func sentences(line string) int {
	n, ended := 1, false
	for _, r := range line {
		if ended && isSpace(r) {
			n++
		}
		ended = r == '.' || r == '!' || r == '?'
	}
	return n
}

// terminal are the characters that end a sentence: the list of datatrove, which is
// Unicode's property Sentence_Terminal of the basic plane without the full-width forms,
// and with the Khmer signs.
const terminal = "!.?\u0589\u061d\u061e\u061f\u06d4\u0700\u0701\u0702\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362\u1367\u1368" +
	"\u166e\u1735\u1736\u17d4\u17d5\u17d6\u17d9\u17da\u1803\u1809\u1944\u1945\u1aa8\u1aa9\u1aaa\u1aab\u1b5a\u1b5b\u1b5e\u1b5f\u1b7d\u1b7e" +
	"\u1c3b\u1c3c\u1c7e\u1c7f\u203c\u203d\u2047\u2048\u2049\u2e2e\u2e3c\u2e53\u2e54\u3002\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua876\ua877" +
	"\ua8ce\ua8cf\ua92f\ua9c8\ua9c9\uaa5d\uaa5e\uaa5f\uaaf0\uaaf1\uabeb\ufe52\ufe56\ufe57"

// measureFilled takes FineWeb's numbers, of the parts between newlines that are not blank.
func (f *Features) measureFilled(text string) {
	filled := func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			if trim(line) != "" && !yield(line) {
				return
			}
		}
	}
	ended, short := 0, 0
	for line := range filled {
		f.FilledLines++
		if r, _ := utf8.DecodeLastRuneInString(line); r != utf8.RuneError && strings.ContainsRune(terminal, r) {
			ended++
		}
		if len(line) <= 30*utf8.UTFMax && utf8.RuneCountInString(line) <= 30 {
			short++
		}
	}
	newlines := strings.Count(text, "\n")
	f.EndedLines, f.ShortLines = share(ended, f.FilledLines), share(short, f.FilledLines)
	f.RepeatedFilledCharacters = share(count(filled).characters, f.Characters-newlines)
	f.NewlinesPerWord = share(newlines, f.Words)
}
