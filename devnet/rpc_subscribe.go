package devnet

import (
	"context"
	"errors"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
)

// maxSubscriptions bounds the open subscriptions of one connection.
const maxSubscriptions = 64

// codeTooManySubscriptions is what a Substrate node answers beyond its bound.
const codeTooManySubscriptions = -32006

var errTooManySubscriptions = errors.New("too many subscriptions on the connection")

// subscriptions counts the open ones by connection. The zero value is ready.
type subscriptions struct {
	mu   sync.Mutex
	open map[string]int
}

func (s *subscriptions) take(peer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[peer] >= maxSubscriptions {
		return &rpcError{code: codeTooManySubscriptions, err: errTooManySubscriptions}
	}
	if s.open == nil {
		s.open = make(map[string]int)
	}
	s.open[peer]++
	return nil
}

func (s *subscriptions) release(peer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[peer]--; s.open[peer] <= 0 {
		delete(s.open, peer)
	}
}

// stream opens a subscription and notifies it of what a feed sends, in the form
// that show gives it, until the client ends it or goes away. first, if not nil, is
// sent at once.
func stream[T any](ctx context.Context, s *subscriptions, from *feed[T], first any, show func(T) any) (*rpc.Subscription, error) {
	notifier, ok := rpc.NotifierFromContext(ctx)
	if !ok {
		return nil, rpc.ErrNotificationsUnsupported
	}
	peer := rpc.PeerInfoFromContext(ctx).RemoteAddr
	if err := s.take(peer); err != nil {
		return nil, err
	}
	sub := notifier.CreateSubscription()
	events := from.subscribe(feedBacklog)
	go func() {
		defer s.release(peer)
		defer from.unsubscribe(events)
		// A failed send means that the connection is gone; Err says so too.
		if first != nil && notifier.Notify(sub.ID, first) != nil {
			return
		}
		for {
			select {
			case v := <-events:
				if notifier.Notify(sub.ID, show(v)) != nil {
					return
				}
			case <-sub.Err():
				return
			}
		}
	}()
	return sub, nil
}

// NewHeads is eth_subscribe("newHeads").
func (e *ethAPI) NewHeads(ctx context.Context) (*rpc.Subscription, error) {
	return stream(ctx, e.subs, &e.c.feed, nil, func(b *block) any { return headerJSON(b) })
}

// Logs is eth_subscribe("logs"). The precompiles emit none, so nothing follows.
func (e *ethAPI) Logs(ctx context.Context, _ logFilter) (*rpc.Subscription, error) {
	return stream(ctx, e.subs, new(feed[any]), nil, func(v any) any { return v })
}

// Syncing is eth_subscribe("syncing"); the node never does.
func (e *ethSubscriptions) Syncing(ctx context.Context) (*rpc.Subscription, error) {
	return stream(ctx, e.subs, new(feed[any]), false, func(v any) any { return v })
}

// ethSubscriptions has the subscriptions whose names are those of methods too.
type ethSubscriptions struct{ subs *subscriptions }

// NewPendingTransactions is eth_subscribe("newPendingTransactions"): hashes, or
// whole transactions if asked for.
func (e *ethAPI) NewPendingTransactions(ctx context.Context, full *bool) (*rpc.Subscription, error) {
	return stream(ctx, e.subs, &e.c.offered, nil, func(h common.Hash) any {
		if full != nil && *full {
			if p := e.c.pool.find(h); p != nil {
				return txJSON(p.tx, p.from, nil, 0)
			}
		}
		return h
	})
}

// headsAPI serves the Substrate family's subscriptions to headers. There is no
// fork, so that the three of them say the same.
type headsAPI struct {
	c    *Chain
	subs *subscriptions
}

// Follow begins with the newest header.
func (a *headsAPI) Follow(ctx context.Context) (*rpc.Subscription, error) {
	return stream(ctx, a.subs, &a.c.feed, substrateHeader(a.c.tip().block), func(b *block) any { return substrateHeader(b) })
}

// versionAPI serves the subscription to the runtime's version.
type versionAPI struct{ subs *subscriptions }

// Follow tells the version, which never changes.
func (a *versionAPI) Follow(ctx context.Context) (*rpc.Subscription, error) {
	return stream(ctx, a.subs, new(feed[any]), runtimeVersion(), func(v any) any { return v })
}
