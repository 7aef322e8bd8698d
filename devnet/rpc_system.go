package devnet

import (
	"reflect"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// ChainName is what the node calls its chain.
// ChainName is what a devnet answers to system_chain, and no public chain does.
const ChainName = "Assay devnet"

// systemAPI serves system_*.
type systemAPI struct{ c *Chain }

// Chain is system_chain.
func (*systemAPI) Chain() string { return ChainName }

// ChainType is system_chainType.
func (*systemAPI) ChainType() string { return "Development" }

// Name is system_name.
func (*systemAPI) Name() string { return nodeName }

// Version is system_version.
func (*systemAPI) Version() string { return nodeVersion }

// Health is system_health.
func (*systemAPI) Health() map[string]any {
	return map[string]any{"peers": 0, "isSyncing": false, "shouldHavePeers": false}
}

// NodeRoles is system_nodeRoles.
func (*systemAPI) NodeRoles() []string { return []string{"Authority"} }

// Peers is system_peers.
func (*systemAPI) Peers() []string { return []string{} }

// SyncState is system_syncState.
func (s *systemAPI) SyncState() map[string]uint64 {
	newest := s.c.tip().block.number()
	return map[string]uint64{"startingBlock": 0, "currentBlock": newest, "highestBlock": newest}
}

// Properties is system_properties.
func (*systemAPI) Properties() map[string]any { return properties() }

func properties() map[string]any {
	return map[string]any{"ss58Format": ss58Format, "tokenDecimals": 9, "tokenSymbol": "TAO"}
}

// AccountNextIndex is system_accountNextIndex: the nonce of the account's next
// transaction after those that wait. The account is an SS58 address or hex.
func (s *systemAPI) AccountNextIndex(account string) (uint64, error) {
	a, err := protocol.ParseAccount(account)
	if err != nil {
		return 0, &rpcError{code: codeInvalidParams, err: err}
	}
	st := newState(s.c.tip().state)
	return s.c.pool.nextOf(a, st.account(a).Nonce), st.err
}

// ss58Format is the network number in the text form of accounts.
const ss58Format = 42

// specAPI serves chainSpec_v1_*.
type specAPI struct{ c *Chain }

// V1_chainName is chainSpec_v1_chainName.
func (*specAPI) V1_chainName() string { return ChainName }

// V1_genesisHash is chainSpec_v1_genesisHash.
func (s *specAPI) V1_genesisHash() (*item.Hash, error) {
	b, err := s.c.store.blockByNumber(0)
	if err != nil || b == nil {
		return nil, err
	}
	return &b.hash, nil
}

// V1_properties is chainSpec_v1_properties.
func (*specAPI) V1_properties() map[string]any { return properties() }

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

// listAPI serves rpc_methods.
type listAPI struct{ names []string }

// Methods is rpc_methods.
func (l *listAPI) Methods() map[string]any { return map[string]any{"methods": l.names} }

// methodNames lists the JSON names of what is served, those of subscriptions as
// their family has them.
func methodNames(services []service) []string {
	out := []string{"eth_subscribe", "eth_unsubscribe", "rpc_methods"}
	for _, s := range services {
		if s.stream {
			continue
		}
		t := reflect.TypeOf(s.api)
		for i := range t.NumMethod() {
			m := t.Method(i)
			if m.Type.NumOut() > 0 && m.Type.Out(0).String() == "*rpc.Subscription" {
				continue
			}
			first, size := utf8.DecodeRuneInString(m.Name)
			out = append(out, s.space+"_"+string(unicode.ToLower(first))+m.Name[size:])
		}
	}
	for _, s := range substrateStreams() {
		out = append(append(out, s.begin...), endings(s)...)
	}
	slices.Sort(out)
	return out
}
