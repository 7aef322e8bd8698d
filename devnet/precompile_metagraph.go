package devnet

import (
	"math/big"

	"github.com/assaynet/assay/protocol"
)

// Failures of a getter whose uid is not there: exit errors, not reverts.
const (
	errInvalidRange = exitError("InvalidRange")
	errNoHotkey     = exitError(`Other("hotkey not found")`)
)

// exitError is a precompile's own failure: it ends the call and eats all of its
// gas.
type exitError string

func (e exitError) Error() string { return "evm error: " + string(e) }

// axonReply is the tuple that getAxon returns.
type axonReply struct {
	Block    uint64   `abi:"block"`
	Version  uint32   `abi:"version"`
	Ip       *big.Int `abi:"ip"`
	Port     uint16   `abi:"port"`
	IpType   uint8    `abi:"ip_type"`
	Protocol uint8    `abi:"protocol"`
}

// metagraphFunctions are those of 0x802: one value of one uid each. A uid that is
// not there has no keys, which is a failure, and zeros otherwise.
func metagraphFunctions() map[string]abiFunction {
	return map[string]abiFunction{
		"getUidCount": {run: func(c *Chain, st *state, _ message, args []any) ([]any, error) {
			if args[0].(uint16) != c.genesis.Netuid {
				return []any{uint16(0)}, nil
			}
			return []any{st.subnet().N}, nil
		}},
		"getHotkey":  ofUID(errInvalidRange, func(n fullNeuron) any { return [32]byte(n.Hotkey) }),
		"getColdkey": ofUID(errInvalidRange, func(n fullNeuron) any { return [32]byte(n.coldkey) }),
		"getStake":   ofUID(errInvalidRange, func(n fullNeuron) any { return n.alpha + n.tao }),
		"getAxon": ofUID(errNoHotkey, func(n fullNeuron) any {
			a := n.Axon
			return axonReply{a.Block, a.Version, bigOf(a.IP), a.Port, a.IPType, a.Protocol}
		}),
		"getLastUpdate":      ofUID(nil, func(n fullNeuron) any { return n.LastUpdate }),
		"getIsActive":        ofUID(nil, func(n fullNeuron) any { return n.Active }),
		"getValidatorStatus": ofUID(nil, func(n fullNeuron) any { return n.Permit }),
		"getConsensus":       ofUID(nil, func(n fullNeuron) any { return n.Consensus }),
		"getIncentive":       ofUID(nil, func(n fullNeuron) any { return n.Incentive }),
		"getDividends":       ofUID(nil, func(n fullNeuron) any { return n.Dividends }),
		"getVtrust":          ofUID(nil, func(n fullNeuron) any { return n.Trust }),
		"getEmission":        ofUID(nil, func(n fullNeuron) any { return n.Emission }),
		"getRank":            ofUID(nil, func(fullNeuron) any { return uint16(0) }), // no longer computed
		"getTrust":           ofUID(nil, func(fullNeuron) any { return uint16(0) }),
	}
}

// ofUID is a getter (uint16 netuid, uint16 uid). Where no such neuron is it fails
// with absent, or reads a zero neuron if that is nil.
func ofUID(absent error, of func(fullNeuron) any) abiFunction {
	return abiFunction{run: func(c *Chain, st *state, _ message, args []any) ([]any, error) {
		netuid, uid := args[0].(uint16), args[1].(uint16)
		if netuid == c.genesis.Netuid && uid < st.subnet().N {
			return []any{of(c.fullNeuron(st, uid))}, nil
		}
		if absent != nil {
			return nil, absent
		}
		return []any{of(fullNeuron{})}, nil
	}}
}

// fullNeuron is a neuron with its owner and what is staked on it.
type fullNeuron struct {
	neuronRecord
	uid     uint16
	coldkey protocol.Hotkey
	alpha   uint64
	tao     uint64 // staked on the root subnet
}

func (c *Chain) fullNeuron(st *state, uid uint16) fullNeuron {
	rec := st.neuron(uid)
	coldkey, _ := st.owner(rec.Hotkey)
	return fullNeuron{neuronRecord: rec, uid: uid, coldkey: coldkey, alpha: st.alpha(rec.Hotkey), tao: st.total(taoPot(), rec.Hotkey)}
}

// neurons reads all neurons by uid.
func (c *Chain) neurons(st *state) []fullNeuron {
	out := make([]fullNeuron, st.subnet().N)
	for i := range out {
		out[i] = c.fullNeuron(st, uint16(i))
	}
	return out
}
