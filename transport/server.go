package transport

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// ServerConfig is what Serve enforces. Zero fields take the default; the most
// memory that peers can claim is about
// MaxConnections × (protocol.MaxRequestBytes + one answer).
type ServerConfig struct {
	MaxConnections    int           // at once, handshakes included; 256
	MaxPerAddress     int           // of these, from one IPv4 address or IPv6 /64; 16
	RequestsPerSecond float64       // lasting rate of requests and connects per address; 50
	Burst             int           // how many of them may come at once; 100
	HandshakeTimeout  time.Duration // from accept to the end of the HTTP request head; 5 s
	IdleTimeout       time.Duration // between an answer and the next request; 10 min
	PingInterval      time.Duration // between pings to an idle peer, which is dropped after two unanswered; 30 s
	ReadTimeout       time.Duration // from a request's first frame to its last byte; 10 s
	AnswerTimeout     time.Duration // for the handler; 30 s
	WriteTimeout      time.Duration // for the peer to take an answer; 30 s
	StopTimeout       time.Duration // for answers in hand when the context ends; 30 s

	Metrics *Metrics     // may be nil
	Log     *slog.Logger // nil logs nothing
}

func (c ServerConfig) withDefaults() ServerConfig {
	c.MaxConnections = cmp.Or(c.MaxConnections, 256)
	c.MaxPerAddress = cmp.Or(c.MaxPerAddress, 16)
	c.RequestsPerSecond = cmp.Or(c.RequestsPerSecond, 50)
	c.Burst = cmp.Or(c.Burst, 100)
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, 5*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 10*time.Minute)
	c.PingInterval = cmp.Or(c.PingInterval, 30*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 10*time.Second)
	c.AnswerTimeout = cmp.Or(c.AnswerTimeout, 30*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 30*time.Second)
	c.StopTimeout = cmp.Or(c.StopTimeout, 30*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Serve answers requests from l until ctx ends, then stops listening, lets the
// answers in hand go out, closes every connection and returns nil. It owns l and
// returns an error only if the listener fails.
func Serve(ctx context.Context, l net.Listener, cfg ServerConfig, h Handler) error {
	cfg = cfg.withDefaults()
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	s := &server{cfg: cfg, handler: h, base: base, gate: newGate(cfg), sessions: make(map[*session]struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, s.upgrade)
	web := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: cfg.HandshakeTimeout,
		ReadTimeout:       cfg.HandshakeTimeout,
		WriteTimeout:      cfg.HandshakeTimeout,
		MaxHeaderBytes:    handshakeBytes,
		ErrorLog:          log.New(io.Discard, "", 0), // what a stranger sends is no news
	}
	web.SetKeepAlivesEnabled(false) // only websockets stay
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(gatedListener{l, s.gate}) }()

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("accept connections: %w", err)
		failed <- err
	}
	grace, cancel := context.WithTimeout(s.base, cfg.StopTimeout)
	defer cancel()
	s.stop()
	if web.Shutdown(grace) != nil {
		_ = web.Close()
	}
	s.wait(grace, cut)
	<-failed
	return err
}

type server struct {
	cfg     ServerConfig
	handler Handler
	base    context.Context // of handlers; answers in hand outlive the listener by StopTimeout
	gate    *gate

	mu       sync.Mutex
	stopping bool
	sessions map[*session]struct{}
	running  sync.WaitGroup
}

// upgrade turns an HTTP request into a session and runs it to its end.
func (s *server) upgrade(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{
		HandshakeTimeout: s.cfg.HandshakeTimeout,
		// A browser sends an Origin, a node does not: no page may drive a miner.
		CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
		Error:       func(w http.ResponseWriter, _ *http.Request, status int, _ error) { w.WriteHeader(status) },
	}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the library has answered
	}
	defer conn.Close()
	c := newSession(s, conn)
	if !s.add(c) {
		c.bye(errStopping)
		return
	}
	defer s.remove(c)
	c.run()
}

func (s *server) add(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.sessions[c] = struct{}{}
	s.running.Add(1)
	s.cfg.Metrics.connection(sideServer, 1)
	return true
}

func (s *server) remove(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
	s.running.Done()
	s.cfg.Metrics.connection(sideServer, -1)
}

// stop refuses new sessions and ends the idle ones.
func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for c := range s.sessions {
		c.stop()
	}
}

// wait returns when all sessions have ended, which it brings about when ctx does.
func (s *server) wait(ctx context.Context, cut func()) {
	over := context.AfterFunc(ctx, func() {
		cut()
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.sessions {
			_ = c.conn.Close()
		}
	})
	defer over()
	s.running.Wait()
}
