package devnet

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/extrinsic"
	"github.com/assaynet/assay/item"
)

// Rules of blocks and fees, as on the public chain.
const (
	BlockGasLimit = 75_000_000
	BaseFee       = 20_000_000_000 // wei per gas
	weiPerRao     = 1_000_000_000
)

// block has two hashes, as on a subtensor node: hash names it in the Substrate
// family of calls, the Keccak hash of header in the Ethereum family.
type block struct {
	hash, parent item.Hash
	digest       item.Hash // of the state after it
	header       *types.Header
	txs          []included // read on demand for old blocks
}

// included is a transaction in a block: whether it succeeded and, of an Ethereum
// one, the gas that it was charged.
type included struct {
	tx     *types.Transaction // nil for a native one
	from   common.Address     // of tx
	native []byte             // the extrinsic as submitted
	ok     bool
	gas    uint64
}

func (t included) hash() common.Hash {
	if t.native != nil {
		return common.Hash(extrinsic.Hash(t.native))
	}
	return t.tx.Hash()
}

func (b *block) number() uint64 { return b.header.Number.Uint64() }

func (b *block) encodeHeader() ([]byte, error) { return rlp.EncodeToBytes(b.header) }

// computeHash binds the parent, the number, the transactions of both kinds
// (through the Ethereum header) and the state.
func (b *block) computeHash() item.Hash {
	eth := b.header.Hash()
	number := binary.BigEndian.AppendUint64(nil, b.number())
	return item.Sum("assay/devnet/block/v1", b.parent[:], number, eth[:], b.digest[:])
}

// seal makes the block of a state that was built on parent, nil for block 0.
func seal(parent *block, st *state, txs []included) *block {
	head := st.head()
	h := &types.Header{
		UncleHash: types.EmptyUncleHash, TxHash: listRoot(types.EmptyTxsHash, txs, false),
		ReceiptHash: listRoot(types.EmptyReceiptsHash, txs, true),
		Difficulty:  new(big.Int), Number: new(big.Int).SetUint64(head.Number), GasLimit: BlockGasLimit,
		Time: head.TimeMillis / 1000, BaseFee: big.NewInt(BaseFee), Extra: nativeRoot(txs),
	}
	for _, t := range txs {
		h.GasUsed += t.gas
	}
	b := &block{header: h, txs: txs}
	if parent != nil {
		b.parent, h.ParentHash = parent.hash, parent.header.Hash()
		b.digest = st.digest(parent.digest)
	} else {
		b.digest = st.digest(item.Hash{})
	}
	h.Root = common.Hash(b.digest)
	b.hash = b.computeHash()
	return b
}

// listRoot commits to the Ethereum transactions of a block and, for receipts, to
// what became of them. It is a plain Keccak hash of the list and not the root of a
// Merkle-Patricia trie, since no light client follows this chain. A block with
// none has the root that Ethereum clients expect of an empty list.
func listRoot(empty common.Hash, txs []included, receipts bool) common.Hash {
	txs = ethereumOnly(txs)
	if len(txs) == 0 {
		return empty
	}
	var all []byte
	for _, t := range txs {
		h := t.tx.Hash()
		all = append(all, h[:]...)
		if receipts {
			all = binary.BigEndian.AppendUint64(all, t.gas)
			all = append(all, flag(t.ok))
		}
	}
	return crypto.Keccak256Hash(all)
}

// nativeRoot commits to the native extrinsics of a block, their places and what
// became of them. It is the extra data of the Ethereum header, whose other roots
// must not show what Ethereum clients cannot see; a block without any has none.
func nativeRoot(txs []included) []byte {
	var all []byte
	for i, t := range txs {
		if t.native != nil {
			h := t.hash()
			all = append(append(binary.BigEndian.AppendUint64(all, uint64(i)), h[:]...), flag(t.ok))
		}
	}
	if all == nil {
		return nil
	}
	return crypto.Keccak256(all)
}

// extrinsicsRoot commits to the transactions of both kinds.
func (b *block) extrinsicsRoot() common.Hash {
	if len(b.header.Extra) == 0 {
		return b.header.TxHash
	}
	return crypto.Keccak256Hash(b.header.TxHash[:], b.header.Extra)
}

func flag(ok bool) byte {
	if ok {
		return 1
	}
	return 0
}

// ethereumOnly lists the transactions that the Ethereum family sees.
func ethereumOnly(txs []included) []included {
	out := make([]included, 0, len(txs))
	for _, t := range txs {
		if t.native == nil {
			out = append(out, t)
		}
	}
	return out
}

// Step makes one block now and returns it as the new head. Timestamps always
// rise: a clock that stands still or goes back counts as one millisecond later.
// After an error the chain is as it was before.
func (c *Chain) Step(now time.Time) (chain.Head, error) {
	c.stepping.Lock()
	defer c.stepping.Unlock()
	prev := c.tip()
	st := newState(prev.state)
	head := st.head()
	head = headRecord{Number: head.Number + 1, TimeMillis: max(head.TimeMillis+1, uint64(max(0, now.UnixMilli())))}
	st.putHead(head)
	if err := c.begin(st); err != nil {
		return chain.Head{}, fmt.Errorf("make block %d: %w", head.Number, err)
	}
	txs := c.include(st)
	if st.err != nil {
		return chain.Head{}, fmt.Errorf("make block %d: %w", head.Number, st.err)
	}
	b := seal(prev.block, st, txs)
	if err := c.store.commit(b, st); err != nil {
		return chain.Head{}, err
	}
	next := &tip{block: b, state: prev.state.with(st.changed)}
	c.advance(next)
	if s := st.subnet(); s.LastEpoch == head.Number {
		c.log.Info("epoch", "index", s.EpochIndex, "block", head.Number, "neurons", s.N)
	}
	return next.head(), nil
}

// begin runs what a block does before its transactions.
func (c *Chain) begin(st *state) error {
	c.decayBurn(st)
	return c.coinbase(st)
}

// include executes waiting transactions until the block is full.
func (c *Chain) include(st *state) []included {
	var txs []included
	room := uint64(BlockGasLimit)
	for _, p := range c.pool.inOrder() {
		if p.gas() > room {
			continue
		}
		if t, ok := c.apply(st, p); ok {
			txs = append(txs, t)
			room -= p.gas()
		}
	}
	return txs
}

// with is a copy of s with the changes made.
func (s snapshot) with(changed map[string][]byte) snapshot {
	out := maps.Clone(s)
	if out == nil {
		out = make(snapshot, len(changed))
	}
	for k, v := range changed {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

// Run makes a block every BlockTime until ctx ends, finishing the one in hand. It
// returns nil then, and an error when a block cannot be made durable.
func (c *Chain) Run(ctx context.Context) error {
	t := time.NewTicker(c.genesis.BlockTime)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-t.C:
			if _, err := c.Step(now); err != nil {
				return err
			}
		}
	}
}
