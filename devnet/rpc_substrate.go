package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/assaynet/assay/item"
)

// What the node says of itself.
const (
	nodeName    = "assay-devnet"
	nodeVersion = "0.1.0"
	specName    = "node-subtensor"
	specVersion = 425 // the runtime whose rules it follows
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

// GetRuntimeVersion is state_getRuntimeVersion.
func (s *stateAPI) GetRuntimeVersion(*common.Hash) map[string]any {
	return map[string]any{
		"specName": specName, "implName": nodeName, "authoringVersion": 1, "specVersion": specVersion,
		"implVersion": 1, "transactionVersion": 1, "stateVersion": 1, "apis": []any{},
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
		"extrinsicsRoot": b.header.TxHash, "digest": map[string]any{"logs": []string{}},
	}
}

// GetBlock is chain_getBlock. The devnet has no native extrinsics; a block's
// transactions are in the Ethereum family.
func (a *chainAPI) GetBlock(at *common.Hash) (map[string]any, error) {
	b, err := a.find(at)
	if err != nil || b == nil {
		return nil, err
	}
	return map[string]any{
		"block":          map[string]any{"header": substrateHeader(b), "extrinsics": []string{}},
		"justifications": nil,
	}, nil
}

// systemAPI serves system_*.
type systemAPI struct{ c *Chain }

// Chain is system_chain.
func (*systemAPI) Chain() string { return "Assay devnet" }

// Name is system_name.
func (*systemAPI) Name() string { return nodeName }

// Version is system_version.
func (*systemAPI) Version() string { return nodeVersion }

// Health is system_health.
func (*systemAPI) Health() map[string]any {
	return map[string]any{"peers": 0, "isSyncing": false, "shouldHavePeers": false}
}

// Properties is system_properties.
func (*systemAPI) Properties() map[string]any {
	return map[string]any{"ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}
}

// netAPI serves net_*.
type netAPI struct{ c *Chain }

// Version is net_version.
func (n *netAPI) Version() string { return strconv.FormatUint(n.c.genesis.ChainID, 10) }

// Listening is net_listening.
func (*netAPI) Listening() bool { return true }

// PeerCount is net_peerCount.
func (*netAPI) PeerCount() hexutil.Uint { return 0 }

// web3API serves web3_*.
type web3API struct{}

// ClientVersion is web3_clientVersion.
func (*web3API) ClientVersion() string { return nodeName + "/" + nodeVersion }

// Sha3 is web3_sha3.
func (*web3API) Sha3(b hexutil.Bytes) common.Hash { return crypto.Keccak256Hash(b) }
