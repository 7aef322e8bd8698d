package program

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/assaynet/assay/item"
)

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

// Shown is how many items a task shows: those that are judged and, before the answer that
// a review is of, the item that it was given to.
func (p *Program) Shown() int {
	if p.Task == taskReview {
		return 2
	}
	return p.Judged()
}

const taskReview = "review"

// Judged is how many items one task shows.
func (p *Program) Judged() int {
	if p.Answers.Type == Pairwise {
		return 2
	}
	return 1
}

// Bounds of a labelling program.
const (
	maxAbout      = 1000   // bytes
	maxQuestion   = 300    // bytes
	maxGuidelines = 20_000 // bytes
	minShown      = 64     // bytes of an item that is asked about
	maxShown      = 64 << 10
	// maxRequest is what the tasks of one request may show, in bytes: the limit of
	// the protocol.
	maxRequest = 192 << 10
	maxQuota   = 1_000_000
)

// checkLabelling checks a program of kind judgement.
func (p *Program) checkLabelling(bad func(ok bool, format string, args ...any)) {
	bad(p.Task == "annotate" || p.Task == taskReview, "task: %q, want annotate or review", shown(p.Task))
	bad((p.Task == taskReview) == (p.Answers.Type == Verdict), "answers.type: a review has the type verdict, and nothing else has it")
	for _, of := range []struct {
		key   string
		unset bool
	}{{"sources", len(p.Sources) == 0}, {"labels", len(p.Labels) == 0}, {"value", p.Value.unset()}, {"schema", p.Schema == Schema{}}, {"checks", p.Checks == Checks{}}} {
		bad(of.unset, "%s: belongs to a program of kind record", of.key)
	}
	bad(len(p.About) <= maxAbout, "about: %d bytes, at most %d are allowed", len(p.About), maxAbout)
	bad(spdx.MatchString(p.Licence), "licence: %q, want the SPDX expression of what is paid for, such as CC0-1.0, of at most %d bytes", shown(p.Licence), item.MaxLicence)
	bad(p.Question != "" && len(p.Question) <= maxQuestion && oneLine(p.Question), "question: want one line of 1 to %d bytes, without signs that cannot be seen", maxQuestion)
	bad(len(p.Guidelines) <= maxGuidelines && !strings.ContainsFunc(p.Guidelines, unprintable), "guidelines: want Markdown of at most %d bytes, without control characters", maxGuidelines)
	p.checkAnswers(bad)
	p.checkItems(bad)
	p.checkWork(bad)
}

// spdx has the characters of an SPDX expression.
var spdx = regexp.MustCompile(`^[A-Za-z0-9(][A-Za-z0-9.+() :-]{0,63}$`)

// unprintable reports whether a rune of a longer text is neither seen nor white space;
// those that turn the direction of text are not seen.
func unprintable(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

func (p *Program) checkItems(bad func(ok bool, format string, args ...any)) {
	it := p.Items
	bad((it.Program == "") != (it.File == ""), "items: name either a program or a file")
	bad(it.Program == "" || slug.MatchString(it.Program), "items.program: %q is no program's name", shown(it.Program))
	bad(it.Program == "" || it.Program != p.Name, "items.program: %q is this program; name another one", it.Program)
	name, jsonl := strings.CutSuffix(it.File, ".jsonl")
	bad(it.File == "" || jsonl && slug.MatchString(name), "items.file: %q, want the name of a file such as mails.jsonl, without a folder", shown(it.File))
	bad(it.File == "" || p.Task != taskReview, "items.file: a review is of another program's answers; name items.program")
	bad(it.MaxBytes >= minShown && it.MaxBytes <= maxShown, "items.max_bytes: %d, want %d to %d", it.MaxBytes, minShown, maxShown)
	if p.Answers.Type == Pairwise {
		bad(it.Most >= 3 && it.Most <= 500, "items.most: %d, want 3 to 500 items that are compared", it.Most)
	} else {
		bad(it.Most == 0, "items.most: only the type pairwise has it")
	}
}

// checkWork checks how work is handed out, judged and paid.
func (p *Program) checkWork(bad func(ok bool, format string, args ...any)) {
	l, pairs := p.Labelling, p.Answers.Type == Pairwise
	bad(l.Tasks >= 1 && l.Tasks <= 32, "labelling.tasks: %d, want 1 to 32", l.Tasks)
	if l.Tasks <= 32 && p.Items.MaxBytes <= maxShown {
		all := l.Tasks * p.Judged() * p.Items.MaxBytes
		bad(all <= maxRequest, "labelling.tasks × items.max_bytes: the tasks of one request may show %d bytes, at most %d are allowed", all, maxRequest)
	}
	bad(l.Redundancy >= 1 && l.Redundancy <= 64, "labelling.redundancy: %d, want 1 to 64", l.Redundancy)
	bad(l.Rounds >= 3 && l.Rounds <= 1000, "labelling.rounds: %d, want 3 to 1000: answers are sealed two rounds before the last", l.Rounds)
	bad(l.Gold >= 0 && l.Gold <= 0.9, "labelling.gold: %v, want 0 to 0.9", l.Gold)
	bad(l.Gold == 0 || !pairs && p.Task != taskReview, "labelling.gold: %v, want 0 where answers are pairwise, or reviews: no truth is known of these; raters show their skill in labelling.exam.program", l.Gold)
	bad(l.Gold > 0 || l.Redundancy != 1, "labelling.redundancy: 1, want at least 2 without gold: with neither gold nor peers nobody's skill is ever known")
	bad(l.Exam.Pass >= 0 && l.Exam.Pass < 1, "labelling.exam.pass: %v, want 0 to less than 1", l.Exam.Pass)
	bad(l.Exam.Program == "" || slug.MatchString(l.Exam.Program), "labelling.exam.program: %q is no program's name", shown(l.Exam.Program))
	bad(l.Gold > 0 || l.Exam.Pass == 0 || p.ExamProgram() != p.Name, "labelling.exam: without gold nobody can pass an exam in this program; name another in exam.program, or set labelling.gold")
	bad(l.Quota >= 1 && l.Quota <= maxQuota, "labelling.quota: %d, want 1 to %d", l.Quota, maxQuota)
	bad(l.Bar >= 0 && l.Bar <= 0.9, "labelling.bar: %v, want 0 to 0.9", l.Bar)
	bad(slices.Contains(aggregations, l.Aggregation), "labelling.aggregation: %q, want one of %s", shown(l.Aggregation), strings.Join(aggregations, ", "))
	bad(l.Aggregation == aggregations[0] || p.Answers.Type != Pairwise && p.Answers.Type != Scalar, "labelling.aggregation: %q, want auto where answers are %s", shown(l.Aggregation), p.Answers.Type)
	bad(l.Demand > 0 && l.Demand <= 1000, "labelling.demand: %v, want more than 0, at most 1000", l.Demand)
	bad(l.Half > 0 && l.Half <= 1000, "labelling.half: %v, want more than 0, at most 1000", l.Half)
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
	case it.Licence != p.Licence:
		return item.Bucket{}, fmt.Errorf("%w: licence %q, want that of the program, %q", ErrOutside, it.Licence, p.Licence)
	case len(it.Parents) != p.Judged():
		return item.Bucket{}, fmt.Errorf("%w: %d parents, want %d", ErrOutside, len(it.Parents), p.Judged())
	}
	if err := p.Answers.Check(j.Answer); err != nil {
		return item.Bucket{}, fmt.Errorf("%w: %w", ErrOutside, err)
	}
	return p.AssignmentBucket(j.Assignment), nil
}
