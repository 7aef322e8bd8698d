package aggregate

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// judged is the tasks of one program in the order and the numbers of the methods.
type judged struct {
	program *program.Program
	classes []string // of the answer space; nil of a scalar program
	tasks   []given  // ascending by subjects
	raters  []protocol.Hotkey
	notes   []string
	// everyone counts, since nobody passed
	everyone bool
	// The answers that count: of one task after another, by rater within a task.
	task, rater []int32
	answer      []string
	first       []int // of each task its first answer, and the end of all
}

// given is one task as it was given.
type given struct {
	at       int
	subjects []item.Hash
	truth    string // empty but of gold
	answers  []scoring.JudgedAnswer
}

// classesOf is the answer space as a list; nil where answers are numbers.
func classesOf(a program.Answers) []string {
	switch a.Type {
	case program.Category, program.Ordinal:
		return a.Labels
	case program.Pairwise:
		return []string{program.AnswerLeft, program.AnswerRight, program.AnswerTie, program.AnswerNeither}
	case program.Verdict:
		classes := []string{program.AnswerAccept, program.AnswerReject}
		for _, l := range a.Labels {
			classes = append(classes, program.FixPrefix+l)
		}
		return classes
	}
	return nil
}

// gather takes each task once, the first of those with the same subjects, and of each the
// answers that count.
func gather(p *program.Program, tasks []scoring.Judged) (*judged, error) {
	if !p.Judges() {
		return nil, fmt.Errorf("program %s collects, it has no answers", p.Name)
	}
	j := &judged{program: p, classes: classesOf(p.Answers)}
	strange := 0
	for i, t := range tasks {
		if t.Program != p.Name || len(t.Subjects) != p.Judged() {
			return nil, fmt.Errorf("task %d is of program %q with %d subjects, want %q with %d", i, t.Program, len(t.Subjects), p.Name, p.Judged())
		}
		if len(t.Subjects) == 2 && bytes.Compare(t.Subjects[0][:], t.Subjects[1][:]) >= 0 {
			return nil, fmt.Errorf("task %d: its two subjects are not in ascending order", i)
		}
		g := given{at: i, subjects: t.Subjects, truth: t.Truth}
		if t.Truth != "" && p.Answers.Check(t.Truth) != nil {
			g.truth = ""
			strange++
		}
		j.tasks = append(j.tasks, g)
	}
	slices.SortStableFunc(j.tasks, func(a, b given) int { return bySubjects(a.subjects, b.subjects) })
	j.tasks = slices.CompactFunc(j.tasks, func(a, b given) bool { return bySubjects(a.subjects, b.subjects) == 0 })
	j.note(len(tasks)-len(j.tasks), "tasks about subjects that had been judged before are left out")
	j.note(strange, "truths are not in the answer space and are taken for unknown")
	j.count(tasks)
	return j, nil
}

func bySubjects(a, b []item.Hash) int {
	return slices.CompareFunc(a, b, func(x, y item.Hash) int { return bytes.Compare(x[:], y[:]) })
}

// note adds a sentence about n things, if there are any.
func (j *judged) note(n int, what string) {
	if n > 0 {
		j.notes = append(j.notes, strconv.Itoa(n)+" "+what)
	}
}

// count lists the answers that count: of miners that had passed the exam, or of all where
// none ever had; one of each miner to a task.
func (j *judged) count(tasks []scoring.Judged) {
	j.everyone = !slices.ContainsFunc(j.tasks, func(g given) bool {
		return slices.ContainsFunc(tasks[g.at].Answers, func(a scoring.JudgedAnswer) bool { return a.Passed })
	})
	waiting, strange := 0, 0
	for i := range j.tasks {
		g := &j.tasks[i]
		for _, a := range tasks[g.at].Answers {
			switch {
			case counts(j.program, a, j.everyone):
				g.answers = append(g.answers, a)
			case a.Passed || j.everyone:
				strange++
			default:
				waiting++
			}
		}
		slices.SortStableFunc(g.answers, func(a, b scoring.JudgedAnswer) int { return bytes.Compare(a.Miner[:], b.Miner[:]) })
		g.answers = slices.CompactFunc(g.answers, func(a, b scoring.JudgedAnswer) bool { return a.Miner == b.Miner })
	}
	j.note(waiting, "answers are of miners that had not passed the exam then, and do not count")
	j.note(strange, "answers are not in the answer space and do not count")
	j.number()
	if j.everyone && len(j.answer) > 0 {
		j.notes = append(j.notes, "nobody had passed the exam, so the answers of all miners count: trust these labels less")
	}
}

// Counts reports whether labels rest on an answer: it is in the answer space, and its miner
// had passed the exam, or nobody ever had.
func (r *Result) Counts(p *program.Program, a scoring.JudgedAnswer) bool {
	return counts(p, a, r.Everyone)
}

func counts(p *program.Program, a scoring.JudgedAnswer, everyone bool) bool {
	return (a.Passed || everyone) && p.Answers.Check(a.Answer) == nil
}

// number numbers raters and lists the answers by task.
func (j *judged) number() {
	for _, g := range j.tasks {
		for _, a := range g.answers {
			j.raters = append(j.raters, a.Miner)
		}
	}
	compare := func(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) }
	slices.SortFunc(j.raters, compare)
	j.raters = slices.Compact(j.raters)
	for t, g := range j.tasks {
		j.first = append(j.first, len(j.answer))
		for _, a := range g.answers {
			r, _ := slices.BinarySearchFunc(j.raters, a.Miner, compare)
			j.task, j.rater, j.answer = append(j.task, int32(t)), append(j.rater, int32(r)), append(j.answer, a.Answer)
		}
	}
	j.first = append(j.first, len(j.answer))
}

// of are the answers to a task, by rater.
func (j *judged) of(task int) []string { return j.answer[j.first[task]:j.first[task+1]] }

// gold are the tasks that have both a truth and an answer that counts, in an order that
// says nothing of them: by a hash of their subjects.
func (j *judged) gold() []int {
	type drawn struct {
		task int
		hash item.Hash
	}
	var tasks []drawn
	for t, g := range j.tasks {
		if g.truth != "" && len(g.answers) > 0 {
			tasks = append(tasks, drawn{t, drawOf(g.subjects)})
		}
	}
	slices.SortFunc(tasks, func(a, b drawn) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.task, b.task))
	})
	out := make([]int, len(tasks))
	for i, d := range tasks {
		out[i] = d.task
	}
	return out
}

// drawOf is Sum("assay/gold-half/v1", subject 1, …), by which gold is divided.
func drawOf(subjects []item.Hash) item.Hash {
	parts := make([][]byte, len(subjects))
	for i := range subjects {
		parts[i] = subjects[i][:]
	}
	return item.Sum("assay/gold-half/v1", parts...)
}

// codes are the answers as classes.
func (j *judged) codes() []int32 {
	out := make([]int32, len(j.answer))
	for i, a := range j.answer {
		out[i] = int32(slices.Index(j.classes, a))
	}
	return out
}

// numbers are the answers on the scale, or their ranks.
func (j *judged) numbers() []float64 {
	out := make([]float64, len(j.answer))
	for i, a := range j.answer {
		out[i] = j.scale(a)
	}
	return out
}

// scale is an answer as a number, or its rank.
func (j *judged) scale(answer string) float64 {
	if j.classes != nil {
		return float64(slices.Index(j.classes, answer))
	}
	x, _ := strconv.ParseFloat(answer, 64)
	return x
}
