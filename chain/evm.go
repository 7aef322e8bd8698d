package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// indexLag is for how many final blocks a node may not find a transaction that is
// in one.
const indexLag = 3

// evmWriter writes as a secp256k1 key: each call is a transaction to the neuron
// precompile. It takes the account's next nonce as of the newest block, so a
// transaction left over from before can never land beside a new one: only one of
// the two can use the nonce.
type evmWriter struct {
	*Client
	key *protocol.Key
}

func (w *evmWriter) hotkey() protocol.Hotkey { return w.key.Hotkey() }

// write sends the transaction of a call and waits until it is final.
func (w *evmWriter) write(ctx context.Context, call extrinsic.Call) (Landing, error) {
	method, data, err := w.pack(call)
	if err != nil {
		return Landing{}, err
	}
	to := NeuronAddress()
	msg := ethereum.CallMsg{From: w.key.Address(), To: &to, Data: data}
	if err := w.try(ctx, method, msg, nil); err != nil {
		return Landing{}, err
	}
	tx, err := w.sign(ctx, method, msg)
	if err != nil {
		return Landing{}, err
	}
	return w.land(ctx, method, tx, msg)
}

// try makes the call without a transaction. A pallet's error leaves no reason in a
// block, and eats all the gas, so it is asked for beforehand.
func (w *evmWriter) try(ctx context.Context, method string, msg ethereum.CallMsg, block *big.Int) error {
	err := w.eth(ctx, 1, func(ctx context.Context, e *ethclient.Client) error {
		_, err := e.CallContract(ctx, msg, block)
		return err
	})
	if err != nil {
		return refusal(method, err)
	}
	return nil
}

// sign makes the transaction, with the gas that the node estimates and a tenth
// more. The chain ignores tips; one wei is what other Ethereum nodes want to see at
// least. The fee cap leaves the base fee a quarter to rise.
func (w *evmWriter) sign(ctx context.Context, method string, msg ethereum.CallMsg) (*types.Transaction, error) {
	var nonce, gas uint64
	var price *big.Int
	err := w.eth(ctx, 3, func(ctx context.Context, e *ethclient.Client) (err error) {
		if nonce, err = e.NonceAt(ctx, msg.From, nil); err != nil {
			return err
		}
		if price, err = e.SuggestGasPrice(ctx); err != nil {
			return err
		}
		gas, err = e.EstimateGas(ctx, msg)
		return err
	})
	if err != nil {
		return nil, refusal(method, err)
	}
	tx, err := types.SignNewTx(w.key.ECDSA(), types.LatestSignerForChainID(w.chainID), &types.DynamicFeeTx{
		ChainID: w.chainID, Nonce: nonce, To: msg.To, Data: msg.Data,
		Gas: gas + gas/10, GasTipCap: big.NewInt(1),
		GasFeeCap: new(big.Int).Add(price, new(big.Int).Rsh(price, 2)),
	})
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", method, err)
	}
	return tx, nil
}

// land offers the transaction and waits until a finalised block holds it.
func (w *evmWriter) land(ctx context.Context, method string, tx *types.Transaction, msg ethereum.CallMsg) (Landing, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.LandTimeout)
	defer cancel()
	if err := w.offer(ctx, method, tx); err != nil {
		return Landing{}, err
	}
	// From here on the node may hold the transaction: whatever fails is waited out
	// until the deadline, and then its fate is unknown.
	wait := &receiptWait{evmWriter: w, method: method, tx: tx}
	return w.await(ctx, fmt.Sprintf("%s: transaction %s", method, tx.Hash()), func(ctx context.Context) (Landing, bool, error) {
		receipt, err := wait.settled(ctx)
		if receipt == nil {
			return Landing{}, errors.Is(err, ErrNonceUsed), err
		}
		landing, err := w.landed(ctx, method, receipt, msg)
		return landing, true, err
	})
}

