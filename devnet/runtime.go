package devnet

import (
	"errors"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// none and some begin the encoding of an option.
const (
	none = 0
	some = 1
)

// maxSelected bounds the indexes of a selective metagraph.
const maxSelected = 256

var errUnknownMethod = errors.New("unknown runtime method")

// runtimeMethod answers one runtime call. It reads its arguments to the end.
type runtimeMethod func(c *Chain, st *state, d *scale.Decoder) ([]byte, error)

// runtimeMethods is the table of the calls that are served.
func runtimeMethods() map[string]runtimeMethod {
	const subnet, neuron = "SubnetInfoRuntimeApi_", "NeuronInfoRuntimeApi_"
	return map[string]runtimeMethod{
		subnet + "get_selective_metagraph":    selectiveMetagraph,
		subnet + "get_selective_mechagraph":   selectiveMechagraph,
		subnet + "get_subnet_hyperparams_v3":  hyperparamsV3,
		subnet + "get_next_epoch_start_block": nextEpochStart,
		neuron + "get_neurons":                neuronList(chain.FullNeuron),
		neuron + "get_neurons_lite":           neuronList(chain.LiteNeuron),
		neuron + "get_neuron":                 oneNeuron(chain.FullNeuron),
		neuron + "get_neuron_lite":            oneNeuron(chain.LiteNeuron),
		"Core_version":                        coreVersion,
		"AccountNonceApi_account_nonce":       accountNonce,
	}
}

// runtimeCall answers state_call.
func (c *Chain) runtimeCall(st *state, method string, args []byte) ([]byte, error) {
	answer, ok := c.methods[method]
	if !ok {
		return nil, errUnknownMethod
	}
	return answer(c, st, scale.NewDecoder(args))
}

// (netuid, Vec<u16>) -> Option<SelectiveMetagraph>
func selectiveMetagraph(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
	return c.selected(st, d, d.U16(), 0)
}

// (netuid, u8 mechanism, Vec<u16>) -> Option<SelectiveMetagraph>; the subnet has
// one mechanism, 0.
func selectiveMechagraph(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
	netuid := d.U16()
	return c.selected(st, d, netuid, d.U8())
}

func (c *Chain) selected(st *state, d *scale.Decoder, netuid uint16, mechanism uint8) ([]byte, error) {
	indexes := scale.Vector(d, 2, (*scale.Decoder).U16)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	if len(indexes) > maxSelected {
		return nil, errors.New("too many indexes")
	}
	if netuid != c.genesis.Netuid || mechanism != 0 {
		return []byte{none}, nil
	}
	return c.selective(st, indexes)
}

// (netuid) -> Option<Vec<(name, value)>>
func hyperparamsV3(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
	netuid := d.U16()
	if err := d.Finish(); err != nil {
		return nil, err
	}
	if netuid != c.genesis.Netuid {
		return []byte{none}, nil
	}
	h := c.params(st).hyperparams()
	h.TransfersEnabled, h.TargetRegistrations, h.MaxRegistrations = true, targetRegistrations, maxRegistrations
	return chain.EncodeParams(h.Params()), nil
}

// (netuid) -> Option<u64>
func nextEpochStart(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
	netuid := d.U16()
	if err := d.Finish(); err != nil {
		return nil, err
	}
	next, ok := c.clock(st.subnet()).next()
	if netuid != c.genesis.Netuid || !ok {
		return []byte{none}, nil
	}
	return scale.AppendU64([]byte{some}, next), nil
}

// (netuid) -> Vec<NeuronInfo>
func neuronList(form chain.NeuronForm) runtimeMethod {
	return func(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
		netuid := d.U16()
		if err := d.Finish(); err != nil {
			return nil, err
		}
		var list []chain.NeuronInfo
		if netuid == c.genesis.Netuid {
			for _, n := range c.neurons(st) {
				list = append(list, c.neuronInfo(st, n, form))
			}
		}
		return chain.EncodeNeurons(list, form), nil
	}
}

// (netuid, uid) -> Option<NeuronInfo>
func oneNeuron(form chain.NeuronForm) runtimeMethod {
	return func(c *Chain, st *state, d *scale.Decoder) ([]byte, error) {
		netuid, uid := d.U16(), d.U16()
		if err := d.Finish(); err != nil {
			return nil, err
		}
		if netuid != c.genesis.Netuid || uid >= st.subnet().N {
			return []byte{none}, nil
		}
		n := c.neuronInfo(st, c.fullNeuron(st, uid), form)
		return chain.EncodeNeuron(&n, form), nil
	}
}

func (c *Chain) neuronInfo(st *state, n fullNeuron, form chain.NeuronForm) chain.NeuronInfo {
	out := chain.NeuronInfo{
		Hotkey: n.Hotkey, Coldkey: n.coldkey, UID: n.uid, Netuid: c.genesis.Netuid, Active: n.Active, Axon: n.Axon,
		Stake:    []chain.HotkeyAmount{{Hotkey: n.coldkey, Amount: n.alpha}},
		Emission: n.Emission, Incentive: n.Incentive, Consensus: n.Consensus, ValidatorTrust: n.Trust,
		Dividends: n.Dividends, LastUpdate: n.LastUpdate, Permit: n.Permit, Pruning: pruningScore,
	}
	if p, ok := st.prometheus(n.Hotkey); ok {
		out.Prometheus = chain.PrometheusInfo{Block: p.Block, Version: p.Version, IP: p.IP, Port: p.Port, IPType: p.IPType}
	}
	if form == chain.FullNeuron {
		out.Weights, out.Bonds = st.weights(n.uid), st.bonds(n.uid)
	}
	return out
}

// () -> RuntimeVersion, without a list of interfaces.
func coreVersion(_ *Chain, _ *state, d *scale.Decoder) ([]byte, error) {
	if err := d.Finish(); err != nil {
		return nil, err
	}
	b := scale.AppendBytes(scale.AppendBytes(nil, []byte(specName)), []byte(nodeName))
	for _, v := range []uint32{authoringVersion, specVersion, implVersion} {
		b = scale.AppendU32(b, v)
	}
	b = scale.AppendCompact(b, 0)
	return append(scale.AppendU32(b, transactionVersion), stateVersion), nil
}

// (account) -> u32
func accountNonce(_ *Chain, st *state, d *scale.Decoder) ([]byte, error) {
	account := protocol.Hotkey(d.Account())
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return scale.AppendU32(nil, uint32(st.account(account).Nonce)), nil
}
