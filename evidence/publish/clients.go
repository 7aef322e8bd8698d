package publish

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// What one client may do, by its address (or its network of IPv6 addresses, of which
// anyone has plenty): requests a second, and pages on their way to it.
const (
	clientRate  = 20
	clientBurst = 40
	clientPages = 2
)

// What all clients together may have: pages being read from the record, and bytes of
// pages on their way.
const (
	pagesAtOnce = 4
	bytesAtOnce = 128 << 20
)

// The time to write a page: some, and more by its length, so that whoever reads
// slower than slowest bytes a second does not keep it in memory for long.
const (
	writeTime = 10 * time.Second
	slowest   = 256 << 10
)

// places is for how many addresses there is a place. Two that share one share its
// limits; which do is random.
const places = 1024

// clients are the limits.
type clients struct {
	seed    maphash.Seed
	place   [places]client
	reading chan struct{} // tokens
	writing *semaphore.Weighted
}

type client struct {
	rate  *rate.Limiter
	pages atomic.Int32
}

func newClients() *clients {
	c := &clients{seed: maphash.MakeSeed(), reading: make(chan struct{}, pagesAtOnce), writing: semaphore.NewWeighted(bytesAtOnce)}
	for i := range c.place {
		c.place[i].rate = rate.NewLimiter(clientRate, clientBurst)
	}
	return c
}

// of is the place of whoever sent a request.
func (c *clients) of(r *http.Request) *client {
	var network netip.Prefix
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		addr := from.Addr().Unmap().WithZone("")
		network, _ = addr.Prefix(min(addr.BitLen(), 64))
	}
	return &c.place[maphash.Comparable(c.seed, network)%places]
}

// takePage counts a page that the client is about to get, unless it has as many
// already.
func (c *client) takePage() bool {
	if c.pages.Add(1) > clientPages {
		c.pages.Add(-1)
		return false
	}
	return true
}

func (c *client) givePage() { c.pages.Add(-1) }
