//go:build ignore

// Command harness opens a miner's labelling desk on a loopback port, with the two
// programs that ship and three more for the other kinds of answer, and hands it tasks
// as validators would. On a second port it plays the chain and the validators for the
// test, tells what came of the answers, and signs for a wallet. It prints both URLs and
// serves until its input ends.
//
//	go run .ci/desk/harness.go .ci/desk/mails.go DIR
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assaynet/assay/desk"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

const roundTime = 30 * time.Minute

func main() {
	if len(os.Args) != 2 {
		fatal(errors.New("usage: go run .ci/desk/harness.go .ci/desk/mails.go DIR"))
	}
	ctx, stop := context.WithCancel(context.Background())
	h, err := newHarness(os.Args[1])
	if err != nil {
		fatal(err)
	}
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal(err)
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal(err)
	}
	fmt.Printf("http://%s http://%s\n", public.Addr(), control.Addr())
	go func() { _ = http.Serve(control, h.routes()) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := errors.Join(desk.Serve(ctx, public, h.desk), h.desk.Close()); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "desk harness:", err)
	os.Exit(1)
}

type harness struct {
	desk     *desk.Desk
	programs map[string]*program.Program
	wallet   *protocol.Key

	ahead atomic.Int64 // by how much the desk's clock is

	mu    sync.Mutex
	round uint64
	count uint64 // hand-outs so far
	items map[item.Hash]judged
	from  map[item.Hash]protocol.Hotkey // validators by assignment
}

// judged is a sealed answer, checked as a validator does.
type judged struct {
	Task     item.Hash `json:"task"`
	Program  string    `json:"program"`
	Answer   string    `json:"answer"`
	Comment  string    `json:"comment"`
	Labeller string    `json:"labeller"`
	Millis   uint32    `json:"millis"`
	Wrong    string    `json:"wrong"` // why it would not count; empty if it does

	assignment item.Hash
}

func newHarness(dir string) (*harness, error) {
	h := &harness{
		round: 1, programs: map[string]*program.Program{}, items: map[item.Hash]judged{},
		from: map[item.Hash]protocol.Hotkey{}, wallet: protocol.DeriveKey([]byte("wallet of the desk's test")),
	}
	sources := []string{ordinal, scalar, verdict}
	for _, name := range []string{"spam", "preference"} {
		b, err := os.ReadFile("programs/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		sources = append([]string{string(b)}, sources...)
	}
	var all []*program.Program
	for _, s := range sources {
		p, err := program.Decode([]byte(s))
		if err != nil {
			return nil, err
		}
		h.programs[p.Name] = p
		all = append(all, p)
	}
	d, err := desk.Open(desk.Config{
		Dir: dir, Miner: protocol.DeriveKey([]byte("miner")).Hotkey(), Netuid: 1, ChainID: 964, Programs: all, Take: desk.TakeAlways,
		Now: func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) },
	})
	if err != nil {
		return nil, err
	}
	h.desk = d
	h.tick(1)
	for _, work := range []struct {
		program, kind string
		hands         int
	}{{"spam", "mail", 24}, {"preference", "mail", 6}, {"tone", "hostile", 2}, {"minutes", "mail", 2}, {"review", "answer", 2}} {
		for range work.hands {
			if err := h.hand(work.program, work.kind); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

// tick moves the chain to a round.
func (h *harness) tick(round uint64) {
	h.round = round
	start := time.Now()
	h.desk.Tick(round, func(r uint64) time.Time { return start.Add(time.Duration(int64(r)-int64(round)) * roundTime) })
}

// hand hands out one assignment of a program, by one of a few validators in turn.
func (h *harness) hand(name, kind string) error {
	p, ok := h.programs[name]
	if !ok {
		return fmt.Errorf("no program %q", name)
	}
	h.count++
	validator := protocol.DeriveKey(fmt.Append(nil, "validator ", h.count%4)).Hotkey()
	a := desk.Assignment{Digest: item.Sum("harness", fmt.Append(nil, h.count)), Validator: validator, Round: h.round, Due: h.round + p.Labelling.Rounds, Program: name}
	for i := range uint64(p.Labelling.Tasks) {
		var t protocol.Task
		n := h.count*100 + 10*i
		if p.Task == "review" { // of an answer to what is shown before it
			about, err := subject("mail", n)
			if err != nil {
				return err
			}
			t.Subjects = append(t.Subjects, about)
		}
		for j := range uint64(p.Judged()) {
			raw, err := subject(kind, n+j)
			if err != nil {
				return err
			}
			t.Subjects = append(t.Subjects, raw)
		}
		a.Tasks = append(a.Tasks, t)
	}
	h.from[a.Digest] = validator
	return h.desk.Take(a)
}

// routes are the calls of the test.
func (h *harness) routes() http.Handler {
	mux := http.NewServeMux()
	for path, call := range map[string]func(body) (any, error){
		"GET /state":   h.state,
		"POST /round":  func(b body) (any, error) { return h.advance(b.Round) },
		"POST /hand":   func(b body) (any, error) { return nil, h.hand(b.Program, b.Kind) },
		"POST /mark":   func(b body) (any, error) { return nil, h.mark(b.Program, b.Truth) },
		"POST /clock":  func(b body) (any, error) { h.ahead.Store(int64(b.Seconds) * int64(time.Second)); return nil, nil },
		"POST /wallet": h.sign,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			h.mu.Lock()
			defer h.mu.Unlock()
			var b body
			if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&b) != nil {
				http.Error(w, "no JSON", http.StatusBadRequest)
				return
			}
			out, err := call(b)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_ = json.NewEncoder(w).Encode(out)
		})
	}
	return mux
}

