package item

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of Record.Time: the years 1 to 9999.
const (
	MinTime int64 = -62_135_596_800
	MaxTime int64 = 253_402_300_799
)

// Record is the content of an item of KindRecord.
type Record struct {
	_      struct{} `cbor:",toarray"`
	Author string
	Title  string
	Body   string
	Time   int64 // when the source says it was written: unix seconds, UTC
}

// Canonical is the record's canonical bytes: a deterministic CBOR array of
// author, title, body (each in Unicode normal form C) and time. It fails with
// ErrInvalid for text that is not UTF-8, a time outside MinTime..MaxTime and a
// result over MaxItemBytes.
func (r Record) Canonical() ([]byte, error) {
	if r.Time < MinTime || r.Time > MaxTime {
		return nil, fmt.Errorf("canonical record: %w: time %d is outside the years 1 to 9999", ErrInvalid, r.Time)
	}
	for _, text := range []*string{&r.Author, &r.Title, &r.Body} {
		if len(*text) > MaxItemBytes {
			return nil, fmt.Errorf("canonical record: %w: text of %d bytes, at most %d", ErrInvalid, len(*text), MaxItemBytes)
		}
		if !utf8.ValidString(*text) {
			return nil, fmt.Errorf("canonical record: %w: text is not UTF-8", ErrInvalid)
		}
		*text = norm.NFC.String(*text)
	}
	b, err := encMode.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("canonical record: %w", err)
	}
	if len(b) > MaxItemBytes {
		return nil, fmt.Errorf("canonical record: %w: %d bytes, at most %d", ErrInvalid, len(b), MaxItemBytes)
	}
	return b, nil
}

// DecodeRecord reads what Canonical writes and nothing else. Errors wrap
// ErrInvalid.
func DecodeRecord(b []byte) (Record, error) {
	if len(b) > MaxItemBytes {
		return Record{}, fmt.Errorf("decode record: %w: %d bytes, at most %d", ErrInvalid, len(b), MaxItemBytes)
	}
	var r Record
	if err := decMode.Unmarshal(b, &r); err != nil {
		return Record{}, fmt.Errorf("decode record: %w: %w", ErrInvalid, err)
	}
	again, err := r.Canonical()
	if err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	if !bytes.Equal(again, b) {
		return Record{}, fmt.Errorf("decode record: %w: not the canonical bytes", ErrInvalid)
	}
	return r, nil
}
