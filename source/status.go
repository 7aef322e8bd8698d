package source

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is what a fetch came to. Its consequence differs: Gone speaks about
// the page, Unavailable and RateLimited about this try, Refused about the address.
type Status int

const (
	OK          Status = iota + 1
	NotModified        // the page is as it was; Page carries the remembered body
	Gone               // 404 or 410
	Barred             // robots.txt or the server tells us to keep out
	Unavailable        // 5xx, timeout, connection cut, body cut, robots.txt unreadable
	RateLimited        // 429
	TooLarge           // over a cap, on the wire or unpacked
	Malformed          // not a page that we read: type, encoding, redirect, content
	Refused            // the guard does not let us go there
)

var statusNames = [...]string{OK: "ok", NotModified: "not_modified", Gone: "gone", Barred: "barred",
	Unavailable: "unavailable", RateLimited: "rate_limited", TooLarge: "too_large", Malformed: "malformed", Refused: "refused"}

// String is the name in lower case, as used in metrics.
func (s Status) String() string {
	if s < OK || s > Refused {
		return "unknown"
	}
	return statusNames[s]
}

// Final reports whether another try at the same address is pointless.
func (s Status) Final() bool { return s != Unavailable && s != RateLimited }

// Reason is the code of why a fetch ended as it did; each belongs to one Status.
type Reason string

const (
	ReasonOK           Reason = "ok"
	ReasonNotModified  Reason = "not_modified"
	ReasonNotFound     Reason = "http_404"
	ReasonGone         Reason = "http_410"
	ReasonRobots       Reason = "robots_disallow"
	ReasonDenied       Reason = "http_denied"        // any other 4xx
	ReasonServer       Reason = "http_5xx"           // also 408 and 425
	ReasonTimeout      Reason = "timeout"            // of one try
	ReasonConnect      Reason = "connect"            // no connection, or cut before the answer
	ReasonTruncated    Reason = "truncated"          // cut within the body
	ReasonCancelled    Reason = "cancelled"          // the caller's context ended
	ReasonRobotsFailed Reason = "robots_unavailable" // robots.txt could not be read
	ReasonRateLimited  Reason = "http_429"
	ReasonWire         Reason = "body_too_large"
	ReasonUnpacked     Reason = "unpacked_too_large"
	ReasonText         Reason = "text_too_large"
	ReasonTags         Reason = "too_many_tags"
	ReasonContentType  Reason = "content_type"
	ReasonEncoding     Reason = "content_encoding"
	ReasonRedirects    Reason = "too_many_redirects"
	ReasonRedirect     Reason = "bad_redirect"
	ReasonStatus       Reason = "http_status" // a code that is no answer to a GET
	ReasonNoText       Reason = "no_text"
	ReasonNoTime       Reason = "no_time"
	ReasonMarkup       Reason = "markup"
	ReasonURL          Reason = "bad_url"
	ReasonScheme       Reason = "scheme"
	ReasonUserinfo     Reason = "userinfo"
	ReasonPort         Reason = "port"
	ReasonHost         Reason = "host_not_allowed"
	ReasonAddress      Reason = "address" // private, loopback, link-local, metadata …
)

// Page is one fetched document.
type Page struct {
	URL       string // after redirects
	Status    Status
	Reason    Reason
	Code      int // HTTP status of the last answer; 0 without one
	Type      string
	Body      []byte // unpacked
	FetchedAt time.Time
	Tries     int
}

// Error is a fetch that gave no page. Page holds the same status and reason.
type Error struct {
	URL    string
	Status Status
	Reason Reason
	Err    error // may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("fetch %q: %s (%s)", e.URL, e.Status, e.Reason)
	}
	return fmt.Sprintf("fetch %q: %s (%s): %v", e.URL, e.Status, e.Reason, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault is an outcome on its way up, before it has an address.
type fault struct {
	status Status
	reason Reason
	err    error
}

func (f *fault) Error() string {
	if f.err == nil {
		return string(f.reason)
	}
	return string(f.reason) + ": " + f.err.Error()
}

func (f *fault) Unwrap() error { return f.err }

func fail(s Status, r Reason, err error) *fault { return &fault{status: s, reason: r, err: err} }

// blame turns an error of the transport into an outcome. A fault that
// the guard's dialer raised is found inside the transport's own error.
func blame(ctx context.Context, err error) *fault {
	var f *fault
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &f):
		return f
	case ctx.Err() != nil:
		return fail(Unavailable, ReasonCancelled, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fail(Unavailable, ReasonTimeout, err)
	}
	return fail(Unavailable, ReasonConnect, err)
}
