package chain

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Defaults of Config.
const (
	DefaultCallTimeout = 15 * time.Second
	DefaultLandTimeout = 3 * time.Minute
	DefaultPoll        = 3 * time.Second
	DefaultPing        = 20 * time.Second
)

// Config says which chain and subnet a client works with.
type Config struct {
	// Endpoints are ws://, wss://, http:// or https:// addresses of nodes of one
	// chain, in order of preference among those that are equally well. New heads are
	// pushed over a WebSocket only.
	Endpoints []string
	Netuid    uint16
	Log       *slog.Logger
	// CallTimeout bounds one request; 0 is DefaultCallTimeout.
	CallTimeout time.Duration
	// LandTimeout bounds the wait until a transaction is final; 0 is
	// DefaultLandTimeout.
	LandTimeout time.Duration
	// Poll is how often the head is looked at; 0 is DefaultPoll. Where the node pushes
	// blocks it is looked at after each push, and only after five times as long if
	// none comes.
	Poll time.Duration
	// Ping is how often an idle endpoint is asked for a sign of life, and several
	// endpoints are compared; 0 is DefaultPing.
	Ping time.Duration
	// Fresh is how old a head may be at which single items of the state are read, 0
	// to ask for the newest each time. It halves what such a read costs.
	Fresh time.Duration
	// Rate is how many calls a second each endpoint is asked at most, 0 for any
	// number; after a pause up to Burst come at once. A batch counts by its calls.
	Rate  float64
	Burst int
	// Metrics may be nil.
	Metrics *Metrics
}

// Client reads one subnet of a chain and writes to it as one neuron. It is safe
// for concurrent use; writes happen one after another.
type Client struct {
	cfg     Config
	writer  writer // nil in one that only reads
	link    *link
	neuron  abi.ABI
	chainID *big.Int
	heads   *heads
	writing chan struct{} // holds one token while no write is under way

	blocks *blocks

	mu   sync.Mutex
	head Head
	seen time.Time // when the node last said that head is its newest
}

// Dial connects to the first endpoint that answers. The key signs what the client
// writes; nil makes a client that only reads. Close ends the client.
func Dial(ctx context.Context, cfg Config, key *protocol.Key) (*Client, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, fmt.Errorf("dial chain: none is given: %w", ErrEndpoint)
	}
	for _, e := range cfg.Endpoints {
		if err := checkEndpoint(e); err != nil {
			return nil, fmt.Errorf("dial chain: %w", err)
		}
	}
	cfg.CallTimeout = orDefault(cfg.CallTimeout, DefaultCallTimeout)
	cfg.LandTimeout = orDefault(cfg.LandTimeout, DefaultLandTimeout)
	cfg.Poll = orDefault(cfg.Poll, DefaultPoll)
	cfg.Ping = orDefault(cfg.Ping, DefaultPing)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	neuron, err := NeuronABI()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, neuron: neuron, writing: make(chan struct{}, 1), link: newLink(cfg), blocks: new(blocks)}
	c.writing <- struct{}{}
	if c.chainID, err = c.readChainID(ctx); err != nil {
		c.link.close()
		return nil, err
	}
	if key != nil {
		c.writer = &evmWriter{Client: c, key: key}
	}
	c.link.watch()
	c.heads = follow(c.link, cfg.Poll)
	return c, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Close ends the connection; calls under way fail.
func (c *Client) Close() {
	c.link.close()
	c.heads.stop()
}

// Netuid is the subnet of the client.
func (c *Client) Netuid() uint16 { return c.cfg.Netuid }

// ChainID is the id that transactions are signed for.
func (c *Client) ChainID(context.Context) (uint64, error) { return c.chainID.Uint64(), nil }

func (c *Client) readChainID(ctx context.Context) (id *big.Int, err error) {
	err = c.link.read(ctx, "read chain id", func(ctx context.Context, r *rpc.Client) error {
		id, err = ethclient.NewClient(r).ChainID(ctx)
		return err
	})
	return id, err
}

// GenesisHash identifies the chain.
func (c *Client) GenesisHash(ctx context.Context) (item.Hash, error) { return c.blockHash(ctx, 0) }

