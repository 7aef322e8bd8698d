package miner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/gofrs/flock"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/database"
	"github.com/assaynet/assay/desk"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

// labelling are the forum program, the program spam, and one with the same answers.
func labelling(t testing.TB) []*program.Program {
	t.Helper()
	text, err := programs.Files.ReadFile("spam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := forum(t)
	for _, name := range []string{"spam", "junk"} {
		p, err := program.Decode(bytes.Replace(text, []byte("name: spam"), []byte("name: "+name), 1))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// workshop is a miner with a labelling desk in one folder, in one life.
type workshop struct {
	world
	desk *desk.Desk
	lock *flock.Flock
	api  *httptest.Server
	step func(string)
}

// stepped is a desk that is told of each call, before and after.
type stepped struct {
	*desk.Desk
	step func(string)
}

func (s stepped) Assign(from protocol.Hotkey, round uint64, digest item.Hash, r *protocol.TasksRequest) (uint16, error) {
	s.step("before assign")
	defer s.step("after assign")
	return s.Desk.Assign(from, round, digest, r)
}

func (s stepped) Seal(round uint64) (map[string][]*item.Item, error) {
	s.step("before seal")
	defer s.step("after seal")
	return s.Desk.Seal(round)
}

// openWorkshop opens a miner that tells step of each durable step; a nil step is none.
func openWorkshop(t testing.TB, cfg Config, step func(string)) *workshop {
	t.Helper()
	if step == nil {
		step = func(string) {}
	}
	lock, err := database.Lock(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{lock: lock, step: step}
	w.desk, err = desk.Open(desk.Config{
		Dir: cfg.Dir, Lock: lock, Miner: key("miner").Hotkey(), Netuid: testNetuid, ChainID: 964,
		Programs: labelling(t), Rate: 1e6, Take: desk.TakeAlways,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.api = httptest.NewServer(w.desk.Handler())
	cfg.Lock, cfg.Labour, cfg.step = lock, stepped{w.desk, step}, step
	c := newChain("v1", "v2", "miner2")
	m, err := Open(cfg, key("miner"), labelling(t), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.world = world{Miner: m, t: t, chain: c, cfg: cfg}
	return w
}

func (w *workshop) close() {
	w.t.Helper()
	w.api.Close()
	if err := errors.Join(w.Miner.Close(), w.desk.Close(), w.lock.Unlock()); err != nil {
		w.t.Error(err)
	}
}

// head lets the miner follow the chain to a block.
func (w *workshop) head(block uint64) {
	w.t.Helper()
	at := time.Unix(1_800_000_000, 0).Add(time.Duration(block) * 3 * time.Second)
	if err := w.follow(context.Background(), chain.Head{Number: block, Time: at}); err != nil {
		w.t.Fatal(err)
	}
	if f := w.Status().Fault; f != "" {
		w.t.Fatal(f)
	}
}

// handOut is a request of round 1 that is due in round 5, about two posts.
func handOut(t testing.TB) *protocol.TasksRequest {
	t.Helper()
	r := &protocol.TasksRequest{Program: "spam", Due: 5}
	for i := range 2 {
		it, err := record(i).Item()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := it.Encode()
		if err != nil {
			t.Fatal(err)
		}
		r.Tasks = append(r.Tasks, protocol.Task{Subjects: [][]byte{raw}})
	}
	return r
}

// call is one of the desk's API.
func (w *workshop) call(path, token string, body, into any) {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", w.api.URL+"/api/v1/"+path, bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s, %v, %v", path, resp.Status, err, into)
	}
}

func signedText(t testing.TB, k *protocol.Key, text string) string {
	t.Helper()
	b, err := k.SignPersonal(text)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("0x%x", b)
}

// signIn signs a labeller in.
func (w *workshop) signIn(k *protocol.Key) (token string) {
	w.t.Helper()
	var n struct{ Nonce string }
	w.call("nonce", "", struct{}{}, &n)
	host := strings.TrimPrefix(w.api.URL, "http://")
	text := fmt.Sprintf("%s wants you to sign in with your Ethereum account:\n%s\n\nLabel for miner %s.\n\nURI: http://%s\nVersion: 1\nChain ID: 964\nNonce: %s\nIssued At: %s",
		host, common.HexToAddress(k.Labeller()).Hex(), key("miner").Hotkey(), host, n.Nonce, time.Now().UTC().Format(time.RFC3339))
	var s struct{ Token string }
	w.call("login", "", map[string]string{"labeller": k.Labeller(), "message": text, "signature": signedText(w.t, k, text)}, &s)
	return s.Token
}

// label answers all tasks with ham.
func (w *workshop) label(k *protocol.Key) {
	w.t.Helper()
	token := w.signIn(k)
	var got struct{ Tasks []struct{ ID item.Hash } }
	w.call("tasks", token, map[string]any{"program": "spam", "limit": 20}, &got)
	for _, x := range got.Tasks {
		w.step("before answer")
		text := protocol.JudgementText("spam", x.ID, "ham", "", 1)
		w.call("answers", token, map[string]any{"task": x.ID, "answer": "ham", "comment": "", "millis": 1, "signature": signedText(w.t, k, text)}, &struct{}{})
		w.step("after answer")
	}
}

// judgements are the keys of the newest root's leaves of the assignment.
func (w *workshop) judgements(assignment item.Hash) (tasks []item.Hash) {
	w.t.Helper()
	v, ok := w.index.newest()
	if !ok {
		return nil
	}
	for it, err := range w.Items(v.root.Seq) {
		if err != nil {
			w.t.Fatal(err)
		}
		if it.Kind != item.KindJudgement {
			continue
		}
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil || j.Assignment != assignment || j.Answer != "ham" {
			w.t.Errorf("judgement %+v, %v", j, err)
		}
		k, err := w.programs[1].Key(it)
		if err != nil || k.Bucket() != w.programs[1].AssignmentBucket(assignment) {
			w.t.Errorf("a judgement stands at %s, %v", k, err)
		}
		if _, have := v.tree.Get(k); !have {
			w.t.Errorf("the root does not hold %s", k)
		}
		tasks = append(tasks, j.Task())
	}
	return tasks
}

func TestTasksAreRefused(t *testing.T) {
	none := open(t, config(t))
	none.at(15)
	none.refused("v1", protocol.KindTasksRequest, 1, handOut(t), protocol.ReasonRefused)

	cfg := config(t)
	cfg.ServeAnyone = true
	w := openWorkshop(t, cfg, nil)
	defer w.close()
	w.at(15)
	with := func(f func(*protocol.TasksRequest)) *protocol.TasksRequest {
		r := handOut(t)
		f(r)
		return r
	}
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Program = "forum" }), protocol.ReasonRefused)
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Program = "chess" }), protocol.ReasonRefused)
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Due = 1 }), protocol.ReasonMalformed)
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Tasks[1].Subjects[0][0]++ }), protocol.ReasonMalformed)
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Tasks = append(r.Tasks, r.Tasks[0], r.Tasks[0], r.Tasks[0]) }), protocol.ReasonMalformed)
	w.refused("v1", protocol.KindTasksRequest, 1, with(func(r *protocol.TasksRequest) { r.Head.Seq = 1 << 63 }), protocol.ReasonMalformed)
	w.refused("stranger", protocol.KindTasksRequest, 1, handOut(t), protocol.ReasonPermit)
	answer := w.ask("v1", protocol.KindTasksRequest, 1, handOut(t))
	if a, ok := answer.(*protocol.TasksAnswer); !ok || a.Want != 4 {
		t.Errorf("the answer is %+v", answer)
	}
	// It may be asked at any time how much is wanted.
	answer = w.ask("v2", protocol.KindTasksRequest, 1, &protocol.TasksRequest{Program: "spam"})
	if a, ok := answer.(*protocol.TasksAnswer); !ok || a.Want != 4 {
		t.Errorf("the answer without tasks is %+v", answer)
	}
}

