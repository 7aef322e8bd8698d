package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/assaynet/assay/protocol"
)

// link is the dialer's side of one websocket. A goroutine of its own reads for as
// long as it lives, so that pings are answered and a closed or flooding peer is
// noticed between calls.
type link struct {
	conn    *websocket.Conn
	meter   *meter
	cfg     *DialerConfig
	pings   *int
	metrics *Metrics
	due     atomic.Bool // one answer is awaited
	answers chan []byte // at most one

	once sync.Once
	done chan struct{} // closed by fail
	err  *protocol.Failure
}

// dial connects to a peer and shakes hands. Redirects are not followed.
func (d *Dialer) dial(ctx context.Context, to netip.AddrPort) (*link, error) {
	short, cancel := context.WithTimeout(ctx, d.cfg.DialTimeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(short, "tcp", to.String())
	if err != nil {
		return nil, dialFailure(ctx, err)
	}
	m := &meter{Conn: raw}
	m.allow(handshakeBytes)
	cut := context.AfterFunc(short, func() { _ = raw.Close() })
	ws := websocket.Dialer{
		NetDialContext:  func(context.Context, string, string) (net.Conn, error) { return m, nil },
		ReadBufferSize:  4096,
		WriteBufferSize: 4096,
	}
	conn, resp, err := ws.DialContext(short, "ws://"+to.String()+Path, nil)
	if err != nil {
		_ = raw.Close()
		return nil, handshakeFailure(ctx, resp, err)
	}
	if !cut() {
		_ = conn.Close()
		return nil, dialFailure(ctx, short.Err())
	}
	// The library turns compression on when the peer says so, even unasked, and
	// its read limit does not see what a frame inflates to.
	if ext := resp.Header.Values("Sec-Websocket-Extensions"); len(ext) > 0 && !d.cfg.TakeExtensions {
		_ = conn.Close()
		return nil, protocol.Fail(protocol.ReasonGarbled, "peer turned on extension %.64q, which was not offered", ext[0])
	}
	conn.SetReadLimit(int64(d.cfg.MaxAnswer))
	m.allow(int64(d.cfg.Overhead))
	l := &link{conn: conn, meter: m, cfg: &d.cfg, pings: limitPings(conn, d.cfg.MaxPings), metrics: d.cfg.Metrics, answers: make(chan []byte, 1), done: make(chan struct{})}
	l.metrics.connection(sideDialer, 1)
	go l.read()
	return l, nil
}

// ask sends a request and awaits its answer. sent is false only if the peer
// cannot have the whole request.
func (l *link) ask(ctx context.Context, request []byte) (answer []byte, sent bool, err error) {
	defer context.AfterFunc(ctx, func() { l.fail(overdue(ctx, "await the answer")) })()
	deadline, _ := ctx.Deadline()
	l.meter.allow(int64(l.cfg.MaxAnswer) + int64(l.cfg.Overhead))
	l.due.Store(true)
	err = l.conn.SetWriteDeadline(deadline)
	if err == nil {
		err = l.conn.WriteMessage(websocket.BinaryMessage, request)
	}
	if err != nil {
		l.fail(l.failure(ctx, "send request", err))
		return nil, false, l.err
	}
	select {
	case answer = <-l.answers:
		return answer, true, nil
	case <-l.done:
	}
	select {
	case answer = <-l.answers: // it came before the end did
		return answer, true, nil
	default:
		return nil, true, l.err
	}
}

// read hands the answers over, one for each that is due, until the link fails.
func (l *link) read() {
	for {
		kind, r, err := l.conn.NextReader()
		if err != nil {
			l.fail(l.failure(context.Background(), "await the answer", err))
			return
		}
		if kind != websocket.BinaryMessage || !l.due.CompareAndSwap(true, false) {
			l.fail(protocol.Fail(protocol.ReasonGarbled, "peer sent a message that answers nothing"))
			return
		}
		raw, err := readAll(r, l.cfg.MaxAnswer)
		if err != nil {
			l.fail(l.failure(context.Background(), "read answer", err))
			return
		}
		l.meter.allow(int64(l.cfg.Overhead))
		*l.pings = 0
		l.answers <- raw
	}
}

// fail ends the link; the first failure is the one that counts.
func (l *link) fail(f *protocol.Failure) {
	l.once.Do(func() {
		l.err = f
		close(l.done)
		_ = l.conn.Close()
		l.metrics.connection(sideDialer, -1)
	})
}

func (l *link) dead() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// failure is what an error of the websocket means for the call.
func (l *link) failure(ctx context.Context, doing string, err error) *protocol.Failure {
	if over(ctx) {
		return overdue(ctx, doing)
	}
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return protocol.Fail(reasonOf(err), "%s: peer closed the connection, code %d, %.64q", doing, closed.Code, closed.Text)
	}
	return protocol.Fail(reasonOf(err), "%s: %w", doing, err)
}

// over reports whether a call has ended. A socket's deadline may pass a moment
// before the context's own timer goes off, so the clock is asked too.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// overdue is the failure of a call that is over: the peer's if the deadline
// passed, our own if the call was cancelled.
func overdue(ctx context.Context, doing string) *protocol.Failure {
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return protocol.Fail(protocol.ReasonInternal, "%s: %w", doing, err)
	}
	return protocol.Fail(protocol.ReasonTimeout, "%s: %w", doing, context.DeadlineExceeded)
}

// dialFailure tells an exhausted host of ours from a peer that is not there.
func dialFailure(ctx context.Context, err error) error {
	if over(ctx) {
		return overdue(ctx, "connect")
	}
	for _, ours := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, ours) {
			return protocol.Fail(protocol.ReasonInternal, "connect: %w", err)
		}
	}
	return protocol.Fail(protocol.ReasonDial, "connect: %w", err)
}

func handshakeFailure(ctx context.Context, resp *http.Response, err error) error {
	switch {
	case over(ctx):
		return overdue(ctx, "shake hands")
	case resp != nil && (resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests):
		return protocol.Fail(protocol.ReasonBusy, "shake hands: peer answers %d", resp.StatusCode)
	case resp != nil:
		return protocol.Fail(protocol.ReasonDial, "shake hands: peer answers %d: %w", resp.StatusCode, err)
	case errors.Is(err, errFlood):
		return protocol.Fail(protocol.ReasonOversize, "shake hands: %w", err)
	}
	return protocol.Fail(protocol.ReasonDial, "shake hands: %w", err)
}
