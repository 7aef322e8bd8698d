package desk

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
)

// said is what the desk has told labellers: the last answer to each task that it kept,
// and whose it is.
type said struct {
	mu   sync.Mutex
	kept map[item.Hash]string
	by   map[item.Hash]string
}

// work answers a task twice. Either may come too late; what is kept is what counts.
func (s *said) work(p *person, id item.Hash) {
	for _, answer := range []string{"ham", "spam"} {
		r := p.w.post("answers", p.token, p.signed("spam", id, answer, "", 500))
		switch c := r.code(p.w.t); c {
		case "ok":
			s.mu.Lock()
			if who, done := s.by[id]; done && who != p.name {
				p.w.t.Errorf("task %s was answered by %s and %s", id, who, p.name)
			}
			s.kept[id], s.by[id] = answer, p.name
			s.mu.Unlock()
		case CodeClosed, CodeSealed:
			return
		default:
			p.w.t.Errorf("answer to %s: %s", id, c)
		}
	}
}

// Eight labellers work at once, over HTTP, while assignments come in and others are
// sealed under their hands. What is sealed is, task by task, what the desk told that it
// kept, and the ledger adds up.
func TestEightLabellersAtOnce(t *testing.T) {
	w := open(t)
	const hands = 20
	s := &said{kept: map[item.Hash]string{}, by: map[item.Hash]string{}}
	var people []*person
	for i := range 8 {
		if i%2 == 0 {
			people = append(people, w.wallet(fmt.Sprint(i)))
		} else {
			people = append(people, w.signIn(pageSigner(t)))
		}
	}
	sealed := map[item.Hash]string{}
	seal := func(round uint64) {
		for _, it := range w.judgements(round, "spam") {
			j, err := item.DecodeJudgement(it.Canonical)
			if err != nil {
				t.Error(err)
			}
			if before, have := sealed[j.Task()]; have && before != j.Labeller+" "+j.Answer {
				t.Errorf("a sealed answer changed from %s to %s %s", before, j.Labeller, j.Answer)
			}
			sealed[j.Task()] = j.Labeller + " " + j.Answer
		}
	}
	var g sync.WaitGroup
	handed := make(chan struct{})
	g.Go(func() {
		defer close(handed)
		for i := range hands {
			a := work(t, fmt.Sprint("hand-out ", i), 4*i, 4*i+1, 4*i+2, 4*i+3)
			a.Validator = key(fmt.Sprint("v", i%5)).Hotkey()
			a.Due = 17 + uint64(i%2)
			w.take(a)
			if i%4 == 3 {
				seal(15)
			}
		}
	})
	for n, p := range people {
		g.Go(func() {
			for skips := 0; ; {
				over := false
				select {
				case <-handed:
					over = true
				default:
				}
				tasks := p.tasks("spam", 2)
				if over && len(tasks) == 0 {
					return
				}
				for _, x := range tasks {
					if n == 0 && skips < 3 {
						skips++
						w.post("skip", p.token, skipBody{x.ID.String(), "language"}).code(t)
						continue
					}
					s.work(p, x.ID)
				}
				w.send("GET", "/api/v1/ledger", "", nil).into(t, &struct{}{})
			}
		})
	}
	g.Wait()
	seal(15)
	seal(16)
	told := map[item.Hash]string{}
	for id, answer := range s.kept {
		told[id] = s.by[id] + " " + answer
	}
	if !maps.Equal(told, sealed) || len(sealed) < 2*hands {
		t.Errorf("%d answers are sealed, %d were kept, and they differ", len(sealed), len(told))
	}
	w.clock.pass(time.Minute)
	var counted int64
	for _, p := range people {
		counted += p.me().Sealed
	}
	if counted != int64(len(sealed)) {
		t.Errorf("the ledger has %d answers, want %d", counted, len(sealed))
	}
}
