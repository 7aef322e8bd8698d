package devnet

import (
	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// Addresses that the chain refuses beside all-ones.
const (
	loopback4 = 0x7f000001 // 127.0.0.1
	loopback6 = 1          // ::1
)

// serve stores where a neuron serves, with the checks and the errors of the
// pallet in its order.
func (c *Chain) serve(st *state, netuid uint16, hotkey protocol.Hotkey, a chain.AxonInfo) error {
	if netuid != c.genesis.Netuid {
		return dispatchError("SubnetNotExists")
	}
	uid, ok := st.uid(hotkey)
	if !ok {
		return dispatchError("HotKeyNotRegisteredInNetwork")
	}
	if a.IPType != chain.IPv4 && a.IPType != chain.IPv6 {
		return dispatchError("InvalidIpType")
	}
	if !c.validIP(a) {
		return dispatchError("InvalidIpAddress")
	}
	n, now := st.neuron(uid), st.head().Number
	limit := st.hyper().ServingRateLimit
	if limit > 0 && n.Axon.Block > 0 && now-n.Axon.Block < limit {
		return dispatchError("ServingRateLimitExceeded")
	}
	if a.Port == 0 {
		return dispatchError("InvalidPort")
	}
	a.Block = now
	n.Axon = a
	st.putNeuron(uid, n)
	return nil
}

// validIP admits private ranges and zero, as the chain does.
func (c *Chain) validIP(a chain.AxonInfo) bool {
	if a.IPType == chain.IPv4 {
		return a.IP.Hi == 0 && a.IP.Lo < 1<<32-1 && (a.IP.Lo != loopback4 || c.genesis.AllowLoopbackAxons)
	}
	allOnes := a.IP.Hi == 1<<64-1 && a.IP.Lo == 1<<64-1
	loopback := a.IP.Hi == 0 && a.IP.Lo == loopback6
	return !allOnes && (!loopback || c.genesis.AllowLoopbackAxons)
}
