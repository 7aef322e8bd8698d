package wire

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

const (
	netuid      = 7
	roundBlocks = 2
	tempo       = 6 // blocks: a vote each third round
)

// began is the time of block 0.
var began = time.Unix(1_750_000_000, 0).UTC()

// stand is a chain with the neurons of the lab, which takes votes in the open. Heads
// are handed to each of its readers by hand.
type stand struct {
	mu      sync.Mutex
	head    chain.Head
	neurons []chain.Neuron
	row     chain.Weights
	updated uint64
}

func (s *stand) add(h protocol.Hotkey, axon chain.Axon, permit bool) {
	s.neurons = append(s.neurons, chain.Neuron{UID: uint16(len(s.neurons)), Hotkey: h, Axon: axon, ValidatorPermit: permit})
}

// advance makes the next round's first block the head.
func (s *stand) advance() chain.Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.head.Number + roundBlocks
	s.head = chain.Head{
		Number: n, Hash: item.Sum("lab/wire block", binary.BigEndian.AppendUint64(nil, n)), Time: began.Add(time.Duration(n) * 12 * time.Second),
	}
	return s.head
}

// Metagraph implements validator.Chain and miner.Chain.
func (s *stand) Metagraph(_ context.Context, at chain.Head) (*chain.Metagraph, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &chain.Metagraph{Netuid: netuid, Block: at.Number, BlockHash: at.Hash, Tempo: tempo, Neurons: slices.Clone(s.neurons)}, nil
}

// Epoch implements validator.Chain.
func (s *stand) Epoch(_ context.Context, at chain.Head) (chain.EpochClock, error) {
	n := at.Number / tempo
	return chain.EpochClock{Index: n, Last: n * tempo, Next: (n + 1) * tempo}, nil
}

// SetWeights implements validator.Ledger.
func (s *stand) SetWeights(_ context.Context, w chain.Weights) (chain.Landing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row, s.updated = w, s.head.Number+1
	return chain.Landing{Block: s.updated, TxHash: item.Sum("lab/wire vote", binary.BigEndian.AppendUint64(nil, s.updated))}, nil
}

// CommitWeights implements validator.Ledger: this chain hides no votes.
func (*stand) CommitWeights(context.Context, item.Hash) (chain.Landing, error) {
	return chain.Landing{}, &chain.Error{Method: "commitWeights", Name: "CommitRevealDisabled"}
}

// RevealWeights implements validator.Ledger.
func (*stand) RevealWeights(context.Context, chain.Weights, []uint16) (chain.Landing, error) {
	return chain.Landing{}, &chain.Error{Method: "revealWeights", Name: "CommitRevealDisabled"}
}

// UID implements validator.Booth.
func (s *stand) UID(_ context.Context, h protocol.Hotkey) (uint16, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.neurons, func(n chain.Neuron) bool { return n.Hotkey == h })
	return uint16(max(i, 0)), i >= 0, nil
}

// WeightsRow implements validator.Booth.
func (s *stand) WeightsRow(context.Context, uint16) (uids, values []uint16, lastUpdate uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row.UIDs, s.row.Values, s.updated, nil
}

// Commits implements validator.Booth.
func (*stand) Commits(context.Context, protocol.Hotkey) ([]chain.Commit, error) { return nil, nil }

// Hyperparams implements validator.Rules.
func (*stand) Hyperparams(context.Context) (chain.Hyperparams, error) {
	return chain.Hyperparams{Tempo: tempo, MaxValidators: 1}, nil
}

// reader is the chain as one node reads it. A node that asks for the next head is done
// with the last one, which is how the lab knows.
type reader struct {
	*stand
	heads chan chain.Head
	idle  chan struct{}
}

func newReader(s *stand) *reader {
	return &reader{stand: s, heads: make(chan chain.Head), idle: make(chan struct{})}
}

// NextHead implements validator.Chain and miner.Chain.
func (r *reader) NextHead(ctx context.Context, _ uint64) (chain.Head, error) {
	select {
	case r.idle <- struct{}{}:
	case <-ctx.Done():
		return chain.Head{}, ctx.Err()
	}
	select {
	case h := <-r.heads:
		return h, nil
	case <-ctx.Done():
		return chain.Head{}, ctx.Err()
	}
}

// ready waits until the node asks for a head.
func (r *reader) ready(ctx context.Context) error {
	select {
	case <-r.idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// meet hands a head to a node that is ready, and waits until it is so again.
func (r *reader) meet(ctx context.Context, h chain.Head) error {
	select {
	case r.heads <- h:
		return r.ready(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