// Answers are committed to two rounds before the last one, once, and in the program
// that asked alone, although another one has the same answers.
func TestAnswersAreCommittedTo(t *testing.T) {
	w := openWorkshop(t, config(t), nil)
	defer w.close()
	w.take(record(0), record(1), record(2))
	w.head(10)
	raw, asked := request(t, "v1", protocol.KindTasksRequest, 1, handOut(t))
	if _, err := w.send(raw); err != nil {
		t.Fatal(err)
	}
	w.label(key("ann"))
	for _, block := range []uint64{19, 20, 29} {
		if w.head(block); len(w.judgements(asked.Digest)) != 0 {
			t.Fatalf("answers are committed to at block %d", block)
		}
	}
	w.head(30)
	v, _ := w.index.newest()
	if len(w.judgements(asked.Digest)) != 2 || v.root.Count != 3+2 {
		t.Fatalf("a root of %d items holds %d answers", v.root.Count, len(w.judgements(asked.Digest)))
	}
	for _, block := range []uint64{39, 40, 49, 50, 59, 60} {
		w.head(block)
	}
	if last, _ := w.index.newest(); last.root.Seq != v.root.Seq {
		t.Error("there is another root without anything new")
	}
}

// career is the story of TestLabourCrashes over all its lives.
type career struct {
	cfg   Config
	raw   []byte // the hand-out, as the validator sends it each time
	asked protocol.Asked
	shown map[uint64]item.Hash
}

