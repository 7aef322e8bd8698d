package lab

import (
	"math"
	"math/bits"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// TestSobolFirstPoints are the first ten points in three dimensions that Joe and Kuo print
// with their program, and further ones of theirs in higher dimensions.
func TestSobolFirstPoints(t *testing.T) {
	want := [][3]float64{{0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.375, 0.375, 0.625}, {0.875, 0.875, 0.125},
		{0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}, {0.1875, 0.3125, 0.9375}, {0.6875, 0.8125, 0.4375}}
	q := newSobol(3)
	for n, p := range want {
		for d, x := range q.bits(uint32(n)) {
			if float64(x)*0x1p-32 != p[d] {
				t.Errorf("point %d, dimension %d: %v, want %v", n, d, float64(x)*0x1p-32, p[d])
			}
		}
	}
}

// TestSobolDirections checks what every table of direction numbers must have: odd numbers
// m_i below 2^i, and primitive polynomials, each once. The order of x modulo the polynomial
// must be 2^s - 1.
func TestSobolDirections(t *testing.T) {
	if len(directions()) != sobolDimensions-1 {
		t.Errorf("%d dimensions", len(directions())+1)
	}
	seen := map[uint32]bool{}
	last := 0
	for d, from := range directions() {
		s := len(from.m)
		for i, m := range from.m {
			if m%2 == 0 || m >= 1<<(i+1) {
				t.Errorf("dimension %d: m_%d is %d", d+2, i+1, m)
			}
		}
		polynomial := uint32(1)<<s | from.a<<1 | 1
		if seen[polynomial] || s < last {
			t.Errorf("dimension %d: the polynomial %b is out of order", d+2, polynomial)
		}
		seen[polynomial], last = true, s
		order, x := 0, uint32(1)
		for {
			order++
			if x <<= 1; x>>s == 1 {
				x ^= polynomial
			}
			if x == 1 || order > 1<<s {
				break
			}
		}
		if order != 1<<s-1 {
			t.Errorf("dimension %d: %b is not primitive, the order of x is %d", d+2, polynomial, order)
		}
	}
}

// elementary counts the points in the boxes 2^-a wide and 2^-b high.
func elementary(points [][]float64, x, y, a, b int) map[[2]int]int {
	out := map[[2]int]int{}
	for _, p := range points {
		out[[2]int{int(p[x] * float64(int(1)<<a)), int(p[y] * float64(int(1)<<b))}]++
	}
	return out
}

// TestSobolEvenness: the first 2^m points have one point in each of 2^m parts of every
// axis, and in each box of that area of the first two axes, scrambled as well.
func TestSobolEvenness(t *testing.T) {
	const m = 8
	q := newSobol(sobolDimensions)
	for seed := range uint64(4) {
		var points [][]float64
		for n := range uint32(1 << m) {
			if seed == 0 {
				p := make([]float64, sobolDimensions)
				for d, x := range q.bits(n) {
					p[d] = float64(x) * 0x1p-32
				}
				points = append(points, p)
				continue
			}
			points = append(points, q.scrambled(n, seed))
		}
		for d := range sobolDimensions {
			if got := len(elementary(points, d, d, m, 0)); got != 1<<m {
				t.Errorf("seed %d, dimension %d: %d of %d parts have a point", seed, d+1, got, 1<<m)
			}
		}
		for a := range m + 1 {
			if got := len(elementary(points, 0, 1, a, m-a)); got != 1<<m {
				t.Errorf("seed %d: %d of %d boxes of 2^-%d times 2^-%d have a point", seed, got, 1<<m, a, m-a)
			}
		}
	}
}

// discrepancy is the L2 star discrepancy, by Warnock's formula.
func discrepancy(points [][]float64) float64 {
	n, d := float64(len(points)), len(points[0])
	single, double := 0.0, 0.0
	for _, x := range points {
		v := 1.0
		for _, a := range x {
			v *= (1 - a*a) / 2
		}
		single += v
		for _, y := range points {
			w := 1.0
			for k := range d {
				w *= 1 - max(x[k], y[k])
			}
			double += w
		}
	}
	return math.Sqrt(math.Pow(3, -float64(d)) - 2/n*single + double/n/n)
}

// TestSobolDiscrepancy compares scrambled points with independent ones.
func TestSobolDiscrepancy(t *testing.T) {
	const n, d = 256, 3
	q, sum, random := newSobol(d), 0.0, 0.0
	const seeds = 5
	for seed := range uint64(seeds) {
		r := kernel.NewRandom(seed)
		var a, b [][]float64
		for i := range uint32(n) {
			a = append(a, q.scrambled(i, seed))
			x := make([]float64, d)
			for k := range x {
				x[k] = r.Float64()
			}
			b = append(b, x)
		}
		sum, random = sum+discrepancy(a)/seeds, random+discrepancy(b)/seeds
	}
	if !(sum < random/3) {
		t.Errorf("discrepancy %v of Sobol points, %v of independent ones", sum, random)
	}
}

// TestScramblingIsUniform: over seeds, one point is anywhere; bits flip half the time.
func TestScramblingIsUniform(t *testing.T) {
	const seeds = 4000
	q := newSobol(2)
	var flips [32]int
	for seed := range uint64(seeds) {
		p := uint32(q.scrambled(0, seed)[1] * 0x1p32)
		for k := range flips {
			flips[k] += int(p >> k & 1)
		}
	}
	for k, n := range flips {
		if math.Abs(float64(n)-seeds/2) > 5*math.Sqrt(seeds)/2 {
			t.Errorf("bit %d is set in %d of %d", k, n, seeds)
		}
	}
	a, b := q.scrambled(5, 1), q.scrambled(5, 2)
	if bits.OnesCount64(math.Float64bits(a[0])^math.Float64bits(b[0])) < 4 {
		t.Error("two seeds give the same point")
	}
}
