package evidence

import (
	"encoding/binary"
	"fmt"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
)

// Kind says what an entry records.
type Kind uint8

// The kinds of entry, in the order in which a record first uses them.
const (
	KindStarted    Kind = 1
	KindParameters Kind = 2
	KindProgram    Kind = 3
	KindOpened     Kind = 4
	KindExchange   Kind = 5
	KindReference  Kind = 6
	KindClosed     Kind = 7
	KindIntent     Kind = 8
	KindLanded     Kind = 9
	KindCommitted  Kind = 10 // between Intent and Landed; added later, hence its number
	KindTasks      Kind = 11 // after Opened, before the first Exchange
	KindTruths     Kind = 12 // between Reference and Closed
)

var kindNames = map[Kind]string{
	KindStarted: "started", KindParameters: "parameters", KindProgram: "program",
	KindOpened: "opened", KindExchange: "exchange", KindReference: "reference", KindClosed: "closed",
	KindIntent: "intent", KindLanded: "landed", KindCommitted: "committed",
	KindTasks: "tasks", KindTruths: "truths",
}

// String is the kind's name.
func (k Kind) String() string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// KindOf is the kind of a name.
func KindOf(name string) (Kind, bool) {
	for k, s := range kindNames {
		if s == name {
			return k, true
		}
	}
	return 0, false
}

// MaxEntryBytes bounds the encoding of one entry's body: a few answers of the
// protocol's largest size.
const MaxEntryBytes = 16 << 20

// Body is what an entry says: one of the structs of this package.
type Body interface{ Kind() Kind }

// Entry is a body with its place in the chain.
type Entry struct {
	Seq   uint64 // 1 for the first
	Prev  item.Hash
	Hash  item.Hash
	Body  Body
	Bytes []byte // the body's canonical encoding
}

// Head names a record up to and including an entry. The zero head is that of
// the empty record.
type Head struct {
	Seq  uint64
	Hash item.Hash
}

// Anchor is the head in the protocol's form.
func (h Head) Anchor() protocol.Anchor { return protocol.Anchor{Seq: h.Seq, Hash: h.Hash} }

// Next makes the entry that follows a head.
func Next(h Head, body Body) (Entry, error) {
	b, err := protocol.Encode(body)
	if err != nil {
		return Entry{}, fmt.Errorf("encode %s entry: %w", body.Kind(), err)
	}
	if len(b) > MaxEntryBytes {
		return Entry{}, fmt.Errorf("encode %s entry: %d bytes, at most %d are allowed", body.Kind(), len(b), MaxEntryBytes)
	}
	// What does not read back would make a record that nobody can open.
	if _, err := Decode(body.Kind(), b); err != nil {
		return Entry{}, err
	}
	e := Entry{Seq: h.Seq + 1, Prev: h.Hash, Body: body, Bytes: b}
	e.Hash = Digest(e.Seq, e.Prev, body.Kind(), b)
	return e, nil
}

// Head is the head of the record that ends with this entry.
func (e Entry) Head() Head { return Head{Seq: e.Seq, Hash: e.Hash} }

// Digest is the hash of an entry:
//
//	Sum("assay/evidence/v1", seq, prev, kind, body), numbers big-endian
func Digest(seq uint64, prev item.Hash, kind Kind, body []byte) item.Hash {
	return item.Sum("assay/evidence/v1",
		binary.BigEndian.AppendUint64(nil, seq), prev[:], []byte{byte(kind)}, body)
}

// Decode reads the body of an entry strictly: only its canonical encoding.
func Decode(kind Kind, b []byte) (Body, error) {
	if len(b) > MaxEntryBytes {
		return nil, fmt.Errorf("decode %s entry: %d bytes, at most %d are allowed", kind, len(b), MaxEntryBytes)
	}
	var body Body
	switch kind {
	case KindStarted:
		body = new(Started)
	case KindParameters:
		body = new(Parameters)
	case KindProgram:
		body = new(Program)
	case KindOpened:
		body = new(Opened)
	case KindExchange:
		body = new(Exchange)
	case KindReference:
		body = new(Reference)
	case KindClosed:
		body = new(Closed)
	case KindIntent:
		body = new(Intent)
	case KindLanded:
		body = new(Landed)
	case KindCommitted:
		body = new(Committed)
	case KindTasks:
		body = new(Tasks)
	case KindTruths:
		body = new(Truths)
	default:
		return nil, fmt.Errorf("decode entry: unknown kind %d", kind)
	}
	if err := protocol.Decode(b, body); err != nil {
		return nil, fmt.Errorf("decode %s entry: %w", kind, err)
	}
	return body, nil
}
