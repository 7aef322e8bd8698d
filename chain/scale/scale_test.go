package scale

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// The compact form's published examples and the edges of its four modes.
func TestCompact(t *testing.T) {
	for _, tc := range []struct {
		v    U128
		wire string
	}{
		{U128{}, "00"}, {U128{Lo: 1}, "04"}, {U128{Lo: 42}, "a8"}, {U128{Lo: 63}, "fc"},
		{U128{Lo: 64}, "0101"}, {U128{Lo: 69}, "1501"}, {U128{Lo: 16383}, "fdff"},
		{U128{Lo: 16384}, "02000100"}, {U128{Lo: 65535}, "feff0300"}, {U128{Lo: 1<<30 - 1}, "feffffff"},
		{U128{Lo: 1 << 30}, "0300000040"}, {U128{Lo: 100000000000000}, "0b00407a10f35a"},
		{U128{Lo: 1<<64 - 1}, "13ffffffffffffffff"}, {U128{Hi: 1}, "17000000000000000001"},
		{U128{Hi: 1<<64 - 1, Lo: 1<<64 - 1}, "33ffffffffffffffffffffffffffffffff"},
	} {
		if got := hex.EncodeToString(AppendCompactU128(nil, tc.v)); got != tc.wire {
			t.Errorf("encode %v = %s, want %s", tc.v, got, tc.wire)
		}
		raw, _ := hex.DecodeString(tc.wire)
		d := NewDecoder(raw)
		if got := d.CompactU128(); got != tc.v || d.Finish() != nil {
			t.Errorf("decode %s = %v, %v", tc.wire, got, d.Err())
		}
	}
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		wire string
		read func(*Decoder)
		want error
	}{
		"two-byte form of 1":           {"0500", func(d *Decoder) { d.CompactU128() }, ErrCanonical},
		"four-byte form of 64":         {"02010000", func(d *Decoder) { d.CompactU128() }, ErrCanonical},
		"big form of 1":                {"0301000000", func(d *Decoder) { d.CompactU128() }, ErrCanonical},
		"big form with a leading zero": {"070000004000", func(d *Decoder) { d.CompactU128() }, ErrCanonical},
		"big form of 17 bytes":         {"37", func(d *Decoder) { d.CompactU128() }, ErrRange},
		"big form cut short":           {"03000000", func(d *Decoder) { d.CompactU128() }, ErrShort},
		"u16 as compact above 65535":   {"02000400", func(d *Decoder) { d.Compact(65535) }, ErrRange},
		"boolean 2":                    {"02", func(d *Decoder) { d.Bool() }, ErrCanonical},
		"vector longer than the input": {"feffffff", func(d *Decoder) { Vector(d, 2, (*Decoder).U16) }, ErrShort},
		"byte string cut short":        {"0c6162", func(d *Decoder) { d.Bytes() }, ErrShort},
		"byte left over":               {"0000", func(d *Decoder) { d.U8() }, ErrTrailing},
		"nothing":                      {"", func(d *Decoder) { d.U64() }, ErrShort},
		"reading on after a failure":   {"02ffff", func(d *Decoder) { d.Bool(); d.U16() }, ErrCanonical},
	} {
		raw, _ := hex.DecodeString(tc.wire)
		d := NewDecoder(raw)
		tc.read(d)
		if err := d.Finish(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wide := U128{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
		list := rapid.SliceOf(rapid.Uint16()).Draw(t, "list")
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		flag := rapid.Bool().Draw(t, "flag")
		b := AppendU128(AppendCompactU128(nil, wide), wide)
		b = AppendBytes(AppendVector(b, list, AppendU16), text)
		b = AppendCompact(AppendU32(AppendBool(b, flag), uint32(wide.Lo)), wide.Lo)
		d := NewDecoder(b)
		if d.CompactU128() != wide || d.U128() != wide {
			t.Fatal("wide integers differ")
		}
		for i, v := range Vector(d, 2, (*Decoder).U16) {
			if v != list[i] {
				t.Fatal("vectors differ")
			}
		}
		if !bytes.Equal(d.Bytes(), text) || d.Option() != flag || d.U32() != uint32(wide.Lo) || d.Compact(1<<64-1) != wide.Lo {
			t.Fatal("values differ")
		}
		if err := d.Finish(); err != nil {
			t.Fatal(err)
		}
	})
}

// What decodes has one encoding only.
func FuzzCompact(f *testing.F) {
	f.Add([]byte{0xfe, 0xff, 3, 0})
	f.Add([]byte{3, 0, 0, 0, 0x40})
	f.Add([]byte{0x33})
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDecoder(b)
		v := d.CompactU128()
		if d.Finish() == nil && !bytes.Equal(AppendCompactU128(nil, v), b) {
			t.Errorf("%x decodes to %v, which encodes as %x", b, v, AppendCompactU128(nil, v))
		}
	})
}
