package coverage

import (
	"encoding/binary"
	"errors"
	"math"
	"sort"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

func row(n int) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }

func hll(seed string, from, to int) *HyperLogLog {
	h := NewHyperLogLog([]byte(seed))
	var b [8]byte
	for n := from; n < to; n++ {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		h.Add(b[:])
	}
	return h
}

func kmv(t interface{ Fatal(...any) }, seed string, k, from, to int) *KMV {
	s, err := NewKMV([]byte(seed), k)
	if err != nil {
		t.Fatal(err)
	}
	for n := from; n < to; n++ {
		s.Add(row(n))
	}
	return s
}

// spread is the mean and the standard deviation of errors.
func spread(errs []float64) (mean, sd float64) {
	for _, e := range errs {
		mean += e / float64(len(errs))
	}
	for _, e := range errs {
		sd += (e - mean) * (e - mean) / float64(len(errs)-1)
	}
	return mean, math.Sqrt(sd)
}

func TestHyperLogLogOfAMillion(t *testing.T) {
	got := hll("seed", 0, 1_000_000).Count()
	if math.Abs(got/1e6-1) > 3*HyperLogLogError {
		t.Errorf("counts %v", got)
	}
	t.Logf("a million rows are counted as %.0f; the peer's 1,002,081, the standard error %.4f", got, HyperLogLogError)
}

// Over seeds the relative error has mean 0 and at most the stated deviation, at small
// numbers, where the original switches between two estimates and is biased, and large.
// Registers of large counts are drawn from their law instead of hashing every row.
func TestHyperLogLogErrorOverSeeds(t *testing.T) {
	for _, n := range []int{100, 5_000, 30_000} {
		errs := make([]float64, 100)
		for seed := range errs {
			errs[seed] = hll(strconv.Itoa(seed), 0, n).Count()/float64(n) - 1
		}
		checkSpread(t, n, errs)
	}
	r := kernel.NewRandom(1)
	for _, n := range []float64{1e5, 1e6, 1e9, 1e12} {
		// A register of a Poisson number of rows has P(rank ≤ k) = e^(−mean·2^−k).
		var law [52]float64
		for k := range 51 {
			law[k] = math.Exp(-math.Ldexp(n/registers, -k))
		}
		law[51] = 1
		errs := make([]float64, 150)
		for i := range errs {
			h := NewHyperLogLog(nil)
			for k := range h.register {
				h.register[k] = uint8(sort.SearchFloat64s(law[:], r.Float64()))
			}
			errs[i] = h.Count()/n - 1
		}
		checkSpread(t, int(n), errs)
	}
}

func checkSpread(t *testing.T, n int, errs []float64) {
	t.Helper()
	mean, sd := spread(errs)
	count := float64(len(errs))
	if math.Abs(mean) > 4*HyperLogLogError/math.Sqrt(count) {
		t.Errorf("%d rows: the mean relative error is %.5f", n, mean)
	}
	if sd > HyperLogLogError*(1+3/math.Sqrt(2*count)) {
		t.Errorf("%d rows: the deviation of the relative error is %.5f, want at most %.5f", n, sd, HyperLogLogError)
	}
	t.Logf("%d rows, %d seeds: relative error %.5f ± %.5f", n, len(errs), mean, sd)
}

func TestUnionIsTheSketchOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cut := rapid.SliceOfN(rapid.IntRange(0, 3000), 4, 4).Draw(t, "ranges")
		a, b := hll("s", 0, cut[0]), hll("s", cut[1], cut[2])
		if err := a.Unite(b); err != nil {
			t.Fatal(err)
		}
		both := hll("s", 0, cut[0])
		for n := cut[1]; n < cut[2]; n++ {
			both.Add(row(n))
			both.Add(row(n))
		}
		if *a != *both {
			t.Fatal("the union of the counts is not the count of the union")
		}
		x, y := kmv(t, "s", 64, 0, cut[0]), kmv(t, "s", 64, cut[1], cut[2])
		if err := x.Unite(y); err != nil {
			t.Fatal(err)
		}
		all := kmv(t, "s", 64, 0, cut[0])
		for n := cut[2] - 1; n >= cut[1]; n-- {
			all.Add(row(n))
			all.Add(row(n))
		}
		if x.Count() != all.Count() {
			t.Fatalf("the union counts %v, all rows %v", x.Count(), all.Count())
		}
	})
}

