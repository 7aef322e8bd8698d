package devnet

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/gorilla/websocket"
)

// Batches work over both transports, a call that fails beside others too.
func TestBatch(t *testing.T) {
	node := open(t, t.TempDir(), smallGenesis(1, 1))
	node.step(2)
	for _, url := range []string{node.url, node.http()} {
		var number hexutil.Uint64
		var name string
		batch := []rpc.BatchElem{
			{Method: "eth_blockNumber", Result: &number}, {Method: "eth_nothing", Result: new(any)}, {Method: "system_name", Result: &name},
		}
		if err := node.rpc(url).BatchCall(batch); err != nil {
			t.Fatal(err)
		}
		if number != 2 || name != nodeName || batch[0].Error != nil || batch[1].Error == nil || batch[2].Error != nil {
			t.Errorf("%s: %+v", url, batch)
		}
		long := make([]rpc.BatchElem, maxBatch+1)
		for i := range long {
			long[i] = rpc.BatchElem{Method: "eth_blockNumber", Result: new(any)}
		}
		if err := node.rpc(url).BatchCall(long); err == nil && long[maxBatch].Error == nil {
			t.Errorf("%s: a batch of %d is answered", url, len(long))
		}
	}
}

func TestRequestSize(t *testing.T) {
	node := open(t, t.TempDir(), smallGenesis(1, 1))
	big := []byte(`{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x` + strings.Repeat("00", maxRequest/2) + `"]}`)
	reply, err := http.Post(node.http(), "application/json", bytes.NewReader(big))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %s for %d bytes", reply.Status, len(big))
	}
	conn := dialSocket(t, node.url)
	if err := conn.WriteMessage(websocket.TextMessage, big); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) && !websocket.IsUnexpectedCloseError(err) {
		t.Errorf("a frame of %d bytes: %v", len(big), err)
	}
}

// A page of another origin may call, and asks first.
func TestCrossOrigin(t *testing.T) {
	node := open(t, t.TempDir(), smallGenesis(1, 1))
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, node.http(), nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusNoContent || reply.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s, %v", reply.Status, reply.Header)
	}
}

// Connections beyond the limit are closed at once; a closed one makes room.
func TestConnectionLimit(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newLimited(inner, 1)
	defer l.Close()
	taken := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	dial()
	first := <-taken
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("the second connection is served")
	}
	first.Close()
	first.Close() // twice frees one place
	dial()
	second := <-taken
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("two are served in the place of one")
	}
	second.Close()
}

func dialSocket(t *testing.T, url string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// heard is a message of the node.
type heard struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  *struct{ Code int }
	Params struct {
		Subscription string
		Result       struct{ Number hexutil.Uint64 }
	}
}

func listen(t *testing.T, conn *websocket.Conn) (m heard) {
	t.Helper()
	if err := conn.ReadJSON(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The Substrate family's subscriptions have their own names of methods, both ways.
func TestSubstrateSubscriptions(t *testing.T) {
	node := open(t, t.TempDir(), smallGenesis(1, 1))
	for _, s := range substrateStreams() {
		if s.name == extrinsicStream {
			continue // TestNativeSocket follows one
		}
		for i, begin := range s.begin {
			conn := dialSocket(t, node.url)
			say := func(text string) {
				if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			say(`{"jsonrpc":"2.0","id":1,"method":"` + begin + `","params":[]}`)
			answer := listen(t, conn)
			var id string
			if err := json.Unmarshal(answer.Result, &id); err != nil || answer.ID != 1 {
				t.Fatalf("%s: %+v", begin, answer)
			}
			first := listen(t, conn)
			if first.Method != s.notify || first.Params.Subscription != id {
				t.Errorf("%s: first message %+v", begin, first)
			}
			if s.name != runtimeVersionStream {
				n := node.step(1).Number
				if next := listen(t, conn); uint64(next.Params.Result.Number) != n || next.Method != s.notify {
					t.Errorf("%s: block %d is told as %+v", begin, n, next)
				}
			}
			// In a batch, beside another call.
			say(`[{"jsonrpc":"2.0","id":2,"method":"` + endings(s)[i] + `","params":["` + id + `"]},{"jsonrpc":"2.0","id":3,"method":"system_name"}]`)
			var both []heard
			if err := conn.ReadJSON(&both); err != nil || len(both) != 2 || string(both[0].Result) != "true" {
				t.Errorf("%s: %+v, %v", endings(s)[i], both, err)
			}
		}
	}
}

// A frame that is no JSON is answered, whatever it looks like at first.
func TestBrokenFrames(t *testing.T) {
	node := open(t, t.TempDir(), smallGenesis(1, 1))
	for _, frame := range []string{"{", `{"id":1`, "x", `{"a":"subscribe"`, ""} {
		conn := dialSocket(t, node.url)
		if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		if m := listen(t, conn); m.Error == nil || m.Error.Code != -32700 {
			t.Errorf("%q: %+v", frame, m)
		}
	}
	reply, err := http.Post(node.http(), "application/json", strings.NewReader("{"))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if text, err := io.ReadAll(reply.Body); err != nil || !bytes.Contains(text, []byte("-32700")) {
		t.Errorf("over HTTP: %s, %v", text, err)
	}
}

// Renaming leaves alone what it does not know, and its output is JSON if its input
// was.
func FuzzSocketNames(f *testing.F) {
	f.Add([]byte(`{"method":"chain_subscribeNewHeads","id":[1]}`))
	f.Add([]byte(`[{"method":"chain_unsubscribeNewHeads"},null,{"method":5}]`))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"chainNewHead_subscription","params":1}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		valid := json.Valid(frame)
		if in := toEthereumNames(bytes.Clone(frame)); valid && !json.Valid(in) || !valid && !bytes.Equal(in, frame) {
			t.Errorf("%q becomes %q", frame, in)
		}
		if out := toSubstrateName(bytes.Clone(frame)); valid && !json.Valid(out) {
			t.Errorf("%q goes out as %q", frame, out)
		}
	})
}
