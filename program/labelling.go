package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assaynet/assay/item"
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

// Answers is the answer space of a labelling program.
type Answers struct {
	Type   AnswerType `yaml:"type,omitempty"`
	Labels []string   `yaml:"labels,omitempty"` // of category, ordinal and verdict
	Min    float64    `yaml:"min,omitempty"`    // of scalar
	Max    float64    `yaml:"max,omitempty"`
	Step   float64    `yaml:"step,omitempty"`
}

// Items says what a labelling program's tasks show: items of a collected program, of
// an annotating program (for a review), or of a file that each validator has.
type Items struct {
	Program  string `yaml:"program,omitempty"`
	File     string `yaml:"file,omitempty"`      // name within the validator's folder of such files
	MaxBytes int    `yaml:"max_bytes,omitempty"` // of an encoded item; larger ones are not asked about
	// Most is how many items are compared with one another in pairs; 0 where there
	// are no pairs.
	Most int `yaml:"most,omitempty"`
}

// Labelling says how work is handed out, judged and paid.
type Labelling struct {
	Tasks      int     `yaml:"tasks,omitempty"`      // most tasks of one miner in a round
	Redundancy int     `yaml:"redundancy,omitempty"` // miners that are asked the same
	Rounds     uint64  `yaml:"rounds,omitempty"`     // from being asked to the last root that counts
	Gold       float64 `yaml:"gold,omitempty"`       // share of tasks whose truth the validator knows
	GoldMargin float64 `yaml:"gold_margin,omitempty"`
	Exam       Exam    `yaml:"exam,omitempty"`
	Quota      int     `yaml:"quota,omitempty"` // judgements of one labeller in a day
	Bar        float64 `yaml:"bar,omitempty"`   // skill below which a miner's answers are rejected
	// Aggregation is how answers become labels: auto, or a method of lab truth; auto
	// chooses on held-out gold.
	Aggregation string `yaml:"aggregation,omitempty"`
	// Demand is what the network pays for the product, in the unit of the demand of a
	// cell; half of it is paid when Half miners do all the work they are asked for.
	Demand float64 `yaml:"demand,omitempty"`
	Half   float64 `yaml:"half,omitempty"`
}

// Exam is what a miner must have shown before its answers count and are paid: a lower
// bound of its skill in a program, by default the program itself.
type Exam struct {
	Program string  `yaml:"program,omitempty"`
	Pass    float64 `yaml:"pass,omitempty"`
}

// aggregations are the methods that Aggregation may name.
var aggregations = []string{"auto", "majority", "wawa", "one-coin", "dawid-skene", "dawid-skene-map", "ibcc", "bwa", "glad", "mace"}

// Judges reports whether the program is one that people or models label for.
func (p *Program) Judges() bool { return p.Kind == item.KindJudgement.String() }

// ExamProgram is the name of the program whose skill is asked for.
func (p *Program) ExamProgram() string {
	if p.Labelling.Exam.Program == "" {
		return p.Name
	}
	return p.Labelling.Exam.Program
}

// Judged is how many items one task shows.
func (p *Program) Judged() int {
	if p.Answers.Type == Pairwise {
		return 2
	}
	return 1
}

// Check demands that an answer is one of the answer space, in its one spelling.
func (a Answers) Check(answer string) error {
	switch a.Type {
	case Category, Ordinal:
		return a.oneOf(answer, a.Labels)
	case Pairwise:
		return a.oneOf(answer, []string{AnswerLeft, AnswerRight, AnswerTie, AnswerNeither})
	case Verdict:
		if fixed, ok := strings.CutPrefix(answer, FixPrefix); ok {
			return a.oneOf(fixed, a.Labels)
		}
		return a.oneOf(answer, []string{AnswerAccept, AnswerReject, FixPrefix + "<label>"})
	case Scalar:
		x, err := strconv.ParseFloat(answer, 64)
		if err != nil || strconv.FormatFloat(x, 'g', -1, 64) != answer {
			return fmt.Errorf("answer %q: want a number, as short as it can be written", answer)
		}
		if !(x >= a.Min && x <= a.Max) {
			return fmt.Errorf("answer %s: want %g to %g", answer, a.Min, a.Max)
		}
		if steps := (x - a.Min) / a.Step; !nearWhole(steps) {
			return fmt.Errorf("answer %s: want steps of %g from %g", answer, a.Step, a.Min)
		}
		return nil
	}
	return fmt.Errorf("a program without answers takes none")
}

