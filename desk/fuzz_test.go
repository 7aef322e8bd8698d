package desk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What is read as a sign-in message is the one text for its nonce and time.
func FuzzMessage(f *testing.F) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	wallet := expected{"desk.example:8480", walletSigner(f, "ann").name, key("miner").Hotkey(), testChainID, now}
	page := wallet
	page.labeller = pageSigner(f).name
	for _, x := range []expected{wallet, page} {
		f.Add(x.labeller, x.text("http", "abc", "2026-03-01T08:00:00Z"))
		f.Add(x.labeller, x.text("https", "", "2026-03-01T08:00:00.000+01:00"))
	}
	f.Add("0x", "")
	f.Add(wallet.labeller, strings.Repeat("\n", 9))
	f.Fuzz(func(t *testing.T, labeller, message string) {
		x := wallet
		x.labeller = labeller
		nonce, err := x.read(message)
		if err != nil {
			if r := refusalOf(err); r.code != CodeMessage && r.code != CodeTooLarge {
				t.Errorf("%v", err)
			}
			return
		}
		_, issued, _ := strings.Cut(message, "\nIssued At: ")
		if message != x.text("http", nonce, issued) && message != x.text("https", nonce, issued) {
			t.Errorf("%q is read with nonce %q", message, nonce)
		}
	})
}

// A body that is read has each field once, and reads the same when it is written again.
func FuzzBodies(f *testing.F) {
	f.Add([]byte(`{"task":"0x00","answer":"ham","comment":"","millis":5,"signature":"0x"}`))
	f.Add([]byte(`{"task":"a","task":"b","answer":"ham","comment":"","millis":-1e3,"signature":null}`))
	f.Add([]byte(`{"program":"spam","limit":9}`))
	f.Add([]byte(`{"Program":"spam","limit":9} x`))
	f.Add([]byte(`{"labeller":"0x","message":"\ud800","signature":"\u0000"}`))
	f.Add([]byte("{\"task\":\"\xff\",\"reason\":\"other\"}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		reread[loginBody](t, b, "labeller", "message", "signature")
		reread[tasksBody](t, b, "program", "limit")
		reread[answerBody](t, b, "task", "answer", "comment", "millis", "signature")
		reread[withdrawBody](t, b, "task")
		reread[skipBody](t, b, "task", "reason")
	})
}

func reread[T comparable](t *testing.T, b []byte, fields ...string) {
	t.Helper()
	got, err := decode[T](b, fields...)
	if err != nil {
		if r := refusalOf(err); r.code != CodeRequest {
			t.Errorf("%v", err)
		}
		return
	}
	once, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	same, err := decode[T](once, fields...)
	if err != nil || same != got {
		t.Errorf("%q reads as %+v, and again as %+v, %v", b, got, same, err)
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(b, &names); err != nil || len(names) != len(fields) {
		t.Errorf("%q was read with %d fields, %v", b, len(names), err)
	}
}

// A token or nonce that this desk did not make is none, whatever it holds.
func FuzzTokens(f *testing.F) {
	l, other := newLogin([32]byte{1}, key("miner").Hotkey(), 1, nil), newLogin([32]byte{2}, key("miner").Hotkey(), 1, nil)
	now := time.Unix(1_800_000_000, 0)
	f.Add(other.token("0x00", now.Add(time.Hour)))
	f.Add(other.nonce(now))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if who, ok := l.labeller(s, now); ok {
			t.Errorf("token %q is %s's", s, who)
		}
		if err := l.fresh(s, now); err == nil {
			t.Errorf("nonce %q is taken", s)
		}
	})
}

// A comment that is plain has no tag in it, by a parser's rule for where one begins.
func FuzzPlain(f *testing.F) {
	f.Add("a <b> c")
	f.Add("a < b\n<3 <")
	f.Fuzz(func(t *testing.T, s string) {
		if !plain(s) {
			return
		}
		for i := 0; i+1 < len(s); i++ {
			c := s[i+1] | 0x20
			if s[i] == '<' && (c >= 'a' && c <= 'z' || strings.ContainsRune("/!?", rune(s[i+1]))) {
				t.Errorf("%q is plain", s)
			}
		}
	})
}
