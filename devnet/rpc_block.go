package devnet

import (
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// block finds a block by Ethereum number, tag or hash; nil when there is none. The
// newest block is also the safe, the final and the pending one.
func (e *ethAPI) block(at rpc.BlockNumberOrHash) (*block, error) {
	if h, ok := at.Hash(); ok {
		return e.c.store.blockByEthHash(h)
	}
	n, _ := at.Number()
	newest := e.c.tip().block
	switch {
	case n == rpc.EarliestBlockNumber:
		n = 0
	case n < 0 || uint64(n) == newest.number():
		return newest, nil
	}
	return e.c.store.blockByNumber(uint64(n))
}

// GetBlockByNumber is eth_getBlockByNumber.
func (e *ethAPI) GetBlockByNumber(n rpc.BlockNumber, full bool) (map[string]any, error) {
	b, err := e.block(rpc.BlockNumberOrHashWithNumber(n))
	return e.blockJSON(b, full, err)
}

// GetBlockByHash is eth_getBlockByHash.
func (e *ethAPI) GetBlockByHash(h common.Hash, full bool) (map[string]any, error) {
	b, err := e.block(rpc.BlockNumberOrHashWithHash(h, false))
	return e.blockJSON(b, full, err)
}

func (e *ethAPI) blockJSON(b *block, full bool, err error) (map[string]any, error) {
	if err != nil || b == nil {
		return nil, err
	}
	txs, err := e.transactions(b.number())
	if err != nil {
		return nil, err
	}
	out := headerJSON(b)
	list := make([]any, 0, len(txs))
	for i, t := range txs {
		if full {
			list = append(list, txJSON(t.tx, t.from, b, i))
		} else {
			list = append(list, t.tx.Hash())
		}
	}
	out["transactions"], out["uncles"], out["size"] = list, []common.Hash{}, hexutil.Uint64(b.header.Size())
	return out, nil
}

func headerJSON(b *block) map[string]any {
	h := b.header
	return map[string]any{
		"number": (*hexutil.Big)(h.Number), "hash": h.Hash(), "parentHash": h.ParentHash, "nonce": h.Nonce,
		"mixHash": h.MixDigest, "sha3Uncles": h.UncleHash, "logsBloom": h.Bloom, "stateRoot": h.Root,
		"miner": h.Coinbase, "difficulty": (*hexutil.Big)(h.Difficulty), "totalDifficulty": (*hexutil.Big)(new(big.Int)),
		"extraData": hexutil.Bytes(h.Extra), "gasLimit": hexutil.Uint64(h.GasLimit), "gasUsed": hexutil.Uint64(h.GasUsed),
		"timestamp": hexutil.Uint64(h.Time), "transactionsRoot": h.TxHash, "receiptsRoot": h.ReceiptHash,
		"baseFeePerGas": (*hexutil.Big)(h.BaseFee),
	}
}

// txJSON is a transaction as it was signed, with its place in a block (nil while
// it waits).
func txJSON(tx *types.Transaction, from common.Address, b *block, position int) map[string]any {
	v, r, s := tx.RawSignatureValues()
	out := map[string]any{
		"type": hexutil.Uint64(tx.Type()), "hash": tx.Hash(), "from": from, "to": tx.To(),
		"nonce": hexutil.Uint64(tx.Nonce()), "gas": hexutil.Uint64(tx.Gas()), "value": (*hexutil.Big)(tx.Value()),
		"input": hexutil.Bytes(tx.Data()), "gasPrice": (*hexutil.Big)(tx.GasPrice()),
		"v": (*hexutil.Big)(v), "r": (*hexutil.Big)(r), "s": (*hexutil.Big)(s),
		"blockHash": nil, "blockNumber": nil, "transactionIndex": nil,
	}
	if tx.Type() != types.LegacyTxType {
		out["chainId"], out["accessList"], out["yParity"] = (*hexutil.Big)(tx.ChainId()), tx.AccessList(), hexutil.Uint64(v.Uint64())
	}
	if tx.Type() == types.DynamicFeeTxType {
		out["maxFeePerGas"], out["maxPriorityFeePerGas"] = (*hexutil.Big)(tx.GasFeeCap()), (*hexutil.Big)(tx.GasTipCap())
	}
	if b != nil {
		out["blockHash"], out["blockNumber"] = b.header.Hash(), (*hexutil.Big)(b.header.Number)
		out["transactionIndex"] = hexutil.Uint64(position)
		out["gasPrice"] = (*hexutil.Big)(big.NewInt(BaseFee))
	}
	return out
}

// GetTransactionByHash is eth_getTransactionByHash.
func (e *ethAPI) GetTransactionByHash(h common.Hash) (map[string]any, error) {
	if p := e.c.pool.find(h); p != nil && p.native == nil {
		return txJSON(p.tx, p.from, nil, 0), nil
	}
	b, txs, i, err := e.locate(h)
	if err != nil || b == nil {
		return nil, err
	}
	return txJSON(txs[i].tx, txs[i].from, b, i), nil
}

// GetTransactionReceipt is eth_getTransactionReceipt.
func (e *ethAPI) GetTransactionReceipt(h common.Hash) (map[string]any, error) {
	b, txs, i, err := e.locate(h)
	if err != nil || b == nil {
		return nil, err
	}
	return receiptJSON(b, txs, i), nil
}

// locate finds the block that holds an Ethereum transaction; nil when none does.
func (e *ethAPI) locate(h common.Hash) (*block, []included, int, error) {
	number, _, ok, err := e.c.store.findTx(h)
	if err != nil || !ok {
		return nil, nil, 0, err
	}
	b, err := e.c.store.blockByNumber(number)
	if err != nil || b == nil {
		return nil, nil, 0, err
	}
	txs, err := e.transactions(number)
	i := slices.IndexFunc(txs, func(t included) bool { return t.tx.Hash() == h })
	if err != nil || i < 0 {
		return nil, nil, 0, err
	}
	return b, txs, i, nil
}
