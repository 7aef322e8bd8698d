package devnet

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
)

// authorAPI serves author_*: extrinsics that are offered.
type authorAPI struct{ c *Chain }

// Codes and messages with which a Substrate node's pool refuses.
const (
	codeImported = 1013
	codePriority = 1014
	codeDropped  = 1016

	errImported    = nodeError("Transaction Already Imported")
	errLowPriority = nodeError("Priority is too low")
	errDropped     = nodeError("Immediately Dropped")
)

// SubmitExtrinsic is author_submitExtrinsic: it returns the extrinsic's hash.
func (a *authorAPI) SubmitExtrinsic(raw hexutil.Bytes) (item.Hash, error) {
	st := newState(a.c.tip().state)
	n, err := a.c.checkNative(st, raw)
	if err := errors.Join(err, st.err); err != nil {
		return item.Hash{}, nodeForm(err)
	}
	p := &pending{native: n, account: n.Account, since: st.head().Number}
	return n.hash, poolRefusal(a.c.pool.add(p), n.hash)
}

// nodeForm keeps the code of an error that has one.
func nodeForm(err error) error {
	var coded *rpcError
	if errors.As(err, &coded) {
		return coded
	}
	return stateError(err)
}

// poolRefusal is what a Substrate node answers where the pool has no place.
func poolRefusal(err error, hash item.Hash) error {
	switch {
	case errors.Is(err, errKnown):
		return &rpcError{code: codeImported, data: hash.String(), err: errImported}
	case errors.Is(err, errPriority):
		return &rpcError{code: codePriority, err: errLowPriority,
			data: "The transaction has too low priority to replace another transaction already in the pool."}
	case errors.Is(err, errPoolFull):
		return &rpcError{code: codeDropped, err: errDropped,
			data: "The transaction couldn't enter the pool because of the limit."}
	}
	return err
}

// PendingExtrinsics is author_pendingExtrinsics: what waits, in the order in
// which it would be in a block.
func (a *authorAPI) PendingExtrinsics() ([]hexutil.Bytes, error) {
	out := []hexutil.Bytes{}
	for _, p := range a.c.pool.inOrder() {
		t := included{tx: p.tx}
		if p.native != nil {
			t.native = p.native.raw
		}
		raw, err := t.extrinsic()
		if err != nil {
			return nil, stateError(err)
		}
		out = append(out, raw)
	}
	return out, nil
}

// unsignedV4 begins an extrinsic that nobody signed natively.
const unsignedV4 = 4

// extrinsic is a transaction as an item of a block of the Substrate family: a
// native one as submitted, an Ethereum one as the bytes of an unsigned extrinsic
// that holds nothing but the transaction.
func (t included) extrinsic() (hexutil.Bytes, error) {
	if t.native != nil {
		return t.native, nil
	}
	raw, err := t.tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return append(append(scale.AppendCompact(nil, uint64(len(raw)+1)), unsignedV4), raw...), nil
}

// watchAPI serves the subscription to what becomes of an extrinsic.
type watchAPI struct {
	author authorAPI
	subs   *subscriptions
}

// Follow is author_submitAndWatchExtrinsic. It says "ready", then the block as
// {"inBlock": hash} and {"finalized": hash}; or "invalid" when the pool lets go of
// the extrinsic.
func (a *watchAPI) Follow(ctx context.Context, raw hexutil.Bytes) (*rpc.Subscription, error) {
	notifier, ok := rpc.NotifierFromContext(ctx)
	if !ok {
		return nil, rpc.ErrNotificationsUnsupported
	}
	peer := rpc.PeerInfoFromContext(ctx).RemoteAddr
	if err := a.subs.take(peer); err != nil {
		return nil, err
	}
	// Before the extrinsic is offered, lest its block be missed.
	blocks := a.author.c.feed.subscribe(feedBacklog)
	leave := func() { a.author.c.feed.unsubscribe(blocks); a.subs.release(peer) }
	hash, err := a.author.SubmitExtrinsic(raw)
	if err != nil {
		leave()
		return nil, err
	}
	sub := notifier.CreateSubscription()
	go func() {
		defer leave()
		told, last := []any{"ready"}, false
		for {
			for _, status := range told {
				if notifier.Notify(sub.ID, status) != nil {
					return
				}
			}
			if last {
				return
			}
			select {
			case <-blocks:
				told, last = a.fate(common.Hash(hash))
			case <-sub.Err():
				return
			}
		}
	}()
	return sub, nil
}

// fate is what there is to tell of an extrinsic after a block, and whether that is
// the end of it. What a block holds leaves the pool once the block is stored, so
// that the pool is asked first.
func (a *watchAPI) fate(hash common.Hash) (told []any, last bool) {
	c := a.author.c
	if c.pool.find(hash) != nil {
		return nil, false
	}
	number, _, ok, err := c.store.findTx(hash)
	if err != nil {
		return nil, false // told after the next block
	}
	if !ok {
		return []any{"invalid"}, true
	}
	b, err := c.store.blockByNumber(number)
	if err != nil || b == nil {
		return nil, false
	}
	return []any{map[string]any{"inBlock": b.hash}, map[string]any{"finalized": b.hash}}, true
}
