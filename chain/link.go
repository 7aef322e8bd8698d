package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/item"
)

const (
	// maxResponse bounds one reply of the node. The metagraph of a full subnet is
	// about 400 kB of hex.
	maxResponse = 16 << 20
	// readAttempts is how often a read is tried before its error is returned.
	readAttempts = 6
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
)

// link is one connection to one of several endpoints of the same chain. A failed
// connection is dropped and the next use dials the next endpoint.
type link struct {
	endpoints []string
	timeout   time.Duration
	log       *slog.Logger
	life      context.Context // ends with the client, and every request with it
	end       context.CancelFunc

	mu      sync.Mutex
	current *rpc.Client
	next    int       // index of the endpoint to dial next
	genesis item.Hash // of the first endpoint reached; every other must agree
}

func newLink(cfg Config) *link {
	l := &link{endpoints: cfg.Endpoints, timeout: cfg.CallTimeout, log: cfg.Log}
	l.life, l.end = context.WithCancel(context.Background())
	return l
}

// read runs fn on a connection, again on a new one when that fails, until it
// works, the node answers with an error, the attempts are used up or ctx ends.
func (l *link) read(ctx context.Context, what string, fn func(context.Context, *rpc.Client) error) error {
	var err error
	for attempt := range readAttempts {
		if attempt > 0 {
			if waitErr := pause(ctx, backoff(attempt)); waitErr != nil {
				return fmt.Errorf("%s: %w", what, errors.Join(waitErr, err))
			}
		}
		if err = l.once(ctx, fn); err == nil || final(err) {
			break
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// once runs fn one time, under the timeout of a single call.
func (l *link) once(caller context.Context, fn func(context.Context, *rpc.Client) error) error {
	ctx, cancel := context.WithTimeout(caller, l.timeout)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	c, err := l.connection(ctx)
	if err != nil {
		return err
	}
	if err := fn(ctx, c); err != nil {
		// A caller that gives up says nothing about the connection.
		if !final(err) && caller.Err() == nil {
			l.drop(c, err)
		}
		return err
	}
	return nil
}

// call is read of one method with a JSON result.
func (l *link) call(ctx context.Context, result any, method string, args ...any) error {
	return l.read(ctx, method, func(ctx context.Context, c *rpc.Client) error {
		return c.CallContext(ctx, result, method, args...)
	})
}

// final reports whether err is an answer, which asking again will not change.
func final(err error) bool {
	var answered rpc.Error
	return errors.As(err, &answered) || errors.Is(err, ethereum.NotFound) || errors.Is(err, errClosed)
}

var errClosed = errors.New("the client is closed")

func (l *link) connection(ctx context.Context) (*rpc.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.life.Err() != nil {
		return nil, errClosed
	}
	if l.current != nil {
		return l.current, nil
	}
	url := l.endpoints[l.next%len(l.endpoints)]
	l.next++
	c, err := rpc.DialOptions(ctx, url, rpc.WithWebsocketMessageSizeLimit(maxResponse),
		rpc.WithHTTPClient(&http.Client{Transport: bounded{http.DefaultTransport}}))
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	if err := l.identify(ctx, c); err != nil {
		c.Close()
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	l.current = c
	return c, nil
}

// open is the current connection, nil if there is none.
func (l *link) open() *rpc.Client {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// identify checks that the endpoint serves the chain of the first connection.
func (l *link) identify(ctx context.Context, c *rpc.Client) error {
	var h common.Hash
	if err := c.CallContext(ctx, &h, "chain_getBlockHash", hexutil.Uint64(0)); err != nil {
		return fmt.Errorf("read genesis hash: %w", err)
	}
	if l.genesis.IsZero() {
		l.genesis = item.Hash(h)
	}
	if l.genesis != item.Hash(h) {
		return fmt.Errorf("%w: genesis %s, want %s", ErrOtherChain, item.Hash(h), l.genesis)
	}
	return nil
}

// drop gives up a failed connection, unless another caller already has.
func (l *link) drop(c *rpc.Client, cause error) {
	l.mu.Lock()
	mine := l.current == c
	if mine {
		l.current = nil
	}
	l.mu.Unlock()
	if mine {
		l.log.Warn("chain connection lost", "error", cause)
		c.Close()
	}
}

func (l *link) close() {
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		l.current.Close()
		l.current = nil
	}
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

// bounded cuts HTTP responses off at maxResponse.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = limitedBody{io.LimitReader(resp.Body, maxResponse), resp.Body}
	}
	return resp, err
}

type limitedBody struct {
	io.Reader
	io.Closer
}
