package labeller

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/zoo"
)

func keyOf(name string) *protocol.Key { return protocol.DeriveKey([]byte("labeller test " + name)) }

// work starts labellers, and waits for them when the test ends.
func work(t *testing.T, cfg Config) *Labeller {
	t.Helper()
	cfg.Poll = 2 * time.Millisecond
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run ended with %v", err)
		}
	})
	return l
}

func someTasks(t *testing.T, n int) (tasks []Task, truths map[item.Hash]string) {
	all := allPosts(t)
	truths = map[item.Hash]string{}
	for i := range n {
		p := all[i*len(all)/n]
		spams, pair := taskOf(spamProgram, uint64(i), p.Subject), taskOf(pairProgram, uint64(n+i), p.Subject, all[i].Subject)
		tasks = append(tasks, spams, pair)
		truths[spams.ID] = p.truth
	}
	return tasks, truths
}

// Two labellers share a desk's tasks: each is answered once, signed, and mostly right.
func TestLabellersWorkForADesk(t *testing.T) {
	tasks, truths := someTasks(t, 40)
	d := newStandIn(t, tasks...)
	var all []*Labeller
	for i, name := range []string{"ann", "bob"} {
		b, err := NewBayes(Studies(1)[i])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, work(t, Config{Desk: d.srv.URL, Key: keyOf(name), Mind: b, Batch: 3}))
	}
	d.until(func() bool { return len(d.answers) == len(tasks) })
	d.until(func() bool { return all[0].Answered()+all[1].Answered() == uint64(len(tasks)) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.wrong) > 0 || d.logins != 2 {
		t.Errorf("refused: %v; %d logins", d.wrong, d.logins)
	}
	right, by := 0, map[string]int{}
	for id, a := range d.answers {
		by[a.labeller]++
		if a.answer == truths[id] {
			right++
		}
	}
	if right < 34 || by[keyOf("ann").Labeller()] == 0 || by[keyOf("bob").Labeller()] == 0 {
		t.Errorf("%d of %d right, by %v", right, len(truths), by)
	}
}

// A program may be left out, and a task to which a mind has no answer is skipped.
func TestProgramsAndSkips(t *testing.T) {
	tasks, _ := someTasks(t, 6)
	d := newStandIn(t, tasks...)
	l := work(t, Config{Desk: d.srv.URL, Key: keyOf("ann"), Mind: Studies(1)[0].Taste, Programs: []string{"spam"}})
	d.until(func() bool { return len(d.skipped) == 6 && l.Skipped() == 6 })
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.answers) > 0 || len(d.wrong) > 0 || l.Answered() > 0 {
		t.Errorf("%d answers, refused %v", len(d.answers), d.wrong)
	}
}

