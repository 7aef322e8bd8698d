package desk

import (
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// stage is a desk in the midst of work: what each hostile call below is tried on.
type stage struct {
	*world
	ann, bob    *person
	open        item.Hash // leased to ann
	other       item.Hash // leased to bob
	done        item.Hash // answered by ann
	double      item.Hash // answered by bob
	sealed      item.Hash // answered by ann, final
	late        item.Hash // leased to ann, not answered in time
	foreign     item.Hash // of another miner
	page, stale *person   // a page key with a task of its own; a token of before a restart
	pages       item.Hash
	before      string // the database
}

func newStage(t *testing.T) *stage {
	s := &stage{world: open(t)}
	s.stale = s.wallet("stale")
	s.restart()
	s.ann, s.bob, s.page = s.wallet("ann"), s.wallet("bob"), s.signIn(pageSigner(t))
	s.foreign = item.TaskID(item.Sum("another miner's request"), 0)
	past := work(t, "past", 1, 2)
	past.Round, past.Due = 2, 11
	s.take(past)
	s.round(5)
	tasks := s.ann.tasks("spam", 20)
	s.sealed, s.late = tasks[0].ID, tasks[1].ID
	s.clock.pass(time.Second)
	s.ann.answer("spam", s.sealed, "spam")
	s.judgements(10, "spam")
	s.round(10)
	s.take(work(t, "now", 3, 4, 5))
	s.take(work(t, "also", 6, 7))
	tasks = s.ann.tasks("spam", 2)
	s.open, s.done = tasks[0].ID, tasks[1].ID
	tasks = s.bob.tasks("spam", 2)
	s.other, s.double = tasks[0].ID, tasks[1].ID
	s.pages = s.page.tasks("spam", 20)[0].ID
	s.clock.pass(time.Minute)
	s.ann.answer("spam", s.done, "ham")
	s.bob.answer("spam", s.double, "ham")
	s.before = s.dump()
	return s
}

// upper is a signature of a wallet with s in the upper half of the order, which fits
// the key as well.
func upper(sig []byte) []byte {
	out := append([]byte{}, sig...)
	s := new(big.Int).Sub(crypto.S256().Params().N, new(big.Int).SetBytes(sig[32:64]))
	s.FillBytes(out[32:64])
	out[64] = 27 + 28 - sig[64]
	return out
}

// Each call of a liar, a thief or a flood is refused with its code, and changes nothing.
func TestRefusedCallsChangeNothing(t *testing.T) {
	s := newStage(t)
	good := s.ann.signed("spam", s.open, "spam", "", 500)
	with := func(f func(*answerBody)) answerBody {
		b := good
		f(&b)
		return b
	}
	comment := func(c string) answerBody { return s.ann.signed("spam", s.open, "spam", c, 500) }
	millis := func(n int64) answerBody { return s.ann.signed("spam", s.open, "spam", "", n) }
	raw, err := hex.DecodeString(good.Signature[2:])
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		call reply
		want string
	}{
		// lies about time
		{"no time", s.post("answers", s.ann.token, millis(0)), CodeTimeClaim},
		{"time that runs back", s.post("answers", s.ann.token, millis(-5)), CodeTimeClaim},
		{"more time than the lease", s.post("answers", s.ann.token, millis(62_001)), CodeTimeClaim},
		{"weeks", s.post("answers", s.ann.token, millis(1<<40)), CodeTimeClaim},
		{"a change that took longer", s.post("answers", s.ann.token, s.ann.signed("spam", s.done, "spam", "", 100_000)), CodeTimeClaim},
		// double and late
		{"answered by another", s.post("answers", s.ann.token, s.ann.signed("spam", s.double, "ham", "", 500)), CodeAnswered},
		{"another's task", s.post("answers", s.ann.token, s.ann.signed("spam", s.other, "ham", "", 500)), CodeNotYours},
		{"late", s.post("answers", s.ann.token, s.ann.signed("spam", s.late, "ham", "", 500)), CodeClosed},
		{"late change", s.post("answers", s.ann.token, s.ann.signed("spam", s.sealed, "ham", "", 500)), CodeSealed},
		{"late withdrawal", s.post("withdraw", s.ann.token, withdrawBody{s.sealed.String()}), CodeSealed},
		{"late skip", s.post("skip", s.ann.token, skipBody{s.late.String(), "other"}), CodeClosed},
		// forged and replayed
		{"another's key", s.post("answers", s.ann.token, s.bob.signed("spam", s.open, "spam", "", 500)), CodeSignature},
		{"a page's key", s.post("answers", s.ann.token, s.page.signed("spam", s.open, "spam", "", 500)), CodeSignature},
		{"a wallet's key for a page", s.post("answers", s.page.token, s.ann.signed("spam", s.pages, "spam", "", 500)), CodeSignature},
		{"for another task", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = s.ann.signed("spam", s.done, "spam", "", 500).Signature })), CodeSignature},
		{"for another program", s.post("answers", s.ann.token, s.ann.signed("preference", s.open, "spam", "", 500)), CodeSignature},
		{"for another miner's task", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = s.ann.signed("spam", s.foreign, "spam", "", 500).Signature })), CodeSignature},
		{"another miner's task", s.post("answers", s.ann.token, s.ann.signed("spam", s.foreign, "spam", "", 500)), CodeUnknownTask},
		{"for another answer", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Answer = "ham" })), CodeSignature},
		{"for another comment", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Comment = "x" })), CodeSignature},
		{"for another time", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Millis++ })), CodeSignature},
		{"the other half", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = hexed(upper(raw)) })), CodeSignature},
		{"no recovery id", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = hexed(append(raw[:64:64], raw[64]-27)) })), CodeSignature},
		{"cut", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = hexed(raw[:64]) })), CodeSignature},
		{"none", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = "" })), CodeSignature},
		{"no digits", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = "0xzz" })), CodeSignature},
		{"long", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Signature = "0x" + strings.Repeat("00", 1000) })), CodeSignature},
		{"the same answer, forged", s.post("answers", s.ann.token, func() answerBody {
			b := s.ann.signed("spam", s.done, "ham", "", 500)
			b.Signature = good.Signature
			return b
		}()), CodeSignature},
		// outside the answers
		{"outside", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "maybe", "", 500)), CodeAnswerSpace},
		{"other spelling", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "Spam", "", 500)), CodeAnswerSpace},
		{"with a space", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "spam ", "", 500)), CodeAnswerSpace},
		{"of a pair", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "left", "", 500)), CodeAnswerSpace},
		{"empty", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "", "", 500)), CodeAnswerSpace},
		// size and markup
		{"1 MB of comment", s.post("answers", s.ann.token, comment(strings.Repeat("a", 1<<20))), CodeTooLarge},
		{"1 MB of answer", s.post("answers", s.ann.token, with(func(b *answerBody) { b.Answer = strings.Repeat("a", 1<<20) })), CodeTooLarge},
		{"1 MB of nothing", s.send("POST", "/api/v1/skip", s.ann.token, make([]byte, 1<<20)), CodeTooLarge},
		{"a long comment", s.post("answers", s.ann.token, comment(strings.Repeat("a", 2001))), CodeTooLarge},
		{"a tag", s.post("answers", s.ann.token, comment("see <b>this</b>")), CodeMarkup},
		{"a script", s.post("answers", s.ann.token, comment("<script>alert(1)</script>")), CodeMarkup},
		{"an end tag", s.post("answers", s.ann.token, comment("</p>")), CodeMarkup},
		{"a comment", s.post("answers", s.ann.token, comment("<!-- x -->")), CodeMarkup},
		{"an instruction", s.post("answers", s.ann.token, comment("<?xml")), CodeMarkup},
		{"a bell", s.post("answers", s.ann.token, comment("\a")), CodeMarkup},
		{"a null", s.post("answers", s.ann.token, comment("\x00")), CodeMarkup},
		{"a carriage return", s.post("answers", s.ann.token, comment("a\r\nb")), CodeMarkup},
		{"an escape of C1", s.post("answers", s.ann.token, comment("\u009b31m")), CodeMarkup},
		// skipping and withdrawing
		{"no reason", s.post("skip", s.ann.token, skipBody{s.open.String(), ""}), CodeReason},
		{"another reason", s.post("skip", s.ann.token, skipBody{s.open.String(), "bored"}), CodeReason},
		{"skip of an answer", s.post("skip", s.ann.token, skipBody{s.done.String(), "other"}), CodeAnswered},
		{"skip of another's", s.post("skip", s.ann.token, skipBody{s.other.String(), "other"}), CodeNotYours},
		{"skip of nothing", s.post("skip", s.ann.token, skipBody{s.foreign.String(), "other"}), CodeUnknownTask},
		{"withdrawal of another's answer", s.post("withdraw", s.ann.token, withdrawBody{s.double.String()}), CodeAnswered},
		{"withdrawal of another's task", s.post("withdraw", s.ann.token, withdrawBody{s.other.String()}), CodeNotYours},
		// who asks
		{"no token", s.post("answers", "", good), CodeUnauthorised},
		{"another token", s.post("answers", "abc", good), CodeUnauthorised},
		{"a changed token", s.post("answers", s.ann.token[:len(s.ann.token)-2]+"AA", good), CodeUnauthorised},
		{"a token of before a restart", s.post("answers", s.stale.token, good), CodeUnauthorised},
		{"a long token", s.post("answers", strings.Repeat("a", 5000), good), CodeUnauthorised},
		// what is no request
		{"no such program", s.post("tasks", s.ann.token, tasksBody{"forum", 5}), CodeUnknownProgram},
		{"no tasks", s.post("tasks", s.ann.token, tasksBody{"spam", 0}), CodeRequest},
		{"a task's id", s.post("withdraw", s.ann.token, withdrawBody{"0x12"}), CodeRequest},
		{"no JSON", s.send("POST", "/api/v1/skip", s.ann.token, []byte("task=1")), CodeRequest},
		{"no body", s.send("POST", "/api/v1/skip", s.ann.token, nil), CodeRequest},
		{"a list", s.send("POST", "/api/v1/skip", s.ann.token, []byte(`[]`)), CodeRequest},
		{"a field more", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"task":"x","force":true}`)), CodeRequest},
		{"a field in capitals", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"Task":"x"}`)), CodeRequest},
		{"a field less", s.send("POST", "/api/v1/skip", s.ann.token, []byte(`{"task":"x"}`)), CodeRequest},
		{"a field twice", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"task":"`+s.done.String()+`","task":"`+s.open.String()+`"}`)), CodeRequest},
		{"another type", s.send("POST", "/api/v1/tasks", s.ann.token, []byte(`{"program":"spam","limit":"9"}`)), CodeRequest},
		{"a part of a number", s.send("POST", "/api/v1/tasks", s.ann.token, []byte(`{"program":"spam","limit":1.5}`)), CodeRequest},
		{"null", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"task":null}`)), CodeRequest},
		{"two objects", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"task":"x"}{"task":"y"}`)), CodeRequest},
		{"no UTF-8", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte("{\"task\":\"\xff\"}")), CodeRequest},
		{"deep", s.send("POST", "/api/v1/withdraw", s.ann.token, []byte(`{"task":`+strings.Repeat("[", 8000)+`}`)), CodeRequest},
		{"another method", s.send("GET", "/api/v1/answers", s.ann.token, nil), CodeRequest},
		{"another path", s.send("POST", "/api/v1/withdraw/all", s.ann.token, nil), CodeRequest},
	}
	for _, c := range cases {
		if got := c.call.code(t); got != c.want {
			t.Errorf("%s: %s, want %s (%s)", c.name, got, c.want, c.call.body)
		}
	}
	if after := s.dump(); after != s.before {
		t.Errorf("the database changed:\n%s\nwas\n%s", after, s.before)
	}
	s.clock.pass(sessionLife)
	if c := s.post("answers", s.ann.token, good).code(t); c != CodeUnauthorised {
		t.Errorf("with a token that has expired: %s", c)
	}
}

// Every code that the tests above can meet has words, and no two share a name.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.code] || r.cure == "" || r.status < 400 {
			t.Errorf("%+v", r)
		}
		seen[r.code] = true
	}
	if got := refuse("no such code", "x"); got.code != CodeInternal {
		t.Errorf("%+v", got)
	}
}

// What is allowed in a comment.
func TestPlainComments(t *testing.T) {
	s := newStage(t)
	for i, c := range []string{"1 < 2 and 3 > 2", "a <", "<3", "two\nlines", "ünï <<>> ✓", strings.Repeat("é", 1000)} {
		var k kept
		s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "spam", c, 500)).into(t, &k)
		if k.Changes != i {
			t.Errorf("%q: %+v", c, k)
		}
	}
	s.judgements(17, "spam")
	items := s.judgements(17, "spam")
	found := false
	for _, it := range items {
		j, err := item.DecodeJudgement(it.Canonical)
		if err != nil {
			t.Fatal(err)
		}
		found = found || j.Comment == strings.Repeat("é", 1000) && j.Task() == s.open
	}
	if !found {
		t.Error("the comment is not in the judgement")
	}
}

// The answer to a retry that comes after sealing is the same 200.
func TestRetryAfterSealing(t *testing.T) {
	s := newStage(t)
	var k kept
	s.post("answers", s.ann.token, s.ann.signed("spam", s.sealed, "spam", "", 500)).into(t, &k)
	if k.State != "sealed" || k.Changes != 0 {
		t.Errorf("%+v", k)
	}
}

func TestSignIn(t *testing.T) {
	w := open(t)
	ann, page := walletSigner(t, "ann"), pageSigner(t)
	login := func(s signer, name, message string) reply {
		return w.post("login", "", loginBody{name, message, hexed(s.sign(message))})
	}
	edit := func(s signer, from, to string) reply {
		return login(s, s.name, strings.Replace(w.message(s.name, w.nonce()), from, to, 1))
	}
	before := w.dump()
	used := w.message(ann.name, w.nonce())
	if c := login(ann, ann.name, used).code(t); c != "ok" {
		t.Fatal(c)
	}
	old := w.nonce()
	w.clock.pass(nonceLife)
	forged := w.nonce()
	forged = forged[:len(forged)-1] + string("01"[(forged[len(forged)-1]&1)^1])
	address := w.message(ann.name, "x")
	address = strings.Split(address, "\n")[1]
	for _, c := range []struct {
		name string
		call reply
		want string
	}{
		{"used", login(ann, ann.name, strings.Replace(used, "08:00:00", "08:05:00", 1)), CodeNonce},
		{"expired", login(ann, ann.name, w.message(ann.name, old)), CodeNonce},
		{"forged nonce", login(ann, ann.name, w.message(ann.name, forged)), CodeNonce},
		{"nonce in capitals", login(ann, ann.name, w.message(ann.name, strings.ToUpper(w.nonce()))), CodeNonce},
		{"no nonce", login(ann, ann.name, w.message(ann.name, "")), CodeNonce},
		{"another name in the message", login(ann, ann.name, w.message(walletSigner(t, "bob").name, w.nonce())), CodeMessage},
		{"another name beside it", login(ann, walletSigner(t, "bob").name, w.message(ann.name, w.nonce())), CodeMessage},
		{"a page's message by a wallet", login(ann, page.name, w.message(page.name, w.nonce())), CodeSignature},
		{"a wallet's message by a page", login(page, ann.name, w.message(ann.name, w.nonce())), CodeSignature},
		{"a wallet's word for a page", edit(page, "page key", "Ethereum account"), CodeMessage},
		{"no checksum", edit(ann, address, strings.ToLower(address)), CodeMessage},
		{"another host", edit(ann, w.host, "desk.example"), CodeMessage},
		{"another host's URI", edit(ann, "http://"+w.host, "http://desk.example"), CodeMessage},
		{"a path", edit(ann, "URI: http://"+w.host, "URI: http://"+w.host+"/x"), CodeMessage},
		{"another scheme", edit(ann, "URI: http:", "URI: ftp:"), CodeMessage},
		{"another miner", edit(ann, w.cfg.Miner.String(), key("x").Hotkey().String()), CodeMessage},
		{"another chain", edit(ann, "Chain ID: 964", "Chain ID: 1"), CodeMessage},
		{"another version", edit(ann, "Version: 1", "Version: 2"), CodeMessage},
		{"a line more", login(ann, ann.name, w.message(ann.name, w.nonce())+"\nResources:"), CodeMessage},
		{"a line end", login(ann, ann.name, w.message(ann.name, w.nonce())+"\n"), CodeMessage},
		{"other line ends", login(ann, ann.name, strings.ReplaceAll(w.message(ann.name, w.nonce()), "\n", "\r\n")), CodeMessage},
		{"empty", login(ann, ann.name, ""), CodeMessage},
		{"long", login(ann, ann.name, strings.Repeat("a", maxMessage+1)), CodeTooLarge},
		{"no time", edit(ann, "Issued At: ", "Issued At: yesterday "), CodeMessage},
		{"old", edit(ann, "08:05:00", "07:54:59"), CodeMessage},
		{"from the future", edit(ann, "08:05:00", "08:15:01"), CodeMessage},
		{"a name in capitals", login(ann, strings.ToUpper(ann.name), w.message(ann.name, w.nonce())), CodeMessage},
		{"no name", login(ann, "", w.message(ann.name, w.nonce())), CodeMessage},
		{"no point of the curve", login(page, "p256:02"+strings.Repeat("ff", 32), w.message(page.name, w.nonce())), CodeMessage},
	} {
		if got := c.call.code(t); got != c.want {
			t.Errorf("%s: %s, want %s (%s)", c.name, got, c.want, c.call.body)
		}
	}
	if w.dump() != before {
		t.Error("signing in changed the database")
	}
	for name, r := range map[string]reply{
		"a wallet, over TLS":     edit(ann, "URI: http:", "URI: https:"),
		"a page, with fractions": edit(page, "08:05:00Z", "08:05:00.123Z"),
		"in another time zone":   edit(ann, "08:05:00Z", "10:05:00+02:00"),
		"a clock that is late":   edit(ann, "08:05:00", "07:55:01"),
	} {
		if c := r.code(t); c != "ok" {
			t.Errorf("%s: %s", name, r.body)
		}
	}
}

// A nonce is used up by a message that is right, not by one that is wrong.
func TestNonceOutlivesAFailure(t *testing.T) {
	w := open(t)
	ann := walletSigner(t, "ann")
	message := w.message(ann.name, w.nonce())
	bad := loginBody{ann.name, message, hexed(walletSigner(t, "bob").sign(message))}
	if c := w.post("login", "", bad).code(t); c != CodeSignature {
		t.Fatal(c)
	}
	good := loginBody{ann.name, message, hexed(ann.sign(message))}
	if c := w.post("login", "", good).code(t); c != "ok" {
		t.Fatal(c)
	}
	if c := w.post("login", "", good).code(t); c != CodeNonce {
		t.Fatal(c)
	}
}

// Used nonces are remembered within a bound, and forgotten when they have expired.
func TestUsedNoncesAreBounded(t *testing.T) {
	l := newLogin([32]byte{1}, protocol.Hotkey{}, 1)
	now := time.Unix(1000, 0)
	for range mostUsed {
		if err := l.use(l.nonce(now), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.use(l.nonce(now), now); refusalOf(err).code != CodeBusy {
		t.Errorf("beyond the bound: %v", err)
	}
	if err := l.use(l.nonce(now), now.Add(nonceLife)); err != nil || len(l.used) != 1 {
		t.Errorf("later: %v, %d are remembered", err, len(l.used))
	}
}

func TestHeadersAndPaths(t *testing.T) {
	w := open(t)
	for path, status := range map[string]int{"/": 200, "/api/v1/desk": 200, "/api/v1/ledger": 200, "/api/v1/me": 401, "/api/v2/desk": 404, "/assets/nothing": 404, "/../etc/passwd": 404, "/desk.db": 404} {
		r := w.send("GET", path, "", nil)
		if r.status != status && !(path == "/api/v2/desk" && r.status == http.StatusBadRequest) {
			t.Errorf("%s: status %d, want %d", path, r.status, status)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"} {
			if r.head.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, r.head.Get(name))
			}
		}
		if csp := r.head.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if strings.HasPrefix(path, "/api/") {
			if !json.Valid(r.body) || r.head.Get("Cache-Control") != "no-store" || r.head.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %v %s", path, r.head, r.body)
			}
		}
	}
}
