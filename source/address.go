package source

import "net/netip"

// notPublic names the class of an address that is not on the public internet,
// and is empty for one that is. For IPv6 the rule is an allow list: global
// unicast (2000::/3) less its special blocks, and NAT64; what embeds an IPv4
// address is judged by it.
func notPublic(a netip.Addr) string {
	a = a.Unmap()
	switch {
	case !a.IsValid():
		return "no address"
	case a.Zone() != "":
		return "of a zone"
	case a.Is4():
		return within(a, special4())
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a): // NAT64, RFC 6052
		return within(netip.AddrFrom4([4]byte(b[12:16])), special4())
	case netip.MustParsePrefix("2002::/16").Contains(a): // 6to4, RFC 3056
		return within(netip.AddrFrom4([4]byte(b[2:6])), special4())
	}
	if class := within(a, special6()); class != "" {
		return class
	}
	if !netip.MustParsePrefix("2000::/3").Contains(a) {
		return "not global unicast"
	}
	return ""
}

type block struct{ prefix, class string }

// special4 lists the blocks of the IANA IPv4 special-purpose registry, multicast, reserved
// space, and the one public address at which a cloud answers metadata.
func special4() []block {
	return []block{
		{"0.0.0.0/8", "unspecified"}, {"10.0.0.0/8", "private"}, {"100.64.0.0/10", "carrier-grade NAT"},
		{"127.0.0.0/8", "loopback"}, {"169.254.0.0/16", "link-local or metadata"}, {"172.16.0.0/12", "private"},
		{"192.0.0.0/24", "protocol assignment"}, {"192.0.2.0/24", "documentation"}, {"192.88.99.0/24", "6to4 relay"},
		{"192.168.0.0/16", "private"}, {"198.18.0.0/15", "benchmarking"}, {"198.51.100.0/24", "documentation"},
		{"203.0.113.0/24", "documentation"}, {"224.0.0.0/4", "multicast"}, {"240.0.0.0/4", "reserved"},
		{"168.63.129.16/32", "metadata"},
	}
}

func special6() []block {
	return []block{
		{"::/128", "unspecified"}, {"::1/128", "loopback"}, {"fc00::/7", "unique local or metadata"},
		{"fe80::/10", "link-local"}, {"fec0::/10", "site-local"}, {"ff00::/8", "multicast"},
		{"2001::/23", "protocol assignment"}, {"2001:db8::/32", "documentation"}, {"3fff::/20", "documentation"},
	}
}

func within(a netip.Addr, blocks []block) string {
	for _, b := range blocks {
		if netip.MustParsePrefix(b.prefix).Contains(a) {
			return b.class
		}
	}
	return ""
}
