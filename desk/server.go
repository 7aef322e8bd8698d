package desk

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"
)

// Limits of the server. All reading and writing of one request is bounded by time, and
// answers by what they list.
const (
	serverConnections = 128
	serverHeaderBytes = 8 << 10
	serverHeaderTime  = 5 * time.Second
	serverReadTime    = 10 * time.Second
	serverWriteTime   = 30 * time.Second
	serverIdleTime    = time.Minute
	serverStopTime    = 2 * time.Second
)

// Serve serves the desk on a listener until ctx ends; calls that run are finished.
func Serve(ctx context.Context, l net.Listener, d *Desk) error {
	server := &http.Server{
		Handler: d.Handler(), MaxHeaderBytes: serverHeaderBytes,
		ReadHeaderTimeout: serverHeaderTime, ReadTimeout: serverReadTime, WriteTimeout: serverWriteTime, IdleTimeout: serverIdleTime,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(netutil.LimitListener(l, serverConnections)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the labelling desk: %w", err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverStopTime)
	defer cancel()
	if server.Shutdown(limit) != nil {
		_ = server.Close() // someone did not let go in time
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the labelling desk: %w", err)
	}
	return nil
}

// places is for how many addresses there is a place. Two that share one share its
// limit; which do is random.
const places = 1024

// clients limit the requests of each address, or network of IPv6 addresses, of which
// anyone has plenty.
type clients struct {
	seed  maphash.Seed
	place [places]*rate.Limiter
}

func newClients(perSecond float64) *clients {
	c := &clients{seed: maphash.MakeSeed()}
	for i := range c.place {
		c.place[i] = rate.NewLimiter(rate.Limit(perSecond), max(1, int(2*perSecond)))
	}
	return c
}

// allow counts a request.
func (c *clients) allow(r *http.Request) bool {
	return c.place[maphash.Comparable(c.seed, networkOf(r))%places].Allow()
}

// networkOf is the address that a request came from, or its network of IPv6 addresses;
// the zero prefix where that is not known.
func networkOf(r *http.Request) (network netip.Prefix) {
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		addr := from.Addr().Unmap().WithZone("")
		network, _ = addr.Prefix(min(addr.BitLen(), 64))
	}
	return network
}
