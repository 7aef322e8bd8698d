package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assaynet/assay/protocol"
)

// However the requests come, one is in hand at a time, in their order.
func TestPipelinedRequests(t *testing.T) {
	var inFlight, most atomic.Int64
	s := serve(t, ServerConfig{}, func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		defer inFlight.Add(-1)
		return request, nil
	})
	w := connectRaw(t, s.addr)
	for i := range 10 {
		_ = w.frame(final|opBinary, []byte{byte(i)})
	}
	for i := range 10 {
		if answer, err := w.message(); err != nil || len(answer) != 1 || int(answer[0]) != i {
			t.Fatalf("answer %d is %v, %v", i, answer, err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d requests in flight", most.Load())
	}
}

func TestHTTPOnly(t *testing.T) {
	s := serve(t, ServerConfig{HandshakeTimeout: 200 * time.Millisecond}, echo)
	upgrade := "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	for _, tc := range []struct {
		name, request string
		status        int // 0: the connection is cut
	}{
		{"plain GET", "GET " + Path + " HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusBadRequest},
		{"POST", "POST " + Path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", http.StatusMethodNotAllowed},
		{"another path", "GET /assay/v2 HTTP/1.1\r\nHost: x\r\n" + upgrade + "\r\n", http.StatusNotFound},
		{"longer path", "GET " + Path + "/x HTTP/1.1\r\nHost: x\r\n" + upgrade + "\r\n", http.StatusNotFound},
		{"a browser's page", "GET " + Path + " HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n" + upgrade + "\r\n", http.StatusForbidden},
		{"slow head", "GET " + Path + " HTTP/1.1\r\nHost:", 0},
		{"nothing", "", 0},
		{"huge head", "GET " + Path + " HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 0},
		{"data before the answer", "GET " + Path + " HTTP/1.1\r\nHost: x\r\n" + upgrade + "\r\nmore", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := net.Dial("tcp", s.addr.String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(patience))
			_, _ = io.WriteString(c, tc.request)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			var network net.Error
			switch {
			case tc.status == 0 && err == nil && resp.StatusCode < 400, errors.As(err, &network) && network.Timeout():
				t.Errorf("still served: %v, %v", resp, err)
			case tc.status != 0 && (err != nil || resp.StatusCode != tc.status):
				t.Errorf("answered %v, %v, want status %d", resp, err, tc.status)
			}
		})
	}
}

func TestConnectionCaps(t *testing.T) {
	for name, cfg := range map[string]ServerConfig{
		"in all":      {MaxConnections: 3},
		"per address": {MaxPerAddress: 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, cfg, echo)
			var open []*wire
			for range 3 {
				open = append(open, connectRaw(t, s.addr))
			}
			c, err := net.Dial("tcp", s.addr.String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || resp.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("one too many gets %v, %v", resp, err)
			}
			if _, err := c.Read(make([]byte, 1)); err == nil {
				t.Error("one too many stays connected")
			}
			_ = open[0].Close()
			d := dialer(t, DialerConfig{})
			eventually(t, "a closed connection makes room", func() bool {
				_, err := d.Ask(within(t, patience), s.addr, nil)
				return err == nil
			})
		})
	}
}

