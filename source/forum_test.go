package source_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assaynet/assay/localnet/site"
	"github.com/assaynet/assay/source"
)

// clock is a run's clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// sleep lets time pass at once.
func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.advance(d)
	return ctx.Err()
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func openForum(t *testing.T, fail, vanish float64, topics ...string) (*site.Site, *httptest.Server, *clock) {
	t.Helper()
	c := &clock{t: start}
	cfg := site.Defaults(7, start)
	cfg.FailShare, cfg.VanishShare, cfg.Topics, cfg.Now = fail, vanish, topics, c.now
	forum, err := site.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(forum.Handler())
	t.Cleanup(srv.Close)
	return forum, srv, c
}

func addrOf(t *testing.T, srv *httptest.Server) netip.AddrPort {
	t.Helper()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return netip.MustParseAddrPort(u.Host)
}

// fast is a client without patience, which may reach the given servers only.
func fast(t *testing.T, change func(*source.Config), servers ...*httptest.Server) *source.Client {
	t.Helper()
	cfg := source.Config{Rate: 1e6, Burst: 1e6, Backoff: time.Millisecond}
	for _, s := range servers {
		cfg.Guard.Allow = append(cfg.Guard.Allow, addrOf(t, s))
	}
	if change != nil {
		change(&cfg)
	}
	c := source.New(cfg)
	t.Cleanup(c.Close)
	return c
}

