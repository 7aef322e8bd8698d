package aggregate

import (
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/truth"
)

// Labels makes labels of the judged tasks of a program: of one record, or of several
// validators' records, each by itself. The order of tasks and records does not matter but
// for tasks with equal subjects, of which the one asked in the earlier round counts, and
// of equal rounds the first. The error says which task, counted through all records, is
// not of the program, or that the program has no answers.
func Labels(p *program.Program, records ...[]scoring.Judged) (*Result, error) {
	j, err := gather(p, records)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	r := &Result{Notes: j.notes, Everyone: j.everyone, Accuracy: accuracy(nil, 0), Majority: accuracy(nil, 0)}
	if err := j.infer(r, j.crowd(slices.Concat(records...))); err != nil {
		return nil, fmt.Errorf("labels of %s: %w", p.Name, err)
	}
	return r, nil
}

// infer fills in the result; what to compare it with is made of the answers of all.
func (j *judged) infer(r *Result, all *judged) error {
	plain, votes, err := all.plain()
	if err != nil {
		return err
	}
	if len(j.answer) == 0 {
		r.Why = "nobody's answers count"
		r.Agreement = Agreement{Alpha: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Undefined: r.Why}
		j.label(r, nil, votes)
		return nil
	}
	methods, err := j.methods()
	if err != nil {
		return err
	}
	chosen, err := j.choose(methods)
	if err != nil {
		return err
	}
	final, err := chosen.method.guess(j.truths(), 0)
	if err != nil {
		return err
	}
	r.Method, r.Why = chosen.method.name(), chosen.why
	j.label(r, final, votes)
	if r.Accuracy, err = j.measure(chosen.method, chosen, r); err != nil {
		return err
	}
	if r.Majority, err = all.measure(plain, chosen, r); err != nil {
		return err
	}
	r.Agreement = j.agreement()
	r.Raters = j.ratings(r, final)
	if j.program.Answers.Type == program.Pairwise {
		return j.rank(r)
	}
	return nil
}

// plain is the majority, or the median of numbers, and what it says of each task. Without
// any answers it is nil.
func (j *judged) plain() (method, *guesses, error) {
	if len(j.answer) == 0 {
		return nil, nil, nil
	}
	methods, err := j.methods()
	if err != nil {
		return nil, nil, err
	}
	name := string(truth.Majority)
	if j.classes == nil {
		name = string(truth.Median)
	}
	m := methods[slices.IndexFunc(methods, func(m method) bool { return m.name() == name })]
	votes, err := m.guess(nil, 0)
	return m, votes, err
}

// measure states a method's accuracy by the gold that is for it.
func (j *judged) measure(m method, c choice, r *Result) (Accuracy, error) {
	distances, err := j.heldOut(m, c.stating, c.choosing)
	if err != nil {
		return Accuracy{}, err
	}
	others := 0
	for _, t := range r.Tasks {
		if !t.Gold {
			others++
		}
	}
	return accuracy(distances, others), nil
}

// truths are the known truths of all tasks.
func (j *judged) truths() []string {
	known := make([]string, len(j.tasks))
	for t, g := range j.tasks {
		known[t] = g.truth
	}
	return known
}

// label lists the labelled tasks. Gold has its truth, whatever was answered.
func (j *judged) label(r *Result, final, votes *guesses) {
	for t, g := range j.tasks {
		answers := j.of(t)
		if g.truth == "" && len(answers) == 0 {
			r.Unlabelled++
			continue
		}
		task := Task{At: g.at, Subjects: g.subjects, Judgements: len(answers), Gold: g.truth != "", Agreement: math.NaN()}
		if votes != nil {
			task.Majority = votes.label[t]
		}
		if len(answers) > 0 {
			task.Label, task.Probability = final.label[t], final.probability[t]
			if final.value != nil {
				task.Value, task.Lower, task.Upper = final.value[t][0], final.value[t][1], final.value[t][2]
			}
		}
		if task.Gold {
			task.Label, task.Probability = g.truth, 1
			task.Value = j.scale(g.truth)
			task.Lower, task.Upper = task.Value, task.Value
		}
		if len(answers) > 0 {
			agreed := 0
			for _, a := range answers {
				if a == task.Label {
					agreed++
				}
			}
			task.Agreement = float64(agreed) / float64(len(answers))
		}
		r.Tasks = append(r.Tasks, task)
	}
}
