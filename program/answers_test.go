package program_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
)

// spaces are one answer space of each type, with some of its answers.
func spaces() map[program.AnswerType]struct {
	space   program.Answers
	answers []string
	wrong   []string
} {
	labels := []string{"cold", "mild", "hot"}
	return map[program.AnswerType]struct {
		space   program.Answers
		answers []string
		wrong   []string
	}{
		program.Category: {program.Answers{Type: program.Category, Labels: labels}, labels, []string{"", "Cold", "cold ", "fix:cold", "left"}},
		program.Ordinal:  {program.Answers{Type: program.Ordinal, Labels: labels}, labels, []string{"", "1", "cold,mild"}},
		program.Pairwise: {program.Answers{Type: program.Pairwise}, []string{"left", "right", "tie", "neither"}, []string{"", "both", "LEFT"}},
		program.Verdict:  {program.Answers{Type: program.Verdict, Labels: labels}, []string{"accept", "reject", "fix:cold", "fix:hot"}, []string{"", "cold", "fix:", "fix:<label>", "fix:fix:cold"}},
		program.Scalar: {program.Answers{Type: program.Scalar, Min: -0.5, Max: 2, Step: 0.1}, []string{"-0.5", "-0.1", "0", "0.1", "0.3", "1", "2"},
			[]string{"", "0.30", "0.05", "2.1", "-0", "+1", "1e0", "NaN", "Inf", "0x1p0", ".3", "1.", "00", "0.30000000000000004", "0.30000001", strings.Repeat("0", 5000), " 1", "1_0"}},
	}
}

func TestAnswersOfEachType(t *testing.T) {
	for name, c := range spaces() {
		for _, a := range c.answers {
			if err := c.space.Check(a); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, a := range c.wrong {
			err := c.space.Check(a)
			if err == nil {
				t.Errorf("%s: the answer %q is taken", name, a)
			} else if len(err.Error()) > 300 || !strings.Contains(err.Error(), "want ") {
				t.Errorf("%s: %q is answered with %q", name, a, err)
			}
		}
	}
	if (program.Answers{}).Check("x") == nil {
		t.Error("a program without answers takes one")
	}
}

// TestDistance looks for the properties of a distance, and for what makes rows fair:
// equal ways compare equal.
func TestDistance(t *testing.T) {
	for name, c := range spaces() {
		d := c.space.Distance
		for _, x := range c.answers {
			for _, y := range c.answers {
				if d(x, y) < 0 || (d(x, y) == 0) != (x == y) || d(x, y) != d(y, x) {
					t.Errorf("%s: d(%s,%s) = %v, d(%s,%s) = %v", name, x, y, d(x, y), y, x, d(y, x))
				}
				for _, z := range c.answers {
					if d(x, z) > d(x, y)+d(y, z) {
						t.Errorf("%s: from %s to %s it is shorter over %s", name, x, z, y)
					}
				}
			}
		}
	}
	s := spaces()[program.Scalar].space
	if a, b := s.Distance("0.3", "0.1"), s.Distance("0.3", "0.5"); a != b {
		t.Errorf("two steps are %v and %v", a, b)
	}
}

// TestScaleHasOneSpelling draws a scale and a step on it: exactly one text is taken
// for it, and the way between two of them is their number of steps.
func TestScaleHasOneSpelling(t *testing.T) {
	spam := source(t, "spam.yaml")
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.IntRange(0, 6).Draw(t, "places")
		unit := int64(1)
		for range places {
			unit *= 10
		}
		least := rapid.Int64Range(-1000*unit, 1000*unit).Draw(t, "min")
		step := rapid.Int64Range(1, 20*unit).Draw(t, "step")
		steps := rapid.Int64Range(1, 10_000).Draw(t, "steps")
		in := func(units int64) string { return decimalText(units, places) }
		text := strings.Replace(spam, "type: category\n  labels: [ham, spam]", fmt.Sprintf("type: scalar\n  min: %s\n  max: %s\n  step: %s", in(least), in(least+step*steps), in(step)), 1)
		p, err := program.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		j, k := rapid.Int64Range(0, steps).Draw(t, "j"), rapid.Int64Range(0, steps).Draw(t, "k")
		x, y := in(least+j*step), in(least+k*step)
		for _, a := range []string{x, y} {
			if err := p.Answers.Check(a); err != nil {
				t.Fatal(err)
			}
		}
		if d, want := p.Answers.Distance(x, y), float64(max(j-k, k-j)); d != want {
			t.Fatalf("from %s to %s it is %v steps, want %v", x, y, d, want)
		}
		for _, other := range []string{"0" + x, "+" + x, x + ".0", x + "e0", in(least + steps*step + step), in(least - step)} {
			if p.Answers.Check(other) == nil {
				t.Fatalf("%s is taken beside %s", other, x)
			}
		}
	})
}

// decimalText writes a number of units of 10^-places, as short as it can be.
func decimalText(units int64, places int) string {
	sign := ""
	if units < 0 {
		sign, units = "-", -units
	}
	s := fmt.Sprintf("%0*d", places+1, units)
	whole, fraction := s[:len(s)-places], strings.TrimRight(s[len(s)-places:], "0")
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}

func TestTurned(t *testing.T) {
	for _, a := range spaces()[program.Pairwise].answers {
		b := program.Turned(a)
		if program.Turned(b) != a || (b == a) != (a == program.AnswerTie || a == program.AnswerNeither) {
			t.Errorf("%s is turned to %s and back to %s", a, b, program.Turned(b))
		}
	}
}

// FuzzAnswer feeds any text to every answer space: what is taken fits into a
// judgement, and is no way off itself.
func FuzzAnswer(f *testing.F) {
	for _, c := range spaces() {
		for _, a := range append(c.answers, c.wrong...) {
			f.Add(a)
		}
	}
	f.Fuzz(func(t *testing.T, answer string) {
		for name, c := range spaces() {
			if c.space.Check(answer) != nil {
				continue
			}
			if d := c.space.Distance(answer, answer); d != 0 {
				t.Errorf("%s: %q is %v off itself", name, answer, d)
			}
			j := item.Judgement{Answer: answer, Labeller: "0x" + strings.Repeat("ab", 20)}
			if _, err := j.Canonical(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
