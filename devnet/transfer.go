package devnet

import "github.com/assaynet/assay/protocol"

// gasTransfer is the weight of a balance transfer; the number is the devnet's own.
const gasTransfer = 10_000

// transferFunctions are those of 0x800. The value has already come to the
// precompile's own account, from where it goes on to any account of the chain.
func transferFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		"transfer": {gas: gasTransfer, paid: true, run: func(_ *Chain, st *state, m message, args []any) ([]any, error) {
			return nil, transfer(st, protocol.HotkeyOf(m.to), args[0].([32]byte), m.value)
		}},
	}
}
