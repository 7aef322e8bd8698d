package devnet

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	schnorrkel "github.com/ChainSafe/go-schnorrkel"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// interfaceOf parses one of the embedded interfaces.
func interfaceOf(t testing.TB, file string) abi.ABI {
	t.Helper()
	raw, err := abiFiles.ReadFile("abi/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := abi.JSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask calls a function of a precompile and decodes the reply.
func (s *served) ask(number uint16, file, method string, args ...any) ([]any, error) {
	s.t.Helper()
	a, to := interfaceOf(s.t, file), at(number)
	data, err := a.Pack(method, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := s.eth().CallContract(s.t.Context(), ethereum.CallMsg{To: &to, Data: data}, nil)
	if err != nil {
		return nil, err
	}
	out, err := a.Unpack(method, raw)
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return out, nil
}

// The interfaces are those of the reference, function by function.
func TestInterfaces(t *testing.T) {
	raw, err := os.ReadFile("../../shared/reference/chain/vectors/selectors.json")
	if err != nil {
		t.Skipf("the reference vectors are not here: %v", err)
	}
	var list []struct{ Address, Signature, Selector string }
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for address, file := range map[string]string{"0x0800": "transfer", "0x0802": "metagraph", "0x0803": "subnet", "0x0806": "lookup", "0x080c": "mapping"} {
		have, want := map[string]string{}, map[string]string{}
		for _, m := range interfaceOf(t, file).Methods {
			have[m.Sig] = "0x" + hex.EncodeToString(m.ID)
		}
		for _, s := range list {
			if s.Address == address {
				want[s.Signature] = s.Selector
			}
		}
		for signature, selector := range want {
			if have[signature] != selector {
				t.Errorf("%s %s = %q, want %s", address, signature, have[signature], selector)
			}
		}
		if len(have) != len(want) {
			t.Errorf("%s has %d functions, want %d", address, len(have), len(want))
		}
	}
}

func TestMetagraphGetters(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(2, 2))
	net.send(key(0), 0, 60_000, axonCall(t, 1, big.NewInt(10<<24+1), 80, 4))
	served := net.step(1).Number
	hotkey := [32]byte(key(0).Hotkey())
	for method, want := range map[string]any{
		"getHotkey": hotkey, "getColdkey": hotkey, "getStake": uint64(1000_000_000_000), "getValidatorStatus": true,
		"getIsActive": true, "getLastUpdate": uint64(0), "getEmission": uint64(0), "getRank": uint16(0), "getTrust": uint16(0),
		"getConsensus": uint16(0), "getIncentive": uint16(0), "getDividends": uint16(0), "getVtrust": uint16(0),
	} {
		if got, err := net.ask(0x802, "metagraph", method, uint16(1), uint16(0)); err != nil || got[0] != want {
			t.Errorf("%s = %v, %v; want %v", method, got, err, want)
		}
	}
	got, err := net.ask(0x802, "metagraph", "getAxon", uint16(1), uint16(0))
	if err != nil {
		t.Fatal(err)
	}
	var axon axonReply
	if axon = *abi.ConvertType(got[0], new(axonReply)).(*axonReply); axon.Block != served || axon.Ip.Int64() != 10<<24+1 || axon.Port != 80 || axon.IpType != 4 {
		t.Errorf("axon = %+v, served in block %d", axon, served)
	}
	for netuid, want := range map[uint16]uint16{1: 2, 7: 0} {
		if got, err := net.ask(0x802, "metagraph", "getUidCount", netuid); err != nil || got[0] != want {
			t.Errorf("count of netuid %d = %v, %v", netuid, got, err)
		}
	}
	// No such uid: no keys, which is a failure, and zeros.
	for method, want := range map[string]string{
		"getHotkey": "evm error: InvalidRange", "getStake": "evm error: InvalidRange", "getAxon": `evm error: Other("hotkey not found")`,
	} {
		if _, err := net.ask(0x802, "metagraph", method, uint16(1), uint16(9)); err == nil || err.Error() != want {
			t.Errorf("%s of nobody: %v", method, err)
		}
	}
	if got, err := net.ask(0x802, "metagraph", "getEmission", uint16(1), uint16(9)); err != nil || got[0] != uint64(0) {
		t.Errorf("emission of nobody = %v, %v", got, err)
	}
}

// Every getter answers, with the value that the settings have.
func TestSubnetGetters(t *testing.T) {
	g := smallGenesis(1, 1)
	net := open(t, t.TempDir(), g)
	want := map[string][]any{
		"getWeightsSetRateLimit": {g.WeightsRateLimit}, "getWeightsVersionKey": {g.WeightsVersion}, "getKappa": {g.Kappa},
		"getMinAllowedWeights": {g.MinAllowedWeights}, "getMaxWeightLimit": {uint16(65535)}, "getImmunityPeriod": {g.ImmunityPeriod},
		"getServingRateLimit": {g.ServingRateLimit}, "getCommitRevealWeightsEnabled": {g.CommitReveal}, "getMaxBurn": {g.MaxBurn},
		"getCommitRevealWeightsInterval": {g.CommitRevealPeriod}, "getActivityCutoff": {uint16(g.activityCutoff())},
		"getActivityCutoffFactor": {g.ActivityCutoffFactor}, "getMinBurn": {g.MinBurn}, "getRho": {uint16(10)},
		"getNetworkRegistrationAllowed": {true}, "getNetworkRegistrationBlock": {uint64(0)}, "getYuma3Enabled": {g.Yuma3},
		"getLiquidAlphaEnabled": {g.LiquidAlpha}, "getAlphaValues": {g.AlphaLow, g.AlphaHigh},
		"getBondsMovingAverage": {g.BondsMovingAverage}, "getAlphaSigmoidSteepness": {uint16(1000)}, "getBondsResetEnabled": {false},
		"getNetworkPowRegistrationAllowed": {false}, "getDifficulty": {uint64(0)}, "getMinDifficulty": {uint64(0)},
		"getMaxDifficulty": {uint64(1<<62 - 1)}, "getAdjustmentAlpha": {uint64(0)},
	}
	for name := range interfaceOf(t, "subnet").Methods {
		if !strings.HasPrefix(name, "get") {
			continue
		}
		got, err := net.ask(0x803, "subnet", name, uint16(1))
		if err != nil || len(got) != len(want[name]) {
			t.Errorf("%s = %v, %v; want %v", name, got, err, want[name])
			continue
		}
		for i := range got {
			if got[i] != want[name][i] {
				t.Errorf("%s = %v, want %v", name, got, want[name])
			}
		}
	}
	if got, err := net.ask(0x803, "subnet", "getKappa", uint16(9)); err != nil || got[0] != uint16(0) {
		t.Errorf("kappa of no subnet = %v, %v", got, err)
	}
}

func TestAccountPrecompiles(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 2))
	got, err := net.ask(0x80c, "mapping", "addressMapping", key(0).Address())
	if err != nil || got[0] != [32]byte(key(0).Hotkey()) {
		t.Errorf("mapping = %v, %v", got, err)
	}
	if got, err := net.ask(0x806, "lookup", "uidLookup", uint16(1), key(0).Address(), uint16(9)); err != nil || len(got) != 1 {
		t.Errorf("lookup = %v, %v", got, err)
	}
	// The value of a transfer goes on to an account that no address maps to.
	target := protocol.Hotkey{0xaa}
	data, err := interfaceOf(t, "transfer").Pack("transfer", [32]byte(target))
	if err != nil {
		t.Fatal(err)
	}
	to := at(0x800)
	msg := ethereum.CallMsg{From: key(0).Address(), To: &to, Data: data, Value: raoToWei(5_000)}
	m := message{from: msg.From, to: to, data: data, value: 5_000, gas: BlockGasLimit}
	st := newState(net.tip().state)
	if out := net.Chain.run(st, m); out.err != nil || st.account(target).Balance != 5_000 || st.account(protocol.HotkeyOf(to)).Balance != 0 {
		t.Errorf("transfer: %+v, target holds %d, the precompile %d", out, st.account(target).Balance, st.account(protocol.HotkeyOf(to)).Balance)
	}
	// Value sent to what is not payable is refused.
	getter, err := interfaceOf(t, "mapping").Pack("addressMapping", common.Address{})
	if err != nil {
		t.Fatal(err)
	}
	to = at(0x80c)
	_, err = net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(0).Address(), To: &to, Data: getter, Value: raoToWei(5_000)}, nil)
	if err == nil || !strings.Contains(err.Error(), "Function is not payable") {
		t.Errorf("value to a getter: %v", err)
	}
}

