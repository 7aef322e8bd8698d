package devnet

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
)

// tipsKept is how many recent states stay in memory; older ones of the window are
// read from the database.
const tipsKept = 8

// Chain is a running devnet. Its methods may be called concurrently.
type Chain struct {
	genesis  Genesis
	log      *slog.Logger
	store    *store
	code     map[common.Address]precompile
	signer   types.Signer
	pool     *pool
	items    map[string]storageItem
	methods  map[string]runtimeMethod
	feed     feed[*block]
	offered  feed[common.Hash] // transactions that came into the pool
	stepping sync.Mutex
	funding  sync.Mutex // one transfer from the faucet at a time

	mu   sync.Mutex
	tips []*tip // recent blocks, the newest last; never empty
	old  *tip   // the latest one read from the database
}

// tip is a block with the state after it.
type tip struct {
	block *block
	state snapshot
}

func (t *tip) head() chain.Head {
	ms := newState(t.state).head().TimeMillis
	return chain.Head{Number: t.block.number(), Hash: t.block.hash, Time: time.UnixMilli(int64(ms)).UTC()}
}

// Open opens the chain in dir, making block 0 of the genesis when dir holds none
// (ErrOtherGenesis when it holds one of another genesis). It takes the folder for
// this process alone (database.ErrLocked). No block is made until Step or Run.
func Open(dir string, g Genesis, log *slog.Logger) (*Chain, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	code, err := precompiles()
	if err != nil {
		return nil, err
	}
	digest, err := g.digest()
	if err != nil {
		return nil, err
	}
	st, err := openStore(dir, digest)
	if err != nil {
		return nil, err
	}
	c := &Chain{
		genesis: g, log: log, store: st, code: code, pool: newPool(), items: storageItems(), methods: runtimeMethods(),
		signer: types.LatestSignerForChainID(new(big.Int).SetUint64(g.ChainID)),
	}
	if err := c.load(digest); err != nil {
		return nil, errors.Join(fmt.Errorf("open devnet: %w", err), st.close())
	}
	return c, nil
}

// load reads the newest block, or makes block 0.
func (c *Chain) load(digest item.Hash) error {
	last, err := c.store.lastBlock()
	if err != nil {
		return err
	}
	if last != nil {
		state, err := c.store.snapshot(last.number())
		c.tips = []*tip{{block: last, state: state}}
		return err
	}
	st := newState(snapshot{})
	c.genesis.write(st, digest)
	if st.err != nil {
		return st.err
	}
	b := seal(nil, st, nil)
	c.tips = []*tip{{block: b, state: snapshot{}.with(st.changed)}}
	return c.store.commit(b, st)
}

// Close waits for the block in hand and closes the database.
func (c *Chain) Close() error {
	c.stepping.Lock()
	defer c.stepping.Unlock()
	return c.store.close()
}

// Head is the newest block, which is final.
func (c *Chain) Head() chain.Head { return c.tip().head() }

func (c *Chain) tip() *tip {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tips[len(c.tips)-1]
}

// advance makes next the newest block, takes its transactions out of the pool and
// tells the subscribers.
func (c *Chain) advance(next *tip) {
	c.mu.Lock()
	c.tips = append(c.tips, next)
	if len(c.tips) > tipsKept {
		c.tips = append([]*tip(nil), c.tips[1:]...)
	}
	c.mu.Unlock()
	st := newState(next.state)
	c.pool.settle(func(p *pending) bool { return c.done(st, p) })
	c.feed.send(next.block)
}

// errUnknownBlock is a block that the chain does not have, or whose state it has
// let go.
var errUnknownBlock = errors.New("unknown block")

// at finds a recent block and its state by the block's Substrate hash.
func (c *Chain) at(h item.Hash) (*tip, error) {
	if t := c.remembered(h); t != nil {
		return t, nil
	}
	b, err := c.store.blockByHash(h)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, fmt.Errorf("%w %s", errUnknownBlock, h)
	}
	return c.withState(b)
}

// remembered is a state that is in memory, nil if it is not.
func (c *Chain) remembered(h item.Hash) *tip {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tips {
		if t.block.hash == h {
			return t
		}
	}
	if c.old != nil && c.old.block.hash == h {
		return c.old
	}
	return nil
}

// withState reads the state of an old block.
func (c *Chain) withState(b *block) (*tip, error) {
	newest := c.tip().block.number()
	if b.number()+StateWindow <= newest {
		return nil, fmt.Errorf("%w: state already discarded for %s, block %d; the newest is %d and %d are kept",
			errUnknownBlock, b.hash, b.number(), newest, StateWindow)
	}
	state, err := c.store.snapshot(b.number())
	if err != nil {
		return nil, err
	}
	t := &tip{block: b, state: state}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.old = t
	return t, nil
}
