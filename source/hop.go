package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// follow makes one try: it walks redirects, each of which passes the guard,
// robots.txt and the rate of its host as if it had been asked for.
func (c *Client) follow(ctx context.Context, u *url.URL) (Page, *fault) {
	for n := 0; ; n++ {
		page := Page{URL: u.String()}
		if f := c.cfg.Guard.checkURL(u); f != nil {
			return page, f
		}
		if f := c.allowed(ctx, u); f != nil {
			return page, f
		}
		page, to, f := c.hop(ctx, u)
		if f != nil || to == nil {
			return page, f
		}
		if n >= c.cfg.MaxRedirects {
			return page, fail(Malformed, ReasonRedirects, fmt.Errorf("over %d redirects", c.cfg.MaxRedirects))
		}
		u = to
	}
}

// hop makes one request. A redirect gives the address it points to.
func (c *Client) hop(ctx context.Context, u *url.URL) (Page, *url.URL, *fault) {
	page := Page{URL: u.String()}
	if f := c.turn(ctx, u); f != nil {
		return page, nil, f
	}
	try, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(try, http.MethodGet, u.String(), nil)
	if err != nil {
		return page, nil, fail(Refused, ReasonURL, err)
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	req.Header.Set("Accept", "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9")
	req.Header.Set("Accept-Encoding", "gzip")
	old, have := c.remembered(page.URL)
	if have {
		old.condition(req.Header)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return page, nil, blame(ctx, err)
	}
	defer resp.Body.Close()
	page.Code, page.Type = resp.StatusCode, resp.Header.Get("Content-Type")
	if resp.StatusCode == http.StatusNotModified && have {
		page.Status, page.Reason, page.Type, page.Body = NotModified, ReasonNotModified, old.kind, old.body
		return page, nil, nil
	}
	if to, f := redirect(u, resp); to != nil || f != nil {
		return page, to, f
	}
	if f := c.judge(u, resp); f != nil {
		return page, nil, f
	}
	body, f := c.read(ctx, resp)
	if f != nil {
		return page, nil, f
	}
	page.Status, page.Reason, page.Body = OK, ReasonOK, body
	c.remember(page, resp.Header)
	return page, nil, nil
}

func redirect(u *url.URL, resp *http.Response) (*url.URL, *fault) {
	switch resp.StatusCode {
	case 301, 302, 303, 307, 308:
	default:
		return nil, nil
	}
	loc := resp.Header.Get("Location")
	to, err := u.Parse(loc)
	if err != nil || loc == "" || len(loc) > MaxURI {
		return nil, fail(Malformed, ReasonRedirect, errors.New("redirect without a usable address"))
	}
	to.Fragment, to.RawFragment = "", ""
	return to, nil
}

// judge maps the code of an answer to its outcome; nil is a page to read.
func (c *Client) judge(u *url.URL, resp *http.Response) *fault {
	code := resp.StatusCode
	cause := fmt.Errorf("http status %d", code)
	switch {
	case code == 200:
		return c.judgeType(resp)
	case code == 404:
		return fail(Gone, ReasonNotFound, cause)
	case code == 410:
		return fail(Gone, ReasonGone, cause)
	case code == 429:
		return c.busy(u, resp, fail(RateLimited, ReasonRateLimited, cause))
	case code == 408, code == 425:
		return fail(Unavailable, ReasonServer, cause)
	case code >= 500 && code < 600:
		return c.busy(u, resp, fail(Unavailable, ReasonServer, cause))
	case code >= 400 && code < 500:
		return fail(Barred, ReasonDenied, cause)
	}
	return fail(Malformed, ReasonStatus, cause)
}

// judgeType refuses what is neither a page nor a feed before its body is read.
func (c *Client) judgeType(resp *http.Response) *fault {
	if t := resp.Header.Get("Content-Type"); !isPage(t) && !isFeed(t) {
		return fail(Malformed, ReasonContentType, fmt.Errorf("content type %q is neither page nor feed", t))
	}
	return nil
}

// busyError carries how long the host asked us to stay away.
type busyError struct {
	wait  time.Duration
	cause error
}

func (b *busyError) Error() string { return fmt.Sprintf("%v, retry after %s", b.cause, b.wait) }
func (b *busyError) Unwrap() error { return b.cause }

// busy notes Retry-After for the host, so that other fetches wait as well.
func (c *Client) busy(u *url.URL, resp *http.Response, f *fault) *fault {
	v := resp.Header.Get("Retry-After")
	if v == "" {
		return f
	}
	var wait time.Duration
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(c.cfg.Now())
	}
	if wait <= 0 {
		return f
	}
	c.away(u, min(wait, c.cfg.MaxWait))
	f.err = &busyError{wait, f.err}
	return f
}

// pause gives the waits between tries: exponential with jitter, or what the host asked for if longer.
type pause struct {
	grow *backoff.ExponentialBackOff
	max  time.Duration
}

func (c *Client) newPause() pause {
	grow := backoff.NewExponentialBackOff()
	grow.InitialInterval, grow.Multiplier, grow.MaxInterval = c.cfg.Backoff, 2, c.cfg.MaxWait
	grow.Reset()
	return pause{grow, c.cfg.MaxWait}
}

func (p pause) next(f *fault) (time.Duration, bool) {
	wait := min(p.grow.NextBackOff(), p.max)
	if b := (*busyError)(nil); errors.As(f, &b) {
		return max(wait, b.wait), b.wait <= p.max
	}
	return wait, f.reason != ReasonCancelled
}
