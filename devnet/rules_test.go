package devnet

import (
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

func (s *served) eth() *ethclient.Client {
	s.t.Helper()
	e, err := ethclient.Dial(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(e.Close)
	return e
}

// pack encodes a call of the neuron precompile.
func pack(t testing.TB, method string, args ...any) []byte {
	t.Helper()
	a, err := chain.NeuronABI()
	if err != nil {
		t.Fatal(err)
	}
	data, err := a.Pack(method, args...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// send signs a call with the gas given and offers it to the pool.
func (s *served) send(k *protocol.Key, nonce, gas uint64, data []byte) *types.Transaction {
	s.t.Helper()
	to := chain.NeuronAddress()
	tx := types.MustSignNewTx(k.ECDSA(), s.signer, &types.DynamicFeeTx{
		ChainID: big.NewInt(42), Nonce: nonce, Gas: gas, GasFeeCap: big.NewInt(BaseFee), GasTipCap: new(big.Int), To: &to, Data: data,
	})
	if err := s.eth().SendTransaction(s.t.Context(), tx); err != nil {
		s.t.Fatal(err)
	}
	return tx
}

func axonCall(t testing.TB, netuid uint16, ip *big.Int, port uint16, ipType uint8) []byte {
	return pack(t, chain.MethodServeAxon, netuid, uint32(1), ip, port, ipType, uint8(4), uint8(0), uint8(0))
}

func voteCall(t testing.TB, netuid uint16, uids, values []uint16, version uint64) []byte {
	return pack(t, chain.MethodSetWeights, netuid, uids, values, version)
}

// TestErrorNames asks for every refusal of the pallet, in the node's words.
func TestErrorNames(t *testing.T) {
	hotkey := func(i int) [32]byte { return key(i).Hotkey() }
	ones, ten := big.NewInt(1<<32-1), big.NewInt(10<<24+1)
	for _, tc := range []struct {
		name   string
		from   int // keys 0..2 are registered with a permit, 3 has funds, 4 has none, 5 is registered without a permit
		change func(*Genesis)
		data   func(testing.TB) []byte
	}{
		{"RegistrationNotPermittedOnRootSubnet", 3, nil, func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(0), hotkey(3)) }},
		{"SubnetNotExists", 3, nil, func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(2), hotkey(3)) }},
		{"SubNetRegistrationDisabled", 3, func(g *Genesis) { g.RegistrationAllowed = false },
			func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(1), hotkey(3)) }},
		{"HotKeyAlreadyRegisteredInSubNet", 0, nil, func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(1), hotkey(0)) }},
		{"NotEnoughBalanceToStake", 4, nil, func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(1), hotkey(4)) }},
		{"NonAssociatedColdKey", 3, nil, func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(1), [32]byte{0xbb}) }},
		{"NoNeuronIdAvailable", 3, func(g *Genesis) { g.MaxUIDs, g.Neurons, g.Owner = 1, g.Neurons[:1], key(0).Hotkey() },
			func(t testing.TB) []byte { return pack(t, "burnedRegister", uint16(1), hotkey(3)) }},
		{"SubnetNotExists", 0, nil, func(t testing.TB) []byte { return axonCall(t, 2, ten, 80, 4) }},
		{"HotKeyNotRegisteredInNetwork", 3, nil, func(t testing.TB) []byte { return axonCall(t, 1, ten, 80, 4) }},
		{"InvalidIpType", 0, nil, func(t testing.TB) []byte { return axonCall(t, 1, ten, 80, 5) }},
		{"InvalidIpAddress", 0, nil, func(t testing.TB) []byte { return axonCall(t, 1, ones, 80, 4) }},
		{"InvalidIpAddress", 0, func(g *Genesis) { g.AllowLoopbackAxons = false },
			func(t testing.TB) []byte { return axonCall(t, 1, big.NewInt(loopback4), 80, 4) }},
		{"InvalidIpAddress", 0, func(g *Genesis) { g.AllowLoopbackAxons = false },
			func(t testing.TB) []byte { return axonCall(t, 1, big.NewInt(loopback6), 80, 6) }},
		{"InvalidPort", 0, nil, func(t testing.TB) []byte { return axonCall(t, 1, ten, 0, 4) }},
		{"NotEnoughStakeToSetWeights", 5, func(g *Genesis) { g.StakeThreshold = 1 },
			func(t testing.TB) []byte { return voteCall(t, 1, []uint16{0}, []uint16{1}, 0) }},
		{"CommitRevealEnabled", 0, func(g *Genesis) { g.CommitReveal = true },
			func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1}, []uint16{1}, 0) }},
		{"CanNotSetRootNetworkWeights", 0, nil, func(t testing.TB) []byte { return voteCall(t, 0, []uint16{1}, []uint16{1}, 0) }},
		{"WeightVecNotEqualSize", 0, nil, func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1}, []uint16{1, 2}, 0) }},
		{"MechanismDoesNotExist", 0, nil, func(t testing.TB) []byte { return voteCall(t, 3, []uint16{1}, []uint16{1}, 0) }},
		{"UidsLengthExceedUidsInSubNet", 0, nil,
			func(t testing.TB) []byte { return voteCall(t, 1, []uint16{0, 1, 2, 3, 4}, []uint16{1, 1, 1, 1, 1}, 0) }},
		{"HotKeyNotRegisteredInSubNet", 3, nil, func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1}, []uint16{1}, 0) }},
		{"IncorrectWeightVersionKey", 0, func(g *Genesis) { g.WeightsVersion = 5 },
			func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1}, []uint16{1}, 4) }},
		{"NeuronNoValidatorPermit", 5, nil, func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1}, []uint16{1}, 0) }},
		{"DuplicateUids", 0, nil, func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1, 1}, []uint16{1, 1}, 0) }},
		{"UidVecContainInvalidOne", 0, nil, func(t testing.TB) []byte { return voteCall(t, 1, []uint16{9}, []uint16{1}, 0) }},
		{"WeightVecLengthIsLow", 0, func(g *Genesis) { g.MinAllowedWeights = 3 },
			func(t testing.TB) []byte { return voteCall(t, 1, []uint16{1, 2}, []uint16{1, 1}, 0) }},
		{"NotEnoughStakeToSetWeights", 5, func(g *Genesis) { g.CommitReveal, g.StakeThreshold = true, 1 },
			func(t testing.TB) []byte { return pack(t, "commitWeights", uint16(1), [32]byte{1}) }},
		{"MechanismDoesNotExist", 0, nil, func(t testing.TB) []byte { return pack(t, "commitWeights", uint16(3), [32]byte{1}) }},
		{"CommitRevealDisabled", 3, nil, func(t testing.TB) []byte { return pack(t, "commitWeights", uint16(1), [32]byte{1}) }},
		{"HotKeyNotRegisteredInSubNet", 3, func(g *Genesis) { g.CommitReveal = true },
			func(t testing.TB) []byte { return pack(t, "commitWeights", uint16(1), [32]byte{1}) }},
		{"NoWeightsCommitFound", 0, nil,
			func(t testing.TB) []byte {
				return pack(t, "revealWeights", uint16(1), []uint16{1}, []uint16{1}, []uint16{1}, uint64(0))
			}},
		{"HotKeyNotRegisteredInNetwork", 3, nil,
			func(t testing.TB) []byte {
				return pack(t, "servePrometheus", uint16(1), uint32(1), ten, uint16(9), uint8(4))
			}},
		{"RegistrationPriceLimitExceeded", 3, nil,
			func(t testing.TB) []byte { return pack(t, "registerLimit", uint16(1), hotkey(3), uint64(0)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := smallGenesis(3, 4)
			g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(5).Hotkey()})
			if tc.change != nil {
				tc.change(&g)
			}
			net := open(t, t.TempDir(), g)
			known(net, protocol.Hotkey{0xbb}, key(1).Hotkey())
			to := chain.NeuronAddress()
			msg := ethereum.CallMsg{From: key(tc.from).Address(), To: &to, Data: tc.data(t)}
			_, err := net.eth().CallContract(t.Context(), msg, nil)
			want := `evm error: Other("dispatch execution failed: ` + tc.name + `")`
			if err == nil || err.Error() != want {
				t.Errorf("eth_call: %v, want %s", err, want)
			}
			if _, err := net.eth().EstimateGas(t.Context(), msg); err == nil || err.Error() != want {
				t.Errorf("eth_estimateGas: %v, want %s", err, want)
			}
		})
	}
}

