package coverage

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/scoring/kernel"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

func TestRichnessVectors(t *testing.T) {
	var v struct {
		Richness struct {
			Abund    []int   `json:"abund"`
			N        int     `json:"n"`
			Kinds    int     `json:"Sobs"`
			F1       int     `json:"f1"`
			F2       int     `json:"f2"`
			Unseen   float64 `json:"good_turing_unseen"`
			Coverage float64 `json:"coverage"`
			ChaoJost float64 `json:"chao_jost_coverage"`
			Chao1    float64 `json:"chao1"`
			Bias     float64 `json:"chao1_bc"`
			Factor   float64 `json:"chao1_nfactor"`
		} `json:"richness"`
	}
	b, err := os.ReadFile("testdata/testvectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	want := v.Richness
	a, err := NewAbundance(want.Abund)
	if err != nil || a != (Abundance{want.N, want.Kinds, want.F1, want.F2}) {
		t.Fatalf("%+v, %v", a, err)
	}
	near(t, "unseen", a.Unseen(), want.Unseen)
	near(t, "coverage", a.Coverage(), want.Coverage)
	near(t, "Chao and Jost", a.ChaoJostCoverage(), want.ChaoJost)
	near(t, "Chao1", a.Chao1(), want.Chao1)
	near(t, "corrected", a.Chao1Corrected(), want.Bias)
	near(t, "finite", a.Chao1Finite(), want.Factor)
}

func TestAbundanceAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		draws                           []int
		unseen, chaoJost, chao1, finite float64
	}{
		{nil, 1, 0, 0, 0}, {[]int{0, 0}, 1, 0, 0, 0}, {[]int{1}, 1, 1, 1, 1}, {[]int{5}, 0, 1, 1, 1}, {[]int{2}, 0, 1, 1, 1},
		{[]int{1, 1, 1}, 1, 1 - 4.0/6, 6, 5}, {[]int{1, 2}, 1.0 / 3, 1 - 1.0/3*2/4, 2.5, 2 + 1.0/3},
	} {
		a, err := NewAbundance(c.draws)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprint(c.draws, " unseen"), a.Unseen(), c.unseen)
		near(t, fmt.Sprint(c.draws, " Chao and Jost"), a.ChaoJostCoverage(), c.chaoJost)
		near(t, fmt.Sprint(c.draws, " Chao1"), a.Chao1(), c.chao1)
		near(t, fmt.Sprint(c.draws, " finite"), a.Chao1Finite(), c.finite)
	}
	for _, draws := range [][]int{{-1}, {1, -5}, {maxRows, 1}, {math.MaxInt, math.MaxInt}} {
		if a, err := NewAbundance(draws); err == nil {
			t.Errorf("%v gives %+v", draws, a)
		}
	}
}

// On draws from a known universe the estimates of coverage are unbiased within their
// error, and Chao1 stays below the number of kinds on average: 2,000 samples.
func TestEstimatesOnAKnownUniverse(t *testing.T) {
	const kinds, n, runs = 200, 300, 2000
	share := make([]float64, kinds)
	total := 0.0
	for i := range share {
		share[i] = 1 / float64(i+5)
		total += share[i]
	}
	cumulative, sum := make([]float64, kinds), 0.0
	for i := range share {
		share[i] /= total
		sum += share[i]
		cumulative[i] = sum
	}
	r := kernel.NewRandom(7)
	var good, chaoJost, chao []float64
	for range runs {
		draws := make([]int, kinds)
		for range n {
			u, k := r.Float64(), 0
			for k < kinds-1 && cumulative[k] < u {
				k++
			}
			draws[k]++
		}
		seen := 0.0
		for i, d := range draws {
			if d > 0 {
				seen += share[i]
			}
		}
		a, err := NewAbundance(draws)
		if err != nil {
			t.Fatal(err)
		}
		good = append(good, a.Coverage()-seen)
		chaoJost = append(chaoJost, a.ChaoJostCoverage()-seen)
		chao = append(chao, a.Chao1Corrected())
	}
	for name, errs := range map[string][]float64{"Good": good, "Chao and Jost": chaoJost} {
		if mean, sd := spread(errs); math.Abs(mean) > 0.002 || sd > 0.05 {
			t.Errorf("%s: the error of the coverage is %.4f ± %.4f", name, mean, sd)
		}
	}
	if mean, _ := spread(chao); mean > kinds || mean < 0.8*kinds {
		t.Errorf("Chao1 is %.1f on average, of %d kinds", mean, kinds)
	}
}

