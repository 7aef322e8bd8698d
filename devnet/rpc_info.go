package devnet

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain/scale"
)

// byteList is SCALE bytes in the JSON form of a Rust Vec<u8>: an array of numbers.
type byteList []byte

// MarshalJSON writes the array.
func (b byteList) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 4*len(b)+2)
	out = append(out, '[')
	for i, v := range b {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, uint64(v), 10)
	}
	return append(out, ']'), nil
}

// ask makes a runtime call with arguments in SCALE.
func (c *Chain) ask(method string, args []byte, at *common.Hash) (byteList, error) {
	st, err := c.view(at)
	if err != nil {
		return nil, err
	}
	out, err := c.runtimeCall(st, method, args)
	if err := errors.Join(err, st.err); err != nil {
		return nil, stateError(fmt.Errorf("call %s: %w", method, err))
	}
	return out, nil
}

func u16s(v ...uint16) (b []byte) {
	for _, n := range v {
		b = scale.AppendU16(b, n)
	}
	return b
}

// neuronInfoAPI serves neuronInfo_*: what the runtime calls answer, as bytes.
type neuronInfoAPI struct{ c *Chain }

// GetNeurons is neuronInfo_getNeurons.
func (a *neuronInfoAPI) GetNeurons(netuid uint16, at *common.Hash) (byteList, error) {
	return a.c.ask("NeuronInfoRuntimeApi_get_neurons", u16s(netuid), at)
}

// GetNeuronsLite is neuronInfo_getNeuronsLite.
func (a *neuronInfoAPI) GetNeuronsLite(netuid uint16, at *common.Hash) (byteList, error) {
	return a.c.ask("NeuronInfoRuntimeApi_get_neurons_lite", u16s(netuid), at)
}

// GetNeuron is neuronInfo_getNeuron.
func (a *neuronInfoAPI) GetNeuron(netuid, uid uint16, at *common.Hash) (byteList, error) {
	return a.c.ask("NeuronInfoRuntimeApi_get_neuron", u16s(netuid, uid), at)
}

// GetNeuronLite is neuronInfo_getNeuronLite.
func (a *neuronInfoAPI) GetNeuronLite(netuid, uid uint16, at *common.Hash) (byteList, error) {
	return a.c.ask("NeuronInfoRuntimeApi_get_neuron_lite", u16s(netuid, uid), at)
}

// subnetInfoAPI serves subnetInfo_*.
type subnetInfoAPI struct{ c *Chain }

// GetSelectiveMetagraph is subnetInfo_getSelectiveMetagraph.
func (a *subnetInfoAPI) GetSelectiveMetagraph(netuid uint16, indexes []uint16, at *common.Hash) (byteList, error) {
	args := scale.AppendVector(u16s(netuid), indexes, scale.AppendU16)
	return a.c.ask("SubnetInfoRuntimeApi_get_selective_metagraph", args, at)
}

// GetSelectiveMechagraph is subnetInfo_getSelectiveMechagraph.
func (a *subnetInfoAPI) GetSelectiveMechagraph(netuid uint16, mechanism uint8, indexes []uint16, at *common.Hash) (byteList, error) {
	args := scale.AppendVector(append(u16s(netuid), mechanism), indexes, scale.AppendU16)
	return a.c.ask("SubnetInfoRuntimeApi_get_selective_mechagraph", args, at)
}

// GetSubnetHyperparamsV3 is subnetInfo_getSubnetHyperparamsV3.
func (a *subnetInfoAPI) GetSubnetHyperparamsV3(netuid uint16, at *common.Hash) (byteList, error) {
	return a.c.ask("SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", u16s(netuid), at)
}
