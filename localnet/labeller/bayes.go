package labeller

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// The labels that a classifier knows.
const (
	ham  = "ham"
	spam = "spam"
)

// Study is what a classifier learns from, and how.
type Study struct {
	Seed      uint64
	Ham, Spam int // mails of each class, drawn by the seed from those that the site does not post
	Words     int // word n-grams up to this length; 0 is none
	Chars     int // character n-grams of this length; 0 is none
	// Flip is the share of mails about which it says the opposite of what it finds,
	// drawn by the seed and the mail.
	Flip  float64
	Taste Taste // of pairs
}

// Bayes tells ham from spam by multinomial naive Bayes with Laplace smoothing:
//
//	ln P(spam)/P(ham) + Σ over n-grams g of n(g) · ln [(n_spam(g)+1)/(N_spam+V)] / [(n_ham(g)+1)/(N_ham+V)]
//
// where n(g) counts g in the mail, n_c(g) in the mails of class c that it learned
// from, N_c is their sum, V the number of n-grams known, and P(c) the share of the
// class in what it learned from. N-grams that it does not know say nothing.
// It answers pairs by its taste, and leaves other questions to others.
type Bayes struct {
	study  Study
	prior  float64
	weight map[gram]float64 // ln of the ratio
}

// gram is an n-gram of words or of characters.
type gram struct {
	chars bool
	text  string
}

// NewBayes learns. It fails where the study asks for more mails than there are, or for
// nothing.
func NewBayes(s Study) (*Bayes, error) {
	all, err := examples()
	if err != nil {
		return nil, err
	}
	if s.Words < 0 || s.Words > maxGram || s.Chars < 0 || s.Chars > maxGram || s.Words+s.Chars == 0 {
		return nil, fmt.Errorf("study: n-grams of %d words and %d characters, want 0 to %d, and not both 0", s.Words, s.Chars, maxGram)
	}
	if !(s.Flip >= 0 && s.Flip <= 1) {
		return nil, fmt.Errorf("study: a flip of %v, want 0 to 1", s.Flip)
	}
	counts, totals := map[string]map[gram]int{}, map[string]int{}
	vocabulary := map[gram]bool{}
	for label, n := range map[string]int{ham: s.Ham, spam: s.Spam} {
		part, err := drawExamples(all, label, n, s.Seed)
		if err != nil {
			return nil, err
		}
		counts[label] = map[gram]int{}
		for _, e := range part {
			s.grams(Subject{Title: e.Title, Body: e.Body}, func(g gram) {
				counts[label][g]++
				totals[label]++
				vocabulary[g] = true
			})
		}
	}
	b := &Bayes{study: s, prior: math.Log(float64(s.Spam) / float64(s.Ham)), weight: make(map[gram]float64, len(vocabulary))}
	smoothed := func(label string, g gram) float64 {
		return math.Log(float64(counts[label][g]+1)) - math.Log(float64(totals[label]+len(vocabulary)))
	}
	for g := range vocabulary {
		b.weight[g] = smoothed(spam, g) - smoothed(ham, g)
	}
	return b, nil
}

// maxGram bounds the length of n-grams.
const maxGram = 8

// drawExamples gives the n mails of a label that have the least draw.
func drawExamples(all []example, label string, n int, seed uint64) ([]example, error) {
	part := slices.DeleteFunc(slices.Clone(all), func(e example) bool { return e.Label != label })
	if n < 1 || n > len(part) {
		return nil, fmt.Errorf("study: %d mails of %s, want 1 to %d", n, label, len(part))
	}
	draw := func(e example) float64 { return fraction(seed, "study", []byte(e.ID)) }
	slices.SortFunc(part, func(a, b example) int { return cmp.Compare(draw(a), draw(b)) })
	return part[:n], nil
}

// grams tells of every n-gram of a mail. Digits are all alike, and so is white space.
func (s Study) grams(m Subject, found func(gram)) {
	text := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return unicode.ToLower(r)
	}, m.Title+"\n"+m.Body)
	if s.Words > 0 {
		words, starts := tokens(text)
		for i := range starts {
			for n := 1; n <= s.Words && i+n <= len(starts); n++ {
				end := len(words)
				if i+n < len(starts) {
					end = starts[i+n]
				}
				found(gram{text: words[starts[i] : end-1]})
			}
		}
	}
	if s.Chars > 0 {
		flat := strings.Join(strings.Fields(text), " ")
		var starts []int
		for i := range flat {
			starts = append(starts, i)
		}
		starts = append(starts, len(flat))
		for i := range max(len(starts)-s.Chars, 0) {
			found(gram{true, flat[starts[i]:starts[i+s.Chars]]})
		}
	}
}

// tokens are the words of a text and, each alone, the marks that shout or sell, with a
// space behind each, and where they start.
func tokens(text string) (words string, starts []int) {
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	within := false
	for _, r := range text {
		word, mark := unicode.IsLetter(r) || r == '0' || r == '\'', strings.ContainsRune("!$%#", r)
		if within && !word {
			b.WriteByte(' ')
		}
		if mark || word && !within {
			starts = append(starts, b.Len())
		}
		if mark || word {
			b.WriteRune(r)
		}
		if mark {
			b.WriteByte(' ')
		}
		within = word
	}
	if within {
		b.WriteByte(' ')
	}
	return b.String(), starts
}

// Odds is the logarithm of the odds that a mail is spam.
func (b *Bayes) Odds(m Subject) float64 {
	sum := b.prior
	b.study.grams(m, func(g gram) { sum += b.weight[g] })
	return sum
}

// Answer implements Mind.
func (b *Bayes) Answer(ctx context.Context, t Task) (string, bool) {
	a := t.Program.Answers
	switch {
	case a.Type == pairwise:
		return b.study.Taste.Answer(ctx, t)
	case a.Type != category || !slices.Contains(a.Labels, ham) || !slices.Contains(a.Labels, spam) || len(t.Subjects) != 1:
		return "", false
	}
	f := t.Subjects[0].Fingerprint()
	if (b.Odds(t.Subjects[0]) > 0) != (fraction(b.study.Seed, "flip", f[:]) < b.study.Flip) {
		return spam, true
	}
	return ham, true
}
