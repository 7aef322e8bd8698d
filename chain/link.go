package chain

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/sync/errgroup"

	"github.com/assaynet/assay/item"
)

const (
	// maxResponse bounds one reply of the node. The metagraph of a full subnet is
	// about 400 kB of hex.
	maxResponse  = 16 << 20
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
)

// link is the way to several endpoints of one chain. Requests go to the endpoint
// in use until it fails, asks for a pause or lags behind; then to the best of the
// others. Each endpoint has one connection at most, which watch keeps alive.
type link struct {
	endpoints []*endpoint
	timeout   time.Duration
	ping      time.Duration
	log       *slog.Logger
	metrics   *Metrics
	life      context.Context // ends with the client, and every request with it
	end       context.CancelFunc
	group     errgroup.Group // what runs until then

	mu      sync.Mutex
	current *endpoint
	moved   chan struct{} // closed when current becomes another
	lost    time.Time     // since when no endpoint is connected
	outage  time.Time     // since when no block was read, of an outage that is not over
	unread  bool          // the head could not be read, and that was told
	genesis item.Hash     // of the first endpoint reached; every other must agree
}

func newLink(cfg Config) *link {
	l := &link{
		timeout: cfg.CallTimeout, ping: cfg.Ping, log: cfg.Log, metrics: cfg.Metrics,
		moved: make(chan struct{}), lost: time.Now(),
	}
	for i, url := range cfg.Endpoints {
		e := newEndpoint(cfg, i, url)
		l.endpoints = append(l.endpoints, e)
		l.metrics.up(e.name, false)
	}
	l.life, l.end = context.WithCancel(context.Background())
	return l
}

// connection is that of the endpoint in use, or else of the best endpoint that may
// be asked now. When none may, it waits for the first, within readPatience.
func (l *link) connection(ctx context.Context) (*endpoint, *rpc.Client, error) {
	for {
		if l.life.Err() != nil {
			return nil, nil, errClosed
		}
		e, c, wait := l.choose(time.Now())
		switch {
		case c != nil:
			return e, c, nil
		case wait <= 0:
			c, err := l.dial(ctx, e)
			return e, c, err
		}
		if deadline, ok := ctx.Deadline(); wait > readPatience || ok && time.Until(deadline) < wait {
			return nil, nil, l.paused(e, wait)
		}
		if err := pause(ctx, wait); err != nil {
			return nil, nil, errors.Join(err, l.paused(e, wait))
		}
	}
}

// choose finds the endpoint to ask: with its connection if it has one, and how long
// it is not to be asked.
func (l *link) choose(now time.Time) (*endpoint, *rpc.Client, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.current; e != nil && e.client != nil && e.wait(now) <= 0 {
		return e, e.client, 0
	}
	best := l.endpoints[0]
	for _, e := range l.endpoints[1:] {
		if e.before(best, now) {
			best = e
		}
	}
	if wait := best.wait(now); wait > 0 {
		return best, nil, wait
	}
	if best.client != nil {
		l.use(best)
	}
	return best, best.client, 0
}

// use makes e the endpoint in use. The lock is held.
func (l *link) use(e *endpoint) {
	if l.current != e {
		l.current = e
		close(l.moved)
		l.moved = make(chan struct{})
	}
}

// open is the connection in use, nil if there is none, and what is closed when
// another takes its place.
func (l *link) open() (*rpc.Client, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		return nil, l.moved
	}
	return l.current.client, l.moved
}

// drop gives up a failed connection, unless another caller already has.
func (l *link) drop(c *rpc.Client, cause error) {
	for _, e := range l.endpoints {
		l.mu.Lock()
		mine := e.client == c
		if mine {
			l.failed(e, cause)
		}
		l.mu.Unlock()
		if mine {
			l.log.Warn("chain connection lost", "endpoint", e.name, "error", cause)
			c.Close()
		}
	}
}

// failed notes a failure of an endpoint, which is not asked before its back-off has
// passed. The lock is held.
func (l *link) failed(e *endpoint, cause error) {
	e.client, e.missed, e.cause = nil, 0, cause
	e.failures++
	e.until = time.Now().Add(backoff(e.failures))
	if errors.Is(cause, ErrOtherChain) {
		e.until = time.Now().Add(otherChainPause)
	}
	l.metrics.up(e.name, false)
	if l.connected() == 0 && l.lost.IsZero() {
		l.lost = time.Now()
		if l.outage.IsZero() {
			l.outage = l.lost
		}
	}
}

// connected counts the endpoints with a connection. The lock is held.
func (l *link) connected() (n int) {
	for _, e := range l.endpoints {
		if e.client != nil {
			n++
		}
	}
	return n
}

// close ends every connection and waits for what runs.
func (l *link) close() {
	l.end()
	l.mu.Lock()
	for _, e := range l.endpoints {
		if e.client != nil {
			e.client.Close()
			e.client = nil
		}
		e.http.CloseIdleConnections()
	}
	l.current = nil
	l.mu.Unlock()
	_ = l.group.Wait() // what runs returns no errors
}

// backoff is the pause before the given attempt: doubling from backoffFirst up to
// backoffMost, of which a random half is waited so that clients spread out.
func backoff(attempt int) time.Duration {
	d := backoffMost
	if attempt < 10 {
		d = min(backoffMost, backoffFirst<<(attempt-1))
	}
	return d/2 + rand.N(d/2+1)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
