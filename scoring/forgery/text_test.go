package forgery

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

// TestCompressionIsNearZlib compares with the sizes of zlib 1.2.13 at level 6 (Python's):
// near where fixed codes are what zlib chooses, and above where it makes codes for the
// text, most so for few letters without words.
func TestCompressionIsNearZlib(t *testing.T) {
	letters, words := make([]byte, 1000), []byte(nil)
	names := strings.Fields("alpha beta gamma delta epsilon zeta eta theta")
	for i, u := range congruential(9, 1000) {
		letters[i] = 'a' + byte(16*u)
		words = append(append(words, names[int(8*u)]...), ' ')
	}
	for name, c := range map[string]struct {
		text        []byte
		zlib        float64
		least, most float64 // estimate over zlib's
	}{
		"a byte":    {[]byte("a"), 9, 1, 1},
		"one byte":  {bytes.Repeat([]byte("a"), 1000), 17, 0.9, 1.2},
		"a cycle":   {bytes.Repeat([]byte("abc"), 100), 15, 0.9, 1.1},
		"a pangram": {[]byte("the quick brown fox jumps over the lazy dog "), 51, 0.95, 1.05},
		"letters":   {letters, 558, 1, 1.75},
		"words":     {words, 812, 1, 1.35},
	} {
		ratio, err := CompressionRatio(c.text)
		noError(t, err)
		size := ratio * float64(len(c.text))
		t.Logf("%s: %d bytes, zlib makes %.0f, estimated %.0f", name, len(c.text), c.zlib, size)
		if math.Round(size) < c.least*c.zlib || math.Round(size) > c.most*c.zlib {
			t.Errorf("%s: the estimate is %.3f of zlib's size, want %v to %v", name, size/c.zlib, c.least, c.most)
		}
	}
}

// slowCopy looks at every earlier place of the window.
func slowCopy(text []byte, at int) int {
	best := 0
	for place := max(0, at-window+1); place < at; place++ {
		n := 0
		for n < mostCopy && at+n < len(text) && text[place+n] == text[at+n] {
			n++
		}
		best = max(best, n)
	}
	return best
}

// TestCopiesAreReal: each copy is an earlier occurrence, and in a short text the longest.
func TestCopiesAreReal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte("ab c")), 1, 60).Draw(rt, "text")
		head, previous := make([]int32, 1<<hashBits), make([]int32, len(text))
		for at := range text {
			length, back := longestCopy(text, at, head, previous)
			if length > 0 && !bytes.Equal(text[at:at+length], text[at-back:at-back+length]) {
				rt.Fatalf("at %d of %q no copy of %d bytes %d back", at, text, length, back)
			}
			if want := slowCopy(text, at); want >= leastCopy && at < mostTries && length != want {
				rt.Fatalf("at %d of %q a copy of %d bytes, the longest has %d", at, text, length, want)
			}
			if at+leastCopy <= len(text) {
				h := hash3(text[at:])
				previous[at%window], head[h] = head[h], int32(at+1)
			}
		}
	})
}

// slowNGram is the definition, from the list of all texts.
type slowNGram struct {
	order int
	texts []string
}

// counts are n of all sequences of each order: occurrences at the highest, and below it
// the different longer sequences that end in them.
func (s *slowNGram) counts() []map[string]float64 {
	out := make([]map[string]float64, s.order+1)
	for k := range out {
		out[k] = map[string]float64{}
	}
	for _, text := range s.texts {
		padded := string(make([]byte, s.order-1)) + text
		for i := range len(text) {
			out[s.order][padded[i:i+s.order]]++
		}
	}
	for k := s.order - 1; k >= 1; k-- {
		for longer := range out[k+1] {
			out[k][longer[1:]]++
		}
	}
	return out
}

func slowProbability(counts []map[string]float64, order int, history string, c byte) float64 {
	if order == 0 {
		return 1.0 / 256
	}
	h := history[len(history)-order+1:]
	var total, types float64
	for sequence, n := range counts[order] {
		if sequence[:order-1] == h {
			total, types = total+n, types+1
		}
	}
	lower := slowProbability(counts, order-1, history, c)
	if total == 0 {
		return lower
	}
	return (max(counts[order][h+string([]byte{c})]-0.75, 0) + 0.75*types*lower) / total
}

