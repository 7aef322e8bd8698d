package devnet

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/protocol"
)

//go:embed abi/*.json
var abiFiles embed.FS

// abiFunction is one function of a precompile with an interface. run gets the
// decoded arguments and returns the values of the reply.
type abiFunction struct {
	gas  uint64
	paid bool
	run  func(c *Chain, st *state, m message, args []any) ([]any, error)
}

// rulebook is a precompile whose functions change the state.
type rulebook struct {
	abi       abi.ABI
	functions map[string]abiFunction
}

// at is the address of a precompile by its number.
func at(number uint16) common.Address {
	return common.Address{18: byte(number >> 8), 19: byte(number)}
}

// rulebooks lists them by address.
func rulebooks() (map[common.Address]rulebook, error) {
	out := make(map[common.Address]rulebook)
	for _, p := range []struct {
		number    uint16
		file      string
		functions map[string]abiFunction
	}{
		{0x800, "transfer", transferFunctions()}, {0x803, "subnet", setterFunctions()}, {0x805, "staking", stakingFunctions()},
	} {
		raw, err := abiFiles.ReadFile("abi/" + p.file + ".json")
		if err != nil {
			return nil, fmt.Errorf("%s precompile: %w", p.file, err)
		}
		parsed, err := abi.JSON(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s precompile: parse abi: %w", p.file, err)
		}
		for name := range p.functions {
			if _, ok := parsed.Methods[name]; !ok {
				return nil, fmt.Errorf("%s precompile: the interface has no function %s", p.file, name)
			}
		}
		out[at(p.number)] = rulebook{parsed, p.functions}
	}
	return out, nil
}

// call runs a function with the gas left after the intrinsic part.
func (r rulebook) call(c *Chain, st *state, m message, gas uint64) (cost uint64, paid bool, output []byte, err error) {
	if len(m.data) < 4 {
		return 0, false, nil, unknownSelector
	}
	method, err := r.abi.MethodById(m.data[:4])
	if err != nil {
		return 0, false, nil, unknownSelector
	}
	f, ok := r.functions[method.Name]
	if !ok {
		return 0, false, nil, unknownSelector
	}
	args, err := method.Inputs.Unpack(m.data[4:])
	if err != nil {
		return 0, false, nil, revertError("invalid arguments: " + err.Error())
	}
	if gas < f.gas {
		return f.gas, f.paid, nil, errOutOfGas
	}
	values, err := f.run(c, st, m, args)
	if err == nil {
		output, err = method.Outputs.Pack(values...)
	}
	return f.gas, f.paid, output, err
}

// dispatch makes a function of a rule that is signed by the caller's account and
// replies nothing.
func dispatch(rule func(*Chain, *state, protocol.Hotkey, []any) error) func(*Chain, *state, message, []any) ([]any, error) {
	return func(c *Chain, st *state, m message, args []any) ([]any, error) {
		return nil, rule(c, st, protocol.HotkeyOf(m.from), args)
	}
}
