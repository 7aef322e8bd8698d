package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// What a node is asked in an hour of blocks of 12 seconds, by one who follows the
// head only, and by one who reads as a validator whose vote is pending does.
func TestCallsInAnHour(t *testing.T) {
	idle := func(context.Context, *Client, Head) error { return nil }
	pending := func(ctx context.Context, c *Client, at Head) error {
		_, err := c.Epoch(ctx, at) // three
		_, _, uidErr := c.UID(ctx, protocol.Hotkey{})
		_, _, _, rowErr := c.WeightsRow(ctx, 3) // two
		_, commitsErr := c.Commits(ctx, protocol.Hotkey{})
		return errors.Join(err, uidErr, rowErr, commitsErr)
	}
	for name, tc := range map[string]struct {
		lag    int
		refuse error
		fresh  time.Duration
		each   func(context.Context, *Client, Head) error
		least  int
		most   int // a minute
	}{
		// A head is one call to learn of it and two to read it.
		"idle":             {0, nil, 0, idle, 14, 16},
		"idle, no pushes":  {0, coded{-32601, "no such method"}, 0, idle, 35, 37},
		"idle, final late": {3, nil, 0, idle, 14, 16},
		"pending":          {0, nil, 0, pending, 64, 66},
		"pending, fresh":   {0, nil, 6 * time.Second, pending, 49, 51},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &pushNode{blocks: 10, lag: tc.lag, refuse: tc.refuse}
				cfg := Config{Netuid: testNetuid, Poll: DefaultPoll, Fresh: tc.fresh, Log: discard()}
				c := &Client{cfg: cfg, link: n.link(t, cfg), blocks: new(blocks)}
				c.heads = follow(c.link, cfg.Poll)
				defer c.heads.stop()
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				go n.run(ctx)
				for head := (Head{}); ; {
					next, err := c.NextHead(ctx, head.Number)
					if ctx.Err() != nil {
						break
					}
					if err = errors.Join(err, tc.each(ctx, c, next)); err != nil {
						t.Fatal(err)
					}
					head = next
				}
				calls, sum := n.count()
				if sum < 60*tc.least || sum > 60*tc.most {
					t.Errorf("%d calls a minute, want %d to %d: %v", sum/60, tc.least, tc.most, calls)
				}
			})
		})
	}
}

// One who waits for a head while the pushes stop looks more often again.
func TestHeadsAfterTheSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := new(pushNode)
		l := n.link(t, Config{})
		h := follow(l, time.Second)
		defer h.stop()
		synctest.Wait()
		if got := h.interval(); got != pushedPolls*time.Second {
			t.Errorf("%s while blocks are pushed", got)
		}
		l.endpoints[0].client.Close()
		synctest.Wait()
		if got := h.interval(); got != time.Second {
			t.Errorf("%s after the subscription", got)
		}
	})
}

// A subscription is a request like another: within the client's own limit, not
// before a pause is over, with the pause that a refusal asks for, and not again and
// again where there is none to be had.
func TestSubscriptionIsAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := new(pushNode)
		l := n.link(t, Config{Rate: 0.1, Burst: 1})
		e, c := l.endpoints[0], l.endpoints[0].client
		try := func() error {
			sub, err := l.subscribe(t.Context(), c, make(chan json.RawMessage))
			if sub != nil {
				sub.Unsubscribe()
			}
			return err
		}
		began := time.Now()
		n.refuse = coded{-32999, "RPC rate limit exceeded"}
		if err := try(); final(err) || e.wait(time.Now()) != limitFirst {
			t.Errorf("refused for the rate: %v, a pause of %s", err, e.wait(time.Now()))
		}
		if err := try(); !errors.As(err, new(*pausedError)) {
			t.Errorf("within the pause: %v", err)
		}
		n.refuse = nil
		if err := pause(t.Context(), limitFirst); err != nil {
			t.Fatal(err)
		}
		if _, sum := n.count(); sum != 1 {
			t.Errorf("asked %d times within the pause", sum)
		}
		if err := l.tryOn(t.Context(), query{"x", 1}, l.on(c), func(context.Context, *rpc.Client) error { return nil }); err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %s; the limit allows one in ten seconds", err, time.Since(began))
		}
		if err := l.tryOn(t.Context(), query{"x", 1}, l.on(new(rpc.Client)), nil); !errors.Is(err, errLost) {
			t.Errorf("on another connection: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		n := &pushNode{refuse: coded{-32601, "no such method"}}
		h := follow(n.link(t, Config{}), time.Second)
		defer h.stop()
		if err := pause(t.Context(), 10*time.Minute+time.Second); err != nil {
			t.Fatal(err)
		}
		if calls, _ := n.count(); calls["eth_subscribe"] != 11 {
			t.Errorf("asked %d times in ten minutes for what there is not", calls["eth_subscribe"])
		}
	})
}