// known makes a hotkey one that coldkey once registered and that was replaced since.
func known(net *served, hotkey, coldkey protocol.Hotkey) {
	net.mu.Lock()
	defer net.mu.Unlock()
	newest := net.tips[len(net.tips)-1]
	st := newState(newest.state)
	st.putOwner(hotkey, coldkey)
	newest.state = newest.state.with(st.changed)
}

func TestRateLimits(t *testing.T) {
	g := smallGenesis(2, 2)
	g.WeightsRateLimit, g.ServingRateLimit = 5, 5
	net := open(t, t.TempDir(), g)
	data := voteCall(t, 1, []uint16{1}, []uint16{1}, 0)
	net.send(key(0), 0, 3_200_000, data)
	net.send(key(1), 0, 60_000, axonCall(t, 1, big.NewInt(10<<24+1), 80, 4))
	landed := net.step(1).Number
	to := chain.NeuronAddress()
	vote := ethereum.CallMsg{From: key(0).Address(), To: &to, Data: data}
	axon := ethereum.CallMsg{From: key(1).Address(), To: &to, Data: axonCall(t, 1, big.NewInt(10<<24+2), 80, 4)}
	for h := net.Head(); h.Number < landed+5; h = net.step(1) {
		if _, err := net.eth().CallContract(t.Context(), vote, nil); err == nil || !strings.Contains(err.Error(), "SettingWeightsTooFast") {
			t.Errorf("vote %d blocks after the last: %v", h.Number-landed, err)
		}
		if _, err := net.eth().CallContract(t.Context(), axon, nil); err == nil || !strings.Contains(err.Error(), "ServingRateLimitExceeded") {
			t.Errorf("axon %d blocks after the last: %v", h.Number-landed, err)
		}
	}
	if _, err := net.eth().CallContract(t.Context(), vote, nil); err != nil {
		t.Errorf("vote after the limit: %v", err)
	}
	if _, err := net.eth().CallContract(t.Context(), axon, nil); err != nil {
		t.Errorf("axon after the limit: %v", err)
	}
}

