package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Defaults and bounds of Config.
const (
	DefaultUserAgent    = "assay/0 (data subnet node)"
	DefaultRate         = 2.0 // requests per second and host
	DefaultBurst        = 4
	DefaultTimeout      = 15 * time.Second
	DefaultMaxWire      = 2 << 20
	DefaultMaxUnpacked  = 4 << 20
	DefaultMaxRedirects = 5
	DefaultTries        = 3
	DefaultBackoff      = 300 * time.Millisecond
	DefaultMaxWait      = 30 * time.Second
	DefaultCacheBytes   = 16 << 20

	maxHosts = 4096 // hosts whose rate and robots.txt are remembered
)

// Config says how a client fetches. A zero field takes its default.
type Config struct {
	Guard     Guard
	UserAgent string // its first word up to / is the name that robots.txt may address

	Rate  float64 // requests per second to one host and port
	Burst int     // requests that may follow each other at once

	Timeout      time.Duration // of one try, from dial to last byte
	MaxWire      int64         // bytes of a body as sent
	MaxUnpacked  int64         // bytes of a body unpacked
	MaxRedirects int
	Tries        int           // for failures that may pass; 1 is no second try
	Backoff      time.Duration // before the second try; doubles, with jitter
	MaxWait      time.Duration // longest wait that a host may ask for (Retry-After, Crawl-delay)
	CacheBytes   int           // bodies kept for conditional requests; negative is none

	Now   func() time.Time                                 // nil is time.Now
	Sleep func(ctx context.Context, d time.Duration) error // nil is a timer
	// Seen, if set, is told of every fetch, for metrics. It must not block.
	Seen func(Page)
}

func (c *Config) complete() {
	def := func(ok bool, set func()) {
		if !ok {
			set()
		}
	}
	def(c.UserAgent != "", func() { c.UserAgent = DefaultUserAgent })
	def(c.Rate > 0, func() { c.Rate = DefaultRate })
	def(c.Burst > 0, func() { c.Burst = DefaultBurst })
	def(c.Timeout > 0, func() { c.Timeout = DefaultTimeout })
	def(c.MaxWire > 0, func() { c.MaxWire = DefaultMaxWire })
	def(c.MaxUnpacked > 0, func() { c.MaxUnpacked = DefaultMaxUnpacked })
	def(c.MaxRedirects > 0, func() { c.MaxRedirects = DefaultMaxRedirects })
	def(c.Tries > 0, func() { c.Tries = DefaultTries })
	def(c.Backoff > 0, func() { c.Backoff = DefaultBackoff })
	def(c.MaxWait > 0, func() { c.MaxWait = DefaultMaxWait })
	def(c.CacheBytes != 0, func() { c.CacheBytes = DefaultCacheBytes })
	def(c.Now != nil, func() { c.Now = time.Now })
	def(c.Sleep != nil, func() { c.Sleep = sleep })
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Client fetches pages. It is safe for concurrent use; its memory is bounded by
// CacheBytes, the number of hosts it remembers and MaxUnpacked per fetch under way.
type Client struct {
	cfg    Config
	http   *http.Client
	asking singleflight.Group // one robots.txt per host at a time

	mu     sync.Mutex
	hosts  *recent[*host]
	robots *recent[rules]
	bodies *recent[kept]
}

// New makes a client. Call Close when done.
func New(cfg Config) *Client {
	cfg.complete()
	return &Client{
		cfg: cfg,
		http: &http.Client{
			Transport: cfg.Guard.Transport(),
			// Redirects are followed by hop, which checks each one.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		hosts:  newRecent[*host](maxHosts),
		robots: newRecent[rules](robotsHeld),
		bodies: newRecent[kept](max(cfg.CacheBytes, 0)),
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Fetch gets one page. On OK and NotModified the error is nil and Page.Body is
// the page; otherwise the error is an *Error with the status and reason of the Page.
func (c *Client) Fetch(ctx context.Context, rawURL string) (Page, error) {
	page, f := c.fetch(ctx, rawURL)
	return c.finish(rawURL, page, f)
}

// Record fetches a page and extracts its record. A page that cannot be
// read as one is Malformed (or TooLarge), in Page and error alike.
func (c *Client) Record(ctx context.Context, rawURL string) (Record, Page, error) {
	page, f := c.fetch(ctx, rawURL)
	var rec Record
	if f == nil {
		rec, f = recordOf(page)
	}
	page, err := c.finish(rawURL, page, f)
	return rec, page, err
}

func recordOf(page Page) (Record, *fault) {
	base, err := url.Parse(page.URL)
	if err != nil {
		return Record{}, fail(Refused, ReasonURL, err)
	}
	rec, err := Extract(base, page.Body, page.Type)
	if err == nil {
		return rec, nil
	}
	f := &fault{status: Malformed, reason: ReasonMarkup, err: err}
	if inner := (*fault)(nil); errors.As(err, &inner) {
		f.status, f.reason = inner.status, inner.reason
	}
	return Record{}, f
}

func (c *Client) finish(rawURL string, page Page, f *fault) (Page, error) {
	page.FetchedAt = c.cfg.Now()
	if f != nil {
		page.Status, page.Reason, page.Body = f.status, f.reason, nil
	}
	if c.cfg.Seen != nil {
		c.cfg.Seen(page)
	}
	if f != nil {
		return page, &Error{URL: rawURL, Status: f.status, Reason: f.reason, Err: f.err}
	}
	return page, nil
}

// fetch tries until the outcome is final, the tries are used up or the context ends.
func (c *Client) fetch(ctx context.Context, rawURL string) (Page, *fault) {
	page := Page{URL: rawURL}
	u, f := parseURL(rawURL)
	if f != nil {
		return page, f
	}
	pause := c.newPause()
	for {
		next, f := c.follow(ctx, u)
		next.Tries = page.Tries + 1
		page = next
		if f == nil || f.status.Final() || page.Tries >= c.cfg.Tries {
			return page, f
		}
		wait, ok := pause.next(f)
		if !ok {
			return page, f // the host asks for more patience than we have
		}
		if err := c.cfg.Sleep(ctx, wait); err != nil {
			return page, f
		}
	}
}

// parseURL takes an absolute address; the guard judges it later.
func parseURL(raw string) (*url.URL, *fault) {
	if len(raw) > MaxURI {
		return nil, fail(Refused, ReasonURL, fmt.Errorf("address is over %d bytes", MaxURI))
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fail(Refused, ReasonURL, errors.New("address cannot be parsed"))
	}
	if !u.IsAbs() {
		return nil, fail(Refused, ReasonURL, errors.New("address is not absolute"))
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}
