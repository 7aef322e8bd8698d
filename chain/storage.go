package chain

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/crypto/blake2b"

	"github.com/assaynet/assay/chain/scale"
)

// Pallet is the name of the chain's module that holds the subnets.
const Pallet = "SubtensorModule"

// StorageKey is the raw key of a storage item: twox128(pallet) || twox128(item)
// followed by the map keys, each already under its hasher (KeyIdentity,
// KeyBlake2 or KeyTwox64).
func StorageKey(pallet, item string, keys ...[]byte) []byte {
	out := append(twox128(pallet), twox128(item)...)
	for _, k := range keys {
		out = append(out, k...)
	}
	return out
}

// KeyIdentity is a map key under the identity hasher: the key itself.
func KeyIdentity(k []byte) []byte { return k }

// KeyBlake2 is a map key under blake2_128concat: its 16-byte BLAKE2b digest and
// the key.
func KeyBlake2(k []byte) []byte {
	h, err := blake2b.New(16, nil)
	if err != nil {
		// Only a size outside 1..64 or a long MAC key fails, and both are fixed here.
		return nil
	}
	h.Write(k)
	return append(h.Sum(nil), k...)
}

// KeyTwox64 is a map key under twox64concat: its xxHash64 and the key.
func KeyTwox64(k []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, xxhash.Sum64(k)), k...)
}

// subnetKey is the key of an item that is mapped by netuid under identity.
func subnetKey(item string, netuid uint16) []byte {
	return StorageKey(Pallet, item, KeyIdentity(scale.AppendU16(nil, netuid)))
}

// uidKey is the key of an item that is mapped by (netuid, uid), both identity.
func uidKey(item string, netuid, uid uint16) []byte {
	return StorageKey(Pallet, item, scale.AppendU16(scale.AppendU16(nil, netuid), uid))
}

func twox128(s string) []byte {
	out := make([]byte, 0, 16)
	for seed := range uint64(2) {
		d := xxhash.NewWithSeed(seed)
		d.Write([]byte(s))
		out = binary.LittleEndian.AppendUint64(out, d.Sum64())
	}
	return out
}
