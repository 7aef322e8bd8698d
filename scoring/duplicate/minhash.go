package duplicate

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/kernel"
)

// Hashes is the usual length of a signature.
const Hashes = 112

// MaxHashes bounds the length of a signature.
const MaxHashes = 4096

// Signer makes the MinHash signatures of texts (Broder 1997). It is read only after it
// was made.
type Signer struct {
	banding         Banding
	word, character kernel.Key
	hash            []linear // a multiple of four of them
}

// linear is one hash function of the signature, x → ax + b mod 2^64 with an odd a.
type linear struct{ a, b uint64 }

// NewSigner is the signer of a seed, which should be secret until the texts are
// committed, and a banding.
func NewSigner(seed []byte, banding Banding) (*Signer, error) {
	if err := banding.check(); err != nil {
		return nil, err
	}
	s := &Signer{banding: banding, word: newKey(seed, 0), character: newKey(seed, 1)}
	for i := range (banding.Hashes() + 3) / 4 * 4 {
		h := derive(seed, uint64(2+i))
		s.hash = append(s.hash, linear{binary.BigEndian.Uint64(h[:8]) | 1, binary.BigEndian.Uint64(h[8:16])})
	}
	return s, nil
}

// derive is the i-th of the independent secrets that follow from a seed.
func derive(seed []byte, i uint64) item.Hash {
	return item.Sum("assay/minhash/v1", seed, binary.BigEndian.AppendUint64(nil, i))
}

func newKey(seed []byte, i uint64) kernel.Key {
	h := derive(seed, i)
	return kernel.NewKey([16]byte(h[:16]))
}

// Sign appends the signature of a set to dst: for each hash function the least value
// over the shingles. Two signatures agree in one place with probability equal to the
// Jaccard likeness of the sets, in all places independently. The signature of an empty
// set is 2^64−1 throughout; it says nothing and should not be compared.
func (s *Signer) Sign(dst []uint64, set *Set) []uint64 {
	from := len(dst)
	shingles := set.hashes
	// Four functions at a time: the least values stay in registers, and the four
	// products, which do not wait for each other, keep the multiplier busy.
	for h := s.hash; len(h) >= 4; h = h[4:] {
		f0, f1, f2, f3 := h[0], h[1], h[2], h[3]
		m0, m1, m2, m3 := uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64)
		for _, x := range shingles {
			m0 = min(m0, f0.a*x+f0.b)
			m1 = min(m1, f1.a*x+f1.b)
			m2 = min(m2, f2.a*x+f2.b)
			m3 = min(m3, f3.a*x+f3.b)
		}
		dst = append(dst, m0, m1, m2, m3)
	}
	return dst[:from+s.banding.Hashes()]
}

// Keys appends one key for each band of a signature to dst. Two signatures that agree
// in all rows of a band have the same key there, and others by a chance of 2^−64.
func (s *Signer) Keys(dst, signature []uint64) []uint64 {
	rows := s.banding.Rows
	for ; len(signature) >= rows; signature = signature[rows:] {
		key := uint64(0)
		for _, m := range signature[:rows] {
			key = scramble(bits.RotateLeft64(key, 29) ^ m)
		}
		dst = append(dst, key)
	}
	return dst
}

// Estimate is the share of places in which two signatures of one signer agree, an
// unbiased estimate of the Jaccard likeness with [StandardError].
func Estimate(a, b []uint64) (float64, error) {
	if len(a) != len(b) || len(a) == 0 {
		return 0, fmt.Errorf("compare signatures: one has %d places and the other %d, want signatures of one signer", len(a), len(b))
	}
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a)), nil
}

// StandardError is that of Estimate for a likeness s in [0, 1] and a number of hashes,
// that of a binomial share:
//
//	√(s(1−s)/hashes)
func StandardError(s float64, hashes int) float64 {
	return math.Sqrt(s * (1 - s) / float64(hashes))
}
