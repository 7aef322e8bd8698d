package protocol

import (
	"bytes"
	"testing"

	"github.com/assaynet/assay/item"
)

// FuzzOpenRequest: what opens is addressed to us, is a request and has one
// encoding.
func FuzzOpenRequest(f *testing.F) {
	for kind, message := range sample(f) {
		raw, _ := seal(f, validator, kind, miner.Hotkey(), 40, item.Hash{}, message)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := OpenRequest(raw, miner.Hotkey())
		if err != nil {
			known(t, err)
			return
		}
		if e.To != miner.Hotkey() || e.Version != Version || !e.Kind.IsRequest() || !e.Request.IsZero() {
			t.Fatalf("opened %+v", e)
		}
		if again := encode(t, e); !bytes.Equal(again, raw) {
			t.Fatalf("%x opens but encodes as %x", raw, again)
		}
		if e.CheckSignature() == nil {
			if _, err := DecodeBody(e); err != nil {
				known(t, err)
			}
		}
	})
}

// FuzzOpenAnswer: what opens was signed by the miner for this request.
func FuzzOpenAnswer(f *testing.F) {
	asked := Asked{From: validator.Hotkey(), To: miner.Hotkey(), Kind: KindItemsRequest, Round: 40, Digest: item.Hash{9}}
	for kind, message := range sample(f) {
		raw, _ := seal(f, miner, kind, validator.Hotkey(), 40, asked.Digest, message)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := OpenAnswer(raw, asked)
		if err != nil {
			known(t, err)
			return
		}
		if e.From != asked.To || e.To != asked.From || e.Round != asked.Round || e.Request != asked.Digest || Verify(e.From, e.Digest(), e.Signature) != nil {
			t.Fatalf("opened %+v", e)
		}
	})
}

// FuzzDecodeBody: what decodes keeps the limits and has one encoding.
func FuzzDecodeBody(f *testing.F) {
	for kind, message := range sample(f) {
		f.Add(uint8(kind), encode(f, message))
	}
	f.Add(uint8(KindItemsAnswer), []byte{0x83, 0x80, 0x80, 0x81, 0x81, 0x00})
	f.Add(uint8(KindClaimsAnswer), []byte{0x82, 0x9a, 0xff, 0xff, 0xff, 0xff, 0x80})
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		m, err := DecodeBody(&Envelope{Kind: Kind(kind), Body: body})
		if err != nil {
			if ReasonOf(err) != ReasonMalformed {
				t.Fatalf("reason %s: %v", ReasonOf(err), err)
			}
			return
		}
		if again := encode(t, m); !bytes.Equal(again, body) {
			t.Fatalf("%x decodes but encodes as %x", body, again)
		}
		if a, ok := m.(*ItemsAnswer); ok && (len(a.Nodes) > MaxNodes || len(a.Items) > MaxItems || len(a.Drawn) > MaxParts) {
			t.Fatal("an answer beyond the limits")
		}
		if r, ok := m.(*TasksRequest); ok && (len(r.Tasks) > MaxTasks || len(r.Marks) > MaxMarks) {
			t.Fatal("a request beyond the limits")
		}
	})
}

func known(t *testing.T, err error) {
	t.Helper()
	if r := ReasonOf(err); !r.Known() || r == ReasonInternal {
		t.Fatalf("reason %s: %v", r, err)
	}
}
