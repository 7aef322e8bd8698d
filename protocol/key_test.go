package protocol

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/blake2b"
	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

func TestSignVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := DeriveKey(rapid.SliceOf(rapid.Byte()).Draw(t, "seed"))
		digest := item.Sum("test", rapid.SliceOf(rapid.Byte()).Draw(t, "signed"))
		sig, err := k.Sign(digest)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(k.Hotkey(), digest, sig); err != nil {
			t.Fatal(err)
		}
		bad := sig
		bad[rapid.IntRange(0, 64).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "flip")
		if Verify(k.Hotkey(), digest, bad) == nil {
			t.Fatalf("changed signature %x verifies", bad)
		}
		other := digest
		other[rapid.IntRange(0, 31).Draw(t, "digest at")] ^= 1
		if Verify(k.Hotkey(), other, sig) == nil {
			t.Fatal("signature of another digest verifies")
		}
		hotkey := k.Hotkey()
		hotkey[rapid.IntRange(0, 31).Draw(t, "key at")] ^= 1
		if Verify(hotkey, digest, sig) == nil {
			t.Fatal("signature of another key verifies")
		}
	})
}

// For each signature (r, s, v) the curve has a twin (r, n-s, 1-v) that recovers
// the same key. Only the one with the low s is a signature here.
func TestHighSIsRefused(t *testing.T) {
	k := DeriveKey([]byte("high s"))
	n := crypto.S256().Params().N
	for i := range 20 {
		digest := item.Sum("test", []byte{byte(i)})
		sig, err := k.Sign(digest)
		if err != nil {
			t.Fatal(err)
		}
		s := new(big.Int).SetBytes(sig[32:64])
		if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
			t.Fatalf("signature %d has a high s", i)
		}
		twin := sig
		s.Sub(n, s).FillBytes(twin[32:64])
		twin[64] ^= 1
		pub, err := crypto.SigToPub(digest[:], twin[:])
		if err != nil || HotkeyOf(crypto.PubkeyToAddress(*pub)) != k.Hotkey() {
			t.Fatalf("the twin does not recover the key, so this test shows nothing: %v", err)
		}
		if Verify(k.Hotkey(), digest, twin) == nil {
			t.Errorf("the high-s twin of signature %d verifies", i)
		}
	}
	for name, bad := range map[string]Signature{"zero": {}, "v of 27": {31: 1, 63: 1, 64: 27}} {
		if Verify(k.Hotkey(), item.Hash{1}, bad) == nil {
			t.Errorf("the %s signature verifies", name)
		}
	}
}

func TestHotkeyOfAddress(t *testing.T) {
	a := common.HexToAddress("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf") // of the private key 1
	k, err := ParseKey("0x" + strings.Repeat("0", 63) + "1")
	if err != nil {
		t.Fatal(err)
	}
	want := blake2b.Sum256([]byte("evm:" + string(a[:])))
	if k.Address() != a || k.Hotkey() != Hotkey(want) || HotkeyOf(a) != Hotkey(want) {
		t.Errorf("private key 1 has address %s and hotkey %s", k.Address(), k.Hotkey())
	}
	again, err := ParseKey(k.Hex())
	if err != nil || again.Hotkey() != k.Hotkey() || again.Hex() != k.Hex() || !again.ECDSA().Equal(k.ECDSA()) {
		t.Errorf("key does not survive its own hex: %v", err)
	}
	var h Hotkey
	text, _ := k.Hotkey().MarshalText()
	if err := h.UnmarshalText(text); err != nil || h != k.Hotkey() || h.IsZero() || !strings.Contains(h.String(), h.Short()) {
		t.Errorf("hotkey reads back as %s, %v", h, err)
	}
	for _, bad := range []string{"", "0x", hex.EncodeToString(want[:]), "0x" + strings.Repeat("g", 64)} {
		if err := h.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("hotkey %q is accepted", bad)
		}
	}
}

func TestKeysKeepTheirSecret(t *testing.T) {
	k, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%s", "%+v"} {
		if s := fmt.Sprintf(format, k); strings.Contains(s, k.Hex()) {
			t.Errorf("%s shows the private key: %s", format, s)
		}
	}
	secret := strings.Repeat("zz", 32)
	for _, bad := range []string{secret, k.Hex()[1:], strings.Repeat("f", 64), strings.Repeat("0", 64)} {
		if _, err := ParseKey(bad); err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("parse of a bad key: %v", err)
		}
	}
	first, again, other := DeriveKey([]byte("a")), DeriveKey([]byte("a")), DeriveKey([]byte("b"))
	if first.Hex() != again.Hex() || first.Hex() == other.Hex() {
		t.Error("derived keys do not follow from their seed")
	}
}
