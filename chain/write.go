package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// ErrNonceUsed is an account whose nonce another transaction took: some other
// software writes with the same key.
var ErrNonceUsed = errors.New("another transaction of the same key took the nonce")

// writer is an account that a client writes as: a secp256k1 key, whose calls are
// EVM transactions, or an sr25519 hotkey, whose calls are native extrinsics.
type writer interface {
	// hotkey is the account.
	hotkey() protocol.Hotkey
	// write sends a call and waits until a finalised block holds it. It is called
	// by one at a time.
	write(ctx context.Context, call extrinsic.Call) (Landing, error)
}

// write makes a call as the client's account and waits until it is final and a node
// tells of a final block that has its effect. That is to be read back at this very
// block, for the next answer may be of a node that is behind. Only one write is
// under way at a time, and all end with the client.
func (c *Client) write(ctx context.Context, call extrinsic.Call) (Landing, Head, error) {
	if c.writer == nil {
		return Landing{}, Head{}, fmt.Errorf("%s: %w", call.Name(), ErrReadOnly)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(c.link.life, stop)()
	select {
	case <-c.writing:
		defer func() { c.writing <- struct{}{} }()
	case <-ctx.Done():
		return Landing{}, Head{}, fmt.Errorf("%s: %w", call.Name(), c.ended(ctx))
	}
	landing, err := c.writer.write(ctx, call)
	if err != nil {
		return Landing{}, Head{}, err
	}
	// The endpoint may have changed since, to one that is behind.
	ctx, cancel := context.WithTimeout(ctx, c.cfg.LandTimeout)
	defer cancel()
	head, err := c.NextHead(ctx, landing.Block-1)
	if err != nil {
		return Landing{}, Head{}, fmt.Errorf("%s: in block %d, but its effect is not known: %w: %w", call.Name(), landing.Block, ErrUnconfirmed, err)
	}
	return landing, head, nil
}

// await repeats a step at each new head until it settles what became of a write.
// What fails on the way is waited out; at the end of ctx the write's fate is unknown.
func (c *Client) await(ctx context.Context, what string, step func(context.Context) (Landing, bool, error)) (Landing, error) {
	for attempt := 1; ; attempt++ {
		wake := c.heads.next()
		landing, settled, failed := step(ctx)
		if settled {
			return landing, failed
		}
		var stop error
		switch {
		case errors.Is(failed, errClosed):
			stop = errClosed
		case failed != nil:
			stop = pause(ctx, backoff(attempt))
		default:
			attempt = 0
			stop = c.heads.wait(ctx, wake)
		}
		if stop != nil {
			return Landing{}, fmt.Errorf("%s: %w: %w", what, ErrUnconfirmed, errors.Join(stop, failed))
		}
	}
}

// ended is why a write's context has ended.
func (c *Client) ended(ctx context.Context) error {
	if c.link.life.Err() != nil {
		return errClosed
	}
	return ctx.Err()
}

// unread is a read-back that failed: the call is in a block, and whether it had an
// effect there is not known. The node that was asked may not have the block yet.
func unread(what string, err error) error {
	return fmt.Errorf("read back %s: %w: %w", what, ErrUnconfirmed, err)
}

// pack is a call as the function of the neuron precompile that makes it.
func (c *Client) pack(call extrinsic.Call) (method string, data []byte, err error) {
	var args []any
	switch v := call.(type) {
	case extrinsic.SetWeights:
		method, args = MethodSetWeights, []any{v.Netuid, nonNil(v.UIDs), nonNil(v.Values), v.VersionKey}
	case extrinsic.CommitWeights:
		method, args = MethodCommitWeights, []any{v.Netuid, [32]byte(v.Hash)}
	case extrinsic.RevealWeights:
		method, args = MethodRevealWeights, []any{v.Netuid, nonNil(v.UIDs), nonNil(v.Values), nonNil(v.Salt), v.VersionKey}
	case extrinsic.ServeAxon:
		method, args = MethodServeAxon, []any{v.Netuid, v.Version, u128Big(v.IP), v.Port, v.IPType, v.Protocol, v.Placeholder1, v.Placeholder2}
	case extrinsic.BurnedRegister:
		method, args = MethodRegister, []any{v.Netuid, [32]byte(v.Hotkey)}
	case extrinsic.RegisterLimit:
		method, args = MethodRegisterLimit, []any{v.Netuid, [32]byte(v.Hotkey), v.MaxBurn}
	default:
		return "", nil, fmt.Errorf("encode %s: %w", call.Name(), extrinsic.ErrUnknownCall)
	}
	if data, err = c.neuron.Pack(method, args...); err != nil {
		return "", nil, fmt.Errorf("encode %s: %w", method, err)
	}
	return method, data, nil
}

func u128Big(v scale.U128) *big.Int {
	n := new(big.Int).Lsh(new(big.Int).SetUint64(v.Hi), 64)
	return n.Or(n, new(big.Int).SetUint64(v.Lo))
}

// nonNil keeps the ABI encoder from seeing an untyped nil.
func nonNil(v []uint16) []uint16 {
	if v == nil {
		return []uint16{}
	}
	return v
}

// unstored is a call that is in a final block and whose effect the chain does not
// hold: it was refused there, and the block keeps no reason.
func unstored(call extrinsic.Call, err error) error {
	var stated *Error
	if err == nil || !errors.Is(err, ErrNotStored) || errors.As(err, &stated) {
		return err
	}
	return fmt.Errorf("%w: %w", &Error{Method: call.Name(), Name: ErrNameUnstated, Message: err.Error()}, err)
}

// eth is link.ask through go-ethereum's typed client, of which fn makes so many
// calls at most.
func (c *Client) eth(ctx context.Context, calls int, fn func(context.Context, *ethclient.Client) error) error {
	return c.link.ask(ctx, query{"ask node", calls}, func(ctx context.Context, r *rpc.Client) error {
		return fn(ctx, ethclient.NewClient(r))
	})
}
