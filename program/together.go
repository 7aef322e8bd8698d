package program

import (
	"fmt"
	"slices"
)

// Together gives what is wrong between the programs of one subnet: each must be
// right by itself, and name only what is there. An error begins with the name of the
// program that has to be changed.
func Together(programs []*Program) []error {
	byName := map[string]*Program{}
	var errs []error
	for _, p := range programs {
		if byName[p.Name] != nil {
			errs = append(errs, fmt.Errorf("program %q stands twice", p.Name))
		}
		byName[p.Name] = p
	}
	for _, p := range programs {
		if !p.Judges() {
			continue
		}
		if of := p.Items.Program; of != "" {
			if err := p.suits(byName[of]); err != nil {
				errs = append(errs, fmt.Errorf("program %q: items.program: %q %w", p.Name, of, err))
			}
		}
		if of := p.Labelling.Exam.Program; of != "" && of != p.Name {
			if err := examines(byName[of]); err != nil {
				errs = append(errs, fmt.Errorf("program %q: labelling.exam.program: %q %w", p.Name, of, err))
			}
		}
	}
	return errs
}

// suits reports why p cannot take its items from another program.
func (p *Program) suits(from *Program) error {
	switch {
	case from == nil:
		return fmt.Errorf("is not a program of this subnet; configure it too")
	case p.Task == "annotate" && from.Judges():
		return fmt.Errorf("has no items but answers, which are for the task review")
	case p.Task == taskReview && !from.Judges():
		return fmt.Errorf("has no answers to be reviewed; want a program of kind judgement")
	case p.Task == taskReview && (from.Task != "annotate" || from.Judged() != 1):
		return fmt.Errorf("has no answers that can be reviewed; want the task annotate, about one item")
	case p.Task == taskReview && !slices.Equal(p.Answers.Labels, from.Answers.Labels):
		return fmt.Errorf("has other answers.labels; a fix must be one of its answers")
	}
	return nil
}

// examines reports why nobody could pass an exam in a program.
func examines(in *Program) error {
	switch {
	case in == nil:
		return fmt.Errorf("is not a program of this subnet; configure it too")
	case !in.Judges():
		return fmt.Errorf("has nothing to label; want a program of kind judgement")
	case in.Labelling.Gold == 0:
		return fmt.Errorf("has no gold, so nobody could pass; set its labelling.gold above 0")
	}
	return nil
}