// What may pass is tried again, and an ended session is begun anew.
func TestFailuresThatPass(t *testing.T) {
	tasks, _ := someTasks(t, 10)
	d := newStandIn(t, tasks...)
	calls := 0
	d.disturb = func(w http.ResponseWriter, r *http.Request) bool {
		calls++
		switch {
		case calls%5 == 0:
			refuse(w, http.StatusServiceUnavailable, "busy")
		case calls%7 == 0:
			panic(http.ErrAbortHandler) // the connection breaks
		case calls == 16 || calls == 27:
			clear(d.tokens)
			return false
		default:
			return false
		}
		return true
	}
	work(t, Config{Desk: d.srv.URL, Key: keyOf("ann"), Mind: zoo.Constant{Say: ham}})
	d.until(func() bool { return len(d.answers) == len(tasks) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.logins < 2 || len(d.wrong) > 0 {
		t.Errorf("%d logins, refused %v", d.logins, d.wrong)
	}
}

// A refusal of one task does not keep the others waiting.
func TestRefusalOfOneTask(t *testing.T) {
	tasks, _ := someTasks(t, 6)
	d := newStandIn(t, tasks...)
	refused := false
	d.disturb = func(w http.ResponseWriter, r *http.Request) bool {
		if refused || r.URL.Path != "/api/v1/answers" {
			return false
		}
		refused = true
		refuse(w, http.StatusConflict, "closed")
		return true
	}
	work(t, Config{Desk: d.srv.URL, Key: keyOf("ann"), Mind: zoo.Constant{Say: ham}})
	d.until(func() bool { return len(d.answers) == len(tasks) }) // it is leased again, and answered
}

// A hostile desk gets nothing but requests: no redirect is followed, nothing is signed
// that could be read in two ways, and memory is bounded.
func TestHostileDesks(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	huge := strings.Repeat("x", maxReply+1)
	miner := protocol.Hotkey{7}.String()
	info := func(program string) string {
		return fmt.Sprintf(`{"miner":%q,"chain_id":1,"programs":[%s]}`, miner, program)
	}
	const good = `{"name":"spam","answers":{"type":"category","labels":["ham","spam"]}}`
	for name, bodies := range map[string]map[string]string{
		"garbage":            {"desk": "\x00\xff<html>"},
		"nothing":            {"desk": ""},
		"null":               {"desk": "null"},
		"an array":           {"desk": "[]"},
		"deep":               {"desk": strings.Repeat("[", 1<<20)},
		"huge":               {"desk": huge},
		"miner of two lines": {"desk": strings.Replace(info(good), miner, `0x07\nURI: http://bank.example`, 1)},
		"program of lines":   {"desk": info(`{"name":"spam\ntask: 0x00","answers":{"type":"category","labels":["ham"]}}`)},
		"label of lines":     {"desk": info(`{"name":"spam","answers":{"type":"category","labels":["ham\nmillis: 1","spam"]}}`)},
		"many programs":      {"desk": info(strings.Repeat(good+",", maxPrograms) + good)},
		"nonce of lines":     {"desk": info(good), "nonce": `{"nonce":"aaaaaaaa\nIssued At: now"}`},
		"short nonce":        {"desk": info(good), "nonce": `{"nonce":"a"}`},
		"no token":           {"desk": info(good), "login": `{}`},
		"long token":         {"desk": info(good), "login": fmt.Sprintf(`{"token":%q}`, strings.Repeat("t", maxToken+1))},
		"token of lines":     {"desk": info(good), "login": `{"token":"a\r\nHost: bank.example"}`},
		"task without id":    {"desk": info(good), "tasks": `{"tasks":[{"program":"spam","subjects":[{"body":"x"}],"id":"0x12"}]}`},
		"other program":      {"desk": info(good), "tasks": `{"tasks":[{"program":"transfer","subjects":[{"body":"x"}],"id":"` + item.Hash{1}.String() + `"}]}`},
		"no subject":         {"desk": info(good), "tasks": `{"tasks":[{"program":"spam","subjects":[],"id":"` + item.Hash{1}.String() + `"}]}`},
		"three subjects":     {"desk": info(good), "tasks": `{"tasks":[{"program":"spam","subjects":[{},{},{}],"id":"` + item.Hash{1}.String() + `"}]}`},
		"many tasks":         {"desk": info(good), "tasks": `{"tasks":[` + strings.Repeat(`{"program":"spam","subjects":[{}]},`, 30000) + `{}]}`},
		"redirect":           {"desk": "redirect"},
		"late redirect":      {"desk": info(good), "login": "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			usual := map[string]string{"nonce": `{"nonce":"abcdefgh"}`, "login": `{"token":"t"}`}
			calls, answers := make(chan struct{}, 1000), atomic.Int64{}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				call := strings.TrimPrefix(r.URL.Path, "/api/v1/")
				body, ok := bodies[call]
				if !ok {
					body = usual[call]
				}
				if call == "answers" {
					answers.Add(1)
				}
				if body == "redirect" {
					http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
				} else {
					fmt.Fprint(w, body)
				}
				select {
				case calls <- struct{}{}:
				default:
				}
			}))
			t.Cleanup(srv.Close)
			l := work(t, Config{Desk: srv.URL, Key: keyOf("ann"), Mind: zoo.Constant{Say: ham}})
			for range 5 { // it goes on asking
				<-calls
			}
			if answers.Load() > 0 || l.Answered() > 0 || elsewhere.Load() > 0 {
				t.Errorf("%d answers signed, %d taken, %d calls elsewhere", answers.Load(), l.Answered(), elsewhere.Load())
			}
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	l, err := New(Config{Desk: silent.URL, Key: keyOf("ann"), Mind: zoo.Coin{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no key":  {Desk: "http://127.0.0.1:1", Mind: zoo.Coin{}},
		"no mind": {Desk: "http://127.0.0.1:1", Key: keyOf("ann")},
		"no host": {Desk: "http://", Key: keyOf("ann"), Mind: zoo.Coin{}},
		"a file":  {Desk: "file:///etc/passwd", Key: keyOf("ann"), Mind: zoo.Coin{}},
		"no url":  {Desk: "http://[", Key: keyOf("ann"), Mind: zoo.Coin{}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
