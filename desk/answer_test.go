package desk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/assaynet/assay/item"
)

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
	s.judgements(16, "spam")
	items := s.judgements(16, "spam")
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

// A fault of the desk is a refusal that tells nothing of its inside; the health check
// does.
func TestFaultsOfTheDesk(t *testing.T) {
	s := newStage(t)
	if err := s.Trouble(); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.Close(); err != nil {
		t.Fatal(err)
	}
	r := s.post("answers", s.ann.token, s.good())
	if c := r.code(t); c != CodeInternal || strings.Contains(string(r.body), "sql") {
		t.Errorf("%s", r.body)
	}
	if err := s.Trouble(); err == nil {
		t.Error("the health check says nothing")
	}
}
