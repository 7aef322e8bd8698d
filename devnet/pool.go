package devnet

import (
	"cmp"
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
	errPriority     = errors.New("another transaction has the nonce")
)

// pending is a transaction of one of two kinds that waits for a block: an Ethereum
// one, tx, or a native extrinsic.
type pending struct {
	tx      *types.Transaction
	from    common.Address // of tx
	native  *native
	account protocol.Hotkey // whose nonce it uses
	since   uint64          // the newest block when it came
}

func (n *pending) hash() common.Hash {
	if n.native != nil {
		return common.Hash(n.native.hash)
	}
	return n.tx.Hash()
}

func (n *pending) nonce() uint64 {
	if n.native != nil {
		return uint64(n.native.Nonce)
	}
	return n.tx.Nonce()
}

// gas is how much of a block it may fill.
func (n *pending) gas() uint64 {
	if n.native != nil {
		return nativeGas(n.native.call)
	}
	return n.tx.Gas()
}

// price is what the account must own for it to be in a block, in rao.
func (n *pending) price() uint64 {
	if n.native != nil {
		return n.native.fee()
	}
	return n.tx.Gas() * feePerGas
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

// add takes a checked transaction in. One of the same account and nonce is
// replaced if both are Ethereum's and the new one offers a tenth more; native
// ones have all the same priority.
func (p *pool) add(n *pending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hash[n.hash()] != nil {
		return errKnown
	}
	for i, old := range p.txs {
		if old.account != n.account || old.nonce() != n.nonce() {
			continue
		}
		if err := n.replaces(old); err != nil {
			return err
		}
		delete(p.hash, old.hash())
		p.txs[i], p.hash[n.hash()] = n, n
		return nil
	}
	if len(p.txs) >= maxPending {
		return errPoolFull
	}
	p.txs, p.hash[n.hash()] = append(p.txs, n), n
	return nil
}

func (n *pending) replaces(old *pending) error {
	if n.native != nil || old.native != nil {
		return errPriority
	}
	least := new(big.Int).Mul(old.tx.GasFeeCap(), big.NewInt(replacePercent))
	if new(big.Int).Mul(n.tx.GasFeeCap(), big.NewInt(100)).Cmp(least) < 0 {
		return errUnderpriced
	}
	return nil
}

// done reports whether the transaction has no future in the state st: its nonce is
// used, its account cannot pay for it, it has waited too long or, being native,
// its era ends or a guard refuses it now that it is its turn.
func (c *Chain) done(st *state, n *pending) bool {
	acc, now := st.account(n.account), st.head().Number
	if n.nonce() < acc.Nonce || acc.Balance < n.price() || now > n.since+maxWait {
		return true
	}
	if n.native == nil {
		return false
	}
	return n.native.death <= now+1 || n.nonce() == acc.Nonce && c.guard(ahead(st), n.native) != nil
}

// inOrder lists the transactions by arrival, but those of one account by nonce.
func (p *pool) inOrder() []*pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	byAccount := make(map[protocol.Hotkey][]*pending)
	for _, n := range p.txs {
		byAccount[n.account] = append(byAccount[n.account], n)
	}
	for _, list := range byAccount {
		slices.SortStableFunc(list, func(a, b *pending) int { return cmp.Compare(a.nonce(), b.nonce()) })
	}
	out := make([]*pending, 0, len(p.txs))
	for _, n := range p.txs {
		out = append(out, byAccount[n.account][0])
		byAccount[n.account] = byAccount[n.account][1:]
	}
	return out
}

// settle removes the transactions that are done with.
func (p *pool) settle(done func(*pending) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.txs = slices.DeleteFunc(p.txs, func(n *pending) bool {
		if done(n) {
			delete(p.hash, n.hash())
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
			waiting[n.nonce()] = true
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
