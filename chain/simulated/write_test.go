package simulated_test

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/yuma"
)

// Stand-ins for the precompile.
var (
	accepts = []byte{0x00} // STOP
	// spins until the gas is gone: JUMPDEST PUSH1 0 JUMP
	spins = []byte{0x5b, 0x60, 0x00, 0x56}
	// burns all gas in a block and accepts in a call without a gas price, which sees
	// no base fee: BASEFEE ISZERO PUSH1 6 JUMPI INVALID JUMPDEST STOP
	burnsInBlock = []byte{0x48, 0x15, 0x60, 0x06, 0x57, 0xfe, 0x5b, 0x00}
)

// reverts is code that reverts with a reason, as the n-th byte of a program.
func reverts(at byte, reason string) []byte {
	data := append(common.FromHex("0x08c379a0"), common.LeftPadBytes([]byte{32}, 32)...)
	data = append(data, common.LeftPadBytes([]byte{byte(len(reason))}, 32)...)
	data = append(data, common.RightPadBytes([]byte(reason), 32)...)
	n := byte(len(data))
	// PUSH1 n PUSH1 offset PUSH1 0 CODECOPY PUSH1 n PUSH1 0 REVERT
	return append([]byte{0x60, n, 0x60, at + 12, 0x60, 0, 0x39, 0x60, n, 0x60, 0, 0xfd}, data...)
}

// once accepts the first call of all and reverts ever after:
// PUSH1 0 SLOAD PUSH1 12 JUMPI PUSH1 1 PUSH1 0 SSTORE STOP JUMPDEST …
func once(reason string) []byte {
	return append([]byte{0x60, 0, 0x54, 0x60, 12, 0x57, 0x60, 1, 0x60, 0, 0x55, 0x00, 0x5b}, reverts(13, reason)...)
}

var vote = chain.Weights{UIDs: []uint16{0, 3}, Values: []uint16{1, 2}, VersionKey: 5}

// voted lets the other half of the chain hold the vote from the next block on.
func (w *world) voted(v chain.Weights) {
	id := scale.AppendU16(nil, netuid)
	h := key("hot").Hotkey()
	row := scale.AppendCompact(nil, uint64(len(v.UIDs)))
	for i, x := range yuma.MaxUpscale(v.Values) {
		row = scale.AppendU16(scale.AppendU16(row, v.UIDs[i]), x)
	}
	w.store(scale.AppendU16(nil, 0), "Uids", id, chain.KeyBlake2(h[:]))
	w.store(row, "Weights", id, scale.AppendU16(nil, 0))
	w.store(scale.AppendVector(nil, []uint64{1 << 40}, scale.AppendU64), "LastUpdate", id)
}

// sent checks that a final transaction makes the call, at a fair price.
func (w *world) sent(l chain.Landing, nonce uint64, method string, args ...any) {
	w.t.Helper()
	e := w.backend.Client()
	tx, pending, err := e.TransactionByHash(w.t.Context(), common.Hash(l.TxHash))
	if err != nil || pending {
		w.t.Fatalf("%s: pending %v, %v", method, pending, err)
	}
	receipt, err := e.TransactionReceipt(w.t.Context(), tx.Hash())
	if err != nil || receipt.BlockNumber.Uint64() != l.Block || receipt.Status != types.ReceiptStatusSuccessful {
		w.t.Errorf("%s: receipt %+v of block %d, %v", method, receipt, l.Block, err)
	}
	abi, err := chain.NeuronABI()
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := abi.Pack(method, args...)
	if err != nil || !bytes.Equal(tx.Data(), data) || *tx.To() != chain.NeuronAddress() || tx.Nonce() != nonce || tx.Value().Sign() != 0 ||
		tx.Type() != types.DynamicFeeTxType || tx.ChainId().Uint64() != chainID {
		w.t.Errorf("%s: transaction %+v, %v", method, tx, err)
	}
	base := w.head().BaseFee
	if tx.GasFeeCap().Cmp(base) < 0 || tx.GasTipCap().Cmp(big.NewInt(1)) > 0 || tx.Gas() < receipt.GasUsed || tx.Gas() > 2*receipt.GasUsed {
		w.t.Errorf("%s: fee cap %s, tip %s, base %s, gas %d of which %d was used", method, tx.GasFeeCap(), tx.GasTipCap(), base, tx.Gas(), receipt.GasUsed)
	}
}

