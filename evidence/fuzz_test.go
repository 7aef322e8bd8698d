package evidence

import (
	"bytes"
	"testing"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// FuzzDecode: whatever decodes is the one encoding of what it says, of the kind
// that was asked for.
func FuzzDecode(f *testing.F) {
	key, h := protocol.Hotkey{1}, item.Hash{2}
	for _, body := range []Body{
		&Started{Software: "assay", Validator: key, Netuid: 7, Genesis: h, Tip: h, Length: 100, Fold: 1},
		&Parameters{Source: []byte("alpha: 0.01\n")},
		&Program{Source: []byte("name: forum\n")},
		&Opened{Round: 3, Secret: 1, Block: 75, BlockHash: h, Time: 1_700_000_000, Neurons: []Neuron{{UID: 4, Hotkey: key, Permit: true}}, Rules: h},
		&Exchange{Round: 3, Miner: key, Calls: []Call{{Request: []byte{1}, Answer: []byte{2}, Outcome: Refused, Reason: protocol.ReasonBusy, Millis: 40}}},
		&Reference{Round: 3, Fetches: []Fetch{{URI: "http://example.org/", Control: true, Status: FetchFound, ID: h, Record: []byte{3}}}},
		&Closed{Round: 3, Secret: h},
		&Intent{Epoch: 2, Block: 80, UIDs: []uint16{4}, Weights: []uint16{65535}},
		&Intent{Epoch: 2, Block: 80, UIDs: []uint16{4}, Weights: []uint16{65535}, Nonce: bytes.Repeat([]byte{7}, NonceBytes)},
		&Committed{Epoch: 2, Intent: h, Index: 3, Block: 81, Tx: h, Hash: h},
		&Tasks{Round: 3, Program: "spam", Due: 11, Tasks: []Sealed{{Subjects: []item.Hash{h}, Seal: h}}},
		&Truths{Round: 12, Program: "spam", Of: 3, Key: h, Truths: []string{"ham", ""}},
		&Landed{Epoch: 2, Intent: h, Block: 81, Tx: h, Fault: "TooFast"},
	} {
		b, err := protocol.Encode(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(body.Kind()), b)
	}
	f.Add(uint8(KindParameters), []byte{0x81, 0xf6})          // null where a byte string is due
	f.Add(uint8(KindParameters), []byte{0x81, 0x58, 0x01, 0}) // a length in more bytes than needed
	f.Add(uint8(KindOpened), bytes.Repeat([]byte{0x81}, 64))  // deep nesting
	f.Add(uint8(0), []byte{0x80})
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		body, err := Decode(Kind(kind), b)
		if err != nil {
			return
		}
		if body.Kind() != Kind(kind) {
			t.Fatalf("decoded a %s entry as %s", Kind(kind), body.Kind())
		}
		e, err := Next(Head{}, body)
		if err != nil || !bytes.Equal(e.Bytes, b) {
			t.Fatalf("%x decodes but encodes as %x, %v", b, e.Bytes, err)
		}
	})
}