// offer sends the signed bytes once. A failure of the connection is no error: the
// node may have them, which settled finds out.
func (w *evmWriter) offer(ctx context.Context, method string, tx *types.Transaction) error {
	err := w.link.once(ctx, func(ctx context.Context, r *rpc.Client) error {
		return ethclient.NewClient(r).SendTransaction(ctx, tx)
	})
	var answered rpc.Error
	switch {
	case err == nil || !errors.As(err, &answered) || strings.Contains(err.Error(), "already known"):
		return nil
	case strings.Contains(err.Error(), "underpriced"):
		err = fmt.Errorf("%w: an earlier transaction of this key still waits for a block: %w", ErrUnconfirmed, err)
	case strings.Contains(err.Error(), "nonce too low"):
		// What took it may be a write of this key from before a restart.
		err = fmt.Errorf("%w: %w: %w", ErrUnconfirmed, ErrNonceUsed, err)
	}
	return refusal(method, fmt.Errorf("send transaction: %w", err))
}

// receiptWait is the wait for one transaction.
type receiptWait struct {
	*evmWriter
	method string
	tx     *types.Transaction
	// usedBy is the final block in which the nonce was first seen used while there
	// was no receipt, 0 if it was not.
	usedBy uint64
}

// settled looks for the transaction: its receipt if a finalised block holds it,
// nil if it waits. One that the node has forgotten is offered again, unchanged.
func (w *receiptWait) settled(ctx context.Context) (*types.Receipt, error) {
	// The head is read first: a receipt in a block that was final before is final.
	head, err := w.Head(ctx)
	if err != nil {
		return nil, err
	}
	var receipt *types.Receipt
	known := true
	err = w.eth(ctx, 2, func(ctx context.Context, e *ethclient.Client) (err error) {
		receipt, err = e.TransactionReceipt(ctx, w.tx.Hash())
		if errors.Is(err, ethereum.NotFound) {
			_, _, err = e.TransactionByHash(ctx, w.tx.Hash())
			known = err == nil
		}
		return err
	})
	switch {
	case errors.Is(err, ethereum.NotFound):
		receipt = nil
	case err != nil:
		return nil, err
	}
	if receipt != nil && receipt.BlockNumber.Uint64() <= head.Number {
		return receipt, nil
	}
	if receipt == nil && !known {
		return nil, w.again(ctx, head)
	}
	w.usedBy = 0
	return nil, nil
}

// again offers a forgotten transaction once more. A nonce that has been used in
// the meantime is not an answer yet: the transaction may have just been included,
// and a node finds transactions a little after it has their block.
func (w *receiptWait) again(ctx context.Context, head Head) error {
	err := w.offer(ctx, w.method, w.tx)
	if err == nil || !strings.Contains(err.Error(), "nonce too low") {
		return err
	}
	var used uint64
	err = w.eth(ctx, 1, func(ctx context.Context, e *ethclient.Client) (err error) {
		used, err = e.NonceAt(ctx, w.key.Address(), new(big.Int).SetUint64(head.Number))
		return err
	})
	switch {
	case err != nil:
		return err
	case used <= w.tx.Nonce():
		w.usedBy = 0
	case w.usedBy == 0:
		w.usedBy = head.Number
	case head.Number >= w.usedBy+indexLag:
		// Most likely by another. But a node may find transactions later than this.
		return fmt.Errorf("%s: nonce %d: %w: %w", w.method, w.tx.Nonce(), ErrUnconfirmed, ErrNonceUsed)
	}
	return nil
}

// landed turns a final receipt into a Landing, or into the reason of its failure.
func (w *evmWriter) landed(ctx context.Context, method string, r *types.Receipt, msg ethereum.CallMsg) (Landing, error) {
	if r.Status == types.ReceiptStatusSuccessful {
		return Landing{Block: r.BlockNumber.Uint64(), TxHash: item.Hash(r.TxHash)}, nil
	}
	var refused *Error
	if err := w.try(ctx, method, msg, r.BlockNumber); errors.As(err, &refused) {
		return Landing{}, err
	}
	return Landing{}, &Error{Method: method, Name: ErrNameUnstated, Message: "transaction " + common.Hash(r.TxHash).Hex() + " failed"}
}