// Connecting anew is no way round the rate.
func TestConnectRate(t *testing.T) {
	s := serve(t, ServerConfig{Burst: 5, RequestsPerSecond: 0.001}, echo)
	admitted := 0
	for range 20 {
		c, err := net.Dial("tcp", s.addr.String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil && resp.StatusCode == http.StatusNotFound {
			admitted++
		}
		_ = c.Close()
	}
	if admitted != 5 {
		t.Errorf("%d of 20 connections were let in, want 5", admitted)
	}
}

func TestGateTableIsBounded(t *testing.T) {
	g := newGate(ServerConfig{}.withDefaults())
	address := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{9, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
	}
	if !g.enter(address(0)) {
		t.Fatal("the first is refused")
	}
	for i := range maxSources + 500 {
		if !g.request(address(i + 1)) {
			t.Fatal("a first request is refused")
		}
	}
	if len(g.sources) > maxSources {
		t.Errorf("%d rows, want at most %d", len(g.sources), maxSources)
	}
	if s := g.sources[sourceKey(address(0))]; s == nil || s.open != 1 {
		t.Error("the row of an open connection is gone")
	}
	g.leave(address(0))
	if g.open != 0 {
		t.Errorf("%d connections open after the last left", g.open)
	}
	one, other := netip.MustParseAddrPort("[2606:4700::1]:5"), netip.MustParseAddrPort("[2606:4700::ffff:2]:6")
	if sourceKey(one) != sourceKey(other) {
		t.Error("one /64 is two sources")
	}
	if sourceKey(netip.MustParseAddrPort("[::ffff:9.9.9.9]:5")) != sourceKey(netip.MustParseAddrPort("9.9.9.9:6")) {
		t.Error("an IPv4 address in IPv6 clothes is another source")
	}
}

// The answer in hand goes out, idle connections close, and Serve returns.
func TestStopFinishesTheAnswerInHand(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := serve(t, ServerConfig{}, func(ctx context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		close(asked)
		<-release
		return request, ctx.Err()
	})
	idle, busy := connectRaw(t, s.addr), connectRaw(t, s.addr)
	_ = busy.frame(final|opBinary, []byte("request"))
	<-asked
	s.stop()
	if code, _ := idle.ending(t); code != websocket.CloseGoingAway {
		t.Errorf("idle connection closed with %d", code)
	}
	if _, err := net.Dial("tcp", s.addr.String()); err == nil {
		t.Error("still listening")
	}
	select {
	case err := <-s.done:
		t.Fatalf("returned with an answer in hand: %v", err)
	default:
	}
	close(release)
	if answer, err := busy.message(); err != nil || string(answer) != "request" {
		t.Errorf("answer in hand: %q, %v", answer, err)
	}
	if code, _ := busy.ending(t); code != websocket.CloseGoingAway {
		t.Errorf("busy connection closed with %d", code)
	}
	if err := <-s.done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// A handler that does not finish is cut off after StopTimeout.
func TestStopTimeout(t *testing.T) {
	asked := make(chan struct{})
	s := serve(t, ServerConfig{StopTimeout: 50 * time.Millisecond, AnswerTimeout: time.Hour}, func(ctx context.Context, _ netip.AddrPort, _ []byte) ([]byte, error) {
		close(asked)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	w := connectRaw(t, s.addr)
	_ = w.frame(final|opBinary, nil)
	<-asked
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	l := listen(t)
	_ = l.Close()
	if err := Serve(t.Context(), l, ServerConfig{}, echo); err == nil {
		t.Error("serving a closed listener succeeds")
	}
}

// A peer that answers pings may idle longer than two ping intervals, one that
// does not may not.
func TestPings(t *testing.T) {
	s := serve(t, ServerConfig{PingInterval: 200 * time.Millisecond, IdleTimeout: time.Hour}, echo)
	dead := connectRaw(t, s.addr) // sends no pongs
	d := dialer(t, DialerConfig{})
	if _, err := d.Ask(within(t, patience), s.addr, nil); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	link := d.peers[s.addr].link
	d.mu.Unlock()
	pings := 0
	for {
		first, _, err := dead.next()
		if err != nil {
			break
		}
		if first&0xf == opPing {
			pings++
		}
	}
	if pings == 0 {
		t.Error("no ping came")
	}
	again := connectRaw(t, s.addr)
	again.ending(t)
	if link.dead() {
		t.Error("the connection that answers pings is gone")
	}
}

// What is offered is not what is kept.
func TestMemoryIsBounded(t *testing.T) {
	s := serve(t, ServerConfig{MaxPerAddress: 64}, echo)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var all sync.WaitGroup
	for range 16 {
		w := connectRaw(t, s.addr)
		all.Go(func() {
			_, _ = w.Write(w.head(opBinary, 1<<30))
			chunk := make([]byte, 1<<16)
			for range 64 { // up to 4 MiB each, 64 times the limit
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16*4*protocol.MaxRequestBytes {
		t.Errorf("16 oversize messages allocated %d KiB", grown>>10)
	}
}

// A dialer that is offered an endless answer keeps no more than the limit.
func TestDialerMemoryIsBounded(t *testing.T) {
	addr := double(t, func(w *wire) {
		w.handshake("")
		_, _ = w.message()
		_ = w.frame(opBinary, nil)
		w.until(append(w.head(opNext, 1<<16), make([]byte, 1<<16)...))
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := dialer(t, DialerConfig{}).Ask(within(t, patience), addr, nil)
	runtime.ReadMemStats(&after)
	wantReason(t, err, protocol.ReasonOversize)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*protocol.MaxAnswerBytes {
		t.Errorf("an endless answer allocated %d KiB", grown>>10)
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	s := serve(t, ServerConfig{Metrics: m}, moody)
	d := dialer(t, DialerConfig{Metrics: m})
	for _, request := range []string{"one", "two", "replay"} {
		_, _ = d.Ask(within(t, patience), s.addr, []byte(request))
	}
	_, _ = d.Ask(within(t, patience), netip.MustParseAddrPort("10.0.0.1:1"), nil)
	for _, tc := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"assay_transport_requests_total", []string{"server", "ok"}, 2},
		{"assay_transport_requests_total", []string{"server", "replay"}, 1},
		{"assay_transport_requests_total", []string{"dialer", "ok"}, 2},
		{"assay_transport_requests_total", []string{"dialer", "hangup"}, 1},
		{"assay_transport_requests_total", []string{"dialer", "address"}, 1},
		{"assay_transport_request_seconds", []string{"dialer"}, 2},
		{"assay_transport_request_seconds", []string{"server"}, 2},
		{"assay_transport_bytes_total", []string{"server", "in"}, 12},
		{"assay_transport_bytes_total", []string{"server", "out"}, 6},
		{"assay_transport_bytes_total", []string{"dialer", "in"}, 6},
		{"assay_transport_connections", []string{"server"}, 0},
		{"assay_transport_connections", []string{"dialer"}, 0},
	} {
		var got float64
		eventually(t, fmt.Sprintf("%s %v is %g", tc.name, tc.labels, tc.want), func() bool {
			got = metric(t, reg, tc.name, tc.labels...)
			return got == tc.want
		})
	}
}

// metric is the value of a metric that has all of the label values; a
// histogram's is its count.
func metric(t testing.TB, reg *prometheus.Registry, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			has := 0
			for _, l := range m.GetLabel() {
				for _, want := range labels {
					if l.GetValue() == want {
						has++
					}
				}
			}
			if has == len(labels) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func BenchmarkAsk(b *testing.B) {
	for _, size := range []int{200, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			answer := make([]byte, size)
			s := serve(b, ServerConfig{RequestsPerSecond: 1e9, Burst: 1e9}, func(context.Context, netip.AddrPort, []byte) ([]byte, error) { return answer, nil })
			d := dialer(b, DialerConfig{})
			ctx := within(b, time.Minute)
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := d.Ask(ctx, s.addr, answer[:200]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
