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

	"github.com/assaynet/assay/item"
)

// transact calls a function of the neuron precompile and waits until the
// transaction is final. Only one is under way at a time. It takes the account's
// next nonce as of the newest block, so a transaction left over from before can
// never land beside it: only one of the two can use the nonce.
func (c *Client) transact(ctx context.Context, method string, args ...any) (Landing, error) {
	if c.key == nil {
		return Landing{}, fmt.Errorf("%s: %w", method, ErrReadOnly)
	}
	select {
	case <-c.writing:
		defer func() { c.writing <- struct{}{} }()
	case <-ctx.Done():
		return Landing{}, ctx.Err()
	}
	data, err := c.neuron.Pack(method, args...)
	if err != nil {
		return Landing{}, fmt.Errorf("encode %s: %w", method, err)
	}
	to := NeuronAddress()
	msg := ethereum.CallMsg{From: c.key.Address(), To: &to, Data: data}
	if err := c.try(ctx, method, msg, nil); err != nil {
		return Landing{}, err
	}
	tx, err := c.sign(ctx, method, msg)
	if err != nil {
		return Landing{}, err
	}
	return c.land(ctx, method, tx, msg)
}

// try makes the call without a transaction. A pallet's error leaves no reason in a
// block, and eats all the gas, so it is asked for beforehand.
func (c *Client) try(ctx context.Context, method string, msg ethereum.CallMsg, block *big.Int) error {
	err := c.eth(ctx, func(ctx context.Context, e *ethclient.Client) error {
		_, err := e.CallContract(ctx, msg, block)
		return err
	})
	if err != nil {
		return refusal(method, err)
	}
	return nil
}

// sign makes the transaction, with the gas that the node estimates and a tenth
// more. Tips are ignored by the chain; the fee cap leaves the base fee a quarter
// to rise.
func (c *Client) sign(ctx context.Context, method string, msg ethereum.CallMsg) (*types.Transaction, error) {
	var nonce, gas uint64
	var price *big.Int
	err := c.eth(ctx, func(ctx context.Context, e *ethclient.Client) (err error) {
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
	tx, err := types.SignNewTx(c.key.ECDSA(), types.LatestSignerForChainID(c.chainID), &types.DynamicFeeTx{
		ChainID: c.chainID, Nonce: nonce, To: msg.To, Data: msg.Data,
		Gas: gas + gas/10, GasTipCap: new(big.Int),
		GasFeeCap: new(big.Int).Add(price, new(big.Int).Rsh(price, 2)),
	})
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", method, err)
	}
	return tx, nil
}

// land offers the transaction and waits until a finalised block holds it.
func (c *Client) land(ctx context.Context, method string, tx *types.Transaction, msg ethereum.CallMsg) (Landing, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.LandTimeout)
	defer cancel()
	if err := c.offer(ctx, method, tx); err != nil {
		return Landing{}, err
	}
	// From here on the node may hold the transaction: whatever fails is waited out
	// until the deadline, and then its fate is unknown.
	for attempt := 1; ; attempt++ {
		wake := c.heads.next()
		receipt, failed := c.settled(ctx, method, tx)
		if receipt != nil {
			return c.landed(ctx, method, receipt, msg)
		}
		var stop error
		if failed != nil {
			stop = pause(ctx, backoff(attempt))
		} else {
			attempt = 0
			stop = c.heads.wait(ctx, wake)
		}
		if stop != nil {
			return Landing{}, fmt.Errorf("%s: transaction %s: %w: %w", method, tx.Hash(), ErrUnconfirmed, errors.Join(stop, failed))
		}
	}
}

// offer sends the signed bytes once. A failure of the connection is no error: the
// node may have them, which settled finds out.
func (c *Client) offer(ctx context.Context, method string, tx *types.Transaction) error {
	err := c.link.once(ctx, func(ctx context.Context, r *rpc.Client) error {
		return ethclient.NewClient(r).SendTransaction(ctx, tx)
	})
	var answered rpc.Error
	if err == nil || !errors.As(err, &answered) || strings.Contains(err.Error(), "already known") {
		return nil
	}
	return refusal(method, fmt.Errorf("send transaction: %w", err))
}

// settled looks for the transaction: its receipt if a finalised block holds it,
// nil if it waits. One that the node has forgotten is offered again, unchanged.
func (c *Client) settled(ctx context.Context, method string, tx *types.Transaction) (*types.Receipt, error) {
	// The head is read first: a receipt in a block that was final before is final.
	head, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	var receipt *types.Receipt
	known := true
	err = c.eth(ctx, func(ctx context.Context, e *ethclient.Client) (err error) {
		receipt, err = e.TransactionReceipt(ctx, tx.Hash())
		if errors.Is(err, ethereum.NotFound) {
			_, _, err = e.TransactionByHash(ctx, tx.Hash())
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
		return nil, c.again(ctx, method, tx)
	}
	return nil, nil
}

// again offers a forgotten transaction once more. A nonce that has been used in
// the meantime is not an answer: the transaction may have just been included.
func (c *Client) again(ctx context.Context, method string, tx *types.Transaction) error {
	err := c.offer(ctx, method, tx)
	if err != nil && strings.Contains(err.Error(), "nonce too low") {
		return nil
	}
	return err
}

// landed turns a final receipt into a Landing, or into the reason of its failure.
func (c *Client) landed(ctx context.Context, method string, r *types.Receipt, msg ethereum.CallMsg) (Landing, error) {
	if r.Status == types.ReceiptStatusSuccessful {
		return Landing{Block: r.BlockNumber.Uint64(), TxHash: item.Hash(r.TxHash)}, nil
	}
	var refused *Error
	if err := c.try(ctx, method, msg, r.BlockNumber); errors.As(err, &refused) {
		return Landing{}, err
	}
	return Landing{}, &Error{Method: method, Name: ErrNameUnstated, Message: "transaction " + common.Hash(r.TxHash).Hex() + " failed"}
}

// eth is link.read through go-ethereum's typed client.
func (c *Client) eth(ctx context.Context, fn func(context.Context, *ethclient.Client) error) error {
	return c.link.read(ctx, "ask node", func(ctx context.Context, r *rpc.Client) error {
		return fn(ctx, ethclient.NewClient(r))
	})
}
