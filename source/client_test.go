package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/source"
)

// hostile serves one path badly and has no robots.txt.
func hostile(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func bomb(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<16)
	for n := 0; n < size; n += len(zeros) {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestOutcomes(t *testing.T) {
	packed := bomb(t, 64<<20)
	cases := map[string]struct {
		serve  http.HandlerFunc
		status source.Status
		reason source.Reason
		tries  int
	}{
		"404":         {status(404), source.Gone, source.ReasonNotFound, 1},
		"410":         {status(410), source.Gone, source.ReasonGone, 1},
		"403":         {status(403), source.Barred, source.ReasonDenied, 1},
		"451":         {status(451), source.Barred, source.ReasonDenied, 1},
		"408":         {status(408), source.Unavailable, source.ReasonServer, 2},
		"429":         {status(429), source.RateLimited, source.ReasonRateLimited, 2},
		"503":         {status(503), source.Unavailable, source.ReasonServer, 2},
		"204":         {status(204), source.Malformed, source.ReasonStatus, 1},
		"304 unasked": {status(304), source.Malformed, source.ReasonStatus, 1},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed)
		}, source.TooLarge, source.ReasonUnpacked, 1},
		"not gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "<p>plain")
		}, source.Malformed, source.ReasonEncoding, 1},
		"unknown encoding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, "<p>plain")
		}, source.Malformed, source.ReasonEncoding, 1},
		"declared size": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1<<30))
			w.WriteHeader(200)
		}, source.TooLarge, source.ReasonWire, 1},
		"endless body": {func(w http.ResponseWriter, r *http.Request) {
			for block := make([]byte, 1<<16); r.Context().Err() == nil; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, source.TooLarge, source.ReasonWire, 1},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<p>a")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, source.Unavailable, source.ReasonTimeout, 2},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, source.Unavailable, source.ReasonTimeout, 2},
		"hang-up": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			conn.Close()
		}, source.Unavailable, source.ReasonConnect, 2},
		"cut body": {func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, _ := http.NewResponseController(w).Hijack()
			fmt.Fprint(buf, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhalf")
			buf.Flush()
			conn.Close()
		}, source.Unavailable, source.ReasonTruncated, 2},
		"redirect loop":    {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, source.Malformed, source.ReasonRedirects, 1},
		"redirect nowhere": {status(302), source.Malformed, source.ReasonRedirect, 1},
		"image": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/png") },
			source.Malformed, source.ReasonContentType, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := hostile(t, c.serve)
			client := fast(t, func(cfg *source.Config) {
				cfg.Tries, cfg.Timeout, cfg.MaxWire, cfg.MaxUnpacked = 2, 300*time.Millisecond, 1<<20, 4<<20
			}, srv)
			page, err := client.Fetch(t.Context(), srv.URL+"/p")
			wantStatus(t, err, page, c.status, c.reason)
			if page.Tries != c.tries {
				t.Errorf("%d tries, want %d", page.Tries, c.tries)
			}
		})
	}
}

func TestCancelledIsOurs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := hostile(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	page, err := fast(t, nil, srv).Fetch(ctx, srv.URL+"/p")
	wantStatus(t, err, page, source.Unavailable, source.ReasonCancelled)
}

func TestRetrySucceeds(t *testing.T) {
	var n atomic.Int64
	srv := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) < 3 {
			w.WriteHeader(502)
			return
		}
		fmt.Fprint(w, "<p>at last")
	})
	page, err := fast(t, nil, srv).Fetch(t.Context(), srv.URL+"/p")
	if err != nil || page.Tries != 3 || page.Status != source.OK {
		t.Errorf("%v after %d tries: %s", err, page.Tries, page.Status)
	}
}

// Retry-After is a wait for the whole host, and one beyond our patience ends the fetch at once.
func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		waited time.Duration // at least
		tries  int
	}{
		"seconds":  {"7", 7 * time.Second, 2},
		"date":     {start.Add(9 * time.Second).Format(http.TimeFormat), 8 * time.Second, 2},
		"too long": {"3600", 0, 1},
		"nonsense": {"soon", 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			clk := &clock{t: start}
			srv := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.header)
				w.WriteHeader(429)
			})
			client := fast(t, func(cfg *source.Config) { cfg.Tries, cfg.Now, cfg.Sleep = 2, clk.now, clk.sleep }, srv)
			page, err := client.Fetch(t.Context(), srv.URL+"/p")
			wantStatus(t, err, page, source.RateLimited, source.ReasonRateLimited)
			if waited := clk.now().Sub(start); page.Tries != c.tries || waited < c.waited {
				t.Errorf("%d tries after %s, want %d after at least %s", page.Tries, waited, c.tries, c.waited)
			}
		})
	}
}

