package devnet

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"
)

// A socket that answers no ping for pongWait is dead.
const (
	pingEvery = 30 * time.Second
	pongWait  = 75 * time.Second
)

// socketHandler serves JSON-RPC over WebSocket. Beside go-ethereum's own it speaks
// the Substrate family's subscriptions, whose methods have names of another form.
func socketHandler(server *rpc.Server) http.Handler {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return // the upgrader has answered
		}
		s := &socket{conn: conn, flight: newFlight(), done: make(chan struct{})}
		conn.SetReadLimit(maxRequest)
		conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(pongWait)) })
		if conn.SetReadDeadline(time.Now().Add(pongWait)) != nil {
			conn.Close()
			return
		}
		go s.ping()
		server.ServeCodec(rpc.NewCodec(s), 0)
	})
}

// socket is a WebSocket in the form of the stream that the RPC codec wants: what
// it writes at once is a message of its own.
type socket struct {
	conn   *websocket.Conn
	flight *flight
	in     []byte // what is left of the frame in hand
	once   sync.Once
	done   chan struct{}
}

// brokenJSON is what the codec is given for a frame that is no JSON: an error for
// sure, where the beginning of a value would make it wait for more.
const brokenJSON = "!"

func (s *socket) Read(p []byte) (int, error) {
	for len(s.in) == 0 {
		_, frame, err := s.conn.ReadMessage()
		if err != nil {
			return 0, err
		}
		if err := s.conn.SetReadDeadline(time.Now().Add(pongWait)); err != nil {
			return 0, err
		}
		if s.in = toEthereumNames(frame); !json.Valid(frame) {
			s.in = []byte(brokenJSON)
		}
		if wantsAnswer(frame) {
			if err := s.flight.take(len(frame), s.done); err != nil {
				return 0, err
			}
		}
	}
	n := copy(p, s.in)
	s.in = s.in[n:]
	return n, nil
}

func (s *socket) Write(p []byte) (int, error) {
	if !isNotification(p) {
		defer s.flight.answered()
	}
	if err := s.conn.WriteMessage(websocket.TextMessage, toSubstrateName(bytes.TrimRight(p, "\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (s *socket) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

// RemoteAddr names the connection; subscriptions are counted by it.
func (s *socket) RemoteAddr() string { return s.conn.RemoteAddr().String() }

func (s *socket) Close() error {
	s.once.Do(func() { close(s.done) })
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	err := s.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	if errors.Is(err, websocket.ErrCloseSent) {
		err = nil
	}
	return errors.Join(err, s.conn.Close())
}

// ping keeps the connection alive until it is closed.
func (s *socket) ping() {
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-t.C:
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
				return
			}
		}
	}
}

// substrateStream is a subscription of the Substrate family: the methods that
// begin it, the one of its notifications, and the name under which go-ethereum's
// server has it.
type substrateStream struct {
	begin  []string
	notify string
	name   string
}

// The streams that are not of headers.
const (
	runtimeVersionStream = "stateRuntimeVersion"
	extrinsicStream      = "authorExtrinsic"
)

func substrateStreams() []substrateStream {
	return []substrateStream{
		{[]string{"chain_subscribeNewHeads", "chain_subscribeNewHead", "subscribe_newHead"}, "chain_newHead", "chainNewHead"},
		{[]string{"chain_subscribeAllHeads"}, "chain_allHead", "chainAllHead"},
		{[]string{"chain_subscribeFinalizedHeads", "chain_subscribeFinalisedHeads"}, "chain_finalizedHead", "chainFinalizedHead"},
		{[]string{"state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion"}, "state_runtimeVersion", runtimeVersionStream},
		{[]string{"author_submitAndWatchExtrinsic"}, "author_extrinsicUpdate", extrinsicStream},
	}
}

// endings are the methods that end a subscription.
func endings(s substrateStream) []string {
	out := make([]string, len(s.begin))
	for i, m := range s.begin {
		out[i] = strings.NewReplacer("_subscribe", "_unsubscribe", "subscribe_", "unsubscribe_", "submitAndWatch", "unwatch").Replace(m)
	}
	return out
}

// toEthereumNames renames the calls of a frame that begin or end one of the
// Substrate family's subscriptions. Any other frame is left as it is.
func toEthereumNames(frame []byte) []byte {
	if !bytes.Contains(frame, []byte("ubscribe")) && !bytes.Contains(frame, []byte("atchExtrinsic")) {
		return frame
	}
	var one map[string]json.RawMessage
	var many []map[string]json.RawMessage
	if json.Unmarshal(frame, &many) == nil {
		if len(many) > maxBatch {
			return frame // the server refuses it
		}
		changed := false
		for _, call := range many {
			changed = renameCall(call) || changed
		}
		return remarshal(frame, many, changed)
	}
	if json.Unmarshal(frame, &one) != nil {
		return frame
	}
	return remarshal(frame, one, renameCall(one))
}

func remarshal(frame []byte, v any, changed bool) []byte {
	if !changed {
		return frame
	}
	b, err := json.Marshal(v)
	if err != nil {
		return frame
	}
	return b
}

func renameCall(call map[string]json.RawMessage) bool {
	var method string
	if json.Unmarshal(call["method"], &method) != nil {
		return false
	}
	for _, s := range substrateStreams() {
		ends := endings(s)
		for i := range s.begin {
			switch method {
			case s.begin[i]:
				call["method"], call["params"] = json.RawMessage(`"`+s.name+`_subscribe"`), followParams(s, call["params"])
				return true
			case ends[i]:
				call["method"] = json.RawMessage(`"` + s.name + `_unsubscribe"`)
				return true
			}
		}
	}
	return false
}

// followParams names the method that serves a stream; only the one of extrinsics
// has parameters of its own.
func followParams(s substrateStream, own json.RawMessage) json.RawMessage {
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(own), []byte("["))
	if s.name != extrinsicStream || !ok || bytes.HasPrefix(bytes.TrimSpace(rest), []byte("]")) {
		return json.RawMessage(`["follow"]`)
	}
	return append(json.RawMessage(`["follow",`), rest...)
}

// toSubstrateName renames a notification of one of these subscriptions.
func toSubstrateName(msg []byte) []byte {
	const head = `{"jsonrpc":"2.0","method":"`
	rest, ok := bytes.CutPrefix(msg, []byte(head))
	if !ok {
		return msg
	}
	for _, s := range substrateStreams() {
		if tail, ok := bytes.CutPrefix(rest, []byte(s.name+"_subscription")); ok {
			return append([]byte(head+s.notify), tail...)
		}
	}
	return msg
}
