package zoo

import (
	"context"
	"math"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/protocol"
)

// Leak tries to find out which tasks are gold. It remembers what is published and what it
// is told, gives the truth wherever it knows it, and learns from spent tasks by what gold
// can be told: the place in a hand-out, the age of what is shown, its length, the number
// of tasks beside it. It looks at what it takes for gold, and leaves the rest to Else.
type Leak struct {
	Expert Expert
	Else   Mind
	// Least is the odds that a task is gold, as a multiple of what is usual, from which on
	// it looks.
	Least float64
	known *Copier
	tells *tells
	asked *recent[[32]byte, []int] // by task: the traits of those that it was asked
}

// NewLeak makes one.
func NewLeak(expert Expert, other Mind, least float64) *Leak {
	return &Leak{Expert: expert, Else: other, Least: least, known: NewCopier(), tells: newTells(), asked: newRecent[[32]byte, []int](knownAnswers)}
}

// Learn implements Learner.
func (l *Leak) Learn(body evidence.Body) { l.known.Learn(body) }

// Told implements Marked: tasks that were gold. Those of which nothing is told until
// forgotten were not.
func (l *Leak) Told(program string, marks []protocol.Mark) {
	for _, m := range marks {
		if traits, ok := l.asked.of[m.Task]; ok {
			l.tells.gold(traits)
		}
	}
	tell(l.Else, program, marks)
}

// Answer implements Mind.
func (l *Leak) Answer(ctx context.Context, t Task) (string, bool) {
	if truth, known := l.known.known(t); known {
		return truth, true
	}
	if !t.Program.Gold {
		return l.Expert.Answer(ctx, t)
	}
	traits := traitsOf(t)
	odds := l.tells.odds(traits)
	l.tells.all(traits)
	l.asked.put(t.ID, traits)
	if odds >= l.Least {
		return l.Expert.Answer(ctx, t)
	}
	return l.Else.Answer(ctx, t)
}

// tells counts, for each value of each trait, how many tasks had it and how many of them
// turned out to be gold.
type tells struct {
	seen, were       [][]float64
	allSeen, allWere float64
}

// traitValues is how many values a trait is told apart in.
const traitValues = 16

func newTells() *tells { return &tells{} }

func (w *tells) grow(n int) {
	for len(w.seen) < n {
		w.seen, w.were = append(w.seen, make([]float64, traitValues)), append(w.were, make([]float64, traitValues))
	}
}

func (w *tells) all(traits []int) {
	w.grow(len(traits))
	w.allSeen++
	for i, v := range traits {
		w.seen[i][v]++
	}
}

func (w *tells) gold(traits []int) {
	w.grow(len(traits))
	w.allWere++
	for i, v := range traits {
		w.were[i][v]++
	}
}

// odds is how much likelier than usual a task is to be gold, by naive Bayes, each ratio
// shrunk to 1 by tellPrior tasks.
func (w *tells) odds(traits []int) float64 {
	w.grow(len(traits))
	usual := (w.allWere + 1) / (w.allSeen + 2)
	log := 0.0
	for i, v := range traits {
		log += math.Log((w.were[i][v] + tellPrior*usual) / (w.seen[i][v] + tellPrior) / usual)
	}
	return math.Exp(log)
}

const tellPrior = 20

// traitsOf are the traits of a task, each a number below traitValues.
func traitsOf(t Task) []int {
	bin := func(x float64) int { return int(min(traitValues-1, max(0, x))) }
	age, size := 0.0, 0
	for _, s := range t.Subjects {
		size += len(s.Body)
		if at, err := time.Parse(time.RFC3339, s.Time); err == nil {
			age = max(age, float64(t.Asked-at.Unix()))
		}
	}
	return []int{
		bin(float64(t.Place)), bin(float64(t.Of)), bin(float64(t.Place) * traitValues / float64(max(1, t.Of))),
		bin(math.Log2(float64(1 + size))), bin(math.Log2(1 + max(0, age)/600)), int(t.Round % traitValues),
	}
}
