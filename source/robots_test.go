package source_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/source"
)

// ruled serves pages under a robots.txt and counts what is asked.
func ruled(t *testing.T, robots http.HandlerFunc) (srv *httptest.Server, asked, pages *atomic.Int64) {
	t.Helper()
	asked, pages = new(atomic.Int64), new(atomic.Int64)
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
			robots(w, r)
			return
		}
		pages.Add(1)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p>page")
	}))
	t.Cleanup(srv.Close)
	return srv, asked, pages
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
}

func TestRobotsRules(t *testing.T) {
	for name, c := range map[string]struct {
		robots, path string
		barred       bool
	}{
		"all":           {"User-agent: *\nDisallow: /private/", "/private/1", true},
		"elsewhere":     {"User-agent: *\nDisallow: /private/", "/public", false},
		"by name":       {"User-agent: assay\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", true},
		"another agent": {"User-agent: other\nDisallow: /", "/x", false},
		"query":         {"User-agent: *\nDisallow: /*?sort=", "/x?sort=up", true},
		"root":          {"User-agent: *\nDisallow: /$", "", true},
		"empty":         {"", "/x", false},
		"not rules":     {"<html>hello</html>", "/x", false},
		"very long":     {"User-agent: *\nDisallow: /x\n" + strings.Repeat("# pad\n", 200_000), "/x", true},
	} {
		t.Run(name, func(t *testing.T) {
			srv, _, pages := ruled(t, text(c.robots))
			page, err := fast(t, nil, srv).Fetch(t.Context(), srv.URL+c.path)
			if !c.barred {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantStatus(t, err, page, source.Barred, source.ReasonRobots)
			if pages.Load() != 0 {
				t.Error("the page was asked for all the same")
			}
		})
	}
}

func TestRobotsOfTheForum(t *testing.T) {
	_, srv, _ := openForum(t, site.DefaultFailShare, 0)
	client := fast(t, nil, srv)
	page, err := client.Fetch(t.Context(), srv.URL+"/private/1")
	wantStatus(t, err, page, source.Barred, source.ReasonRobots)
	// A redirect does not lead around the rules.
	door := httptest.NewServer(http.RedirectHandler(srv.URL+"/private/1", http.StatusFound))
	t.Cleanup(door.Close)
	page, err = fast(t, nil, srv, door).Fetch(t.Context(), door.URL+"/x")
	wantStatus(t, err, page, source.Barred, source.ReasonRobots)
}

// Rules that cannot be read keep us out, but it is no verdict on the page.
func TestRobotsUnreadable(t *testing.T) {
	clk := &clock{t: start}
	down := atomic.Bool{}
	down.Store(true)
	srv, asked, pages := ruled(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(404)
	})
	client := fast(t, func(c *source.Config) { c.Tries, c.Now, c.Sleep = 2, clk.now, clk.sleep }, srv)
	page, err := client.Fetch(t.Context(), srv.URL+"/x")
	wantStatus(t, err, page, source.Unavailable, source.ReasonRobotsFailed)
	if asked.Load() != 2 || pages.Load() != 0 {
		t.Errorf("asked %d times for the rules, %d for pages", asked.Load(), pages.Load())
	}
	down.Store(false)
	clk.advance(time.Minute)
	if _, err := client.Fetch(t.Context(), srv.URL+"/x"); err != nil {
		t.Error(err)
	}
}

func TestRobotsIsRememberedAndAskedOnce(t *testing.T) {
	clk := &clock{t: start}
	srv, asked, _ := ruled(t, text("User-agent: *\nDisallow: /private/"))
	client := fast(t, func(c *source.Config) { c.Now = clk.now }, srv)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := client.Fetch(t.Context(), fmt.Sprintf("%s/%d", srv.URL, i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if asked.Load() != 1 {
		t.Errorf("robots.txt asked %d times", asked.Load())
	}
	clk.advance(2 * time.Hour)
	if _, err := client.Fetch(t.Context(), srv.URL+"/x"); err != nil || asked.Load() != 2 {
		t.Errorf("%v; robots.txt asked %d times after its age", err, asked.Load())
	}
}

func TestCrawlDelay(t *testing.T) {
	clk := &clock{t: start}
	srv, _, _ := ruled(t, text("User-agent: *\nCrawl-delay: 4"))
	client := fast(t, func(c *source.Config) { c.Now, c.Sleep = clk.now, clk.sleep }, srv)
	for i := range 4 {
		if _, err := client.Fetch(t.Context(), fmt.Sprintf("%s/%d", srv.URL, i)); err != nil {
			t.Fatal(err)
		}
	}
	if took := clk.now().Sub(start); took < 11*time.Second || took > 17*time.Second {
		t.Errorf("four pages at one per 4 s took %s", took)
	}
}
