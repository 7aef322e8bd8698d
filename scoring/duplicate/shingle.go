package duplicate

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

// What a text is cut into.
const (
	ShingleWords      = 5  // words in one shingle of a long text
	ShingleCharacters = 5  // characters in one shingle of a short text
	LongText          = 20 // words from which a text is long
)

// Set is the set of a text's shingles, each a keyed 64-bit hash. The zero Set is empty
// and may be used again and again: Signer.Shingle replaces what is in it.
type Set struct {
	hashes []uint64 // different ones, by first appearance
	table  []uint64 // open addressing over them; 0 is a free place
}

// Len is the number of different shingles.
func (s *Set) Len() int { return len(s.hashes) }

// Shingle puts the shingles of a canonical text into a set.
//
// A text of LongText words or more is cut into all runs of ShingleWords words. In a
// shorter one a single changed word would spoil most of these runs: of 20 words, 5 of
// 16, which leaves a likeness of 0.52. It is cut into all runs of ShingleCharacters
// characters, spaces included, and a text with fewer characters than that is one
// shingle as a whole. A text of nothing has no shingle and is like no other. A short
// and a long text share no shingle, whatever is in them.
func (s *Signer) Shingle(into *Set, canonical []byte) {
	into.hashes = into.hashes[:0]
	if len(canonical) == 0 {
		into.table = into.table[:0]
		return
	}
	if words := bytes.Count(canonical, []byte{' '}) + 1; words >= LongText {
		into.reserve(words)
		s.words(into, canonical)
		return
	}
	into.reserve(utf8.RuneCount(canonical))
	s.characters(into, canonical)
}

// words adds the runs of words. A run's hash is the sum of its words' hashes, each
// turned by its place; these are keyed and thus as good as random, and so is the sum.
func (s *Signer) words(into *Set, text []byte) {
	var a, b, c, d uint64 // the hashes of the four words before
	for n := 1; ; n++ {
		end := bytes.IndexByte(text, ' ')
		word := text
		if end >= 0 {
			word = text[:end]
		}
		e := s.word.Hash(word)
		if n >= ShingleWords {
			into.add(a + bits.RotateLeft64(b, 13) + bits.RotateLeft64(c, 26) + bits.RotateLeft64(d, 39) + bits.RotateLeft64(e, 52))
		}
		if end < 0 {
			return
		}
		a, b, c, d = b, c, d, e
		text = text[end+1:]
	}
}

// characters adds the runs of characters, or the whole of a text without such a run.
func (s *Signer) characters(into *Set, text []byte) {
	from, n := 0, 0
	for at := 0; at < len(text); n++ {
		_, size := utf8.DecodeRune(text[at:])
		at += size
		if n < ShingleCharacters-1 {
			continue
		}
		into.add(s.character.Hash(text[from:at]))
		_, size = utf8.DecodeRune(text[from:])
		from += size
	}
	if n < ShingleCharacters {
		into.add(s.character.Hash(text))
	}
}

// reserve empties the table and makes it at least twice as large as n shingles need.
func (s *Set) reserve(n int) {
	size := 1 << bits.Len(uint(2*n))
	if cap(s.table) < size {
		s.table = make([]uint64, size)
		return
	}
	s.table = s.table[:size]
	clear(s.table)
}

func (s *Set) add(h uint64) {
	h = max(h, 1)
	if at, known := s.find(h); !known {
		s.table[at] = h
		s.hashes = append(s.hashes, h)
	}
}

// find is the place of a hash in the table, or the free place where it belongs.
func (s *Set) find(h uint64) (at int, known bool) {
	table := s.table
	mask := uint64(len(table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch table[i] {
		case h:
			return int(i), true
		case 0:
			return int(i), false
		}
	}
}

// Jaccard is the likeness of two sets,
//
//	|A ∩ B| / |A ∪ B|,
//
// 1 for equal sets and 0 when one is empty. It counts, it does not estimate: only two
// shingles with one 64-bit hash could make it wrong, for two texts of a hundred
// shingles each with probability 2^−51.
func Jaccard(a, b *Set) float64 {
	if a.Len() > b.Len() {
		a, b = b, a
	}
	if a.Len() == 0 {
		return 0
	}
	both := 0
	for _, h := range a.hashes {
		if _, known := b.find(h); known {
			both++
		}
	}
	return float64(both) / float64(a.Len()+b.Len()-both)
}

// Fingerprint names a set: equal sets have equal fingerprints, and n different sets
// have a chance collision with probability about n²/2^129.
type Fingerprint [2]uint64

// Fingerprint is the sum of two scrambles of each hash, in which order does not matter.
func (s *Set) Fingerprint() (f Fingerprint) {
	for _, h := range s.hashes {
		f[0] += scramble(h)
		f[1] += scramble(^h)
	}
	return f
}

// scramble is the last step of MurmurHash3 (Appleby 2011): a permutation of the 64-bit
// numbers in which each input bit moves each output bit with a chance near a half.
func scramble(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// Firsts says for each set which one of equal fingerprint came first: its own number
// for the first of its kind.
func Firsts(sets []Fingerprint) []int {
	first := make([]int, len(sets))
	seen := make(map[Fingerprint]int, len(sets))
	for i, f := range sets {
		k, known := seen[f]
		if !known {
			k = i
			seen[f] = i
		}
		first[i] = k
	}
	return first
}
