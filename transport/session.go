package transport

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/assaynet/assay/protocol"
)

// errStopping ends a session because the server stops.
var errStopping = errors.New("server is stopping")

// session is one peer's websocket at the server. Its own goroutine reads,
// answers and writes in turn, which is what bounds a connection to one request in
// flight; a second one sends pings.
type session struct {
	server *server
	conn   *websocket.Conn
	meter  *meter
	remote netip.AddrPort
	pings  *int // since the last request
	idle   bool // between requests; of the session's goroutine
	until  time.Time

	mu       sync.Mutex
	busy     bool // a whole request is in hand
	stopping bool
}

func newSession(s *server, conn *websocket.Conn) *session {
	c := &session{server: s, conn: conn, remote: remoteOf(conn.NetConn()), pings: limitPings(conn, maxPings)}
	if g, ok := conn.NetConn().(*gatedConn); ok {
		c.meter = g.meter
	} else {
		c.meter = new(meter) // not reached: Serve wraps its listener
	}
	conn.SetReadLimit(protocol.MaxRequestBytes)
	conn.SetPongHandler(func(string) error {
		c.rest()
		return nil
	})
	return c
}

// run answers requests until something ends the session.
func (c *session) run() {
	ended := make(chan struct{})
	defer close(ended)
	go c.ping(ended)
	for {
		raw, err := c.receive()
		if err == nil {
			err = c.serve(raw)
		}
		if err != nil {
			c.bye(err)
			return
		}
	}
}

// receive waits for a request and reads it whole. A *protocol.Failure is the
// peer's doing; other errors are an ordinary end.
func (c *session) receive() ([]byte, error) {
	c.meter.allow(requestBudget)
	c.idle, *c.pings, c.until = true, 0, time.Now().Add(c.server.cfg.IdleTimeout)
	c.rest()
	kind, r, err := c.conn.NextReader()
	c.idle = false
	if err != nil {
		if reason := reasonOf(err); reason == protocol.ReasonOversize || reason == protocol.ReasonGarbled {
			return nil, protocol.Fail(reason, "read frame: %w", err)
		}
		return nil, err
	}
	if kind != websocket.BinaryMessage {
		return nil, protocol.Fail(protocol.ReasonGarbled, "a text message")
	}
	c.arm(time.Now().Add(c.server.cfg.ReadTimeout))
	raw, err := readAll(r, protocol.MaxRequestBytes)
	switch {
	case err != nil:
		return nil, protocol.Fail(reasonOf(err), "read request: %w", err)
	case !c.begin():
		return nil, errStopping
	case !c.server.gate.request(c.remote):
		return nil, protocol.Fail(protocol.ReasonBusy, "more than %g requests per second", c.server.cfg.RequestsPerSecond)
	}
	return raw, nil
}

// serve has a request answered and sends the answer.
func (c *session) serve(raw []byte) error {
	cfg := &c.server.cfg
	start := time.Now()
	cfg.Metrics.moved(sideServer, "in", len(raw))
	ctx, cancel := context.WithTimeout(c.server.base, cfg.AnswerTimeout)
	defer cancel()
	answer, err := c.handle(ctx, raw)
	if err != nil {
		return protocol.Fail(protocol.ReasonOf(err), "answer request: %w", err)
	}
	if len(answer) > protocol.MaxAnswerBytes {
		return protocol.Fail(protocol.ReasonInternal, "answer has %d bytes, at most %d are allowed", len(answer), protocol.MaxAnswerBytes)
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(cfg.WriteTimeout)); err != nil {
		return protocol.Fail(reasonOf(err), "send answer: %w", err)
	}
	if err := c.conn.WriteMessage(websocket.BinaryMessage, answer); err != nil {
		return protocol.Fail(reasonOf(err), "send answer: %w", err)
	}
	cfg.Metrics.moved(sideServer, "out", len(answer))
	cfg.Metrics.answered(sideServer, time.Since(start))
	return c.end()
}

// handle calls the handler. A panic in it costs this peer its connection and
// nobody else anything.
func (c *session) handle(ctx context.Context, raw []byte) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return c.server.handler(ctx, c.remote, raw)
}

// bye says why in a close frame. The library may have sent one already; then
// this does nothing.
func (c *session) bye(err error) {
	cfg, code, text := &c.server.cfg, websocket.CloseNormalClosure, ""
	var failure *protocol.Failure
	if errors.As(err, &failure) {
		cfg.Metrics.failed(sideServer, failure.Reason)
		code, text = closeCode(failure.Reason), string(failure.Reason)
		if failure.Reason == protocol.ReasonInternal {
			cfg.Log.Error("request failed", "remote", c.remote, "err", err)
		} else {
			cfg.Log.Debug("connection dropped", "remote", c.remote, "reason", failure.Reason, "err", err)
		}
	} else if errors.Is(err, errStopping) || c.stopped() {
		code = websocket.CloseGoingAway
	}
	frame := websocket.FormatCloseMessage(code, text[:min(len(text), closeTextBytes)])
	_ = c.conn.WriteControl(websocket.CloseMessage, frame, time.Now().Add(time.Second))
}

func closeCode(r protocol.Reason) int {
	switch r {
	case protocol.ReasonOversize:
		return websocket.CloseMessageTooBig
	case protocol.ReasonBusy:
		return websocket.CloseTryAgainLater
	case protocol.ReasonInternal:
		return websocket.CloseInternalServerErr
	}
	return websocket.ClosePolicyViolation
}

// ping keeps asking an idle peer whether it is there.
func (c *session) ping(ended <-chan struct{}) {
	t := time.NewTicker(c.server.cfg.PingInterval)
	defer t.Stop()
	for {
		select {
		case <-ended:
			return
		case <-t.C:
			_ = c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		}
	}
}

// rest sets the deadline of an idle peer: two pings from now, but never after
// the idle timeout. In the midst of a request it does nothing, so that pongs do
// not buy a slow writer time.
func (c *session) rest() {
	if !c.idle {
		return
	}
	deadline := time.Now().Add(2 * c.server.cfg.PingInterval)
	if deadline.After(c.until) {
		deadline = c.until
	}
	c.arm(deadline)
}

// arm sets the read deadline, unless the session stops.
func (c *session) arm(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopping {
		_ = c.conn.SetReadDeadline(deadline)
	}
}

// stop ends the session: at once when it is idle, else after the answer in hand.
func (c *session) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if !c.busy {
		_ = c.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

func (c *session) stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

// begin takes a request in hand, if there is still time for one.
func (c *session) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = !c.stopping
	return c.busy
}

// end is after an answer has gone out.
func (c *session) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	if c.stopping {
		return errStopping
	}
	return nil
}
