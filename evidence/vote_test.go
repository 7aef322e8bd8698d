package evidence

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/assaynet/assay/item"
)

// An intent from before there were nonces keeps its bytes; each has one form.
func TestIntentForms(t *testing.T) {
	plain, err := hex.DecodeString("8502185081048119ffff07") // written by an earlier release
	if err != nil {
		t.Fatal(err)
	}
	body, err := Decode(KindIntent, plain)
	if err != nil {
		t.Fatal(err)
	}
	intent := body.(*Intent)
	if intent.Epoch != 2 || intent.Block != 80 || intent.Weights[0] != 65535 || intent.Version != 7 || intent.Nonce != nil {
		t.Errorf("intent %+v", intent)
	}
	if e, err := Next(Head{}, intent); err != nil || !bytes.Equal(e.Bytes, plain) {
		t.Errorf("encoded again: %x, %v", e.Bytes, err)
	}
	intent.Nonce = bytes.Repeat([]byte{9}, NonceBytes)
	e, err := Next(Head{}, intent)
	if err != nil || e.Bytes[0] != nonceIntentHead {
		t.Fatalf("with a nonce: %x, %v", e.Bytes, err)
	}
	for name, b := range map[string][]byte{
		"an empty nonce": append(append([]byte{0x86}, plain[1:]...), 0x40), "a short nonce": append(append([]byte{0x86}, plain[1:]...), 0x41, 1),
		"four parts": append([]byte{0x84}, plain[1:len(plain)-1]...), "a map": {0xa0}, "null": {0xf6}, "nothing": {},
		"more behind": append(slices.Clone(plain), 0),
	} {
		if body, err := Decode(KindIntent, b); err == nil {
			t.Errorf("%s: %+v", name, body)
		}
	}
}

func TestSalt(t *testing.T) {
	i := Intent{Nonce: bytes.Repeat([]byte{9}, NonceBytes)}
	digest := item.Sum("entry")
	salt, sum := i.Salt(digest), item.Sum("assay/commit/salt/v1", digest[:], i.Nonce)
	if len(salt) != 16 || salt[0] != uint16(sum[0])<<8|uint16(sum[1]) || salt[15] != uint16(sum[30])<<8|uint16(sum[31]) {
		t.Errorf("salt %x of %x", salt, sum)
	}
	other := i
	other.Nonce = bytes.Repeat([]byte{8}, NonceBytes)
	if slices.Equal(salt, i.Salt(item.Sum("another"))) || slices.Equal(salt, other.Salt(digest)) {
		t.Error("the salt does not bind the entry and the nonce")
	}
}
