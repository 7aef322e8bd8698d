package aggregate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

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
	truth   []string // of each task
}

// rater answers a task of true class k; others are the answers to it so far.
type rater func(r *kernel.Random, task, k int, others []int) int

// honest is right with its accuracy in each class, and else takes some wrong classes for
// the true one more than others.
func honest(r *kernel.Random, classes int, low, high float64) rater {
	right, lean := make([]float64, classes), make([]int, classes)
	for k := range right {
		right[k] = low + float64((high-low)*r.Float64())
		lean[k] = (k + 1 + r.Intn(classes-1)) % classes
	}
	return func(r *kernel.Random, _, k int, _ []int) int {
		switch x := r.Float64(); {
		case x < right[k]:
			return k
		case x < right[k]+float64(0.6*(1-right[k])):
			return lean[k]
		}
		return (k + 1 + r.Intn(classes-1)) % classes
	}
}

func constant(class int) rater { return func(*kernel.Random, int, int, []int) int { return class } }

func coin(classes int) rater {
	return func(r *kernel.Random, _, _ int, _ []int) int { return r.Intn(classes) }
}

// copier says what the first other said.
func copier(classes int) rater {
	return func(r *kernel.Random, _, _ int, others []int) int {
		if len(others) > 0 {
			return others[0]
		}
		return r.Intn(classes)
	}
}

// colluder says what follows from the task alone; all that share a key say the same.
func colluder(classes int, key uint64) rater {
	return func(_ *kernel.Random, task, _ int, _ []int) int {
		return kernel.NewRandom(key ^ uint64(task)).Intn(classes)
	}
}

// cast is 8 to 12 raters: five honest or more, and of the rest each kind at times.
func cast(r *kernel.Random, classes int) []rater {
	n := 8 + r.Intn(5)
	var raters []rater
	if r.Intn(4) > 0 {
		raters = append(raters, constant(r.Intn(classes)))
	}
	if r.Intn(4) > 0 {
		raters = append(raters, coin(classes))
	}
	if r.Intn(2) > 0 {
		raters = append(raters, colluder(classes, r.Uint64()))
		raters = append(raters, raters[len(raters)-1])
	}
	withCopier := r.Intn(4) > 0 && len(raters) < n-5
	for len(raters) < n {
		if withCopier && len(raters) == n-1 {
			raters = append(raters, copier(classes))
			continue
		}
		raters = append(raters, honest(r, classes, 0.6, 0.95))
	}
	return raters
}

// simulate makes a world of a category program.
func simulate(r *kernel.Random) *world {
	classes, n := 2+r.Intn(3), 300+r.Intn(301)
	w := &world{program: categories(classes)}
	shares := make([]float64, classes)
	for k := range shares {
		shares[k] = float64(0.1) + r.Float64()
	}
	raters := cast(r, classes)
	for t := range n {
		k := pick(r, shares)
		task := scoring.Judged{Program: w.program.Name, Round: uint64(t / 8), Subjects: []item.Hash{numbered(t)}}
		if r.Float64() < 0.25 {
			task.Truth = w.program.Answers.Labels[k]
		}
		w.truth = append(w.truth, w.program.Answers.Labels[k])
		var said []int
		chosen := r.Perm(len(raters))[:5]
		slices.Sort(chosen) // the copier, which is last, sees the others
		for _, i := range chosen {
			said = append(said, raters[i](r, t, k, said))
			task.Answers = append(task.Answers, scoring.JudgedAnswer{Miner: miner(i), Answer: w.program.Answers.Labels[said[len(said)-1]], Passed: true})
		}
		w.tasks = append(w.tasks, task)
	}
	return w
}

func pick(r *kernel.Random, shares []float64) int {
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	x := float64(sum * r.Float64())
	for k, s := range shares {
		if x -= s; x < 0 {
			return k
		}
	}
	return len(shares) - 1
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
		task := scoring.Judged{Program: p.Name, Round: uint64(t / 8), Subjects: []item.Hash{numbered(t)}}
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
			task := scoring.Judged{Program: "pairs", Round: uint64(a), Subjects: subjects}
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
