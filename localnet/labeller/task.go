package labeller

import (
	"fmt"
	"regexp"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/zoo"
)

// What a labeller of the demo is asked and how it answers is what the adversaries of
// package zoo know too: some of its minds are theirs.
type (
	Answers = zoo.Answers
	Program = zoo.Program
	Subject = zoo.Subject
	Task    = zoo.Task
	Mind    = zoo.Mind
)

// The types of answer that the minds tell apart, and the answers of a pair.
const (
	category = string(program.Category)
	pairwise = string(program.Pairwise)

	left    = program.AnswerLeft
	right   = program.AnswerRight
	tie     = program.AnswerTie
	neither = program.AnswerNeither
)

var (
	slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	line = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,256}$`)
)

// checkProgram refuses a program for which nothing should be signed: what is signed is text of
// several lines, and a name or a label must not look like more than one.
func checkProgram(p Program) error {
	if !slug.MatchString(p.Name) {
		return fmt.Errorf("the desk names a program %.40q, want up to 32 lower-case letters, digits and hyphens", p.Name)
	}
	if len(p.Answers.Labels) > maxLabels {
		return fmt.Errorf("program %s has %d labels, at most %d", p.Name, len(p.Answers.Labels), maxLabels)
	}
	for _, l := range p.Answers.Labels {
		if !line.MatchString(l) {
			return fmt.Errorf("program %s has the label %.40q, want one line of up to 256 characters", p.Name, l)
		}
	}
	return nil
}

const maxLabels = 64

// fraction is a draw in [0, 1) that depends on nothing but its arguments.
func fraction(seed uint64, purpose string, of []byte) float64 { return zoo.Fraction(seed, purpose, of) }