func TestContributions(t *testing.T) {
	id := func(n int) item.Hash { return item.Hash{byte(n)} }
	got := Contributions([][]item.Hash{{id(1), id(2), id(2)}, {id(2), id(3)}, nil, {id(1), id(3), id(4), id(4)}})
	want := []Contribution{{2, 2, 0}, {2, 1, 0}, {0, 0, 0}, {3, 1, 1}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		sets := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item.Hash {
			return item.Hash{byte(rapid.IntRange(0, 12).Draw(t, "id"))}
		}), 0, 15), 1, 6).Draw(t, "collections")
		got := Contributions(sets)
		union, sum := map[item.Hash]int{}, 0
		for i, set := range sets {
			own := map[item.Hash]bool{}
			for _, row := range set {
				own[row] = true
			}
			fresh := 0
			for row := range own {
				if union[row] == 0 {
					fresh++
				}
				union[row]++
			}
			if got[i].New != fresh || got[i].Rows != len(own) {
				t.Fatalf("collection %d: %+v, want %d rows, %d of them new", i, got[i], len(own), fresh)
			}
			sum += got[i].New
		}
		if sum != len(union) {
			t.Fatalf("the new rows add up to %d, the union has %d", sum, len(union))
		}
		for i, set := range sets {
			only, own := 0, map[item.Hash]bool{}
			for _, row := range set {
				if !own[row] && union[row] == 1 {
					only++
				}
				own[row] = true
			}
			if got[i].Only != only {
				t.Fatalf("collection %d alone has %d, want %d", i, got[i].Only, only)
			}
		}
		// A copy of an earlier collection, committed last, brings nothing.
		if last := Contributions(append(sets, sets[0])); last[len(sets)].New != 0 || last[len(sets)].Only != 0 {
			t.Fatalf("a copy brings %+v", last[len(sets)])
		}
	})
}

func TestFreshness(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range [][3]float64{{0, 10, 1}, {10, 10, 0.5}, {30, 10, 0.125}, {-5, 10, 1}, {5, inf, 1}, {inf, 10, 0}, {5, 0, 0}, {5, -1, 0}, {5, nan, 0}} {
		near(t, fmt.Sprint(c), Freshness(c[0], c[1]), c[2])
	}
	for _, age := range []float64{-1, 0, 1, math.Inf(1)} {
		if got := Freshness(age, math.Inf(1)); got != 1 {
			t.Errorf("an age of %v with an infinite half-life: %v", age, got)
		}
	}
	near(t, "half of a half-life", Freshness(5, 10), math.Sqrt(0.5))
	h, err := HalfLife(50, 1000)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "half-life", h, 20*math.Ln2)
	if h, err := HalfLife(0, 5); err != nil || !math.IsInf(h, 1) {
		t.Errorf("without changes %v, %v", h, err)
	}
	for _, c := range []float64{0, -1, inf, nan} {
		if h, err := HalfLife(1, c); err == nil {
			t.Errorf("exposure %v gives %v", c, h)
		}
	}
	if h, err := HalfLife(-1, 1); err == nil {
		t.Errorf("gives %v", h)
	}
	// A constant hazard observed for a while gives its half-life back.
	r := kernel.NewRandom(8)
	changed, exposure := 0, 0.0
	for range 20_000 {
		life := -math.Log(1-r.Float64()) * 30 / math.Ln2
		exposure += min(life, 25)
		if life < 25 {
			changed++
		}
	}
	if h, _ := HalfLife(changed, exposure); math.Abs(h/30-1) > 4/math.Sqrt(float64(changed)) {
		t.Errorf("half-life %v, want 30", h)
	}
}
