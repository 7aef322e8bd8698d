package forgery

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/assaynet/assay/scoring/kernel"
)

// NGram is a model of text by its sequences of bytes, trained on rows that were accepted
// earlier. Text that is unlike them has a high Surprise, and text from a template a low
// one. Fluent invented text passes.
//
// The model is interpolated Kneser–Ney (Kneser and Ney 1995, in the form of Chen and
// Goodman 1999) with one discount D = ¾. For c after the last k−1 bytes h,
//
//	P_k(c|h) = (max(n(hc) − D, 0) + D·t(h)·P_{k−1}(c|h′)) / n(h)
//
// with n the number of occurrences at the highest order, and below it the number of
// different sequences one byte longer that end in hc; n(h) = Σ_c n(hc), t(h) how many
// c have followed h, h′ the rest of h after its first byte, and P_0 = 1/256. A text is
// preceded by zero bytes. For any h the P_k sum to 1.
//
// Memory is 16 bytes per sequence and per context, up to a bound. When it is reached no
// new sequences are learned, and those known are still counted.
type NGram struct {
	order   int
	slots   []slot
	shift   uint
	used    int
	first   [256]uint32 // n(c) of order 1
	total   uint32      // Σ first
	types   uint32      // how many of first are above 0
	trained uint64      // bytes
}

// slot is a sequence with its count, or a context with n(h) and t(h). A key of 0 is
// empty.
type slot struct {
	key          uint64
	count, types uint32
}

const discount = 0.75

// NewNGram is an untrained model of sequences of 1 to 7 bytes that has room for the given
// number of entries, 1,024 to 2^26, and for up to twice as many. An entry takes 16 bytes;
// the table has a third more slots than entries.
func NewNGram(order, entries int) (*NGram, error) {
	if order < 1 || order > 7 {
		return nil, fmt.Errorf("an order of %d: allowed are 1 to 7", order)
	}
	if entries < 1024 || entries > 1<<26 {
		return nil, fmt.Errorf("a bound of %d entries: allowed are 1024 to 2^26", entries)
	}
	width := bits.Len(uint(entries + entries/3))
	return &NGram{order: order, slots: make([]slot, 1<<width), shift: uint(64 - width)}, nil
}

// Full says that new sequences are no longer learned.
func (m *NGram) Full() bool { return m.used+2 > len(m.slots)/4*3 }

// sequenceKey and contextKey are different for all sequences and contexts of each order:
// the last bytes, the order, and one bit.
func sequenceKey(history uint64, order int) uint64 {
	return history&(1<<(8*order)-1)<<4 | uint64(order)<<1
}

func contextKey(history uint64, order int) uint64 {
	return history&(1<<(8*(order-1))-1)<<4 | uint64(order)<<1 | 1
}

// find gives the slot of a key, or the empty one where it belongs.
func (m *NGram) find(key uint64) *slot {
	mask := uint64(len(m.slots) - 1)
	for i := key * 0x9e3779b97f4a7c15 >> m.shift; ; i = (i + 1) & mask {
		if s := &m.slots[i]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// Train learns a text. The order of texts does not matter while the model is not Full.
// It refuses more than 2^32−1 bytes in all.
func (m *NGram) Train(text []byte) error {
	if m.trained+uint64(len(text)) > math.MaxUint32 {
		return fmt.Errorf("%d bytes after %d: a model is trained on up to 2^32-1 bytes", len(text), m.trained)
	}
	m.trained += uint64(len(text))
	var history uint64
	for _, c := range text {
		before := history
		history = history<<8 | uint64(c)
		m.learn(before, history)
	}
	return nil
}

// learn counts a sequence at the highest order, and each time that it is new there, at
// the next lower.
func (m *NGram) learn(before, history uint64) {
	for k := m.order; k > 1; k-- {
		sequence := m.find(sequenceKey(history, k))
		known := sequence.key != 0
		if !known {
			if m.Full() {
				return
			}
			sequence.key = sequenceKey(history, k)
			m.used++
		}
		sequence.count++
		context := m.find(contextKey(before, k))
		if context.key == 0 {
			context.key = contextKey(before, k)
			m.used++
		}
		context.count++
		if known {
			return
		}
		context.types++
	}
	c := byte(history)
	if m.first[c] == 0 {
		m.types++
	}
	m.first[c]++
	m.total++
}

// probability is P of the last byte of history after the bytes before it.
func (m *NGram) probability(before, history uint64) float64 {
	p := 1.0 / 256
	if m.total > 0 {
		p = interpolate(m.first[byte(history)], m.total, m.types, p)
	}
	for k := 2; k <= m.order; k++ {
		if context := m.find(contextKey(before, k)); context.key != 0 {
			p = interpolate(m.find(sequenceKey(history, k)).count, context.count, context.types, p)
		}
	}
	return p
}

func interpolate(count, total, types uint32, lower float64) float64 {
	return (max(float64(count)-discount, 0) + float64(float64(discount*float64(types))*lower)) / float64(total)
}

// Surprise is the mean of −log2 P over the bytes of a text, in bits: 8 for a model that
// was not trained. It refuses an empty text. Short texts have a higher one than long
// ones: compare within bins of length, by Norm.
func (m *NGram) Surprise(text []byte) (float64, error) {
	if len(text) == 0 {
		return 0, fmt.Errorf("an empty text has no surprise: leave it out")
	}
	var history uint64
	var sum float64
	for _, c := range text {
		before := history
		history = history<<8 | uint64(c)
		sum -= kernel.Log(m.probability(before, history))
	}
	return sum / float64(len(text)) / math.Ln2, nil
}
