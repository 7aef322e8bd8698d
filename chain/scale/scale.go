// Package scale reads and writes the part of SCALE, the byte encoding of
// Substrate chains, that a neuron needs: fixed little-endian integers, compact
// integers, booleans, options, byte strings and vectors.
//
// Decoding is strict: integers must be in their shortest form, booleans and
// options are 0 or 1, a length never promises more elements than there are bytes
// left, and Finish refuses trailing bytes. Memory is therefore bounded by the
// input, whose size the caller has bounded.
package scale

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Errors of decoding, wrapped with the position at which they were met.
var (
	ErrShort     = errors.New("input ends early")
	ErrCanonical = errors.New("not in canonical form")
	ErrRange     = errors.New("value out of range")
	ErrTrailing  = errors.New("bytes left over")
)

// Decoder reads values one after another. After the first error every read
// returns a zero value, and Err and Finish report it.
type Decoder struct {
	b   []byte
	off int
	err error
}

// NewDecoder reads from b, which it does not copy.
func NewDecoder(b []byte) *Decoder { return &Decoder{b: b} }

// Err is the first error met, nil if none.
func (d *Decoder) Err() error { return d.err }

// Remaining is the number of unread bytes.
func (d *Decoder) Remaining() int { return len(d.b) - d.off }

// Finish is Err, or an error if bytes are left over.
func (d *Decoder) Finish() error {
	if d.err == nil && d.Remaining() > 0 {
		d.Fail(fmt.Errorf("%w: %d", ErrTrailing, d.Remaining()))
	}
	return d.err
}

// Fail records an error found by the caller, such as an unknown variant.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = fmt.Errorf("scale: at byte %d: %w", d.off, err)
	}
}

// Fixed reads n raw bytes as a view of the input; nil after an error.
func (d *Decoder) Fixed(n int) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > d.Remaining() {
		d.Fail(ErrShort)
		return nil
	}
	out := d.b[d.off : d.off+n : d.off+n]
	d.off += n
	return out
}

// U8 reads one byte.
func (d *Decoder) U8() uint8 {
	if b := d.Fixed(1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads a fixed-width u16.
func (d *Decoder) U16() uint16 {
	if b := d.Fixed(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U32 reads a fixed-width u32.
func (d *Decoder) U32() uint32 {
	if b := d.Fixed(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads a fixed-width u64.
func (d *Decoder) U64() uint64 {
	if b := d.Fixed(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// U128 reads a fixed-width u128.
func (d *Decoder) U128() U128 {
	lo := d.U64()
	return U128{Hi: d.U64(), Lo: lo}
}

// Bool reads 0 or 1.
func (d *Decoder) Bool() bool {
	v := d.U8()
	if v > 1 {
		d.Fail(fmt.Errorf("%w: boolean %d", ErrCanonical, v))
	}
	return v == 1
}

// Account reads a 32-byte account id.
func (d *Decoder) Account() (a [32]byte) {
	copy(a[:], d.Fixed(32))
	return a
}

// Compact reads a compact integer that must not exceed most.
func (d *Decoder) Compact(most uint64) uint64 {
	v := d.CompactU128()
	if d.err == nil && (v.Hi != 0 || v.Lo > most) {
		d.Fail(fmt.Errorf("%w: compact above %d", ErrRange, most))
		return 0
	}
	return v.Lo
}

// CompactU128 reads a compact integer of up to 128 bits.
func (d *Decoder) CompactU128() U128 {
	first := d.U8()
	switch first & 3 {
	case 0:
		return U128{Lo: uint64(first >> 2)}
	case 1:
		return d.least(uint64(first)>>2|uint64(d.U8())<<6, 1<<6)
	case 2:
		rest := d.Fixed(3)
		if rest == nil {
			return U128{}
		}
		v := uint64(first)>>2 | uint64(rest[0])<<6 | uint64(rest[1])<<14 | uint64(rest[2])<<22
		return d.least(v, 1<<14)
	}
	n := int(first>>2) + 4
	if n > 16 {
		d.Fail(fmt.Errorf("%w: compact of %d bytes", ErrRange, n))
		return U128{}
	}
	raw := d.Fixed(n)
	if raw == nil {
		return U128{}
	}
	var wide [16]byte
	copy(wide[:], raw)
	v := U128{Lo: binary.LittleEndian.Uint64(wide[:8]), Hi: binary.LittleEndian.Uint64(wide[8:])}
	if raw[n-1] == 0 || (v.Hi == 0 && v.Lo < 1<<30) {
		d.Fail(fmt.Errorf("%w: compact longer than needed", ErrCanonical))
		return U128{}
	}
	return v
}

func (d *Decoder) least(v, floor uint64) U128 {
	if d.err == nil && v < floor {
		d.Fail(fmt.Errorf("%w: compact longer than needed", ErrCanonical))
		return U128{}
	}
	return U128{Lo: v}
}

// Option reads the tag of an optional value and reports whether it is there.
func (d *Decoder) Option() bool { return d.Bool() }

// Len reads the length of a vector whose elements take at least elem bytes each,
// and refuses one that the input cannot hold.
func (d *Decoder) Len(elem int) int {
	n := d.Compact(1<<32 - 1)
	if d.err == nil && n > uint64(d.Remaining()/max(elem, 1)) {
		d.Fail(fmt.Errorf("%w: %d elements promised", ErrShort, n))
		return 0
	}
	return int(n)
}

// Bytes reads a byte string as a view of the input.
func (d *Decoder) Bytes() []byte { return d.Fixed(d.Len(1)) }

// Vector reads a vector with one call of read per element. The element takes at
// least elem bytes.
func Vector[T any](d *Decoder, elem int, read func(*Decoder) T) []T {
	n := d.Len(elem)
	if d.err != nil {
		return nil
	}
	out := make([]T, 0, n)
	for range n {
		v := read(d)
		if d.err != nil {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// U128 is an unsigned 128-bit integer.
type U128 struct{ Hi, Lo uint64 }

func (v U128) byteLen() int {
	if v.Hi != 0 {
		return 8 + (bits.Len64(v.Hi)+7)/8
	}
	return (bits.Len64(v.Lo) + 7) / 8
}
