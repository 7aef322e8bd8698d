package forgery

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// forgeries are what forgers were seen to do, each with the test that finds it.
func forgeries() map[string]func(r *kernel.Random) (float64, error) {
	source := func(r *kernel.Random, n int) []int64 { // of times, with posts on the full minute
		out := make([]int64, n)
		for i := range out {
			out[i] = 1_700_000_000_000 + int64(r.Intn(1_000_000_000))
			if r.Float64() < 0.2 {
				out[i] -= out[i] % 60_000
			}
		}
		return out
	}
	return map[string]func(r *kernel.Random) (float64, error){
		"seconds rounded to :00": func(r *kernel.Random) (float64, error) {
			forged := source(r, 100)
			for i := range forged {
				forged[i] -= forged[i] % 60_000
			}
			a, b := SecondsOf(forged), SecondsOf(source(r, 1000))
			t, err := FisherExact(a[0], 100-a[0], b[0], 1000-b[0])
			return t.TwoSided, err
		},
		"uniform seconds where the source has peaks": func(r *kernel.Random) (float64, error) {
			forged := make([]int64, 200)
			for i := range forged {
				forged[i] = int64(r.Intn(1_000_000_000))
			}
			a, b := SecondsOf(forged), SecondsOf(source(r, 2000))
			t, err := FisherExact(a[0], 200-a[0], b[0], 2000-b[0])
			return t.TwoSided, err
		},
		"milliseconds left at 0": func(r *kernel.Random) (float64, error) {
			forged := source(r, 100)
			for i := range forged {
				forged[i] -= forged[i] % 1000
			}
			bins, err := MillisecondsOf(forged, 10)
			if err != nil {
				return 1, err
			}
			t, err := ChiSquared(bins, nil)
			return t.P, err
		},
		"favourite last digits": func(r *kernel.Random) (float64, error) {
			values := make([]int64, 300)
			for i := range values {
				values[i] = int64(100+r.Intn(900))*10 + int64(r.Intn(10)*r.Intn(10)/9)
			}
			t, err := GTest(LastDigitsOf(values), nil)
			return t.P, err
		},
		"invented followers": func(r *kernel.Random) (float64, error) {
			values := make([]float64, 300)
			for i := range values {
				values[i] = float64(10 + r.Intn(50_000))
				if i%20 == 0 {
					values[i] = float64(10 + r.Intn(30))
				}
			}
			t, err := Benford(values)
			return t.P, err
		},
		"too regular arrivals": func(r *kernel.Random) (float64, error) {
			at := make([]float64, 200)
			for i := range at {
				at[i] = (float64(i) + 0.5 + 0.3*(r.Float64()-0.5)) / 200
			}
			parts, err := EqualParts(at, 20)
			if err != nil {
				return 1, err
			}
			t, err := PoissonDispersion(parts)
			return t.Regular, err
		},
		"a burst passed off as a day": func(r *kernel.Random) (float64, error) {
			at := uniforms(r, 100)
			for i := range at {
				at[i] *= 0.7
			}
			t, err := ConditionalUniformity(at, 0, 1)
			return t.P, err
		},
		"stale counts": func(r *kernel.Random) (float64, error) { // of pages half as old as they are said to be
			fresh, forged := uniforms(r, 200), uniforms(r, 100)
			for i := range forged {
				forged[i] = math.Sqrt(forged[i])
			}
			t, err := CramerVonMisesTwoSample(fresh, forged)
			return t.P, err
		},
		"a tail that is cut": func(r *kernel.Random) (float64, error) {
			honest, forged := make([]float64, 200), make([]float64, 200)
			for i := range honest {
				honest[i] = -math.Log1p(-r.Float64())
				forged[i] = -math.Log1p(-r.Float64() * 0.75)
			}
			t, err := AndersonDarling(honest, forged)
			return t.P, err
		},
		"independent columns": func(r *kernel.Random) (float64, error) { // each margin is right
			honest, forged := make([][]float64, 150), make([][]float64, 150)
			for i := range honest {
				z := r.Normal()
				honest[i] = []float64{z, z + 0.2*r.Normal()}
				forged[i] = []float64{r.Normal(), 1.02 * r.Normal()}
			}
			t, err := MaximumMeanDiscrepancy(honest, forged, 149, r.Uint64())
			return t.P, err
		},
		"a drifted histogram": func(r *kernel.Random) (float64, error) {
			t, err := StabilityTest(counts(r, evenLaw10, 10, 500), counts(r, peaked(10, 0.3), 10, 200))
			return t.P, err
		},
	}
}

