package forgery

import (
	"math"
	"slices"
	"sort"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// Each benchmark has a naive twin that does the same work in the obvious way, and is
// compared with it once.

func normals(r *kernel.Random, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.Normal()
	}
	return out
}

// naiveTwoSample finds D by a search in both samples for each value.
func naiveTwoSample(x, y []float64) float64 {
	a, b := slices.Clone(x), slices.Clone(y)
	sort.Float64s(a)
	sort.Float64s(b)
	above := func(s []float64, v float64) float64 {
		return float64(sort.Search(len(s), func(i int) bool { return s[i] > v })) / float64(len(s))
	}
	var d float64
	for _, v := range append(slices.Clone(x), y...) {
		d = max(d, math.Abs(above(a, v)-above(b, v)))
	}
	return d
}

func BenchmarkKolmogorovSmirnovTwoSample(b *testing.B) {
	r := kernel.NewRandom(71)
	x, y := normals(r, 100_000), normals(r, 100_000)
	t, err := KolmogorovSmirnovTwoSample(x, y)
	noError(b, err)
	near(b, "D", t.D, naiveTwoSample(x, y), 1e-12)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := KolmogorovSmirnovTwoSample(x, y)
			noError(b, err)
		}
	})
	b.Run("naive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			naiveTwoSample(x, y)
		}
	})
	b.Run("reading", func(b *testing.B) { // once through the data
		var sum float64
		for b.Loop() {
			for i := range x {
				sum += x[i] + y[i]
			}
		}
		if math.IsNaN(sum) {
			b.Fatal("NaN")
		}
	})
}

// naiveDiscrepancy makes every kernel value anew for each permutation.
func naiveDiscrepancy(x, y [][]float64, sigma float64, permutations int, seed uint64) (value, p float64) {
	rows := append(slices.Clone(x), y...)
	order := indices(len(rows))
	mmd := func() float64 {
		n, m := float64(len(x)), float64(len(y))
		var sum float64
		for i := range order {
			for j := range order {
				if i == j {
					continue
				}
				var d float64
				for l, v := range rows[order[i]] {
					d += (v - rows[order[j]][l]) * (v - rows[order[j]][l])
				}
				k := math.Exp(-d / (2 * sigma * sigma))
				switch {
				case i < len(x) && j < len(x):
					sum += k / (n * (n - 1))
				case i >= len(x) && j >= len(x):
					sum += k / (m * (m - 1))
				default:
					sum -= k / (n * m)
				}
			}
		}
		return sum
	}
	value = mmd()
	r, above := kernel.NewRandom(seed), 1
	for range permutations {
		for i := range len(x) {
			j := i + r.Intn(len(order)-i)
			order[i], order[j] = order[j], order[i]
		}
		if mmd() >= value-1e-12 {
			above++
		}
	}
	return value, float64(above) / float64(permutations+1)
}

func TestDiscrepancyIsItsNaiveTwin(t *testing.T) {
	r := kernel.NewRandom(72)
	for range 20 {
		x, y := columns(uniforms(r, 12)), columns(normals(r, 9))
		got, err := MaximumMeanDiscrepancy(x, y, 50, 5)
		noError(t, err)
		value, p := naiveDiscrepancy(x, y, got.Sigma, 50, 5)
		if math.Abs(got.Value-value) > 1e-12 || got.P != p {
			t.Errorf("%v, the twin has %v and P %v", got, value, p)
		}
	}
}

func BenchmarkMaximumMeanDiscrepancy(b *testing.B) {
	r := kernel.NewRandom(73)
	table := func(n int) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = normals(r, 4)
		}
		return out
	}
	x, y := table(500), table(500)
	const permutations = 20
	got, err := MaximumMeanDiscrepancy(x, y, permutations, 1)
	noError(b, err)
	if value, p := naiveDiscrepancy(x, y, got.Sigma, permutations, 1); math.Abs(got.Value-value) > 1e-12 || got.P != p {
		b.Fatalf("%v, the twin has %v and P %v", got, value, p)
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := MaximumMeanDiscrepancy(x, y, permutations, 1)
			noError(b, err)
		}
	})
	b.Run("naive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			naiveDiscrepancy(x, y, got.Sigma, permutations, 1)
		}
	})
}

