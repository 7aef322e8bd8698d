package transport

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/protocol"
)

// counted counts the connections that a listener accepts.
type counted struct {
	net.Listener
	n atomic.Int64
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

func TestAskReusesOneConnection(t *testing.T) {
	l := &counted{Listener: listen(t)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, ServerConfig{}, echo) }()
	d := dialer(t, DialerConfig{})
	for i := range 20 {
		request := fmt.Sprint("request ", i)
		answer, err := d.Ask(within(t, patience), addrOf(l), []byte(request))
		if err != nil || string(answer) != "echo "+request {
			t.Fatalf("asked %q, answered %q, %v", request, answer, err)
		}
	}
	largest := make([]byte, protocol.MaxRequestBytes)
	if answer, err := d.Ask(within(t, patience), addrOf(l), largest); err != nil || len(answer) != len(largest)+5 {
		t.Fatalf("largest request: %d bytes, %v", len(answer), err)
	}
	if n := l.n.Load(); n != 1 {
		t.Errorf("%d connections for one peer, want 1", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestAskLargestAnswer(t *testing.T) {
	s := serve(t, ServerConfig{}, func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		return make([]byte, protocol.MaxAnswerBytes+len(request)), nil
	})
	d := dialer(t, DialerConfig{})
	if answer, err := d.Ask(within(t, patience), s.addr, nil); err != nil || len(answer) != protocol.MaxAnswerBytes {
		t.Fatalf("largest answer: %d bytes, %v", len(answer), err)
	}
	_, err := d.Ask(within(t, patience), s.addr, []byte{1})
	wantReason(t, err, protocol.ReasonHangup)
}

// Many calls to many peers run side by side; calls to one peer take turns.
func TestAskConcurrently(t *testing.T) {
	d := dialer(t, DialerConfig{})
	var all sync.WaitGroup
	for p := range 8 {
		var inFlight, most atomic.Int64
		s := serve(t, ServerConfig{}, func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
			return request, nil
		})
		for c := range 10 {
			all.Go(func() {
				request := fmt.Sprint(p, " ", c)
				answer, err := d.Ask(within(t, patience), s.addr, []byte(request))
				if err != nil || string(answer) != request {
					t.Errorf("asked %q, answered %q, %v", request, answer, err)
				}
			})
		}
		t.Cleanup(func() {
			if most.Load() != 1 {
				t.Errorf("%d requests in flight on one connection", most.Load())
			}
		})
	}
	all.Wait()
}

// The doubles of a miner, each with what a call to it comes to.
func TestHostileServers(t *testing.T) {
	bomb := repeat([]byte{0}, 64)
	for _, tc := range []struct {
		name   string
		want   protocol.Reason
		behave func(w *wire)
	}{
		{"hangs after the request", protocol.ReasonTimeout, func(w *wire) {
			w.handshake("")
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"hangs at the handshake", protocol.ReasonTimeout, func(w *wire) { _, _ = io.Copy(io.Discard, w.r) }},
		{"hangs up at once", protocol.ReasonDial, func(*wire) {}},
		{"hangs up after the request", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
		}},
		{"hangs up in a frame", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(append(w.head(final|opBinary, 1000), "not a thousand bytes"...))
		}},
		{"stops in a frame", protocol.ReasonTimeout, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(append(w.head(final|opBinary, 1000), "not a thousand bytes"...))
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"oversize frame", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(w.head(final|opBinary, protocol.MaxAnswerBytes+1))
			w.until(make([]byte, 1<<16))
		}},
		{"frame of 2^62 bytes", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_, _ = w.Write(w.head(final|opBinary, 1<<62))
			w.until(make([]byte, 1<<16))
		}},
		{"oversize by fragments", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(opBinary, nil)
			w.until(append(w.head(opNext, 1<<16), make([]byte, 1<<16)...))
		}},
		{"endless empty fragments", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(opBinary, nil)
			w.until(repeat(w.head(opNext, 0), 4096))
		}},
		{"ping flood", protocol.ReasonOversize, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			go io.Copy(io.Discard, w.r)
			w.until(repeat(w.head(final|opPing, 0), 4096))
		}},
		{"compressed frame, not negotiated", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|rsv1|opBinary, bomb)
		}},
		{"compression turned on unasked", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n")
			_, _ = w.message()
			_ = w.frame(final|rsv1|opBinary, bomb)
		}},
		{"text message", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opText, []byte("hello"))
		}},
		{"masked frame", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			w.masked = true
			_ = w.frame(final|opBinary, []byte("hello"))
		}},
		{"message before it is asked", protocol.ReasonGarbled, func(w *wire) {
			w.handshake("")
			_ = w.frame(final|opBinary, []byte("unasked"))
			_, _ = io.Copy(io.Discard, w.r)
		}},
		{"close frame that blames us", protocol.ReasonHangup, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opClose, append([]byte{0x03, 0xf3}, "internal"...))
		}},
		{"close frame that says busy", protocol.ReasonBusy, func(w *wire) {
			w.handshake("")
			_, _ = w.message()
			_ = w.frame(final|opClose, append([]byte{0x03, 0xf5}, "busy"...))
		}},
		{"not a websocket", protocol.ReasonDial, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}},
		{"not HTTP", protocol.ReasonDial, func(w *wire) { _, _ = io.WriteString(w, "SSH-2.0-OpenSSH_9.9\r\n") }},
		{"endless response head", protocol.ReasonOversize, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 101 Switching Protocols\r\n")
			w.until([]byte("X-More: " + strings.Repeat("x", 1000) + "\r\n"))
		}},
		{"endless response body", protocol.ReasonDial, func(w *wire) {
			_, _ = io.WriteString(w, "HTTP/1.1 404 Not Found\r\n\r\n")
			w.until(make([]byte, 1<<16))
		}},
		{"busy at the handshake", protocol.ReasonBusy, func(w *wire) { _, _ = io.WriteString(w, busyAnswer) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			limit := patience
			if tc.want == protocol.ReasonTimeout {
				limit = 300 * time.Millisecond
			}
			d := dialer(t, DialerConfig{})
			start := time.Now()
			answer, err := d.Ask(within(t, limit), double(t, tc.behave), []byte("request"))
			if tc.name == "message before it is asked" && err == nil {
				// The message may come when the request is on its way, and be its
				// answer; what it is worth the signature tells.
				if string(answer) != "unasked" {
					t.Errorf("got answer %q", answer)
				}
				return
			}
			wantReason(t, err, tc.want)
			if took := time.Since(start); took > patience {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestFloodAfterTheAnswer(t *testing.T) {
	ended := make(chan struct{}, 1)
	addr := double(t, func(w *wire) {
		w.handshake("")
		_, _ = w.message()
		_ = w.frame(final|opBinary, []byte("answer"))
		w.until(repeat(append(w.head(final|opBinary, 4), "more"...), 1000))
		ended <- struct{}{}
	})
	d := dialer(t, DialerConfig{})
	for range 2 { // the second call gets a new connection
		answer, err := d.Ask(within(t, patience), addr, []byte("request"))
		if err != nil || string(answer) != "answer" {
			t.Fatalf("got %q, %v", answer, err)
		}
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the flood is still read")
		}
	}
}

// A redirect at the handshake is refused and not followed.
func TestRedirect(t *testing.T) {
	reached := make(chan struct{}, 1)
	inside := double(t, func(*wire) { reached <- struct{}{} })
	addr := double(t, func(w *wire) {
		_, _ = fmt.Fprintf(w, "HTTP/1.1 302 Found\r\nLocation: ws://%s%s\r\nContent-Length: 0\r\n\r\n", inside, Path)
	})
	_, err := dialer(t, DialerConfig{}).Ask(within(t, patience), addr, []byte("request"))
	wantReason(t, err, protocol.ReasonDial)
	select {
	case <-reached:
		t.Error("the redirect was followed")
	default:
	}
}

func TestNobodyListens(t *testing.T) {
	l := listen(t)
	addr := addrOf(l)
	_ = l.Close()
	d := dialer(t, DialerConfig{})
	_, err := d.Ask(within(t, patience), addr, nil)
	wantReason(t, err, protocol.ReasonDial)
	if n := len(d.peers); n != 0 {
		t.Errorf("%d rows kept for a peer that is not there", n)
	}
}

// An answer that comes too late is not the answer to the next call.
func TestLateAnswer(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := serve(t, ServerConfig{}, func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		if string(request) == "slow" {
			close(asked)
			<-release
		}
		return request, nil
	})
	d := dialer(t, DialerConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := d.Ask(ctx, s.addr, []byte("slow"))
	wantReason(t, err, protocol.ReasonInternal) // a cancelled call is nobody's fault
	close(release)
	answer, err := d.Ask(within(t, patience), s.addr, []byte("next"))
	if err != nil || string(answer) != "next" {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestWaitForATurn(t *testing.T) {
	asked, release := make(chan struct{}, 1), make(chan struct{})
	s := serve(t, ServerConfig{}, func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		asked <- struct{}{}
		<-release
		return request, nil
	})
	d := dialer(t, DialerConfig{})
	first := make(chan error, 1)
	go func() {
		_, err := d.Ask(within(t, patience), s.addr, nil)
		first <- err
	}()
	<-asked
	_, err := d.Ask(within(t, 50*time.Millisecond), s.addr, nil)
	wantReason(t, err, protocol.ReasonTimeout)
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the call that held the turn: %v", err)
	}
}

// A connection that the peer closed while it was idle is replaced, and no request
// is handled twice.
func TestReconnect(t *testing.T) {
	var handled atomic.Int64
	addr := double(t, func(w *wire) {
		w.handshake("")
		if _, err := w.message(); err != nil {
			return
		}
		handled.Add(1)
		_ = w.frame(final|opBinary, []byte("answer"))
	})
	d := dialer(t, DialerConfig{})
	for i := range 5 {
		answer, err := d.Ask(within(t, patience), addr, []byte("request"))
		if err != nil || string(answer) != "answer" {
			t.Fatalf("call %d: %q, %v", i, answer, err)
		}
		eventually(t, "the close arrives", func() bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			p := d.peers[addr]
			return p == nil || p.link.dead()
		})
	}
	if handled.Load() != 5 {
		t.Errorf("5 calls were handled %d times", handled.Load())
	}
}

// A request whose fate is unknown is not sent again.
func TestNoResend(t *testing.T) {
	var seen atomic.Int64
	addr := double(t, func(w *wire) {
		w.handshake("")
		for {
			if _, err := w.message(); err != nil {
				return
			}
			if seen.Add(1) == 2 {
				return
			}
			_ = w.frame(final|opBinary, []byte("answer"))
		}
	})
	d := dialer(t, DialerConfig{})
	if _, err := d.Ask(within(t, patience), addr, []byte("first")); err != nil {
		t.Fatal(err)
	}
	_, err := d.Ask(within(t, patience), addr, []byte("second"))
	wantReason(t, err, protocol.ReasonHangup)
	if seen.Load() != 2 {
		t.Errorf("2 calls sent %d requests", seen.Load())
	}
}

func TestPeersAreBounded(t *testing.T) {
	d := dialer(t, DialerConfig{MaxPeers: 2})
	var servers []*running
	for range 4 {
		servers = append(servers, serve(t, ServerConfig{}, echo))
	}
	for range 2 {
		for _, s := range servers {
			if _, err := d.Ask(within(t, patience), s.addr, nil); err != nil {
				t.Fatal(err)
			}
			if len(d.peers) > 2 {
				t.Fatalf("%d peers, want at most 2", len(d.peers))
			}
		}
	}
	hold := make(chan struct{})
	asked := make(chan struct{})
	held := func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		asked <- struct{}{}
		<-hold
		return request, nil
	}
	var all sync.WaitGroup
	for range 2 {
		s := serve(t, ServerConfig{}, held)
		all.Go(func() {
			if _, err := d.Ask(within(t, patience), s.addr, nil); err != nil {
				t.Error(err)
			}
		})
		<-asked
	}
	_, err := d.Ask(within(t, patience), servers[0].addr, nil)
	wantReason(t, err, protocol.ReasonInternal)
	close(hold)
	all.Wait()
}

