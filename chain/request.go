package chain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// readAttempts is how often a read is tried before its error is returned, once
	// more for each endpoint but the first, and readPatience how long it waits for
	// an endpoint that is not to be asked yet.
	readAttempts = 6
	readPatience = 30 * time.Second
	// lastWords is how long an answer that came with the end of its connection takes
	// to be handed on.
	lastWords = 50 * time.Millisecond
)

// gone ends with the connection of an endpoint.
func (l *link) gone(e *endpoint) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	return e.gone
}

// query is what a request is counted as: its name, and how many calls it makes.
type query struct {
	what  string
	calls int
}

// family is the first part of a method's name; what goes through go-ethereum's
// typed client has none.
func (q query) family() string {
	if name, _, ok := strings.Cut(q.what, "_"); ok {
		return name
	}
	return "eth"
}

// read runs fn on a connection, again on a new one when that fails, until it
// works, the node answers with an error, the attempts are used up or ctx ends.
func (l *link) read(ctx context.Context, what string, fn func(context.Context, *rpc.Client) error) error {
	return l.ask(ctx, query{what, 1}, fn)
}

func (l *link) ask(ctx context.Context, q query, fn func(context.Context, *rpc.Client) error) error {
	var err error
	for range readAttempts + len(l.endpoints) - 1 {
		// Between attempts the endpoints' own back-off is waited out.
		if err = l.try(ctx, q, fn); err == nil {
			return nil
		}
		if final(err) || errors.As(err, new(*pausedError)) {
			break
		}
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
			break
		}
	}
	return fmt.Errorf("%s: %w", q.what, err)
}

// once runs fn one time, under the timeout of a single call.
func (l *link) once(ctx context.Context, fn func(context.Context, *rpc.Client) error) error {
	return l.try(ctx, query{"", 1}, fn)
}

func (l *link) try(caller context.Context, q query, fn func(context.Context, *rpc.Client) error) error {
	return l.tryOn(caller, q, l.connection, fn)
}

// tryOn is try on the connection that find gives.
func (l *link) tryOn(caller context.Context, q query, find func(context.Context) (*endpoint, *rpc.Client, error),
	fn func(context.Context, *rpc.Client) error) error {
	ctx, cancel := context.WithCancel(caller)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	e, c, err := find(ctx)
	if err == nil {
		err = e.admit(ctx, q.calls)
	}
	if err != nil {
		if l.life.Err() != nil {
			return errClosed
		}
		return err
	}
	call, stop := context.WithTimeout(ctx, l.timeout)
	defer stop()
	defer context.AfterFunc(l.gone(e), func() { time.AfterFunc(lastWords, stop) })()
	began := time.Now()
	err = fn(call, c)
	switch pause, limited := e.limitedBy(err); {
	case limited:
		l.metrics.request(q.family(), outcomeLimited)
		l.rest(e, pause, err)
		return &limitedError{err}
	case err == nil, final(err):
		l.metrics.request(q.family(), outcomeOf(err))
		l.heard(e, time.Since(began))
	case caller.Err() != nil || l.life.Err() != nil:
		// A caller that gives up says nothing about the connection.
	default:
		l.metrics.request(q.family(), outcomeFailed)
		l.drop(c, err)
	}
	return err
}

// call is read of one method with a JSON result.
func (l *link) call(ctx context.Context, result any, method string, args ...any) error {
	return l.read(ctx, method, func(ctx context.Context, c *rpc.Client) error {
		return c.CallContext(ctx, result, method, args...)
	})
}

// batch makes several calls in one request. The first that fails is the error.
func (l *link) batch(ctx context.Context, calls ...rpc.BatchElem) error {
	return l.ask(ctx, query{calls[0].Method, len(calls)}, together(calls))
}

// together makes the calls of a batch on a connection.
func together(calls []rpc.BatchElem) func(context.Context, *rpc.Client) error {
	return func(ctx context.Context, c *rpc.Client) error {
		for i := range calls {
			calls[i].Error = nil // of an earlier attempt
		}
		if err := c.BatchCallContext(ctx, calls); err != nil {
			return err
		}
		for _, b := range calls {
			if b.Error != nil {
				return fmt.Errorf("%s: %w", b.Method, b.Error)
			}
		}
		return nil
	}
}

// final reports whether err is an answer, which asking again will not change.
func final(err error) bool {
	var answered rpc.Error
	return errors.As(err, &answered) || errors.Is(err, ethereum.NotFound) || errors.Is(err, errClosed)
}

var (
	errClosed = errors.New("the client is closed")
	errLost   = errors.New("the connection is lost")
)
