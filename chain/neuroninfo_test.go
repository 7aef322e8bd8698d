package chain

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// A recorded NeuronInfo decodes to the last byte, to what the reference says of
// it, and encodes to the same bytes.
func TestRecordedNeuron(t *testing.T) {
	var file struct {
		Calls []struct {
			Raw     string
			Decoded struct {
				Hotkey, Coldkey            protocol.Hotkey
				UID, Netuid                uint16
				Active                     bool
				Stake                      [][2]any
				Rank, Incentive, Consensus uint16
				Trust, Dividends           uint16
				Vtrust                     uint16 `json:"validator_trust"`
				Emission                   uint64
				LastUpdate                 uint64 `json:"last_update"`
				Permit                     bool   `json:"validator_permit"`
				Weights, Bonds             [][2]uint16
				Pruning                    uint16 `json:"pruning_score"`
			}
		}
	}
	if err := json.Unmarshal(reference(t, "recorded_state_calls.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Calls) == 0 {
		t.Fatal("no recorded call")
	}
	row := func(pairs [][2]uint16) (out yuma.Row) {
		for _, p := range pairs {
			out = append(out, yuma.Cell{Column: p[0], Value: p[1]})
		}
		return out
	}
	for _, call := range file.Calls {
		raw, w := unhex(t, call.Raw), call.Decoded
		got, err := DecodeNeuron(raw, FullNeuron)
		if err != nil {
			t.Fatal(err)
		}
		want := NeuronInfo{
			Hotkey: w.Hotkey, Coldkey: w.Coldkey, UID: w.UID, Netuid: w.Netuid, Active: w.Active,
			Stake: []HotkeyAmount{{Hotkey: w.Coldkey, Amount: uint64(w.Stake[0][1].(float64))}},
			Rank:  w.Rank, Emission: w.Emission, Incentive: w.Incentive, Consensus: w.Consensus, Trust: w.Trust,
			ValidatorTrust: w.Vtrust, Dividends: w.Dividends, LastUpdate: w.LastUpdate, Permit: w.Permit,
			Weights: row(w.Weights), Bonds: row(w.Bonds), Pruning: w.Pruning,
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("decoded\n%+v, want\n%+v", *got, want)
		}
		if again := EncodeNeuron(got, FullNeuron); !bytes.Equal(again, raw) {
			t.Errorf("encoding what was decoded gives %x, want %x", again, raw)
		}
	}
}

func sampleNeuron() NeuronInfo {
	return NeuronInfo{
		Hotkey: protocol.Hotkey{1}, Coldkey: protocol.Hotkey{2}, UID: 700, Netuid: 4, Active: true,
		Axon: AxonInfo{Block: 9, Port: 80, IPType: IPv4}, Prometheus: PrometheusInfo{Block: 3, Version: 1, Port: 81, IPType: IPv6},
		Stake: []HotkeyAmount{{protocol.Hotkey{2}, 1 << 40}}, Emission: 1 << 33, Dividends: 65535, LastUpdate: 1 << 20,
		Weights: yuma.Row{{Column: 1, Value: 65535}}, Bonds: yuma.Row{{Column: 3, Value: 7}}, Pruning: 65535,
	}
}

// The lite form is the full one without the rows.
func TestNeuronForms(t *testing.T) {
	full := sampleNeuron()
	lite := full
	lite.Weights, lite.Bonds = nil, nil
	for form, want := range map[NeuronForm]NeuronInfo{FullNeuron: full, LiteNeuron: lite} {
		list, err := DecodeNeurons(EncodeNeurons([]NeuronInfo{full, full}, form), form)
		if err != nil || len(list) != 2 || !reflect.DeepEqual(list[1], want) {
			t.Errorf("lite %v: %+v, %v", form, list, err)
		}
	}
	if n, err := DecodeNeuron(EncodeNeuron(nil, FullNeuron), FullNeuron); n != nil || err != nil {
		t.Errorf("no neuron = %+v, %v", n, err)
	}
}

// What decodes has one encoding only.
func FuzzNeurons(f *testing.F) {
	f.Add(EncodeNeurons([]NeuronInfo{sampleNeuron()}, FullNeuron), false)
	f.Add(EncodeNeurons([]NeuronInfo{sampleNeuron()}, LiteNeuron), true)
	f.Add([]byte{0xfe, 0xff, 3, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, lite bool) {
		list, err := DecodeNeurons(b, NeuronForm(lite))
		if err == nil && !bytes.Equal(EncodeNeurons(list, NeuronForm(lite)), b) {
			t.Errorf("%x decodes to %+v, which encodes otherwise", b, list)
		}
	})
}
