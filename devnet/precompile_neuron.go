package devnet

import (
	"math/big"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// neuronFunctions are those of 0x804. Each applies the pallet's rule of the same
// name to the account of the caller.
func neuronFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		chain.MethodRegister:        {gas: chain.GasRegister, paid: true, run: dispatch((*Chain).burnedRegister)},
		chain.MethodRegisterLimit:   {gas: chain.GasRegisterLimit, paid: true, run: dispatch((*Chain).registerLimit)},
		chain.MethodServeAxon:       {gas: chain.GasServeAxon, run: dispatch((*Chain).serveAxon)},
		chain.MethodServeAxonTLS:    {gas: chain.GasServeAxon, run: dispatch((*Chain).serveAxonTLS)},
		chain.MethodServePrometheus: {gas: chain.GasServeAxon, run: dispatch((*Chain).servePrometheus)},
		chain.MethodSetWeights:      {gas: chain.GasSetWeights, run: dispatch((*Chain).setWeights)},
		chain.MethodCommitWeights:   {gas: chain.GasCommitWeights, run: dispatch((*Chain).commitWeights)},
		chain.MethodRevealWeights:   {gas: chain.GasRevealWeights, run: dispatch((*Chain).revealWeights)},
	}
}

// dispatch makes a function of a rule that is signed by the caller's account and
// replies nothing.
func dispatch(rule func(*Chain, *state, protocol.Hotkey, []any) error) func(*Chain, *state, message, []any) ([]any, error) {
	return func(c *Chain, st *state, m message, args []any) ([]any, error) {
		return nil, rule(c, st, protocol.HotkeyOf(m.from), args)
	}
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

// bigOf is the wide form of a 128-bit number.
func bigOf(v scale.U128) *big.Int {
	out := new(big.Int).Lsh(new(big.Int).SetUint64(v.Hi), 64)
	return out.Or(out, new(big.Int).SetUint64(v.Lo))
}
