package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/assaynet/assay/protocol"
)

// signing is a desk, and two who sign in.
type signing struct {
	*world
	ann, page signer
}

func (w signing) login(s signer, name, message string) reply {
	return w.post("login", "", loginBody{name, message, hexed(s.sign(message))})
}

// as signs a fresh message of the name in.
func (w signing) as(s signer, name string) reply {
	return w.login(s, name, w.message(name, w.nonce()))
}

// edit changes a right message before it is signed.
func (w signing) edit(s signer, from, to string) reply {
	return w.login(s, s.name, strings.Replace(w.message(s.name, w.nonce()), from, to, 1))
}

// with signs in with a nonce.
func (w signing) with(nonce string) reply {
	return w.login(w.ann, w.ann.name, w.message(w.ann.name, nonce))
}

func newSigning(t *testing.T) signing {
	return signing{open(t), walletSigner(t, "ann"), pageSigner(t)}
}

func (w signing) refused(t *testing.T, attempts []attempt) {
	t.Helper()
	before := w.dump()
	for _, a := range attempts {
		if got := a.call.code(t); got != a.want {
			t.Errorf("%s: %s, want %s (%s)", a.name, got, a.want, a.call.body)
		}
	}
	if w.dump() != before {
		t.Error("signing in changed the database")
	}
}

func TestNoncesThatAreRefused(t *testing.T) {
	w := newSigning(t)
	used, old := w.nonce(), w.nonce()
	w.clock.pass(nonceLife - time.Second)
	if c := w.with(used).code(t); c != "ok" {
		t.Fatal(c)
	}
	again := w.with(used)
	w.clock.pass(time.Second)
	forged := w.nonce()
	forged = forged[:len(forged)-1] + string("01"[(forged[len(forged)-1]&1)^1])
	w.refused(t, []attempt{
		{"used", again, CodeNonce},
		{"expired", w.with(old), CodeNonce},
		{"forged", w.with(forged), CodeNonce},
		{"in capitals", w.with(strings.ToUpper(w.nonce())), CodeNonce},
		{"none", w.with(""), CodeNonce},
	})
}

func TestNamesThatAreRefused(t *testing.T) {
	w := newSigning(t)
	bob := walletSigner(t, "bob").name
	w.refused(t, []attempt{
		{"another in the message", w.login(w.ann, w.ann.name, w.message(bob, w.nonce())), CodeMessage},
		{"another beside it", w.login(w.ann, bob, w.message(w.ann.name, w.nonce())), CodeMessage},
		{"another's message", w.as(w.ann, bob), CodeSignature},
		{"a page's message by a wallet", w.as(w.ann, w.page.name), CodeSignature},
		{"a wallet's message by a page", w.as(w.page, w.ann.name), CodeSignature},
		{"a wallet's word for a page", w.edit(w.page, "page key", "Ethereum account"), CodeMessage},
		{"in capitals", w.login(w.ann, strings.ToUpper(w.ann.name), w.message(w.ann.name, w.nonce())), CodeMessage},
		{"none", w.login(w.ann, "", w.message(w.ann.name, w.nonce())), CodeMessage},
		{"no point of the curve", w.login(w.page, "p256:02"+strings.Repeat("ff", 32), w.message(w.page.name, w.nonce())), CodeMessage},
	})
}

func TestMessagesThatAreRefused(t *testing.T) {
	w := newSigning(t)
	ann := w.ann
	account := strings.Split(w.message(ann.name, ""), "\n")[1]
	right := func() string { return w.message(ann.name, w.nonce()) }
	w.refused(t, []attempt{
		{"no checksum", w.edit(ann, account, strings.ToLower(account)), CodeMessage},
		{"another host", w.edit(ann, w.host, "desk.example"), CodeMessage},
		{"another host's URI", w.edit(ann, "http://"+w.host, "http://desk.example"), CodeMessage},
		{"a path", w.edit(ann, "URI: http://"+w.host, "URI: http://"+w.host+"/x"), CodeMessage},
		{"another scheme", w.edit(ann, "URI: http:", "URI: ftp:"), CodeMessage},
		{"another miner", w.edit(ann, w.cfg.Miner.String(), key("x").Hotkey().String()), CodeMessage},
		{"another chain", w.edit(ann, "Chain ID: 964", "Chain ID: 1"), CodeMessage},
		{"another version", w.edit(ann, "Version: 1", "Version: 2"), CodeMessage},
		{"a line more", w.login(ann, ann.name, right()+"\nResources:"), CodeMessage},
		{"a line end", w.login(ann, ann.name, right()+"\n"), CodeMessage},
		{"other line ends", w.login(ann, ann.name, strings.ReplaceAll(right(), "\n", "\r\n")), CodeMessage},
		{"empty", w.login(ann, ann.name, ""), CodeMessage},
		{"long", w.login(ann, ann.name, strings.Repeat("a", maxMessage+1)), CodeTooLarge},
		{"no time", w.edit(ann, "Issued At: ", "Issued At: yesterday "), CodeMessage},
		{"old", w.edit(ann, "08:00:00", "07:49:59"), CodeMessage},
		{"from the future", w.edit(ann, "08:00:00", "08:10:01"), CodeMessage},
	})
}

func TestMessagesThatAreTaken(t *testing.T) {
	w := newSigning(t)
	for name, r := range map[string]reply{
		"a wallet, over TLS":     w.edit(w.ann, "URI: http:", "URI: https:"),
		"a page, with fractions": w.edit(w.page, "08:00:00Z", "08:00:00.123Z"),
		"in another time zone":   w.edit(w.ann, "08:00:00Z", "10:00:00+02:00"),
		"a clock that is late":   w.edit(w.ann, "08:00:00", "07:50:01"),
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
	l := newLogin([32]byte{1}, protocol.Hotkey{}, 1, nil)
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
