package protocol

import (
	"encoding/binary"

	"github.com/assaynet/assay/item"
)

// ProgramWord is a program's id as a draw carries it: its bytes, big-endian.
func ProgramWord(id [8]byte) uint64 { return binary.BigEndian.Uint64(id[:]) }

// ProgramOf is the program's id in a word: the inverse of ProgramWord.
func ProgramOf(word uint64) (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], word)
	return id
}

// BucketDraw asks for all leaves of a bucket.
func BucketDraw(b item.Bucket) Draw {
	return Draw{Mode: DrawBucket, U: ProgramWord(b.Program), V: uint64(b.Cell)<<32 | uint64(b.Span)}
}

// BucketOf is the bucket that a draw of mode DrawBucket asks for: the inverse of
// BucketDraw.
func BucketOf(d Draw) item.Bucket {
	return item.Bucket{Program: ProgramOf(d.U), Cell: uint8(d.V >> 32), Span: uint32(d.V)}
}

// LandsOnOne reports whether a draw of this mode lands on exactly one leaf of any index
// that is not empty. Draws of the others may land on none, and those of DrawBucket on
// several.
func (m DrawMode) LandsOnOne() bool { return m == DrawByte || m == DrawCell }

// Check demands a known mode, and of a bucket a cell number that fits its byte.
func (d Draw) Check() error {
	switch d.Mode {
	case DrawByte, DrawCell, DrawByteOf, DrawCellOf:
		return nil
	case DrawBucket:
		if d.V>>40 != 0 {
			return Fail(ReasonMalformed, "draw of a bucket in cell %d, but cells are 0 to 255", d.V>>32)
		}
		return nil
	}
	return Fail(ReasonMalformed, "unknown draw mode %d", d.Mode)
}
