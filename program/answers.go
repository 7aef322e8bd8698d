package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// AnswerType is what an answer of a labelling program is.
type AnswerType string

// The types of answer.
const (
	Category AnswerType = "category" // one of labels
	Ordinal  AnswerType = "ordinal"  // one of labels, which are in order
	Scalar   AnswerType = "scalar"   // a number from min to max in steps
	Pairwise AnswerType = "pairwise" // which of two items: left, right, tie or neither
	Verdict  AnswerType = "verdict"  // of another's answer: accept, reject or fix:<label>
)

// The answers of a pairwise program; neither says that both are bad.
const (
	AnswerLeft    = "left"
	AnswerRight   = "right"
	AnswerTie     = "tie"
	AnswerNeither = "neither"
)

// The answers of a review; a fix is FixPrefix and the answer that would be right.
const (
	AnswerAccept = "accept"
	AnswerReject = "reject"
	FixPrefix    = "fix:"
)

// Bounds of an answer space.
const (
	MaxLabels  = 32
	MaxLabel   = 64            // bytes
	MaxSteps   = 1_000_000     // of a scale, from min to max
	maxScalar  = 1_000_000_000 // of min and max, on either side of 0
	maxDecimal = 6             // decimal places of min, max and step
)

// Answers is the answer space of a labelling program.
type Answers struct {
	Type   AnswerType `yaml:"type,omitempty"`
	Labels []string   `yaml:"labels,omitempty"` // of category, ordinal and verdict
	Min    float64    `yaml:"min,omitempty"`    // of scalar
	Max    float64    `yaml:"max,omitempty"`
	Step   float64    `yaml:"step,omitempty"`
}

// unset reports whether nothing is stated.
func (a Answers) unset() bool {
	return a.Type == "" && len(a.Labels) == 0 && a.Min == 0 && a.Max == 0 && a.Step == 0
}

// Equal reports whether two answer spaces are the same.
func (a Answers) Equal(b Answers) bool {
	return a.Type == b.Type && slices.Equal(a.Labels, b.Labels) && a.Min == b.Min && a.Max == b.Max && a.Step == b.Step
}

// Check demands that an answer is one of the answer space, in its one spelling.
func (a Answers) Check(answer string) error {
	switch a.Type {
	case Category, Ordinal:
		return oneOf(answer, a.Labels)
	case Pairwise:
		return oneOf(answer, []string{AnswerLeft, AnswerRight, AnswerTie, AnswerNeither})
	case Verdict:
		allowed := []string{AnswerAccept, AnswerReject}
		for _, l := range a.Labels {
			allowed = append(allowed, FixPrefix+l)
		}
		return oneOf(answer, allowed)
	case Scalar:
		k, ok := a.step(answer)
		if !ok {
			return fmt.Errorf("answer %q: want a number from %s to %s in steps of %s, written like %s", shown(answer), decimal(a.Min), decimal(a.Max), decimal(a.Step), a.spell(1))
		}
		if want := a.spell(k); want != answer {
			return fmt.Errorf("answer %q: want it written %s", shown(answer), want)
		}
		return nil
	}
	return fmt.Errorf("a program without answers takes none")
}

func oneOf(answer string, allowed []string) error {
	if !slices.Contains(allowed, answer) {
		return fmt.Errorf("answer %q: want one of %s", shown(answer), strings.Join(allowed, ", "))
	}
	return nil
}

// shown is as much of an answer as a message may hold.
func shown(answer string) string {
	const most = 80
	if len(answer) <= most {
		return answer
	}
	return answer[:most] + "…"
}

// step is the number of steps from Min to a number that is on the scale.
func (a Answers) step(number string) (k int64, ok bool) {
	if len(number) > 32 || strings.Trim(number, "0123456789.-") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || !(x >= a.Min && x <= a.Max) {
		return 0, false
	}
	return wholeSteps(x-a.Min, a.Step)
}

