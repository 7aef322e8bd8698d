package chain

import (
	"fmt"

	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/yuma"
)

// NeuronInfo is one neuron as the runtime calls get_neuron and get_neurons send
// it. Shares are parts of 65535, amounts in rao.
type NeuronInfo struct {
	Hotkey, Coldkey protocol.Hotkey
	UID, Netuid     uint16
	Active          bool
	Axon            AxonInfo
	Prometheus      PrometheusInfo
	// Stake is one entry, of the owner: what all of the hotkey's nominators hold.
	Stake          []HotkeyAmount
	Rank           uint16 // no longer computed: 0
	Emission       uint64
	Incentive      uint16
	Consensus      uint16
	Trust          uint16 // no longer computed: 0
	ValidatorTrust uint16
	Dividends      uint16
	LastUpdate     uint64
	Permit         bool
	// Weights and Bonds are absent from the lite form.
	Weights, Bonds yuma.Row
	Pruning        uint16 // no longer computed: 65535
}

// PrometheusInfo is where a neuron shows its metrics.
type PrometheusInfo struct {
	Block   uint64
	Version uint32
	IP      scale.U128
	Port    uint16
	IPType  uint8
}

// NeuronForm says whether rows of weights and bonds are sent along.
type NeuronForm bool

// The forms of a NeuronInfo.
const (
	FullNeuron NeuronForm = false
	LiteNeuron NeuronForm = true
)

// leastNeuron is the size below which no encoded NeuronInfo can be.
const leastNeuron = 2*32 + axonInfoSize + 31

// DecodeNeuron reads an Option<NeuronInfo>; nil means that there is no such
// neuron.
func DecodeNeuron(b []byte, form NeuronForm) (*NeuronInfo, error) {
	d := scale.NewDecoder(b)
	if !d.Option() {
		return nil, d.Finish()
	}
	n := decodeNeuron(d, form)
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("decode neuron: %w", err)
	}
	return &n, nil
}

// DecodeNeurons reads a Vec<NeuronInfo>.
func DecodeNeurons(b []byte, form NeuronForm) ([]NeuronInfo, error) {
	d := scale.NewDecoder(b)
	out := scale.Vector(d, leastNeuron, func(d *scale.Decoder) NeuronInfo { return decodeNeuron(d, form) })
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("decode neurons: %w", err)
	}
	return out, nil
}

// EncodeNeuron writes the Option form, None for nil.
func EncodeNeuron(n *NeuronInfo, form NeuronForm) []byte {
	if n == nil {
		return []byte{0}
	}
	return appendNeuron([]byte{1}, *n, form)
}

// EncodeNeurons writes the vector form.
func EncodeNeurons(list []NeuronInfo, form NeuronForm) []byte {
	return scale.AppendVector(nil, list, func(b []byte, n NeuronInfo) []byte { return appendNeuron(b, n, form) })
}

func compact16(d *scale.Decoder) uint16 { return uint16(d.Compact(1<<16 - 1)) }

func decodeNeuron(d *scale.Decoder, form NeuronForm) NeuronInfo {
	n := NeuronInfo{
		Hotkey: decodeHotkey(d), Coldkey: decodeHotkey(d), UID: compact16(d), Netuid: compact16(d),
		Active: d.Bool(), Axon: decodeAxonInfo(d), Prometheus: decodePrometheus(d),
		Stake: scale.Vector(d, 33, decodeAmount),
		Rank:  compact16(d), Emission: compact64(d), Incentive: compact16(d), Consensus: compact16(d),
		Trust: compact16(d), ValidatorTrust: compact16(d), Dividends: compact16(d), LastUpdate: compact64(d),
		Permit: d.Bool(),
	}
	if form == FullNeuron {
		n.Weights, n.Bonds = scale.Vector(d, 2, decodeCell), scale.Vector(d, 2, decodeCell)
	}
	n.Pruning = compact16(d)
	return n
}

func appendNeuron(b []byte, n NeuronInfo, form NeuronForm) []byte {
	b = appendHotkey(appendHotkey(b, n.Hotkey), n.Coldkey)
	b = scale.AppendCompact(scale.AppendCompact(b, uint64(n.UID)), uint64(n.Netuid))
	b = appendPrometheus(appendAxonInfo(scale.AppendBool(b, n.Active), n.Axon), n.Prometheus)
	b = scale.AppendVector(b, n.Stake, appendAmount)
	for _, v := range []uint64{
		uint64(n.Rank), n.Emission, uint64(n.Incentive), uint64(n.Consensus), uint64(n.Trust),
		uint64(n.ValidatorTrust), uint64(n.Dividends), n.LastUpdate,
	} {
		b = scale.AppendCompact(b, v)
	}
	b = scale.AppendBool(b, n.Permit)
	if form == FullNeuron {
		b = scale.AppendVector(scale.AppendVector(b, n.Weights, appendCell), n.Bonds, appendCell)
	}
	return scale.AppendCompact(b, uint64(n.Pruning))
}

func decodePrometheus(d *scale.Decoder) PrometheusInfo {
	return PrometheusInfo{Block: d.U64(), Version: d.U32(), IP: d.U128(), Port: d.U16(), IPType: d.U8()}
}

func appendPrometheus(b []byte, p PrometheusInfo) []byte {
	b = scale.AppendU128(scale.AppendU32(scale.AppendU64(b, p.Block), p.Version), p.IP)
	return append(scale.AppendU16(b, p.Port), p.IPType)
}

func decodeCell(d *scale.Decoder) yuma.Cell {
	return yuma.Cell{Column: compact16(d), Value: compact16(d)}
}

func appendCell(b []byte, c yuma.Cell) []byte {
	return scale.AppendCompact(scale.AppendCompact(b, uint64(c.Column)), uint64(c.Value))
}

func decodeAmount(d *scale.Decoder) HotkeyAmount {
	return HotkeyAmount{Hotkey: decodeHotkey(d), Amount: compact64(d)}
}

func appendAmount(b []byte, a HotkeyAmount) []byte {
	return scale.AppendCompact(append(b, a.Hotkey[:]...), a.Amount)
}
