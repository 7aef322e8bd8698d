package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// Limits of the filters that are polled.
const (
	maxFilters       = 128  // the one that was polled longest ago gives way
	maxFilterBlocks  = 1024 // hashes of blocks in one answer
	maxFilterPending = 1024 // transactions between two polls
	maxTopics        = 4
)

const codeInvalidParams = -32602

// logFilter is the argument of eth_getLogs. It is checked, though no contract of
// this chain has anything to log.
type logFilter struct {
	BlockHash *common.Hash      `json:"blockHash"`
	FromBlock *rpc.BlockNumber  `json:"fromBlock"`
	ToBlock   *rpc.BlockNumber  `json:"toBlock"`
	Address   json.RawMessage   `json:"address"`
	Topics    []json.RawMessage `json:"topics"`
}

// UnmarshalJSON refuses what a node refuses.
func (f *logFilter) UnmarshalJSON(b []byte) error {
	type plain logFilter
	if err := json.Unmarshal(b, (*plain)(f)); err != nil {
		return err
	}
	if f.BlockHash != nil && (f.FromBlock != nil || f.ToBlock != nil) {
		return errors.New("cannot specify both blockHash and fromBlock/toBlock, choose one or the other")
	}
	if !oneOrMany[common.Address](f.Address) {
		return errors.New("invalid addresses in query")
	}
	if len(f.Topics) > maxTopics {
		return errors.New("exceed max topics")
	}
	for i, topic := range f.Topics {
		if !oneOrMany[*common.Hash](topic) {
			return fmt.Errorf("invalid topic %d", i)
		}
	}
	return nil
}

// oneOrMany reports whether raw is nothing, a T or a list of T.
func oneOrMany[T any](raw json.RawMessage) bool {
	var one T
	var many []T
	return len(raw) == 0 || json.Unmarshal(raw, &one) == nil || json.Unmarshal(raw, &many) == nil
}

// GetLogs is eth_getLogs.
func (e *ethAPI) GetLogs(f logFilter) ([]*types.Log, error) {
	if f.BlockHash != nil {
		b, err := e.block(rpc.BlockNumberOrHashWithHash(*f.BlockHash, false))
		if err == nil && b == nil {
			err = errNoHeader
		}
		return []*types.Log{}, err
	}
	bound := func(n *rpc.BlockNumber) uint64 {
		switch {
		case n == nil || *n < 0 && *n != rpc.EarliestBlockNumber:
			return e.c.tip().block.number()
		case *n == rpc.EarliestBlockNumber:
			return 0
		}
		return uint64(*n)
	}
	if bound(f.FromBlock) > bound(f.ToBlock) {
		return nil, &rpcError{code: codeInvalidParams, err: errors.New("invalid block range params")}
	}
	return []*types.Log{}, nil
}

// filterID is a filter's name.
type filterID = hexutil.Uint64

// filter is one that a client polls.
type filter struct {
	seen    uint64 // the last block told of
	blocks  bool
	pending chan common.Hash // nil unless it is for transactions
}

// filters are those that are installed, the one polled last at the end.
type filters struct {
	mu    sync.Mutex
	next  filterID
	order []filterID
	byID  map[filterID]*filter
}

// install adds a filter, in the place of the one polled longest ago if there are
// many.
func (e *ethAPI) install(f *filter) filterID {
	s := e.filters
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) >= maxFilters {
		e.drop(s.order[0])
	}
	s.next++
	if s.byID == nil {
		s.byID = make(map[filterID]*filter)
	}
	s.byID[s.next] = f
	s.order = append(s.order, s.next)
	return s.next
}

// drop removes a filter; the caller holds the lock.
func (e *ethAPI) drop(id filterID) bool {
	s := e.filters
	f, ok := s.byID[id]
	if !ok {
		return false
	}
	if f.pending != nil {
		e.c.offered.unsubscribe(f.pending)
	}
	delete(s.byID, id)
	for i, other := range s.order {
		if other == id {
			s.order = append(s.order[:i:i], s.order[i+1:]...)
			break
		}
	}
	return true
}

// NewBlockFilter is eth_newBlockFilter.
func (e *ethAPI) NewBlockFilter() filterID {
	return e.install(&filter{blocks: true, seen: e.c.tip().block.number()})
}

// NewPendingTransactionFilter is eth_newPendingTransactionFilter.
func (e *ethAPI) NewPendingTransactionFilter() filterID {
	return e.install(&filter{pending: e.c.offered.subscribe(maxFilterPending)})
}

// NewFilter is eth_newFilter, of logs.
func (e *ethAPI) NewFilter(f logFilter) (filterID, error) {
	if _, err := e.GetLogs(f); err != nil {
		return 0, err
	}
	return e.install(&filter{}), nil
}

// UninstallFilter is eth_uninstallFilter.
func (e *ethAPI) UninstallFilter(id filterID) bool {
	e.filters.mu.Lock()
	defer e.filters.mu.Unlock()
	return e.drop(id)
}

var errNoFilter = errors.New("filter not found")

// GetFilterLogs is eth_getFilterLogs.
func (e *ethAPI) GetFilterLogs(id filterID) ([]*types.Log, error) {
	e.filters.mu.Lock()
	defer e.filters.mu.Unlock()
	if f, ok := e.filters.byID[id]; !ok || f.blocks || f.pending != nil {
		return nil, errNoFilter
	}
	return []*types.Log{}, nil
}

// GetFilterChanges is eth_getFilterChanges: the hashes of blocks or transactions
// since the last poll. Of more blocks than fit into an answer the newest are told.
func (e *ethAPI) GetFilterChanges(id filterID) ([]common.Hash, error) {
	s := e.filters
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.byID[id]
	if !ok {
		return nil, errNoFilter
	}
	for i, other := range s.order {
		if other == id {
			s.order = append(append(s.order[:i:i], s.order[i+1:]...), id)
			break
		}
	}
	if !f.blocks {
		return drain(f.pending), nil
	}
	newest, out := e.c.tip().block.number(), []common.Hash{}
	for n := max(f.seen+1, newest-min(newest, maxFilterBlocks-1)); n <= newest; n++ {
		b, err := e.c.store.blockByNumber(n)
		if err != nil || b == nil {
			return nil, errors.Join(err, errNoHeader)
		}
		out = append(out, b.header.Hash())
	}
	f.seen = newest
	return out, nil
}

func drain(events chan common.Hash) []common.Hash {
	out := []common.Hash{}
	for {
		select {
		case h := <-events:
			out = append(out, h)
		default:
			return out
		}
	}
}