// spell is the one spelling of the number k steps above Min: in decimals, as short as
// it can be. Min and Step have at most maxDecimal places, so the sum is that number
// but for rounding, which the places take away.
func (a Answers) spell(k int64) string {
	sum := a.Min + float64(float64(k)*a.Step)
	text := strconv.FormatFloat(sum, 'f', max(places(a.Min), places(a.Step)), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// places is how many decimal places a number has.
func places(x float64) int {
	_, fraction, _ := strings.Cut(decimal(x), ".")
	return len(fraction)
}

// wholeSteps is how many steps a way has, if they are whole but for rounding, and no
// more than MaxSteps.
func wholeSteps(way, step float64) (k int64, ok bool) {
	x := way / step
	if !(x >= 0 && x <= MaxSteps+0.5) {
		return 0, false
	}
	k = int64(x + 0.5)
	return k, abs(x-float64(k)) < 1e-6
}

// Distance is how far apart two answers of the space are: 0 for equal ones and 1 for
// others; or how many ranks, or steps of the scale, lie between them, which are whole
// numbers, so that equal distances compare equal. It is symmetric, and no way over a
// third answer is shorter. Both must have passed Check.
func (a Answers) Distance(x, y string) float64 {
	switch a.Type {
	case Ordinal:
		return abs(float64(slices.Index(a.Labels, x) - slices.Index(a.Labels, y)))
	case Scalar:
		u, _ := a.step(x)
		v, _ := a.step(y)
		return abs(float64(u - v))
	}
	if x == y {
		return 0
	}
	return 1
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// Turned is a pairwise answer about the same two items in the other order; any other
// answer stays. It is for pairwise programs only: elsewhere, left and right may be
// labels.
func Turned(answer string) string {
	switch answer {
	case AnswerLeft:
		return AnswerRight
	case AnswerRight:
		return AnswerLeft
	}
	return answer
}

func (p *Program) checkAnswers(bad func(ok bool, format string, args ...any)) {
	a := p.Answers
	switch a.Type {
	case Category, Ordinal, Verdict:
		bad(len(a.Labels) >= 2 && len(a.Labels) <= MaxLabels, "answers.labels: %d of them, want 2 to %d", len(a.Labels), MaxLabels)
		for i, l := range a.Labels {
			bad(l != "" && len(l) <= MaxLabel && oneLine(l), "answers.labels: %q, want 1 to %d bytes of one line, without blanks at its ends or twice, or signs that cannot be seen", shown(l), MaxLabel)
			bad(slices.Index(a.Labels, l) == i, "answers.labels: %q stands twice", shown(l))
		}
	case Scalar:
		p.checkScale(bad)
	case Pairwise:
	default:
		bad(false, "answers.type: %q, want category, ordinal, scalar, pairwise or verdict", shown(string(a.Type)))
		return
	}
	bad(len(a.Labels) == 0 || a.Type != Scalar && a.Type != Pairwise, "answers.labels: answers of type %s have none", a.Type)
	bad(a.Type == Scalar || a.Min == 0 && a.Max == 0 && a.Step == 0, "answers: min, max and step belong to the type scalar")
}

func (p *Program) checkScale(bad func(ok bool, format string, args ...any)) {
	a := p.Answers
	for _, n := range []struct {
		key string
		x   float64
	}{{"min", a.Min}, {"max", a.Max}, {"step", a.Step}} {
		if !(n.x >= -maxScalar && n.x <= maxScalar) || places(n.x) > maxDecimal {
			bad(false, "answers.%s: %g, want −%d to %d with at most %d decimal places", n.key, n.x, maxScalar, maxScalar, maxDecimal)
			return
		}
	}
	bad(a.Min < a.Max, "answers.max: %s, want more than min, which is %s", decimal(a.Max), decimal(a.Min))
	if bad(a.Step > 0, "answers.step: %s, want more than 0", decimal(a.Step)); a.Min >= a.Max || a.Step <= 0 {
		return
	}
	_, whole := wholeSteps(a.Max-a.Min, a.Step)
	bad(whole, "answers.step: %s, want a part of max − min = %s that goes into it 1 to %d times", decimal(a.Step), decimal(a.Max-a.Min), MaxSteps)
}

// oneLine reports whether a text is one line that has one look: printable characters
// in Unicode normal form C, words parted by single blanks.
func oneLine(s string) bool {
	const joiners = "\u200c\u200d" // some scripts are not written without them
	strange := func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r) }
	return !strings.ContainsFunc(s, strange) && strings.Join(strings.Fields(s), " ") == s && norm.NFC.IsNormalString(s)
}
