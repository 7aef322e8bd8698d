package transport

import (
	"context"
	"fmt"
	"net"
	"net/netip"
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