func TestIdleConnectionsClose(t *testing.T) {
	closed := make(chan struct{})
	addr := double(t, func(w *wire) {
		w.handshake("")
		_, _ = w.message()
		_ = w.frame(final|opBinary, []byte("answer"))
		_, _ = w.message()
		close(closed)
	})
	d := dialer(t, DialerConfig{IdleTimeout: 20 * time.Millisecond})
	if _, err := d.Ask(within(t, patience), addr, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(patience):
		t.Error("an idle connection stays")
	}
}

func TestCloseEndsCalls(t *testing.T) {
	asked := make(chan struct{})
	s := serve(t, ServerConfig{StopTimeout: time.Millisecond}, func(ctx context.Context, _ netip.AddrPort, _ []byte) ([]byte, error) {
		close(asked)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	s2 := serve(t, ServerConfig{}, echo)
	d := dialer(t, DialerConfig{})
	if _, err := d.Ask(within(t, patience), s2.addr, nil); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := d.Ask(context.Background(), s.addr, nil)
		result <- err
	}()
	<-asked
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	wantReason(t, <-result, protocol.ReasonInternal)
	_, err := d.Ask(within(t, patience), s2.addr, nil)
	wantReason(t, err, protocol.ReasonInternal)
	if len(d.peers) != 0 {
		t.Errorf("%d peers after close", len(d.peers))
	}
}

func TestOwnOversizeIsOurFault(t *testing.T) {
	_, err := dialer(t, DialerConfig{}).Ask(within(t, patience), netip.MustParseAddrPort("127.0.0.1:1"), make([]byte, protocol.MaxRequestBytes+1))
	wantReason(t, err, protocol.ReasonInternal)
}

func TestAddresses(t *testing.T) {
	for _, tc := range []struct {
		addr                     string
		plain, loopback, private bool // allowed with no option, AllowLoopback, AllowPrivate
	}{
		{"8.8.8.8:80", true, true, true},
		{"[2606:4700::1]:80", true, true, true},
		{"[::ffff:8.8.8.8]:80", true, true, true},
		{"127.0.0.1:80", false, true, false},
		{"127.9.9.9:80", false, true, false},
		{"[::1]:80", false, true, false},
		{"[::ffff:127.0.0.1]:80", false, true, false},
		{"10.0.0.1:80", false, false, true},
		{"172.31.0.1:80", false, false, true},
		{"192.168.1.1:80", false, false, true},
		{"[fd00::1]:80", false, false, true},
		{"[::ffff:10.0.0.1]:80", false, false, true},
		{"169.254.169.254:80", false, false, false},
		{"[::ffff:169.254.169.254]:80", false, false, false},
		{"[fd00:ec2::254]:80", false, false, false},
		{"100.100.100.200:80", false, false, false},
		{"0.0.0.0:80", false, false, false},
		{"0.1.2.3:80", false, false, false},
		{"[::]:80", false, false, false},
		{"[::127.0.0.1]:80", false, false, false},
		{"[64:ff9b::7f00:1]:80", false, false, false},
		{"[2002:7f00:1::]:80", false, false, false},
		{"[2001:0:1::1]:80", false, false, false},
		{"[2001:db8::1]:80", false, false, false},
		{"[fe80::1]:80", false, false, false},
		{"[fe80::1%eth0]:80", false, false, false},
		{"[2606:4700::1%eth0]:80", false, false, false},
		{"[fec0::1]:80", false, false, false},
		{"[ff02::1]:80", false, false, false},
		{"192.0.2.1:80", false, false, false},
		{"198.19.0.1:80", false, false, false},
		{"224.0.0.1:80", false, false, false},
		{"240.0.0.1:80", false, false, false},
		{"255.255.255.255:80", false, false, false},
		{"8.8.8.8:0", false, false, false},
		{"127.0.0.1:0", false, false, false},
	} {
		to := netip.MustParseAddrPort(tc.addr)
		for _, c := range []struct {
			cfg  DialerConfig
			want bool
		}{
			{DialerConfig{}, tc.plain},
			{DialerConfig{AllowLoopback: true}, tc.loopback},
			{DialerConfig{AllowPrivate: true}, tc.private},
		} {
			err := c.cfg.checkAddress(to)
			if (err == nil) != c.want {
				t.Errorf("%s, loopback %v, private %v: %v", to, c.cfg.AllowLoopback, c.cfg.AllowPrivate, err)
			}
			if err != nil {
				wantReason(t, err, protocol.ReasonAddress)
			}
		}
	}
	if err := (&DialerConfig{}).checkAddress(netip.AddrPort{}); err == nil {
		t.Error("the zero address is allowed")
	}
	// The guard stands before the socket.
	_, err := NewDialer(DialerConfig{}).Ask(within(t, patience), addrOf(listen(t)), nil)
	wantReason(t, err, protocol.ReasonAddress)
}