func TestNGramIsItsDefinition(t *testing.T) {
	for order := 1; order <= 4; order++ {
		texts := []string{"the cat sat on the mat", "the hat", "a cat", "on and on and on", ""}
		model, err := NewNGram(order, 1024)
		noError(t, err)
		for _, text := range texts {
			noError(t, model.Train([]byte(text)))
		}
		counts := (&slowNGram{order, texts}).counts()
		for _, text := range []string{"the mat", "on a cat", "zebra", "\x00\xff the"} {
			var want float64
			padded := string(make([]byte, order-1)) + text
			for i := range len(text) {
				want -= math.Log2(slowProbability(counts, order, padded[i:i+order-1], text[i])) / float64(len(text))
			}
			got, err := model.Surprise([]byte(text))
			noError(t, err)
			near(t, "the surprise of "+text, got, want, 1e-12)
		}
	}
}

// TestProbabilitiesSumToOne, for contexts that were seen and that were not; also when
// the model is full.
func TestProbabilitiesSumToOne(t *testing.T) {
	r := kernel.NewRandom(62)
	words := vocabulary(r)
	model, err := NewNGram(5, 1024)
	noError(t, err)
	for i := range 200 {
		noError(t, model.Train(sentence(r, words, 10)))
		for range 5 {
			before := r.Uint64()
			if i%2 == 0 {
				for _, c := range []byte("ka bo") {
					before = before<<8 | uint64(c)
				}
			}
			var sum float64
			for c := range 256 {
				p := model.probability(before, before<<8|uint64(c))
				if !(p > 0) {
					t.Fatalf("a byte has the chance %v", p)
				}
				sum += p
			}
			near(t, "the sum", sum, 1, 1e-12)
		}
	}
	if !model.Full() {
		t.Error("the model should be full")
	}
	if model.used > len(model.slots)/4*3 {
		t.Errorf("%d of %d slots are used", model.used, len(model.slots))
	}
}

// TestTrainingOrderDoesNotMatter while the model is not full.
func TestTrainingOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]byte("abc ")), 0, 20), 1, 10).Draw(rt, "texts")
		probe := rapid.SliceOfN(rapid.SampledFrom([]byte("abcd ")), 1, 20).Draw(rt, "probe")
		order := rapid.Permutation(indices(len(texts))).Draw(rt, "order")
		var surprise [2]float64
		for i, list := range [][][]byte{texts, permuted(texts, order)} {
			model, err := NewNGram(4, 4096)
			noError(t, err)
			for _, text := range list {
				noError(t, model.Train(text))
			}
			surprise[i], err = model.Surprise(probe)
			noError(t, err)
		}
		if surprise[0] != surprise[1] {
			rt.Fatalf("the surprise is %v, and %v after training in another order", surprise[0], surprise[1])
		}
	})
}

func TestUntrainedModelKnowsNothing(t *testing.T) {
	model, err := NewNGram(5, 1024)
	noError(t, err)
	s, err := model.Surprise([]byte("anything"))
	noError(t, err)
	near(t, "surprise", s, 8, 1e-14)
}

func TestLengthBins(t *testing.T) {
	last := 0
	for length := 1; length < 1<<20; length++ {
		b := binOf(length)
		if b < last || b >= 256 {
			t.Fatalf("length %d is in bin %d after %d", length, b, last)
		}
		last = b
	}
	if binOf(math.MaxInt) >= 256 || binOf(64) == binOf(80) || binOf(64) != binOf(79) {
		t.Error("bins are not a quarter of a doubling")
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("the quick brown fox"), []byte("the the the the"))
	f.Add([]byte{0, 0, 0, 0}, []byte{255, 254})
	f.Fuzz(func(t *testing.T, train, text []byte) {
		model, err := NewNGram(5, 1024)
		noError(t, err)
		noError(t, model.Train(train))
		if len(text) == 0 {
			return
		}
		s, err := model.Surprise(text)
		if err != nil || !(s >= 0) || s > 1000 {
			t.Fatalf("the surprise is %v, %v", s, err)
		}
		ratio, err := CompressionRatio(text)
		if err != nil || !(ratio > 0) || ratio > 9.0/8+8 {
			t.Fatalf("the ratio is %v, %v", ratio, err)
		}
		if h := ByteEntropy(text); !(h >= -1e-12 && h <= 8+1e-12) {
			t.Fatalf("the entropy is %v", h)
		}
	})
}
