package forgery

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestAgainstGonum compares statistics with gonum's, on random data with ties.
func TestAgainstGonum(t *testing.T) {
	r := kernel.NewRandom(51)
	for range 300 {
		k := 2 + r.Intn(20)
		obs, exp := make([]float64, k), make([]float64, k)
		n, weights := make([]int64, k), make([]float64, k)
		var total, sum float64
		for i := range n {
			n[i], weights[i] = int64(1+r.Intn(50)), 0.01+r.Float64()
			obs[i] = float64(n[i])
			total, sum = total+obs[i], sum+weights[i]
		}
		p, q := make([]float64, k), make([]float64, k)
		for i := range n {
			exp[i] = total * weights[i] / sum
			p[i], q[i] = obs[i]/total, weights[i]/sum
		}
		chi, err := ChiSquared(n, weights)
		noError(t, err)
		near(t, "χ²", chi.Statistic, stat.ChiSquare(obs, exp), 1e-12)
		near(t, "p of χ²", chi.P, distuv.ChiSquared{K: float64(k - 1)}.Survival(chi.Statistic), 1e-9)
		kl, err := KullbackLeibler(p, q)
		noError(t, err)
		near(t, "KL", kl, stat.KullbackLeibler(p, q), 1e-11)
		js, err := JensenShannon(p, q)
		noError(t, err)
		near(t, "JS", js, stat.JensenShannon(p, q), 1e-11)

		x, y := make([]float64, 1+r.Intn(40)), make([]float64, 1+r.Intn(40))
		for _, s := range [][]float64{x, y} {
			for i := range s {
				s[i] = float64(r.Intn(30))
			}
			slices.Sort(s)
		}
		ks, err := KolmogorovSmirnovTwoSample(x, y)
		noError(t, err)
		if d := stat.KolmogorovSmirnov(x, nil, y, nil); math.Abs(ks.D-d) > 1e-12 {
			t.Errorf("D is %v, gonum has %v", ks.D, d)
		}
		text := make([]byte, 1+r.Intn(300))
		var bytes [256]float64
		for i := range text {
			text[i] = byte(r.Intn(20))
			bytes[text[i]] += 1 / float64(len(text))
		}
		if got, want := ByteEntropy(text), stat.Entropy(bytes[:])/math.Ln2; math.Abs(got-want) > 1e-12 {
			t.Errorf("the entropy is %v, gonum has %v", got, want)
		}
	}
}

// TestExactLawOfTwoSamples counts all ways to split n+m ranks.
func TestExactLawOfTwoSamples(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {1, 6}, {3, 4}, {5, 5}, {7, 4}, {6, 8}} {
		n, m := c[0], c[1]
		gaps := map[int64]float64{}
		var all float64
		for _, first := range combin.Combinations(n+m, n) {
			var x, y []float64
			for i := range n + m {
				if slices.Contains(first, i) {
					x = append(x, float64(i))
				} else {
					y = append(y, float64(i))
				}
			}
			gaps[greatestGap(x, y)]++
			all++
		}
		for gap := range gaps {
			var above float64
			for other, ways := range gaps {
				if other >= gap {
					above += ways
				}
			}
			near(t, "the chance of a gap", kolmogorovPaths(int64(n), int64(m), gap), above/all, 1e-13)
		}
	}
}

// TestExactLawOfOneSample compares with decimal arithmetic of 80 digits of Durbin's
// matrix, and with known closed forms.
func TestExactLawOfOneSample(t *testing.T) {
	for _, c := range []struct {
		n       int
		d, want float64
	}{
		{10, 0.2, 0.74871903999999989132},
		{86, 0.15, 0.03736987116715634327},
		{50, 0.1, 0.66231127046581850237},
		{500, 0.05, 0.15866263922061993319},
		{2000, 0.03, 0.05354694548336676879},
		{2000, 0.044, 0.00083952335010085131},
		{1, 0.75, 0.5}, // 2(1−d)
		{2, 0.25, 1},   // d ≤ 1/(2n)
		{2, 0.4, 1 - 2*(2*0.4-0.5)*(2*0.4-0.5)},
		{2, 0.8, 2 * 0.2 * 0.2},
	} {
		near(t, "P of one sample", kolmogorovSurvival(c.n, c.d), c.want, 2e-10)
	}
	for _, d := range []float64{0.001, 0.01, 0.02, 0.03, 0.04} {
		near(t, "Pelz and Good's P at 2000", 1-pelzGood(2000, d), kolmogorovSurvival(2000, d), 1e-6)
	}
	if kolmogorovLimit(0) != 1 || kolmogorovSurvival(5000, 0.9) > 1e-300 || kolmogorovSurvival(5000, 0.0001) != 1 {
		t.Error("the law is wrong at its ends")
	}
}

