package source

import (
	"context"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// host is how often one host and port may be asked.
type host struct {
	limit *rate.Limiter
	away  time.Time // no request before
}

// originOf names a server: two ports of one machine are two servers.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// hostOf gives the entry of a host; the caller holds mu.
func (c *Client) hostOf(u *url.URL) *host {
	key := originOf(u)
	h, ok := c.hosts.get(key)
	if !ok {
		h = &host{limit: rate.NewLimiter(rate.Limit(c.cfg.Rate), c.cfg.Burst)}
		c.hosts.put(key, h, 1)
	}
	return h
}

// turn waits until the host may be asked again.
func (c *Client) turn(ctx context.Context, u *url.URL) *fault {
	if err := ctx.Err(); err != nil {
		return fail(Unavailable, ReasonCancelled, err)
	}
	c.mu.Lock()
	h, now := c.hostOf(u), c.cfg.Now()
	slot := h.limit.ReserveN(now, 1)
	wait := max(slot.DelayFrom(now), h.away.Sub(now))
	c.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	if err := c.cfg.Sleep(ctx, wait); err != nil {
		slot.CancelAt(c.cfg.Now()) // we did not go: the slot is free for another
		return fail(Unavailable, ReasonCancelled, err)
	}
	return nil
}

// away keeps all fetches from a host for a while.
func (c *Client) away(u *url.URL, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := c.cfg.Now().Add(d); until.After(c.hostOf(u).away) {
		c.hostOf(u).away = until
	}
}

// slow lowers the rate of a host to one request per d, if that is lower.
func (c *Client) slow(u *url.URL, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hostOf(u)
	if every := rate.Every(min(d, c.cfg.MaxWait)); every < h.limit.Limit() {
		h.limit.SetLimitAt(c.cfg.Now(), every)
		h.limit.SetBurstAt(c.cfg.Now(), 1)
	}
}