func (c *Client) blockHash(ctx context.Context, number uint64) (item.Hash, error) {
	var h *common.Hash
	if err := c.link.call(ctx, &h, "chain_getBlockHash", hexutil.Uint64(number)); err != nil {
		return item.Hash{}, err
	}
	if h == nil {
		return item.Hash{}, fmt.Errorf("read hash of block %d: the node does not have it", number)
	}
	return item.Hash(*h), nil
}

// Head is the newest finalised block.
func (c *Client) Head(ctx context.Context) (Head, error) {
	var hash common.Hash
	if err := c.link.call(ctx, &hash, "chain_getFinalizedHead"); err != nil {
		return Head{}, err
	}
	c.mu.Lock()
	known := c.head
	if known.Hash == item.Hash(hash) {
		c.seen = time.Now()
	}
	c.mu.Unlock()
	if known.Hash == item.Hash(hash) {
		c.link.back(known.Number)
		return known, nil
	}
	head, err := shared(ctx, c, item.Hash(hash), "head", c.readHead)
	if err != nil {
		return Head{}, err
	}
	c.link.back(head.Number)
	c.mu.Lock()
	defer c.mu.Unlock()
	if head.Number >= c.head.Number {
		c.head, c.seen = head, time.Now()
		c.cfg.Metrics.head(head)
	}
	return head, nil
}

// readHead reads the number and the time of a block.
func (c *Client) readHead(ctx context.Context, hash item.Hash) (Head, error) {
	var header *struct {
		Number hexutil.Uint64 `json:"number"`
	}
	var now hexutil.Bytes
	calls := []rpc.BatchElem{{Method: "chain_getHeader", Args: []any{hash}, Result: &header},
		storageCall(&now, hash, StorageKey("Timestamp", "Now"))}
	var at time.Time
	// What no honest node says is a failure of the endpoint, so that another is asked.
	err := c.link.ask(ctx, query{"chain_getHeader", len(calls)}, func(ctx context.Context, r *rpc.Client) error {
		err := together(calls)(ctx, r)
		if err != nil || header == nil {
			return err
		}
		at, err = timeOf(now, time.Now())
		return err
	})
	if err != nil {
		return Head{}, err
	}
	if header == nil {
		return Head{}, fmt.Errorf("read header of %s: the node does not have it", hash)
	}
	return Head{Number: uint64(header.Number), Hash: hash, Time: at}, nil
}

// Metagraph reads the whole subnet at a block, in one request. Nodes keep the state
// of recent blocks only, so at should be a fresh Head.
func (c *Client) Metagraph(ctx context.Context, at Head) (*Metagraph, error) {
	return shared(ctx, c, at.Hash, "metagraph", func(ctx context.Context, hash item.Hash) (*Metagraph, error) {
		return c.readMetagraph(ctx, at)
	})
}

func (c *Client) readMetagraph(ctx context.Context, at Head) (*Metagraph, error) {
	var raw, trust hexutil.Bytes
	args := scale.AppendVector(scale.AppendU16(nil, c.cfg.Netuid), metagraphFields(), scale.AppendU16)
	err := c.link.batch(ctx, stateCall(&raw, at.Hash, "SubnetInfoRuntimeApi_get_selective_metagraph", args),
		storageCall(&trust, at.Hash, subnetKey("ValidatorTrust", c.cfg.Netuid)))
	if err != nil {
		return nil, err
	}
	s, err := DecodeSelective(raw)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fmt.Errorf("read metagraph of netuid %d: %w", c.cfg.Netuid, ErrNoSubnet)
	}
	shares, err := decodeTrust(trust)
	if err != nil {
		return nil, err
	}
	m, err := metagraphOf(s, shares)
	if err != nil {
		return nil, err
	}
	if m.Netuid != c.cfg.Netuid || m.Block != at.Number {
		return nil, fmt.Errorf("read metagraph: got netuid %d at block %d, want netuid %d at block %d",
			m.Netuid, m.Block, c.cfg.Netuid, at.Number)
	}
	m.BlockHash = at.Hash
	return m, nil
}
