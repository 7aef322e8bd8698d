package devnet

import (
	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// Records of what a neuron serves beside its axon. They go when it is replaced.
const (
	keyPrometheus  = "prometheus"  // + hotkey: prometheusRecord
	keyCertificate = "certificate" // + hotkey: an algorithm and its public key
)

// maxCertificate is an algorithm's byte and a key of at most 64. The chain does
// not store what is longer, and says nothing of it.
const maxCertificate = 1 + 64

// prometheusRecord is where a neuron serves its metrics.
type prometheusRecord struct {
	Block   uint64     `cbor:"1,keyasint"`
	Version uint32     `cbor:"2,keyasint"`
	IP      scale.U128 `cbor:"3,keyasint"`
	Port    uint16     `cbor:"4,keyasint"`
	IPType  uint8      `cbor:"5,keyasint"`
}

func (s *state) prometheus(h protocol.Hotkey) (prometheusRecord, bool) {
	return load[prometheusRecord](s, byHotkey(keyPrometheus, h))
}

func (s *state) certificate(h protocol.Hotkey) []byte {
	v, _ := load[[]byte](s, byHotkey(keyCertificate, h))
	return v
}

func (s *state) putCertificate(h protocol.Hotkey, v []byte) {
	save(s, byHotkey(keyCertificate, h), v)
}

// dropServed forgets what a replaced hotkey served.
func (s *state) dropServed(h protocol.Hotkey) {
	for _, kind := range []string{keyPrometheus, keyCertificate} {
		if s.get(byHotkey(kind, h)) != nil {
			s.changed[byHotkey(kind, h)] = nil
		}
	}
}

// serveMetrics stores where a neuron serves metrics, by the rules of an axon. Its
// rate limit is its own, and the address 0 is not one here.
func (c *Chain) serveMetrics(st *state, netuid uint16, hotkey protocol.Hotkey, p prometheusRecord) error {
	if netuid != c.genesis.Netuid {
		return dispatchError("SubnetNotExists")
	}
	if _, ok := st.uid(hotkey); !ok {
		return dispatchError("HotKeyNotRegisteredInNetwork")
	}
	if p.IPType != chain.IPv4 && p.IPType != chain.IPv6 {
		return dispatchError("InvalidIpType")
	}
	if !c.validIP(chain.AxonInfo{IP: p.IP, IPType: p.IPType}) || p.IP == (scale.U128{}) {
		return dispatchError("InvalidIpAddress")
	}
	now, limit := st.head().Number, st.hyper().ServingRateLimit
	if old, ok := st.prometheus(hotkey); ok && limit > 0 && now-old.Block < limit {
		return dispatchError("ServingRateLimitExceeded")
	}
	if p.Port == 0 {
		return dispatchError("InvalidPort")
	}
	p.Block = now
	save(st, byHotkey(keyPrometheus, hotkey), p)
	return nil
}

// prometheusOf is Prometheus: u64 block, u32 version, u128 ip, u16 port, u8 type.
func prometheusOf(_ *Chain, st *state, k *keyReader) []byte {
	h, ok := k.neuronKey()
	if !ok {
		return nil
	}
	p, ok := st.prometheus(h)
	if !ok {
		return nil
	}
	b := scale.AppendU32(scale.AppendU64(nil, p.Block), p.Version)
	return append(scale.AppendU16(scale.AppendU128(b, p.IP), p.Port), p.IPType)
}

// certificateOf is NeuronCertificates: the public key as bytes and the algorithm.
func certificateOf(_ *Chain, st *state, k *keyReader) []byte {
	h, ok := k.neuronKey()
	if !ok {
		return nil
	}
	cert := st.certificate(h)
	if len(cert) == 0 {
		return nil
	}
	return append(scale.AppendBytes(nil, cert[1:]), cert[0])
}

// neuronKey reads a netuid under identity and a hotkey, the whole of a key.
func (k *keyReader) neuronKey() (protocol.Hotkey, bool) {
	if !k.subnet() {
		return protocol.Hotkey{}, false
	}
	h, ok := k.hotkey()
	return h, ok && k.end()
}
