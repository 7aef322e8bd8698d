package chain

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// NextHead waits for a finalised block with a number above after and returns the
// newest such block; numbers in between are skipped. What fails is logged once
// an outage and tried again for as long as ctx lasts, so the only errors are those of ctx and of
// a closed client.
func (c *Client) NextHead(ctx context.Context, after uint64) (Head, error) {
	for attempt := 1; ; attempt++ {
		wake := c.heads.next()
		head, err := c.Head(ctx)
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
// pushes a new block, and every poll interval in any case. A pushed block may not
// be final yet, so a push is only a hint.
type heads struct {
	link   *link
	poll   time.Duration
	cancel context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	wake chan struct{} // closed at the next push
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

func (h *heads) next() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wake
}

func (h *heads) wait(ctx context.Context, wake <-chan struct{}) error {
	t := time.NewTimer(h.poll)
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

func (h *heads) push() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.wake)
	h.wake = make(chan struct{})
}

// run keeps a subscription alive. It says nothing when that fails: waiters poll,
// and their own reads report what is wrong.
func (h *heads) run(ctx context.Context) {
	defer close(h.done)
	for attempt := 1; ctx.Err() == nil; attempt++ {
		if h.subscribed(ctx) {
			attempt = 1
		}
		if pause(ctx, backoff(attempt)) != nil {
			return
		}
	}
}

// subscribed passes pushes on until the subscription ends, and reports whether
// there was one. It does not dial: the connection is made by those who read.
func (h *heads) subscribed(ctx context.Context) bool {
	c, moved := h.link.open()
	if c == nil || !c.SupportsSubscriptions() {
		return false
	}
	ch := make(chan json.RawMessage)
	sub, err := h.link.subscribe(ctx, c, ch)
	if err != nil {
		return false
	}
	defer sub.Unsubscribe()
	h.push()
	for {
		select {
		case <-ch:
			h.push()
		case err := <-sub.Err():
			if err != nil {
				h.link.drop(c, err)
			}
			h.push()
			return true
		case <-moved: // to another endpoint, whose pushes count
			h.push()
			return true
		case <-ctx.Done():
			return true
		}
	}
}

func (l *link) subscribe(ctx context.Context, c *rpc.Client, ch chan json.RawMessage) (*rpc.ClientSubscription, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	return c.Subscribe(ctx, "eth", ch, "newHeads")
}
