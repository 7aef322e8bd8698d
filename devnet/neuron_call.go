package devnet

import (
	"math/big"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/protocol"
)

// commitWeights(uint16 netuid, bytes32 hash), signed by the hotkey.
func (c *Chain) commitWeights(st *state, hotkey protocol.Hotkey, args []any) error {
	return c.commit(st, args[0].(uint16), hotkey, args[1].([32]byte))
}

// revealWeights(uint16 netuid, uint16[] uids, uint16[] values, uint16[] salt,
// uint64 versionKey), signed by the hotkey.
func (c *Chain) revealWeights(st *state, hotkey protocol.Hotkey, args []any) error {
	return c.reveal(st, args[0].(uint16), hotkey, chain.Weights{
		UIDs: args[1].([]uint16), Values: args[2].([]uint16), VersionKey: args[4].(uint64),
	}, args[3].([]uint16))
}

// registerLimit(uint16 netuid, bytes32 hotkey, uint64 limitPrice), signed by the
// coldkey.
func (c *Chain) registerLimit(st *state, coldkey protocol.Hotkey, args []any) error {
	netuid := args[0].(uint16)
	if netuid == c.genesis.Netuid && st.subnet().Burn > args[2].(uint64) {
		return dispatchError("RegistrationPriceLimitExceeded") // our name, as is its place before all others on the subnet
	}
	return c.register(st, netuid, coldkey, args[1].([32]byte))
}

// serveAxonTLS(the arguments of serveAxon, bytes certificate), signed by the
// hotkey.
func (c *Chain) serveAxonTLS(st *state, hotkey protocol.Hotkey, args []any) error {
	if err := c.serveAxon(st, hotkey, args); err != nil {
		return err
	}
	if cert := args[8].([]byte); len(cert) > 0 && len(cert) <= maxCertificate {
		st.putCertificate(hotkey, cert)
	}
	return nil
}

// servePrometheus(uint16 netuid, uint32 version, uint128 ip, uint16 port, uint8
// ipType), signed by the hotkey.
func (c *Chain) servePrometheus(st *state, hotkey protocol.Hotkey, args []any) error {
	return c.serveMetrics(st, args[0].(uint16), hotkey, prometheusRecord{
		Version: args[1].(uint32), IP: u128(args[2].(*big.Int)), Port: args[3].(uint16), IPType: args[4].(uint8),
	})
}