func TestVerifyPrecompiles(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	msg := [32]byte{1, 2, 3}
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	ed := ed25519.NewKeyFromSeed(seed)
	mini, err := schnorrkel.NewMiniSecretKeyFromRaw([32]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := mini.ExpandEd25519().Sign(schnorrkel.NewSigningContext([]byte("substrate"), msg[:]))
	if err != nil {
		t.Fatal(err)
	}
	sr, public := signed.Encode(), mini.Public().Encode()
	for number, parts := range map[uint16][2][]byte{
		0x402: {ed.Public().(ed25519.PublicKey), ed25519.Sign(ed, msg[:])}, 0x403: {public[:], sr[:]},
	} {
		to := at(number)
		data := append(append(append([]byte("any!"), msg[:]...), parts[0]...), parts[1]...)
		for name, tc := range map[string]struct {
			flip int // byte of the input to spoil
			want byte
		}{"good": {0, 1}, "message": {4, 0}, "key": {40, 0}, "signature": {80, 0}} {
			input := bytes.Clone(data)
			if input[tc.flip] ^= 1; tc.flip == 0 {
				input[0] ^= 9 // the selector is not looked at
			}
			got, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{To: &to, Data: input}, nil)
			if err != nil || len(got) != 32 || got[31] != tc.want {
				t.Errorf("%#x with another %s: %x, %v", number, name, got, err)
			}
		}
		if _, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{To: &to, Data: data[:100]}, nil); err == nil {
			t.Errorf("%#x verifies a short input", number)
		}
		gas, err := net.eth().EstimateGas(t.Context(), ethereum.CallMsg{To: &to, Data: data})
		if err != nil || gas != intrinsicGas(data)+gasVerify {
			t.Errorf("%#x takes %d gas, %v", number, gas, err)
		}
	}
}

