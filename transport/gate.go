package transport

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxSources bounds the table of remote addresses. It is above any sensible
// MaxConnections, so an address without a connection can always make room.
const maxSources = 4096

// gate decides who may connect and how often each may ask. Its table is keyed by
// source: an IPv4 address or an IPv6 /64, since a host owns a /64 whole.
type gate struct {
	cfg ServerConfig

	mu      sync.Mutex
	open    int
	sources map[netip.Addr]*source
}

type source struct {
	open   int
	bucket *rate.Limiter
	last   time.Time
}

func newGate(cfg ServerConfig) *gate {
	return &gate{cfg: cfg, sources: make(map[netip.Addr]*source)}
}

// enter takes a connection's place, and one request's worth of the source's
// rate, so that reconnecting is no way round it.
func (g *gate) enter(remote netip.AddrPort) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.source(remote)
	if g.open >= g.cfg.MaxConnections || s.open >= g.cfg.MaxPerAddress || !s.bucket.Allow() {
		return false
	}
	g.open++
	s.open++
	return true
}

// leave gives the place back.
func (g *gate) leave(remote netip.AddrPort) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	g.source(remote).open--
}

// request takes one request's worth of the source's rate.
func (g *gate) request(remote netip.AddrPort) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.source(remote).bucket.Allow()
}

// source finds or makes the row of an address. Rows with a connection stay; of
// the others the one that was used longest ago makes room.
func (g *gate) source(remote netip.AddrPort) *source {
	key, now := sourceKey(remote), time.Now()
	s, ok := g.sources[key]
	if !ok {
		if len(g.sources) >= maxSources {
			g.evict()
		}
		s = &source{bucket: rate.NewLimiter(rate.Limit(g.cfg.RequestsPerSecond), g.cfg.Burst)}
		g.sources[key] = s
	}
	s.last = now
	return s
}

func (g *gate) evict() {
	var oldest netip.Addr
	var found *source
	for key, s := range g.sources {
		if s.open == 0 && (found == nil || s.last.Before(found.last)) {
			oldest, found = key, s
		}
	}
	if found != nil {
		delete(g.sources, oldest)
	}
}

func sourceKey(remote netip.AddrPort) netip.Addr {
	a := remote.Addr().Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.Addr()
	}
	return a
}

// gatedListener lets in what the gate lets in, before a byte is read. Others get
// one line and are closed; an honest dialer understands it as ReasonBusy.
type gatedListener struct {
	net.Listener
	gate *gate
}

const busyAnswer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// Accept returns the next connection that may enter, metered.
func (l gatedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := remoteOf(c)
		if l.gate.enter(remote) {
			m := &meter{Conn: c}
			m.allow(handshakeBytes)
			return &gatedConn{meter: m, leave: sync.OnceFunc(func() { l.gate.leave(remote) })}, nil
		}
		// The send buffer of a new socket is empty, so this does not wait.
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.Write([]byte(busyAnswer))
		_ = c.Close()
	}
}

// gatedConn gives its place back when it is closed.
type gatedConn struct {
	*meter
	leave func()
}

// Close closes the connection.
func (c *gatedConn) Close() error {
	defer c.leave()
	return c.meter.Close()
}

func remoteOf(c net.Conn) netip.AddrPort {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort()
	}
	return netip.AddrPort{}
}
