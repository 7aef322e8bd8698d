package duplicate

import (
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/assaynet/assay/item"
)

// MaxText bounds a text, in bytes; an item may have a quarter of it.
const MaxText = 1 << 20

// ErrText is a text that cannot be compared.
var ErrText = errors.New("invalid text")

// Canonical appends to dst the form of a text in which two spellings of it are equal:
// Unicode normal form C, each run of white space as one space, none at the ends.
// Letters keep their case. Errors wrap ErrText: more than MaxText bytes, or bytes that
// are not UTF-8.
func Canonical(dst, text []byte) ([]byte, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrText, len(text), MaxText)
	}
	if collapsed(text) == len(text) {
		return append(dst, text...), nil
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: it is not UTF-8", ErrText)
	}
	from := len(dst)
	dst = slices.Grow(dst, len(text)+1)
	if norm.NFC.IsNormal(text) {
		dst = append(dst, text...)
	} else {
		// Normalised apart: Append would compose its first mark with the end of dst.
		dst = append(dst, norm.NFC.Bytes(text)...)
	}
	return collapse(dst, from), nil
}

// collapse rewrites b from an index on with one space for each run of white space.
func collapse(b []byte, from int) []byte {
	to := from + collapsed(b[from:])
	gap := false
	for at := to; at < len(b); {
		r, size := rune(b[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[at:])
		}
		if unicode.IsSpace(r) {
			gap = to > from
			at += size
			continue
		}
		if gap {
			b[to] = ' '
			to++
			gap = false
		}
		to += copy(b[to:], b[at:at+size])
		at += size
	}
	return b[:to]
}

// collapsed is how much of the start of b certainly needs no rewriting: ASCII up to
// where white space is other than a lone space between two letters.
func collapsed(b []byte) int {
	for i, c := range b {
		if c > ' ' && c < 0x7f {
			continue
		}
		if c != ' ' || i == 0 || i+1 == len(b) || b[i+1] <= ' ' || b[i+1] >= 0x7f {
			return i
		}
	}
	return len(b)
}

// Digest names the canonical form of a text. Two texts with equal digests are the same
// text: n texts have a chance collision with probability about n²/2^257.
func Digest(canonical []byte) item.Hash { return item.Sum("assay/text/v1", canonical) }
