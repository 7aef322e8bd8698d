package devnet

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
)

// say makes a call and gives its reply as JSON.
func (s *served) say(method string, args ...any) string {
	s.t.Helper()
	var out json.RawMessage
	if err := s.rpc(s.url).Call(&out, method, args...); err != nil {
		return "error: " + err.Error()
	}
	return string(out)
}

// withTransfer is a devnet whose block 1 holds one transfer.
func withTransfer(t *testing.T) (*served, *types.Transaction) {
	net := open(t, t.TempDir(), smallGenesis(1, 2))
	to := key(9).Address()
	tx := net.sign(key(0), &types.LegacyTx{To: &to, Gas: 21000, GasPrice: big.NewInt(BaseFee), Value: big.NewInt(1e15)})
	if err := net.eth().SendTransaction(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	net.step(1)
	return net, tx
}

// What wallets and libraries ask beside the basics.
func TestEthereumLookups(t *testing.T) {
	net, tx := withTransfer(t)
	e, ctx := net.eth(), t.Context()
	b, err := e.BlockByNumber(ctx, big.NewInt(int64(rpc.FinalizedBlockNumber)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := e.TransactionCount(ctx, b.Hash()); err != nil || n != 1 {
		t.Errorf("count = %d, %v", n, err)
	}
	if got, err := e.TransactionInBlock(ctx, b.Hash(), 0); err != nil || got.Hash() != tx.Hash() {
		t.Errorf("transaction in block: %v", err)
	}
	receipts, err := e.BlockReceipts(ctx, rpc.BlockNumberOrHashWithHash(b.Hash(), false))
	if err != nil || len(receipts) != 1 || receipts[0].TxHash != tx.Hash() || receipts[0].Status != 1 {
		t.Errorf("receipts = %+v, %v", receipts, err)
	}
	logs, err := e.FilterLogs(ctx, ethereum.FilterQuery{FromBlock: big.NewInt(0), Addresses: []common.Address{chain.NeuronAddress()}, Topics: [][]common.Hash{{}, {{1}}}})
	if err != nil || len(logs) != 0 {
		t.Errorf("logs = %v, %v", logs, err)
	}
	for method, tc := range map[string]struct {
		args []any
		want string
	}{
		"eth_getBlockTransactionCountByNumber":    {[]any{"latest"}, `"0x1"`},
		"eth_getTransactionByBlockHashAndIndex":   {[]any{b.Hash(), "0x9"}, `null`},
		"eth_getTransactionByBlockNumberAndIndex": {[]any{"0x63", "0x0"}, `null`},
		"eth_getUncleCountByBlockNumber":          {[]any{"latest"}, `"0x0"`},
		"eth_getBlockReceipts":                    {[]any{"0x63"}, `null`},
		"eth_syncing":                             {nil, `false`},
		"eth_accounts":                            {nil, `[]`},
		"eth_mining":                              {nil, `false`},
		"net_listening":                           {nil, `true`},
		"net_peerCount":                           {nil, `"0x0"`},
		"net_version":                             {nil, `"42"`},
		"web3_clientVersion":                      {nil, `"assay-devnet/0.1.0"`},
		"web3_sha3":                               {[]any{"0x68656c6c6f20776f726c64"}, `"0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"`},
		"eth_getStorageAt":                        {[]any{chain.NeuronAddress(), "0x0", "latest"}, `"0x` + strings.Repeat("0", 64) + `"`},
		"eth_getLogs":                             {[]any{map[string]any{"fromBlock": "0x5", "toBlock": "0x2"}}, "error: invalid block range params"},
		"eth_getFilterChanges":                    {[]any{"0x99"}, "error: filter not found"},
	} {
		if got := net.say(method, tc.args...); got != tc.want {
			t.Errorf("%s%v = %s, want %s", method, tc.args, got, tc.want)
		}
	}
	for name, filter := range map[string]map[string]any{
		"choose one":      {"blockHash": b.Hash(), "fromBlock": "0x0"},
		"addresses":       {"address": "0x12"},
		"topic 0":         {"topics": []any{"0x12"}},
		"max topics":      {"topics": []any{nil, nil, nil, nil, nil}},
		"header not foun": {"blockHash": common.Hash{1}},
	} {
		if got := net.say("eth_getLogs", filter); !strings.HasPrefix(got, "error") || !strings.Contains(got, name) {
			t.Errorf("a filter with bad %s: %s", name, got)
		}
	}
}

// Filters tell what came since the last poll.
func TestFilters(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	c := net.rpc(net.http())
	var blocks, pending, logs hexutil.Uint64
	for method, id := range map[string]*hexutil.Uint64{"eth_newBlockFilter": &blocks, "eth_newPendingTransactionFilter": &pending} {
		if err := c.Call(id, method); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Call(&logs, "eth_newFilter", map[string]any{"address": chain.NeuronAddress()}); err != nil {
		t.Fatal(err)
	}
	tx := net.send(key(0), 0, 3_200_000, voteCall(t, 1, []uint16{0}, []uint16{1}, 0))
	net.step(3)
	changes := func(id hexutil.Uint64) (out []common.Hash) {
		t.Helper()
		if err := c.Call(&out, "eth_getFilterChanges", id); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := changes(blocks); len(got) != 3 || got[2] != net.tip().block.header.Hash() {
		t.Errorf("blocks = %v", got)
	}
	if got := changes(pending); !slices.Equal(got, []common.Hash{tx.Hash()}) {
		t.Errorf("pending = %v", got)
	}
	if got := append(changes(blocks), append(changes(pending), changes(logs)...)...); len(got) != 0 {
		t.Errorf("later = %v", got)
	}
	for _, want := range []bool{true, false} {
		var gone bool
		if err := c.Call(&gone, "eth_uninstallFilter", blocks); err != nil || gone != want {
			t.Errorf("uninstall = %v, %v", gone, err)
		}
	}
	for range maxFilters { // the oldest give way
		var id hexutil.Uint64
		if err := c.Call(&id, "eth_newBlockFilter"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Call(new([]common.Hash), "eth_getFilterChanges", pending); err == nil {
		t.Error("there is no end of filters")
	}
}

func TestSubscriptions(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	c, ctx := net.rpc(net.url), t.Context()
	pending, logs := make(chan common.Hash, 1), make(chan types.Log, 1)
	if _, err := c.EthSubscribe(ctx, pending, "newPendingTransactions"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.EthSubscribe(ctx, logs, "logs", map[string]any{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.EthSubscribe(ctx, logs, "logs", map[string]any{"address": "0x1"}); err == nil {
		t.Error("a bad filter is taken")
	}
	tx := net.send(key(0), 0, 3_200_000, voteCall(t, 1, []uint16{0}, []uint16{1}, 0))
	if got := <-pending; got != tx.Hash() {
		t.Errorf("pending %s, want %s", got, tx.Hash())
	}
}

// One connection holds so many subscriptions; ending one makes room.
func TestSubscriptionLimit(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	c, ctx := net.rpc(net.url), t.Context()
	var last *rpc.ClientSubscription
	for range maxSubscriptions {
		sub, err := c.EthSubscribe(ctx, make(chan json.RawMessage, 1), "newHeads")
		if err != nil {
			t.Fatal(err)
		}
		last = sub
	}
	_, err := c.EthSubscribe(ctx, make(chan json.RawMessage, 1), "newHeads")
	var coded rpc.Error
	if !errors.As(err, &coded) || coded.ErrorCode() != codeTooManySubscriptions {
		t.Fatalf("one more: %v", err)
	}
	if _, err := net.rpc(net.url).EthSubscribe(ctx, make(chan json.RawMessage, 1), "newHeads"); err != nil {
		t.Errorf("another connection: %v", err)
	}
	last.Unsubscribe()
	deadline := t.Context()
	for {
		if _, err := c.EthSubscribe(deadline, make(chan json.RawMessage, 1), "newHeads"); err == nil {
			break
		} else if !errors.As(err, &coded) {
			t.Fatal(err)
		}
	}
}

// What Substrate's tools ask.
func TestSubstrateLookups(t *testing.T) {
	net, _ := withTransfer(t)
	genesis := net.say("chain_getBlockHash", 0)
	account := key(0).Hotkey()
	for method, tc := range map[string]struct {
		args []any
		want string
	}{
		"chainSpec_v1_genesisHash": {nil, genesis},
		"chainSpec_v1_chainName":   {nil, `"Assay devnet"`},
		"system_chain":             {nil, `"Assay devnet"`},
		"system_chainType":         {nil, `"Development"`},
		"system_name":              {nil, `"assay-devnet"`},
		"system_properties":        {nil, `{"ss58Format":42,"tokenDecimals":9,"tokenSymbol":"TAO"}`},
		"system_syncState":         {nil, `{"currentBlock":1,"highestBlock":1,"startingBlock":0}`},
		"system_accountNextIndex":  {[]any{account}, `1`},
		"state_getRuntimeVersion": {nil, `{"apis":[],"authoringVersion":1,"implName":"assay-devnet","implVersion":1,` +
			`"specName":"node-subtensor","specVersion":425,"stateVersion":1,"transactionVersion":1}`},
		"state_call": {[]any{"AccountNonceApi_account_nonce", hexutil.Bytes(account[:])}, `"0x01000000"`},
	} {
		if got := net.say(method, tc.args...); got != tc.want {
			t.Errorf("%s = %s, want %s", method, got, tc.want)
		}
	}
	// The account of //Alice in both forms.
	for _, form := range []string{"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"} {
		if got := net.say("system_accountNextIndex", form); got != "0" {
			t.Errorf("next index of %s = %s", form, got)
		}
	}
	for _, form := range []string{"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX", "0x12", "", "0"} {
		if got := net.say("system_accountNextIndex", form); !strings.HasPrefix(got, "error: parse account") {
			t.Errorf("next index of %q = %s", form, got)
		}
	}
	var listed struct{ Methods []string }
	if err := net.rpc(net.url).Call(&listed, "rpc_methods"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eth_call", "state_call", "chain_subscribeNewHeads", "chain_unsubscribeNewHeads", "eth_subscribe", "neuronInfo_getNeuronsLite", "rpc_methods", "dev_advance"} {
		if !slices.Contains(listed.Methods, name) {
			t.Errorf("rpc_methods lacks %s", name)
		}
	}
}

// The items whose keys are hashed otherwise, and those of other pallets.
func TestStorageItems(t *testing.T) {
	net, _ := withTransfer(t)
	one, account := scale.AppendU16(nil, 1), key(0).Hotkey()
	balance := newState(net.tip().state).account(account).Balance
	stored := scale.AppendU32(nil, 1) // nonce
	for _, v := range []uint32{0, 1, 0} {
		stored = scale.AppendU32(stored, v)
	}
	stored = append(scale.AppendU64(scale.AppendU64(scale.AppendU64(stored, balance), 0), 0), scale.AppendU128(nil, scale.U128{Hi: 1 << 63})...)
	for name, tc := range map[string]struct{ key, want []byte }{
		"account":    {chain.StorageKey("System", "Account", chain.KeyBlake2(account[:])), stored},
		"number":     {chain.StorageKey("System", "Number"), []byte{1, 0, 0, 0}},
		"mechanisms": {chain.StorageKey(chain.Pallet, "MechanismCountCurrent", chain.KeyTwox64(one)), []byte{1}},
		"kappa":      {chain.StorageKey(chain.Pallet, "Kappa", one), scale.AppendU16(nil, 32767)},
		"added":      {chain.StorageKey(chain.Pallet, "NetworksAdded", one), []byte{1}},
	} {
		want := `"` + hexutil.Encode(tc.want) + `"`
		if got := net.say("state_getStorage", hexutil.Bytes(tc.key)); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
		head := net.Head().Hash
		wantAt := `[{"block":"` + head.String() + `","changes":[["` + hexutil.Encode(tc.key) + `",` + want + `]]}]`
		if got := net.say("state_queryStorageAt", []hexutil.Bytes{tc.key}); got != wantAt {
			t.Errorf("%s at once = %s, want %s", name, got, wantAt)
		}
	}
}

// The calls that only a devnet has.
func TestDevMethods(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	if got := net.say("dev_advance", 12); !strings.Contains(got, `"number":"0xc"`) || net.Head().Number != 12 {
		t.Errorf("advance = %s, at block %d", got, net.Head().Number)
	}
	target := key(9)
	for i, form := range []string{target.Address().Hex(), target.Hotkey().String(), target.Hotkey().SS58()} {
		if got := net.say("dev_fund", form, 1_000_000); strings.HasPrefix(got, "error") {
			t.Errorf("fund %s: %s", form, got)
		}
		balance, err := net.eth().BalanceAt(t.Context(), target.Address(), nil)
		if err != nil || balance.Cmp(raoToWei(uint64(i+1)*1_000_000)) != 0 {
			t.Errorf("after %d times: %s, %v", i+1, balance, err)
		}
	}
	for name, args := range map[string][]any{"dev_advance": {MaxAdvance + 1}, "dev_fund": {"0x12", 1_000_000}} {
		if got := net.say(name, args...); !strings.HasPrefix(got, "error") {
			t.Errorf("%s%v = %s", name, args, got)
		}
	}
	if got := net.say("dev_fund", target.Address(), 1); !strings.Contains(got, ErrTooLittle.Error()) {
		t.Errorf("one rao: %s", got)
	}
}
