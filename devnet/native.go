package devnet

import (
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/item"
)

// native is a signed extrinsic that passed the checks of the pool. Its nonce is
// that of the account, which it shares with an Ethereum address that maps to it.
type native struct {
	raw  []byte
	hash item.Hash
	extrinsic.Extrinsic
	call  extrinsic.Call
	death uint64 // the first block that it may not be in
}

// What a Substrate node answers an extrinsic that it does not take.
const (
	codeBadFormat = 1001
	codeInvalidTx = 1010
)

// Reasons beside the pallet's own, in the node's words.
const (
	invalidStale     = "Transaction is outdated"
	invalidFuture    = "Transaction will be valid in the future"
	invalidSignature = "Transaction has a bad signature"
	invalidBirth     = "Transaction has an ancient birth block"
	invalidCall      = "Transaction call is not expected"
	invalidPayment   = "Inability to pay some fees (e.g. account balance too low)"
)

// nodeError is a message in the words of a Substrate node.
type nodeError string

func (e nodeError) Error() string { return string(e) }

// errInvalidTx is the message of code 1010; the reason is its data.
const errInvalidTx = nodeError("Invalid Transaction")

func invalidTx(reason string) error {
	return &rpcError{code: codeInvalidTx, data: reason, err: errInvalidTx}
}

// customErrors are the numbers under which the pool names a pallet's error that
// its guards find before any block does. Other errors are met in the block.
func customErrors() map[dispatchError]uint8 {
	return map[dispatchError]uint8{
		"NotEnoughStakeToSetWeights": 1, "NotEnoughBalanceToStake": 2, "SubnetNotExists": 3, "MechanismDoesNotExist": 3,
		"SettingWeightsTooFast": 6, "CommittingWeightsTooFast": 6,
		"HotKeyNotRegisteredInSubNet": 10, "HotKeyNotRegisteredInNetwork": 10, "InvalidIpType": 11, "InvalidIpAddress": 11,
		"ServingRateLimitExceeded": 12, "InvalidPort": 13, "NoWeightsCommitFound": 16, "RevealTooEarly": 17,
		"WeightVecNotEqualSize": 18, "UidVecContainInvalidOne": 19,
	}
}

// checkNative takes an extrinsic that could be in the block after that of st.
func (c *Chain) checkNative(st *state, raw []byte) (*native, error) {
	x, err := extrinsic.Decode(raw)
	if err != nil {
		return nil, &rpcError{code: codeBadFormat, prefix: "Extrinsic has invalid format: ", err: err}
	}
	call, err := extrinsic.DecodeCall(x.Call)
	if err != nil {
		return nil, invalidTx(invalidCall)
	}
	next := ahead(st)
	implicit, err := c.implicit(next, x.Era)
	if err != nil {
		return nil, err
	}
	if x.Verify(implicit) != nil {
		return nil, invalidTx(invalidSignature)
	}
	n, acc := &native{raw, extrinsic.Hash(raw), x, call, x.Era.Death(next.head().Number)}, next.account(x.Account)
	switch {
	case uint64(x.Nonce) < acc.Nonce:
		return nil, invalidTx(invalidStale)
	case uint64(x.Nonce) >= acc.Nonce+maxPerSender:
		return nil, invalidTx(invalidFuture)
	case acc.Balance < n.fee():
		return nil, invalidTx(invalidPayment)
	}
	if err := c.guard(next, n); err != nil {
		return nil, err
	}
	return n, next.err
}

// ahead is a state as the next block finds it before anything has happened there.
// A pool judges by it: what it takes, that block can hold.
func ahead(st *state) *state {
	next, head := newState(st), st.head()
	head.Number++
	next.putHead(head)
	return next
}

// implicit is what the signer put into the signature without sending it.
func (c *Chain) implicit(st *state, era extrinsic.Era) (extrinsic.Implicit, error) {
	out := extrinsic.Implicit{SpecVersion: specVersion, TxVersion: transactionVersion}
	for _, part := range []struct {
		number uint64
		hash   *item.Hash
	}{{0, &out.Genesis}, {era.Birth(st.head().Number), &out.Birth}} {
		b, err := c.store.blockByNumber(part.number)
		if err != nil {
			return out, stateError(err)
		}
		if b == nil {
			return out, invalidTx(invalidBirth)
		}
		*part.hash = b.hash
	}
	return out, nil
}
