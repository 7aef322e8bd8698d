package protocol

import (
	"bytes"
	"errors"

	"github.com/fxamacker/cbor/v2"
)

// The one encoding of the wire and of the record: RFC 8949 core deterministic
// CBOR, structs as arrays, an empty list never as null.
var encMode, decMode = modes()

func modes() (cbor.EncMode, cbor.DecMode) {
	options := cbor.CoreDetEncOptions()
	options.NilContainers = cbor.NilContainerAsEmpty // so that an empty list has one form
	enc, err := options.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       64,
		MaxNestedLevels:   16,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

// maxElements bounds a list in any message or entry; the longest is a metagraph.
const maxElements = 1 << 16

// ErrNotDeterministic is a value that decodes but is not the one encoding of
// what it says.
var ErrNotDeterministic = errors.New("not the deterministic encoding")

// Encode is the deterministic CBOR of v.
func Encode(v any) ([]byte, error) { return encMode.Marshal(v) }

// Decode reads exactly one value into v, a pointer to a zero value, and demands
// that b is its deterministic encoding, so that a message has one form and one
// digest. What it allocates is bounded by a small multiple of len(b).
func Decode(b []byte, v any) error {
	if err := decMode.Unmarshal(b, v); err != nil {
		return err
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return ErrNotDeterministic
	}
	return nil
}