// The storage query reads the pallets that it may and no other.
func TestStorageQueryPallets(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	to := storageQueryAddress()
	for pallet, want := range map[string]bool{chain.Pallet: true, "Timestamp": true, "Drand": true, "System": false, "Nothing": false} {
		_, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{To: &to, Data: chain.StorageKey(pallet, "Now")}, nil)
		if (err == nil) != want || err != nil && err.Error() != `evm error: Other("Invalid key")` {
			t.Errorf("%s: %v", pallet, err)
		}
	}
}

// Whatever any precompile is sent, it ends, and a failure changes nothing.
func FuzzPrecompiles(f *testing.F) {
	c := fuzzChain(f)
	for _, number := range []uint16{0x402, 0x403, 0x800, 0x802, 0x803, 0x806, 0x807, 0x80c, 0x8ff} {
		f.Add(number, uint64(0), []byte{0x1f, 0x19, 0x35, 0x72, 31: 1})
	}
	f.Fuzz(func(t *testing.T, number uint16, value uint64, data []byte) {
		st := newState(c.tip().state)
		out := c.run(st, message{from: key(0).Address(), to: at(number), value: value, data: data, gas: BlockGasLimit})
		if st.err != nil || out.err != nil && len(st.changed) > 0 {
			t.Errorf("%#x(%x): %+v, %v, changed %v", number, data, out, st.err, st.keys())
		}
	})
}
