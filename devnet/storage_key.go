package devnet

import (
	"bytes"

	"github.com/assaynet/assay/chain"
	"github.com/assaynet/assay/chain/scale"
	"github.com/assaynet/assay/protocol"
)

// keyReader takes the map keys out of a storage key.
type keyReader struct {
	netuid uint16
	d      *scale.Decoder
}

// subnet reads a netuid under identity and reports whether it is the devnet's.
func (k *keyReader) subnet() bool { return k.d.U16() == k.netuid && k.d.Err() == nil }

// hotkey reads an account under blake2_128concat.
func (k *keyReader) hotkey() (h protocol.Hotkey, ok bool) {
	raw := k.d.Fixed(16 + len(h))
	if raw == nil {
		return h, false
	}
	copy(h[:], raw[16:])
	return h, bytes.Equal(raw, chain.KeyBlake2(h[:]))
}

func (k *keyReader) end() bool { return k.d.Finish() == nil }

func global(of func(*Chain, *state) []byte) storageItem {
	return func(c *Chain, st *state, k *keyReader) []byte {
		if !k.end() {
			return nil
		}
		return of(c, st)
	}
}

// byHashedSubnet is an item that is mapped by netuid under twox64concat.
func byHashedSubnet(of func(*Chain, *state) []byte) storageItem {
	return func(c *Chain, st *state, k *keyReader) []byte {
		if !k.twoxSubnet() || !k.end() {
			return nil
		}
		return of(c, st)
	}
}

func bySubnet(of func(*Chain, *state) []byte) storageItem {
	return func(c *Chain, st *state, k *keyReader) []byte {
		if !k.subnet() || !k.end() {
			return nil
		}
		return of(c, st)
	}
}

func byNeuron(of func(*state, uint16) []byte) storageItem {
	return func(_ *Chain, st *state, k *keyReader) []byte {
		if !k.subnet() {
			return nil
		}
		uid := k.d.U16()
		if !k.end() || uid >= st.subnet().N {
			return nil
		}
		return of(st, uid)
	}
}

// accountOf is System.Account: nonce, three counts of references, and the free,
// reserved and frozen balance with flags.
func accountOf(_ *Chain, st *state, k *keyReader) []byte {
	a, ok := k.hotkey()
	if !ok || !k.end() {
		return nil
	}
	acc := st.account(a)
	if acc == (accountRecord{}) {
		return nil
	}
	b := scale.AppendU32(nil, uint32(acc.Nonce))
	for _, count := range []uint32{0, 1, 0} {
		b = scale.AppendU32(b, count)
	}
	b = scale.AppendU64(scale.AppendU64(scale.AppendU64(b, acc.Balance), 0), 0)
	return scale.AppendU128(b, scale.U128{Hi: 1 << 63})
}
