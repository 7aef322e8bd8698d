package chain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/assaynet/assay/item"
)

const (
	// maxLag is how many blocks an endpoint may be behind the best one.
	maxLag = 5
	// maxLead is how many blocks one of two endpoints may be ahead of the other and be
	// believed: an hour.
	maxLead = 300
	// lagCost and failureCost are what a lag and each failure in a row weigh against
	// an endpoint, beside the time in which it answers. Answers are told apart in
	// steps of latencyStep; among equals the order given decides.
	lagCost     = time.Minute
	failureCost = time.Second
	latencyStep = 250 * time.Millisecond
	// otherChainPause is how long an endpoint of another chain is left alone.
	otherChainPause = time.Minute
	// Sockets of one HTTP endpoint.
	maxHTTPConns     = 8
	maxIdleHTTPConns = 2
	idleHTTPTime     = 90 * time.Second
)

// endpoint is one address of a node and what is known of its health. All below
// tokens is under the lock of the link.
type endpoint struct {
	url     string
	name    string // the address without a path, which may hold a key of its user
	order   int
	http    *http.Transport
	dialing chan struct{} // holds one token while nobody dials
	tokens  *rate.Limiter // nil: no limit of the client's own
	asked   atomic.Int64  // the pause in nanoseconds that the last refusal asked for

	client   *rpc.Client
	gone     context.Context // ends with the socket of client
	until    time.Time       // not to be asked before
	cause    error           // why
	failures int             // in a row
	limited  int             // refusals for the rate, in a row
	missed   int             // pings in a row without an answer
	latency  time.Duration
	answer   time.Time // of the last answer
	height   uint64    // number of the newest final block at the last ping
	stale    bool
}

func newEndpoint(cfg Config, order int, address string) *endpoint {
	e := &endpoint{url: address, name: address, order: order, dialing: make(chan struct{}, 1), http: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: cfg.CallTimeout,
		MaxConnsPerHost: maxHTTPConns, MaxIdleConns: maxIdleHTTPConns, MaxIdleConnsPerHost: maxIdleHTTPConns, IdleConnTimeout: idleHTTPTime,
	}}
	if u, err := url.Parse(address); err == nil {
		e.name = u.Scheme + "://" + u.Host
	}
	e.dialing <- struct{}{}
	if cfg.Rate > 0 {
		e.tokens = rate.NewLimiter(rate.Limit(cfg.Rate), max(1, cfg.Burst))
	}
	return e
}

// checkEndpoint finds the mistakes in an address that no waiting mends.
func checkEndpoint(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEndpoint, err)
	}
	switch u.Scheme {
	case "ws", "wss", "http", "https":
	default:
		return fmt.Errorf("%w: %q begins with none of ws://, wss://, http://, https://", ErrEndpoint, address)
	}
	if u.Hostname() == "" {
		return fmt.Errorf("%w: %q names no host", ErrEndpoint, address)
	}
	return nil
}

// admit waits until the client's own limit allows the calls.
func (e *endpoint) admit(ctx context.Context, calls int) error {
	if e.tokens == nil {
		return nil
	}
	if err := e.tokens.WaitN(ctx, min(calls, e.tokens.Burst())); err != nil {
		return fmt.Errorf("wait for the client's own limit: %w", err)
	}
	return nil
}

// wait is how long the endpoint is not to be asked.
func (e *endpoint) wait(now time.Time) time.Duration { return e.until.Sub(now) }

// cost ranks endpoints: the lowest is the best.
func (e *endpoint) cost() time.Duration {
	c := e.latency.Truncate(latencyStep) + time.Duration(e.failures)*failureCost
	if e.stale {
		c += lagCost
	}
	return c
}

