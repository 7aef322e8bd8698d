package devnet

import (
	"context"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/protocol"
)

// ethAPI serves the Ethereum family's account, fee and call methods. Exported
// method names are the JSON names with the first letter raised.
type ethAPI struct {
	c       *Chain
	subs    *subscriptions
	filters *filters
}

// errNoHeader is a block that is not there, in the words of an Ethereum node.
var errNoHeader = errors.New("header not found")

// ChainId is eth_chainId.
func (e *ethAPI) ChainId() hexutil.Uint64 { return hexutil.Uint64(e.c.genesis.ChainID) }

// BlockNumber is eth_blockNumber.
func (e *ethAPI) BlockNumber() hexutil.Uint64 { return hexutil.Uint64(e.c.tip().block.number()) }

// GasPrice is eth_gasPrice.
func (e *ethAPI) GasPrice() *hexutil.Big { return (*hexutil.Big)(big.NewInt(BaseFee)) }

// MaxPriorityFeePerGas is eth_maxPriorityFeePerGas; the chain ignores tips.
func (e *ethAPI) MaxPriorityFeePerGas() *hexutil.Big { return (*hexutil.Big)(new(big.Int)) }

// Syncing is eth_syncing.
func (e *ethAPI) Syncing() bool { return false }

// Accounts is eth_accounts: the node holds no keys.
func (e *ethAPI) Accounts() []common.Address { return []common.Address{} }

// stateAt finds the state of an Ethereum block number or hash. Pending counts as
// the newest block.
func (e *ethAPI) stateAt(at *rpc.BlockNumberOrHash) (*state, error) {
	if at == nil {
		return newState(e.c.tip().state), nil
	}
	b, err := e.block(*at)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, errNoHeader
	}
	t, err := e.c.at(b.hash)
	if err != nil {
		return nil, err
	}
	return newState(t.state), nil
}

// GetBalance is eth_getBalance, in wei.
func (e *ethAPI) GetBalance(a common.Address, at *rpc.BlockNumberOrHash) (*hexutil.Big, error) {
	st, err := e.stateAt(at)
	if err != nil {
		return nil, err
	}
	return (*hexutil.Big)(raoToWei(st.account(protocol.HotkeyOf(a)).Balance)), st.err
}

// GetTransactionCount is eth_getTransactionCount; for the pending block it goes
// on over the transactions that wait.
func (e *ethAPI) GetTransactionCount(a common.Address, at *rpc.BlockNumberOrHash) (hexutil.Uint64, error) {
	st, err := e.stateAt(at)
	if err != nil {
		return 0, err
	}
	nonce := st.account(protocol.HotkeyOf(a)).Nonce
	if at != nil {
		if n, ok := at.Number(); ok && n == rpc.PendingBlockNumber {
			nonce = e.c.pool.nextNonce(a, nonce)
		}
	}
	return hexutil.Uint64(nonce), st.err
}

// GetCode is eth_getCode: one stop byte at a precompile, nothing elsewhere.
func (e *ethAPI) GetCode(a common.Address, _ *rpc.BlockNumberOrHash) hexutil.Bytes {
	if e.c.isPrecompile(a) {
		return hexutil.Bytes{0}
	}
	return hexutil.Bytes{}
}

// GetStorageAt is eth_getStorageAt; no account has contract storage.
func (e *ethAPI) GetStorageAt(common.Address, string, *rpc.BlockNumberOrHash) hexutil.Bytes {
	return make(hexutil.Bytes, 32)
}

// callArgs is the transaction object of eth_call and eth_estimateGas. Fees do not
// matter to them.
type callArgs struct {
	From                 common.Address  `json:"from"`
	To                   *common.Address `json:"to"`
	Gas                  *hexutil.Uint64 `json:"gas"`
	GasPrice             *hexutil.Big    `json:"gasPrice"`
	MaxFeePerGas         *hexutil.Big    `json:"maxFeePerGas"`
	MaxPriorityFeePerGas *hexutil.Big    `json:"maxPriorityFeePerGas"`
	Value                *hexutil.Big    `json:"value"`
	Data                 *hexutil.Bytes  `json:"data"`
	Input                *hexutil.Bytes  `json:"input"`
}

func (a callArgs) message() (message, error) {
	if a.To == nil {
		return message{}, &rpcError{code: codeInvalid, err: errCreate}
	}
	m := message{from: a.From, to: *a.To, gas: BlockGasLimit, value: weiToRao((*big.Int)(a.Value))}
	if a.Gas != nil {
		m.gas = min(m.gas, uint64(*a.Gas))
	}
	if a.Data != nil {
		m.data = *a.Data
	}
	if a.Input != nil {
		m.data = *a.Input
	}
	return m, nil
}

