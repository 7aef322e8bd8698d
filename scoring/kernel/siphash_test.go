package kernel

import (
	"encoding/hex"
	"testing"
)

// CPython's hash of bytes is SipHash-1-3; the keys are the ones that it makes of
// PYTHONHASHSEED 0, 1 and 4242. Python 3.11: hash(bytes(range(n))) mod 2^64.
func TestKeyHashAgreesWithCPython(t *testing.T) {
	lengths := []int{1, 7, 8, 9, 15, 16, 31}
	for _, c := range []struct {
		key  string
		want []uint64
	}{
		{"00000000000000000000000000000000", []uint64{0x68a914128e01e473, 0x2f098ab0c751325a, 0xead411e67ebe2eea, 0x75927f9d95124362, 0xf30eb725bb91c9ea, 0x8972188433a5c5b7, 0x169739443111d49b}},
		{"2923be84e16cd6ae529049f1f1bbe9eb", []uint64{0xecd3e5afcecda4b9, 0xfd15e78052a69ddf, 0xc0b5739e7e28dd01, 0x208a1a5a0cbbf778, 0xfa87985f39e97a53, 0x12e9d283f9f37002, 0xb8c17103f21d8810}},
		{"439bdd254f39f641082d03a28de44ac6", []uint64{0xbe90115f17947fc, 0x3127c68d1a3289e7, 0x6637a1db477ceb2a, 0xe555c68924bf2133, 0x7ed69d60c8f198a4, 0x42da0557745d64db, 0xccd87f673f91302b}},
	} {
		var secret [16]byte
		if _, err := hex.Decode(secret[:], []byte(c.key)); err != nil {
			t.Fatal(err)
		}
		key := NewKey(secret)
		for i, n := range lengths {
			b := make([]byte, n)
			for j := range b {
				b[j] = byte(j)
			}
			if got := key.Hash(b); got != c.want[i] {
				t.Errorf("key %s, %d bytes: %#x, want %#x", c.key, n, got, c.want[i])
			}
		}
	}
}

func BenchmarkKeyHash(b *testing.B) {
	key, word := NewKey([16]byte{1}), []byte("word of 15 byte")
	b.ReportAllocs()
	for b.Loop() {
		key.Hash(word[:6])
	}
}
