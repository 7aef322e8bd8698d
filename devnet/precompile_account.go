package devnet

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// uidReply is an element of what uidLookup returns.
type uidReply struct {
	Uid             uint16 `abi:"uid"`
	BlockAssociated uint64 `abi:"block_associated"`
}

// lookupFunctions are those of 0x806. No hotkey is associated with an Ethereum
// address here, since that takes a native call that this chain does not have.
func lookupFunctions() map[string]abiFunction {
	return map[string]abiFunction{"uidLookup": fixed([]uidReply{})}
}

// mappingFunctions are those of 0x80c.
func mappingFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		"addressMapping": {run: func(_ *Chain, _ *state, _ message, args []any) ([]any, error) {
			return []any{[32]byte(protocol.HotkeyOf(args[0].(common.Address)))}, nil
		}},
	}
}

// queryable are the pallets that 0x807 reads.
func queryable() []string {
	return []string{
		chain.Pallet, "Swap", "Balances", "Proxy", "Scheduler", "Drand", "Crowdloan", "Sudo", "Multisig", "Timestamp",
	}
}

// storageQuery is 0x807, which has no interface: the calldata is a raw key and
// the reply the raw value, empty if nothing is stored.
func storageQuery() precompile {
	var prefixes [][]byte
	for _, pallet := range queryable() {
		prefixes = append(prefixes, chain.StorageKey(pallet, "")[:16])
	}
	return func(c *Chain, st *state, m message, _ uint64) effect {
		for _, p := range prefixes {
			if bytes.HasPrefix(m.data, p) {
				return effect{output: c.readStorage(st, m.data)}
			}
		}
		return effect{err: errInvalidKey}
	}
}

// errInvalidKey is a storage query into a pallet that it does not read.
const errInvalidKey = exitError(`Other("Invalid key")`)
