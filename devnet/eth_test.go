package devnet

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

func (s *served) sign(k *protocol.Key, tx types.TxData) *types.Transaction {
	s.t.Helper()
	return types.MustSignNewTx(k.ECDSA(), s.signer, tx)
}

// TestEthereumClient goes through what an ordinary Ethereum tool asks.
func TestEthereumClient(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	e, ctx := net.eth(), t.Context()
	heads := make(chan *types.Header, 4)
	sub, err := e.SubscribeNewHead(ctx, heads)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()

	to := key(9).Address()
	tx := net.sign(key(0), &types.LegacyTx{Nonce: 0, To: &to, Gas: 21000, GasPrice: big.NewInt(BaseFee), Value: big.NewInt(5_000_000_000_500)})
	if err := e.SendTransaction(ctx, tx); err != nil {
		t.Fatal(err)
	}
	if _, pending, err := e.TransactionByHash(ctx, tx.Hash()); err != nil || !pending {
		t.Errorf("waiting transaction: %v, %v", pending, err)
	}
	if n, err := e.PendingNonceAt(ctx, key(0).Address()); err != nil || n != 1 {
		t.Errorf("pending nonce %d, %v", n, err)
	}
	net.step(1)
	header := <-heads
	b, err := e.BlockByNumber(ctx, nil)
	if err != nil || len(b.Transactions()) != 1 || b.Transactions()[0].Hash() != tx.Hash() || b.Hash() != header.Hash() {
		t.Fatalf("block %+v, %v", b, err)
	}
	parent, err := e.HeaderByHash(ctx, b.ParentHash())
	if err != nil || parent.Number.Uint64() != 0 {
		t.Errorf("parent %+v, %v", parent, err)
	}
	got, pending, err := e.TransactionByHash(ctx, tx.Hash())
	if err != nil || pending || got.Hash() != tx.Hash() {
		t.Errorf("mined transaction: %v, %v", pending, err)
	}
	r, err := e.TransactionReceipt(ctx, tx.Hash())
	if err != nil || r.Status != 1 || r.GasUsed != 21000 || r.BlockHash != b.Hash() {
		t.Errorf("receipt %+v, %v", r, err)
	}
	// What is below a rao is cut off.
	balance, err := e.BalanceAt(ctx, to, nil)
	if err != nil || balance.Cmp(big.NewInt(5_000_000_000_000)) != 0 {
		t.Errorf("balance %s, %v", balance, err)
	}
	old, err := e.BalanceAt(ctx, to, big.NewInt(0))
	if err != nil || old.Sign() != 0 {
		t.Errorf("balance before %s, %v", old, err)
	}
	tip, tipErr := e.SuggestGasTipCap(ctx)
	price, err := e.SuggestGasPrice(ctx)
	if err != nil || tipErr != nil || price.Uint64() != BaseFee || tip.Sign() != 0 {
		t.Errorf("price %s, tip %s: %v, %v", price, tip, err, tipErr)
	}
	fees, err := e.FeeHistory(ctx, 2, nil, []float64{50})
	if err != nil || len(fees.BaseFee) != 3 || len(fees.Reward) != 2 || fees.GasUsedRatio[1] == 0 {
		t.Errorf("fee history %+v, %v", fees, err)
	}
	id, idErr := e.NetworkID(ctx)
	code, err := e.CodeAt(ctx, chain.NeuronAddress(), nil)
	if err != nil || idErr != nil || id.Uint64() != 42 || len(code) == 0 {
		t.Errorf("network %s, code %x: %v, %v", id, code, idErr, err)
	}
	if _, err := e.TransactionReceipt(ctx, common.Hash{1}); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("receipt of nothing: %v", err)
	}
	if _, err := e.BlockByNumber(ctx, big.NewInt(99)); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("block of the future: %v", err)
	}
}

// The storage query precompile answers raw keys over eth_call.
func TestStorageQuery(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 0))
	to := storageQueryAddress()
	raw, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{
		To: &to, Data: chain.StorageKey(chain.Pallet, "SubnetworkN", []byte{1, 0}),
	}, nil)
	if err != nil || len(raw) != 2 || raw[0] != 2 {
		t.Errorf("SubnetworkN = %x, %v", raw, err)
	}
}