// body is what any of the calls may say.
type body struct {
	Round   uint64 `json:"round"`
	Program string `json:"program"`
	Kind    string `json:"kind"`
	Truth   string `json:"truth"`
	Text    string `json:"text"`
	Seconds int    `json:"seconds"`
}

// state is every sealed answer.
func (h *harness) state(body) (any, error) {
	all := []judged{}
	for _, j := range h.items {
		all = append(all, j)
	}
	return map[string]any{"round": h.round, "items": all, "wallet": h.wallet.Address().Hex()}, nil
}

// advance moves the chain on and seals what must be.
func (h *harness) advance(round uint64) (any, error) {
	h.tick(round)
	sealed, err := h.desk.Seal(round)
	if err != nil {
		return nil, err
	}
	for name, items := range sealed {
		for _, it := range items {
			j, err := h.check(h.programs[name], it)
			if err != nil {
				return nil, err
			}
			h.items[it.ID()] = j
		}
	}
	return h.state(body{})
}

// check judges a sealed answer as a validator does: the item is whole, it stands where
// its assignment's answers stand, and the labeller signed it.
func (h *harness) check(p *program.Program, it *item.Item) (judged, error) {
	raw, err := it.Encode()
	if err != nil {
		return judged{}, err
	}
	if it, err = item.Decode(raw); err != nil {
		return judged{}, err
	}
	j, err := item.DecodeJudgement(it.Canonical)
	if err != nil {
		return judged{}, err
	}
	out := judged{Task: j.Task(), Program: p.Name, Answer: j.Answer, Comment: j.Comment, Labeller: j.Labeller, Millis: j.Millis, assignment: j.Assignment}
	bucket, err := p.Bucket(it)
	if err == nil && bucket != p.AssignmentBucket(j.Assignment) {
		err = errors.New("it stands in another bucket")
	}
	if err == nil {
		err = protocol.VerifyLabeller(j.Labeller, protocol.JudgementText(p.Name, j.Task(), j.Answer, j.Comment, j.Millis), j.Signature)
	}
	if err != nil {
		out.Wrong = err.Error()
	}
	return out, nil
}

// mark tells the desk one truth for every sealed answer of a program.
func (h *harness) mark(name, truth string) error {
	for _, j := range h.items {
		if j.Program != name {
			continue
		}
		if err := h.desk.Mark(h.from[j.assignment], []protocol.Mark{{Task: j.Task, Truth: truth}}); err != nil {
			return err
		}
	}
	return nil
}

// sign signs a text as a browser wallet does.
func (h *harness) sign(b body) (any, error) {
	signature, err := h.wallet.SignPersonal(b.Text)
	return map[string]string{"signature": fmt.Sprintf("0x%x", signature)}, err
}