// TestFisherIsItsDefinition sums the hypergeometric law by binomial coefficients.
func TestFisherIsItsDefinition(t *testing.T) {
	r := kernel.NewRandom(52)
	for range 500 {
		a, b, c, d := r.Intn(9), r.Intn(9), r.Intn(9), r.Intn(9)
		chance := func(k int) float64 {
			return float64(combin.Binomial(a+c, k)) * float64(combin.Binomial(b+d, a+b-k)) / float64(combin.Binomial(a+b+c+d, a+b))
		}
		var two, greater, less float64
		for k := max(0, a-d); k <= min(a+b, a+c); k++ {
			p := chance(k)
			if p <= chance(a)*(1+1e-7) {
				two += p
			}
			if k >= a {
				greater += p
			}
			if k <= a {
				less += p
			}
		}
		f, err := FisherExact(int64(a), int64(b), int64(c), int64(d))
		noError(t, err)
		near(t, "two-sided", f.TwoSided, min(1, two), 1e-12)
		near(t, "greater", f.Greater, min(1, greater), 1e-12)
		near(t, "less", f.Less, min(1, less), 1e-12)
	}
}

// TestContingencyIsItsDefinition has two rows of equal sums, so that each expects half of
// a column, and a row and a column without observations.
func TestContingencyIsItsDefinition(t *testing.T) {
	rows := [][]int64{{12, 5, 0, 7}, {9, 4, 0, 11}, {0, 0, 0, 0}}
	var want float64
	for _, row := range rows[:2] {
		for c, o := range row {
			if column := float64(rows[0][c] + rows[1][c]); column > 0 {
				want += (float64(o) - column/2) * (float64(o) - column/2) / (column / 2)
			}
		}
	}
	got, err := ChiSquaredContingency(rows...)
	noError(t, err)
	near(t, "χ² of a table", got.Statistic, want, 1e-13)
	if got.DF != 2 || got.LeastExpected != 4.5 {
		t.Errorf("%d degrees of freedom and a least expected count of %v, want 2 and 4.5", got.DF, got.LeastExpected)
	}
}

// TestDiscrepancyIsItsDefinition sums over all pairs, with the split's bookkeeping and
// without, after each permutation.
func TestDiscrepancyIsItsDefinition(t *testing.T) {
	r := kernel.NewRandom(53)
	for _, sizes := range [][2]int{{5, 8}, {8, 5}, {2, 2}} {
		n, m := sizes[0], sizes[1]
		var rows []float64
		for range (n + m) * 2 {
			rows = append(rows, r.Normal())
		}
		matrix, sigma := gaussianKernel(slices.Clone(rows), 2)
		k := func(i, j int) float64 {
			return math.Exp(-(math.Pow(rows[2*i]-rows[2*j], 2) + math.Pow(rows[2*i+1]-rows[2*j+1], 2)) / (2 * sigma * sigma))
		}
		s := newSplit(matrix, n, m)
		for range 20 {
			x, y := s.order[:n], s.order[n:]
			var want float64
			for _, i := range x {
				for _, j := range x {
					if i != j {
						want += k(i, j) / float64(n*(n-1))
					}
				}
				for _, j := range y {
					want -= 2 * k(i, j) / float64(n*m)
				}
			}
			for _, i := range y {
				for _, j := range y {
					if i != j {
						want += k(i, j) / float64(m*(m-1))
					}
				}
			}
			if math.Abs(s.value()-want) > 1e-13 {
				t.Fatalf("the value is %v, want %v", s.value(), want)
			}
			s.permute(r)
		}
	}
}

func TestMedianIsThatOfASortedSlice(t *testing.T) {
	r := kernel.NewRandom(54)
	for n := 1; n < 60; n++ {
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(1 + r.Intn(n))
		}
		sorted := slices.Sorted(slices.Values(v))
		want := (math.Sqrt(sorted[n/2]) + math.Sqrt(sorted[(n-1)/2])) / 2
		if got := median(slices.Clone(v)); math.Abs(got-want) > 1e-15*want {
			t.Fatalf("the median of the roots of %v is %v, want %v", sorted, got, want)
		}
	}
}

func TestSortIsThatOfTheLibrary(t *testing.T) {
	r := kernel.NewRandom(55)
	for _, n := range []int{0, 1, 1023, 1024, 5000} {
		for _, draw := range []func() float64{r.Normal, r.Float64, func() float64 { return float64(r.Intn(3) - 1) },
			func() float64 { return math.Ldexp(r.Normal(), r.Intn(2000)-1000) }} {
			v := make([]float64, n)
			for i := range v {
				v[i] = draw()
			}
			want := slices.Sorted(slices.Values(v))
			sortFloats(v)
			if !slices.Equal(v, want) {
				t.Fatalf("%d values are not sorted", n)
			}
		}
	}
}
