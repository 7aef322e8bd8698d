// Package simulated_test runs the client's Ethereum half against go-ethereum's own
// simulated chain, which this project did not write: what the client does with
// nonces, fees, gas and receipts holds on any Ethereum node. The code at the
// address of the neuron precompile is a stand-in of a few bytes.
//
// It is a package of its own because go-ethereum's node takes minutes to compile.
package simulated_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

const (
	chainID = 964
	netuid  = 7
)

var metagraphAddress = common.Address{18: 0x08, 19: 0x02}

func key(name string) *protocol.Key { return protocol.DeriveKey([]byte("simulated " + name)) }

// world is the simulated chain and what stands in for its other half.
type world struct {
	t       testing.TB
	backend *simulated.Backend
	rpc     *rpc.Client

	mu     sync.Mutex
	auto   bool // a block for each transaction
	lose   int  // so many transactions are taken and forgotten
	behind int  // once a receipt was given, so many answers have an older final block
	lagged int  // how many had
	given  bool
	taken  []common.Hash
	stored []entry
}

// entry is a storage item from a block on.
type entry struct {
	key, value []byte
	from       uint64
}

// newWorld is a chain with code at the address of the neuron precompile. Its rules
// are those of Cancun: the chain that it stands for has not gone further.
func newWorld(t testing.TB, code []byte) *world {
	t.Helper()
	rules := *params.AllDevChainProtocolChanges
	rules.ChainID = big.NewInt(chainID)
	rules.PragueTime, rules.OsakaTime, rules.BogotaTime = nil, nil, nil
	rules.BlobScheduleConfig = &params.BlobScheduleConfig{Cancun: params.DefaultCancunBlobConfig}
	ipc := filepath.Join(t.TempDir(), "ipc")
	alloc := types.GenesisAlloc{
		chain.NeuronAddress():  {Code: code, Balance: new(big.Int)},
		metagraphAddress:       {Code: []byte{0}, Balance: new(big.Int)},
		key("hot").Address():   {Balance: big.NewInt(params.Ether)},
		key("other").Address(): {Balance: big.NewInt(params.Ether)},
	}
	b := simulated.NewBackend(alloc, simulated.WithMinerMinTip(big.NewInt(1)), func(n *node.Config, e *ethconfig.Config) {
		n.IPCPath = ipc
		e.Genesis.Config = &rules
	})
	c, err := rpc.DialIPC(t.Context(), ipc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, backend: b, rpc: c}
	b.Commit()
	return w
}

