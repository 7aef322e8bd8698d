package devnet

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// stored reads a storage item of the subnet and a hotkey through the node.
func (s *served) stored(item string, h protocol.Hotkey) []byte {
	return s.readStorage(newState(s.tip().state), chain.StorageKey(chain.Pallet, item, scale.AppendU16(nil, 1), chain.KeyBlake2(h[:])))
}

func TestServePrometheus(t *testing.T) {
	g := smallGenesis(1, 2)
	g.ServingRateLimit, g.AllowLoopbackAxons = 5, false
	net := open(t, t.TempDir(), g)
	net.step(1)
	to, ten := chain.NeuronAddress(), big.NewInt(10<<24+1)
	call := func(netuid uint16, ip *big.Int, port uint16, kind uint8) []byte {
		return pack(t, chain.MethodServePrometheus, netuid, uint32(3), ip, port, kind)
	}
	for _, tc := range []struct {
		name string
		from int
		data []byte
	}{
		{"SubnetNotExists", 1, call(2, ten, 0, 5)},
		{"HotKeyNotRegisteredInNetwork", 1, call(1, ten, 0, 5)},
		{"InvalidIpType", 0, call(1, big.NewInt(1<<32-1), 0, 5)},
		{"InvalidIpAddress", 0, call(1, big.NewInt(1<<32-1), 0, 4)},
		{"InvalidIpAddress", 0, call(1, big.NewInt(loopback4), 0, 4)},
		{"InvalidIpAddress", 0, call(1, new(big.Int), 90, 4)}, // which an axon may have
		{"InvalidPort", 0, call(1, ten, 0, 4)},
	} {
		_, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(tc.from).Address(), To: &to, Data: tc.data}, nil)
		if err == nil || !strings.Contains(err.Error(), tc.name) {
			t.Errorf("%v, want %s", err, tc.name)
		}
	}
	first := net.send(key(0), 0, 60_000, call(1, ten, 90, 4))
	soon := net.send(key(0), 1, 60_000, call(1, ten, 91, 4))
	axon := net.send(key(0), 2, 60_000, axonCall(t, 1, ten, 80, 4)) // has a limit of its own
	net.step(1)
	if got := net.ends(first, soon, axon); !got[0] || got[1] || !got[2] {
		t.Errorf("results %v", got)
	}
	want := append(scale.AppendU16(scale.AppendU128(scale.AppendU32(scale.AppendU64(nil, 2), 3), scale.U128{Lo: 10<<24 + 1}), 90), 4)
	if got := net.stored("Prometheus", key(0).Hotkey()); !bytes.Equal(got, want) {
		t.Errorf("stored %x, want %x", got, want)
	}
	net.step(4)
	later := net.send(key(0), 3, 60_000, call(1, ten, 92, 4))
	net.step(1)
	if !net.ends(later)[0] {
		t.Error("refused after the limit")
	}
}

// A certificate has at most 65 bytes; a longer one does not fail the call.
func TestServeAxonTLS(t *testing.T) {
	net := open(t, t.TempDir(), smallGenesis(1, 1))
	nonce := uint64(0)
	serve := func(port uint16, cert []byte) {
		tx := net.send(key(0), nonce, 80_000, pack(t, chain.MethodServeAxonTLS, uint16(1), uint32(1), big.NewInt(10<<24+1), port,
			uint8(4), uint8(4), uint8(0), uint8(0), cert))
		net.step(1)
		nonce++
		if !net.ends(tx)[0] || newState(net.tip().state).neuron(0).Axon.Port != port {
			t.Errorf("port %d is not served", port)
		}
	}
	h := key(0).Hotkey()
	serve(1, nil)
	serve(2, make([]byte, 66))
	if got := net.stored("NeuronCertificates", h); got != nil {
		t.Errorf("stored %x", got)
	}
	cert := bytes.Repeat([]byte{7}, 65)
	cert[0] = 1
	serve(3, cert)
	want := append(scale.AppendBytes(nil, cert[1:]), 1)
	if got := net.stored("NeuronCertificates", h); !bytes.Equal(got, want) {
		t.Errorf("stored %x, want %x", got, want)
	}
	serve(4, make([]byte, 66)) // the one before stays
	if got := net.stored("NeuronCertificates", h); !bytes.Equal(got, want) {
		t.Errorf("stored %x, want %x", got, want)
	}
	st := newState(net.tip().state)
	replace(st, 1, 0, protocol.Hotkey{5})
	if st.certificate(h) != nil {
		t.Error("a replaced hotkey keeps its certificate")
	}
}

func TestRegisterLimit(t *testing.T) {
	g := smallGenesis(1, 2)
	g.BurnHalfLife = 0
	net := open(t, t.TempDir(), g)
	to := chain.NeuronAddress()
	for _, tc := range []struct {
		name   string
		netuid uint16
		hotkey protocol.Hotkey
		most   uint64
	}{
		{"RegistrationNotPermittedOnRootSubnet", 0, key(0).Hotkey(), 0},
		{"SubnetNotExists", 2, key(0).Hotkey(), 0},
		{"RegistrationPriceLimitExceeded", 1, key(0).Hotkey(), g.Burn - 1},
		{"HotKeyAlreadyRegisteredInSubNet", 1, key(0).Hotkey(), g.Burn},
	} {
		data := pack(t, chain.MethodRegisterLimit, tc.netuid, [32]byte(tc.hotkey), tc.most)
		_, err := net.eth().CallContract(t.Context(), ethereum.CallMsg{From: key(1).Address(), To: &to, Data: data}, nil)
		if err == nil || !strings.Contains(err.Error(), tc.name) {
			t.Errorf("%v, want %s", err, tc.name)
		}
	}
	tx := net.send(key(1), 0, 300_000, pack(t, chain.MethodRegisterLimit, uint16(1), [32]byte(key(1).Hotkey()), g.Burn))
	net.step(1)
	st := newState(net.tip().state)
	if uid, ok := st.uid(key(1).Hotkey()); !net.ends(tx)[0] || !ok || uid != 1 {
		t.Errorf("uid %d, %v", uid, ok)
	}
	if got := st.subnet().Burn; got != g.Burn*126/100 {
		t.Errorf("next price %d", got)
	}
}
