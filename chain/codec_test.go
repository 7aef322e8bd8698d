package chain

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// everyField has a value of the right type under each of the 73 indexes.
func everyField() *Selective {
	s := &Selective{Netuid: 5, Fields: make(map[uint16]any)}
	for i := uint16(1); i <= FieldLast; i++ {
		s.Fields[i] = map[fieldKind]any{
			kindCompact: uint64(1 << 40), kindCompact128: scale.U128{Hi: 1, Lo: 2}, kindI128: scale.U128{Hi: 1<<64 - 1, Lo: 3},
			kindBool: true, kindAccount: protocol.Hotkey{1}, kindName: []byte("näme"),
			kindIdentity: [][]byte{{1}, {}, {}, {}, {}, {}, {}, {8}}, kindAccounts: []protocol.Hotkey{{2}, {3}},
			kindIdentities: [][][]byte{nil, {{1}, {}, {}, {}, {}, {}, {7}}},
			kindAxons:      []AxonInfo{{}, {Block: 9, IP: scale.U128{Lo: 0x7f000001}, Port: 80, IPType: IPv4}},
			kindBools:      []bool{true, false}, kindCompacts: []uint64{3, 1 << 50},
			kindAmounts: []HotkeyAmount{{protocol.Hotkey{4}, 5}}, kindCommitments: []HotkeyBytes{{protocol.Hotkey{6}, []byte{7}}},
		}[kindOf(i)]
	}
	return s
}

