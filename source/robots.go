package source

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/temoto/robotstxt"
)

// Bounds of robots.txt, after RFC 9309: a crawler reads at least 500 KiB, keeps
// a copy at most a day, and stays out while the file cannot be read.
const (
	maxRobots    = 512 << 10
	robotsAge    = time.Hour
	robotsFailed = 30 * time.Second // before an unreadable one is asked for again

	// Parsed rules weigh more than their text; all that are remembered together stay below robotsHeld.
	robotsWeight = 16
	robotsHeld   = 64 << 20
)

// rules is the robots.txt of one origin, as far as it speaks to us.
type rules struct {
	group *robotstxt.Group // nil: all is allowed
	fault *fault           // could not be read
	until time.Time
	size  int // bytes of the file
}

// allowed asks the host's robots.txt whether u may be fetched.
func (c *Client) allowed(ctx context.Context, u *url.URL) *fault {
	r, f := c.rulesOf(ctx, u)
	if f != nil {
		return f
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if r.group != nil && !r.group.Test(path) {
		return fail(Barred, ReasonRobots, fmt.Errorf("robots.txt of %s disallows the path", u.Host))
	}
	return nil
}

func (c *Client) rulesOf(ctx context.Context, u *url.URL) (rules, *fault) {
	key := originOf(u)
	for {
		c.mu.Lock()
		r, ok := c.robots.get(key)
		c.mu.Unlock()
		if ok && c.cfg.Now().Before(r.until) {
			return r, r.fault
		}
		v, _, shared := c.asking.Do(key, func() (any, error) {
			r := c.readRobots(ctx, u)
			if r.fault == nil || r.fault.reason != ReasonCancelled {
				c.mu.Lock()
				c.robots.put(key, r, 256+robotsWeight*r.size)
				c.mu.Unlock()
			}
			return r, nil
		})
		r = v.(rules)
		if shared && r.fault != nil && r.fault.reason == ReasonCancelled && ctx.Err() == nil {
			continue // the caller that asked for us gave up; we did not
		}
		return r, r.fault
	}
}

// readRobots fetches robots.txt, with the client's number of tries. 4xx means that there are no rules.
func (c *Client) readRobots(ctx context.Context, u *url.URL) rules {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	pause := c.newPause()
	for n := 1; ; n++ {
		body, f := c.askRobots(ctx, at)
		if f == nil {
			return c.parseRobots(u, body)
		}
		wait, ok := pause.next(f)
		if f.status.Final() || n >= c.cfg.Tries || !ok || c.cfg.Sleep(ctx, wait) != nil {
			if f.status != Refused && f.reason != ReasonCancelled {
				f = fail(Unavailable, ReasonRobotsFailed, f)
			}
			return rules{fault: f, until: c.cfg.Now().Add(robotsFailed)}
		}
	}
}

// parseRobots keeps the group that speaks to us. A file that cannot be parsed has no rules in it.
func (c *Client) parseRobots(u *url.URL, body []byte) rules {
	r := rules{until: c.cfg.Now().Add(robotsAge), size: len(body)}
	data, err := robotstxt.FromBytes(body)
	if err != nil {
		return r
	}
	r.group = data.FindGroup(c.agent())
	if r.group.CrawlDelay > 0 {
		c.slow(u, r.group.CrawlDelay)
	}
	return r
}

// agent is the name under which robots.txt addresses us.
func (c *Client) agent() string {
	name, _, _ := strings.Cut(c.cfg.UserAgent, "/")
	return strings.TrimSpace(name)
}

// askRobots makes one try, redirects included; no bytes mean that all is allowed.
func (c *Client) askRobots(ctx context.Context, u *url.URL) ([]byte, *fault) {
	for range c.cfg.MaxRedirects + 1 {
		if f := c.cfg.Guard.checkURL(u); f != nil {
			return nil, f
		}
		body, to, f := c.robotsHop(ctx, u)
		if f != nil || to == nil {
			return body, f
		}
		u = to
	}
	return nil, nil // RFC 9309: after five redirects a crawler may assume that there is no file
}

func (c *Client) robotsHop(ctx context.Context, u *url.URL) ([]byte, *url.URL, *fault) {
	if f := c.turn(ctx, u); f != nil {
		return nil, nil, f
	}
	try, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(try, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, fail(Refused, ReasonURL, err)
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, blame(ctx, err)
	}
	defer resp.Body.Close()
	if to, f := redirect(u, resp); to != nil || f != nil {
		return nil, to, f
	}
	switch code := resp.StatusCode; {
	case code == 429 || code >= 500:
		return nil, nil, c.busy(u, resp, fail(Unavailable, ReasonServer, fmt.Errorf("http status %d", code)))
	case code >= 400:
		return nil, nil, nil
	case code != 200:
		return nil, nil, fail(Unavailable, ReasonServer, fmt.Errorf("http status %d", code))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRobots)) // what is longer is cut, as the RFC says
	if err != nil {
		return nil, nil, blame(ctx, err)
	}
	return body, nil, nil
}
