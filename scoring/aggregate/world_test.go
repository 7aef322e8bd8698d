package aggregate

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
	"github.com/assaynet/assay/scoring/kernel"
)

// world is a made-up program with its tasks, and what is true.
type world struct {
	program *program.Program
	tasks   []scoring.Judged
	records [][]scoring.Judged // the tasks by validator, where there are several
	truth   []string           // of each task
}

// numbered is a made-up content id.
func numbered(i int) item.Hash {
	return item.Sum("test", binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func miner(i int) protocol.Hotkey {
	return protocol.Hotkey(item.Sum("miner", binary.BigEndian.AppendUint64(nil, uint64(i))))
}

func categories(classes int) *program.Program {
	p := &program.Program{Name: "kinds", Kind: item.KindJudgement.String(), Task: "annotate", Answers: program.Answers{Type: program.Category}}
	for k := range classes {
		p.Answers.Labels = append(p.Answers.Labels, fmt.Sprintf("class-%d", k))
	}
	p.Labelling.Aggregation = "auto"
	return p
}

// pair is two made-up content ids in ascending order, and whether they are turned.
func pair(a, b item.Hash) ([]item.Hash, bool) {
	if bytes.Compare(a[:], b[:]) > 0 {
		return []item.Hash{b, a}, true
	}
	return []item.Hash{a, b}, false
}

func pairs() *program.Program {
	return &program.Program{Name: "pairs", Kind: item.KindJudgement.String(), Task: "annotate",
		Answers: program.Answers{Type: program.Pairwise}, Labelling: program.Labelling{Aggregation: "auto"}}
}

// worlds has a small world of each type of answer.
func worlds() map[string]*world {
	ordinal := categories(5)
	ordinal.Answers.Type = program.Ordinal
	scalar := &program.Program{Name: "scores", Kind: item.KindJudgement.String(), Task: "annotate",
		Answers: program.Answers{Type: program.Scalar, Min: 0, Max: 5, Step: 0.5}, Labelling: program.Labelling{Aggregation: "auto"}}
	verdict := &program.Program{Name: "checked", Kind: item.KindJudgement.String(), Task: "review",
		Answers: program.Answers{Type: program.Verdict, Labels: []string{"ham", "spam"}}, Labelling: program.Labelling{Aggregation: "auto"}}
	steps := make([]string, 11)
	for i := range steps {
		steps[i] = shortest(float64(i) / 2)
	}
	return map[string]*world{
		"category": small(categories(3), categories(3).Answers.Labels, false),
		"ordinal":  small(ordinal, ordinal.Answers.Labels, true),
		"scalar":   small(scalar, steps, true),
		"verdict":  small(verdict, classesOf(verdict.Answers), false),
		"pairwise": games(),
	}
}

// small has 160 tasks of six raters, four to a task; a wrong answer is near to the truth
// where answers have an order.
func small(p *program.Program, answers []string, ordered bool) *world {
	r := kernel.NewRandom(11)
	w := &world{program: p}
	for t := range 160 {
		k := r.Intn(len(answers))
		task := scoring.Judged{Program: p.Name, Round: uint64(t / 8), Closed: uint64(t/8 + 9), Subjects: []item.Hash{numbered(t)}}
		if t%3 == 0 {
			task.Truth = answers[k]
		}
		w.truth = append(w.truth, answers[k])
		for _, m := range r.Perm(6)[:4] {
			said := k
			if r.Float64() < 0.15+float64(0.05*float64(m)) {
				said = r.Intn(len(answers))
				if ordered {
					said = max(0, min(len(answers)-1, k+2*r.Intn(2)-1))
				}
			}
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(m), Answer: answers[said], Passed: true})
		}
		w.tasks = append(w.tasks, task)
	}
	return w
}

// games are of 12 items, each better than those before it by half a logit; a sixth of the
// games is tied, one rater tosses a coin and one turns its answers round.
func games() *world {
	r := kernel.NewRandom(12)
	w := &world{program: pairs()}
	for a := range 12 {
		for b := range a {
			subjects, turned := pair(numbered(a), numbered(b))
			task := scoring.Judged{Program: "pairs", Round: uint64(a), Closed: uint64(a + 9), Subjects: subjects}
			w.truth = append(w.truth, turnedIf(turned, program.AnswerLeft))
			for m := range 8 {
				p := kernel.Logistic(float64(0.5 * float64(a-b)))
				switch m {
				case 6:
					p = 0.5
				case 7:
					p = 1 - p
				}
				answer := program.AnswerRight
				switch x := r.Float64(); {
				case x < 1.0/6:
					answer = program.AnswerTie
				case r.Float64() < p:
					answer = program.AnswerLeft
				}
				task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(m), Answer: turnedIf(turned, answer), Passed: true})
			}
			w.tasks = append(w.tasks, task)
		}
	}
	return w
}

func turnedIf(turned bool, answer string) string {
	if turned {
		return program.Turned(answer)
	}
	return answer
}