// One endpoint's word makes none of the others behind; two words do.
func TestCompareDoubts(t *testing.T) {
	const far = 1 << 24
	l := newLink(Config{Endpoints: []string{"http://a", "http://b", "http://c"}, Log: discard()})
	for i, tc := range []struct {
		heights [3]uint64
		stale   string
	}{
		{[3]uint64{100, 100, far}, ""},
		{[3]uint64{100, 106, far}, "a"},
		{[3]uint64{100, 100, 106}, ""},
		{[3]uint64{100, 106, 106}, "a"},
		{[3]uint64{100, far, 0}, "a"}, // which it was before
		{[3]uint64{far, far, 0}, ""},
		{[3]uint64{100, far, 0}, ""},
		{[3]uint64{100, 100 + maxLead, 0}, "a"},
		{[3]uint64{0, far, 0}, ""},
	} {
		for i, e := range l.endpoints {
			e.client, e.height = new(rpc.Client), tc.heights[i]
		}
		if i == 0 || i == 6 { // nothing is known yet
			for _, e := range l.endpoints {
				e.stale = false
			}
		}
		l.compare()
		var stale string
		for _, e := range l.endpoints {
			if e.stale {
				stale += strings.TrimPrefix(e.name, "http://")
			}
		}
		if stale != tc.stale {
			t.Errorf("at %v %q are behind, want %q", tc.heights, stale, tc.stale)
		}
	}
	for _, e := range l.endpoints {
		e.client = nil
	}
	l.close()
}

// A ping asks for the newest final block.
func TestPingAsksForFinality(t *testing.T) {
	n := &pushNode{blocks: 100, lag: 60}
	l := n.link(t, Config{Ping: time.Second})
	l.look(l.endpoints[0])
	if h := l.endpoints[0].height; h != 40 {
		t.Errorf("height %d, want that of the final block, 40", h)
	}
}

func TestTimeOf(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	for ms, good := range map[uint64]bool{
		0: true, 1: true, 1_800_000_000_000: true, 1_800_000_300_000: true, 1_800_000_300_001: false,
		math.MaxInt64: false, math.MaxInt64 + 1: false, math.MaxUint64: false,
	} {
		if at, err := timeOf(scale.AppendU64(nil, ms), now); (err == nil) != good || good && at.UnixMilli() != int64(ms) {
			t.Errorf("%d ms: %s, %v", ms, at, err)
		}
	}
	if _, err := timeOf(nil, now); err == nil {
		t.Error("a time out of nothing")
	}
}

// An endpoint whose block is of the future is left for another.
func TestHeadOfTheFuture(t *testing.T) {
	liar, honest := newNativeNode(t), newNativeNode(t)
	liar.stored[string(StorageKey("Timestamp", "Now"))] = scale.AppendU64(nil, uint64(time.Now().Add(time.Hour).UnixMilli()))
	liar.blocks = append(liar.blocks, nil, nil)
	honest.mine(1)
	c, err := Dial(t.Context(), Config{Endpoints: []string{liar.serve().URL, honest.serve().URL}, Netuid: testNetuid}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if h, err := c.NextHead(t.Context(), 4); err != nil || h.Number != 5 {
		t.Errorf("head %+v, %v; want block 5 of the honest one", h, err)
	}
}

// What is kept of one block is bounded, and more than that is still read.
func TestReadsOfABlockAreBounded(t *testing.T) {
	c := &Client{blocks: new(blocks)}
	var reads atomic.Int32
	for range 2 {
		for i := range 100 {
			v, err := shared(t.Context(), c, item.Hash{1}, fmt.Sprint(i), func(context.Context, item.Hash) (int, error) { reads.Add(1); return i, nil })
			if err != nil || v != i {
				t.Fatalf("read %d: %d, %v", i, v, err)
			}
		}
	}
	if kept := len(c.blocks.kept[0].read); kept != readsKept || reads.Load() != 200-readsKept {
		t.Errorf("%d kept, %d read", kept, reads.Load())
	}
}

// What asks several things at once is counted by them.
func TestEthCountsItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(pushNode).link(t, Config{Rate: 1, Burst: 5})
		c := &Client{link: l}
		err := c.eth(t.Context(), 3, func(ctx context.Context, e *ethclient.Client) error {
			_, err := e.SuggestGasPrice(ctx)
			return err
		})
		if left := l.endpoints[0].tokens.Tokens(); err != nil || left != 2 {
			t.Errorf("%v, and %g of 5 calls are left", err, left)
		}
	})
}
