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
	classes []string          // of the answer space; nil of a scalar program
	tasks   []given           // ascending by subjects
	raters  []protocol.Hotkey // ascending
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
	round    uint64 // in which it was asked
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

// gather takes each task once, the earliest of those with the same subjects, and of each
// the answers that count.
func gather(p *program.Program, records [][]scoring.Judged) (*judged, error) {
	if !p.Judges() {
		return nil, fmt.Errorf("program %s collects, it has no answers", p.Name)
	}
	j := &judged{program: p, classes: classesOf(p.Answers)}
	tasks := slices.Concat(records...)
	strange := 0
	for i, t := range tasks {
		if t.Program != p.Name || len(t.Subjects) != p.Judged() {
			return nil, fmt.Errorf("task %d is of program %q with %d subjects, want %q with %d", i, t.Program, len(t.Subjects), p.Name, p.Judged())
		}
		if len(t.Subjects) == 2 && bytes.Compare(t.Subjects[0][:], t.Subjects[1][:]) >= 0 {
			return nil, fmt.Errorf("task %d: its two subjects are not in ascending order", i)
		}
		g := given{at: i, round: t.Round, subjects: t.Subjects, truth: t.Truth}
		if t.Truth != "" && p.Answers.Check(t.Truth) != nil {
			g.truth = ""
			strange++
		}
		j.tasks = append(j.tasks, g)
	}
	slices.SortStableFunc(j.tasks, func(a, b given) int {
		return cmp.Or(bySubjects(a.subjects, b.subjects), cmp.Compare(a.round, b.round))
	})
	j.tasks = slices.CompactFunc(j.tasks, func(a, b given) bool { return bySubjects(a.subjects, b.subjects) == 0 })
	j.note(len(tasks)-len(j.tasks), "tasks about subjects that had been judged before are left out")
	j.note(strange, "truths are not in the answer space and are taken for unknown")
	j.count(tasks, passed(records))
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