// live runs the story to its end, or to the crash at a step: the tasks are handed out,
// answered, sealed, stored and committed to.
func (c *career) live(t *testing.T, crash int) (steps int, crashed bool) {
	t.Helper()
	w := openWorkshop(t, c.cfg, func(string) {
		if steps++; steps == crash {
			panic(errCrash)
		}
	})
	defer func() {
		r := recover()
		if r != nil && r != errCrash {
			panic(r)
		}
		crashed = r != nil
		for _, v := range w.index.versions() {
			if before, have := c.shown[v.root.Seq]; have && before != v.root.Digest() {
				t.Errorf("root %d was signed with two contents", v.root.Seq)
			}
			c.shown[v.root.Seq] = v.root.Digest()
		}
		if !crashed {
			w.close()
			return
		}
		// Nothing is closed but the lock, which would go with the process.
		w.api.Close()
		if err := w.lock.Unlock(); err != nil {
			t.Error(err)
		}
	}()
	w.take(record(0))
	w.at(15)
	if _, err := w.send(c.raw); err != nil {
		t.Fatal(err)
	}
	w.label(key("ann"))
	w.head(30) // seals, stores and commits
	w.head(39)
	w.head(40)
	if tasks := w.judgements(c.asked.Digest); len(tasks) != 2 || tasks[0] == tasks[1] {
		t.Errorf("crash at step %d: the tasks that are answered are %v", crash, tasks)
	}
	if v, _ := w.index.newest(); v.root.Count != 3 {
		t.Errorf("crash at step %d: the root has %d items, want 3", crash, v.root.Count)
	}
	return steps, false
}

// The story is run with a crash at each step between take, answer, seal, put and commit;
// nothing is lost and nothing is there twice.
func TestLabourCrashes(t *testing.T) {
	begin := func() *career {
		c := &career{cfg: config(t), shown: map[uint64]item.Hash{}}
		c.raw, c.asked = request(t, "v1", protocol.KindTasksRequest, 1, handOut(t))
		return c
	}
	steps, _ := begin().live(t, 0)
	if steps < 20 {
		t.Fatalf("the story has only %d steps", steps)
	}
	for k := 1; k <= steps; k++ {
		c := begin()
		if _, crashed := c.live(t, k); !crashed {
			t.Fatalf("step %d of %d was not reached", k, steps)
		}
		if _, crashed := c.live(t, 0); crashed {
			t.Fatal("crashed without being told to")
		}
	}
}

// ticked notes what a desk is told of the chain.
type ticked struct {
	Labour
	round uint64
	until func(uint64) time.Time
}

func (k *ticked) Tick(round uint64, until func(uint64) time.Time) { k.round, k.until = round, until }

// When rounds begin is told by the pace of the chain, and by the usual one before there
// are two heads.
func TestRoundsAreForetold(t *testing.T) {
	k := &ticked{}
	m := &Miner{cfg: Config{RoundBlocks: testBlocks, Labour: k}}
	start := time.Unix(1_800_000_000, 0)
	see := func(block uint64, at time.Duration) { m.tick(chain.Head{Number: block, Time: start.Add(at)}) }
	told := func(round uint64, want time.Duration) {
		t.Helper()
		if got := k.until(round).Sub(start); got != want {
			t.Errorf("round %d begins after %v, want %v", round, got, want)
		}
	}
	see(100, 0)
	told(11, 10*12*time.Second)
	see(105, 10*time.Second)
	told(11, 20*time.Second)
	told(10, 0)
	for block := uint64(106); block <= 200; block++ {
		see(block, 10*time.Second+time.Duration(block-105)*4*time.Second)
	}
	told(21, 10*time.Second+105*4*time.Second)
	see(50, time.Hour) // another chain, or one that was put back
	told(6, time.Hour+10*12*time.Second)
	if !k.until(1<<63).IsZero() || !k.until(1<<60).IsZero() {
		t.Error("the time of a round that never comes is told")
	}
	if k.round != 5 {
		t.Errorf("the round is %d", k.round)
	}
}
