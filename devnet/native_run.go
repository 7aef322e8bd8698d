package devnet

import (
	"errors"
	"fmt"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/protocol"
)

// fee is what an extrinsic costs in rao beside what its call takes: the tip, and
// the price of a call that is not free.
func (n *native) fee() uint64 {
	fee := n.Tip + nativeFee(n.call)
	if fee < n.Tip {
		return 1<<64 - 1
	}
	return fee
}

// nativeFee is the price of a call. Those of a neuron that serves and votes are
// free; the price of the others is the devnet's own.
func nativeFee(call extrinsic.Call) uint64 {
	switch call.(type) {
	case extrinsic.BurnedRegister, extrinsic.RegisterLimit:
		return nativeGas(call) * feePerGas
	}
	return 0
}

// nativeGas is the room that a call takes in a block: as much as it would need
// as a call of the precompile.
func nativeGas(call extrinsic.Call) uint64 {
	switch call.(type) {
	case extrinsic.SetWeights:
		return chain.GasSetWeights
	case extrinsic.CommitWeights:
		return chain.GasCommitWeights
	case extrinsic.RevealWeights:
		return chain.GasRevealWeights
	case extrinsic.ServeAxon, extrinsic.ServeAxonTLS, extrinsic.ServePrometheus:
		return chain.GasServeAxon
	case extrinsic.RegisterLimit:
		return chain.GasRegisterLimit
	}
	return chain.GasRegister
}

// attempt makes a call on top of st, with the nonce used and the fee taken. What
// it returns has the changes that the call leaves, none of its own if it failed.
func (c *Chain) attempt(st *state, n *native) (*state, error) {
	paid := newState(st)
	acc := paid.account(n.Account)
	acc.Nonce++
	acc.Balance -= n.fee()
	paid.putAccount(n.Account, acc)
	call := newState(paid)
	err := c.applyNative(call, n.Account, n.call)
	if err == nil || call.err != nil {
		paid.merge(call)
	}
	if st.err == nil {
		st.err = paid.err
	}
	return paid, err
}

// guardNumber is the number under which a guard of the pool knows an error; ok is
// false if none does.
func guardNumber(err error) (number uint8, ok bool) {
	var refused dispatchError
	if errors.As(err, &refused) {
		number, ok = customErrors()[refused]
	}
	return number, ok
}

// guard is the refusal of an extrinsic whose account can pay for it, nil if none
// is known before the block that holds it.
func (c *Chain) guard(st *state, n *native) error {
	_, err := c.attempt(st, n)
	if number, ok := guardNumber(err); ok {
		return invalidTx(fmt.Sprintf("Custom error: %d", number))
	}
	return nil
}

// applySigned executes a waiting extrinsic. As on a Substrate chain, one that a
// guard refuses is not in the block; any other failed call is, and pays.
func (c *Chain) applySigned(st *state, n *native) (t included, ok bool) {
	acc := st.account(n.Account)
	if uint64(n.Nonce) != acc.Nonce || acc.Balance < n.fee() || st.head().Number >= n.death {
		return included{}, false
	}
	after, err := c.attempt(st, n)
	if _, refused := guardNumber(err); refused {
		return included{}, false
	}
	st.merge(after)
	return included{native: n.raw, ok: err == nil}, true
}

// applyNative makes a call for the account that signed it: by the very rules of
// the neuron precompile, whose functions have the same arguments.
func (c *Chain) applyNative(st *state, origin protocol.Hotkey, call extrinsic.Call) error {
	switch v := call.(type) {
	case extrinsic.SetWeights:
		return c.setWeights(st, origin, []any{v.Netuid, v.UIDs, v.Values, v.VersionKey})
	case extrinsic.CommitWeights:
		return c.commitWeights(st, origin, []any{v.Netuid, [32]byte(v.Hash)})
	case extrinsic.RevealWeights:
		return c.revealWeights(st, origin, []any{v.Netuid, v.UIDs, v.Values, v.Salt, v.VersionKey})
	case extrinsic.ServeAxon:
		return c.serveAxon(st, origin, axonValues(v))
	case extrinsic.ServeAxonTLS:
		return c.serveAxonTLS(st, origin, append(axonValues(v.ServeAxon), v.Certificate))
	case extrinsic.ServePrometheus:
		return c.servePrometheus(st, origin, []any{v.Netuid, v.Version, bigOf(v.IP), v.Port, v.IPType})
	case extrinsic.BurnedRegister:
		return c.burnedRegister(st, origin, []any{v.Netuid, [32]byte(v.Hotkey)})
	case extrinsic.RegisterLimit:
		return c.registerLimit(st, origin, []any{v.Netuid, [32]byte(v.Hotkey), v.MaxBurn})
	}
	return fmt.Errorf("apply %s: %w", call.Name(), extrinsic.ErrUnknownCall)
}

func axonValues(v extrinsic.ServeAxon) []any {
	return []any{v.Netuid, v.Version, bigOf(v.IP), v.Port, v.IPType, v.Protocol, v.Placeholder1, v.Placeholder2}
}
