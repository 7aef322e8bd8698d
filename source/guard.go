package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits of a connection.
const (
	maxAddrs       = 8 // addresses of one name that are tried
	maxHeader      = 64 << 10
	dialTimeout    = 5 * time.Second
	maxConnsByHost = 8
)

// Resolver turns a name into addresses; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard decides where a client may connect. The zero Guard allows the public
// internet on ports 80 and 443 and nothing else.
//
// The address is checked when the socket connects, after the name was
// resolved, so a name that answers differently a second time gains nothing.
// Proxies of the environment are never used: they would connect for us, unguarded.
type Guard struct {
	Allow    []netip.AddrPort // exceptions, each an exact address and port
	Hosts    []string         // if any: the only hosts, as they stand in URLs with their port if not the scheme's
	Resolver Resolver         // nil is the system's
}

// CheckURL refuses what can be refused before a name is resolved.
func (g Guard) CheckURL(u *url.URL) error {
	if f := g.checkURL(u); f != nil {
		return &Error{URL: u.Redacted(), Status: f.status, Reason: f.reason, Err: f.err}
	}
	return nil
}

func (g Guard) checkURL(u *url.URL) *fault {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fail(Refused, ReasonScheme, fmt.Errorf("scheme %q is not http or https", u.Scheme))
	case u.User != nil:
		return fail(Refused, ReasonUserinfo, errors.New("address carries a user"))
	case u.Hostname() == "" || u.Opaque != "":
		return fail(Refused, ReasonURL, errors.New("address has no host"))
	}
	port, f := portOf(u)
	if f != nil {
		return f
	}
	if !usual(port) && !slices.ContainsFunc(g.Allow, func(a netip.AddrPort) bool { return a.Port() == port }) {
		return fail(Refused, ReasonPort, fmt.Errorf("port %d is not 80 or 443; allow it with --fetch.allow %s", port, exception(u.Hostname(), port)))
	}
	if len(g.Hosts) > 0 && !slices.ContainsFunc(g.Hosts, func(h string) bool { return strings.EqualFold(h, u.Host) }) {
		return fail(Refused, ReasonHost, fmt.Errorf("host %q is not one of the allowed", u.Host))
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return g.checkAddr(netip.AddrPortFrom(ip, port))
	}
	return nil
}

// exception is what an operator would allow: an address with its port, where the
// name's address is not known yet the form of one.
func exception(host string, port uint16) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(ip.Unmap(), port).String()
	}
	return fmt.Sprintf("IP:%d", port)
}

func usual(port uint16) bool { return port == 80 || port == 443 }

func portOf(u *url.URL) (uint16, *fault) {
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return 0, fail(Refused, ReasonURL, fmt.Errorf("port %q is not a port", p))
		}
		return uint16(n), nil
	}
	if strings.HasSuffix(u.Host, ":") {
		return 0, fail(Refused, ReasonURL, errors.New("port is empty"))
	}
	if u.Scheme == "https" {
		return 443, nil
	}
	return 80, nil
}

// checkAddr is the rule that holds at connect time.
func (g Guard) checkAddr(a netip.AddrPort) *fault {
	a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	for _, ok := range g.Allow {
		if netip.AddrPortFrom(ok.Addr().Unmap(), ok.Port()) == a {
			return nil
		}
	}
	if !usual(a.Port()) {
		return fail(Refused, ReasonPort, fmt.Errorf("port %d is not 80 or 443; allow it with --fetch.allow %s", a.Port(), a))
	}
	if class := notPublic(a.Addr()); class != "" {
		return fail(Refused, ReasonAddress, fmt.Errorf("address %s is %s; allow it with --fetch.allow %s", a.Addr(), class, a))
	}
	return nil
}

// Transport is an http.Transport whose every connection passes the guard.
func (g Guard) Transport() *http.Transport {
	return &http.Transport{
		DialContext:            g.dial,
		DisableCompression:     true, // the client unpacks itself, under its cap
		MaxConnsPerHost:        maxConnsByHost,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    maxConnsByHost,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2:      true,
	}
}

// dial resolves the name itself and tries the addresses that pass. A name with
// addresses of which none passes is refused.
func (g Guard) dial(ctx context.Context, network, target string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, fail(Refused, ReasonURL, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fail(Refused, ReasonURL, err)
	}
	addrs, err := g.lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", host, err)
	}
	d := net.Dialer{Timeout: dialTimeout, Control: g.control}
	var refused, last error
	for _, a := range addrs[:min(len(addrs), maxAddrs)] {
		to := netip.AddrPortFrom(a.Unmap(), uint16(n))
		if f := g.checkAddr(to); f != nil {
			refused = f
			continue
		}
		conn, err := d.DialContext(ctx, network, to.String())
		if err == nil {
			return conn, nil
		}
		last = err
	}
	switch {
	case last != nil:
		return nil, last
	case refused != nil:
		return nil, refused
	}
	return nil, fmt.Errorf("resolve %q: no address", host)
}

func (g Guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	if g.Resolver != nil {
		return g.Resolver.LookupNetIP(ctx, "ip", host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// control sees the address that the socket will really connect to.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fail(Refused, ReasonAddress, err)
	}
	if f := g.checkAddr(a); f != nil {
		return f
	}
	return nil
}
