package duplicate

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/kernel"
)

func content(n int) item.Hash { return item.Hash{byte(n)} }

func TestCredits(t *testing.T) {
	claims := []Claim{{content(1), 3, 20}, {content(1), 1, 10}, {content(2), 2, 5}, {content(1), 1, 30}, {content(2), 4, 5}, {content(1), 5, 40}}
	for _, c := range []struct {
		credit func(int) float64
		want   [6]float64
	}{{FirstOnly, [6]float64{0, 1, 0.5, 0, 0.5, 0}}, {Harmonic, [6]float64{0.5, 1, 0.75, 0, 0.75, 1.0 / 3}}} {
		got := Credits(claims, c.credit)
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("claim %d earns %v, want %v", i, got[i], c.want[i])
			}
		}
	}
	if Harmonic(0) != 1 || FirstOnly(0) != 0 || len(Credits(nil, FirstOnly)) != 0 {
		t.Error("the ends are wrong")
	}
}

func drawClaims(t *rapid.T) []Claim {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Claim {
		return Claim{content(rapid.IntRange(0, 3).Draw(t, "content")), rapid.IntRange(0, 4).Draw(t, "owner"), uint64(rapid.IntRange(0, 5).Draw(t, "order"))}
	}), 1, 30).Draw(t, "claims")
}

// earned is what each owner earns.
func earned(claims []Claim, credit func(int) float64) map[int]float64 {
	out := map[int]float64{}
	for i, c := range Credits(claims, credit) {
		out[claims[i].Owner] += c
	}
	return out
}

func TestTheOrderOfTheSliceMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := drawClaims(t)
		want := earned(claims, Harmonic)
		for owner, got := range earned(rapid.Permutation(claims).Draw(t, "permuted"), Harmonic) {
			if math.Abs(got-want[owner]) > 1e-12 {
				t.Fatalf("owner %d earns %v, and %v in another order", owner, want[owner], got)
			}
		}
	})
}

// Under FirstOnly, whoever copies later, repeats, or spreads his claims over two names
// earns no more, and all together earn one for each content.
func TestCopyingAndSplittingDoNotPay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := drawClaims(t)
		base := earned(claims, FirstOnly)
		const me, alias = 0, 99
		late := append([]Claim{}, claims...)
		for n := range 4 {
			taken := false
			for _, c := range claims {
				taken = taken || c.Content == content(n)
			}
			if taken {
				late = append(late, Claim{content(n), me, 1000})
			}
		}
		if got := earned(late, FirstOnly)[me]; got > base[me]+1e-12 {
			t.Fatalf("copies bring %v instead of %v", got, base[me])
		}
		split := append([]Claim{}, claims...)
		for i := range split {
			if split[i].Owner == me && rapid.Bool().Draw(t, "moved") {
				split[i].Owner = alias
			}
		}
		after := earned(split, FirstOnly)
		alone := true // nobody else in the same place: shares of a tie grow with the names in it
		for _, c := range claims {
			for _, o := range claims {
				alone = alone && (c.Owner == o.Owner || c.Content != o.Content || c.Order != o.Order)
			}
		}
		if got := after[me] + after[alias]; alone && got > base[me]+1e-12 {
			t.Fatalf("two names bring %v instead of %v", got, base[me])
		}
		total, contents := 0.0, map[item.Hash]bool{}
		for i, c := range Credits(claims, FirstOnly) {
			total += c
			contents[claims[i].Content] = true
		}
		if math.Abs(total-float64(len(contents))) > 1e-9 {
			t.Fatalf("%v earned for %d contents", total, len(contents))
		}
	})
}

// exactTail sums the hypergeometric terms as whole numbers.
func exactTail(n, a, b, k int) float64 {
	choose := func(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }
	sum := new(big.Int)
	for j := max(k, a+b-n, 0); j <= min(a, b); j++ {
		sum.Add(sum, new(big.Int).Mul(choose(a, j), choose(n-a, b-j)))
	}
	p, _ := new(big.Rat).SetFrac(sum, choose(n, b)).Float64()
	return p
}

