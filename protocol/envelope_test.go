package protocol

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
)

// resign seals an envelope whose fields were changed by hand.
func resign(t testing.TB, s Signer, e Envelope) []byte {
	t.Helper()
	var err error
	if e.Signature, err = s.Sign(e.Digest()); err != nil {
		t.Fatal(err)
	}
	return encode(t, &e)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHostileRequests: what a miner makes of a request that is not quite one.
func TestHostileRequests(t *testing.T) {
	good := Envelope{Version: Version, Kind: KindRootRequest, From: validator.Hotkey(), To: miner.Hotkey(), Round: 40, Body: encode(t, &RootRequest{})}
	for _, tc := range []struct {
		name string
		want Reason
		raw  func(e Envelope) []byte
	}{
		{"good", "", func(e Envelope) []byte { return resign(t, validator, e) }},
		{"empty", ReasonGarbled, func(Envelope) []byte { return nil }},
		{"noise", ReasonGarbled, func(Envelope) []byte { return []byte("GET / HTTP/1.1\r\n\r\n") }},
		{"a byte more", ReasonGarbled, func(e Envelope) []byte { return append(resign(t, validator, e), 0) }},
		{"oversize", ReasonOversize, func(e Envelope) []byte {
			e.Body = make([]byte, MaxRequestBytes)
			return resign(t, validator, e)
		}},
		{"another version", ReasonVersion, func(e Envelope) []byte { e.Version++; return resign(t, validator, e) }},
		{"meant for another", ReasonAddressee, func(e Envelope) []byte { e.To = stranger.Hotkey(); return resign(t, validator, e) }},
		{"an answer", ReasonGarbled, func(e Envelope) []byte { e.Kind = KindRootAnswer; return resign(t, validator, e) }},
		{"a refusal", ReasonGarbled, func(e Envelope) []byte { e.Kind = KindRefusal; return resign(t, validator, e) }},
		{"an unknown kind", ReasonGarbled, func(e Envelope) []byte { e.Kind = 7; return resign(t, validator, e) }},
		{"answers something", ReasonGarbled, func(e Envelope) []byte { e.Request = item.Hash{1}; return resign(t, validator, e) }},
		{"signed by another", ReasonSignature, func(e Envelope) []byte { return resign(t, stranger, e) }},
		{"unsigned", ReasonSignature, func(e Envelope) []byte { return encode(t, &e) }},
		{"sender changed", ReasonSignature, changed(t, validator, func(e *Envelope) { e.From = stranger.Hotkey() })},
		{"kind changed", ReasonSignature, changed(t, validator, func(e *Envelope) { e.Kind = KindItemsRequest })},
		{"round changed", ReasonSignature, changed(t, validator, func(e *Envelope) { e.Round++ })},
		{"body changed", ReasonSignature, changed(t, validator, func(e *Envelope) { e.Body = encode(t, &RootRequest{Tip: item.Hash{1}}) })},
	} {
		e, err := OpenRequest(tc.raw(good), miner.Hotkey())
		if err == nil {
			err = e.CheckSignature()
		}
		wantFailure(t, tc.name, err, tc.want)
	}
}

// TestHostileAnswers: what a validator makes of an answer that is not quite one.
func TestHostileAnswers(t *testing.T) {
	asked := Asked{From: validator.Hotkey(), To: miner.Hotkey(), Kind: KindRootRequest, Round: 40, Digest: item.Sum("test", []byte("request"))}
	good := Envelope{Version: Version, Kind: KindRootAnswer, From: miner.Hotkey(), To: validator.Hotkey(), Round: 40, Request: asked.Digest, Body: encode(t, &RootAnswer{})}
	for _, tc := range []struct {
		name string
		want Reason
		raw  func(e Envelope) []byte
	}{
		{"good", "", func(e Envelope) []byte { return resign(t, miner, e) }},
		{"refusal", "", func(e Envelope) []byte { e.Kind = KindRefusal; return resign(t, miner, e) }},
		{"empty", ReasonGarbled, func(Envelope) []byte { return nil }},
		{"truncated", ReasonGarbled, func(e Envelope) []byte { b := resign(t, miner, e); return b[:len(b)-1] }},
		{"oversize", ReasonOversize, func(e Envelope) []byte { e.Body = make([]byte, MaxAnswerBytes); return resign(t, miner, e) }},
		{"another version", ReasonVersion, func(e Envelope) []byte { e.Version = 0; return resign(t, miner, e) }},
		{"meant for another validator", ReasonAddressee, func(e Envelope) []byte { e.To = stranger.Hotkey(); return resign(t, miner, e) }},
		{"by another miner", ReasonSender, func(e Envelope) []byte { e.From = stranger.Hotkey(); return resign(t, stranger, e) }},
		{"for another round", ReasonWindow, func(e Envelope) []byte { e.Round--; return resign(t, miner, e) }},
		{"to another request", ReasonCrossAnswer, func(e Envelope) []byte { e.Request[0] ^= 1; return resign(t, miner, e) }},
		{"to no request", ReasonCrossAnswer, func(e Envelope) []byte { e.Request = item.Hash{}; return resign(t, miner, e) }},
		{"of another kind", ReasonGarbled, func(e Envelope) []byte { e.Kind = KindItemsAnswer; return resign(t, miner, e) }},
		{"a request", ReasonGarbled, func(e Envelope) []byte { e.Kind = KindRootRequest; return resign(t, miner, e) }},
		{"in the name of the miner", ReasonSignature, func(e Envelope) []byte { return resign(t, stranger, e) }},
		{"unsigned", ReasonSignature, func(e Envelope) []byte { return encode(t, &e) }},
		{"kind changed", ReasonSignature, changed(t, miner, func(e *Envelope) { e.Kind = KindRefusal })},
		{"body changed", ReasonSignature, changed(t, miner, func(e *Envelope) { e.Body = encode(t, &RootAnswer{Root: SignedRoot{Seq: 1}}) })},
	} {
		_, err := OpenAnswer(tc.raw(good), asked)
		wantFailure(t, tc.name, err, tc.want)
	}
}

// changed signs an envelope and then alters it.
func changed(t testing.TB, s Signer, alter func(*Envelope)) func(Envelope) []byte {
	return func(e Envelope) []byte {
		sig, err := s.Sign(e.Digest())
		if err != nil {
			t.Fatal(err)
		}
		alter(&e)
		e.Signature = sig
		return encode(t, &e)
	}
}

func wantFailure(t testing.TB, name string, err error, want Reason) {
	t.Helper()
	var f *Failure
	switch {
	case want == "" && err == nil:
	case want == "" || !errors.As(err, &f) || f.Reason != want:
		t.Errorf("%s: got %v, want reason %q", name, err, want)
	}
}

// No byte of a sealed envelope can be changed, left out or added.
func TestEveryByteIsSealed(t *testing.T) {
	asked := Asked{From: validator.Hotkey(), To: miner.Hotkey(), Kind: KindItemsRequest, Round: 40, Digest: item.Hash{9}}
	request, _ := seal(t, validator, KindItemsRequest, miner.Hotkey(), 40, item.Hash{}, sample(t)[KindItemsRequest])
	answer, _ := seal(t, miner, KindItemsAnswer, validator.Hotkey(), 40, item.Hash{9}, sample(t)[KindItemsAnswer])
	open := func(raw []byte, isRequest bool) error {
		if !isRequest {
			_, err := OpenAnswer(raw, asked)
			return err
		}
		e, err := OpenRequest(raw, miner.Hotkey())
		if err == nil {
			err = e.CheckSignature()
		}
		return err
	}
	for _, isRequest := range []bool{true, false} {
		raw := answer
		if isRequest {
			raw = request
		}
		if err := open(raw, isRequest); err != nil {
			t.Fatalf("untouched: %v", err)
		}
		for at := range raw { // every byte, one flip each; then random ones
			bad := append([]byte(nil), raw...)
			bad[at] ^= byte(1 << (at % 8))
			if open(bad, isRequest) == nil {
				t.Errorf("byte %d flipped, and it still opens", at)
			}
			if open(raw[:at], isRequest) == nil {
				t.Errorf("cut at byte %d, and it still opens", at)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		isRequest := rapid.Bool().Draw(t, "request")
		bad := append([]byte(nil), answer...)
		if isRequest {
			bad = append([]byte(nil), request...)
		}
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "flip")
		if open(bad, isRequest) == nil {
			t.Fatal("a flipped byte, and it still opens")
		}
	})
}

// An empty body has one form: null would give the same digest.
func TestNullBody(t *testing.T) {
	raw := resign(t, validator, Envelope{Version: Version, Kind: KindRootRequest, From: validator.Hotkey(), To: miner.Hotkey()})
	if _, err := OpenRequest(raw, miner.Hotkey()); err != nil {
		t.Fatalf("an empty body is for DecodeBody to refuse: %v", err)
	}
	body := len(raw) - 2 - len(Signature{}) - 1 // before the signature and its two-byte head
	if raw[body] != 0x40 {
		t.Fatalf("byte %d is %#x, not the empty byte string", body, raw[body])
	}
	raw[body] = 0xf6
	_, err := OpenRequest(raw, miner.Hotkey())
	wantFailure(t, "null for a body", err, ReasonGarbled)
}

func TestSealReportsASignerThatFails(t *testing.T) {
	if _, _, err := Seal(brokenSigner{}, KindRootRequest, miner.Hotkey(), 1, item.Hash{}, &RootRequest{}); err == nil {
		t.Error("sealed without a signature")
	}
	if _, _, err := Seal(miner, KindRootRequest, miner.Hotkey(), 1, item.Hash{}, make(chan int)); err == nil {
		t.Error("sealed what has no encoding")
	}
}

type brokenSigner struct{}

func (brokenSigner) Hotkey() Hotkey                    { return Hotkey{} }
func (brokenSigner) Sign(item.Hash) (Signature, error) { return Signature{}, errors.New("locked") }

func TestSignedRoot(t *testing.T) {
	root := sample(t)[KindRootAnswer].(*RootAnswer).Root
	if err := root.Check(7, miner.Hotkey()); err != nil {
		t.Fatal(err)
	}
	if r := root.Root(); r.Hash != root.Hash || r.Bytes != root.Bytes || r.Count != root.Count {
		t.Errorf("index root is %+v", r)
	}
	for name, alter := range map[string]func(*SignedRoot){
		"hash":      func(r *SignedRoot) { r.Hash[0] ^= 1 },
		"seq":       func(r *SignedRoot) { r.Seq++ },
		"bytes":     func(r *SignedRoot) { r.Bytes++ },
		"count":     func(r *SignedRoot) { r.Count++ },
		"signature": func(r *SignedRoot) { r.Signature[0] ^= 1 },
		"signer": func(r *SignedRoot) {
			_ = r.Sign(stranger)
			r.Miner = miner.Hotkey()
		},
	} {
		bad := root
		alter(&bad)
		wantFailure(t, "root with another "+name, bad.Check(7, miner.Hotkey()), ReasonSignature)
	}
	zero := root
	zero.Seq = 0
	_ = zero.Sign(miner)
	wantFailure(t, "root 0", zero.Check(7, miner.Hotkey()), ReasonMalformed)
	wantFailure(t, "another subnet's root", root.Check(8, miner.Hotkey()), ReasonMalformed)
	wantFailure(t, "another miner's root", root.Check(7, stranger.Hotkey()), ReasonMalformed)
}

func TestReceipt(t *testing.T) {
	receipt := *sample(t)[KindItemsRequest].(*ItemsRequest).Receipt
	if err := receipt.Check(7, validator.Hotkey(), miner.Hotkey()); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*Receipt){
		"seq":       func(r *Receipt) { r.Seq++ },
		"root":      func(r *Receipt) { r.Root[0] ^= 1 },
		"round":     func(r *Receipt) { r.Round++ },
		"block":     func(r *Receipt) { r.Block-- },
		"signature": func(r *Receipt) { r.Signature[40] ^= 1 },
	} {
		bad := receipt
		alter(&bad)
		wantFailure(t, "receipt with another "+name, bad.Check(7, validator.Hotkey(), miner.Hotkey()), ReasonSignature)
	}
	wantFailure(t, "another subnet's", receipt.Check(8, validator.Hotkey(), miner.Hotkey()), ReasonMalformed)
	wantFailure(t, "another validator's", receipt.Check(7, stranger.Hotkey(), miner.Hotkey()), ReasonMalformed)
	wantFailure(t, "another miner's", receipt.Check(7, validator.Hotkey(), stranger.Hotkey()), ReasonMalformed)
}

func BenchmarkSealOpen(b *testing.B) {
	asked := Asked{From: validator.Hotkey(), To: miner.Hotkey(), Kind: KindItemsRequest, Round: 40, Digest: item.Hash{9}}
	answer := &ItemsAnswer{Nodes: slicesOf(200, make([]byte, 150)), Items: slicesOf(16, make([]byte, 2000)), Drawn: [][]uint16{make([]uint16, 16)}}
	size := 0
	for b.Loop() {
		raw, _ := seal(b, miner, KindItemsAnswer, validator.Hotkey(), 40, item.Hash{9}, answer)
		e, err := OpenAnswer(raw, asked)
		if err == nil {
			_, err = DecodeBody(e)
		}
		if err != nil {
			b.Fatal(err)
		}
		size = len(raw)
	}
	b.SetBytes(int64(size))
}
