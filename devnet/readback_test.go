package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assaynet/assay/chain"
)

// say answers a single request with a JSON member, its result or its error.
func say(w http.ResponseWriter, body, member string) {
	var q struct{ ID json.RawMessage }
	if json.Unmarshal([]byte(body), &q) == nil {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, q.ID, member)
	}
}

// Behind one address there are two nodes, of which one is three blocks behind. What
// has landed is found to have landed.
func TestReadBackBehindBalancer(t *testing.T) {
	g := smallGenesis(1, 1)
	g.BlockTime = 100 * time.Millisecond
	net := open(t, t.TempDir(), g)
	net.step(5)
	net.run()
	gw := newGateway(t, net.url)
	var asked atomic.Int64
	gw.forget(func(_ int, body string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
		if !strings.Contains(body, "chain_getFinalizedHead") || asked.Add(1)%2 == 0 {
			return false
		}
		old, err := net.store.blockByNumber(net.tip().block.number() - 3)
		if err != nil {
			return false
		}
		say(w, body, fmt.Sprintf(`"result":%q`, old.hash))
		return true
	})
	c := dialWith(t, key(0), nil, gw.url)
	for port := range uint16(3) {
		if err := c.ServeAxon(t.Context(), loopback(2000+port)); err != nil {
			t.Errorf("serve: %v", err)
		}
		if _, err := c.SetWeights(t.Context(), weightsFor(0)); err != nil {
			t.Errorf("vote: %v", err)
		}
	}
}

// A node that does not have the block at which an effect is looked for has refused
// nothing.
func TestReadBackWithoutState(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	net.run()
	gw := newGateway(t, net.url)
	var sent atomic.Bool
	gw.forget(func(_ int, body string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
		if strings.Contains(body, "eth_sendRawTransaction") {
			sent.Store(true)
		}
		if !sent.Load() || strings.HasPrefix(body, "[") || !strings.Contains(body, "state_getStorage") {
			return false
		}
		say(w, body, `"error":{"code":4003,"message":"Client error: UnknownBlock"}`)
		return true
	})
	c := dialWith(t, key(0), nil, gw.url)
	err := c.ServeAxon(t.Context(), loopback(2000))
	if !errors.Is(err, chain.ErrUnconfirmed) || errors.As(err, new(*chain.Error)) {
		t.Errorf("got %v", err)
	}
}

// What a client has read does not become undone when a node that is behind answers.
func TestStateDoesNotGoBack(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(0, 1))
	net.run()
	gw := newGateway(t, net.url)
	c := dialWith(t, key(0), nil, gw.url)
	before, err := c.NextHead(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	gw.forget(func(_ int, body string, w http.ResponseWriter, _ *http.Request, _ func()) bool {
		if !strings.Contains(body, "chain_getFinalizedHead") {
			return false
		}
		say(w, body, fmt.Sprintf(`"result":%q`, before.Hash))
		return true
	})
	if _, ok, err := c.UID(t.Context(), key(0).Hotkey()); err != nil || !ok {
		t.Errorf("registered: %v, %v", ok, err)
	}
}
