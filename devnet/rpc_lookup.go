package devnet

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// GetBlockTransactionCountByNumber is eth_getBlockTransactionCountByNumber.
func (e *ethAPI) GetBlockTransactionCountByNumber(n rpc.BlockNumber) (*hexutil.Uint, error) {
	return e.count(rpc.BlockNumberOrHashWithNumber(n))
}

// GetBlockTransactionCountByHash is eth_getBlockTransactionCountByHash.
func (e *ethAPI) GetBlockTransactionCountByHash(h common.Hash) (*hexutil.Uint, error) {
	return e.count(rpc.BlockNumberOrHashWithHash(h, false))
}

func (e *ethAPI) count(at rpc.BlockNumberOrHash) (*hexutil.Uint, error) {
	b, txs, err := e.content(at)
	if err != nil || b == nil {
		return nil, err
	}
	n := hexutil.Uint(len(txs))
	return &n, nil
}

// content is a block with its transactions; nil when there is none.
func (e *ethAPI) content(at rpc.BlockNumberOrHash) (*block, []included, error) {
	b, err := e.block(at)
	if err != nil || b == nil {
		return nil, nil, err
	}
	txs, err := e.transactions(b.number())
	return b, txs, err
}

// transactions are those of a block that Ethereum's tools can understand; an
// index of the Ethereum family counts only them.
func (e *ethAPI) transactions(number uint64) ([]included, error) {
	txs, err := e.c.store.txs(number, e.c.signer)
	return ethereumOnly(txs), err
}

// GetTransactionByBlockNumberAndIndex is eth_getTransactionByBlockNumberAndIndex.
func (e *ethAPI) GetTransactionByBlockNumberAndIndex(n rpc.BlockNumber, i hexutil.Uint) (map[string]any, error) {
	return e.nth(rpc.BlockNumberOrHashWithNumber(n), i)
}

// GetTransactionByBlockHashAndIndex is eth_getTransactionByBlockHashAndIndex.
func (e *ethAPI) GetTransactionByBlockHashAndIndex(h common.Hash, i hexutil.Uint) (map[string]any, error) {
	return e.nth(rpc.BlockNumberOrHashWithHash(h, false), i)
}

func (e *ethAPI) nth(at rpc.BlockNumberOrHash, i hexutil.Uint) (map[string]any, error) {
	b, txs, err := e.content(at)
	if err != nil || b == nil || uint64(i) >= uint64(len(txs)) {
		return nil, err
	}
	return txJSON(txs[i].tx, txs[i].from, b, int(i)), nil
}

// GetBlockReceipts is eth_getBlockReceipts; null for a block that is not there.
func (e *ethAPI) GetBlockReceipts(at rpc.BlockNumberOrHash) ([]map[string]any, error) {
	b, txs, err := e.content(at)
	if err != nil || b == nil {
		return nil, err
	}
	out := make([]map[string]any, len(txs))
	for i := range txs {
		out[i] = receiptJSON(b, txs, i)
	}
	return out, nil
}

// receiptJSON is what became of the i-th transaction of a block. There are no
// logs: the precompiles emit none.
func receiptJSON(b *block, txs []included, i int) map[string]any {
	t, cumulative := txs[i], uint64(0)
	for _, before := range txs[:i+1] {
		cumulative += before.gas
	}
	status := types.ReceiptStatusFailed
	if t.ok {
		status = types.ReceiptStatusSuccessful
	}
	return map[string]any{
		"transactionHash": t.tx.Hash(), "transactionIndex": hexutil.Uint64(i), "blockHash": b.header.Hash(),
		"blockNumber": (*hexutil.Big)(b.header.Number), "from": t.from, "to": t.tx.To(), "contractAddress": nil,
		"cumulativeGasUsed": hexutil.Uint64(cumulative), "gasUsed": hexutil.Uint64(t.gas),
		"effectiveGasPrice": (*hexutil.Big)(big.NewInt(BaseFee)), "logs": []*types.Log{}, "logsBloom": types.Bloom{},
		"status": hexutil.Uint64(status), "type": hexutil.Uint64(t.tx.Type()),
	}
}

// GetUncleCountByBlockNumber is eth_getUncleCountByBlockNumber: there are none.
func (e *ethAPI) GetUncleCountByBlockNumber(rpc.BlockNumber) hexutil.Uint { return 0 }

// GetUncleCountByBlockHash is eth_getUncleCountByBlockHash.
func (e *ethAPI) GetUncleCountByBlockHash(common.Hash) hexutil.Uint { return 0 }

// GetUncleByBlockNumberAndIndex is eth_getUncleByBlockNumberAndIndex.
func (e *ethAPI) GetUncleByBlockNumberAndIndex(rpc.BlockNumber, hexutil.Uint) map[string]any {
	return nil
}

// GetUncleByBlockHashAndIndex is eth_getUncleByBlockHashAndIndex.
func (e *ethAPI) GetUncleByBlockHashAndIndex(common.Hash, hexutil.Uint) map[string]any { return nil }

// Mining is eth_mining.
func (e *ethAPI) Mining() bool { return false }

// Hashrate is eth_hashrate.
func (e *ethAPI) Hashrate() hexutil.Uint64 { return 0 }

// Coinbase is eth_coinbase, the miner in every header.
func (e *ethAPI) Coinbase() common.Address { return common.Address{} }
