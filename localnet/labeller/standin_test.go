package labeller

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// standIn is a desk that takes nothing that a desk would refuse.
type standIn struct {
	t       *testing.T
	srv     *httptest.Server
	miner   protocol.Hotkey
	program []Program
	// disturb may answer a call in the desk's place.
	disturb func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	open    []Task
	nonces  map[string]bool
	tokens  map[string]string // to labellers
	holder  map[item.Hash]string
	since   map[item.Hash]time.Time
	answers map[item.Hash]given
	skipped map[item.Hash]string
	logins  int
	wrong   []string // what a desk would have refused
	changed chan struct{}
}

type given struct {
	labeller, answer string
	millis           uint32
}

func newStandIn(t *testing.T, tasks ...Task) *standIn {
	d := &standIn{
		t: t, open: tasks, program: []Program{spamProgram, pairProgram}, miner: protocol.Hotkey{7}, nonces: map[string]bool{}, tokens: map[string]string{},
		holder: map[item.Hash]string{}, since: map[item.Hash]time.Time{}, answers: map[item.Hash]given{}, skipped: map[item.Hash]string{},
		changed: make(chan struct{}, 1),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/desk", d.info)
	mux.HandleFunc("POST /api/v1/nonce", d.nonce)
	mux.HandleFunc("POST /api/v1/login", d.login)
	mux.HandleFunc("POST /api/v1/tasks", d.tasks)
	mux.HandleFunc("POST /api/v1/answers", d.answer)
	mux.HandleFunc("POST /api/v1/skip", d.skip)
	d.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if d.disturb == nil || !d.disturb(w, r) {
			mux.ServeHTTP(w, r)
		}
		select {
		case d.changed <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(d.srv.Close)
	return d
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%q,"message":"no","cure":"none"}}`, code)
}

// refuseWrong refuses what an honest program never sends.
func (d *standIn) refuseWrong(w http.ResponseWriter, status int, code string) {
	d.wrong = append(d.wrong, code)
	refuse(w, status, code)
}

func send(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (d *standIn) info(w http.ResponseWriter, _ *http.Request) {
	var programs []map[string]any
	for _, p := range d.program {
		programs = append(programs, map[string]any{"name": p.Name, "about": "about", "question": "?", "guidelines_html": "<p>x</p>", "task": "annotate",
			"answers": p.Answers, "quota": 5, "open": 1, "tasks_per_round": 4})
	}
	send(w, map[string]any{"miner": d.miner, "netuid": 1, "chain_id": 964, "round": 12, "programs": programs})
}

func (d *standIn) nonce(w http.ResponseWriter, _ *http.Request) {
	n := fmt.Sprintf("nonce%08d", len(d.nonces))
	d.nonces[n] = true
	send(w, map[string]string{"nonce": n})
}

func (d *standIn) login(w http.ResponseWriter, r *http.Request) {
	var m struct{ Labeller, Message, Signature string }
	if !d.read(w, r, &m) {
		return
	}
	lines := strings.Split(m.Message, "\n")
	host := strings.TrimPrefix(d.srv.URL, "http://")
	if len(lines) != 10 {
		d.refuseWrong(w, http.StatusBadRequest, "bad_message")
		return
	}
	nonce := strings.TrimPrefix(lines[8], "Nonce: ")
	issued, err := time.Parse(time.RFC3339, strings.TrimPrefix(lines[9], "Issued At: "))
	want := []string{host + " wants you to sign in with your Ethereum account:", lines[1], "", "Label for miner " + d.miner.String() + ".", "",
		"URI: http://" + host, "Version: 1", "Chain ID: 964", "Nonce: " + nonce, lines[9]}
	if !slices.Equal(lines, want) || !strings.EqualFold(lines[1], m.Labeller) || lines[1] == m.Labeller || err != nil || time.Since(issued) > time.Minute {
		d.refuseWrong(w, http.StatusBadRequest, "bad_message")
		return
	}
	if !d.nonces[nonce] {
		d.refuseWrong(w, http.StatusUnauthorized, "nonce")
		return
	}
	delete(d.nonces, nonce)
	d.nonces["used "+nonce] = false
	signature, err := hex.DecodeString(strings.TrimPrefix(m.Signature, "0x"))
	if err != nil || protocol.VerifyLabeller(m.Labeller, m.Message, signature) != nil {
		d.refuseWrong(w, http.StatusUnauthorized, "bad_signature")
		return
	}
	d.logins++
	token := fmt.Sprintf("token-%d", d.logins)
	d.tokens[token] = m.Labeller
	send(w, map[string]any{"token": token, "expires": time.Now().Add(time.Hour)})
}

// session is who asks.
func (d *standIn) session(w http.ResponseWriter, r *http.Request) string {
	labeller := d.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if labeller == "" {
		refuse(w, http.StatusUnauthorized, "unauthorised")
	}
	return labeller
}

func (d *standIn) read(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		d.refuseWrong(w, http.StatusBadRequest, "bad_request")
		return false
	}
	return true
}

func (d *standIn) tasks(w http.ResponseWriter, r *http.Request) {
	labeller := d.session(w, r)
	var m struct {
		Program string
		Limit   int
	}
	if labeller == "" || !d.read(w, r, &m) {
		return
	}
	out := []map[string]any{}
	for _, t := range d.open {
		_, done := d.answers[t.ID]
		holder := d.holder[t.ID]
		if t.Program.Name != m.Program || done || holder != "" && holder != labeller || d.skipped[t.ID] == labeller || len(out) == m.Limit {
			continue
		}
		if holder == "" {
			d.holder[t.ID], d.since[t.ID] = labeller, time.Now()
		}
		out = append(out, map[string]any{"id": t.ID, "program": t.Program.Name, "subjects": t.Subjects,
			"closes": time.Now().Add(time.Minute), "leased_until": time.Now().Add(time.Minute)})
	}
	send(w, map[string]any{"tasks": out})
}

// leased is a task that the labeller holds.
func (d *standIn) leased(w http.ResponseWriter, labeller string, id item.Hash) (Task, bool) {
	i := slices.IndexFunc(d.open, func(t Task) bool { return t.ID == id })
	if i < 0 || d.holder[id] != labeller {
		d.refuseWrong(w, http.StatusConflict, "not_yours")
		return Task{}, false
	}
	return d.open[i], true
}

func (d *standIn) answer(w http.ResponseWriter, r *http.Request) {
	labeller := d.session(w, r)
	var m struct {
		Task                       item.Hash
		Answer, Comment, Signature string
		Millis                     uint32
	}
	if labeller == "" || !d.read(w, r, &m) {
		return
	}
	t, ok := d.leased(w, labeller, m.Task)
	if !ok {
		return
	}
	signature, err := hex.DecodeString(strings.TrimPrefix(m.Signature, "0x"))
	text := protocol.JudgementText(t.Program.Name, m.Task, m.Answer, m.Comment, m.Millis)
	switch {
	case !slices.Contains(t.Program.Answers.Choices(), m.Answer):
		d.refuseWrong(w, http.StatusUnprocessableEntity, "answer_space")
	case err != nil || protocol.VerifyLabeller(labeller, text, signature) != nil:
		d.refuseWrong(w, http.StatusUnauthorized, "bad_signature")
	case m.Millis < 1 || time.Duration(m.Millis)*time.Millisecond > time.Since(d.since[m.Task])+2*time.Second:
		d.refuseWrong(w, http.StatusUnprocessableEntity, "time_claim")
	default:
		d.answers[m.Task] = given{labeller, m.Answer, m.Millis}
		send(w, map[string]any{"task": m.Task, "state": "kept", "changes": 0})
	}
}

func (d *standIn) skip(w http.ResponseWriter, r *http.Request) {
	labeller := d.session(w, r)
	var m struct {
		Task   item.Hash
		Reason string
	}
	if labeller == "" || !d.read(w, r, &m) {
		return
	}
	if _, ok := d.leased(w, labeller, m.Task); !ok {
		return
	}
	if !slices.Contains([]string{"unclear", "broken", "language", "offensive", "other"}, m.Reason) {
		d.refuseWrong(w, http.StatusUnprocessableEntity, "reason")
		return
	}
	d.skipped[m.Task], d.holder[m.Task] = labeller, ""
	send(w, map[string]any{"task": m.Task, "state": "skipped"})
}

// until waits until the desk's state is as wanted after some call.
func (d *standIn) until(want func() bool) {
	d.t.Helper()
	for {
		d.mu.Lock()
		done := want()
		d.mu.Unlock()
		if done {
			return
		}
		select {
		case <-d.changed:
		case <-d.t.Context().Done():
			d.t.Fatal("the test ended first")
		}
	}
}
