package duplicate

import (
	"math"
	"math/bits"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// slowSimHash counts bit by bit.
func slowSimHash(hashes []uint64) (out uint64) {
	for bit := range 64 {
		set := 0
		for _, h := range hashes {
			set += int(scramble(h) >> bit & 1)
		}
		if 2*set > len(hashes) {
			out |= 1 << bit
		}
	}
	return out
}

func TestSimHashAgainstCounting(t *testing.T) {
	r := kernel.NewRandom(1)
	var s Set
	for n := range 300 {
		s.hashes = s.hashes[:0]
		s.reserve(n)
		for range n {
			s.add(r.Uint64())
		}
		if got, want := s.SimHash(), slowSimHash(s.hashes); got != want {
			t.Fatalf("%d hashes: %x, want %x", n, got, want)
		}
	}
}

// A bit of the sketch is random for unrelated sets and differs seldom for like ones:
// the share of differing bits is about acos(c)/π with c the cosine, Charikar's theorem.
func TestSimHashDistance(t *testing.T) {
	r := kernel.NewRandom(2)
	var a, b Set
	for _, c := range []struct{ both, own int }{{0, 500}, {450, 50}, {495, 5}} {
		differing := 0
		const runs = 400
		for range runs {
			twoSets(r, &a, &b, c.both, c.own)
			differing += bits.OnesCount64(a.SimHash() ^ b.SimHash())
		}
		got := float64(differing) / (64 * runs)
		want := math.Acos(float64(c.both)/float64(c.both+c.own)) / math.Pi
		if math.Abs(got-want) > 0.015 {
			t.Errorf("%v: share of differing bits %.4f, want %.4f", c, got, want)
		}
	}
}

func TestNearAgainstAllPairs(t *testing.T) {
	r := kernel.NewRandom(3)
	var sketches []uint64
	for i := range 400 {
		x := r.Uint64()
		if i > 10 && i%3 == 0 {
			x = sketches[r.Intn(len(sketches))]
			for range r.Intn(9) {
				x ^= 1 << r.Intn(64)
			}
		}
		sketches = append(sketches, x)
	}
	for _, d := range []int{0, 1, 3, 7, 25, 63} {
		near, err := Near(sketches, d)
		if err != nil {
			t.Fatal(err)
		}
		got := map[[2]int]int{}
		for i, j := range near {
			got[[2]int{i, j}]++
		}
		n := 0
		for j := range sketches {
			for i := range j {
				want := 0
				if bits.OnesCount64(sketches[i]^sketches[j]) <= d {
					want, n = 1, n+1
				}
				if got[[2]int{i, j}] != want {
					t.Fatalf("distance %d: pair %d, %d is given %d times, want %d", d, i, j, got[[2]int{i, j}], want)
				}
			}
		}
		if n == 0 || len(got) != n {
			t.Errorf("distance %d: %d pairs, want %d", d, len(got), n)
		}
		for range near {
			break
		}
	}
	for _, d := range []int{-1, 64} {
		if _, err := Near(sketches, d); err == nil {
			t.Errorf("distance %d is accepted", d)
		}
	}
}

func TestChanceDistanceBySimulation(t *testing.T) {
	if ChanceDistance(-1) != 0 || ChanceDistance(0) != 0x1p-64 || ChanceDistance(64) != 1 {
		t.Error("the ends are wrong")
	}
	r := kernel.NewRandom(4)
	const runs = 100_000
	for _, d := range []int{20, 26, 32} {
		n := 0
		for range runs {
			x := r.Uint64()
			if bits.OnesCount64(x^r.Uint64()) <= d {
				n++
			}
		}
		p := ChanceDistance(d)
		if got := float64(n) / runs; math.Abs(got-p) > 4*math.Sqrt(p*(1-p)/runs) {
			t.Errorf("distance %d: %v of the pairs, want %v", d, got, p)
		}
	}
}

func BenchmarkSimHashNear(b *testing.B) {
	r := kernel.NewRandom(5)
	sketches := make([]uint64, 100_000)
	for i := range sketches {
		sketches[i] = r.Uint64()
	}
	b.ReportAllocs()
	for b.Loop() {
		near, err := Near(sketches, 3)
		if err != nil {
			b.Fatal(err)
		}
		for i, j := range near {
			b.Fatalf("%d and %d are near by chance", i, j)
		}
	}
}
