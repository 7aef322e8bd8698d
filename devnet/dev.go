package devnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// MaxAdvance is how many blocks one call of Advance makes at most.
const MaxAdvance = 100_000

// faucetSeed is what the key of the faucet is derived from. Anyone can derive it,
// and may: it holds money on devnets only.
const faucetSeed = "assay devnet faucet"

const (
	fundGas   = 60_000 // covers the call data of a transfer and its weight
	fundTries = 16     // blocks in which a transfer has to get in
)

// Errors of the calls that only a devnet has.
var (
	ErrTooManyBlocks = fmt.Errorf("at most %d blocks can be made at once", MaxAdvance)
	ErrNoFaucet      = errors.New("this devnet has no faucet")
	ErrFaucetEmpty   = errors.New("the faucet cannot pay")
	ErrTooLittle     = fmt.Errorf("an account holds at least %d rao", existentialDeposit)
)

// FaucetKey is the key that Genesis.Faucet funds. It is the same on every devnet
// and no secret: it must never be given anything on a public network.
func FaucetKey() *protocol.Key { return protocol.DeriveKey([]byte(faucetSeed)) }

// Advance makes blocks one after another and returns the newest. The blocks are
// ordinary ones, with epochs and waiting transactions; their timestamps rise by a
// millisecond where now does not carry them further, so that the chain's clock
// stays near the real one. It ends early with ctx, between blocks; the blocks made
// by then remain and the newest is returned with the error.
func (c *Chain) Advance(ctx context.Context, blocks uint64, now time.Time) (chain.Head, error) {
	head := c.Head()
	if blocks > MaxAdvance {
		return head, fmt.Errorf("advance %d blocks: %w", blocks, ErrTooManyBlocks)
	}
	for made := range blocks {
		if err := ctx.Err(); err != nil {
			return head, fmt.Errorf("advance: %w after %d of %d blocks", err, made, blocks)
		}
		h, err := c.Step(now)
		if err != nil {
			return head, fmt.Errorf("advance: %w", err)
		}
		head = h
	}
	return head, nil
}

// Fund sends rao from the faucet to an account and makes the block that holds the
// transfer, which is an ordinary signed transaction; it returns its hash. Calls
// may be concurrent, and others may use the faucet's key at the same time.
func (c *Chain) Fund(ctx context.Context, account protocol.Hotkey, rao uint64, now time.Time) (common.Hash, error) {
	hash, err := c.fund(ctx, account, rao, now)
	if err != nil {
		return hash, fmt.Errorf("fund %s with %d rao: %w", account.Short(), rao, err)
	}
	return hash, nil
}

func (c *Chain) fund(ctx context.Context, account protocol.Hotkey, rao uint64, now time.Time) (common.Hash, error) {
	if c.genesis.Faucet == 0 {
		return common.Hash{}, ErrNoFaucet
	}
	if rao < existentialDeposit {
		return common.Hash{}, ErrTooLittle
	}
	c.funding.Lock()
	defer c.funding.Unlock()
	var hash common.Hash
	for range fundTries {
		if err := ctx.Err(); err != nil {
			return hash, err
		}
		if (hash == common.Hash{} || c.pool.find(hash) == nil) { // not offered yet, or lost to another of the same nonce
			var err error
			if hash, err = c.offer(account, rao); errors.Is(err, errUnderpriced) {
				continue // someone else's transaction came in between
			} else if err != nil {
				return common.Hash{}, err
			}
		}
		if _, err := c.Step(now); err != nil {
			return hash, err
		}
		if landed, err := c.succeeded(hash); landed || err != nil {
			return hash, err
		}
	}
	return hash, fmt.Errorf("the transfer is in none of %d blocks", fundTries)
}

// offer signs a transfer with the faucet's next nonce and puts it into the pool.
func (c *Chain) offer(account protocol.Hotkey, rao uint64) (common.Hash, error) {
	key, st, to := FaucetKey(), newState(c.tip().state), at(0x800)
	nonce := c.pool.nextNonce(key.Address(), st.account(key.Hotkey()).Nonce)
	selector := crypto.Keccak256([]byte("transfer(bytes32)"))[:4]
	tx, err := types.SignNewTx(key.ECDSA(), c.signer, &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(c.genesis.ChainID), Nonce: nonce, Gas: fundGas,
		GasFeeCap: big.NewInt(BaseFee), GasTipCap: new(big.Int),
		To: &to, Value: raoToWei(rao), Data: append(selector, account[:]...),
	})
	if err != nil {
		return common.Hash{}, fmt.Errorf("sign transfer: %w", err)
	}
	p, err := c.check(st, tx)
	if errors.Is(err, errFunds) {
		return common.Hash{}, ErrFaucetEmpty
	}
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), c.pool.add(p)
}

// succeeded reports whether a block holds the transaction, and an error if it
// failed there.
func (c *Chain) succeeded(hash common.Hash) (bool, error) {
	number, position, ok, err := c.store.findTx(hash)
	if err != nil || !ok {
		return false, err
	}
	txs, err := c.store.txs(number, c.signer)
	if err != nil {
		return false, err
	}
	if position >= len(txs) || !txs[position].ok {
		return false, fmt.Errorf("the transfer failed in block %d", number)
	}
	return true, nil
}