// Every call lands, each with the next nonce.
func TestWrites(t *testing.T) {
	w := newWorld(t, accepts)
	w.set(true, 0)
	c := w.dial(20 * time.Second)
	if id, err := c.ChainID(t.Context()); id != chainID || err != nil {
		t.Fatalf("chain id %d, %v", id, err)
	}
	id, h := scale.AppendU16(nil, netuid), key("hot").Hotkey()

	w.store(scale.AppendU16(nil, 0), "Uids", id, chain.KeyBlake2(h[:]))
	if err := c.RegisterLimit(t.Context(), 77); err != nil {
		t.Fatal(err)
	}
	axon := chain.Axon{Version: 1, IP: netip.MustParseAddr("10.0.0.1"), Port: 80, Protocol: 4}
	info, err := axon.Info()
	if err != nil {
		t.Fatal(err)
	}
	w.store(chain.EncodeAxonInfo(info), "Axons", id, chain.KeyBlake2(h[:]))
	for range 2 { // the second time there is nothing to do
		if err := c.ServeAxon(t.Context(), axon); err != nil {
			t.Fatal(err)
		}
	}
	w.voted(vote)
	landing, err := c.SetWeights(t.Context(), vote)
	if err != nil {
		t.Fatal(err)
	}
	w.sent(landing, 2, chain.MethodSetWeights, uint16(netuid), vote.UIDs, vote.Values, vote.VersionKey)

	salt := []uint16{9, 8}
	hash := chain.CommitHash(h, netuid, vote, salt)
	held := append(scale.AppendCompact(nil, 1), hash[:]...)
	held = scale.AppendU64(scale.AppendU64(scale.AppendU64(held, 1), 2), 0)
	keys := [][]byte{chain.KeyTwox64(id), chain.KeyTwox64(h[:])}
	w.store(held, "WeightCommits", keys...)
	if landing, err = c.CommitWeights(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	w.sent(landing, 3, chain.MethodCommitWeights, uint16(netuid), [32]byte(hash))

	w.store([]byte{0}, "WeightCommits", keys...)
	if landing, err = c.RevealWeights(t.Context(), vote, salt); err != nil {
		t.Fatal(err)
	}
	w.sent(landing, 4, chain.MethodRevealWeights, uint16(netuid), vote.UIDs, vote.Values, salt, vote.VersionKey)
	if n := len(w.offers()); n != 5 {
		t.Errorf("%d transactions for five calls", n)
	}
}

// A call that the chain would refuse is not sent.
func TestRefusedBefore(t *testing.T) {
	for name, tc := range map[string]struct {
		code []byte
		want string // the name of an *Error, or the text of another
		name bool
	}{
		"reason":      {reverts(0, "Unknown selector"), chain.ErrNameUnknownSelector, true},
		"rate limit":  {reverts(0, chain.ErrNameTooFast), chain.ErrNameTooFast, true},
		"out of gas":  {spins, "out of gas", false},
		"all burnt":   {[]byte{0xfe}, "invalid opcode", false},
		"bare revert": {[]byte{0x60, 0, 0x60, 0, 0xfd}, "revert", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tc.code)
			_, err := w.dial(10*time.Second).SetWeights(t.Context(), vote)
			var refused *chain.Error
			switch {
			case tc.name && (!errors.As(err, &refused) || refused.Name != tc.want):
				t.Errorf("got %v", err)
			case !tc.name && (err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v", err)
			}
			if chain.IsTooSoon(err) != (tc.want == chain.ErrNameTooFast) || errors.Is(err, chain.ErrUnconfirmed) || len(w.offers()) != 0 {
				t.Errorf("too soon %v, %d sent, %v", chain.IsTooSoon(err), len(w.offers()), err)
			}
		})
	}
}

// What fails only in its block is an error too: with the reason if the call still
// has one, without if it does not.
func TestRefusedInBlock(t *testing.T) {
	w := newWorld(t, once("MaxWeightExceeded"))
	c := w.dial(10 * time.Second)
	done := background(c)
	w.offered(1)
	w.foreign(key("other"), 0) // a greater tip, so it comes first
	w.backend.Commit()
	var refused *chain.Error
	if err := <-done; !errors.As(err, &refused) || refused.Name != "MaxWeightExceeded" {
		t.Errorf("got %v", err)
	}

	w = newWorld(t, burnsInBlock)
	w.set(true, 0)
	_, err := w.dial(10*time.Second).SetWeights(t.Context(), vote)
	if !errors.As(err, &refused) || refused.Name != chain.ErrNameUnstated {
		t.Errorf("all gas burnt: %v", err)
	}
	receipt, err := w.backend.Client().TransactionReceipt(t.Context(), w.offers()[0])
	if err != nil || receipt.Status != types.ReceiptStatusFailed {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
}

// A transaction that succeeds and changes nothing is no vote.
func TestNotStored(t *testing.T) {
	w := newWorld(t, accepts)
	w.set(true, 0)
	w.voted(chain.Weights{UIDs: []uint16{1}, Values: []uint16{1}})
	_, err := w.dial(10*time.Second).SetWeights(t.Context(), vote)
	var refused *chain.Error
	if !errors.Is(err, chain.ErrNotStored) || !errors.As(err, &refused) || refused.Name != chain.ErrNameUnstated {
		t.Errorf("got %v", err)
	}
}

// The effect is read where it can be: not at a block before, which the endpoint
// that took over may still be at.
func TestReadBackBehind(t *testing.T) {
	w := newWorld(t, accepts)
	w.set(true, 0)
	w.behind = 4
	w.voted(vote)
	if _, err := w.dial(10*time.Second).SetWeights(t.Context(), vote); err != nil || w.lagged != w.behind {
		t.Errorf("%d old answers, %v", w.lagged, err)
	}
}

// background casts the vote while the test goes on.
func background(c *chain.Client) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.SetWeights(context.Background(), vote)
		done <- err
	}()
	return done
}
