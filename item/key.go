package item

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Bucket is the part of an index that an item stands in: a pure function of the
// item and its program, computed by the program. Buckets are disjoint.
type Bucket struct {
	Program [8]byte // the program's id
	Cell    uint8   // the demand cell
	Span    uint32  // the time span, counted in the program's spans
}

// Sizes of a Key and of the part of it that names a cell, in bytes.
const (
	keySize  = 45
	cellSize = 9
)

// Key orders an index: Program (8) || Cell (1) || Span (4, big-endian) ||
// content id (32). All keys of a program, a cell or a bucket share a prefix.
type Key [keySize]byte

// NewKey is the key of the item with a content id in a bucket.
func NewKey(b Bucket, id Hash) Key {
	k := cellKey(b.Program, b.Cell)
	binary.BigEndian.PutUint32(k[cellSize:], b.Span)
	copy(k[13:], id[:])
	return k
}

// cellKey is the lowest key that a cell could hold.
func cellKey(program [8]byte, cell uint8) (k Key) {
	copy(k[:], program[:])
	k[8] = cell
	return k
}

// Bucket is the bucket in the key.
func (k Key) Bucket() Bucket {
	return Bucket{Program: [8]byte(k[:8]), Cell: k[8], Span: binary.BigEndian.Uint32(k[cellSize:])}
}

// ID is the content id in the key.
func (k Key) ID() Hash { return Hash(k[13:]) }

// Compare orders keys by their bytes: -1, 0 or +1.
func (k Key) Compare(other Key) int { return bytes.Compare(k[:], other[:]) }

// Less reports whether k comes before other.
func (k Key) Less(other Key) bool { return k.before(&other) }

// String is the key for people: program, cell, span and the start of the id.
func (k Key) String() string {
	b := k.Bucket()
	return fmt.Sprintf("%x/%d/%d/%s", b.Program, b.Cell, b.Span, k.ID().Short())
}

func (k *Key) before(other *Key) bool { return bytes.Compare(k[:], other[:]) < 0 }

func (k *Key) sameCell(other *Key) bool { return bytes.Equal(k[:cellSize], other[:cellSize]) }

// bit is bit i, counted from the most significant of the first byte.
func (k *Key) bit(i int) bool { return k[i/8]>>(7-i%8)&1 == 1 }

// critBit is the first bit in which two different keys differ.
func critBit(a, b *Key) int {
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			return 8*i + bits.LeadingZeros8(x)
		}
	}
	return 8 * keySize
}
