package item

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is a SHA-256 digest. Every content id, tree node, program digest and
// evidence head of the project is one.
type Hash [32]byte

// Sum hashes the parts under a domain, each part prefixed with its length, so
// that no two different lists of parts share a digest:
//
//	SHA-256( len(domain) || domain || len(p1) || p1 || … ),  len as u64 big-endian
func Sum(domain string, parts ...[]byte) Hash {
	h := sha256.New()
	writePart := func(p []byte) {
		var n [8]byte
		putUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	writePart([]byte(domain))
	for _, p := range parts {
		writePart(p)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

// IsZero reports whether h is the zero digest, which no input is known to have.
func (h Hash) IsZero() bool { return h == Hash{} }

// String is the digest in 0x-prefixed hex.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Short is the first four bytes in hex, for logs and tables.
func (h Hash) Short() string { return hex.EncodeToString(h[:4]) }

// MarshalText writes the form of String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the form of String; the prefix is required.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 66 || b[0] != '0' || b[1] != 'x' {
		return fmt.Errorf("parse digest: want 0x and 64 hex digits, got %d bytes", len(b))
	}
	if _, err := hex.Decode(h[:], b[2:]); err != nil {
		return fmt.Errorf("parse digest: %w", err)
	}
	return nil
}

func putUint64(b []byte, v uint64) {
	_ = b[7]
	for i := range 8 {
		b[i] = byte(v >> (56 - 8*i))
	}
}
