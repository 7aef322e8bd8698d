package zoo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Strangers flood a miner: some send what no validator signed, over a new connection
// each time as they are thrown out, as fast as they can; others connect and never end
// the head of their request.
type Strangers struct {
	To   netip.AddrPort // the miner
	From netip.Addr     // the address that they connect from
	Path string         // of the websocket
	// Requests is how many are sent in all, Floods how many at once, and Drips how many
	// connections only wait.
	Requests, Floods, Drips int
	Body                    []byte // of each request
	// Tried counts the requests that they tried to send.
	Tried atomic.Uint64
}

// Run floods until all requests were tried, and holds what waits until ctx ends; done
// is closed in between.
func (s *Strangers) Run(ctx context.Context, done chan<- struct{}) {
	var waiting, flooding sync.WaitGroup
	defer waiting.Wait()
	for range s.Drips {
		waiting.Go(func() {
			if c := s.dial(ctx); c != nil {
				defer c.Close()
				_, _ = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nX-Slow: ", s.Path)
				<-ctx.Done()
			}
		})
	}
	for range s.Floods {
		flooding.Go(func() {
			for s.Tried.Add(1) <= uint64(s.Requests) && ctx.Err() == nil {
				s.try(ctx)
			}
		})
	}
	flooding.Wait()
	close(done)
}

func (s *Strangers) dial(ctx context.Context) net.Conn {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.From, 0))}
	c, err := d.DialContext(ctx, "tcp", s.To.String())
	if err != nil {
		return nil
	}
	return c
}

// try sends one request, and reads until it is thrown out.
func (s *Strangers) try(ctx context.Context) {
	c := s.dial(ctx)
	if c == nil {
		return
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	_, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", s.Path)
	if err == nil {
		_, err = c.Read(make([]byte, 1024)) // the handshake's answer
	}
	if err == nil {
		_, err = c.Write(masked(s.Body))
	}
	if err == nil {
		_, _ = io.Copy(io.Discard, c)
	}
}

// masked is a binary frame with the zero mask, as of a client.
func masked(body []byte) []byte {
	h := head(frameFinal|opBinary, len(body))
	h[1] |= 0x80
	return append(append(h, 0, 0, 0, 0), body...)
}
