package chain

import (
	"context"
	"fmt"
	"math"
	"time"
)

// maxAhead is how far the time of a block may be ahead of the clock.
const maxAhead = 5 * time.Minute

// known is the newest head that the client has seen.
func (c *Client) known() Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.head
}

// freshHead is Head, or the one known if that is fresh enough.
func (c *Client) freshHead(ctx context.Context) (Head, error) {
	c.mu.Lock()
	known, age := c.head, time.Since(c.seen)
	c.mu.Unlock()
	if !known.Hash.IsZero() && age < c.cfg.Fresh {
		return known, nil
	}
	return c.Head(ctx)
}

// maxBack is how far a node may be behind what is known without being believed. A
// chain that is further back has been begun anew.
const maxBack = 32

// newest is freshHead, or what is known where a node is behind: what was read must
// not become undone because another one answers.
func (c *Client) newest(ctx context.Context) (Head, error) {
	at, err := c.freshHead(ctx)
	if err != nil {
		return Head{}, err
	}
	if known := c.known(); known.Number > at.Number && known.Number-at.Number <= maxBack {
		return known, nil
	}
	return at, nil
}

// timeOf decodes the time of a block, which is not far ahead of the clock.
func timeOf(raw []byte, clock time.Time) (time.Time, error) {
	ms, err := fixedU64("timestamp", raw)
	if err != nil {
		return time.Time{}, err
	}
	if ahead := ms - uint64(clock.UnixMilli()); int64(ahead) > maxAhead.Milliseconds() || ms > math.MaxInt64 {
		return time.Time{}, fmt.Errorf("the block's time, %d ms, is ahead of this machine's clock, %s, by more than %s", ms, clock.UTC().Format(time.DateTime), maxAhead)
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}