// TestForgeriesAreFound asks for P ≤ 0.01 in nine of ten runs.
func TestForgeriesAreFound(t *testing.T) {
	for name, p := range forgeries() {
		r, found := kernel.NewRandom(41), 0
		for range 100 {
			v, err := p(r)
			noError(t, err)
			if v <= 0.01 {
				found++
			}
		}
		t.Logf("%s: %d of 100", name, found)
		if found < 90 {
			t.Errorf("%s: found in %d of 100 runs, want 90", name, found)
		}
	}
}

// vocabulary is 3,000 made-up words.
func vocabulary(r *kernel.Random) []string {
	out := make([]string, 3000)
	for i := range out {
		var b strings.Builder
		for range 2 + r.Intn(4) {
			b.WriteByte("bcdfghklmnprst"[r.Intn(14)])
			b.WriteByte("aeiou"[r.Intn(5)])
		}
		out[i] = b.String()
	}
	return out
}

// sentence is of words whose frequencies fall like Zipf's.
func sentence(r *kernel.Random, words []string, n int) []byte {
	var b strings.Builder
	for range n {
		rank := int(math.Exp(r.Float64()*math.Log(float64(len(words))))) - 1
		b.WriteString(words[rank])
		b.WriteByte(' ')
	}
	return []byte(b.String())
}

func template(r *kernel.Random, words []string) []byte {
	return fmt.Appendf(nil, "breaking news from %s today as %s confirms that %s will be %s soon, follow for more news from %s and updates as %s confirms more",
		words[r.Intn(50)], words[r.Intn(50)], words[r.Intn(50)], words[r.Intn(50)], words[r.Intn(50)], words[r.Intn(50)])
}

// TestTextForgeriesAreFound compares rows by their surprise to a model of accepted rows,
// and joined rows by how much they shrink.
func TestTextForgeriesAreFound(t *testing.T) {
	r := kernel.NewRandom(42)
	words := vocabulary(r)
	model, err := NewNGram(5, 1<<17)
	noError(t, err)
	for range 1500 {
		noError(t, model.Train(sentence(r, words, 8+r.Intn(20))))
	}
	var surprise, shrinking Norm
	for range 400 { // accepted rows that the model has not seen
		text := sentence(r, words, 8+r.Intn(20))
		s, err := model.Surprise(text)
		noError(t, err)
		noError(t, surprise.Add(s, len(text)))
	}
	joined := func(row func() []byte) []byte {
		var out []byte
		for len(out) < 2000 {
			out = append(out, row()...)
		}
		return out[:2000]
	}
	honest := func() []byte { return sentence(r, words, 20) }
	for range 40 {
		ratio, err := CompressionRatio(joined(honest))
		noError(t, err)
		noError(t, shrinking.Add(ratio, 2000))
	}
	noise := func() []byte {
		out := make([]byte, 100)
		for i := range out {
			out[i] = "etaoin shrdlu"[r.Intn(13)]
		}
		return out
	}
	for _, c := range []struct {
		name           string
		row            func() []byte
		least, most    float64 // Z of surprise
		shrinksBy      float64
		shrinksAtLeast bool
	}{
		{"honest", honest, -4, 4, 4, false},
		{"invented words", noise, 8, math.Inf(1), 0, false},
		{"templated", func() []byte { return template(r, words) }, 8, math.Inf(1), -8, true},
	} {
		var values []float64
		var lengths []int
		for range 50 {
			text := c.row()
			s, err := model.Surprise(text)
			noError(t, err)
			values, lengths = append(values, s), append(lengths, len(text))
		}
		test, err := surprise.Compare(values, lengths)
		noError(t, err)
		ratio, err := CompressionRatio(joined(c.row))
		noError(t, err)
		size, err := shrinking.Compare([]float64{ratio}, []int{2000})
		noError(t, err)
		t.Logf("%s: surprise Z %.1f (%d texts), compressed to %.3f, Z %.1f", c.name, test.Z, test.Used, ratio, size.Z)
		if test.Z < c.least || test.Z > c.most || test.Used == 0 {
			t.Errorf("%s: the surprise has Z %.1f of %d texts, want %v to %v", c.name, test.Z, test.Used, c.least, c.most)
		}
		if c.shrinksAtLeast && size.Z > c.shrinksBy || c.name == "honest" && math.Abs(size.Z) > c.shrinksBy {
			t.Errorf("%s: the compressed size has Z %.1f", c.name, size.Z)
		}
	}
}