func (w *world) dial(land time.Duration, endpoints ...string) *chain.Client {
	w.t.Helper()
	if len(endpoints) == 0 {
		endpoints = []string{w.serve().URL}
	}
	c, err := chain.Dial(w.t.Context(), chain.Config{
		Endpoints: endpoints, Netuid: netuid, Poll: 5 * time.Millisecond, LandTimeout: land, CallTimeout: 5 * time.Second,
	}, key("hot"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) head() *types.Header {
	w.t.Helper()
	h, err := w.backend.Client().HeaderByNumber(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// store lets the other half of the chain hold a value from the next block on.
func (w *world) store(value []byte, item string, keys ...[]byte) {
	from := w.head().Number.Uint64() + 1
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored = append(w.stored, entry{chain.StorageKey(chain.Pallet, item, keys...), value, from})
}

// lost is set to what the next transactions meet.
func (w *world) set(auto bool, lose int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.auto, w.lose = auto, lose
}

// offers is how many transactions were offered, with what became of each.
func (w *world) offers() []common.Hash {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.taken)
}

// offered returns once so many transactions were offered.
func (w *world) offered(n int) []common.Hash {
	w.t.Helper()
	tick, deadline := time.NewTicker(2*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for {
		if got := w.offers(); len(got) >= n {
			return got
		}
		select {
		case <-tick.C:
		case <-deadline:
			w.t.Fatalf("%d transactions were offered, want %d", len(w.offers()), n)
		}
	}
}

// foreign sends a transaction of a key past the client.
func (w *world) foreign(k *protocol.Key, nonce uint64) {
	w.t.Helper()
	to := chain.NeuronAddress()
	tx, err := types.SignNewTx(k.ECDSA(), types.LatestSignerForChainID(big.NewInt(chainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(chainID), Nonce: nonce, To: &to, Gas: 200_000, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e11),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.backend.Client().SendTransaction(w.t.Context(), tx); err != nil {
		w.t.Fatal(err)
	}
}

// answer is the node: the Ethereum half by the simulated chain, the rest by stand-ins.
func (w *world) answer(method string, args []json.RawMessage) (any, error) {
	switch method {
	case "chain_getFinalizedHead":
		return w.block(w.final(), func(b *block) any { return b.Hash })
	case "eth_getTransactionReceipt":
		receipt, err := w.forward(method, args)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.given = w.given || err == nil && string(receipt) != "null"
		return receipt, err
	case "chain_getBlockHash":
		var number json.RawMessage
		if len(args) > 0 {
			number = args[0]
		}
		return w.block(number, func(b *block) any { return b.Hash })
	case "chain_getHeader":
		return w.blockByHash(args, func(b *block) any { return map[string]any{"number": b.Number} })
	case "state_getStorage":
		if len(args) != 2 {
			return nil, errors.New("state_getStorage without a block")
		}
		var key hexutil.Bytes
		if err := json.Unmarshal(args[0], &key); err != nil {
			return nil, err
		}
		return w.blockByHash(args[1:], func(b *block) any { return w.value(key, b) })
	case "eth_sendRawTransaction":
		return w.take(args)
	}
	return w.forward(method, args)
}

// final is the final block, the newest or the one before.
func (w *world) final() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.given || w.lagged == w.behind {
		return "latest"
	}
	w.lagged++
	return hexutil.EncodeUint64(1)
}

func (w *world) forward(method string, args []json.RawMessage) (json.RawMessage, error) {
	params := make([]any, len(args))
	for i, a := range args {
		params[i] = a
	}
	var out json.RawMessage
	err := w.rpc.CallContext(w.t.Context(), &out, method, params...)
	return out, err
}

// take passes a transaction on, or loses it.
func (w *world) take(args []json.RawMessage) (any, error) {
	var raw hexutil.Bytes
	tx := new(types.Transaction)
	if err := errors.Join(json.Unmarshal(args[0], &raw), tx.UnmarshalBinary(raw)); err != nil {
		return nil, err
	}
	w.mu.Lock()
	auto, lose := w.auto, w.lose > 0
	if lose {
		w.lose--
	}
	w.mu.Unlock()
	var out any = tx.Hash()
	var err error
	if !lose {
		out, err = w.forward("eth_sendRawTransaction", args)
	}
	if err == nil && auto {
		w.backend.Commit()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = append(w.taken, tx.Hash())
	return out, err
}

// block is what is needed of one.
type block struct {
	Hash      common.Hash    `json:"hash"`
	Number    hexutil.Uint64 `json:"number"`
	Timestamp hexutil.Uint64 `json:"timestamp"`
}

func (w *world) block(number any, part func(*block) any) (any, error) {
	return w.part(part, "eth_getBlockByNumber", number, false)
}

func (w *world) blockByHash(args []json.RawMessage, part func(*block) any) (any, error) {
	if len(args) == 0 {
		return w.block("latest", part)
	}
	return w.part(part, "eth_getBlockByHash", args[0], false)
}

func (w *world) part(part func(*block) any, method string, args ...any) (any, error) {
	var b *block
	if err := w.rpc.CallContext(w.t.Context(), &b, method, args...); err != nil || b == nil {
		return nil, err
	}
	return part(b), nil
}

// value is the storage at a block, nil if there is none.
func (w *world) value(key []byte, b *block) any {
	if slices.Equal(key, chain.StorageKey("Timestamp", "Now")) {
		return hexutil.Bytes(scale.AppendU64(nil, uint64(b.Timestamp)*1000))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range slices.Backward(w.stored) {
		if slices.Equal(key, e.key) && e.from <= uint64(b.Number) {
			return hexutil.Bytes(e.value)
		}
	}
	return nil
}
