package desk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

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
