package devnet

import (
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
)

// rpc dials the served port with a client that is not ours.
func (s *served) rpc(url string) *rpc.Client {
	s.t.Helper()
	c, err := rpc.Dial(url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return c
}

func (s *served) http() string { return "http" + strings.TrimPrefix(s.url, "ws") }

func (s *served) stateCall(method string, args []byte) []byte {
	s.t.Helper()
	var out hexutil.Bytes
	if err := s.rpc(s.url).Call(&out, "state_call", method, hexutil.Bytes(args)); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return out
}

func allIndexes() []uint16 {
	out := make([]uint16, chain.FieldLast)
	for i := range out {
		out[i] = uint16(i + 1)
	}
	return out
}

// The devnet's metagraph has the shape of the one recorded from the public chain:
// the same fields, each of the same type, decoded to the last byte.
func TestMetagraphShape(t *testing.T) {
	g := smallGenesis(2, 2)
	g.Owner = key(0).Hotkey()
	net := open(t, t.TempDir(), g)
	net.step(25)
	args := scale.AppendVector(u16s(1), allIndexes(), scale.AppendU16)
	raw := net.stateCall("SubnetInfoRuntimeApi_get_selective_metagraph", args)
	ours, err := chain.DecodeSelective(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours.Fields) != chain.FieldLast {
		t.Errorf("%d fields of %d", len(ours.Fields), chain.FieldLast)
	}
	mechanism := net.stateCall("SubnetInfoRuntimeApi_get_selective_mechagraph", append([]byte{1, 0, 0}, args[2:]...))
	if !reflect.DeepEqual(mechanism, raw) {
		t.Error("mechanism 0 is not the subnet")
	}
	if other := net.stateCall("SubnetInfoRuntimeApi_get_selective_mechagraph", append([]byte{1, 0, 1}, args[2:]...)); len(other) != 1 {
		t.Errorf("mechanism 1 = %x", other)
	}
	text, err := os.ReadFile("../../shared/reference/chain/vectors/recorded_selective_mechagraph.hex")
	if err != nil {
		t.Skipf("the reference vectors are not here: %v", err)
	}
	recorded, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(text)), "0x"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := chain.DecodeSelective(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range allIndexes() {
		want, ok := theirs.Fields[index]
		got, have := ours.Fields[index]
		if ok != have || fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			t.Errorf("field %d: %T (%v), want %T (%v)", index, got, have, want, ok)
		}
	}
}

// The hyperparameters have all the names of the public chain, in its order.
func TestHyperparamsShape(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	list, err := chain.DecodeParams(net.stateCall("SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", []byte{1, 0}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	want := "kappa immunity_period min_allowed_weights max_weights_limit tempo weights_version weights_rate_limit activity_cutoff " +
		"activity_cutoff_factor registration_allowed target_regs_per_interval min_burn max_burn burn_half_life burn_increase_mult " +
		"bonds_moving_avg max_regs_per_block serving_rate_limit max_validators commit_reveal_period commit_reveal_weights_enabled " +
		"alpha_high alpha_low liquid_alpha_enabled alpha_sigmoid_steepness yuma_version subnet_is_active transfers_enabled " +
		"bonds_reset_enabled user_liquidity_enabled owner_cut_enabled owner_cut_auto_lock_enabled min_childkey_take"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("names\n%s, want\n%s", got, want)
	}
}

func TestNeuronCalls(t *testing.T) {
	g := smallGenesis(1, 1)
	g.Neurons = append(g.Neurons, GenesisNeuron{Hotkey: key(1).Hotkey()}, GenesisNeuron{Hotkey: key(2).Hotkey()})
	net := open(t, t.TempDir(), g)
	net.send(key(0), 0, 3_200_000, voteCall(t, 1, []uint16{1, 2}, []uint16{1, 2}, 0))
	net.step(12)
	const api = "NeuronInfoRuntimeApi_"
	full, err := chain.DecodeNeurons(net.stateCall(api+"get_neurons", []byte{1, 0}), chain.FullNeuron)
	if err != nil || len(full) != 3 || len(full[0].Weights) != 2 || len(full[0].Bonds) == 0 || full[1].UID != 1 || full[0].Pruning != 65535 {
		t.Fatalf("neurons = %+v, %v", full, err)
	}
	lite, err := chain.DecodeNeurons(net.stateCall(api+"get_neurons_lite", []byte{1, 0}), chain.LiteNeuron)
	if err != nil || len(lite) != 3 || lite[2].Hotkey != full[2].Hotkey {
		t.Errorf("lite = %+v, %v", lite, err)
	}
	one, err := chain.DecodeNeuron(net.stateCall(api+"get_neuron", []byte{1, 0, 0, 0}), chain.FullNeuron)
	if err != nil || !reflect.DeepEqual(*one, full[0]) {
		t.Errorf("neuron = %+v, %v", one, err)
	}
	for name, args := range map[string][]byte{"uid": {1, 0, 9, 0}, "subnet": {7, 0, 0, 0}} {
		if n, err := chain.DecodeNeuron(net.stateCall(api+"get_neuron_lite", args), chain.LiteNeuron); n != nil || err != nil {
			t.Errorf("no such %s: %+v, %v", name, n, err)
		}
	}
	if none := net.stateCall(api+"get_neurons", []byte{7, 0}); !reflect.DeepEqual(none, []byte{0}) {
		t.Errorf("neurons of no subnet = %x", none)
	}
	// The RPC methods give the same bytes as numbers.
	for method, tc := range map[string]struct {
		args []any
		want []byte
	}{
		"neuronInfo_getNeurons":             {[]any{1}, net.stateCall(api+"get_neurons", []byte{1, 0})},
		"neuronInfo_getNeuronsLite":         {[]any{1}, net.stateCall(api+"get_neurons_lite", []byte{1, 0})},
		"neuronInfo_getNeuron":              {[]any{1, 2}, net.stateCall(api+"get_neuron", []byte{1, 0, 2, 0})},
		"neuronInfo_getNeuronLite":          {[]any{1, 2}, net.stateCall(api+"get_neuron_lite", []byte{1, 0, 2, 0})},
		"subnetInfo_getSubnetHyperparamsV3": {[]any{1}, net.stateCall("SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", []byte{1, 0})},
		"subnetInfo_getSelectiveMetagraph":  {[]any{1, []int{7}}, net.stateCall("SubnetInfoRuntimeApi_get_selective_metagraph", []byte{1, 0, 4, 7, 0})},
		"subnetInfo_getSelectiveMechagraph": {[]any{1, 0, []int{7}}, net.stateCall("SubnetInfoRuntimeApi_get_selective_metagraph", []byte{1, 0, 4, 7, 0})},
	} {
		var numbers []int
		if err := net.rpc(net.url).Call(&numbers, method, tc.args...); err != nil {
			t.Errorf("%s: %v", method, err)
			continue
		}
		got := make([]byte, len(numbers))
		for i, n := range numbers {
			got[i] = byte(n)
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s = %x, want %x", method, got, tc.want)
		}
	}
}
