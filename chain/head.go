package chain

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// pushedPolls is how many poll intervals pass between two looks at the head while
	// blocks are pushed: a little more than the chain's block time by default, so that
	// the pushes alone are followed unless they stop.
	pushedPolls = 5
	// unpushed is how long a node that refuses to push blocks is not asked again.
	unpushed = time.Minute
)

// NextHead waits for a finalised block with a number above after and returns the
// newest such block; numbers in between are skipped. What fails is logged once
// an outage and tried again for as long as ctx lasts, so the only errors are those of ctx and of
// a closed client.
func (c *Client) NextHead(ctx context.Context, after uint64) (Head, error) {
	// One who asks for more than was just given need not look before the next push.
	if wake, still := c.heads.still(); still && c.known().Number <= after {
		if err := c.heads.wait(ctx, wake); err != nil {
			return Head{}, err
		}
	}
	for attempt := 1; ; attempt++ {
		wake := c.heads.next()
		head, err := c.Head(ctx)
		if err == nil {
			c.heads.saw(wake)
		}
		switch {
		case err == nil && head.Number > after:
			return head, nil
		case ctx.Err() != nil:
			return Head{}, ctx.Err()
		case errors.Is(err, errClosed):
			return Head{}, err
		case err != nil:
			if c.link.unreadable() {
				c.cfg.Log.Warn("cannot read the head of the chain", "error", err)
			}
			if err := pause(ctx, backoff(attempt)); err != nil {
				return Head{}, err
			}
			continue
		}
		attempt = 0
		if err := c.heads.wait(ctx, wake); err != nil {
			return Head{}, err
		}
	}
}

// heads tells waiters when it is worth looking at the head again: when the node
// pushes a new block, and every so often in any case. A pushed block may not be
// final yet, so a push is only a hint.
type heads struct {
	link   *link
	poll   time.Duration
	pushed atomic.Bool // while a subscription lives
	cancel context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	wake chan struct{} // closed at the next push
	seen chan struct{} // wake when the head was last looked at
}

func follow(l *link, poll time.Duration) *heads {
	ctx, cancel := context.WithCancel(context.Background())
	h := &heads{link: l, poll: poll, cancel: cancel, done: make(chan struct{}), wake: make(chan struct{})}
	go h.run(ctx)
	return h
}

func (h *heads) stop() {
	h.cancel()
	<-h.done
}

func (h *heads) next() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wake
}

// saw notes that the head was looked at after wake was next, and still reports that
// there has been no push since, while there are pushes.
func (h *heads) saw(wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = wake
}

func (h *heads) still() (wake chan struct{}, still bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wake, h.seen == h.wake && h.pushed.Load()
}

func (h *heads) wait(ctx context.Context, wake <-chan struct{}) error {
	t := time.NewTimer(h.interval())
	defer t.Stop()
	select {
	case <-wake:
	case <-t.C:
	case <-h.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// interval is how long nothing need be pushed before the head is looked at.
func (h *heads) interval() time.Duration {
	if h.pushed.Load() {
		return pushedPolls * h.poll
	}
	return h.poll
}

func (h *heads) push() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.wake)
	h.wake = make(chan struct{})
}

// run keeps a subscription alive. It says nothing when that fails: waiters poll,
// and their own reads report what is wrong. A node that ends subscriptions as soon
// as they begin is asked ever more seldom.
func (h *heads) run(ctx context.Context) {
	defer close(h.done)
	for attempt := 1; ctx.Err() == nil; attempt++ {
		began := time.Now()
		rest := backoff(attempt)
		if err := h.subscribed(ctx); final(err) && !errors.Is(err, errClosed) {
			rest = unpushed
		} else if time.Since(began) > backoffMost {
			attempt = 0
		}
		_, moved := h.link.open()
		if h.rest(ctx, rest, moved) != nil {
			return
		}
	}
}

// rest is pause that ends early when another endpoint comes into use.
func (h *heads) rest(ctx context.Context, d time.Duration, moved <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-moved:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// subscribed passes pushes on until the subscription ends; an error means that
// there was none. It does not dial: the connection is made by those who read.
func (h *heads) subscribed(ctx context.Context) error {
	c, moved := h.link.open()
	if c == nil || !c.SupportsSubscriptions() {
		return nil
	}
	ch := make(chan json.RawMessage)
	sub, err := h.link.subscribe(ctx, c, ch)
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	h.pushed.Store(true)
	defer func() {
		h.pushed.Store(false)
		h.push() // those who wait have the shorter interval again
	}()
	h.push()
	for {
		select {
		case <-ch:
			h.push()
		case err := <-sub.Err():
			if err != nil {
				h.link.drop(c, err)
			}
			return nil
		case <-moved: // to another endpoint, whose pushes count
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// subscribe asks a connection for new blocks, as one more request of it: within the
// client's own limit, and with the pause that a refusal asks for.
func (l *link) subscribe(ctx context.Context, c *rpc.Client, ch chan json.RawMessage) (sub *rpc.ClientSubscription, err error) {
	err = l.tryOn(ctx, query{"eth_subscribe", 1}, l.on(c), func(ctx context.Context, c *rpc.Client) error {
		sub, err = c.Subscribe(ctx, "eth", ch, "newHeads")
		return err
	})
	return sub, err
}

// on is the way to a connection that there is, as long as it is in use and may be
// asked.
func (l *link) on(c *rpc.Client) func(context.Context) (*endpoint, *rpc.Client, error) {
	return func(context.Context) (*endpoint, *rpc.Client, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		e := l.current
		if e == nil || e.client != c {
			return nil, nil, errLost
		}
		if wait := e.wait(time.Now()); wait > 0 {
			return nil, nil, &pausedError{e.name, wait, e.cause}
		}
		return e, c, nil
	}
}