func TestPoolRefuses(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	e, ctx, to := net.eth(), t.Context(), key(9).Address()
	fee := big.NewInt(BaseFee)
	first := &types.DynamicFeeTx{ChainID: big.NewInt(42), To: &to, Gas: 21000, GasFeeCap: fee, GasTipCap: new(big.Int), Value: big.NewInt(1e15)}
	if err := e.SendTransaction(ctx, net.sign(key(0), first)); err != nil {
		t.Fatal(err)
	}
	for want, data := range map[error]types.TxData{
		errKnown:        first,
		errUnderpriced:  &types.LegacyTx{To: &to, Gas: 21001, GasPrice: fee},
		errFeeLow:       &types.LegacyTx{Nonce: 1, To: &to, Gas: 21000, GasPrice: big.NewInt(BaseFee - 1)},
		errGasLow:       &types.LegacyTx{Nonce: 1, To: &to, Gas: 20999, GasPrice: fee},
		errGasHigh:      &types.LegacyTx{Nonce: 1, To: &to, Gas: BlockGasLimit + 1, GasPrice: fee},
		errFunds:        &types.LegacyTx{Nonce: 1, To: &to, Gas: 21000, GasPrice: fee, Value: raoToWei(testBalance)},
		errNonceHigh:    &types.LegacyTx{Nonce: maxPerSender, To: &to, Gas: 21000, GasPrice: fee},
		errCreate:       &types.LegacyTx{Nonce: 1, Gas: 100_000, GasPrice: fee, Data: []byte{1}},
		errTxSize:       &types.LegacyTx{Nonce: 1, To: &to, Gas: 10_000_000, GasPrice: fee, Data: make([]byte, maxTxSize)},
		errWrongChainID: nil,
	} {
		tx := types.MustSignNewTx(key(0).ECDSA(), types.LatestSignerForChainID(big.NewInt(964)), &types.LegacyTx{Nonce: 1, To: &to, Gas: 21000, GasPrice: fee})
		if data != nil {
			tx = net.sign(key(0), data)
		}
		if err := e.SendTransaction(ctx, tx); err == nil || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%v: got %v", want, err)
		}
	}
	dearer := net.sign(key(0), &types.LegacyTx{To: &to, Gas: 21000, GasPrice: big.NewInt(BaseFee / 10 * 11)})
	if err := e.SendTransaction(ctx, dearer); err != nil {
		t.Errorf("replacement: %v", err)
	}
	net.step(1)
	if _, err := e.TransactionReceipt(ctx, dearer.Hash()); err != nil {
		t.Errorf("receipt of the replacement: %v", err)
	}
	if err := e.SendTransaction(ctx, net.sign(key(0), first)); err == nil || !strings.Contains(err.Error(), errNonceLow.Error()) {
		t.Errorf("a used nonce: %v", err)
	}
}

// Transactions of one sender run in the order of their nonces, whatever the order
// of arrival; a gap holds the later ones back until they are forgotten.
func TestNonceOrder(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	to, fee := key(9).Address(), big.NewInt(BaseFee)
	var hashes [4]common.Hash
	for _, nonce := range []uint64{3, 1, 0} {
		tx := net.sign(key(0), &types.LegacyTx{Nonce: nonce, To: &to, Gas: 21000, GasPrice: fee, Value: big.NewInt(1e15)})
		if err := net.eth().SendTransaction(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
		hashes[nonce] = tx.Hash()
	}
	net.step(1)
	for _, nonce := range []int{0, 1} {
		if _, err := net.eth().TransactionReceipt(t.Context(), hashes[nonce]); err != nil {
			t.Errorf("nonce %d: %v", nonce, err)
		}
	}
	if net.pool.find(hashes[3]) == nil {
		t.Error("the transaction after the gap does not wait")
	}
	net.step(maxWait)
	if net.pool.find(hashes[3]) != nil {
		t.Error("it waits for ever")
	}
}

func TestPoolIsBounded(t *testing.T) {
	p := newPool()
	to := key(9).Address()
	for i := range maxPending + 1 {
		tx := types.NewTx(&types.LegacyTx{Nonce: uint64(i), To: &to, GasPrice: new(big.Int)})
		err := p.add(&pending{tx: tx})
		if want := i == maxPending; errors.Is(err, errPoolFull) != want {
			t.Fatalf("transaction %d: %v", i, err)
		}
	}
}

func TestTransfer(t *testing.T) {
	st := newState(snapshot{})
	a, b := protocol.Hotkey{1}, protocol.Hotkey{2}
	st.putAccount(a, accountRecord{Balance: 2000, Nonce: 7})
	if err := transfer(st, a, b, 499); err != dispatchError("ExistentialDeposit") {
		t.Errorf("an account below the deposit: %v", err)
	}
	if err := transfer(st, a, b, 2001); err != errOutOfFunds {
		t.Errorf("more than there is: %v", err)
	}
	if err := transfer(st, a, a, 2000); err != nil || st.account(a).Balance != 2000 {
		t.Errorf("to itself: %v, %+v", err, st.account(a))
	}
	if err := transfer(st, a, b, 1600); err != nil {
		t.Fatal(err)
	}
	if got := st.account(a); got.Balance != 0 || got.Nonce != 7 || st.account(b).Balance != 1600 {
		t.Errorf("what is left below the deposit stays: %+v, %+v", got, st.account(b))
	}
}
