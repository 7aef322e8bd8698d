package simulate

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/zoo"
)

// Labels is the labelling side of a scenario: what is true of the pages, and who knows it.
type Labels struct {
	// Classes are the shares of the answers of a program that has labels, in their order;
	// where they are left out, or their number does not fit, all are as frequent.
	Classes []float64 `yaml:"classes"`
	// Gold is the share of the pages whose truth a validator knows beforehand, each
	// another one.
	Gold float64 `yaml:"gold"`
	// Repeats is the share of the pages that have the text of one of the first of their
	// territory, and so its truth: what was asked once is asked again.
	Repeats float64 `yaml:"repeats"`
	// Open lets everyone read answers from when they are committed to on, which miners
	// and validators keep from everyone until they are due.
	Open bool `yaml:"open"`
}

// Labeller is how miners of a group label.
type Labeller struct {
	// Kind is empty for who does not label, honest, or the name of an adversary that
	// labels; Settings are the adversary's.
	Kind     string             `yaml:"kind"`
	Settings map[string]float64 `yaml:"settings"`
	// Accuracy is the share of its honest answers that are right, of each miner drawn
	// evenly from Spread below it to Spread above it.
	Accuracy float64 `yaml:"accuracy"`
	Spread   float64 `yaml:"spread"`
}

// original is the page whose text a page has.
func (p *pages) original(number uint64) uint64 {
	i := number & (1<<territoryBits - 1)
	if p.repeats == 0 || number&pageKind != pageReal || i == 0 || p.chance("repeat", nil, 0, number) >= p.repeats {
		return number
	}
	return number - i + uint64(p.chance("original", nil, 0, number)*float64(min(i, repeated)))
}

// repeated is how many pages of a territory others repeat.
const repeated = 64

// truth is the right answer of a program about a page.
func (p *pages) truth(of zoo.Answers, number uint64) string {
	choices := of.Choices()
	u := p.chance("truth", nil, 0, number)
	if len(p.classes) == len(choices) {
		for i, share := range p.classes {
			if u -= share; u < 0 {
				return choices[i]
			}
		}
		return choices[len(choices)-1]
	}
	return choices[int(u*float64(len(choices)))]
}

// worth is what a page is worth beside others, 0 to 1.
func (p *pages) worth(number uint64) float64 { return p.chance("worth", nil, 0, number) }

// gold is the truth of a page in a program, if a validator knows it.
func (p *pages) gold(by protocol.Hotkey, of *program.Program, number uint64) (string, bool) {
	if of.Labelling.Gold == 0 || p.chance("gold", by[:], 0, number) >= p.known {
		return "", false
	}
	return p.truth(statedProgram(of).Answers, p.original(number)), true
}

// opinion is an honest labeller. Some tasks are harder than others, for everyone: with u
// the hardness, uniform on 0 to 1, it errs with probability 2·u·(1 − accuracy), at most
// that of a guess. It always says the same of the same texts.
type opinion struct {
	pages    *pages
	accuracy float64
	id       item.Hash
	looked   map[item.Hash]bool // nil where looks are not counted
}

// subjectNumber is the number of a page that is shown: it stands in its title.
func subjectNumber(s zoo.Subject) uint64 {
	number, err := strconv.ParseUint(s.Title[strings.LastIndexByte(s.Title, ' ')+1:], 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// look is what a task asks: the right answer, a wrong one, how hard it is, and a name of
// its own.
func (o *opinion) look(t zoo.Task) (right, wrong string, hard float64, name item.Hash) {
	a := subjectNumber(t.Subjects[0])
	if len(t.Subjects) == 2 {
		b := subjectNumber(t.Subjects[1])
		x, y := o.pages.worth(a), o.pages.worth(b)
		right, wrong = program.AnswerLeft, program.AnswerRight
		if x < y {
			right, wrong = wrong, right
		}
		f, g := t.Subjects[0].Fingerprint(), t.Subjects[1].Fingerprint()
		for i := range f {
			f[i] ^= g[i] // the same on either side
		}
		// The difference of two uniform numbers has the density 2(1 − x), so this is uniform.
		return right, wrong, (1 - math.Abs(x-y)) * (1 - math.Abs(x-y)), f
	}
	name = t.Subjects[0].Fingerprint()
	right = o.pages.truth(t.Program.Answers, a)
	choices := t.Program.Answers.Choices()
	for i, c := range choices {
		if c == right {
			other := 1 + int(o.draw("other", name)*float64(len(choices)-1))
			wrong = choices[(i+other)%len(choices)]
		}
	}
	return right, wrong, o.pages.chance("hard", nil, 0, a), name
}

func (o *opinion) draw(what string, name item.Hash) float64 {
	return o.pages.chance(what, append(o.id[:len(o.id):len(o.id)], name[:]...), 0, 0)
}

func (o *opinion) err(t zoo.Task, hard float64) float64 {
	guess := 0.5
	if n := len(t.Program.Answers.Choices()); len(t.Subjects) == 1 {
		guess = 1 - 1/float64(n)
	}
	return min(guess, 2*hard*(1-o.accuracy))
}

// Answer implements zoo.Mind.
func (o *opinion) Answer(_ context.Context, t zoo.Task) (string, bool) {
	right, wrong, hard, name := o.look(t)
	if o.looked != nil {
		o.looked[name] = true
	}
	if o.draw("opinion", name) < o.err(t, hard) {
		return wrong, true
	}
	return right, true
}

// Sure implements zoo.Expert.
func (o *opinion) Sure(t zoo.Task) float64 {
	_, _, hard, _ := o.look(t)
	return 1 - o.err(t, hard)
}

// spreadOf is the accuracy of one labeller of a group.
func (l Labeller) spreadOf(u float64) float64 {
	return min(1, max(0, l.Accuracy+l.Spread*(2*u-1)))
}