func TestSelectiveRoundTrip(t *testing.T) {
	want := everyField()
	raw, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSelective(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.Encode()
	if err != nil || !bytes.Equal(raw, again) || len(got.Fields) != FieldLast || got.Netuid != 5 {
		t.Errorf("%d fields of netuid %d come back, %v", len(got.Fields), got.Netuid, err)
	}
	if !reflect.DeepEqual(got.Fields[FieldAxons], want.Fields[FieldAxons]) {
		t.Errorf("axons = %v", got.Fields[FieldAxons])
	}
	if s, err := DecodeSelective([]byte{0}); s != nil || err != nil {
		t.Errorf("no subnet = %v, %v", s, err)
	}
	want.Fields[FieldTempo] = "ten"
	if _, err := want.Encode(); err == nil {
		t.Error("a string passes for a number")
	}
}

func TestMetagraphColumns(t *testing.T) {
	columns := func(change func(map[uint16]any)) *Selective {
		two := []uint64{1, 2}
		s := &Selective{Netuid: 1, Fields: map[uint16]any{
			FieldBlock: uint64(9), FieldTempo: uint64(10), FieldHotkeys: []protocol.Hotkey{{1}, {2}},
			FieldColdkeys: []protocol.Hotkey{{3}, {4}}, FieldAxons: make([]AxonInfo, 2), FieldActive: []bool{true, true, true},
			FieldValidatorPermit: []bool{true}, FieldLastUpdate: two, FieldEmission: two, FieldDividends: two,
			FieldIncentives: two, FieldConsensus: two, FieldRegisteredAt: two, FieldTotalStake: two,
		}}
		change(s.Fields)
		return s
	}
	m, err := metagraphOf(columns(func(map[uint16]any) {}), []uint16{7})
	if err != nil {
		t.Fatal(err)
	}
	n, ok := m.ByHotkey(protocol.Hotkey{2})
	if !ok || n.UID != 1 || n.Stake != 2 || n.ValidatorPermit || !n.Active || n.ValidatorTrust != 0 {
		t.Errorf("second neuron = %+v", n)
	}
	if m.Neurons[0].ValidatorTrust != 7 || m.Tempo != 10 || m.Block != 9 {
		t.Errorf("metagraph = %+v", m)
	}
	for name, change := range map[string]func(map[uint16]any){
		"no hotkeys":       func(f map[uint16]any) { delete(f, FieldHotkeys) },
		"a coldkey less":   func(f map[uint16]any) { f[FieldColdkeys] = []protocol.Hotkey{{3}} },
		"no consensus":     func(f map[uint16]any) { delete(f, FieldConsensus) },
		"share over 65535": func(f map[uint16]any) { f[FieldDividends] = []uint64{65536, 0} },
	} {
		if _, err := metagraphOf(columns(change), nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHyperparamsRoundTrip(t *testing.T) {
	want := Hyperparams{
		Tempo: 360, ImmunityPeriod: 5000, MinAllowedWeights: 1, MaxWeight: 65535, WeightsVersion: 3, WeightsRateLimit: 100,
		ServingRateLimit: 50, MaxValidators: 64, CommitRevealEnabled: true, CommitRevealPeriod: 1, YumaVersion: 3, Kappa: 32767,
		AlphaLow: 45875, AlphaHigh: 58982, AlphaSteepness: -1000, BondsMovingAverage: 900000, ActivityCutoff: 5000,
		ActivityCutoffFactor: 13889, RegistrationAllowed: true, MinBurn: 1, MaxBurn: 1 << 40, BurnHalfLife: 360,
		BurnIncrease: 1.25, SubnetActive: true,
	}
	list, err := DecodeParams(EncodeParams(want.Params()))
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, Param{Name: "from_the_future", Value: ParamValue{Variant: paramU128}})
	got, err := hyperparamsOf(list)
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := hyperparamsOf(list[1:]); err == nil {
		t.Error("a list without kappa is accepted")
	}
	list[0].Value.Variant = paramBool
	if _, err := hyperparamsOf(list); err == nil {
		t.Error("a boolean kappa is accepted")
	}
}

func TestAxonForms(t *testing.T) {
	for _, a := range []Axon{
		{Version: 1, IP: netip.MustParseAddr("203.0.113.7"), Port: 9000, Protocol: 4},
		{Block: 8, IP: netip.MustParseAddr("2001:db8::1"), Port: 1},
	} {
		info, err := a.Info()
		if err != nil || info.Axon() != a {
			t.Errorf("%v comes back as %v, %v", a, info.Axon(), err)
		}
	}
	mapped := Axon{IP: netip.MustParseAddr("::ffff:10.0.0.1"), Port: 1}
	if info, err := mapped.Info(); err != nil || info.IPType != IPv4 || info.IP.Lo != 10<<24+1 {
		t.Errorf("mapped address = %+v, %v", info, err)
	}
	for _, i := range []AxonInfo{{}, {Port: 1, IPType: 5}, {Port: 1, IPType: IPv4, IP: scale.U128{Lo: 1 << 32}}, {IPType: IPv6}} {
		if a := i.Axon(); a.Serving() || a != (Axon{}) {
			t.Errorf("%+v serves as %+v", i, a)
		}
	}
	if _, err := (Axon{}).Info(); err == nil {
		t.Error("an axon without an address is encoded")
	}
}

// answer is a JSON-RPC error as a node sends it.
type answer struct{ msg, data string }

func (a answer) Error() string          { return a.msg }
func (a answer) ErrorCode() int         { return -32603 }
func (a answer) ErrorData() interface{} { return a.data }

var _ rpc.DataError = answer{}

func TestRefusal(t *testing.T) {
	revert := "0x08c379a0" + "0000000000000000000000000000000000000000000000000000000000000020" +
		"0000000000000000000000000000000000000000000000000000000000000010" + "556e6b6e6f776e2073656c6563746f7200000000000000000000000000000000"
	for _, tc := range []struct {
		err     error
		name    string
		tooSoon bool
	}{
		{answer{`evm error: Other("dispatch execution failed: SettingWeightsTooFast")`, "0x"}, "SettingWeightsTooFast", true},
		{answer{`evm error: Other("dispatch execution failed: ServingRateLimitExceeded")`, "0x"}, "ServingRateLimitExceeded", true},
		{answer{`evm error: Other("dispatch execution failed: NeuronNoValidatorPermit")`, ""}, "NeuronNoValidatorPermit", false},
		{answer{"VM Exception while processing transaction: revert Unknown selector", revert}, ErrNameUnknownSelector, false},
		{answer{"out of gas", "0x"}, "", false},
		{errors.New("connection reset"), "", false},
	} {
		err := refusal("setWeights", tc.err)
		var e *Error
		got := ""
		if errors.As(err, &e) {
			got = e.Name
		}
		if got != tc.name || IsTooSoon(err) != tc.tooSoon {
			t.Errorf("%v: name %q, too soon %v", tc.err, got, IsTooSoon(err))
		}
	}
}

func FuzzDecodeSelective(f *testing.F) {
	raw, err := everyField().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{0})
	f.Add(raw[:len(raw)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSelective(b)
		if err != nil || s == nil {
			return
		}
		again, err := s.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("decoded bytes encode differently: %v", err)
		}
		if m, err := metagraphOf(s, nil); err == nil && len(m.Neurons) > len(b) {
			t.Errorf("%d neurons out of %d bytes", len(m.Neurons), len(b))
		}
	})
}

func FuzzDecodeParams(f *testing.F) {
	f.Add(EncodeParams(Hyperparams{Kappa: 1, BurnIncrease: 1.5}.Params()))
	f.Add([]byte{1, 4, 4, 'x', 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := DecodeParams(b)
		if err != nil || list == nil {
			return
		}
		if !bytes.Equal(EncodeParams(list), b) {
			t.Error("decoded bytes encode differently")
		}
		if _, err := hyperparamsOf(list); err != nil && len(err.Error()) == 0 {
			t.Error("empty error")
		}
	})
}

func TestStoredAs(t *testing.T) {
	w := Weights{UIDs: []uint16{3, 5}, Values: []uint16{1, 2}}
	for _, tc := range []struct {
		name         string
		uids, values []uint16
		want         bool
	}{
		{"scaled up", []uint16{3, 5}, []uint16{32768, 65535}, true},
		{"a replaced neuron", []uint16{3, 5}, []uint16{0, 65535}, true},
		{"all replaced", []uint16{3, 5}, []uint16{0, 0}, false},
		{"another value", []uint16{3, 5}, []uint16{32769, 65535}, false},
		{"as it was sent", []uint16{3, 5}, []uint16{1, 2}, false},
		{"another neuron", []uint16{3, 6}, []uint16{32768, 65535}, false},
		{"half a row", []uint16{3, 5}, []uint16{32768}, false},
		{"no row", nil, nil, false},
	} {
		if got := w.StoredAs(tc.uids, tc.values); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