func TestReverts(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	to, crowdloan := chain.NeuronAddress(), chain.NeuronAddress()
	crowdloan[19] = 0x09
	for name, msg := range map[string]ethereum.CallMsg{
		"Unknown selector":  {To: &to, Data: []byte{1, 2, 3, 4}},
		"invalid arguments": {To: &to, Data: pack(t, "setWeights", uint16(1), []uint16{1}, []uint16{1}, uint64(0))[:40]},
		"is disabled":       {To: &crowdloan, Data: []byte{1, 2, 3, 4}},
	} {
		_, err := net.eth().CallContract(t.Context(), msg, nil)
		if err == nil || !strings.Contains(err.Error(), "revert") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A failed transaction has status 0 and eats its gas limit; a vote that succeeds
// pays for no more than its bytes; a registration pays for its weight too.
func TestGas(t *testing.T) {
	g := smallGenesis(1, 2)
	net := open(t, t.TempDir(), g)
	good, bad := voteCall(t, 1, []uint16{0}, []uint16{1}, 0), voteCall(t, 1, []uint16{9}, []uint16{1}, 0)
	join := pack(t, "burnedRegister", uint16(1), [32]byte(key(1).Hotkey()))
	for _, tc := range []struct {
		k          *protocol.Key
		nonce, gas uint64
		data       []byte
		status     uint64
		used       uint64
	}{
		{key(0), 0, 3_200_000, good, 1, intrinsicGas(good)},
		{key(0), 1, 3_200_000, bad, 0, 3_200_000},
		{key(0), 2, 100_000, good, 0, 100_000}, // out of gas
		{key(1), 0, 200_000, join, 1, intrinsicGas(join) + chain.GasRegister},
		{key(1), 1, 200_000, []byte{9, 9, 9, 9}, 0, intrinsicGas([]byte{9, 9, 9, 9})},
	} {
		before := newState(net.tip().state).account(tc.k.Hotkey()).Balance
		tx := net.send(tc.k, tc.nonce, tc.gas, tc.data)
		net.step(1)
		r, err := net.eth().TransactionReceipt(t.Context(), tx.Hash())
		if err != nil || r.Status != tc.status || r.GasUsed != tc.used {
			t.Fatalf("nonce %d of %s: receipt %+v, %v; want status %d, gas %d", tc.nonce, tc.k.Hotkey().Short(), r, err, tc.status, tc.used)
		}
		paid := before - newState(net.tip().state).account(tc.k.Hotkey()).Balance
		want := tc.used * 20
		if hex.EncodeToString(tc.data[:4]) == "4054ecca" {
			want += g.Burn
		}
		if paid != want {
			t.Errorf("nonce %d paid %d rao, want %d", tc.nonce, paid, want)
		}
	}
}
