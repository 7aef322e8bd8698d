package devnet

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// signNative signs a call for a short era and returns the extrinsic.
func (c *Chain) signNative(t testing.TB, k *protocol.Sr25519Key, nonce uint32, call extrinsic.Call) []byte {
	t.Helper()
	raw, err := extrinsic.Sign(k, call, c.signing(t, extrinsic.MortalEra(8, c.Head().Number), nonce))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// offerNative submits an extrinsic that the pool takes.
func (c *Chain) offerNative(t testing.TB, raw []byte) item.Hash {
	t.Helper()
	h, err := (&authorAPI{c}).SubmitExtrinsic(raw)
	if err != nil || h != extrinsic.Hash(raw) {
		t.Fatalf("submit: %s, %v", h, err)
	}
	return h
}

func (c *Chain) mustStep(t testing.TB) {
	t.Helper()
	if _, err := c.Step(c.Head().Time); err != nil {
		t.Fatal(err)
	}
}

// account is the account in the newest state.
func (c *Chain) account(h protocol.Hotkey) accountRecord { return newState(c.tip().state).account(h) }

// refusal is the code and the data of a pool's answer.
func refusal(err error) (int, any) {
	var answer *rpcError
	if !errors.As(err, &answer) {
		return 0, err
	}
	return answer.code, answer.data
}

func axonAt(port uint16) extrinsic.ServeAxon {
	return extrinsic.ServeAxon{Netuid: 1, IP: scale.U128{Lo: 10<<24 + 1}, Port: port, IPType: chain.IPv4}
}

// A call that fails in its block is there, uses the nonce and pays, and changes
// nothing else. One that a guard refuses by then is not there and goes.
func TestNativeFailures(t *testing.T) {
	c, validator, other := nativeNet(t, func(g *Genesis) { g.ServingRateLimit = 50 })
	fails := c.signNative(t, other, 0, extrinsic.BurnedRegister{Netuid: 1, Hotkey: validator.Hotkey()})
	c.offerNative(t, fails)
	first := c.signNative(t, validator, 0, axonAt(80))
	second := c.signNative(t, validator, 1, axonAt(81))
	c.offerNative(t, second) // arrives before the one of the nonce below
	c.offerNative(t, first)
	before := newState(c.tip().state)
	c.mustStep(t)
	st := newState(c.tip().state)
	txs, err := c.store.txs(c.Head().Number, c.signer)
	if err != nil || len(txs) != 2 || !bytes.Equal(txs[0].native, fails) || txs[0].ok || !bytes.Equal(txs[1].native, first) || !txs[1].ok {
		t.Fatalf("block: %+v, %v", txs, err)
	}
	if acc := st.account(other.Hotkey()); acc.Nonce != 1 || acc.Balance != testBalance-chain.GasRegister*feePerGas || st.subnet().N != before.subnet().N {
		t.Errorf("failed registration: %+v", acc)
	}
	if acc := st.account(validator.Hotkey()); acc.Nonce != 1 || acc.Balance != testBalance || st.neuron(0).Axon.Port != 80 {
		t.Errorf("served: %+v, %+v", acc, st.neuron(0).Axon)
	}
	if left := c.pool.inOrder(); len(left) != 0 {
		t.Errorf("%d wait", len(left))
	}
	if code, data := refusal(errOf((&authorAPI{c}).SubmitExtrinsic(first))); code != codeInvalidTx || data != invalidStale {
		t.Errorf("again: %d, %v", code, data)
	}
}

// absent returns an error unless the answer is null.
func absent(got map[string]any, err error) error {
	if got != nil {
		return fmt.Errorf("%v", got)
	}
	return err
}

func latest() rpc.BlockNumberOrHash { return rpc.BlockNumberOrHashWithNumber(rpc.LatestBlockNumber) }

func errOf[T any](_ T, err error) error { return err }

// One nonce has one place, and one extrinsic too.
func TestNativePool(t *testing.T) {
	c, validator, other := nativeNet(t, nil)
	raw := c.signNative(t, validator, 0, axonAt(80))
	c.offerNative(t, raw)
	for want, err := range map[int]error{
		codeImported: errOf((&authorAPI{c}).SubmitExtrinsic(raw)),
		codePriority: errOf((&authorAPI{c}).SubmitExtrinsic(c.signNative(t, validator, 0, axonAt(81)))),
	} {
		if code, _ := refusal(err); code != want {
			t.Errorf("%v, want code %d", err, want)
		}
	}
	// The era of another ends before its nonce's turn comes.
	c.offerNative(t, c.signNative(t, other, 2, extrinsic.BurnedRegister{Netuid: 1, Hotkey: other.Hotkey()}))
	if n := c.pool.nextOf(validator.Hotkey(), 0); n != 1 {
		t.Errorf("next nonce %d", n)
	}
	for range 7 {
		if len(c.pool.inOrder()) == 0 {
			t.Fatal("gone before its era ends")
		}
		c.mustStep(t)
	}
	if left := c.pool.inOrder(); len(left) != 0 {
		t.Errorf("%d wait after the era", len(left))
	}
	for i := range maxPending {
		n := &native{hash: item.Hash{byte(i), byte(i >> 8)}}
		if err := c.pool.add(&pending{native: n, account: protocol.Hotkey(n.hash)}); err != nil {
			t.Fatal(err)
		}
	}
	if code, _ := refusal(errOf((&authorAPI{c}).SubmitExtrinsic(c.signNative(t, other, 0, extrinsic.BurnedRegister{Netuid: 1})))); code != codeDropped {
		t.Errorf("a full pool: %d", code)
	}
}

// A tip is paid, also with a call that is free, and has to be there.
func TestNativeTip(t *testing.T) {
	c, validator, _ := nativeNet(t, nil)
	p := c.signing(t, extrinsic.Era{}, 0)
	for _, tip := range []uint64{testBalance + 1, 1<<64 - 1, 7} {
		p.Tip = tip
		raw, err := extrinsic.Sign(validator, axonAt(80), p)
		if err != nil {
			t.Fatal(err)
		}
		_, data := refusal(errOf((&authorAPI{c}).SubmitExtrinsic(raw)))
		if (data == invalidPayment) != (tip > 7) {
			t.Errorf("tip of %d: %v", tip, data)
		}
	}
	c.mustStep(t)
	if acc := c.account(validator.Hotkey()); acc.Nonce != 1 || acc.Balance != testBalance-7 {
		t.Errorf("%+v", acc)
	}
}

// The last block of an era can hold the extrinsic, the pool takes it until the
// block before and not longer.
func TestNativeEraEnds(t *testing.T) {
	c, validator, _ := nativeNet(t, nil)
	born := c.Head().Number
	raw := c.signNative(t, validator, 0, axonAt(80))
	for c.Head().Number < born+6 {
		c.mustStep(t)
	}
	if _, err := c.checkNative(newState(c.tip().state), raw); err != nil {
		t.Errorf("for the last block: %v", err)
	}
	c.mustStep(t)
	if _, data := refusal(errOf((&authorAPI{c}).SubmitExtrinsic(raw))); data != invalidBirth {
		t.Errorf("after it: %v", data)
	}
}

// Both families show a block that holds both kinds: the Ethereum one its own
// transactions alone, the Substrate one all of them in order.
func TestNativeViews(t *testing.T) {
	c, validator, _ := nativeNet(t, func(g *Genesis) { g.Balances[key(0).Hotkey()] = testBalance })
	net := &served{Chain: c, t: t}
	raw := c.signNative(t, validator, 0, axonAt(80))
	hash := common.Hash(c.offerNative(t, raw))
	e, a, author := &ethAPI{c: c}, &chainAPI{c}, &authorAPI{c}
	if tx, err := e.GetTransactionByHash(hash); tx != nil || err != nil {
		t.Errorf("waiting: %v, %v", tx, err)
	}
	to := key(9).Address()
	tx := net.sign(key(0), &types.LegacyTx{To: &to, Gas: 21000, GasPrice: big.NewInt(BaseFee)})
	plain, err := tx.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.SendRawTransaction(plain); err != nil {
		t.Fatal(err)
	}
	unsigned := append(append(scale.AppendCompact(nil, uint64(len(plain)+1)), 4), plain...)
	both := func(got []hexutil.Bytes) bool {
		return len(got) == 2 && bytes.Equal(got[0], raw) && bytes.Equal(got[1], unsigned)
	}
	if got, err := author.PendingExtrinsics(); err != nil || !both(got) {
		t.Errorf("pending: %v, %v", got, err)
	}
	c.mustStep(t)
	b := c.tip().block
	got, err := a.GetBlock(nil)
	if err != nil || !both(got["block"].(map[string]any)["extrinsics"].([]hexutil.Bytes)) {
		t.Errorf("block: %v, %v", got, err)
	}
	r, err := e.GetTransactionReceipt(tx.Hash())
	if err != nil || r["transactionIndex"] != hexutil.Uint64(0) || r["status"] != hexutil.Uint64(1) {
		t.Errorf("receipt: %v, %v", r, err)
	}
	block, err := e.GetBlockByHash(b.header.Hash(), true)
	if list, ok := block["transactions"].([]any); err != nil || !ok || len(list) != 1 || list[0].(map[string]any)["hash"] != tx.Hash() {
		t.Errorf("Ethereum block: %v, %v", block, err)
	}
	for what, err := range map[string]error{
		"receipt":     absent(e.GetTransactionReceipt(hash)),
		"transaction": absent(e.GetTransactionByHash(hash)),
	} {
		if err != nil {
			t.Errorf("%s of a native one: %v", what, err)
		}
	}
	if n, err := e.count(latest()); err != nil || *n != 1 {
		t.Errorf("count: %v, %v", n, err)
	}
	// The block's name hangs on the extrinsic, its place and its fate.
	stored, err := c.store.txs(b.number(), c.signer)
	if err != nil || !bytes.Equal(nativeRoot(stored), b.header.Extra) || substrateHeader(b)["extrinsicsRoot"] == b.header.TxHash {
		t.Errorf("%+v: root %x, %v", stored, b.header.Extra, err)
	}
	stored[0].ok = false
	if bytes.Equal(nativeRoot(stored), b.header.Extra) || bytes.Equal(nativeRoot(stored[1:]), b.header.Extra) {
		t.Error("another fate has the same root")
	}
}
