package page

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestEveryFileIsServed(t *testing.T) {
	total := 0
	entries, err := files.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		w := get(t, "/assets/"+e.Name())
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Security-Policy") != Policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v", e.Name(), w.Code, h)
		}
		if again := get(t, "/assets/"+e.Name(), "If-None-Match", h.Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s: asked again with its tag: %d with %d bytes, want 304", e.Name(), again.Code, again.Body.Len())
		}
		if other := get(t, "/assets/"+e.Name(), "If-None-Match", `"other"`); other.Code != http.StatusOK {
			t.Errorf("%s: asked with another tag: %d, want 200", e.Name(), other.Code)
		}
		total += w.Body.Len()
	}
	if most := 100_000; total > most {
		t.Errorf("the page has %d bytes, want at most %d", total, most)
	}
	if w := get(t, "/"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "<!doctype html>") || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("/: %d %v", w.Code, w.Header())
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/page.go", "/assets/..%2fpage.go", "/assets/sub/page.css", "/page.css", "/index.html"} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d, want 405", w.Code)
	}
}

// TestThePolicyHolds looks for what the Content-Security-Policy would block, and for
// ways to make HTML out of text.
func TestThePolicyHolds(t *testing.T) {
	html := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:[^>]*)>[^<]|javascript:|https?://`)
	script := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML|createContextualFragment|srcdoc|\.style\b|"style"`)
	style := regexp.MustCompile(`@import|url\(`)
	entries, _ := files.ReadDir("assets")
	for _, e := range entries {
		b, err := fs.ReadFile(files, "assets/"+e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for suffix, forbidden := range map[string]*regexp.Regexp{".html": html, ".js": script, ".css": style} {
			if found := forbidden.FindString(string(b)); strings.HasSuffix(e.Name(), suffix) && found != "" {
				t.Errorf("%s holds %q", e.Name(), found)
			}
		}
	}
}

// TestReferencesAreThere follows what the page and its modules load.
func TestReferencesAreThere(t *testing.T) {
	reference := regexp.MustCompile(`(?:src|href)="/(assets/[^"]*)"|from "\./([^"]*)"`)
	used := map[string]bool{"index.html": true}
	entries, _ := files.ReadDir("assets")
	for _, e := range entries {
		b, _ := fs.ReadFile(files, "assets/"+e.Name())
		for _, m := range reference.FindAllStringSubmatch(string(b), -1) {
			name := strings.TrimPrefix(m[1]+m[2], "assets/")
			used[name] = true
			if _, err := fs.Stat(files, "assets/"+name); err != nil {
				t.Errorf("%s loads %s, which is not there", e.Name(), name)
			}
		}
	}
	for _, e := range entries {
		if !used[e.Name()] {
			t.Errorf("nothing loads %s", e.Name())
		}
	}
}
