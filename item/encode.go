package item

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// Limits on an item, in bytes unless said otherwise.
const (
	MaxItemBytes   = 256 << 10 // an encoded item, and the canonical bytes in it
	MaxURI         = 2048
	MaxLabel       = 128
	MaxContributor = 128
	MaxLicence     = 64
	MaxParents     = 16 // in number
)

// ErrInvalid is an item, record or URI that breaks a rule of its form.
var ErrInvalid = errors.New("invalid item")

// The encoding of items and records: RFC 8949 core deterministic CBOR, structs
// as arrays, an absent list as an empty one.
var encMode, decMode = modes()

func modes() (cbor.EncMode, cbor.DecMode) {
	encOptions := cbor.CoreDetEncOptions()
	encOptions.NilContainers = cbor.NilContainerAsEmpty
	enc, err := encOptions.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	dec, err := cbor.DecOptions{
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		MaxArrayElements: MaxParents,
		MaxMapPairs:      16,
		MaxNestedLevels:  4,
		UTF8:             cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

// Encode is the item in deterministic CBOR, an array of the fields in the order
// of the struct. It fails with ErrInvalid for an item that Decode would refuse.
func (it *Item) Encode() ([]byte, error) {
	if err := it.validate(); err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	b, err := encMode.Marshal(it)
	if err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	if len(b) > MaxItemBytes {
		return nil, fmt.Errorf("encode item: %w: %d bytes, at most %d", ErrInvalid, len(b), MaxItemBytes)
	}
	return b, nil
}

// Decode reads what Encode writes and nothing else: every item has one encoding.
// The content is not interpreted; see DecodeRecord. Errors wrap ErrInvalid.
func Decode(b []byte) (*Item, error) {
	if len(b) > MaxItemBytes {
		return nil, fmt.Errorf("decode item: %w: %d bytes, at most %d", ErrInvalid, len(b), MaxItemBytes)
	}
	it := new(Item)
	if err := decMode.Unmarshal(b, it); err != nil {
		return nil, fmt.Errorf("decode item: %w: %w", ErrInvalid, err)
	}
	again, err := it.Encode()
	if err != nil {
		return nil, fmt.Errorf("decode item: %w", err)
	}
	if !bytes.Equal(again, b) {
		return nil, fmt.Errorf("decode item: %w: not the deterministic encoding", ErrInvalid)
	}
	return it, nil
}

func (it *Item) validate() error {
	if !it.Kind.Valid() {
		return fmt.Errorf("%w: unknown %s", ErrInvalid, it.Kind)
	}
	if len(it.Canonical) == 0 {
		return fmt.Errorf("%w: no content", ErrInvalid)
	}
	if len(it.Parents) > MaxParents {
		return fmt.Errorf("%w: %d parents, at most %d", ErrInvalid, len(it.Parents), MaxParents)
	}
	for _, f := range []struct {
		name, text string
		limit      int
	}{{"label", it.Label, MaxLabel}, {"contributor", it.Contributor, MaxContributor}, {"licence", it.Licence, MaxLicence}} {
		if err := checkLine(f.name, f.text, f.limit); err != nil {
			return err
		}
	}
	canonical, err := CanonicalURI(it.URI)
	if err != nil {
		return err
	}
	if canonical != it.URI {
		return fmt.Errorf("%w: source URI is not in canonical form", ErrInvalid)
	}
	return nil
}

// checkLine accepts text of one line: bounded UTF-8 without control characters.
func checkLine(name, text string, limit int) error {
	if len(text) > limit {
		return fmt.Errorf("%w: %s of %d bytes, at most %d", ErrInvalid, name, len(text), limit)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: %s is not UTF-8", ErrInvalid, name)
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			return fmt.Errorf("%w: %s holds control character %U", ErrInvalid, name, r)
		}
	}
	return nil
}
