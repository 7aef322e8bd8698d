package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/assaynet/assay/item"
)

// What the node says of itself.
const (
	nodeName    = "assay-devnet"
	nodeVersion = "0.1.0"
	specName    = "node-subtensor"
	specVersion = 425 // the runtime whose rules it follows

	authoringVersion   = 1
	implVersion        = 1
	transactionVersion = 1
	stateVersion       = 1
)

// stateAPI serves state_*: SCALE reads at a block.
type stateAPI struct{ c *Chain }

// view finds the state at a block hash, the newest without one.
func (c *Chain) view(at *common.Hash) (*state, error) {
	if at == nil {
		return newState(c.tip().state), nil
	}
	t, err := c.at(item.Hash(*at))
	if err != nil {
		return nil, stateError(err)
	}
	return newState(t.state), nil
}

// Call is state_call.
func (s *stateAPI) Call(method string, args hexutil.Bytes, at *common.Hash) (hexutil.Bytes, error) {
	st, err := s.c.view(at)
	if err != nil {
		return nil, err
	}
	out, err := s.c.runtimeCall(st, method, args)
	if err := errors.Join(err, st.err); err != nil {
		return nil, stateError(fmt.Errorf("call %s: %w", method, err))
	}
	return out, nil
}

// GetStorage is state_getStorage; null when nothing is stored under the key.
func (s *stateAPI) GetStorage(key hexutil.Bytes, at *common.Hash) (*hexutil.Bytes, error) {
	st, err := s.c.view(at)
	if err != nil {
		return nil, err
	}
	raw := hexutil.Bytes(s.c.readStorage(st, key))
	if st.err != nil {
		return nil, stateError(st.err)
	}
	if raw == nil {
		return nil, nil
	}
	return &raw, nil
}

// Limits of a state_queryStorageAt.
const (
	maxQueryKeys  = 256
	maxQueryReply = 4 << 20 // bytes of values
)

// QueryStorageAt is state_queryStorageAt: the values of several keys at a block.
func (s *stateAPI) QueryStorageAt(keys []hexutil.Bytes, at *common.Hash) ([]map[string]any, error) {
	if len(keys) > maxQueryKeys {
		return nil, &rpcError{code: -32602, err: fmt.Errorf("%d keys in one query, at most %d are allowed", len(keys), maxQueryKeys)}
	}
	changes, size := make([][2]*hexutil.Bytes, len(keys)), 0
	for i, key := range keys {
		value, err := s.GetStorage(key, at)
		if err != nil {
			return nil, err
		}
		if value != nil {
			size += len(*value)
		}
		if size > maxQueryReply {
			return nil, &rpcError{code: -32602, err: fmt.Errorf("the values of the first %d keys are more than %d bytes; ask for fewer", i+1, maxQueryReply)}
		}
		changes[i] = [2]*hexutil.Bytes{&keys[i], value}
	}
	block := item.Hash{}
	if at != nil {
		block = item.Hash(*at)
	} else {
		block = s.c.tip().block.hash
	}
	return []map[string]any{{"block": block, "changes": changes}}, nil
}

// GetRuntimeVersion is state_getRuntimeVersion.
func (s *stateAPI) GetRuntimeVersion(*common.Hash) map[string]any { return runtimeVersion() }

func runtimeVersion() map[string]any {
	return map[string]any{
		"specName": specName, "implName": nodeName, "authoringVersion": authoringVersion, "specVersion": specVersion,
		"implVersion": implVersion, "transactionVersion": transactionVersion, "stateVersion": stateVersion, "apis": []any{},
	}
}

// chainAPI serves chain_*.
type chainAPI struct{ c *Chain }

// GetFinalizedHead is chain_getFinalizedHead.
func (a *chainAPI) GetFinalizedHead() item.Hash { return a.c.tip().block.hash }

// GetBlockHash is chain_getBlockHash: the newest without a number, null for one
// that is not there. Numbers come as integers or as hex strings.
func (a *chainAPI) GetBlockHash(number *json.RawMessage) (*item.Hash, error) {
	newest := a.c.tip().block
	if number == nil || string(*number) == "null" {
		return &newest.hash, nil
	}
	n, err := parseNumber(*number)
	if err != nil {
		return nil, &rpcError{code: -32602, err: err}
	}
	if n == newest.number() {
		return &newest.hash, nil
	}
	b, err := a.c.store.blockByNumber(n)
	if err != nil || b == nil {
		return nil, err
	}
	return &b.hash, nil
}

func parseNumber(raw json.RawMessage) (uint64, error) {
	text := strings.Trim(string(raw), `"`)
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("block number: want an integer below 2^32, got %.20q", text)
	}
	return n, nil
}

func (a *chainAPI) find(at *common.Hash) (*block, error) {
	if at == nil {
		return a.c.tip().block, nil
	}
	return a.c.store.blockByHash(item.Hash(*at))
}

// GetHeader is chain_getHeader; null for an unknown hash.
func (a *chainAPI) GetHeader(at *common.Hash) (map[string]any, error) {
	b, err := a.find(at)
	if err != nil || b == nil {
		return nil, err
	}
	return substrateHeader(b), nil
}

func substrateHeader(b *block) map[string]any {
	return map[string]any{
		"parentHash": b.parent, "number": hexutil.Uint64(b.number()), "stateRoot": b.digest,
		"extrinsicsRoot": b.extrinsicsRoot(), "digest": map[string]any{"logs": []string{}},
	}
}

// GetBlock is chain_getBlock: the block's transactions of both kinds, in order.
func (a *chainAPI) GetBlock(at *common.Hash) (map[string]any, error) {
	b, err := a.find(at)
	if err != nil || b == nil {
		return nil, err
	}
	txs, err := a.c.store.txs(b.number(), a.c.signer)
	if err != nil {
		return nil, err
	}
	list := make([]hexutil.Bytes, len(txs))
	for i, t := range txs {
		if list[i], err = t.extrinsic(); err != nil {
			return nil, fmt.Errorf("read block %d: %w", b.number(), err)
		}
	}
	return map[string]any{
		"block":          map[string]any{"header": substrateHeader(b), "extrinsics": list},
		"justifications": nil,
	}, nil
}
