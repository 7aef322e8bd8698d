package aggregate

import (
	"bytes"
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// latest is how a miner stood at its newest judged task.
type latest struct {
	closed uint64
	passed bool
}

// passed are the miners that at their newest judged task, by the round in which it was
// judged, had passed the exam in one of the records or more. Tasks that are left out
// later, since their subjects were judged twice, tell of the exam as well as others.
func passed(records [][]scoring.Judged) map[protocol.Hotkey]bool {
	out := map[protocol.Hotkey]bool{}
	for _, tasks := range records {
		newest := map[protocol.Hotkey]latest{}
		for _, t := range tasks {
			for _, a := range t.Answers {
				x, known := newest[a.Miner]
				switch {
				case !known || t.Closed > x.closed:
					newest[a.Miner] = latest{t.Closed, a.Passed}
				case t.Closed == x.closed && a.Passed:
					newest[a.Miner] = latest{t.Closed, true}
				}
			}
		}
		for miner, x := range newest { // into a set, so that the order is of no matter
			if x.passed {
				out[miner] = true
			}
		}
	}
	return out
}

// count lists the answers that count: all valid ones, from the first on, of the miners
// that have passed, or of all miners where none has.
func (j *judged) count(tasks []scoring.Judged, passed map[protocol.Hotkey]bool) {
	j.everyone = len(passed) == 0
	waiting, strange := 0, 0
	for _, g := range j.tasks {
		for _, a := range tasks[g.at].Answers {
			switch {
			case !j.everyone && !passed[a.Miner]:
				waiting++
			case j.program.Answers.Check(a.Answer) != nil:
				strange++
			}
		}
	}
	j.note(waiting, "answers are of miners that had not passed the exam when they were last judged, and do not count")
	j.note(strange, "answers are not in the answer space and do not count")
	j.take(tasks, func(a scoring.JudgedAnswer) bool { return j.everyone || passed[a.Miner] })
	if j.everyone && len(j.answer) > 0 {
		j.notes = append(j.notes, "nobody had passed the exam, so the answers of all miners count: trust these labels less")
	}
}

// crowd is the same tasks with the valid answers of all miners, passed or not.
func (j *judged) crowd(tasks []scoring.Judged) *judged {
	all := &judged{program: j.program, classes: j.classes, tasks: slices.Clone(j.tasks)}
	all.take(tasks, func(scoring.JudgedAnswer) bool { return true })
	return all
}

// take lists the valid answers of some miners, one of each to a task.
func (j *judged) take(tasks []scoring.Judged, of func(scoring.JudgedAnswer) bool) {
	for i := range j.tasks {
		g := &j.tasks[i]
		g.answers = make([]scoring.JudgedAnswer, 0, len(tasks[g.at].Answers))
		for _, a := range tasks[g.at].Answers {
			if of(a) && j.program.Answers.Check(a.Answer) == nil {
				g.answers = append(g.answers, a)
			}
		}
		slices.SortStableFunc(g.answers, func(a, b scoring.JudgedAnswer) int { return byHotkey(a.Miner, b.Miner) })
		g.answers = slices.CompactFunc(g.answers, func(a, b scoring.JudgedAnswer) bool { return a.Miner == b.Miner })
	}
	j.number()
}

func byHotkey(a, b protocol.Hotkey) int { return bytes.Compare(a[:], b[:]) }

// number numbers raters and lists the answers by task.
func (j *judged) number() {
	for _, g := range j.tasks {
		for _, a := range g.answers {
			j.raters = append(j.raters, a.Miner)
		}
	}
	slices.SortFunc(j.raters, byHotkey)
	j.raters = slices.Compact(j.raters)
	for t, g := range j.tasks {
		j.first = append(j.first, len(j.answer))
		for _, a := range g.answers {
			r, _ := slices.BinarySearchFunc(j.raters, a.Miner, byHotkey)
			j.task, j.rater, j.answer = append(j.task, int32(t)), append(j.rater, int32(r)), append(j.answer, a.Answer)
		}
	}
	j.first = append(j.first, len(j.answer))
}

// Counts reports whether labels rest on an answer: it is in the answer space, and its
// miner is one of the Raters. Earlier answers of theirs count as well.
func (r *Result) Counts(p *program.Program, a scoring.JudgedAnswer) bool {
	_, counts := slices.BinarySearchFunc(r.Raters, a.Miner, func(x Rater, h protocol.Hotkey) int { return byHotkey(x.Miner, h) })
	return counts && p.Answers.Check(a.Answer) == nil
}