func TestRatePerHost(t *testing.T) {
	clk := &clock{t: start}
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>x") }
	one, two := hostile(t, ok), hostile(t, ok)
	client := fast(t, func(c *source.Config) { c.Rate, c.Burst, c.Now, c.Sleep = 2, 1, clk.now, clk.sleep }, one, two)
	for i := range 10 { // and one request for robots.txt
		if _, err := client.Fetch(t.Context(), one.URL+"/"+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	took := clk.now().Sub(start)
	if took < 5*time.Second || took > 6*time.Second {
		t.Errorf("11 requests at 2 per second took %s", took)
	}
	if _, err := client.Fetch(t.Context(), two.URL+"/"); err != nil {
		t.Fatal(err)
	}
	if more := clk.now().Sub(start) - took; more > time.Second {
		t.Errorf("another host waited %s for the first", more)
	}
}

func TestConditionalRequests(t *testing.T) {
	for name, set := range map[string]func(http.Header){
		"tag":  func(h http.Header) { h.Set("ETag", `"v1"`) },
		"time": func(h http.Header) { h.Set("Last-Modified", start.Format(http.TimeFormat)) },
	} {
		t.Run(name, func(t *testing.T) {
			var full atomic.Int64
			srv := hostile(t, func(w http.ResponseWriter, r *http.Request) {
				set(w.Header())
				if r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") == start.Format(http.TimeFormat) {
					w.WriteHeader(304)
					return
				}
				full.Add(1)
				fmt.Fprint(w, `<time datetime="2026-01-02T03:04:05Z"></time><article>same</article>`)
			})
			client := fast(t, nil, srv)
			first, _, err := client.Record(t.Context(), srv.URL+"/p")
			if err != nil {
				t.Fatal(err)
			}
			again, page, err := client.Record(t.Context(), srv.URL+"/p")
			if err != nil || page.Status != source.NotModified || page.Code != 304 || !again.Equal(first) || full.Load() != 1 {
				t.Errorf("%v, %s, %d full answers, records equal: %v", err, page.Status, full.Load(), again.Equal(first))
			}
			none := fast(t, func(c *source.Config) { c.CacheBytes = -1 }, srv)
			for range 2 {
				if page, err := none.Fetch(t.Context(), srv.URL+"/p"); err != nil || page.Status != source.OK {
					t.Errorf("without a cache: %v, %s", err, page.Status)
				}
			}
		})
	}
}

// The cache forgets rather than grows.
func TestCacheIsBounded(t *testing.T) {
	var conditional atomic.Int64
	body := bytes.Repeat([]byte("x"), 10_000)
	srv := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			conditional.Add(1)
		}
		w.Header().Set("ETag", `"v"`)
		w.Write(body)
	})
	client := fast(t, func(c *source.Config) { c.CacheBytes = 35_000 }, srv)
	for range 2 {
		for i := range 5 { // three fit
			if _, err := client.Fetch(t.Context(), srv.URL+"/"+strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := conditional.Load(); n != 0 {
		t.Errorf("%d pages remembered beyond the bound", n)
	}
	if page, _ := client.Fetch(t.Context(), srv.URL+"/4"); page.Status != source.OK || conditional.Load() != 1 {
		t.Errorf("the latest page was not remembered")
	}
}

func TestSeenIsTold(t *testing.T) {
	srv := hostile(t, status(404))
	var mu sync.Mutex
	var told []source.Page
	client := fast(t, func(c *source.Config) {
		c.Seen = func(p source.Page) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, p)
		}
	}, srv)
	client.Fetch(t.Context(), srv.URL+"/p")
	client.Record(t.Context(), "ftp://x/")
	if len(told) != 2 || told[0].Status != source.Gone || told[1].Status != source.Refused {
		t.Errorf("told %+v", told)
	}
}