func TestSketchesOfDifferentMake(t *testing.T) {
	if err := hll("a", 0, 1).Unite(hll("b", 0, 1)); !errors.Is(err, ErrSeed) {
		t.Error(err)
	}
	a := kmv(t, "a", 64, 0, 10)
	for _, other := range []*KMV{kmv(t, "b", 64, 0, 10), kmv(t, "a", 65, 0, 10)} {
		if err := a.Unite(other); !errors.Is(err, ErrSeed) {
			t.Error(err)
		}
		if _, err := a.Share(other); !errors.Is(err, ErrSeed) {
			t.Error(err)
		}
	}
	for _, k := range []int{-1, 0, 15, MaxKMV + 1} {
		if _, err := NewKMV(nil, k); err == nil {
			t.Errorf("a sketch of %d is made", k)
		}
	}
}

func TestSmallCollectionsAreExact(t *testing.T) {
	if n := hll("s", 0, 0).Count(); n != 0 {
		t.Errorf("nothing counts %v", n)
	}
	if n := hll("s", 0, 1).Count(); math.Abs(n-1) > 0.01 {
		t.Errorf("one counts %v", n)
	}
	a, b := kmv(t, "s", 256, 0, 100), kmv(t, "s", 256, 60, 180)
	got, err := a.Share(b)
	if want := (Shared{Union: 180, Both: 40, Jaccard: 40.0 / 180, Sampled: 180}); err != nil || math.Abs(got.Both-40) > 1e-12 || got.Union != 180 || got.Sampled != 180 || got.JaccardError != 0 || got.Jaccard != want.Jaccard {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	none := kmv(t, "s", 256, 0, 0)
	if got, err := none.Share(none); err != nil || got != (Shared{}) || none.Count() != 0 {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	a.Add(row(5))
	if err := a.Unite(a); err != nil || a.Count() != 100 {
		t.Errorf("united with itself: %v, %v", a.Count(), err)
	}
	full := HyperLogLog{}
	for i := range full.register {
		full.register[i] = 51
	}
	if n := full.Count(); !(n > 1e18) {
		t.Errorf("full registers count %v", n)
	}
}

// Nothing is estimated of a sketch that holds all rows, of which there may be as many
// as its size, however they came into it.
func TestAsManyRowsAsTheSketchHolds(t *testing.T) {
	const k = 16
	for seed := range 50 {
		name := strconv.Itoa(seed)
		s := kmv(t, name, k, 0, k)
		for range 5 {
			for n := range k {
				s.Add(row(n))
			}
		}
		if got := s.Count(); got != k {
			t.Fatalf("%d rows count %v", k, got)
		}
		a, b := kmv(t, name, k, 0, 12), kmv(t, name, k, 8, k)
		got, err := a.Share(b)
		if want := (Shared{Union: k, Both: 4, Jaccard: 0.25, Sampled: k}); err != nil || got != want {
			t.Fatalf("%+v, %v, want %+v", got, err, want)
		}
		if err := a.Unite(b); err != nil || a.Count() != k {
			t.Fatalf("united they count %v, %v", a.Count(), err)
		}
		if got, err := s.Share(a); err != nil || got != (Shared{Union: k, Both: k, Jaccard: 1, Sampled: k}) {
			t.Fatalf("%+v, %v", got, err)
		}
		large := kmv(t, name, k, 0, k+1)
		s.Add(row(k)) // one more, and both are estimates
		for _, more := range []*KMV{s, large} {
			if err := a.Unite(more); err != nil || a.Count() == k || more.Count() != a.Count() {
				t.Fatalf("%d rows count %v and %v, %v", k+1, more.Count(), a.Count(), err)
			}
		}
		b = kmv(t, name, k, 1, k+1)
		if got, err := b.Share(kmv(t, name, k, 0, k)); err != nil || got.JaccardError == 0 || got.Union == k {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err := large.Share(kmv(t, name, k, 0, 1)); err != nil || got.JaccardError == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}

// Count and Jaccard of KMV are unbiased and err as stated, 2,000 seeds.
func TestKMVErrorOverSeeds(t *testing.T) {
	const seeds, k, n = 2000, 128, 600
	var counts, likeness, stated []float64
	const truth = 200.0 / 1000
	for seed := range seeds {
		a, b := kmv(t, strconv.Itoa(seed), k, 0, n), kmv(t, strconv.Itoa(seed), k, 400, 400+n)
		counts = append(counts, a.Count()/n-1)
		s, err := a.Share(b)
		if err != nil {
			t.Fatal(err)
		}
		likeness = append(likeness, s.Jaccard-truth)
		stated = append(stated, s.JaccardError)
	}
	mean, sd := spread(counts)
	// Without replacement: the sample is 128 of 600 rows.
	want := math.Sqrt((1 - float64(k)/n) / (k - 2))
	if math.Abs(mean) > 4*want/math.Sqrt(seeds) || math.Abs(sd/want-1) > 0.08 {
		t.Errorf("count: relative error %.4f ± %.4f, want 0 ± %.4f", mean, sd, want)
	}
	mean, sd = spread(likeness)
	se, _ := spread(stated)
	exact := math.Sqrt(truth * (1 - truth) / k * (1 - float64(k)/1000))
	if math.Abs(mean) > 4*exact/math.Sqrt(seeds) || math.Abs(sd/exact-1) > 0.08 || se < exact || se > 1.15*exact {
		t.Errorf("likeness: error %.4f ± %.4f, stated %.4f, want 0 ± %.4f", mean, sd, se, exact)
	}
}

// The key is what keeps a miner from aiming: rows chosen for large ranks under a known
// seed count six times their number there, and what they are under another.
func TestRowsAimedAtAnotherSeed(t *testing.T) {
	known, secret := NewHyperLogLog([]byte("known")), NewHyperLogLog([]byte("secret"))
	chosen := 0
	for n := range 2_000_000 {
		if b := row(n); known.key.Hash(b)<<precision>>(64-5) == 0 {
			known.Add(b)
			secret.Add(b)
			chosen++
		}
	}
	if known.Count() < 5*float64(chosen) || math.Abs(secret.Count()/float64(chosen)-1) > 4*HyperLogLogError {
		t.Errorf("%d chosen rows count %.0f under the known seed and %.0f under the secret one", chosen, known.Count(), secret.Count())
	}
}

func BenchmarkHyperLogLog1e6(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.ReportMetric(hll("seed", 0, 1_000_000).Count(), "rows")
	}
}

// BenchmarkMapOf1e6 counts exactly.
func BenchmarkMapOf1e6(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		seen := map[string]bool{}
		for n := range 1_000_000 {
			seen[string(row(n))] = true
		}
		b.ReportMetric(float64(len(seen)), "rows")
	}
}

func BenchmarkKMV1e6(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		b.ReportMetric(kmv(b, "seed", 4096, 0, 1_000_000).Count(), "rows")
	}
}

// BenchmarkReadingRows touches each of the million rows once.
func BenchmarkReadingRows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var buf [8]byte
		sum := uint64(0)
		for n := range 1_000_000 {
			binary.LittleEndian.PutUint64(buf[:], uint64(n))
			sum += binary.LittleEndian.Uint64(buf[:])
		}
		b.ReportMetric(float64(sum&1), "parity")
	}
}