func TestOverlapOfDraws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		a, b := rapid.IntRange(0, n).Draw(t, "a"), rapid.IntRange(0, n).Draw(t, "b")
		k := rapid.IntRange(max(0, a+b-n), min(a, b)).Draw(t, "k")
		o, err := OverlapOfDraws(n, a, b, k)
		if err != nil {
			t.Fatal(err)
		}
		if want := exactTail(n, a, b, k); math.Abs(o.P-want) > 1e-12*want {
			t.Fatalf("%d %d %d %d: chance %v, want %v", n, a, b, k, o.P, want)
		}
		mean, square := 0.0, 0.0
		for j := max(0, a+b-n); j <= min(a, b); j++ {
			p := exactTail(n, a, b, j) - exactTail(n, a, b, j+1)
			mean += p * float64(j)
			square += p * float64(j) * float64(j)
		}
		if math.Abs(o.Expected-mean) > 1e-9*max(mean, 1) || math.Abs(o.Deviation*o.Deviation-(square-mean*mean)) > 1e-7*max(square, 1) {
			t.Fatalf("%d %d %d: mean %v and deviation %v, want %v and %v", n, a, b, o.Expected, o.Deviation, mean, math.Sqrt(square-mean*mean))
		}
	})
	// One common item where 0.01 are expected: Z alone would raise an alarm.
	o, err := OverlapOfDraws(1_000_000, 100, 100, 1)
	if err != nil || o.Z < 9 || math.Abs(o.P-0.00995) > 1e-4 {
		t.Errorf("%+v, %v", o, err)
	}
	big, err := OverlapOfDraws(MaxUniverse, MaxUniverse/2, MaxUniverse/2, MaxUniverse/4+1_000_000)
	if err != nil || math.Abs(big.P/kernel.NormalSurvival(big.Z)-1) > 1e-3 {
		t.Errorf("%+v, %v, want a chance near %v", big, err, kernel.NormalSurvival(big.Z))
	}
	if far, err := OverlapOfDraws(MaxUniverse, MaxUniverse/2, MaxUniverse/2, MaxUniverse/2); err != nil || far.P != 0 {
		t.Errorf("%+v, %v", far, err)
	}
}

// Under the null Z has mean 0 and deviation 1, the hypergeometric P is at most α in a
// share α of 10,000 runs, and so is Chernoff's bound.
func TestOverlapUnderTheNull(t *testing.T) {
	const runs, n, a, b = 10_000, 2000, 300, 200
	r := kernel.NewRandom(6)
	mine := make([]bool, n)
	for i := range a {
		mine[i] = true
	}
	chances := make([]float64, n)
	for i := range chances {
		chances[i] = 1 / (1 + float64(i)/20)
	}
	perm := r.Perm(n)
	var sum, squares, sum2, squares2 float64
	small, small2 := map[float64]int{}, map[float64]int{}
	for range runs {
		common := 0
		for i := range b { // the first b of a random order
			k := i + r.Intn(n-i)
			perm[i], perm[k] = perm[k], perm[i]
			if mine[perm[i]] {
				common++
			}
		}
		o, err := OverlapOfDraws(n, a, b, common)
		if err != nil {
			t.Fatal(err)
		}
		both := 0
		for _, p := range chances[:400] {
			if r.Float64() < p*p {
				both++
			}
		}
		c, err := OverlapOfChances(chances[:400], chances[:400], both)
		if err != nil {
			t.Fatal(err)
		}
		sum, squares, sum2, squares2 = sum+o.Z, squares+o.Z*o.Z, sum2+c.Z, squares2+c.Z*c.Z
		for _, alpha := range []float64{0.1, 0.01, 0.001} {
			if o.P <= alpha {
				small[alpha]++
			}
			if c.P <= alpha {
				small2[alpha]++
			}
		}
	}
	for _, s := range [][2]float64{{sum, squares}, {sum2, squares2}} {
		if mean, sd := s[0]/runs, math.Sqrt(s[1]/runs); math.Abs(mean) > 4/math.Sqrt(runs) || math.Abs(sd-1) > 0.03 {
			t.Errorf("Z has mean %v and deviation %v", mean, sd)
		}
	}
	for alpha, hits := range small {
		if limit := alpha + 4*math.Sqrt(alpha/runs); float64(hits)/runs > limit || float64(small2[alpha])/runs > limit {
			t.Errorf("at %v: %d and %d of %d runs", alpha, hits, small2[alpha], runs)
		}
	}
	if small[0.1] < runs/20 {
		t.Errorf("the exact test is at most 0.1 in only %d of %d runs", small[0.1], runs)
	}
}

func TestWrongOverlaps(t *testing.T) {
	for _, c := range [][4]int{{0, 0, 0, 0}, {-1, 0, 0, 0}, {10, 11, 1, 0}, {10, 1, -1, 0}, {10, 5, 5, 6}, {10, 6, 6, 1}, {10, 5, 5, -1}, {MaxUniverse + 1, 1, 1, 1}} {
		if o, err := OverlapOfDraws(c[0], c[1], c[2], c[3]); err == nil {
			t.Errorf("%v gives %+v", c, o)
		}
	}
	for _, c := range []struct {
		a, b   []float64
		common int
	}{{[]float64{1}, nil, 0}, {[]float64{1}, []float64{1}, 2}, {nil, nil, -1}, {[]float64{math.NaN()}, []float64{0}, 0}, {[]float64{1}, []float64{1.5}, 0}, {[]float64{-0.1}, []float64{1}, 0}} {
		if o, err := OverlapOfChances(c.a, c.b, c.common); err == nil {
			t.Errorf("%v gives %+v", c, o)
		}
	}
	for _, common := range []int{0, 1} {
		if o, err := OverlapOfChances([]float64{0}, []float64{1}, common); err != nil || o.Z != 0 || o.P != float64(1-common) {
			t.Errorf("%d common of what nobody holds: %+v, %v", common, o, err)
		}
	}
}
