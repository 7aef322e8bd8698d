package chain

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"
)

const (
	// limitFirst is the pause after a refusal for the rate that names none. It
	// doubles with each in a row; none is longer than limitMost, whatever is asked.
	limitFirst = 5 * time.Second
	limitMost  = 5 * time.Minute
)

// limitedError is a refusal for the rate. It is no answer, and does not unwrap into
// one: another endpoint, or the same one later, gives that.
type limitedError struct{ err error }

func (e *limitedError) Error() string { return e.err.Error() }

// pausedError says that no endpoint may be asked soon, and why.
type pausedError struct {
	name  string
	wait  time.Duration
	cause error
}

func (e *pausedError) Error() string {
	return fmt.Sprintf("%s is not asked for %s: %v", e.name, e.wait.Round(time.Second), e.cause)
}
func (e *pausedError) Unwrap() error { return e.cause }

func (l *link) paused(e *endpoint, wait time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &pausedError{e.name, wait, e.cause}
}

// limitedBy reports whether err is a refusal for the rate, and the pause that came
// with it, 0 if none.
func (e *endpoint) limitedBy(err error) (time.Duration, bool) {
	var status rpc.HTTPError
	var answered rpc.Error
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &status):
		if status.StatusCode == http.StatusTooManyRequests ||
			status.StatusCode == http.StatusServiceUnavailable && e.asked.Load() > 0 {
			return time.Duration(e.asked.Swap(0)), true
		}
		return 0, false
	case errors.Is(err, websocket.ErrBadHandshake):
		// The library keeps the status line only.
		return 0, strings.Contains(err.Error(), strconv.Itoa(http.StatusTooManyRequests))
	case errors.As(err, &answered):
		return 0, limitCode(answered.ErrorCode()) || limitWords(answered.Error())
	}
	return 0, false
}

// limitCode knows the codes of Substrate's own limiter, of a server that is busy,
// and of the proxies in front of public nodes.
func limitCode(code int) bool {
	return code == -32999 || code == -32009 || code == -32029 || code == http.StatusTooManyRequests
}

// limitWords knows the words of those that use a code for several things. A
// pallet's error, such as ServingRateLimitExceeded, is one word and means the chain.
func limitWords(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "rate limit") || strings.Contains(m, "too many requests")
}

// rest leaves an endpoint alone for as long as it asks. Its connection stays.
func (l *link) rest(e *endpoint, asked time.Duration, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pauseFor(e, asked, cause)
}

// pauseFor is rest with the lock held.
func (l *link) pauseFor(e *endpoint, asked time.Duration, cause error) {
	e.limited++
	d := asked
	if d <= 0 {
		d = limitFirst << min(e.limited-1, 10)
	}
	d = min(d, limitMost)
	until := time.Now().Add(d)
	if !until.After(e.until) {
		return // said already, by a request that was under way beside this one
	}
	e.until, e.cause = until, &limitedError{cause}
	l.log.Warn("the chain's endpoint limits the rate", "endpoint", e.name, "pause", d, "error", cause)
}

// retryAfter reads the header: seconds or a date; 0 when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		return min(time.Duration(s)*time.Second, limitMost)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, min(at.Sub(now), limitMost))
	}
	return 0
}

// bounded cuts HTTP responses off at maxResponse, and notes how long a server asks
// to be left alone.
type bounded struct {
	next  http.RoundTripper
	asked *atomic.Int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = limitedBody{io.LimitReader(resp.Body, maxResponse), resp.Body}
		if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
			b.asked.Store(int64(retryAfter(resp.Header, time.Now())))
		}
	}
	return resp, err
}

type limitedBody struct {
	io.Reader
	io.Closer
}
