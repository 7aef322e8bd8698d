package config

import (
	"net/netip"
	"slices"
	"strings"
)

// Chain says which subnet of which chain a node takes part in.
type Chain struct {
	Netuid    uint16   `key:"netuid" help:"number of the subnet; must be given except on a devnet" env:"BT_NETUID"`
	Network   string   `key:"subtensor.network" help:"chain by name, or the URL of an endpoint" allow:"devnet|local|test|finney|archive" form:"network" env:"BT_SUBTENSOR_NETWORK"`
	Endpoints []string `key:"subtensor.chain_endpoint" help:"endpoints of a chain node, tried in this order, instead of the network's own" form:"endpoint" env:"BT_SUBTENSOR_CHAIN_ENDPOINT"`
}

// Devnet reports whether the chain is the embedded one: named so, and nowhere else.
func (c Chain) Devnet() bool { return c.Network == "devnet" }

// networkEndpoints are the public endpoints of the networks that have a name.
func networkEndpoints(network string) []string {
	switch network {
	case "finney":
		return []string{"wss://entrypoint-finney.opentensor.ai:443"}
	case "test":
		return []string{"wss://test.finney.opentensor.ai:443"}
	case "archive":
		return []string{"wss://archive.chain.opentensor.ai:443"}
	case "local":
		return []string{"ws://127.0.0.1:9944"}
	case "devnet":
		return []string{"ws://" + DevnetListen}
	default:
		return nil
	}
}

func defaultChain() Chain { return Chain{Netuid: 1, Network: "devnet"} }

// complete turns the network's name into endpoints. Endpoints of one's own take
// the place of a name, so both together are a contradiction unless they agree, or
// the name is that of a chain of one's own.
func (c *Chain) complete(t *Table, p *Problems) {
	if t.failed("subtensor.network") || t.failed("subtensor.chain_endpoint") {
		return // said already
	}
	network, endpoint := t.byKey["subtensor.network"], t.byKey["subtensor.chain_endpoint"]
	own := networkEndpoints(c.Network)
	if strings.Contains(c.Network, "://") {
		own, c.Network = []string{c.Network}, "custom"
	}
	switch {
	case len(c.Endpoints) == 0:
		c.Endpoints = own
	case !t.Given("subtensor.network"):
		c.Network = "custom"
	case c.Network == "devnet" || c.Network == "local":
		// A chain of one's own, which may be served anywhere.
	case !slices.Equal(trimSlash(c.Endpoints), trimSlash(own)):
		p.at(endpoint.Source, "%s contradicts the network %q (%s), whose endpoint is %s; give only one of the two",
			strings.Join(c.Endpoints, ","), network.Text(), network.Source, strings.Join(own, ","))
	}
	if !c.Devnet() && !t.Given("netuid") {
		p.add("--netuid", "must be given on a chain that is not a devnet, so that nothing happens on the wrong subnet; for a devnet at another address add --subtensor.network devnet")
	}
}

func trimSlash(urls []string) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = strings.TrimSuffix(u, "/")
	}
	return out
}

// Axon is the address that a miner serves on and the one that it announces.
type Axon struct {
	Port         uint16     `key:"axon.port" help:"port to listen on" env:"BT_AXON_PORT"`
	IP           netip.Addr `key:"axon.ip" help:"address to listen on; :: is every address of both families" env:"BT_AXON_IP"`
	ExternalIP   netip.Addr `key:"axon.external_ip" help:"address to announce on the chain, if another than axon.ip (on the devnet 127.0.0.1)" env:"BT_AXON_EXTERNAL_IP"`
	ExternalPort uint16     `key:"axon.external_port" help:"port to announce on the chain; 0 is the one listened on" env:"BT_AXON_EXTERNAL_PORT"`
}

func defaultAxon() Axon { return Axon{Port: 8091, IP: netip.IPv6Unspecified()} }

// Listen is the address to listen on.
func (a Axon) Listen() netip.AddrPort { return netip.AddrPortFrom(a.IP, a.Port) }

// Announce is the address to put on the chain when listening on bound. It is not
// valid when no address is known that a peer could reach.
func (a Axon) Announce(bound netip.AddrPort) netip.AddrPort {
	ip, port := a.ExternalIP, a.ExternalPort
	if !ip.IsValid() {
		ip = bound.Addr()
	}
	if port == 0 {
		port = bound.Port()
	}
	if ip.IsUnspecified() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), port)
}

// complete fills in the one address that is known to be right: on the devnet of
// this machine everyone is reached on loopback.
func (a *Axon) complete(c Chain, p *Problems) {
	if c.Devnet() && !a.ExternalIP.IsValid() && a.IP.IsUnspecified() {
		a.ExternalIP = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if a.ExternalIP.IsValid() && a.ExternalIP.IsUnspecified() {
		p.add("--axon.external_ip", "%s is no address that a peer could reach", a.ExternalIP)
	}
}
