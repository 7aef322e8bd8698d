package transport

import (
	"net/netip"
	"testing"

	"github.com/assaynet/assay/protocol"
)

func TestAddresses(t *testing.T) {
	for _, tc := range []struct {
		addr                     string
		plain, loopback, private bool // allowed with no option, AllowLoopback, AllowPrivate
	}{
		{"8.8.8.8:80", true, true, true},
		{"[2606:4700::1]:80", true, true, true},
		{"[::ffff:8.8.8.8]:80", true, true, true},
		{"127.0.0.1:80", false, true, false},
		{"127.9.9.9:80", false, true, false},
		{"[::1]:80", false, true, false},
		{"[::ffff:127.0.0.1]:80", false, true, false},
		{"10.0.0.1:80", false, false, true},
		{"172.31.0.1:80", false, false, true},
		{"192.168.1.1:80", false, false, true},
		{"[fd00::1]:80", false, false, true},
		{"[::ffff:10.0.0.1]:80", false, false, true},
		{"169.254.169.254:80", false, false, false},
		{"[::ffff:169.254.169.254]:80", false, false, false},
		{"[fd00:ec2::254]:80", false, false, false},
		{"100.100.100.200:80", false, false, false},
		{"0.0.0.0:80", false, false, false},
		{"0.1.2.3:80", false, false, false},
		{"[::]:80", false, false, false},
		{"[::127.0.0.1]:80", false, false, false},
		{"[64:ff9b::7f00:1]:80", false, false, false},
		{"[2002:7f00:1::]:80", false, false, false},
		{"[2001:0:1::1]:80", false, false, false},
		{"[2001:db8::1]:80", false, false, false},
		{"[fe80::1]:80", false, false, false},
		{"[fe80::1%eth0]:80", false, false, false},
		{"[2606:4700::1%eth0]:80", false, false, false},
		{"[fec0::1]:80", false, false, false},
		{"[ff02::1]:80", false, false, false},
		{"192.0.2.1:80", false, false, false},
		{"198.19.0.1:80", false, false, false},
		{"224.0.0.1:80", false, false, false},
		{"240.0.0.1:80", false, false, false},
		{"255.255.255.255:80", false, false, false},
		{"8.8.8.8:0", false, false, false},
		{"127.0.0.1:0", false, false, false},
	} {
		to := netip.MustParseAddrPort(tc.addr)
		for _, c := range []struct {
			cfg  DialerConfig
			want bool
		}{
			{DialerConfig{}, tc.plain},
			{DialerConfig{AllowLoopback: true}, tc.loopback},
			{DialerConfig{AllowPrivate: true}, tc.private},
		} {
			err := c.cfg.checkAddress(to)
			if (err == nil) != c.want {
				t.Errorf("%s, loopback %v, private %v: %v", to, c.cfg.AllowLoopback, c.cfg.AllowPrivate, err)
			}
			if err != nil {
				wantReason(t, err, protocol.ReasonAddress)
			}
		}
	}
	if err := (&DialerConfig{}).checkAddress(netip.AddrPort{}); err == nil {
		t.Error("the zero address is allowed")
	}
	// The guard stands before the socket.
	_, err := NewDialer(DialerConfig{}).Ask(within(t, patience), addrOf(listen(t)), nil)
	wantReason(t, err, protocol.ReasonAddress)
}
