package protocol

import (
	"testing"

	"github.com/assaynet/assay/item"
)

// Each check that is left out lets through what it kept out, and nothing else.
func TestOpenAnswerBut(t *testing.T) {
	self, miner, other := DeriveKey([]byte("validator")), DeriveKey([]byte("miner")), DeriveKey([]byte("other"))
	asked := Asked{From: self.Hotkey(), To: miner.Hotkey(), Kind: KindRootRequest, Round: 9, Digest: item.Sum("request")}
	forge := func(key *Key, change func(*Envelope)) []byte {
		body, err := Encode(&RootAnswer{})
		if err != nil {
			t.Fatal(err)
		}
		e := Envelope{Version: Version, Kind: KindRootAnswer, From: miner.Hotkey(), To: self.Hotkey(), Round: 9, Request: asked.Digest, Body: body}
		change(&e)
		if e.Signature, err = key.Sign(e.Digest()); err != nil {
			t.Fatal(err)
		}
		raw, err := Encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	wrong := map[Check][]byte{
		CheckSize:      forge(miner, func(e *Envelope) { e.Body = make([]byte, MaxAnswerBytes) }),
		CheckAddressee: forge(miner, func(e *Envelope) { e.To = other.Hotkey() }),
		CheckSender:    forge(other, func(e *Envelope) { e.From = other.Hotkey() }),
		CheckWindow:    forge(miner, func(e *Envelope) { e.Round-- }),
		CheckRequest:   forge(miner, func(e *Envelope) { e.Request = item.Sum("another") }),
		CheckSignature: forge(other, func(*Envelope) {}),
	}
	reasons := map[Check]Reason{
		CheckSize: ReasonOversize, CheckAddressee: ReasonAddressee, CheckSender: ReasonSender, CheckWindow: ReasonWindow,
		CheckRequest: ReasonCrossAnswer, CheckSignature: ReasonSignature,
	}
	for name, raw := range wrong {
		for left := range wrong {
			_, err := OpenAnswerBut(raw, asked, Leave{left: true})
			if left == name && err != nil {
				t.Errorf("without %s: %v", left, err)
			}
			if left != name && ReasonOf(err) != reasons[name] {
				t.Errorf("what %s keeps out, without %s: %v, want %s", name, left, err, reasons[name])
			}
		}
		if _, err := OpenAnswerBut(raw, asked, Leave{name: false}); ReasonOf(err) != reasons[name] {
			t.Errorf("%s that is not left out: %v", name, err)
		}
		if _, err := OpenAnswer(raw, asked); ReasonOf(err) != reasons[name] {
			t.Errorf("%s: %v", name, err)
		}
	}
	kind := forge(miner, func(e *Envelope) { e.Kind = KindClaimsAnswer })
	all := Leave{}
	for name := range wrong {
		all[name] = true
	}
	if _, err := OpenAnswerBut(kind, asked, all); ReasonOf(err) != ReasonGarbled {
		t.Errorf("another kind: %v", err)
	}
}
