package forgery

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/scoring/kernel"
)

// ByteEntropy is the entropy −Σ p·log2 p of the bytes of a text, in bits: 0 to 8. It is
// 0 for an empty text.
func ByteEntropy(text []byte) float64 {
	var counts [256]int
	for _, b := range text {
		counts[b]++
	}
	var sum float64
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(text))
			sum -= float64(p * kernel.Log(p))
		}
	}
	return sum / math.Ln2
}

// The parameters of CompressionRatio: matches as in RFC 1951, which reach back a
// window of 32 kB and have 3 to 258 bytes, and how many earlier places are looked at.
const (
	window    = 1 << 15
	leastCopy = 3
	mostCopy  = 258
	mostTries = 32
	hashBits  = 15
)

// CompressionRatio is an estimate of what DEFLATE with its fixed codes (RFC 1951), and 6
// bytes of the zlib format around it (RFC 1950), makes of a text, over its length:
// greedy matches of Lempel and Ziv (1977), a literal at 8 or 9 bits, a copy at its codes'
// length and extra bits. It follows from the text alone, whereas the output of a
// compression library may change with its release and must stay away from what a vote
// follows from. Templated text shrinks two to three times as much as its source's. Short
// texts shrink less than long ones: compare within bins of length, by Norm. It refuses
// an empty text and one of more than 2^30 bytes.
func CompressionRatio(text []byte) (float64, error) {
	if len(text) == 0 || len(text) > 1<<30 {
		return 0, fmt.Errorf("a text of %d bytes: allowed are 1 to 2^30", len(text))
	}
	return float64(compressedSize(text)) / float64(len(text)), nil
}

func compressedSize(text []byte) int {
	bits := 3 + 7 // the block's header and its end
	head := make([]int32, 1<<hashBits)
	previous := make([]int32, min(len(text), window))
	for at := 0; at < len(text); {
		length, back := longestCopy(text, at, head, previous)
		step := 1
		if length >= leastCopy {
			bits += copyBits(length, back)
			step = length
		} else {
			bits += literalBits(text[at])
		}
		for end := at + step; at < end; at++ {
			if at+leastCopy <= len(text) {
				h := hash3(text[at:])
				previous[at%window] = head[h]
				head[h] = int32(at + 1)
			}
		}
	}
	return 6 + (bits+7)/8
}

// longestCopy is the longest earlier occurrence of what begins at a place: its length
// and how far back it is. Head has, for each hash of three bytes, 1 more than its last
// place, and previous the same for the place before each.
func longestCopy(text []byte, at int, head, previous []int32) (length, back int) {
	if at+leastCopy > len(text) {
		return 0, 0
	}
	most := min(mostCopy, len(text)-at)
	place := int(head[hash3(text[at:])]) - 1
	for range mostTries {
		if place < 0 || at-place > window-1 {
			break
		}
		n := 0
		for n < most && text[place+n] == text[at+n] {
			n++
		}
		if n > length {
			length, back = n, at-place
		}
		if n == most {
			break
		}
		place = int(previous[place%window]) - 1
	}
	return length, back
}

func hash3(b []byte) uint32 {
	v := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	return v * 2654435761 >> (32 - hashBits)
}

func literalBits(b byte) int {
	if b < 144 {
		return 8
	}
	return 9
}

// copyBits is the length of a copy's two codes: lengths of 3 to 114 have a code of 7
// bits and longer ones 8, distances have 5; both have extra bits by their size.
func copyBits(length, back int) int {
	bits := 7 + 5 + extraBits(back-1, 2)
	if length >= 115 {
		bits = 8 + 5 + extraBits(back-1, 2)
	}
	if length < mostCopy { // 258 has a code of its own
		bits += extraBits(length-leastCopy, 4)
	}
	return bits
}

// extraBits is 0 below 2·group, 1 below 4·group, 2 below 8·group and so on: codes come
// in groups whose width doubles.
func extraBits(v, group int) int {
	bits := 0
	for v >= 2*group<<bits {
		bits++
	}
	return bits
}
