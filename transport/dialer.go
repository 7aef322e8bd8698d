package transport

import (
	"cmp"
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/assaynet/assay/protocol"
)

// DialerConfig is what a Dialer enforces. Zero fields take the default; the most
// memory that peers can claim is about MaxPeers × protocol.MaxAnswerBytes.
type DialerConfig struct {
	MaxPeers      int           // open connections at once, one per peer; 512
	DialTimeout   time.Duration // to connect and shake hands; 5 s
	AnswerTimeout time.Duration // for a call whose context has no earlier deadline; 60 s
	IdleTimeout   time.Duration // after which an unused connection is closed; 8 min, below the server's

	// AllowLoopback and AllowPrivate admit axons on this host or on a private
	// network, for a devnet. No other special address is ever asked.
	AllowLoopback, AllowPrivate bool

	// What a peer may send. The lab alone sets these, beyond reach, to show what they
	// keep out.
	MaxAnswer      int  // bytes of an answer; protocol.MaxAnswerBytes
	Overhead       int  // bytes of heads and control frames beside one; 64 KiB
	MaxPings       int  // between two messages; 64
	TakeExtensions bool // go on with what the peer turns on unasked: compression

	Metrics *Metrics // may be nil
}

func (c DialerConfig) withDefaults() DialerConfig {
	c.MaxPeers = cmp.Or(c.MaxPeers, 512)
	c.DialTimeout = cmp.Or(c.DialTimeout, 5*time.Second)
	c.AnswerTimeout = cmp.Or(c.AnswerTimeout, time.Minute)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 8*time.Minute)
	c.MaxAnswer = cmp.Or(c.MaxAnswer, protocol.MaxAnswerBytes)
	c.Overhead = cmp.Or(c.Overhead, overheadBytes)
	c.MaxPings = cmp.Or(c.MaxPings, maxPings)
	return c
}

// Dialer asks peers, over one connection each, which it keeps for the next call.
// It is safe for concurrent use; calls to one peer take turns.
type Dialer struct {
	cfg    DialerConfig
	base   context.Context // ends with Close
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	peers  map[netip.AddrPort]*peer
}

// peer is a row of the dialer's table.
type peer struct {
	to   netip.AddrPort
	turn chan struct{} // holds one token; its holder owns link
	link *link         // nil before the first dial
	// users counts the calls that hold or await the turn; the row and its link
	// can be dropped when there are none. Guarded by Dialer.mu, as are the rest.
	users int
	since time.Time   // when users became 0
	timer *time.Timer // closes the link after IdleTimeout
}

// NewDialer makes a dialer. Close it to close its connections.
func NewDialer(cfg DialerConfig) *Dialer {
	base, cancel := context.WithCancel(context.Background())
	return &Dialer{cfg: cfg.withDefaults(), base: base, cancel: cancel, peers: make(map[netip.AddrPort]*peer)}
}

// Ask sends a request and waits for the answer, until ctx ends. Errors are
// *protocol.Failure: ReasonAddress, ReasonDial, ReasonBusy, ReasonTimeout (the
// deadline passed), ReasonHangup, ReasonOversize (the peer floods),
// ReasonGarbled (no binary websocket message) or, when it is not the peer's
// doing, ReasonInternal; a context that was cancelled counts as that.
//
// A request is sent once. It goes out again, over a new connection, only if a
// kept connection turned out to be closed before it was sent whole.
func (d *Dialer) Ask(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	start := time.Now()
	answer, err := d.ask(ctx, to, request)
	if err != nil {
		d.cfg.Metrics.failed(sideDialer, protocol.ReasonOf(err))
		return nil, err
	}
	d.cfg.Metrics.answered(sideDialer, time.Since(start))
	d.cfg.Metrics.moved(sideDialer, "out", len(request))
	d.cfg.Metrics.moved(sideDialer, "in", len(answer))
	return answer, nil
}

func (d *Dialer) ask(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	if len(request) > protocol.MaxRequestBytes {
		return nil, protocol.Fail(protocol.ReasonInternal, "request has %d bytes, at most %d are allowed", len(request), protocol.MaxRequestBytes)
	}
	if err := d.cfg.checkAddress(to); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.AnswerTimeout)
	defer cancel()
	defer context.AfterFunc(d.base, cancel)()
	p, err := d.enter(to)
	if err != nil {
		return nil, err
	}
	defer d.leave(p)
	select {
	case <-p.turn:
		defer func() { p.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, overdue(ctx, "wait for an earlier call to the peer")
	}
	for {
		kept := p.link != nil && !p.link.dead()
		if !kept {
			if p.link, err = d.dial(ctx, to); err != nil {
				return nil, err
			}
		}
		answer, sent, err := p.link.ask(ctx, request)
		if err == nil {
			return answer, nil
		}
		if sent || !kept || over(ctx) {
			return nil, err
		}
	}
}

// Close closes all connections; calls in progress fail.
func (d *Dialer) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for _, p := range d.peers {
		if p.users == 0 {
			d.drop(p)
		}
	}
	d.cancel() // the links in use fail with their calls
	return nil
}

// enter counts a call on a peer's row, which it makes if there is none.
func (d *Dialer) enter(to netip.AddrPort) (*peer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, protocol.Fail(protocol.ReasonInternal, "the dialer is closed")
	}
	p, ok := d.peers[to]
	if !ok {
		if len(d.peers) >= d.cfg.MaxPeers && !d.evict() {
			return nil, protocol.Fail(protocol.ReasonInternal, "all %d connections are in use", d.cfg.MaxPeers)
		}
		p = &peer{to: to, turn: make(chan struct{}, 1)}
		p.turn <- struct{}{}
		d.peers[to] = p
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.users++
	return p, nil
}

// leave is after a call. The last one out drops a row without a live link and
// sets the clock of one with.
func (d *Dialer) leave(p *peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.users--; p.users > 0 {
		return
	}
	if d.closed || p.link == nil || p.link.dead() {
		d.drop(p)
		return
	}
	p.since = time.Now()
	p.timer = time.AfterFunc(d.cfg.IdleTimeout, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if p.users == 0 && d.peers[p.to] == p {
			d.drop(p)
		}
	})
}

// evict drops the row that has been idle longest.
func (d *Dialer) evict() bool {
	var oldest *peer
	for _, p := range d.peers {
		if p.users == 0 && (oldest == nil || p.since.Before(oldest.since)) {
			oldest = p
		}
	}
	if oldest == nil {
		return false
	}
	d.drop(oldest)
	return true
}

// drop removes a row that no call uses.
func (d *Dialer) drop(p *peer) {
	if p.timer != nil {
		p.timer.Stop()
	}
	delete(d.peers, p.to)
	if p.link != nil {
		p.link.fail(protocol.Fail(protocol.ReasonInternal, "the connection was idle"))
	}
}