func (a Answers) oneOf(answer string, allowed []string) error {
	if !slices.Contains(allowed, answer) {
		return fmt.Errorf("answer %q: want one of %s", answer, strings.Join(allowed, ", "))
	}
	return nil
}

// nearWhole reports whether x is a whole number but for rounding.
func nearWhole(x float64) bool {
	const most = 1 << 40
	if !(x > -most && x < most) {
		return false
	}
	whole := float64(int64(x + 0.5))
	return x-whole < 1e-6 && whole-x < 1e-6
}

// Distance is how far apart two answers of the space are: 0 for equal ones and 1 for
// others, or their distance in ranks or on the scale.
func (a Answers) Distance(x, y string) float64 {
	switch a.Type {
	case Ordinal:
		return abs(float64(slices.Index(a.Labels, x) - slices.Index(a.Labels, y)))
	case Scalar:
		u, _ := strconv.ParseFloat(x, 64)
		v, _ := strconv.ParseFloat(y, 64)
		return abs(u - v)
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
// answer stays.
func Turned(answer string) string {
	switch answer {
	case AnswerLeft:
		return AnswerRight
	case AnswerRight:
		return AnswerLeft
	}
	return answer
}

// checkLabelling checks a program of kind judgement.
func (p *Program) checkLabelling(bad func(ok bool, format string, args ...any)) {
	l := p.Labelling
	bad(p.Task == "annotate" || p.Task == "review", "task: %q, want annotate or review", p.Task)
	bad((p.Task == "review") == (p.Answers.Type == Verdict), "answers.type: a review has the type verdict, and only a review")
	bad(len(p.Sources) == 0 && len(p.Labels) == 0 && p.Value.unset() && p.Schema == Schema{} && p.Checks == Checks{}, "sources, labels, value, schema and checks belong to a program that collects")
	bad(strings.TrimSpace(p.Question) != "" && len(p.Question) <= 300, "question: want 1 to 300 bytes")
	bad(len(p.Guidelines) <= 20_000, "guidelines: want at most 20000 bytes")
	bad((p.Items.Program == "") != (p.Items.File == ""), "items: name either a program or a file")
	bad(p.Items.File == "" || slug.MatchString(strings.TrimSuffix(p.Items.File, ".jsonl")), "items.file: want the name of a file such as mails.jsonl")
	bad(p.Items.MaxBytes >= 64 && p.Items.MaxBytes <= 64<<10, "items.max_bytes: %d, want 64 to 65536", p.Items.MaxBytes)
	if p.Answers.Type == Pairwise {
		bad(p.Items.Most >= 3 && p.Items.Most <= 500, "items.most: %d, want 3 to 500 items that are compared", p.Items.Most)
	} else {
		bad(p.Items.Most == 0, "items.most: only pairs have it")
	}
	p.checkAnswers(bad)
	bad(l.Tasks >= 1 && l.Tasks <= 32, "labelling.tasks: %d, want 1 to 32", l.Tasks)
	bad(l.Tasks*p.Judged()*p.Items.MaxBytes <= 192<<10, "labelling.tasks × items.max_bytes: the tasks of one request may show %d bytes, at most %d are allowed", l.Tasks*p.Judged()*p.Items.MaxBytes, 192<<10)
	bad(l.Redundancy >= 1 && l.Redundancy <= 64, "labelling.redundancy: %d, want 1 to 64", l.Redundancy)
	bad(l.Rounds >= 1 && l.Rounds <= 10_000, "labelling.rounds: %d, want 1 to 10000", l.Rounds)
	bad(l.Gold >= 0 && l.Gold <= 0.9, "labelling.gold: %v, want 0 to 0.9", l.Gold)
	bad(l.GoldMargin >= 0 && (l.GoldMargin == 0 || p.Answers.Type == Pairwise), "labelling.gold_margin: only pairs have it, at least 0")
	bad(l.Exam.Pass >= 0 && l.Exam.Pass < 1, "labelling.exam.pass: %v, want 0 to less than 1", l.Exam.Pass)
	bad(l.Exam.Program == "" || slug.MatchString(l.Exam.Program), "labelling.exam.program: %q is no program's name", l.Exam.Program)
	bad(l.Quota >= 1, "labelling.quota: want at least 1")
	bad(l.Bar >= 0 && l.Bar < 1, "labelling.bar: %v, want 0 to less than 1", l.Bar)
	bad(slices.Contains(aggregations, l.Aggregation), "labelling.aggregation: %q, want one of %s", l.Aggregation, strings.Join(aggregations, ", "))
	bad(l.Demand > 0 && l.Demand <= 1000, "labelling.demand: %v, want more than 0, at most 1000", l.Demand)
	bad(l.Half > 0 && l.Half <= 1000, "labelling.half: %v, want more than 0, at most 1000", l.Half)
}

func (p *Program) checkAnswers(bad func(ok bool, format string, args ...any)) {
	a := p.Answers
	switch a.Type {
	case Category, Ordinal, Verdict:
		bad(len(a.Labels) >= 2 && len(a.Labels) <= 32, "answers.labels: %d of them, want 2 to 32", len(a.Labels))
		seen := map[string]bool{}
		for _, l := range a.Labels {
			bad(l != "" && len(l) <= 64 && !seen[l] && !strings.ContainsFunc(l, func(r rune) bool { return r < ' ' }), "answers.labels: %q is empty, longer than 64 bytes, not of one line, or stands twice", l)
			seen[l] = true
		}
	case Scalar:
		bad(a.Min < a.Max, "answers: min %g is not below max %g", a.Min, a.Max)
		bad(a.Step > 0 && nearWhole((a.Max-a.Min)/a.Step), "answers.step: %g does not divide %g to %g", a.Step, a.Min, a.Max)
	case Pairwise:
	default:
		bad(false, "answers.type: %q, want category, ordinal, scalar, pairwise or verdict", a.Type)
	}
	bad(len(a.Labels) == 0 || a.Type != Scalar && a.Type != Pairwise, "answers.labels: %s has none", a.Type)
	bad(a.Type == Scalar || a.Min == 0 && a.Max == 0 && a.Step == 0, "answers: min, max and step belong to scalar")
}

// spanOf is the span of a judgement's bucket: the first four bytes of its assignment.
func spanOf(assignment item.Hash) uint32 {
	return uint32(assignment[0])<<24 | uint32(assignment[1])<<16 | uint32(assignment[2])<<8 | uint32(assignment[3])
}

// AssignmentBucket is where the judgements of an assignment stand in an index.
func (p *Program) AssignmentBucket(assignment item.Hash) item.Bucket {
	return item.Bucket{Program: p.ID(), Span: spanOf(assignment)}
}

func (p *Program) judgementBucket(it *item.Item) (item.Bucket, error) {
	j, err := item.DecodeJudgement(it.Canonical)
	if err != nil {
		return item.Bucket{}, fmt.Errorf("%w: %w", ErrOutside, err)
	}
	switch {
	case it.URI != item.TaskURI(j.Task()):
		return item.Bucket{}, fmt.Errorf("%w: the URI is not that of the task", ErrOutside)
	case it.Label != j.Answer || it.Contributor != j.Labeller:
		return item.Bucket{}, fmt.Errorf("%w: label and contributor are not the answer and the labeller", ErrOutside)
	case len(it.Parents) != p.Judged():
		return item.Bucket{}, fmt.Errorf("%w: %d parents, want %d", ErrOutside, len(it.Parents), p.Judged())
	}
	if err := p.Answers.Check(j.Answer); err != nil {
		return item.Bucket{}, fmt.Errorf("%w: %w", ErrOutside, err)
	}
	return p.AssignmentBucket(j.Assignment), nil
}

// day is what a quota is counted over.
const day = 24 * time.Hour

// QuotaSpan is the time that Labelling.Quota is counted over.
func QuotaSpan() time.Duration { return day }
