package desk

import (
	"math/big"
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
	idle        *person   // who let tasks lapse
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
	past.Round, past.Due = 3, 11
	s.take(past)
	s.round(5)
	tasks := s.ann.tasks("spam", 20)
	s.sealed, s.late = tasks[0].ID, tasks[1].ID
	s.clock.pass(time.Second)
	s.ann.answer("spam", s.sealed, "spam")
	s.judgements(9, "spam")
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
	s.idle = s.wallet("idle")
	for i := range mostLapses {
		if _, err := s.writer.Exec(`INSERT INTO lapses VALUES (?, ?)`, s.idle.name, s.now()-int64(i)); err != nil {
			t.Fatal(err)
		}
	}
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

// attempt is a call that is to be refused, and with which code.
type attempt struct {
	name string
	call reply
	want string
}

// good is an answer that would be taken.
func (s *stage) good() answerBody { return s.ann.signed("spam", s.open, "spam", "", 500) }

// with is a good answer with something changed after it was signed.
func (s *stage) with(f func(*answerBody)) answerBody {
	b := s.good()
	f(&b)
	return b
}

// comment is a good answer with a comment.
func (s *stage) comment(c string) answerBody { return s.ann.signed("spam", s.open, "spam", c, 500) }

// millis is a good answer with another time.
func (s *stage) millis(n int64) answerBody { return s.ann.signed("spam", s.open, "spam", "", n) }

// lies are lies about time.
func (s *stage) lies() []attempt {
	return []attempt{
		{"no time", s.post("answers", s.ann.token, s.millis(0)), CodeTimeClaim},
		{"time that runs back", s.post("answers", s.ann.token, s.millis(-5)), CodeTimeClaim},
		{"more time than the lease", s.post("answers", s.ann.token, s.millis(62_001)), CodeTimeClaim},
		{"weeks", s.post("answers", s.ann.token, s.millis(1<<40)), CodeTimeClaim},
		{"a change that took longer", s.post("answers", s.ann.token, s.ann.signed("spam", s.done, "spam", "", 100_000)), CodeTimeClaim},
	}
}

// doubles are what comes twice or late.
func (s *stage) doubles() []attempt {
	return []attempt{
		{"answered by another", s.post("answers", s.ann.token, s.ann.signed("spam", s.double, "ham", "", 500)), CodeAnswered},
		{"another's task", s.post("answers", s.ann.token, s.ann.signed("spam", s.other, "ham", "", 500)), CodeNotYours},
		{"late", s.post("answers", s.ann.token, s.ann.signed("spam", s.late, "ham", "", 500)), CodeClosed},
		{"late change", s.post("answers", s.ann.token, s.ann.signed("spam", s.sealed, "ham", "", 500)), CodeSealed},
		{"late withdrawal", s.post("withdraw", s.ann.token, withdrawBody{s.sealed.String()}), CodeSealed},
		{"late skip", s.post("skip", s.ann.token, skipBody{s.late.String(), "other"}), CodeClosed},
	}
}

// forgeries are signatures that are not of this labeller over this answer.
func (s *stage) forgeries() []attempt {
	raw := s.ann.sign(protocol.JudgementText("spam", s.open, "spam", "", 500))
	return []attempt{
		{"another's key", s.post("answers", s.ann.token, s.bob.signed("spam", s.open, "spam", "", 500)), CodeSignature},
		{"a page's key", s.post("answers", s.ann.token, s.page.signed("spam", s.open, "spam", "", 500)), CodeSignature},
		{"a wallet's key for a page", s.post("answers", s.page.token, s.ann.signed("spam", s.pages, "spam", "", 500)), CodeSignature},
		{"for another task", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = s.ann.signed("spam", s.done, "spam", "", 500).Signature })), CodeSignature},
		{"for another program", s.post("answers", s.ann.token, s.ann.signed("preference", s.open, "spam", "", 500)), CodeSignature},
		{"for another miner's task", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = s.ann.signed("spam", s.foreign, "spam", "", 500).Signature })), CodeSignature},
		{"another miner's task", s.post("answers", s.ann.token, s.ann.signed("spam", s.foreign, "spam", "", 500)), CodeUnknownTask},
		{"for another answer", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Answer = "ham" })), CodeSignature},
		{"for another comment", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Comment = "x" })), CodeSignature},
		{"for another time", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Millis++ })), CodeSignature},
		{"the other half", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = hexed(upper(raw)) })), CodeSignature},
		{"no recovery id", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = hexed(append(raw[:64:64], raw[64]-27)) })), CodeSignature},
		{"cut", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = hexed(raw[:64]) })), CodeSignature},
		{"none", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = "" })), CodeSignature},
		{"no digits", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = "0xzz" })), CodeSignature},
		{"long", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Signature = "0x" + strings.Repeat("00", 1000) })), CodeSignature},
		{"the same answer, forged", s.post("answers", s.ann.token, func() answerBody {
			b := s.ann.signed("spam", s.done, "ham", "", 500)
			b.Signature = s.good().Signature
			return b
		}()), CodeSignature},
	}
}

