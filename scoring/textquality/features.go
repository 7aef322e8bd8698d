package textquality

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a text that is measured. The memory is at most about 150 bytes a word.
const (
	MaxBytes = 16 << 20
	MaxWords = 1 << 20 // ten times of what Gopher keeps
)

// Features are the numbers of a text. Shares are of 1, and 0 where there is nothing to
// take a share of.
type Features struct {
	Characters int
	Words      int

	// Gopher's quality.
	Wordlike      int     // words that are not only punctuation and symbols
	MeanLength    float64 // mean characters of these
	Hashes        float64 // '#' per word
	Ellipses      float64 // "..." and '…' per word
	BulletLines   float64 // share of lines that begin with '•' or '-'
	EllipsisLines float64 // share of lines that end with an ellipsis
	LetterWords   float64 // share of words with a letter
	Letters       float64 // share of characters that are letters; no rule uses it
	StopWords     int     // how many of the, be, to, of, and, that, have, with are there

	// Gopher's repetition. A repeated piece is one that stood before.
	RepeatedParagraphs          float64 // share of paragraphs
	RepeatedParagraphCharacters float64 // share of the text's characters
	RepeatedLines               float64
	RepeatedLineCharacters      float64
	// TopRuns is the share of characters in the most frequent run of 2, 3 and 4 words,
	// all its occurrences together. A run that occurs once counts too: in a text of few
	// words the share is large without any repetition.
	TopRuns [3]float64
	// RepeatedRuns is the share of characters in runs of 5 to 10 words that stood before,
	// overlapping ones counted once, without the spaces in them.
	RepeatedRuns [6]float64

	// C4.
	Sentences int    // in the lines that C4 keeps
	Dropped   string // what makes C4 drop the page at once, "" for nothing

	// FineWeb.
	FilledLines              int     // lines that are not blank
	EndedLines               float64 // share of these that end a sentence
	ShortLines               float64 // share of these of at most 30 characters
	RepeatedFilledCharacters float64 // characters of repeated filled lines per character outside newlines
	NewlinesPerWord          float64
}

// Measure takes the numbers of a text. It fails for more than MaxBytes bytes or MaxWords
// words.
func Measure(text string) (*Features, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("measure a text: %d bytes, at most %d", len(text), MaxBytes)
	}
	var all []string
	for word := range words(text) {
		if len(all) == MaxWords {
			return nil, fmt.Errorf("measure a text: more than %d words", MaxWords)
		}
		all = append(all, word)
	}
	f := &Features{Characters: utf8.RuneCountInString(text), Words: len(all)}
	f.measureWords(text, all)
	f.measureLines(text)
	f.measurePieces(text)
	f.measureRuns(all)
	f.measureSentences(text)
	f.measureFilled(text)
	return f, nil
}

// share is part / whole, 0 for nothing of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// stopWord is the number of a stop word, −1 for other words.
func stopWord(word string) int {
	switch word {
	case "the":
		return 0
	case "be":
		return 1
	case "to":
		return 2
	case "of":
		return 3
	case "and":
		return 4
	case "that":
		return 5
	case "have":
		return 6
	case "with":
		return 7
	}
	return -1
}

func (f *Features) measureWords(text string, all []string) {
	length, lettered, letters := 0, 0, 0
	var stop [8]bool
	for _, word := range all {
		n, own, wordlike := 0, 0, false
		for _, r := range word {
			n++
			if unicode.IsLetter(r) {
				own++
			}
			wordlike = wordlike || !isSymbol(r)
		}
		if wordlike {
			f.Wordlike++
			length += n
		}
		if own > 0 {
			lettered++
		}
		letters += own
		if k := stopWord(word); k >= 0 && !stop[k] {
			stop[k] = true
			f.StopWords++
		}
	}
	f.MeanLength = share(length, f.Wordlike)
	f.LetterWords = share(lettered, f.Words)
	f.Letters = share(letters, f.Characters)
	f.Hashes = share(strings.Count(text, "#"), f.Words)
	f.Ellipses = share(strings.Count(text, "...")+strings.Count(text, "…"), f.Words)
}

func (f *Features) measureLines(text string) {
	n, bullets, ellipses := 0, 0, 0
	for line := range lines(text) {
		n++
		line = trim(line)
		if strings.HasPrefix(line, "•") || strings.HasPrefix(line, "-") {
			bullets++
		}
		if strings.HasSuffix(line, "...") || strings.HasSuffix(line, "…") {
			ellipses++
		}
	}
	f.BulletLines, f.EllipsisLines = share(bullets, n), share(ellipses, n)
}
