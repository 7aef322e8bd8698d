package item

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{
			Author: rapid.String().Draw(t, "author"), Title: rapid.String().Draw(t, "title"), Body: rapid.String().Draw(t, "body"),
			Time: rapid.Int64Range(MinTime, MaxTime).Draw(t, "time"),
		}
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		want := Record{Author: norm.NFC.String(r.Author), Title: norm.NFC.String(r.Title), Body: norm.NFC.String(r.Body), Time: r.Time}
		if got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if again, err := got.Canonical(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("canonical bytes are not stable: %v", err)
		}
	})
}

func TestRecordTextIsComposed(t *testing.T) {
	composed, err := Record{Title: "caf\u00e9"}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	decomposed, err := Record{Title: "cafe\u0301"}.Canonical()
	if err != nil || !bytes.Equal(composed, decomposed) {
		t.Fatalf("two spellings of one title differ: %x, %x, %v", composed, decomposed, err)
	}
}

func TestRecordRefuses(t *testing.T) {
	good, err := Record{Author: "ann", Title: "t", Body: "b", Time: 5}.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]Record{
		"author not UTF-8": {Author: "\xff"},
		"body not UTF-8":   {Body: "a\xc3"},
		"too early":        {Time: MinTime - 1},
		"too late":         {Time: MaxTime + 1},
		"long body":        {Body: strings.Repeat("a", MaxItemBytes)},
		"long title":       {Title: strings.Repeat("a", MaxItemBytes+1)},
	} {
		if _, err := r.Canonical(); !errors.Is(err, ErrInvalid) {
			t.Errorf("canonical, %s: %v", name, err)
		}
	}
	raw := func(v ...any) []byte {
		b, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(raw("ann", "t", "b", 5), good) {
		t.Fatal("a record is not the array of its fields")
	}
	for name, b := range map[string][]byte{
		"nothing":        {},
		"trailing byte":  append(bytes.Clone(good), 0),
		"cut":            good[:len(good)-1],
		"decomposed":     raw("", "cafe\u0301", "", 0),
		"not UTF-8":      raw("", "\xff", "", 0),
		"float time":     raw("", "", "", 1.0),
		"time too large": raw("", "", "", uint64(1<<63)),
		"three fields":   raw("", "", ""),
		"five fields":    raw("", "", "", 0, 0),
		"null":           raw(nil, "", "", 0),
		"bytes":          raw([]byte("a"), "", "", 0),
		"too long":       make([]byte, MaxItemBytes+1),
	} {
		if got, err := DecodeRecord(b); !errors.Is(err, ErrInvalid) {
			t.Errorf("decode, %s: %+v, %v", name, got, err)
		}
	}
}

// throughCodec reads a record by the codec for all types, and by writing it again.
func throughCodec(b []byte) (r Record, ok bool) {
	if decMode.Unmarshal(b, &r) != nil || r.Time < MinTime || r.Time > MaxTime {
		return r, false
	}
	r.Author, r.Title, r.Body = norm.NFC.String(r.Author), norm.NFC.String(r.Title), norm.NFC.String(r.Body)
	again, err := encMode.Marshal(r)
	return r, err == nil && bytes.Equal(again, b)
}

// What is written by hand is what the codec writes, and of changed bytes both read the
// same.
func TestRecordIsItsCodecTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{Author: rapid.String().Draw(t, "author"), Title: rapid.String().Draw(t, "title"), Time: rapid.Int64Range(MinTime, MaxTime).Draw(t, "time")}
		r.Body = strings.Repeat("a", rapid.SampledFrom([]int{0, 23, 24, 255, 256, 65535, 65536}).Draw(t, "body"))
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		composed := Record{Author: norm.NFC.String(r.Author), Title: norm.NFC.String(r.Title), Body: r.Body, Time: r.Time}
		if want, err := encMode.Marshal(composed); err != nil || !bytes.Equal(b, want) {
			t.Fatalf("%x, the codec writes %x, %v", b, want, err)
		}
		at := rapid.IntRange(0, min(len(b), 200)-1).Draw(t, "changed byte")
		b[at] = rapid.Byte().Draw(t, "to")
		got, err := DecodeRecord(b)
		if want, ok := throughCodec(b); ok != (err == nil) || ok && got != want {
			t.Fatalf("%x is %+v, %v; the codec reads %+v, %v", b, got, err, want, ok)
		}
	})
}