func crawl(t *testing.T, client *source.Client, cfg source.CrawlConfig) *source.Crawler {
	t.Helper()
	c, err := source.NewCrawler(client, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCrawlerCollectsTheForum(t *testing.T) {
	forum, srv, clk := openForum(t, site.DefaultFailShare, 0, "exmh-users", "zzzzteana")
	c := crawl(t, fast(t, nil, srv), source.CrawlConfig{
		Feeds: []string{srv.URL + "/feed.xml"}, LinkSelector: "a.post", Budget: 1000,
		Lists: []string{srv.URL + "/t/exmh-users", srv.URL + "/t/zzzzteana"},
	})
	got := map[string]source.Record{}
	emit := func(r source.Record) error {
		if _, twice := got[r.URI]; twice {
			t.Errorf("%s emitted twice", r.URI)
		}
		if err := r.Check(); err != nil {
			t.Error(err)
		}
		got[r.URI] = r
		return nil
	}
	var cursor []byte
	for pass := range 3 {
		var err error
		if cursor, err = c.Collect(t.Context(), cursor, emit); err != nil {
			t.Fatal(err)
		}
		if want := forum.Visible(); len(got) != want {
			t.Errorf("pass %d: %d records, the site shows %d", pass, len(got), want)
		}
		clk.advance(10 * time.Second) // 20 new posts
	}
	for _, r := range got {
		if r.Licence != "CC0-1.0" || r.Author == "" || r.Title == "" || (r.Label != "exmh-users" && r.Label != "zzzzteana") {
			t.Fatalf("incomplete record %+v", r)
		}
	}
}

func TestCrawlerKeepsLabels(t *testing.T) {
	_, srv, _ := openForum(t, 0, 0, "exmh-users", "zzzzteana")
	c := crawl(t, fast(t, nil, srv), source.CrawlConfig{Feeds: []string{srv.URL + "/feed.xml"}, Labels: []string{"zzzzteana"}})
	n := 0
	if _, err := c.Collect(t.Context(), nil, func(r source.Record) error {
		n++
		if r.Label != "zzzzteana" {
			t.Errorf("label %q", r.Label)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n == 0 || n >= 50 {
		t.Errorf("%d of the feed's 50 records kept", n)
	}
}

// A pass that is cancelled, or whose emit fails, loses nothing and doubles nothing.
func TestCrawlerResumes(t *testing.T) {
	forum, srv, _ := openForum(t, 0, 0, "exmh-users")
	c := crawl(t, fast(t, nil, srv), source.CrawlConfig{Lists: []string{srv.URL + "/t/exmh-users"}, LinkSelector: "a.post", Budget: 30})
	seen := map[string]int{}
	var cursor []byte
	full := errors.New("store is full")
	for pass := 0; len(seen) < forum.Visible() && pass < 40; pass++ {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		next, err := c.Collect(ctx, cursor, func(r source.Record) error {
			if n++; n == 4 && pass%2 == 1 {
				return full
			}
			seen[r.URI]++
			if n == 7 {
				cancel()
			}
			return nil
		})
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, full) {
			t.Fatal(err)
		}
		cursor = next
	}
	if len(seen) != forum.Visible() {
		t.Errorf("%d records, the site shows %d", len(seen), forum.Visible())
	}
	for uri, n := range seen {
		if n != 1 {
			t.Errorf("%s emitted %d times", uri, n)
		}
	}
}

func TestCrawlerRefusesForeignCursorAndDeadSource(t *testing.T) {
	_, srv, _ := openForum(t, 0, 0, "exmh-users")
	c := crawl(t, fast(t, nil, srv), source.CrawlConfig{Lists: []string{srv.URL + "/t/exmh-users"}})
	emit := func(source.Record) error { return nil }
	cursor := []byte{9, 0, 0, 0}
	got, err := c.Collect(t.Context(), cursor, emit)
	if err == nil || string(got) != string(cursor) {
		t.Errorf("foreign cursor: %v, %x", err, got)
	}
	srv.Close()
	if _, err := c.Collect(t.Context(), nil, emit); err == nil || !strings.Contains(err.Error(), "no feed or list answered") {
		t.Errorf("dead source: %v", err)
	}
}

func TestNewCrawlerRefusesBadConfig(t *testing.T) {
	for name, cfg := range map[string]source.CrawlConfig{
		"nothing":  {},
		"relative": {Feeds: []string{"/feed.xml"}},
		"scheme":   {Lists: []string{"file:///etc/passwd"}},
		"selector": {Lists: []string{"http://a.example/"}, LinkSelector: "a[["},
	} {
		if _, err := source.NewCrawler(nil, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What a miner collected and what a validator fetches again are equal.
func TestRecordEqualsItself(t *testing.T) {
	_, srv, _ := openForum(t, 0, 0)
	c := crawl(t, fast(t, nil, srv), source.CrawlConfig{Feeds: []string{srv.URL + "/feed.xml"}})
	validator := fast(t, nil, srv)
	if _, err := c.Collect(t.Context(), nil, func(r source.Record) error {
		again, page, err := validator.Record(t.Context(), r.URI)
		if err != nil || !again.Equal(r) || page.Status != source.OK {
			t.Errorf("%s: extracted differently a second time: %v", r.URI, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Seen through a client without second tries, the site is as noisy as it states,
// and none of the noise is taken for a page that is gone.
func TestNoiseThroughTheClient(t *testing.T) {
	forum, srv, _ := openForum(t, site.DefaultFailShare, 0, "exmh-users")
	client := fast(t, func(c *source.Config) { c.Tries, c.CacheBytes = 1, -1 }, srv)
	const fetches = 3000
	failed := map[source.Reason]int{}
	for range fetches {
		page, err := client.Fetch(t.Context(), srv.URL+"/t/exmh-users")
		if err != nil && page.Status != source.Unavailable {
			t.Fatalf("noise taken for %s", page.Status)
		}
		if err != nil {
			failed[page.Reason]++
		}
	}
	total := failed[source.ReasonServer] + failed[source.ReasonConnect] + failed[source.ReasonTruncated]
	want := forum.Noise().FailShare * fetches
	if len(failed) != 3 || float64(total) < want*0.6 || float64(total) > want*1.4 { // over four standard deviations
		t.Errorf("%v of %d fetches failed, want about %v", failed, fetches, want)
	}
}