// outsiders are answers that the program does not have.
func (s *stage) outsiders() []attempt {
	return []attempt{
		{"outside", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "maybe", "", 500)), CodeAnswerSpace},
		{"other spelling", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "Spam", "", 500)), CodeAnswerSpace},
		{"with a space", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "spam ", "", 500)), CodeAnswerSpace},
		{"of a pair", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "left", "", 500)), CodeAnswerSpace},
		{"empty", s.post("answers", s.ann.token, s.ann.signed("spam", s.open, "", "", 500)), CodeAnswerSpace},
	}
}

// floods are texts that are too long or not plain.
func (s *stage) floods() []attempt {
	return []attempt{
		{"1 MB of comment", s.post("answers", s.ann.token, s.comment(strings.Repeat("a", 1<<20))), CodeTooLarge},
		{"1 MB of answer", s.post("answers", s.ann.token, s.with(func(b *answerBody) { b.Answer = strings.Repeat("a", 1<<20) })), CodeTooLarge},
		{"1 MB of nothing", s.send("POST", "/api/v1/skip", s.ann.token, make([]byte, 1<<20)), CodeTooLarge},
		{"a long comment", s.post("answers", s.ann.token, s.comment(strings.Repeat("a", 2001))), CodeTooLarge},
		{"a tag", s.post("answers", s.ann.token, s.comment("see <b>this</b>")), CodeMarkup},
		{"a script", s.post("answers", s.ann.token, s.comment("<script>alert(1)</script>")), CodeMarkup},
		{"an end tag", s.post("answers", s.ann.token, s.comment("</p>")), CodeMarkup},
		{"a comment", s.post("answers", s.ann.token, s.comment("<!-- x -->")), CodeMarkup},
		{"an instruction", s.post("answers", s.ann.token, s.comment("<?xml")), CodeMarkup},
		{"a bell", s.post("answers", s.ann.token, s.comment("\a")), CodeMarkup},
		{"a null", s.post("answers", s.ann.token, s.comment("\x00")), CodeMarkup},
		{"a carriage return", s.post("answers", s.ann.token, s.comment("a\r\nb")), CodeMarkup},
		{"an escape of C1", s.post("answers", s.ann.token, s.comment("\u009b31m")), CodeMarkup},
	}
}

// takings are skips and withdrawals of what is not one's own.
func (s *stage) takings() []attempt {
	return []attempt{
		{"no reason", s.post("skip", s.ann.token, skipBody{s.open.String(), ""}), CodeReason},
		{"another reason", s.post("skip", s.ann.token, skipBody{s.open.String(), "bored"}), CodeReason},
		{"skip of an answer", s.post("skip", s.ann.token, skipBody{s.done.String(), "other"}), CodeAnswered},
		{"skip of another's", s.post("skip", s.ann.token, skipBody{s.other.String(), "other"}), CodeNotYours},
		{"skip of nothing", s.post("skip", s.ann.token, skipBody{s.foreign.String(), "other"}), CodeUnknownTask},
		{"withdrawal of another's answer", s.post("withdraw", s.ann.token, withdrawBody{s.double.String()}), CodeAnswered},
		{"tasks for one who lets them lapse", s.post("tasks", s.idle.token, tasksBody{"spam", 1}), CodeBusy},
		{"withdrawal of another's task", s.post("withdraw", s.ann.token, withdrawBody{s.other.String()}), CodeNotYours},
	}
}

// strangers are calls without a good token.
func (s *stage) strangers() []attempt {
	return []attempt{
		{"no token", s.post("answers", "", s.good()), CodeUnauthorised},
		{"another token", s.post("answers", "abc", s.good()), CodeUnauthorised},
		{"a changed token", s.post("answers", s.ann.token[:len(s.ann.token)-2]+"AA", s.good()), CodeUnauthorised},
		{"a token of before a restart", s.post("answers", s.stale.token, s.good()), CodeUnauthorised},
		{"a long token", s.post("answers", strings.Repeat("a", 5000), s.good()), CodeUnauthorised},
	}
}

// nonsense are what is no request.
func (s *stage) nonsense() []attempt {
	return []attempt{
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
}

// Each call of a liar, a thief or a flood is refused with its code, and changes nothing.
func TestRefusedCallsChangeNothing(t *testing.T) {
	s := newStage(t)
	for _, attempts := range []func() []attempt{s.lies, s.doubles, s.forgeries, s.outsiders, s.floods, s.takings, s.strangers, s.nonsense} {
		for _, a := range attempts() {
			if got := a.call.code(t); got != a.want {
				t.Errorf("%s: %s, want %s (%s)", a.name, got, a.want, a.call.body)
			}
			if after := s.dump(); after != s.before {
				t.Fatalf("%s: the database is\n%s\nand was\n%s", a.name, after, s.before)
			}
		}
	}
	s.clock.pass(sessionLife)
	if c := s.post("answers", s.ann.token, s.good()).code(t); c != CodeUnauthorised {
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