func (e *ethAPI) try(args callArgs, at *rpc.BlockNumberOrHash) (outcome, error) {
	m, err := args.message()
	if err != nil {
		return outcome{}, err
	}
	st, err := e.stateAt(at)
	if err != nil {
		return outcome{}, err
	}
	out := e.c.run(st, m)
	if st.err != nil {
		return outcome{}, st.err
	}
	return out, callError(out.err)
}

// Call is eth_call.
func (e *ethAPI) Call(args callArgs, at *rpc.BlockNumberOrHash) (hexutil.Bytes, error) {
	out, err := e.try(args, at)
	return out.output, err
}

// EstimateGas is eth_estimateGas: the least limit with which the call works.
func (e *ethAPI) EstimateGas(args callArgs, at *rpc.BlockNumberOrHash) (hexutil.Uint64, error) {
	out, err := e.try(args, at)
	return hexutil.Uint64(out.needed), err
}

// callError is a failed call in the node's form: a revert carries its encoded
// reason as data, everything else empty data.
func callError(err error) error {
	if err == nil {
		return nil
	}
	var reason revertError
	if errors.As(err, &reason) {
		return &rpcError{code: codeInternal, data: hexutil.Encode(revertData(string(reason))), err: err}
	}
	return &rpcError{code: codeInternal, data: "0x", err: err}
}

// revertData is the ABI form of Error(string).
func revertData(reason string) []byte {
	word := func(v int) []byte { return common.LeftPadBytes(big.NewInt(int64(v)).Bytes(), 32) }
	out := append(crypto.Keccak256([]byte("Error(string)"))[:4], word(32)...)
	out = append(out, word(len(reason))...)
	return append(out, common.RightPadBytes([]byte(reason), (len(reason)+31)/32*32)...)
}

// SendRawTransaction is eth_sendRawTransaction.
func (e *ethAPI) SendRawTransaction(raw hexutil.Bytes) (common.Hash, error) {
	if len(raw) > maxTxSize {
		return common.Hash{}, &rpcError{code: codeInvalid, err: errTxSize}
	}
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return common.Hash{}, &rpcError{code: codeInvalid, err: err}
	}
	p, err := e.c.check(newState(e.c.tip().state), tx)
	if err == nil {
		err = e.c.pool.add(p)
	}
	if err != nil {
		return common.Hash{}, &rpcError{code: codeInvalid, err: err}
	}
	e.c.offered.send(tx.Hash())
	return tx.Hash(), nil
}

// feeHistory is the reply of eth_feeHistory.
type feeHistory struct {
	OldestBlock   hexutil.Uint64   `json:"oldestBlock"`
	BaseFeePerGas []*hexutil.Big   `json:"baseFeePerGas"`
	GasUsedRatio  []float64        `json:"gasUsedRatio"`
	Reward        [][]*hexutil.Big `json:"reward,omitempty"`
}

// maxFeeHistory bounds eth_feeHistory.
const maxFeeHistory = 1024

// FeeHistory is eth_feeHistory: the base fee never changes and nobody is tipped.
func (e *ethAPI) FeeHistory(_ context.Context, count hexutil.Uint64, last rpc.BlockNumber, percentiles []float64) (*feeHistory, error) {
	b, err := e.block(rpc.BlockNumberOrHashWithNumber(last))
	if err != nil || b == nil {
		return nil, errors.Join(err, errNoHeader)
	}
	n := min(uint64(count), b.number()+1, maxFeeHistory)
	if len(percentiles) > 100 {
		return nil, errors.New("too many reward percentiles")
	}
	out := &feeHistory{OldestBlock: hexutil.Uint64(b.number() + 1 - n), BaseFeePerGas: []*hexutil.Big{e.GasPrice()}}
	for i := range n {
		past, err := e.c.store.blockByNumber(b.number() + 1 - n + i)
		if err != nil {
			return nil, err
		}
		if past == nil {
			return nil, errNoHeader
		}
		out.BaseFeePerGas = append(out.BaseFeePerGas, e.GasPrice())
		out.GasUsedRatio = append(out.GasUsedRatio, float64(past.header.GasUsed)/BlockGasLimit)
		if len(percentiles) > 0 {
			row := make([]*hexutil.Big, len(percentiles))
			for j := range row {
				row[j] = (*hexutil.Big)(new(big.Int))
			}
			out.Reward = append(out.Reward, row)
		}
	}
	return out, nil
}
