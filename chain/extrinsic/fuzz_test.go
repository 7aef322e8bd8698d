package extrinsic

import (
	"bytes"
	"testing"
)

// FuzzDecode: what decodes encodes as the same bytes, and can be verified without
// harm.
func FuzzDecode(f *testing.F) {
	for _, c := range calls() {
		raw, err := Sign(key(f), c, Params{Era: MortalEra(64, 42), Nonce: 9})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := Decode(raw)
		if err != nil {
			return
		}
		if again, err := x.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x decodes and encodes as %x, %v", raw, again, err)
		}
		if err := x.Verify(Implicit{}); err == nil && x.Account.IsZero() {
			t.Fatal("signed by nobody")
		}
	})
}

// FuzzDecodeCall: what decodes encodes as the same bytes.
func FuzzDecodeCall(f *testing.F) {
	for _, c := range calls() {
		f.Add(EncodeCall(c))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := DecodeCall(raw)
		if err != nil {
			return
		}
		if again := EncodeCall(c); !bytes.Equal(again, raw) {
			t.Fatalf("%x decodes as %+v and encodes as %x", raw, c, again)
		}
	})
}
