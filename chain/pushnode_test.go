package chain

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
)

// pushNode is a node without a socket, which therefore goes by the clock of a
// synctest bubble. Its finality is behind its newest block by lag.
type pushNode struct {
	mu     sync.Mutex
	blocks int
	lag    int
	asked  map[string]int
	refuse error // a subscription
	subs   []chan int
}

// link is a way to the node, of one endpoint that is connected.
func (n *pushNode) link(t *testing.T, cfg Config) *link {
	t.Helper()
	n.asked = map[string]int{}
	s := rpc.NewServer()
	for name, api := range map[string]any{"chain": pushChain{n}, "state": pushState{n}, "eth": &pushEth{n}} {
		if err := s.RegisterName(name, api); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Endpoints, cfg.Log = []string{"ws://a"}, discard()
	cfg.CallTimeout = orDefault(cfg.CallTimeout, DefaultCallTimeout)
	l := newLink(cfg)
	e := l.endpoints[0]
	e.client, e.gone, l.current = rpc.DialInProc(s), l.life, e
	t.Cleanup(func() { l.close(); s.Stop() })
	return l
}

func (n *pushNode) note(method string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[method]++
}

// count is the calls since the last count, and their sum.
func (n *pushNode) count() (calls map[string]int, sum int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	calls, n.asked = maps.Clone(n.asked), map[string]int{}
	for _, c := range calls {
		sum += c
	}
	return calls, sum
}

// step makes a block and pushes it.
func (n *pushNode) step() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.blocks++
	for _, ch := range n.subs {
		select {
		case ch <- n.blocks:
		default:
		}
	}
}

// run makes a block every 12 seconds.
func (n *pushNode) run(ctx context.Context) {
	for pause(ctx, 12*time.Second) == nil {
		n.step()
	}
}

type pushChain struct{ n *pushNode }

func (a pushChain) GetFinalizedHead() common.Hash {
	a.n.note("chain_getFinalizedHead")
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	return common.Hash(common.LeftPadBytes([]byte{byte((a.n.blocks - a.n.lag) >> 8), byte(a.n.blocks - a.n.lag), 1}, 32))
}

func (a pushChain) GetHeader(h *common.Hash) any {
	a.n.note("chain_getHeader")
	number := a.n.blocks
	if h != nil {
		number = int(h[29])<<8 | int(h[30])
	}
	return map[string]any{"number": hexutil.Uint64(number)}
}

type pushState struct{ n *pushNode }

func (a pushState) GetStorage(key hexutil.Bytes, _ common.Hash) *hexutil.Bytes {
	a.n.note("state_getStorage")
	v := hexutil.Bytes(scale.AppendU64(nil, 1))
	switch string(key) {
	case string(StorageKey("Timestamp", "Now")), string(subnetKey("SubnetEpochIndex", testNetuid)), string(subnetKey("LastEpochBlock", testNetuid)):
		return &v
	}
	if v = scale.AppendU16(nil, 3); string(key[16:32]) == string(twox128("Uids")) {
		return &v
	}
	return nil
}

func (a pushState) Call(string, hexutil.Bytes, common.Hash) hexutil.Bytes {
	a.n.note("state_call")
	return hexutil.Bytes{0}
}

type pushEth struct{ n *pushNode }

func (a *pushEth) NewHeads(ctx context.Context) (*rpc.Subscription, error) {
	a.n.note("eth_subscribe")
	if a.n.refuse != nil {
		return nil, a.n.refuse
	}
	notifier, ok := rpc.NotifierFromContext(ctx)
	if !ok {
		return nil, rpc.ErrNotificationsUnsupported
	}
	sub, ch := notifier.CreateSubscription(), make(chan int, 4)
	a.n.mu.Lock()
	a.n.subs = append(a.n.subs, ch)
	a.n.mu.Unlock()
	go func() {
		for {
			select {
			case v := <-ch:
				if notifier.Notify(sub.ID, v) != nil {
					return
				}
			case <-sub.Err():
				return
			}
		}
	}()
	return sub, nil
}

func (a *pushEth) GasPrice() *hexutil.Big { return new(hexutil.Big) }
