package chain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// The pallet's prefix and keys seen in recorded traffic of the public chain.
func TestStorageKeys(t *testing.T) {
	var file struct {
		Mapping []struct{ H160, AccountId string } `json:"evm_address_mapping"`
		Keys    []struct{ Item, Key string }       `json:"storage_keys"`
	}
	if err := json.Unmarshal(reference(t, "accounts_hashes_keys.json"), &file); err != nil {
		t.Fatal(err)
	}
	alice := unhex(t, "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
	one, none := scale.AppendU16(nil, 1), []byte(nil)
	args := map[string][]byte{
		"Keys": scale.AppendU16(one, 0), "Weights": scale.AppendU16(one, 0),
		"Uids": append(bytes.Clone(one), KeyBlake2(alice)...), "Axons": append(bytes.Clone(one), KeyBlake2(alice)...),
		"Owner": KeyBlake2(alice), "StakeThreshold": none, "CommitRevealWeightsVersion": none,
		"RevealPeriodEpochs": KeyTwox64(one), "MechanismCountCurrent": KeyTwox64(one),
		"WeightCommits": append(KeyTwox64(one), KeyTwox64(alice)...),
	}
	if len(file.Keys) == 0 || len(file.Mapping) == 0 {
		t.Fatal("no vectors in the file")
	}
	for _, k := range file.Keys {
		suffix, ok := args[k.Item]
		if !ok {
			suffix = one
		}
		if got := StorageKey(Pallet, k.Item, suffix); !bytes.Equal(got, unhex(t, k.Key)) {
			t.Errorf("%s = %x, want %s", k.Item, got, k.Key)
		}
	}
	for _, m := range file.Mapping {
		if got := protocol.HotkeyOf(common.HexToAddress(m.H160)).String(); got != m.AccountId {
			t.Errorf("account of %s = %s, want %s", m.H160, got, m.AccountId)
		}
	}
}

func TestKeyHelpers(t *testing.T) {
	if got := hex.EncodeToString(subnetKey("SubnetworkN", 1)); got != "658faa385070e074c85bf6b568cf0555a1048e9d244171852dfe8db314dc68ca0100" {
		t.Errorf("SubnetworkN of netuid 1 = %s", got)
	}
	if got := hex.EncodeToString(uidKey("Weights", 1, 0)); got != "658faa385070e074c85bf6b568cf0555a1e7036061f484bc3048a64b64e35ec401000000" {
		t.Errorf("Weights of netuid 1, uid 0 = %s", got)
	}
}

func TestSelectors(t *testing.T) {
	a, err := NeuronABI()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"burnedRegister": "4054ecca", "registerLimit": "b72d8f89", "serveAxon": "e20ac82f", "serveAxonTls": "18ba7f8a",
		"servePrometheus": "5a05952f", "setWeights": "34af16d6", "commitWeights": "a5077557", "revealWeights": "66ba946f",
	}
	for name, selector := range want {
		if got := hex.EncodeToString(a.Methods[name].ID); got != selector {
			t.Errorf("selector of %s = %s, want %s", name, got, selector)
		}
	}
	if len(a.Methods) != len(want) {
		t.Errorf("%d functions, want %d", len(a.Methods), len(want))
	}
}

func TestSelectorsOfReference(t *testing.T) {
	var list []struct{ Address, Signature, Selector string }
	if err := json.Unmarshal(reference(t, "selectors.json"), &list); err != nil {
		t.Fatal(err)
	}
	a, err := NeuronABI()
	if err != nil {
		t.Fatal(err)
	}
	bySignature := make(map[string]string)
	for _, m := range a.Methods {
		bySignature[m.Sig] = "0x" + hex.EncodeToString(m.ID)
	}
	found := 0
	for _, s := range list {
		if s.Address != "0x0804" {
			continue
		}
		if bySignature[s.Signature] != s.Selector {
			t.Errorf("%s = %q, want %s", s.Signature, bySignature[s.Signature], s.Selector)
		}
		found++
	}
	if found == 0 {
		t.Error("the reference lists no function of the neuron precompile")
	}
}

// Commit hashes of the pallet, its precompile's test and the SDK.
func TestCommitHash(t *testing.T) {
	var file struct {
		Cases []struct {
			Account            protocol.Hotkey
			StorageIndex       uint16
			Uids, Values, Salt []uint16
			VersionKey         uint64
			Hash               item.Hash
		} `json:"commit_hash"`
	}
	if err := json.Unmarshal(reference(t, "accounts_hashes_keys.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 4 {
		t.Fatalf("%d vectors in the file", len(file.Cases))
	}
	for i, c := range file.Cases {
		w := Weights{UIDs: c.Uids, Values: c.Values, VersionKey: c.VersionKey}
		if got := CommitHash(c.Account, c.StorageIndex, w, c.Salt); got != c.Hash {
			t.Errorf("case %d: hash %s, want %s", i, got, c.Hash)
		}
	}
}

// Commit hashes of a generator that shares no code with this package.
func TestGeneratedCommitHash(t *testing.T) {
	raw, err := os.ReadFile("testdata/gen_commit_hash.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Account, Hash      string
			StorageIndex       uint16 `json:"storage_index"`
			Uids, Values, Salt []uint16
			VersionKey         uint64 `json:"version_key"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) < 8 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for i, c := range file.Cases {
		w := Weights{UIDs: c.Uids, Values: c.Values, VersionKey: c.VersionKey}
		if got := CommitHash(protocol.Hotkey(unhex(t, c.Account)), c.StorageIndex, w, c.Salt); got != item.Hash(unhex(t, c.Hash)) {
			t.Errorf("case %d: hash %s, want %s", i, got, c.Hash)
		}
	}
}
