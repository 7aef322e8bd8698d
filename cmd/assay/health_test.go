package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			http.Error(w, "not ready\nFAIL chain no head", http.StatusServiceUnavailable)
		}
	}))
	address := strings.TrimPrefix(server.URL, "http://")
	a, out, _ := trial("health", "--ops.listen", address)
	if code := a.run(); code != codeUnexpected || !strings.Contains(out.String(), "FAIL chain no head") {
		t.Errorf("not ready: exit code %d, %q", code, out)
	}
	a, _, _ = trial("health", "--live")
	a.environ = append(a.environ, "ASSAY_OPS_LISTEN="+address)
	if code := a.run(); code != codeOK {
		t.Errorf("alive: exit code %d", code)
	}
	server.Close()
	a, _, talk := trial("health", "--ops.listen", address)
	if code := a.run(); code != codeNetwork {
		t.Errorf("nobody there: exit code %d, %s", code, talk)
	}
}
