package devnet

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/protocol"
)

// Limits of the pool.
const (
	maxPending     = 1024
	maxPerSender   = 16 // also how far a nonce may lie ahead
	maxTxSize      = 128 << 10
	replacePercent = 110 // of the fee that a replacement must offer
	maxWait        = 256 // blocks after which a transaction is forgotten
)

// Errors of the pool, in the words that Ethereum tools look for.
var (
	errKnown        = errors.New("already known")
	errNonceLow     = errors.New("nonce too low")
	errNonceHigh    = errors.New("nonce too high")
	errUnderpriced  = errors.New("replacement transaction underpriced")
	errFeeLow       = errors.New("max fee per gas less than block base fee")
	errFunds        = errors.New("insufficient funds for gas * price + value")
	errGasHigh      = errors.New("exceeds block gas limit")
	errGasLow       = errors.New("intrinsic gas too low")
	errPoolFull     = errors.New("transaction pool is full")
	errTxSize       = errors.New("oversized data")
	errTxType       = errors.New("transaction type not supported")
	errCreate       = errors.New("contract creation is not allowed")
	errWrongChainID = errors.New("invalid sender: wrong chain id or signature")
)

// pending is a transaction that waits for a block.
type pending struct {
	tx      *types.Transaction
	from    common.Address
	account protocol.Hotkey // of from
	since   uint64          // the newest block when it came
}

// pool holds transactions in the order of their arrival. It is not durable: like
// a node's, it is empty after a restart, and senders offer again what no block
// holds.
type pool struct {
	mu   sync.Mutex
	txs  []*pending
	hash map[common.Hash]*pending
}

func newPool() *pool { return &pool{hash: make(map[common.Hash]*pending)} }

// check makes the pending form of a transaction that the chain could execute in
// the state st, apart from what the call itself finds.
func (c *Chain) check(st *state, tx *types.Transaction) (*pending, error) {
	switch {
	case tx.Type() > types.DynamicFeeTxType:
		return nil, errTxType
	case tx.Size() > maxTxSize:
		return nil, errTxSize
	case tx.To() == nil:
		return nil, errCreate
	case tx.Gas() > BlockGasLimit:
		return nil, errGasHigh
	case tx.Gas() < intrinsicGas(tx.Data()):
		return nil, errGasLow
	case tx.GasFeeCap().Cmp(big.NewInt(BaseFee)) < 0:
		return nil, errFeeLow
	}
	from, err := types.Sender(c.signer, tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWrongChainID, err)
	}
	p := &pending{tx: tx, from: from, account: protocol.HotkeyOf(from), since: st.head().Number}
	acc := st.account(p.account)
	if tx.Nonce() < acc.Nonce {
		return nil, fmt.Errorf("%w: next nonce %d, tx nonce %d", errNonceLow, acc.Nonce, tx.Nonce())
	}
	if tx.Nonce() >= acc.Nonce+maxPerSender {
		return nil, fmt.Errorf("%w: next nonce %d, tx nonce %d", errNonceHigh, acc.Nonce, tx.Nonce())
	}
	if tx.Cost().Cmp(raoToWei(acc.Balance)) > 0 {
		return nil, fmt.Errorf("%w: balance %s, tx cost %s", errFunds, raoToWei(acc.Balance), tx.Cost())
	}
	return p, st.err
}

// add takes a checked transaction in. One of the same sender and nonce is
// replaced if the new one offers a tenth more.
func (p *pool) add(n *pending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hash[n.tx.Hash()] != nil {
		return errKnown
	}
	for i, old := range p.txs {
		if old.from != n.from || old.tx.Nonce() != n.tx.Nonce() {
			continue
		}
		least := new(big.Int).Mul(old.tx.GasFeeCap(), big.NewInt(replacePercent))
		if new(big.Int).Mul(n.tx.GasFeeCap(), big.NewInt(100)).Cmp(least) < 0 {
			return errUnderpriced
		}
		delete(p.hash, old.tx.Hash())
		p.txs[i], p.hash[n.tx.Hash()] = n, n
		return nil
	}
	if len(p.txs) >= maxPending {
		return errPoolFull
	}
	p.txs, p.hash[n.tx.Hash()] = append(p.txs, n), n
	return nil
}

// done reports whether the transaction has no future in the state st: its nonce is
// used, its sender cannot pay for it, or it has waited too long.
func (n *pending) done(st *state) bool {
	acc := st.account(n.account)
	return n.tx.Nonce() < acc.Nonce || acc.Balance < n.tx.Gas()*feePerGas || st.head().Number > n.since+maxWait
}

// inOrder lists the transactions by arrival, but those of one sender by nonce.
func (p *pool) inOrder() []*pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	bySender := make(map[common.Address][]*pending)
	for _, n := range p.txs {
		bySender[n.from] = append(bySender[n.from], n)
	}
	for _, list := range bySender {
		slices.SortStableFunc(list, func(a, b *pending) int { return int(a.tx.Nonce()) - int(b.tx.Nonce()) })
	}
	out := make([]*pending, 0, len(p.txs))
	for _, n := range p.txs {
		out = append(out, bySender[n.from][0])
		bySender[n.from] = bySender[n.from][1:]
	}
	return out
}

// settle removes the transactions that are done with.
func (p *pool) settle(done func(*pending) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.txs = slices.DeleteFunc(p.txs, func(n *pending) bool {
		if done(n) {
			delete(p.hash, n.tx.Hash())
			return true
		}
		return false
	})
}

// find is a waiting transaction, nil if there is none.
func (p *pool) find(h common.Hash) *pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash[h]
}

// nextOf is nextNonce for a sender that is known by its account.
func (p *pool) nextOf(account protocol.Hotkey, nonce uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := make(map[uint64]bool)
	for _, n := range p.txs {
		if n.account == account {
			waiting[n.tx.Nonce()] = true
		}
	}
	for waiting[nonce] {
		nonce++
	}
	return nonce
}

// nextNonce continues nonce over the sender's waiting transactions.
func (p *pool) nextNonce(from common.Address, nonce uint64) uint64 {
	return p.nextOf(protocol.HotkeyOf(from), nonce)
}
