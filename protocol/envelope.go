package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/assaynet/assay/item"
)

// Envelope is one signed message.
type Envelope struct {
	_         struct{} `cbor:",toarray"`
	Version   uint16
	Kind      Kind
	From, To  Hotkey
	Round     uint64
	Request   item.Hash // digest of the request that this answers; zero in a request
	Body      []byte    // the message of Kind, encoded
	Signature Signature
}

// Digest is what the sender signs:
//
//	Sum("assay/message/v1", version, kind, from, to, round, request, body)
//
// with numbers big-endian and each part length-prefixed by Sum. It also names
// the message: an answer's Request is the digest of what it answers.
func (e *Envelope) Digest() item.Hash {
	return item.Sum("assay/message/v1",
		binary.BigEndian.AppendUint16(nil, e.Version), []byte{byte(e.Kind)},
		e.From[:], e.To[:], binary.BigEndian.AppendUint64(nil, e.Round),
		e.Request[:], e.Body)
}

// Seal signs a message and returns its encoding and its digest. request is zero
// when the message is a request.
func Seal(s Signer, kind Kind, to Hotkey, round uint64, request item.Hash, message any) ([]byte, item.Hash, error) {
	body, err := Encode(message)
	if err != nil {
		return nil, item.Hash{}, fmt.Errorf("encode message: %w", err)
	}
	e := Envelope{Version: Version, Kind: kind, From: s.Hotkey(), To: to, Round: round, Request: request, Body: body}
	digest := e.Digest()
	if e.Signature, err = s.Sign(digest); err != nil {
		return nil, item.Hash{}, fmt.Errorf("sign message: %w", err)
	}
	raw, err := Encode(&e)
	if err != nil {
		return nil, item.Hash{}, fmt.Errorf("encode envelope: %w", err)
	}
	return raw, digest, nil
}

// OpenRequest decodes a request addressed to `to`, cheapest check first: size,
// form, version, addressee, kind. The signature is checked last; window and
// replay are the caller's, between the two, so it is split: see CheckSignature,
// then DecodeBody. The errors are *Failure.
func OpenRequest(raw []byte, to Hotkey) (*Envelope, error) {
	e, err := openEnvelope(raw, MaxRequestBytes, to)
	if err != nil {
		return nil, err
	}
	if !e.Kind.IsRequest() || !e.Request.IsZero() {
		return nil, Fail(ReasonGarbled, "%s message is not a request", e.Kind)
	}
	return e, nil
}

// Asked is what a validator remembers of a request, to check its answer.
type Asked struct {
	From, To Hotkey // the validator, the miner
	Kind     Kind
	Round    uint64
	Digest   item.Hash
}

// OpenAnswer decodes the answer to a request and checks that it is one: size,
// form, version, addressee, sender, round, request digest, kind, signature, in
// that order. A Refusal is an answer; the caller looks at Kind. The errors are
// *Failure, and none of their reasons charges the miner: what failed here is not
// known to be the miner's. What is wrong behind a good signature is.
func OpenAnswer(raw []byte, asked Asked) (*Envelope, error) {
	return OpenAnswerBut(raw, asked, nil)
}

// OpenAnswerBut is OpenAnswer without some of its checks, for the lab.
func OpenAnswerBut(raw []byte, asked Asked, leave Leave) (*Envelope, error) {
	if len(raw) > MaxAnswerBytes && !leave[CheckSize] {
		return nil, tooLong(raw, MaxAnswerBytes)
	}
	e, err := decodeEnvelope(raw)
	if err != nil {
		return nil, err
	}
	for _, c := range answerChecks() {
		if leave[c.name] {
			continue
		}
		if f := c.fail(e, asked); f != nil {
			return nil, f
		}
	}
	if e.Kind != asked.Kind+1 && e.Kind != KindRefusal {
		return nil, Fail(ReasonGarbled, "answer is a %s message, want %s", e.Kind, asked.Kind+1)
	}
	if leave[CheckSignature] {
		return e, nil
	}
	if err := e.CheckSignature(); err != nil {
		return nil, err
	}
	return e, nil
}

// CheckSignature checks that From signed the envelope.
func (e *Envelope) CheckSignature() error {
	if err := Verify(e.From, e.Digest(), e.Signature); err != nil {
		return Fail(ReasonSignature, "message of %s: %w", e.From.Short(), err)
	}
	return nil
}

func openEnvelope(raw []byte, limit int, to Hotkey) (*Envelope, error) {
	if len(raw) > limit {
		return nil, tooLong(raw, limit)
	}
	e, err := decodeEnvelope(raw)
	if err != nil {
		return nil, err
	}
	if e.To != to {
		return nil, Fail(ReasonAddressee, "message is for %s, this is %s", e.To.Short(), to.Short())
	}
	return e, nil
}

func tooLong(raw []byte, limit int) *Failure {
	return Fail(ReasonOversize, "message has %d bytes, at most %d are allowed", len(raw), limit)
}

// decodeEnvelope decodes an envelope of the version spoken here.
func decodeEnvelope(raw []byte) (*Envelope, error) {
	var e Envelope
	if err := Decode(raw, &e); err != nil {
		return nil, Fail(ReasonGarbled, "decode envelope: %w", err)
	}
	if e.Version != Version {
		return nil, Fail(ReasonVersion, "peer speaks version %d, this is %d", e.Version, Version)
	}
	return &e, nil
}
