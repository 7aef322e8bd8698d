package desk

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/programs"
	"github.com/assaynet/assay/protocol"
)

const (
	testNetuid  = 7
	testChainID = 964
	roundTime   = 5 * time.Minute
)

func key(name string) *protocol.Key { return protocol.DeriveKey([]byte(name)) }

// shipped are the labelling programs of the repository; change may alter their text.
func shipped(t testing.TB, change ...string) (out []*program.Program) {
	t.Helper()
	for _, name := range []string{"forum.yaml", "spam.yaml", "preference.yaml"} {
		text, err := programs.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := program.Decode([]byte(strings.NewReplacer(change...).Replace(string(text))))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// driven is a clock that a test moves.
type driven struct {
	mu sync.Mutex
	at time.Time
}

func (c *driven) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *driven) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a desk that is served on a socket.
type world struct {
	*Desk
	t     testing.TB
	cfg   Config
	clock *driven
	host  string
	stop  func()
}

func config(t testing.TB, clock *driven) Config {
	return Config{Dir: t.TempDir(), Miner: key("miner").Hotkey(), Netuid: testNetuid, ChainID: testChainID, Programs: shipped(t), Now: clock.now, Rate: 1e6}
}

func open(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	clock := &driven{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w := &world{t: t, clock: clock, cfg: config(t, clock)}
	for _, c := range change {
		c(&w.cfg)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) start() {
	w.t.Helper()
	d, err := Open(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, d) }()
	w.Desk, w.host = d, l.Addr().String()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		if err := d.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.round(10)
}

func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

// round moves the chain to a round, at the clock's time.
func (w *world) round(n uint64) {
	began := w.clock.now()
	w.Tick(n, func(round uint64) time.Time { return began.Add(time.Duration(int64(round)-int64(n)) * roundTime) })
}

// mail is an encoded item to judge.
func mail(t testing.TB, n int) []byte {
	t.Helper()
	b, err := item.Record{Title: fmt.Sprintf("Mail %d", n), Author: "A. Writer", Body: "Buy <b>now</b>!", Time: 1_700_000_000}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	it := &item.Item{Kind: item.KindRecord, URI: fmt.Sprintf("http://forum.example/p/%d", n), Canonical: b, Label: "misc", Licence: "CC0-1.0"}
	raw, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// work is an assignment of spam tasks by v1, of round 10 and due in round 18.
func work(t testing.TB, name string, mails ...int) Assignment {
	t.Helper()
	a := Assignment{Digest: item.Sum("request", []byte(name)), Validator: key("v1").Hotkey(), Round: 10, Due: 18, Program: "spam"}
	for _, n := range mails {
		a.Tasks = append(a.Tasks, protocol.Task{Subjects: [][]byte{mail(t, n)}})
	}
	return a
}

func (w *world) take(a Assignment) Assignment {
	w.t.Helper()
	if err := w.Take(a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// signer is the key of a labeller, of either kind.
type signer struct {
	name string
	sign func(text string) []byte
}

func walletSigner(t testing.TB, name string) signer {
	k := key("labeller " + name)
	return signer{k.Labeller(), func(text string) []byte {
		b, err := k.SignPersonal(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}}
}

func pageSigner(t testing.TB) signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point := elliptic.MarshalCompressed(k.Curve, k.X, k.Y)
	return signer{"p256:" + hex.EncodeToString(point), func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		n := k.Params().N
		if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
			s.Sub(n, s)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}}
}

func hexed(b []byte) string { return "0x" + hex.EncodeToString(b) }

// reply is an answer of the desk, decoded.
type reply struct {
	status int
	head   http.Header
	body   []byte
}

func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
}

// code is that of a refusal, which must have a message and a cure.
func (r reply) code(t testing.TB) string {
	t.Helper()
	var e struct {
		Error struct{ Code, Message, Cure string }
	}
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatalf("status %d is no JSON: %.200s", r.status, r.body)
	}
	if r.status == http.StatusOK {
		return "ok"
	}
	if e.Error.Message == "" || e.Error.Cure == "" || r.head.Get("Content-Type") != "application/json" {
		t.Errorf("a refusal without words: %s", r.body)
	}
	return e.Error.Code
}

// send sends bytes to a path.
func (w *world) send(method, path, token string, body []byte) reply {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://"+w.host+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, b}
}

func (w *world) post(path, token string, body any) reply {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send("POST", "/api/v1/"+path, token, b)
}

// person is a labeller who is signed in.
type person struct {
	signer
	w     *world
	token string
}

func (w *world) nonce() string {
	w.t.Helper()
	var n struct{ Nonce string }
	w.post("nonce", "", struct{}{}).into(w.t, &n)
	return n.Nonce
}

func (w *world) message(name, nonce string) string {
	x := expected{host: w.host, labeller: name, miner: w.cfg.Miner, chainID: testChainID}
	return x.text("http", nonce, w.clock.now().Format(time.RFC3339))
}

func (w *world) signIn(s signer) *person {
	w.t.Helper()
	message := w.message(s.name, w.nonce())
	var out struct{ Token, Expires string }
	w.post("login", "", loginBody{s.name, message, hexed(s.sign(message))}).into(w.t, &out)
	if at, err := time.Parse(time.RFC3339, out.Expires); err != nil || !at.Equal(w.clock.now().Add(sessionLife)) {
		w.t.Errorf("the session ends at %s", out.Expires)
	}
	return &person{s, w, out.Token}
}

func (w *world) wallet(name string) *person { return w.signIn(walletSigner(w.t, name)) }

func (p *person) tasks(name string, limit int) (out []task) {
	p.w.t.Helper()
	var got struct{ Tasks []task }
	p.w.post("tasks", p.token, tasksBody{name, limit}).into(p.w.t, &got)
	return got.Tasks
}

// signed is a right answer to a task.
func (p *person) signed(name string, id item.Hash, answer, comment string, millis int64) answerBody {
	text := protocol.JudgementText(name, id, answer, comment, uint32(millis))
	return answerBody{id.String(), answer, comment, millis, hexed(p.sign(text))}
}

func (p *person) answer(name string, id item.Hash, answer string) (out kept) {
	p.w.t.Helper()
	p.w.post("answers", p.token, p.signed(name, id, answer, "", 500)).into(p.w.t, &out)
	return out
}

func (p *person) me() (out me) {
	p.w.t.Helper()
	p.w.send("GET", "/api/v1/me", p.token, nil).into(p.w.t, &out)
	return out
}

// dump is everything in the database.
func (w *world) dump() string {
	w.t.Helper()
	var b strings.Builder
	for _, table := range []string{"meta", "assignments", "tasks", "shown", "answers", "skips", "labellers"} {
		rows, err := w.reader.Query("SELECT * FROM " + table + " ORDER BY 1, 2")
		if err != nil {
			w.t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row := make([]any, len(columns))
			at := make([]any, len(columns))
			for i := range row {
				at[i] = &row[i]
			}
			if err := rows.Scan(at...); err != nil {
				w.t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %v\n", table, row)
		}
		if err := rows.Err(); err != nil {
			w.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return b.String()
}

// judgements are the items of a program that Seal gives.
func (w *world) judgements(round uint64, name string) []*item.Item {
	w.t.Helper()
	all, err := w.Seal(round)
	if err != nil {
		w.t.Fatal(err)
	}
	return all[name]
}
