package devnet

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// unknownSelector is the revert by which a tool learns that a precompile lacks a
// function.
const unknownSelector = revertError("Unknown selector")

// contract runs the code at m.to with the gas left after the intrinsic part. It
// returns the gas that the call must be allowed and whether a successful call pays
// for it. An address without code does nothing.
func (c *Chain) contract(st *state, m message, gas uint64) (cost uint64, paid bool, output []byte, err error) {
	if book, ok := c.rules[m.to]; ok {
		return book.call(c, st, m, gas)
	}
	switch {
	case m.to == chain.NeuronAddress():
		cost, paid, err = c.neuronCall(st, m, gas)
		return cost, paid, nil, err
	case m.to == storageQueryAddress():
		return 0, false, c.readStorage(st, m.data), nil
	case isPrecompile(m.to):
		return 0, false, nil, revertError(fmt.Sprintf("Precompile %s is disabled", m.to.Hex()))
	}
	return 0, false, nil, nil
}

// storageQueryAddress is the precompile whose calldata is a raw storage key and
// whose reply is the raw value.
func storageQueryAddress() common.Address { return common.Address{18: 0x08, 19: 0x07} }

// isPrecompile reports whether the address lies where the public chain has its
// precompiles (0x800 to 0x8ff).
func isPrecompile(a common.Address) bool {
	return a[18] == 0x08 && a == common.Address{18: 0x08, 19: a[19]}
}

// neuronCall decodes a call of the neuron precompile and applies the pallet's
// rule to the account of the caller.
func (c *Chain) neuronCall(st *state, m message, gas uint64) (cost uint64, paid bool, err error) {
	if len(m.data) < 4 {
		return 0, false, unknownSelector
	}
	method, err := c.neuron.MethodById(m.data[:4])
	if err != nil {
		return 0, false, unknownSelector
	}
	var rule func(*state, protocol.Hotkey, []any) error
	switch method.Name {
	case chain.MethodRegister:
		cost, paid, rule = chain.GasRegister, true, c.burnedRegister
	case chain.MethodServeAxon:
		cost, rule = chain.GasServeAxon, c.serveAxon
	case chain.MethodSetWeights:
		cost, rule = chain.GasSetWeights, c.setWeights
	case chain.MethodRegisterLimit:
		cost, paid, rule = chain.GasRegisterLimit, true, c.registerLimit
	case chain.MethodServeAxonTLS:
		cost, rule = chain.GasServeAxon, c.serveAxonTLS
	case chain.MethodServePrometheus:
		cost, rule = chain.GasServeAxon, c.servePrometheus
	case chain.MethodCommitWeights:
		cost, rule = chain.GasCommitWeights, c.commitWeights
	case chain.MethodRevealWeights:
		cost, rule = chain.GasRevealWeights, c.revealWeights
	default:
		return 0, false, unknownSelector
	}
	args, err := method.Inputs.Unpack(m.data[4:])
	if err != nil {
		return 0, false, revertError("invalid arguments: " + err.Error())
	}
	if gas < cost {
		return cost, paid, errOutOfGas
	}
	return cost, paid, rule(st, protocol.HotkeyOf(m.from), args)
}

// burnedRegister(uint16 netuid, bytes32 hotkey), signed by the coldkey.
func (c *Chain) burnedRegister(st *state, coldkey protocol.Hotkey, args []any) error {
	return c.register(st, args[0].(uint16), coldkey, args[1].([32]byte))
}

// serveAxon(uint16 netuid, uint32 version, uint128 ip, uint16 port, uint8 ipType,
// uint8 protocol, uint8, uint8), signed by the hotkey.
func (c *Chain) serveAxon(st *state, hotkey protocol.Hotkey, args []any) error {
	return c.serve(st, args[0].(uint16), hotkey, chain.AxonInfo{
		Version: args[1].(uint32), IP: u128(args[2].(*big.Int)), Port: args[3].(uint16), IPType: args[4].(uint8),
		Protocol: args[5].(uint8), Placeholder1: args[6].(uint8), Placeholder2: args[7].(uint8),
	})
}

// setWeights(uint16 netuid, uint16[] uids, uint16[] weights, uint64 versionKey),
// signed by the hotkey.
func (c *Chain) setWeights(st *state, hotkey protocol.Hotkey, args []any) error {
	return c.vote(st, args[0].(uint16), hotkey, chain.Weights{
		UIDs: args[1].([]uint16), Values: args[2].([]uint16), VersionKey: args[3].(uint64),
	})
}

func u128(v *big.Int) scale.U128 {
	return scale.U128{Hi: new(big.Int).Rsh(v, 64).Uint64(), Lo: new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1)).Uint64()}
}
