package chain

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// The functions of the neuron precompile.
const (
	MethodRegister        = "burnedRegister"
	MethodRegisterLimit   = "registerLimit"
	MethodServeAxon       = "serveAxon"
	MethodServeAxonTLS    = "serveAxonTls"
	MethodServePrometheus = "servePrometheus"
	MethodSetWeights      = "setWeights"
	MethodCommitWeights   = "commitWeights"
	MethodRevealWeights   = "revealWeights"
)

// Gas that a call of the neuron precompile must be allowed beside its intrinsic
// gas: the runtime's weight of the call at 40,000 picoseconds per unit. It is
// needed even for calls that are free of charge once they succeed.
const (
	GasRegister      = 103_000
	GasRegisterLimit = 140_000
	GasServeAxon     = 6_000
	GasSetWeights    = 2_970_000
	GasCommitWeights = 15_000
	GasRevealWeights = 20_000
)

//go:embed abi/neuron.json
var neuronABI []byte

// NeuronAddress is the precompiled contract that does what a neuron needs.
func NeuronAddress() common.Address { return common.Address{18: 0x08, 19: 0x04} }

// NeuronABI parses the interface of the neuron precompile.
func NeuronABI() (abi.ABI, error) {
	a, err := abi.JSON(bytes.NewReader(neuronABI))
	if err != nil {
		return abi.ABI{}, fmt.Errorf("parse neuron abi: %w", err)
	}
	return a, nil
}
