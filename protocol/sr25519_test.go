package protocol

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

const referenceAccounts = "../../shared/reference/chain/vectors/accounts_hashes_keys.json"

// accounts are the reference vectors of keys and accounts.
type accounts struct {
	Mapping []struct{ H160, AccountId, SS58 string } `json:"evm_address_mapping"`
	ECDSA   struct {
		EVM     string `json:"evm_mapped_ss58"`
		Secret  string `json:"secp256k1_secret"`
		Account string `json:"evm_mapped_account"`
	} `json:"ecdsa_native_vs_evm"`
	Alice struct {
		Signature string `json:"a_valid_signature"`
		Message   string `json:"message"`
		Secret    string `json:"mini_secret"`
		Public    string `json:"public"`
		SS58      string `json:"ss58"`
	} `json:"sr25519_alice"`
}

func readAccounts(t *testing.T) (a accounts) {
	t.Helper()
	b, err := os.ReadFile(referenceAccounts)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the reference vectors are not beside this checkout")
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil || a.Alice.Secret == "" || len(a.Mapping) == 0 {
		t.Fatalf("read the reference vectors: %v", err)
	}
	return a
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAlice(t *testing.T) {
	alice := readAccounts(t).Alice
	k, err := NewSr25519Key(unhex(t, alice.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if k.Hotkey().String() != alice.Public || k.Hotkey().SS58() != alice.SS58 {
		t.Errorf("hotkey %s, %s", k.Hotkey(), k.Hotkey().SS58())
	}
	if err := VerifyNative(k.Hotkey(), []byte(alice.Message), [64]byte(unhex(t, alice.Signature))); err != nil {
		t.Errorf("a signature by another implementation: %v", err)
	}
	if err := VerifyNative(k.Hotkey(), []byte(alice.Message+"."), [64]byte(unhex(t, alice.Signature))); !errors.Is(err, ErrSignature) {
		t.Errorf("of another message: %v", err)
	}
}

func TestAccountForms(t *testing.T) {
	a := readAccounts(t)
	k, err := ParseKey(a.ECDSA.Secret)
	if err != nil || k.Hotkey().SS58() != a.ECDSA.EVM || k.Hotkey().String() != a.ECDSA.Account {
		t.Errorf("account %s, %v", k.Hotkey().SS58(), err)
	}
	for _, m := range a.Mapping {
		h := HotkeyOf(common.HexToAddress(m.H160))
		if h.SS58() != m.SS58 {
			t.Errorf("%s has %s, want %s", m.H160, h.SS58(), m.SS58)
		}
		for _, text := range []string{m.SS58, m.AccountId} {
			if got, err := ParseAccount(text); err != nil || got != h {
				t.Errorf("%s is %s, %v", text, got, err)
			}
		}
	}
}

func TestParseAccountRefuses(t *testing.T) {
	const good = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
	for text, want := range map[string]string{
		"":                                 "neither an SS58 address",
		"0x12":                             "64 hex digits",
		good[:47]:                          "parse account",
		good + "1":                         "too long",
		strings.Replace(good, "w", "W", 1): "mistyped",
		strings.Replace(good, "w", "0", 1): "neither an SS58 address",
		strings.Repeat("1", 35):            "network 0",
		// The same account on Polkadot.
		"15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5": "network 0, not of 42",
		strings.Repeat("5", 1<<20):                         "too long",
	} {
		if h, err := ParseAccount(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %s, %v", text, h, err)
		}
	}
}

func nativeKey(t fataler, fill byte) *Sr25519Key {
	secret := make([]byte, 32)
	secret[0] = fill
	k, err := NewSr25519Key(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

type fataler interface{ Fatal(...any) }

func TestSignVerifySr25519(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := nativeKey(t, rapid.Byte().Draw(t, "seed"))
		digest := item.Sum("test", rapid.SliceOf(rapid.Byte()).Draw(t, "signed"))
		sig, err := k.Sign(digest)
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.Sign(digest)
		if err != nil || again == sig {
			t.Fatalf("signed twice alike: %v", err)
		}
		for _, s := range []Signature{sig, again} {
			if err := Verify(k.Hotkey(), digest, s); err != nil {
				t.Fatal(err)
			}
		}
		bad := sig
		bad[rapid.IntRange(0, 64).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "flip")
		other, hotkey := digest, k.Hotkey()
		other[rapid.IntRange(0, 31).Draw(t, "digest at")] ^= 1
		hotkey[rapid.IntRange(0, 31).Draw(t, "key at")] ^= 1
		for name, err := range map[string]error{
			"changed signature": Verify(k.Hotkey(), digest, bad),
			"other digest":      Verify(k.Hotkey(), other, sig),
			"other key":         Verify(hotkey, digest, sig),
		} {
			if !errors.Is(err, ErrSignature) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// Under the identity as a public key, R = s·G would be anyone's signature: here with
// s = 0.
func TestNobodySignsAsZero(t *testing.T) {
	if err := Verify(Hotkey{}, item.Hash{1}, Signature{63: 128, 64: markSr25519}); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v", err)
	}
}

func TestSr25519Secrets(t *testing.T) {
	for name, secret := range map[string][]byte{
		"none": nil, "31 bytes": make([]byte, 31), "33 bytes": make([]byte, 33),
		"zero scalar": make([]byte, 64), "scalar too large": []byte(strings.Repeat("\xff", 64)),
	} {
		if k, err := NewSr25519Key(secret); err == nil {
			t.Errorf("%s makes %v", name, k)
		}
	}
	k := nativeKey(t, 7)
	want := "sr25519 key of " + k.Hotkey().SS58()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != want {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// FuzzVerify: no signature of either kind does harm, and one that verifies has no
// twin in its last byte.
func FuzzVerify(f *testing.F) {
	native, ethereum := nativeKey(f, 3), DeriveKey([]byte("fuzz"))
	for _, s := range []Signer{native, ethereum} {
		sig, err := s.Sign(item.Hash{1})
		if err != nil {
			f.Fatal(err)
		}
		h, digest := s.Hotkey(), item.Hash{1}
		f.Add(h[:], digest[:], sig[:])
	}
	f.Add(make([]byte, 32), make([]byte, 32), append(make([]byte, 63), 128, 2))
	f.Fuzz(func(t *testing.T, hotkey, digest, raw []byte) {
		if len(hotkey) != 32 || len(digest) != 32 || len(raw) != 65 {
			return
		}
		sig := Signature(raw)
		if Verify(Hotkey(hotkey), item.Hash(digest), sig) != nil {
			return
		}
		for last := range 256 {
			twin := sig
			twin[64] = byte(last)
			if twin != sig && Verify(Hotkey(hotkey), item.Hash(digest), twin) == nil {
				t.Fatalf("%x verifies as %x too", sig, twin)
			}
		}
	})
}

// FuzzParseAccount: what is read in SS58 is written as the same text.
func FuzzParseAccount(f *testing.F) {
	f.Add("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
	f.Add("0x" + strings.Repeat("ab", 32))
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseAccount(text)
		if err == nil && !strings.HasPrefix(text, "0x") && h.SS58() != text {
			t.Fatalf("%q is read and written as %s", text, h.SS58())
		}
	})
}
