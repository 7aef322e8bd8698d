package labeller

import (
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Taste is what a rater finds well written. A text's worth to it is
//
//	−|ln letters − ln Length| − Caps·c − Marks·m − Quotes·q + Noise·z
//
// with c the share of capitals among the letters, m that of marks other than full stops and
// commas among all that is no space, q the share of lines that are quoted or empty of
// letters, and z a draw from the triangular law on −1…1 with the seed, the same
// whenever the rater meets the text again.
type Taste struct {
	Seed   uint64
	Length float64 // letters of the best text
	Caps   float64
	Marks  float64
	Quotes float64
	Noise  float64
	Margin float64 // two texts whose worths differ by less are a tie
	Floor  float64 // two texts that are both worth less are neither
}

// Worth is what a text is worth to the rater; higher is better.
func (t Taste) Worth(s Subject) float64 {
	letters, capitals, marks, shown := 0, 0, 0, 0
	for _, r := range s.Title + "\n" + s.Body {
		switch {
		case unicode.IsSpace(r):
			continue
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) {
				capitals++
			}
		case !unicode.IsDigit(r) && r != '.' && r != ',':
			marks++
		}
		shown++
	}
	lines, quoted := 0, 0
	for l := range strings.SplitSeq(s.Body, "\n") {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		lines++
		first, _ := utf8.DecodeRuneInString(l)
		if first == '>' || first == '|' || first == '<' || !strings.ContainsFunc(l, unicode.IsLetter) {
			quoted++
		}
	}
	f := s.Fingerprint()
	z := fraction(t.Seed, "taste", f[:]) + fraction(t.Seed, "taste again", f[:]) - 1
	return -math.Abs(math.Log(float64(letters+1)/max(t.Length, 1))) - t.Caps*share(capitals, letters) -
		t.Marks*share(marks, shown) - t.Quotes*share(quoted, lines) + t.Noise*z
}

func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }

// Answer implements Mind, for pairs only.
func (t Taste) Answer(_ context.Context, task Task) (string, bool) {
	if task.Program.Answers.Type != pairwise || len(task.Subjects) != 2 {
		return "", false
	}
	a, b := t.Worth(task.Subjects[0]), t.Worth(task.Subjects[1])
	switch {
	case a < t.Floor && b < t.Floor:
		return neither, true
	case math.Abs(a-b) < t.Margin:
		return tie, true
	case a > b:
		return left, true
	}
	return right, true
}
