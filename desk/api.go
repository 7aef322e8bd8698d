package desk

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assaynet/assay/desk/page"
	"github.com/assaynet/assay/item"
)

// routes is the API, the page, and what stands before both.
func (d *Desk) routes() http.Handler {
	api := http.NewServeMux()
	for path, call := range map[string]func(*http.Request) (any, error){
		"GET /api/v1/desk":      d.getDesk,
		"POST /api/v1/nonce":    d.postNonce,
		"POST /api/v1/login":    d.postLogin,
		"POST /api/v1/tasks":    d.signedIn(d.postTasks),
		"POST /api/v1/answers":  d.counted(d.signedIn(d.postAnswer)),
		"POST /api/v1/withdraw": d.counted(d.signedIn(d.postWithdraw)),
		"POST /api/v1/skip":     d.counted(d.signedIn(d.postSkip)),
		"GET /api/v1/me":        d.signedIn(d.getMe),
		"GET /api/v1/ledger":    d.getLedger,
	} {
		api.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { d.respond(w, r, call) })
	}
	api.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, refuse(CodeRequest, "there is no %s %.100s", r.Method, r.URL.Path).cured("use one of the calls of the desk"))
	})
	api.Handle("/", page.Handler())
	return guard(newClients(d.cfg.Rate), api)
}

// guard sets the headers of every answer, and limits requests.
func guard(c *clients, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", page.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !c.allow(r) {
			busy := refuse(CodeBusy, "too many requests from this address")
			busy.after = time.Second
			fail(w, busy)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// respond sends what a call returns, or its refusal. What failed on this side is logged
// and not told.
func (d *Desk) respond(w http.ResponseWriter, r *http.Request, call func(*http.Request) (any, error)) {
	out, err := call(r)
	if err != nil {
		refused := refusalOf(err)
		if refused.code == CodeInternal {
			d.cfg.Log.Warn("the labelling desk could not serve a call", "call", r.URL.Path, "err", err)
		}
		fail(w, refused)
		return
	}
	send(w, http.StatusOK, out)
}

func fail(w http.ResponseWriter, r *refusal) {
	type told struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Cure    string `json:"cure"`
	}
	if r.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.after.Seconds()))))
	}
	send(w, r.status, map[string]told{"error": {r.code, strings.ToValidUTF8(r.message, "?"), r.cure}})
}

func send(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer could not be written","cure":"try again later"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client who left is no error of ours
}

// signedIn is a call that wants to know who asks.
func (d *Desk) signedIn(call func(labeller string, r *http.Request) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, refuse(CodeUnauthorised, "the request has no token")
		}
		labeller, ok := d.login.labeller(token, d.cfg.Now())
		if !ok {
			return nil, refuse(CodeUnauthorised, "the token is not valid, or no longer")
		}
		return call(labeller, r)
	}
}

// counted counts the outcomes of a call.
func (d *Desk) counted(call func(*http.Request) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		out, err := call(r)
		switch done, _ := out.(outcome); {
		case err != nil:
			d.cfg.Metrics.answer(refusalOf(err).code)
		case done != nil:
			d.cfg.Metrics.answer(done.outcome())
		}
		return out, err
	}
}

// outcome is what came of a call, in the words of the metrics.
type outcome interface{ outcome() string }

func (d *Desk) postNonce(*http.Request) (any, error) {
	return map[string]string{"nonce": d.login.nonce(d.cfg.Now())}, nil
}

func (d *Desk) postLogin(r *http.Request) (any, error) {
	b, err := readBody[loginBody](r, "labeller", "message", "signature")
	if err != nil {
		return nil, err
	}
	signature, err := signatureOf(b.Signature)
	if err != nil {
		return nil, err
	}
	token, until, err := d.login.signIn(r.Host, b.Labeller, b.Message, signature, d.cfg.Now())
	if err != nil {
		return nil, err
	}
	return map[string]string{"token": token, "expires": until.UTC().Format(time.RFC3339)}, nil
}

func (d *Desk) postTasks(labeller string, r *http.Request) (any, error) {
	b, err := readBody[tasksBody](r, "program", "limit")
	if err != nil {
		return nil, err
	}
	p, ok := d.program(b.Program)
	if !ok {
		return nil, refuse(CodeUnknownProgram, "there is no labelling program %.80q", b.Program)
	}
	if b.Limit < 1 {
		return nil, refuse(CodeRequest, "limit: %d, want at least 1", b.Limit)
	}
	tasks, err := d.lease(labeller, networkOf(r), p, b.Limit)
	if tasks == nil {
		tasks = []task{}
	}
	return map[string][]task{"tasks": tasks}, err
}

func (d *Desk) postAnswer(labeller string, r *http.Request) (any, error) {
	b, err := readBody[answerBody](r, "task", "answer", "comment", "millis", "signature")
	if err != nil {
		return nil, err
	}
	g := given{answer: b.Answer, comment: b.Comment, millis: b.Millis}
	if g.task, err = taskID(b.Task); err != nil {
		return nil, err
	}
	if g.signature, err = signatureOf(b.Signature); err != nil {
		return nil, err
	}
	return d.submit(labeller, g)
}

// opened is a task that is the labeller's again.
type opened struct {
	Task   item.Hash `json:"task"`
	State  string    `json:"state"`
	Closes time.Time `json:"closes"`
	Until  time.Time `json:"leased_until"`
}

func (d *Desk) postWithdraw(labeller string, r *http.Request) (any, error) {
	b, err := readBody[withdrawBody](r, "task")
	if err != nil {
		return nil, err
	}
	id, err := taskID(b.Task)
	if err != nil {
		return nil, err
	}
	t, err := d.withdraw(labeller, id)
	return opened{t.ID, "open", t.Closes, t.Until}, err
}

// skipped is a task that the labeller left to others.
type skipped struct {
	Task  item.Hash `json:"task"`
	State string    `json:"state"`
}

func (d *Desk) postSkip(labeller string, r *http.Request) (any, error) {
	b, err := readBody[skipBody](r, "task", "reason")
	if err != nil {
		return nil, err
	}
	id, err := taskID(b.Task)
	if err != nil {
		return nil, err
	}
	return skipped{id, "skipped"}, d.skip(labeller, id, b.Reason)
}

func (k kept) outcome() string  { return k.result }
func (opened) outcome() string  { return "withdrawn" }
func (skipped) outcome() string { return "skipped" }
