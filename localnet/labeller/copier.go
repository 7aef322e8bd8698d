package labeller

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
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
	lookTime      = 5 * time.Second
)

// Copier answers what others did. It reads the records that validators publish, and
// where one holds answers or the truth of the same subjects, gives that; elsewhere the
// answer that it saw most often.
type Copier struct {
	every  time.Duration
	self   string // its own answers are nobody else's
	client *http.Client
	log    *slog.Logger

	mu       sync.Mutex
	records  []*reading
	looked   time.Time
	subjects *recent[item.Hash, item.Hash]         // content id to fingerprint
	answers  *recent[asked, map[string]int]        // of the first named side
	waiting  *recent[openRound, []evidence.Sealed] // tasks whose truths are to come
	words    map[string]int
}

type openRound struct {
	program string
	round   uint64
}

// NewCopier makes a copier that looks at the records at the addresses, http://host:port
// each, whenever it is asked and the last look is so long ago. self is its own name as
// a labeller; log may be nil.
func NewCopier(records []string, every time.Duration, self string, log *slog.Logger) (*Copier, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Copier{
		every: every, self: self, client: plainClient(), log: log, words: map[string]int{},
		subjects: newRecent[item.Hash, item.Hash](knownSubjects),
		answers:  newRecent[asked, map[string]int](knownAnswers),
		waiting:  newRecent[openRound, []evidence.Sealed](knownRounds),
	}
	for _, address := range records {
		r, err := newReading(address)
		if err != nil {
			return nil, fmt.Errorf("copier: %w", err)
		}
		c.records = append(c.records, r)
	}
	return c, nil
}

// Answer implements Mind.
func (c *Copier) Answer(ctx context.Context, t Task) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(ctx)
	choices := t.Program.Answers.choices()
	if len(choices) == 0 {
		return "", false
	}
	if len(t.Subjects) > 0 {
		ids := make([]item.Hash, len(t.Subjects))
		for i, s := range t.Subjects {
			ids[i] = s.fingerprint()
		}
		of, swapped := ordered(ids)
		if best := most(c.answers.of[of], choices); best != "" {
			if swapped {
				best = turned(best)
			}
			return best, true
		}
	}
	if best := most(c.words, choices); best != "" {
		return best, true
	}
	return choices[0], true
}

// most is the choice that was counted most often; of equals the first.
func most(counts map[string]int, choices []string) string {
	best := ""
	for _, a := range choices {
		if counts[a] > counts[best] {
			best = a
		}
	}
	return best
}

func (c *Copier) look(ctx context.Context) {
	if time.Since(c.looked) < c.every {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for _, r := range c.records {
		if err := r.look(ctx, c.client, c.learn); err != nil {
			c.log.Debug("cannot read a record", "error", err)
		}
	}
	c.looked = time.Now()
}

// learn takes what an entry tells about subjects, answers and truths.
func (c *Copier) learn(body evidence.Body) {
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
	if m, err := evidence.DecodeAnswer[protocol.ItemsAnswer](call); err == nil {
		c.learnItems(m.Items)
	}
}

func (c *Copier) learnItems(encoded [][]byte) {
	for _, raw := range encoded {
		it, err := item.Decode(raw)
		if err != nil {
			continue
		}
		switch it.Kind {
		case item.KindRecord:
			if r, err := item.DecodeRecord(it.Canonical); err == nil {
				c.subjects.put(it.ID(), fingerprint(r.Title, r.Body))
			}
		case item.KindJudgement:
			if it.Contributor != c.self {
				c.count(it.Parents, it.Label, 1)
			}
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
		answer = turned(answer)
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
