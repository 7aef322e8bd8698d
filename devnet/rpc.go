package devnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// Limits of the served port.
const (
	maxRequest     = 1 << 20
	maxBatch       = 100
	maxBatchReply  = 25 << 20
	readTimeout    = 10 * time.Second
	writeTimeout   = 30 * time.Second
	maxConnections = 512
)

// Serve answers JSON-RPC over HTTP and WebSocket on the listener, which it closes,
// until ctx ends. It returns nil then.
func (c *Chain) Serve(ctx context.Context, l net.Listener) error {
	server, err := c.rpcServer()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	web := &http.Server{
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		Handler: handler(server),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(newLimited(l, maxConnections)) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = web.Close()
		<-failed
	}
	server.Stop() // closes the sockets, which the HTTP server has let go of
	if err != nil {
		return fmt.Errorf("serve devnet: %w", err)
	}
	return nil
}

// handler serves both transports. Pages of any origin may call, as on a node that
// is made for development: a wallet in a browser is one.
func handler(server *rpc.Server) http.Handler {
	socket := socketHandler(server)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			// The timeouts are for requests; a socket stays open.
			rc := http.NewResponseController(w)
			if errors.Join(rc.SetReadDeadline(time.Time{}), rc.SetWriteDeadline(time.Time{})) != nil {
				http.Error(w, "websocket not supported", http.StatusInternalServerError)
				return
			}
			socket.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "POST")
			w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		server.ServeHTTP(w, r)
	})
}

// service is an API under its namespace.
type service struct {
	space  string
	api    any
	stream bool // under a name that only rpc_socket.go uses
}

func (c *Chain) services() []service {
	subs := new(subscriptions)
	out := []service{
		{space: "eth", api: &ethAPI{c: c, subs: subs, filters: new(filters)}}, {space: "eth", api: &ethSubscriptions{subs}},
		{space: "net", api: &netAPI{c}}, {space: "web3", api: &web3API{}}, {space: "state", api: &stateAPI{c}},
		{space: "chain", api: &chainAPI{c}}, {space: "system", api: &systemAPI{c}}, {space: "chainSpec", api: &specAPI{c}},
		{space: "neuronInfo", api: &neuronInfoAPI{c}}, {space: "subnetInfo", api: &subnetInfoAPI{c}},
		{space: "author", api: &authorAPI{c}}, {space: "dev", api: &devAPI{c}},
	}
	for _, s := range substrateStreams() {
		api := any(&headsAPI{c, subs})
		switch s.name {
		case runtimeVersionStream:
			api = &versionAPI{subs}
		case extrinsicStream:
			api = &watchAPI{authorAPI{c}, subs}
		}
		out = append(out, service{space: s.name, api: api, stream: true})
	}
	return append(out, service{space: "rpc", api: &listAPI{methodNames(out)}})
}

func (c *Chain) rpcServer() (*rpc.Server, error) {
	s := rpc.NewServer()
	s.SetBatchLimits(maxBatch, maxBatchReply)
	s.SetHTTPBodyLimit(maxRequest)
	for _, service := range c.services() {
		if err := s.RegisterName(service.space, service.api); err != nil {
			return nil, fmt.Errorf("register %s methods: %w", service.space, err)
		}
	}
	return s, nil
}

// rpcError is an error of the node with the code and the data of its JSON form.
type rpcError struct {
	code   int
	prefix string // what a node puts before the error's text
	data   any
	err    error
}

func (e *rpcError) Error() string  { return e.prefix + e.err.Error() }
func (e *rpcError) Unwrap() error  { return e.err }
func (e *rpcError) ErrorCode() int { return e.code }
func (e *rpcError) ErrorData() any { return e.data }

// Codes of JSON-RPC errors, as a subtensor node sends them.
const (
	codeInternal     = -32603 // a call that failed
	codeInvalid      = -32000 // a transaction that the pool refuses
	codeUnknownBlock = 4003
	codeCallFailed   = 4004
)

// stateError is the form in which the Substrate family reports a failed read.
func stateError(err error) error {
	if err == nil {
		return nil
	}
	code := codeCallFailed
	if errors.Is(err, errUnknownBlock) {
		code = codeUnknownBlock
	}
	return &rpcError{code: code, prefix: "Client error: ", err: err}
}

// limited is a listener with a bounded number of open connections.
type limited struct {
	net.Listener
	slots chan struct{}
}

func newLimited(l net.Listener, n int) *limited {
	return &limited{Listener: l, slots: make(chan struct{}, n)}
}

func (l *limited) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	for err == nil {
		select {
		case l.slots <- struct{}{}:
			return &slotConn{Conn: conn, release: sync.OnceFunc(func() { <-l.slots })}, nil
		default:
			conn.Close()
			conn, err = l.Listener.Accept()
		}
	}
	return nil, err
}

type slotConn struct {
	net.Conn
	release func()
}

func (s *slotConn) Close() error {
	s.release()
	return s.Conn.Close()
}
