package devnet

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain"
)

//go:embed abi/*.json
var abiFiles embed.FS

// Reverts of a precompile's own front, in the chain's words.
const (
	// unknownSelector is how a tool learns that a precompile lacks a function.
	unknownSelector = revertError("Unknown selector")
	notPayable      = revertError("Function is not payable")
)

// effect is what a call came to: the gas that it must be allowed beside the
// intrinsic part, whether a call that succeeds pays for that, and the reply.
type effect struct {
	cost   uint64
	paid   bool
	output []byte
	err    error
}

// precompile is what runs at one address. It is given the gas that is left after
// the intrinsic part.
type precompile func(c *Chain, st *state, m message, gas uint64) effect

// abiFunction is one function of a precompile with an interface. run gets the
// decoded arguments and returns the values of the reply.
type abiFunction struct {
	gas  uint64
	paid bool
	run  func(c *Chain, st *state, m message, args []any) ([]any, error)
}

// at is the address of a precompile by its number.
func at(number uint16) common.Address {
	return common.Address{18: byte(number >> 8), 19: byte(number)}
}

// storageQueryAddress is the precompile whose calldata is a raw storage key and
// whose reply is the raw value.
func storageQueryAddress() common.Address { return at(0x807) }

// precompiles is the table of what this chain has. All else from 0x800 to 0x8ff
// is disabled.
func precompiles() (map[common.Address]precompile, error) {
	neuron, err := chain.NeuronABI()
	if err != nil {
		return nil, err
	}
	out := map[common.Address]precompile{
		at(0x402): verifier(verifyEd25519), at(0x403): verifier(verifySr25519), storageQueryAddress(): storageQuery(),
	}
	if out[chain.NeuronAddress()], err = typed(neuron, neuronFunctions()); err != nil {
		return nil, fmt.Errorf("neuron precompile: %w", err)
	}
	for _, p := range []struct {
		number    uint16
		file      string
		functions map[string]abiFunction
	}{
		{0x800, "transfer", transferFunctions()}, {0x802, "metagraph", metagraphFunctions()},
		{0x803, "subnet", subnetFunctions()}, {0x805, "staking", stakingFunctions()}, {0x806, "lookup", lookupFunctions()}, {0x80c, "mapping", mappingFunctions()},
	} {
		raw, err := abiFiles.ReadFile("abi/" + p.file + ".json")
		if err != nil {
			return nil, fmt.Errorf("%s precompile: %w", p.file, err)
		}
		parsed, err := abi.JSON(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s precompile: parse abi: %w", p.file, err)
		}
		if out[at(p.number)], err = typed(parsed, p.functions); err != nil {
			return nil, fmt.Errorf("%s precompile: %w", p.file, err)
		}
	}
	return out, nil
}

// typed makes a precompile of the functions of an interface. One that the table
// lacks does not exist on this chain, and its selector is unknown.
func typed(a abi.ABI, functions map[string]abiFunction) (precompile, error) {
	for name := range functions {
		if _, ok := a.Methods[name]; !ok {
			return nil, fmt.Errorf("the interface has no function %s", name)
		}
	}
	return func(c *Chain, st *state, m message, gas uint64) effect {
		if len(m.data) < 4 {
			return effect{err: unknownSelector}
		}
		method, err := a.MethodById(m.data[:4])
		if err != nil {
			return effect{err: unknownSelector}
		}
		f, ok := functions[method.Name]
		if !ok {
			return effect{err: unknownSelector}
		}
		if m.value > 0 && !method.IsPayable() {
			return effect{err: notPayable}
		}
		args, err := method.Inputs.Unpack(m.data[4:])
		if err != nil {
			return effect{err: revertError("invalid arguments: " + err.Error())}
		}
		out := effect{cost: f.gas, paid: f.paid}
		if gas < f.gas {
			out.err = errOutOfGas
			return out
		}
		values, err := f.run(c, st, m, args)
		if err == nil {
			out.output, err = method.Outputs.Pack(values...)
		}
		out.err = err
		return out
	}, nil
}

// contract runs the code at m.to with the gas left after the intrinsic part. It
// returns the gas that the call must be allowed and whether a successful call pays
// for it. An address without code does nothing.
func (c *Chain) contract(st *state, m message, gas uint64) (cost uint64, paid bool, output []byte, err error) {
	if run, ok := c.code[m.to]; ok {
		did := run(c, st, m, gas)
		return did.cost, did.paid, did.output, did.err
	}
	if reserved(m.to) {
		return 0, false, nil, revertError(fmt.Sprintf("Precompile %s is disabled", m.to.Hex()))
	}
	return 0, false, nil, nil
}

// isPrecompile reports whether the public chain has a precompile there.
func (c *Chain) isPrecompile(a common.Address) bool { return c.code[a] != nil || reserved(a) }

// reserved reports whether the address lies where the public chain has its
// precompiles (0x800 to 0x8ff).
func reserved(a common.Address) bool { return a == common.Address{18: 0x08, 19: a[19]} }
