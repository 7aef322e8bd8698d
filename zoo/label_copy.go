package zoo

import (
	"context"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// Limits of what a copier remembers.
const (
	knownSubjects = 8192
	knownAnswers  = 8192
	knownRounds   = 64 // rounds of tasks that wait for their truths
	knownWords    = 64 // different answers
	knownHere     = 8  // different answers about the same subjects
	knownTasks    = 1024
	truthCounts   = 100 // answers are as good as one truth
)

// Copier answers what others did. It is told of what is published, and where that holds
// answers or the truth of the same subjects, gives that; elsewhere the answer that it saw
// most often.
type Copier struct {
	self     map[string]bool                       // its own answers are nobody else's
	subjects *recent[item.Hash, item.Hash]         // content id to fingerprint
	answers  *recent[asked, map[string]int]        // of the first named side
	waiting  *recent[openRound, []evidence.Sealed] // tasks whose truths are to come
	words    map[string]int
}

type openRound struct {
	program string
	round   uint64
}

// NewCopier makes a copier. self are its own names as a labeller.
func NewCopier(self ...string) *Copier {
	c := &Copier{
		self: map[string]bool{}, words: map[string]int{},
		subjects: newRecent[item.Hash, item.Hash](knownSubjects),
		answers:  newRecent[asked, map[string]int](knownAnswers),
		waiting:  newRecent[openRound, []evidence.Sealed](knownRounds),
	}
	for _, s := range self {
		c.self[s] = true
	}
	return c
}

// Answer implements Mind.
func (c *Copier) Answer(_ context.Context, t Task) (string, bool) {
	choices := t.Program.Answers.Choices()
	if len(choices) == 0 {
		return "", false
	}
	if best, known := c.known(t); known {
		return best, true
	}
	if best := commonest(c.words, choices); best != "" {
		return best, true
	}
	return choices[0], true
}

// known is the answer that was seen to the same subjects.
func (c *Copier) known(t Task) (string, bool) {
	if len(t.Subjects) == 0 || len(t.Subjects) > len(asked{}) {
		return "", false
	}
	ids := make([]item.Hash, len(t.Subjects))
	for i, s := range t.Subjects {
		ids[i] = s.Fingerprint()
	}
	of, swapped := ordered(ids)
	best := commonest(c.answers.of[of], t.Program.Answers.Choices())
	if swapped && t.Program.Answers.pairs() {
		best = program.Turned(best)
	}
	return best, best != ""
}

// commonest is the choice that was counted most often; of equals the first.
func commonest(counts map[string]int, choices []string) string {
	best := ""
	for _, a := range choices {
		if counts[a] > counts[best] {
			best = a
		}
	}
	return best
}

// Learn takes what an entry tells about subjects, answers and truths.
func (c *Copier) Learn(body evidence.Body) {
	switch e := body.(type) {
	case *evidence.Exchange:
		for i := range e.Calls {
			c.learnCall(&e.Calls[i])
		}
	case *evidence.Tasks:
		if len(e.Tasks) <= knownTasks {
			c.waiting.put(openRound{e.Program, e.Round}, e.Tasks)
		}
	case *evidence.Truths:
		for i, t := range c.waiting.of[openRound{e.Program, e.Of}] {
			if i < len(e.Truths) && e.Truths[i] != "" {
				c.count(t.Subjects, e.Truths[i], truthCounts)
			}
		}
	}
}

func (c *Copier) learnCall(call *evidence.Call) {
	if _, m, err := call.Asked(); err == nil {
		if tasks, ok := m.(*protocol.TasksRequest); ok {
			for _, t := range tasks.Tasks {
				c.learnItems(t.Subjects)
			}
		}
	}
	if call.Outcome != evidence.Answered {
		return
	}
	if len(call.Answer) == 0 { // it is stated by its reading
		if parts, err := call.Items(nil, nil); err == nil {
			for _, p := range parts {
				for _, d := range p.Drawn {
					c.learnItem(d.Item)
				}
			}
		}
		return
	}
	if m, err := evidence.DecodeAnswer[protocol.ItemsAnswer](call); err == nil {
		c.learnItems(m.Items)
	}
}

func (c *Copier) learnItems(encoded [][]byte) {
	for _, raw := range encoded {
		if it, err := item.Decode(raw); err == nil {
			c.learnItem(it)
		}
	}
}

func (c *Copier) learnItem(it *item.Item) {
	switch it.Kind {
	case item.KindRecord:
		if r, err := item.DecodeRecord(it.Canonical); err == nil {
			c.subjects.put(it.ID(), Fingerprint(r.Title, r.Body))
		}
	case item.KindJudgement:
		if !c.self[it.Contributor] {
			c.count(it.Parents, it.Label, 1)
		}
	}
}

// count notes an answer about subjects, in the order in which they were shown.
func (c *Copier) count(parents []item.Hash, answer string, times int) {
	if len(c.words) < knownWords || c.words[answer] > 0 {
		c.words[answer]++
	}
	if len(parents) == 0 || len(parents) > len(asked{}) {
		return
	}
	ids := make([]item.Hash, len(parents))
	for i, p := range parents {
		known := false
		if ids[i], known = c.subjects.of[p]; !known {
			return
		}
	}
	of, swapped := ordered(ids)
	if swapped {
		answer = program.Turned(answer)
	}
	counts := c.answers.of[of]
	if counts == nil {
		counts = map[string]int{}
	}
	if len(counts) < knownHere || counts[answer] > 0 {
		counts[answer] += times
	}
	c.answers.put(of, counts)
}

// ordered names subjects in ascending order, and says whether that exchanges a pair.
func ordered(ids []item.Hash) (of asked, swapped bool) {
	copy(of[:], ids)
	if len(ids) == 2 && slices.Compare(ids[0][:], ids[1][:]) > 0 {
		of[0], of[1], swapped = of[1], of[0], true
	}
	return of, swapped
}

// recent is a map of bounded size that forgets the oldest keys first.
type recent[K comparable, V any] struct {
	most  int
	of    map[K]V
	order []K // a ring once it is full
	next  int
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, of: map[K]V{}}
}

func (r *recent[K, V]) put(k K, v V) {
	if _, known := r.of[k]; !known {
		if len(r.order) < r.most {
			r.order = append(r.order, k)
		} else {
			delete(r.of, r.order[r.next])
			r.order[r.next] = k
			r.next = (r.next + 1) % r.most
		}
	}
	r.of[k] = v
}

// asked names what a task asks about: one subject, or two in ascending order.
type asked [2]item.Hash