// before reports whether e is to be asked rather than o: it may be asked sooner, or
// both may be asked now and it costs less.
func (e *endpoint) before(o *endpoint, now time.Time) bool {
	mine, its := max(0, e.wait(now)), max(0, o.wait(now))
	if mine != its {
		return mine < its
	}
	if a, b := e.cost(), o.cost(); a != b {
		return a < b
	}
	return e.order < o.order
}

// dial connects an endpoint, unless somebody else has done so meanwhile.
func (l *link) dial(ctx context.Context, e *endpoint) (*rpc.Client, error) {
	select {
	case <-e.dialing:
		defer func() { e.dialing <- struct{}{} }()
	case <-ctx.Done():
		return nil, fmt.Errorf("dial %s: %w", e.name, ctx.Err())
	}
	l.mu.Lock()
	c, wait, cause := e.client, e.wait(time.Now()), e.cause
	l.mu.Unlock()
	if c != nil {
		return c, nil
	}
	if wait > 0 {
		return nil, cause // of the one who has just tried
	}
	c, gone, err := l.connect(ctx, e)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil && l.life.Err() != nil:
		c.Close()
		return nil, errClosed
	case err == nil:
		e.gone = gone
		l.reached(e, c)
		return c, nil
	}
	err = fmt.Errorf("dial %s: %w", e.name, err)
	if pause, limited := e.limitedBy(err); limited {
		l.pauseFor(e, pause, err)
		return nil, &limitedError{err}
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		l.failed(e, err)
	}
	return nil, err
}

// reached takes a new connection in. The lock is held.
func (l *link) reached(e *endpoint, c *rpc.Client) {
	e.client, e.cause, e.answer = c, nil, time.Now()
	l.lost = time.Time{}
	l.metrics.reached(e.name)
	if l.current == nil || l.current.client == nil || l.current.wait(e.answer) > 0 {
		l.use(e)
	}
}

// connect dials and checks that the endpoint serves the chain of the first one.
func (l *link) connect(ctx context.Context, e *endpoint) (*rpc.Client, context.Context, error) {
	if err := e.admit(ctx, 1); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	gone, end := context.WithCancel(l.life)
	c, err := rpc.DialOptions(ctx, e.url, rpc.WithWebsocketMessageSizeLimit(maxResponse), rpc.WithWebsocketDialer(oneDial(end)),
		rpc.WithHTTPClient(&http.Client{Transport: bounded{e.http, &e.asked}}))
	if err != nil {
		end()
		return nil, nil, err
	}
	if err := l.identify(ctx, c); err != nil {
		end()
		c.Close()
		return nil, nil, err
	}
	if !c.SupportsSubscriptions() { // HTTP, where each request has its own fate
		end()
		gone = l.life
	}
	return c, gone, nil
}

// oneDial dials once: the library would otherwise make a lost connection anew by
// itself, and nobody would ask which chain is at its end. End is called when the
// connection is lost: the library lets a request that was just being sent then wait
// for its deadline.
func oneDial(end func()) websocket.Dialer {
	var used atomic.Bool
	var d net.Dialer
	return websocket.Dialer{
		Proxy: http.ProxyFromEnvironment,
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if used.Swap(true) {
				return nil, errLost
			}
			c, err := d.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &watched{c, end}, nil
		},
	}
}

// watched is a connection that calls end when nothing more will come of it.
type watched struct {
	net.Conn
	end func()
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err != nil {
		w.end()
	}
	return n, err
}

func (w *watched) Close() error {
	w.end()
	return w.Conn.Close()
}

func (l *link) identify(ctx context.Context, c *rpc.Client) error {
	var h common.Hash
	if err := c.CallContext(ctx, &h, "chain_getBlockHash", hexutil.Uint64(0)); err != nil {
		return fmt.Errorf("read genesis hash: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.genesis.IsZero() {
		l.genesis = item.Hash(h)
	}
	if l.genesis != item.Hash(h) {
		return fmt.Errorf("%w: genesis %s, want %s", ErrOtherChain, item.Hash(h), l.genesis)
	}
	return nil
}
