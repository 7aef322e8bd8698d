package item

import (
	"encoding/binary"
	"fmt"
	"math"
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
	if err := checkTime(r.Time); err != nil {
		return nil, fmt.Errorf("canonical record: %w", err)
	}
	size := 1 + 4*maxHead
	for _, text := range []*string{&r.Author, &r.Title, &r.Body} {
		if len(*text) > MaxItemBytes {
			return nil, fmt.Errorf("canonical record: %w: text of %d bytes, at most %d", ErrInvalid, len(*text), MaxItemBytes)
		}
		if !utf8.ValidString(*text) {
			return nil, fmt.Errorf("canonical record: %w: text is not UTF-8", ErrInvalid)
		}
		*text = norm.NFC.String(*text)
		size += len(*text)
	}
	b := appendHead(make([]byte, 0, size), cborArray, 4)
	for _, text := range [...]string{r.Author, r.Title, r.Body} {
		b = append(appendHead(b, cborText, uint64(len(text))), text...)
	}
	if r.Time < 0 {
		b = appendHead(b, cborNegative, uint64(-1-r.Time))
	} else {
		b = appendHead(b, cborUnsigned, uint64(r.Time))
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
	r, err := readRecord(string(b))
	if err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	return r, nil
}

func readRecord(s string) (r Record, err error) {
	major, n, s, ok := takeHead(s)
	if !ok || major != cborArray || n != 4 {
		return Record{}, fmt.Errorf("%w: not an array of four", ErrInvalid)
	}
	for _, text := range []*string{&r.Author, &r.Title, &r.Body} {
		if major, n, s, ok = takeHead(s); !ok || major != cborText || n > uint64(len(s)) {
			return Record{}, fmt.Errorf("%w: author, title and body are not canonical texts", ErrInvalid)
		}
		if *text, s = s[:n], s[n:]; !utf8.ValidString(*text) || norm.NFC.String(*text) != *text {
			return Record{}, fmt.Errorf("%w: text is not UTF-8 in normal form C", ErrInvalid)
		}
	}
	switch major, n, s, ok = takeHead(s); {
	case !ok || major > cborNegative || n > math.MaxInt64 || s != "":
		return Record{}, fmt.Errorf("%w: the time, which is the last field, is not a canonical whole number", ErrInvalid)
	case major == cborNegative:
		r.Time = -1 - int64(n)
	default:
		r.Time = int64(n)
	}
	return r, checkTime(r.Time)
}

func checkTime(t int64) error {
	if t < MinTime || t > MaxTime {
		return fmt.Errorf("%w: time %d is outside the years 1 to 9999", ErrInvalid, t)
	}
	return nil
}

// The major types of CBOR (RFC 8949) that a record is made of. Records are written and
// read by hand, since a validator reads every one that it draws: in a tenth of the time
// that a codec for all types takes.
const (
	cborUnsigned = 0 << 5
	cborNegative = 1 << 5
	cborText     = 3 << 5
	cborArray    = 4 << 5

	maxHead = 9 // bytes
)

// appendHead appends a major type and its argument in the shortest form.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// takeHead reads what appendHead writes, and nothing else.
func takeHead(s string) (major byte, n uint64, rest string, ok bool) {
	if s == "" {
		return 0, 0, "", false
	}
	major, n, s = s[0]&0xe0, uint64(s[0]&0x1f), s[1:]
	if n < 24 {
		return major, n, s, true
	}
	size := 1 << (n - 24)
	if size > 8 || size > len(s) {
		return 0, 0, "", false
	}
	least := [...]uint64{1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]
	n = 0
	for _, c := range []byte(s[:size]) {
		n = n<<8 | uint64(c)
	}
	return major, n, s[size:], n >= least
}
