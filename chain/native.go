package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// eraPeriod is for how many blocks an extrinsic may be included. It bounds how
// long the fate of one can stay unknown.
const eraPeriod = 128

// DialNative is Dial for an sr25519 hotkey, which writes native extrinsics.
func DialNative(ctx context.Context, cfg Config, key *protocol.Sr25519Key) (*Client, error) {
	c, err := Dial(ctx, cfg, nil)
	if err != nil {
		return nil, err
	}
	if key != nil {
		c.writer = &nativeWriter{Client: c, key: key}
	}
	return c, nil
}

// nativeWriter writes as an sr25519 hotkey. Each call takes the account's nonce as of
// the final blocks, of which its caller knows too. So an extrinsic left over from
// before, of this process or of an earlier one, can never land beside a new one:
// only one of the two can use the nonce.
type nativeWriter struct {
	*Client
	key *protocol.Sr25519Key
}

// offered is an extrinsic that a node may have.
type offered struct {
	call  extrinsic.Call
	raw   []byte
	nonce uint32
	birth Head   // final when it was signed: it is in a later block
	death uint64 // and in one before this
}

func (w *nativeWriter) hotkey() protocol.Hotkey { return w.key.Hotkey() }

// write signs and submits a call and waits until a final block holds it. Whether it
// then succeeded is for the caller to see in what the chain stores.
func (w *nativeWriter) write(ctx context.Context, call extrinsic.Call) (Landing, error) {
	x, err := w.sign(ctx, call)
	if err != nil {
		return Landing{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.LandTimeout)
	defer cancel()
	sure, err := w.offer(ctx, x)
	if err != nil {
		return Landing{}, submitRefusal(call.Name(), err)
	}
	return w.land(ctx, x, sure)
}

// sign makes the extrinsic, born in the newest final block.
func (w *nativeWriter) sign(ctx context.Context, call extrinsic.Call) (*offered, error) {
	head, err := w.newest(ctx)
	if err != nil {
		return nil, err
	}
	p := extrinsic.Params{Era: extrinsic.MortalEra(eraPeriod, head.Number)}
	// The period is short enough for every block to be a birth of its own.
	p.Birth = head.Hash
	if p.Genesis, err = w.GenesisHash(ctx); err != nil {
		return nil, err
	}
	if p.SpecVersion, p.TxVersion, err = w.runtimeVersion(ctx, head.Hash); err != nil {
		return nil, err
	}
	if p.Nonce, err = w.nonce(ctx, head.Hash); err != nil {
		return nil, err
	}
	raw, err := extrinsic.Sign(w.key, call, p)
	if err != nil {
		return nil, err
	}
	return &offered{call, raw, p.Nonce, head, p.Era.Death(head.Number)}, nil
}

// runtimeVersion reads what a signature is bound to. It is asked each time: the
// chain's code is replaced while it runs.
func (c *Client) runtimeVersion(ctx context.Context, at item.Hash) (spec, tx uint32, err error) {
	var v struct {
		Spec *uint32 `json:"specVersion"`
		Tx   *uint32 `json:"transactionVersion"`
	}
	if err := c.link.call(ctx, &v, "state_getRuntimeVersion", at); err != nil {
		return 0, 0, err
	}
	if v.Spec == nil || v.Tx == nil {
		return 0, 0, errors.New("read runtime version: the node does not say it")
	}
	return *v.Spec, *v.Tx, nil
}

// offer submits the bytes once. Sure is that the node has them: after a failure of
// the connection it may or may not, and that is no error. The error is its answer.
func (w *nativeWriter) offer(ctx context.Context, x *offered) (sure bool, err error) {
	err = w.link.once(ctx, func(ctx context.Context, r *rpc.Client) error {
		var hash hexutil.Bytes
		return r.CallContext(ctx, &hash, "author_submitExtrinsic", hexutil.Bytes(x.raw))
	})
	code, _, answered := poolSays(err)
	switch {
	case err == nil || answered && code == codeAlreadyImported:
		return true, nil
	case answered:
		return false, err
	}
	return false, nil
}

// land waits until a final block holds the extrinsic or its era is over.
func (w *nativeWriter) land(ctx context.Context, x *offered, sure bool) (Landing, error) {
	s := search{writer: w, offered: x, looked: x.birth}
	if sure {
		s.offerAt = x.birth.Number + 1 + offerEvery
	}
	return w.await(ctx, fmt.Sprintf("%s: extrinsic %s", x.call.Name(), extrinsic.Hash(x.raw)), s.step)
}