// naiveStepUp sorts pairs by a comparison through an interface.
func naiveStepUp(p []float64) []float64 {
	type ranked struct {
		index int
		p     float64
	}
	var list []ranked
	for i, v := range p {
		list = append(list, ranked{i, v})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].p < list[j].p })
	out := make([]float64, len(p))
	least := 1.0
	for i := len(list) - 1; i >= 0; i-- {
		least = min(least, list[i].p*float64(len(p))/float64(i+1))
		out[list[i].index] = least
	}
	return out
}

func BenchmarkBenjaminiHochberg(b *testing.B) {
	p := uniforms(kernel.NewRandom(74), 100_000)
	adjusted, _, err := BenjaminiHochberg(p, 0.05)
	noError(b, err)
	for i, want := range naiveStepUp(p) {
		near(b, "adjusted p", adjusted[i], want, 1e-12)
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _, err := BenjaminiHochberg(p, 0.05)
			noError(b, err)
		}
	})
	b.Run("naive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			naiveStepUp(p)
		}
	})
}

// naiveNGram is the model with maps from strings.
type naiveNGram struct {
	order         int
	count         []map[string]int
	total, follow []map[string]int
}

func newNaiveNGram(order int) *naiveNGram {
	m := &naiveNGram{order: order}
	for range order + 1 {
		m.count = append(m.count, map[string]int{})
		m.total = append(m.total, map[string]int{})
		m.follow = append(m.follow, map[string]int{})
	}
	return m
}

func (m *naiveNGram) train(text []byte) {
	padded := string(make([]byte, m.order-1)) + string(text)
	for i := m.order - 1; i < len(padded); i++ {
		for k := m.order; k >= 1; k-- {
			sequence, context := padded[i-k+1:i+1], padded[i-k+1:i]
			m.count[k][sequence]++
			m.total[k][context]++
			if m.count[k][sequence] > 1 {
				break
			}
			m.follow[k][context]++
		}
	}
}

func (m *naiveNGram) surprise(text []byte) float64 {
	padded := string(make([]byte, m.order-1)) + string(text)
	var sum float64
	for i := m.order - 1; i < len(padded); i++ {
		p := 1.0 / 256
		for k := 1; k <= m.order; k++ {
			sequence, context := padded[i-k+1:i+1], padded[i-k+1:i]
			if total := float64(m.total[k][context]); total > 0 {
				p = (max(float64(m.count[k][sequence])-discount, 0) + discount*float64(m.follow[k][context])*p) / total
			}
		}
		sum -= math.Log2(p)
	}
	return sum / float64(len(text))
}

func BenchmarkNGram(b *testing.B) {
	r := kernel.NewRandom(75)
	words := vocabulary(r)
	var text []byte
	for len(text) < 1<<20 {
		text = append(text, sentence(r, words, 20)...)
	}
	text = text[:1<<20]
	ours, err := NewNGram(5, 1<<20)
	noError(b, err)
	noError(b, ours.Train(text))
	naive := newNaiveNGram(5)
	naive.train(text)
	got, err := ours.Surprise(text)
	noError(b, err)
	near(b, "surprise", got, naive.surprise(text), 1e-9)
	b.Run("train", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			m, err := NewNGram(5, 1<<20)
			noError(b, err)
			noError(b, m.Train(text))
		}
	})
	b.Run("train naive", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			newNaiveNGram(5).train(text)
		}
	})
	b.Run("surprise", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			_, err := ours.Surprise(text)
			noError(b, err)
		}
	})
	b.Run("surprise naive", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			naive.surprise(text)
		}
	})
	b.Run("compression ratio", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			_, err := CompressionRatio(text)
			noError(b, err)
		}
	})
}

func BenchmarkEProcess(b *testing.B) {
	r, l := kernel.NewRandom(76), evenLaw(60)
	c := make([]Categorical, 4)
	for i, n := range []int{1000, 50_000, 4, 200} {
		c[i] = histogram(b, 60)
		l.fill(b, &c[i], r, n)
	}
	var e EProcess
	b.ReportAllocs()
	for b.Loop() {
		noError(b, e.Observe(&c[0], &c[1], &c[2], &c[3]))
	}
}
