package validator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"github.com/assaynet/assay/item"
)

// SeedOf is the seed of a round: HMAC-SHA-256(secret, block hash). The secret was
// fixed before the block was known and is hidden until the round is closed, so
// neither side chooses what is drawn.
func SeedOf(secret, blockHash item.Hash) item.Hash {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(blockHash[:])
	return item.Hash(mac.Sum(nil))
}

// The purposes that a round draws random numbers for.
const (
	purposeDraw    = "draw"    // by hotkey
	purposeControl = "control" // by host
	purposeFetch   = "fetch"   // the order in which pages are fetched
	purposeTasks   = "tasks"   // by labelling program: what is asked about
	purposeHand    = "hand"    // by labelling program: who is asked
)

// stream is an endless sequence of uniform numbers for one purpose: block k is
//
//	Sum("assay/stream/v1", seed, purpose, index, k),  k a big-endian u64 from 0
//
// and gives four big-endian u64.
type stream struct {
	seed    item.Hash
	purpose string
	index   []byte
	count   uint64
	block   item.Hash
}

func newStream(seed item.Hash, purpose string, index []byte) *stream {
	return &stream{seed: seed, purpose: purpose, index: index}
}

// next is the next number.
func (s *stream) next() uint64 {
	word := s.count % 4
	if word == 0 {
		s.block = item.Sum("assay/stream/v1", s.seed[:], []byte(s.purpose), s.index, binary.BigEndian.AppendUint64(nil, s.count/4))
	}
	s.count++
	return binary.BigEndian.Uint64(s.block[8*word:])
}

// below is uniform over [0, n), to within n/2^64; n > 0.
func (s *stream) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}

// choose moves k random elements of list to its front and returns them: all of
// them, in random order, when there are no more than k.
func choose[T any](s *stream, list []T, k int) []T {
	k = min(k, len(list))
	for i := range k {
		j := i + s.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:k]
}
