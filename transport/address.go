package transport

import (
	"net/netip"

	"github.com/assaynet/assay/protocol"
)

// reserved are the blocks of the IANA special-purpose registries that no peer on
// the internet has, beside those that netip knows by name. The IPv6 blocks that
// embed IPv4 addresses (compatible, NAT64, 6to4, Teredo) are here because a
// gateway may take them to an internal address.
var reserved = [...]netip.Prefix{
	prefix(0, 0, 0, 0, 8),
	prefix(100, 64, 0, 0, 10),   // shared by carriers; some clouds serve metadata in it
	prefix(192, 0, 0, 0, 24),    // protocol assignments
	prefix(192, 0, 2, 0, 24),    // documentation
	prefix(192, 88, 99, 0, 24),  // 6to4 relay
	prefix(198, 18, 0, 0, 15),   // benchmarking
	prefix(198, 51, 100, 0, 24), // documentation
	prefix(203, 0, 113, 0, 24),  // documentation
	prefix(240, 0, 0, 0, 4),     // reserved, and broadcast
	prefix6("::", 96),           // IPv4-compatible
	prefix6("64:ff9b::", 96),    // NAT64
	prefix6("64:ff9b:1::", 48),  // local NAT64
	prefix6("100::", 64),        // discard
	prefix6("2001::", 23),       // protocol assignments, Teredo
	prefix6("2001:db8::", 32),   // documentation
	prefix6("2002::", 16),       // 6to4
	prefix6("3fff::", 20),       // documentation
	prefix6("5f00::", 16),       // segment routing
	prefix6("fec0::", 10),       // site-local
}

// metadata6 is a cloud's metadata service inside the private IPv6 range.
var metadata6 = netip.MustParseAddr("fd00:ec2::254")

func prefix(a, b, c, d byte, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, c, d}), bits)
}

func prefix6(addr string, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.MustParseAddr(addr), bits)
}

// checkAddress refuses an axon that is not a plain host on the internet: the
// chain lets a miner announce any address, and a validator must not be steered
// into its own network.
func (c *DialerConfig) checkAddress(to netip.AddrPort) error {
	a := to.Addr().Unmap()
	switch {
	case !a.IsValid() || to.Port() == 0:
		return protocol.Fail(protocol.ReasonAddress, "axon %s is not an address and port", to)
	case a.IsLoopback() && c.AllowLoopback:
		return nil
	case a.IsPrivate() && a != metadata6 && c.AllowPrivate:
		return nil
	case !public(a):
		return protocol.Fail(protocol.ReasonAddress, "axon %s is not a public address", to)
	}
	return nil
}

func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
