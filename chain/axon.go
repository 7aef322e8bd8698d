package chain

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/assaynet/assay/chain/scale"
)

// The kinds of address that an axon may have.
const (
	IPv4 = 4
	IPv6 = 6
)

// axonInfoSize is the fixed encoded size of an AxonInfo.
const axonInfoSize = 34

// Axon is where a neuron serves; the zero value means that it does not.
type Axon struct {
	// Block is when the chain was told, 0 in one that is about to be served.
	Block uint64
	// Version is the number of the protocol spoken there.
	Version uint32
	// IP is the address, without an IPv6 zone.
	IP netip.Addr
	// Port is never 0 in an axon that serves.
	Port uint16
	// Protocol is a free label of the transport.
	Protocol uint8
}

// Serving reports whether the axon names a place to connect to.
func (a Axon) Serving() bool { return a.Port != 0 && a.IP.IsValid() }

// AddrPort is the place to connect to.
func (a Axon) AddrPort() netip.AddrPort { return netip.AddrPortFrom(a.IP, a.Port) }

// same reports whether two axons differ in no more than the block.
func (a Axon) same(b Axon) bool {
	a.Block, b.Block = 0, 0
	return a == b
}

// AxonInfo is an axon in the chain's own form. The address is a 128-bit number:
// an IPv4 address is its big-endian u32, an IPv6 address all 16 bytes.
type AxonInfo struct {
	Block        uint64
	Version      uint32
	IP           scale.U128
	Port         uint16
	IPType       uint8
	Protocol     uint8
	Placeholder1 uint8
	Placeholder2 uint8
}

// Info is the axon in the chain's form. An IPv4 address mapped into IPv6 counts
// as IPv4.
func (a Axon) Info() (AxonInfo, error) {
	if !a.IP.IsValid() {
		return AxonInfo{}, fmt.Errorf("encode axon: no address")
	}
	out := AxonInfo{Block: a.Block, Version: a.Version, Port: a.Port, Protocol: a.Protocol, IPType: IPv6}
	if ip := a.IP.Unmap(); ip.Is4() {
		raw := ip.As4()
		out.IPType, out.IP.Lo = IPv4, uint64(binary.BigEndian.Uint32(raw[:]))
		return out, nil
	}
	raw := a.IP.As16()
	out.IP = scale.U128{Hi: binary.BigEndian.Uint64(raw[:8]), Lo: binary.BigEndian.Uint64(raw[8:])}
	return out, nil
}

// Axon is the axon of the chain's form. What does not name a place to connect to
// (nothing served, an unknown address type, a number too large for it) is the
// zero Axon: on a public chain a neuron may store any of that.
func (i AxonInfo) Axon() Axon {
	out := Axon{Block: i.Block, Version: i.Version, Port: i.Port, Protocol: i.Protocol}
	switch {
	case i.Port == 0:
		return Axon{}
	case i.IPType == IPv4 && i.IP.Hi == 0 && i.IP.Lo < 1<<32:
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], uint32(i.IP.Lo))
		out.IP = netip.AddrFrom4(raw)
	case i.IPType == IPv6:
		var raw [16]byte
		binary.BigEndian.PutUint64(raw[:8], i.IP.Hi)
		binary.BigEndian.PutUint64(raw[8:], i.IP.Lo)
		out.IP = netip.AddrFrom16(raw)
	default:
		return Axon{}
	}
	return out
}

func decodeAxonInfo(d *scale.Decoder) AxonInfo {
	return AxonInfo{
		Block: d.U64(), Version: d.U32(), IP: d.U128(), Port: d.U16(), IPType: d.U8(),
		Protocol: d.U8(), Placeholder1: d.U8(), Placeholder2: d.U8(),
	}
}

func appendAxonInfo(b []byte, i AxonInfo) []byte {
	b = scale.AppendU64(b, i.Block)
	b = scale.AppendU32(b, i.Version)
	b = scale.AppendU128(b, i.IP)
	b = scale.AppendU16(b, i.Port)
	return append(b, i.IPType, i.Protocol, i.Placeholder1, i.Placeholder2)
}

// EncodeAxonInfo is the stored form of an axon, 34 bytes.
func EncodeAxonInfo(i AxonInfo) []byte { return appendAxonInfo(nil, i) }
