package forgery

import (
	"math"
	"testing"
)

// refusals are inputs that must give an error.
func refusals() map[string]func() error {
	nan, inf := math.NaN(), math.Inf(1)
	drop := func(_ any, err error) error { return err }
	ks := func(x ...float64) error { return drop(KolmogorovSmirnov(x, identity)) }
	cvm := func(x ...float64) error { return drop(CramerVonMises(x, identity)) }
	one := []float64{1}
	rows := [][]float64{{1}, {2}}
	out := map[string]func() error{
		"χ² of nothing":                 func() error { return drop(ChiSquared(nil, nil)) },
		"χ² of no observations":         func() error { return drop(ChiSquared([]int64{0, 0}, nil)) },
		"χ² of one category":            func() error { return drop(ChiSquared([]int64{5}, nil)) },
		"χ² of a negative count":        func() error { return drop(ChiSquared([]int64{5, -1}, nil)) },
		"χ² of counts that overflow":    func() error { return drop(ChiSquared([]int64{math.MaxInt64, 1}, nil)) },
		"χ² with a weight of NaN":       func() error { return drop(ChiSquared([]int64{5, 1}, []float64{1, nan})) },
		"χ² with a weight of Inf":       func() error { return drop(ChiSquared([]int64{5, 1}, []float64{1, inf})) },
		"χ² with a negative weight":     func() error { return drop(ChiSquared([]int64{5, 1}, []float64{1, -1})) },
		"χ² with no weight":             func() error { return drop(ChiSquared([]int64{5, 1}, []float64{0, 0})) },
		"χ² with weights that overflow": func() error { return drop(ChiSquared([]int64{5, 1}, []float64{1e308, 1e308})) },
		"χ² with a weight too few":      func() error { return drop(ChiSquared([]int64{5, 1}, one)) },
		"G of a negative count":         func() error { return drop(GTest([]int64{5, -1}, nil)) },
		"a table of one row":            func() error { return drop(ChiSquaredContingency([]int64{1, 2})) },
		"a ragged table":                func() error { return drop(ChiSquaredContingency([]int64{1, 2}, []int64{1})) },
		"a table with a negative count": func() error { return drop(ChiSquaredContingency([]int64{1, 2}, []int64{1, -1})) },
		"a table of one filled column":  func() error { return drop(ChiSquaredContingency([]int64{1, 0}, []int64{1, 0})) },
		"a table of one filled row":     func() error { return drop(ChiSquaredTwoSample([]int64{1, 1}, []int64{0, 0})) },
		"a table without columns":       func() error { return drop(ChiSquaredTwoSample(nil, nil)) },
		"stability of nothing":          func() error { return drop(StabilityTest(nil, nil)) },
		"milliseconds in 7 bins":        func() error { return drop(MillisecondsOf(nil, 7)) },
		"milliseconds in no bins":       func() error { return drop(MillisecondsOf(nil, 0)) },
		"Benford of nothing":            func() error { return drop(Benford(nil)) },
		"Benford of zeros":              func() error { return drop(Benford([]float64{0, 0})) },
		"Benford of a narrow span":      func() error { return drop(Benford([]float64{1, 900})) },
		"Benford of NaN":                func() error { return drop(Benford([]float64{1, nan, 1e9})) },
		"Benford of Inf":                func() error { return drop(Benford([]float64{1, inf})) },
		"Benford of eight counts":       func() error { return drop(BenfordCounts(make([]int64, 8))) },
		"Benford of no counts":          func() error { return drop(BenfordCounts(make([]int64, 9))) },
		"KS of nothing":                 func() error { return ks() },
		"KS of NaN":                     func() error { return ks(0.5, nan) },
		"KS of Inf":                     func() error { return ks(inf) },
		"KS of a law beyond 1":          func() error { return ks(0.5, 1.5) },
		"KS of nothing and one":         func() error { return drop(KolmogorovSmirnovTwoSample(nil, one)) },
		"KS of one and NaN":             func() error { return drop(KolmogorovSmirnovTwoSample(one, []float64{nan})) },
		"CvM of nothing":                func() error { return cvm() },
		"CvM of NaN":                    func() error { return cvm(nan) },
		"CvM of a law below 0":          func() error { return cvm(-1) },
		"CvM of nothing and one":        func() error { return drop(CramerVonMisesTwoSample(nil, one)) },
		"CvM of one and Inf":            func() error { return drop(CramerVonMisesTwoSample(one, []float64{inf})) },
		"AD of one sample":              func() error { return drop(AndersonDarling(one)) },
		"AD of an empty sample":         func() error { return drop(AndersonDarling(one, nil)) },
		"AD of three values":            func() error { return drop(AndersonDarling([]float64{1, 2}, one)) },
		"AD of NaN":                     func() error { return drop(AndersonDarling([]float64{1, 2, 3}, []float64{nan})) },
		"dispersion of one part":        func() error { return drop(PoissonDispersion([]int64{5})) },
		"dispersion of a negative":      func() error { return drop(PoissonDispersion([]int64{5, -5})) },
		"an empty window":               func() error { return drop(ConditionalUniformity(one, 1, 1)) },
		"a window to Inf":               func() error { return drop(ConditionalUniformity(one, 0, inf)) },
		"a window to NaN":               func() error { return drop(ConditionalUniformity(one, 0, nan)) },
		"a time outside":                func() error { return drop(ConditionalUniformity(one, 2, 3)) },
		"a time of NaN":                 func() error { return drop(ConditionalUniformity([]float64{nan}, 2, 3)) },
		"no times":                      func() error { return drop(ConditionalUniformity(nil, 2, 3)) },
		"a pool of no hours":            func() error { return drop(Rescale(nil, nil, 0, 1)) },
		"a pool of 169 hours":           func() error { return drop(Rescale(nil, make([]int64, 169), 0, 1)) },
		"a negative pool":               func() error { return drop(Rescale(nil, []int64{-1}, 0, 1)) },
		"a window backwards":            func() error { return drop(Rescale(nil, []int64{1}, 1, 0)) },
		"a window of all time":          func() error { return drop(Rescale(nil, []int64{1}, math.MinInt64, math.MaxInt64)) },
		"a window out of time":          func() error { return drop(Rescale(nil, []int64{1}, math.MaxInt64-1, math.MaxInt64)) },
		"a rescaled time outside":       func() error { return drop(Rescale([]int64{5}, []int64{1}, 0, 1)) },
		"no parts":                      func() error { return drop(EqualParts(nil, 0)) },
		"a part of NaN":                 func() error { return drop(EqualParts([]float64{nan}, 2)) },
		"KL of sums other than 1":       func() error { return drop(KullbackLeibler([]float64{0.5}, []float64{0.5})) },
		"KL of NaN":                     func() error { return drop(KullbackLeibler([]float64{nan}, []float64{1})) },
		"KL of other lengths":           func() error { return drop(KullbackLeibler(one, []float64{0.5, 0.5})) },
		"JS of nothing":                 func() error { return drop(JensenShannon(nil, nil)) },
		"PSI of a negative":             func() error { return drop(StabilityIndex([]float64{-1, 2}, []float64{0.5, 0.5})) },
		"MMD of one row":                func() error { return drop(MaximumMeanDiscrepancy(rows[:1], rows, 9, 1)) },
		"MMD of too many rows":          func() error { return drop(MaximumMeanDiscrepancy(make([][]float64, 3000), rows, 9, 1)) },
		"MMD without permutations":      func() error { return drop(MaximumMeanDiscrepancy(rows, rows, 0, 1)) },
		"MMD of ragged rows":            func() error { return drop(MaximumMeanDiscrepancy(rows, [][]float64{{1}, {1, 2}}, 9, 1)) },
		"MMD of empty rows":             func() error { return drop(MaximumMeanDiscrepancy([][]float64{{}, {}}, rows, 9, 1)) },
		"MMD of NaN":                    func() error { return drop(MaximumMeanDiscrepancy(rows, [][]float64{{1}, {nan}}, 9, 1)) },
		"MMD of huge values":            func() error { return drop(MaximumMeanDiscrepancy(rows, [][]float64{{1}, {1e200}}, 9, 1)) },
		"Fisher of a negative":          func() error { return drop(FisherExact(-1, 1, 1, 1)) },
		"Fisher of a huge table":        func() error { return drop(FisherExact(1<<40, 1<<40, 1<<40, 1<<40)) },
		"an empty text to compress":     func() error { return drop(CompressionRatio(nil)) },
		"an n-gram of no bytes":         func() error { return drop(NewNGram(0, 1024)) },
		"an n-gram of 8 bytes":          func() error { return drop(NewNGram(8, 1024)) },
		"an n-gram without memory":      func() error { return drop(NewNGram(5, 0)) },
		"an n-gram of all memory":       func() error { return drop(NewNGram(5, math.MaxInt)) },
		"ids without times":             func() error { return drop(CheckSnowflakes([]uint64{1}, nil, 0)) },
		"a negative tolerance":          func() error { return drop(CheckSnowflakes(nil, nil, -1)) },
		"authors without ids":           func() error { return drop(CheckAscendingIDs([]string{"a"}, []int64{1}, nil)) },
		"authors without times":         func() error { return drop(CheckAscendingIDs([]string{"a"}, nil, []uint64{1})) },
		"items without counts":          func() error { return drop(CheckCounts([]string{"a"}, []int64{1}, nil)) },
		"items without scrapes":         func() error { return drop(CheckCounts([]string{"a"}, nil, []int64{1})) },
		"no scrape times":               func() error { return drop(CheckOrder([]int64{1}, nil, []int64{1})) },
		"no commitment times":           func() error { return drop(CheckOrder([]int64{1}, []int64{1}, nil)) },
	}
	var n Norm
	out["a norm of NaN"] = func() error { return n.Add(nan, 5) }
	out["a norm of an empty text"] = func() error { return n.Add(1, 0) }
	out["a score of Inf"] = func() error { return drop(n.Compare([]float64{inf}, []int{1})) }
	out["a score without a length"] = func() error { return drop(n.Compare(one, nil)) }
	model, _ := NewNGram(5, 1024)
	out["the surprise of an empty text"] = func() error { return drop(model.Surprise(nil)) }
	return out
}

func TestBadInputIsRefused(t *testing.T) {
	for what, f := range refusals() {
		err := f()
		if err == nil {
			t.Errorf("%s: no error", what)
		} else if len(err.Error()) < 20 {
			t.Errorf("%s: %q does not say what is allowed", what, err)
		}
	}
}

// TestEdgesHaveAnswers are inputs at the edge that have a defined answer.
func TestEdgesHaveAnswers(t *testing.T) {
	chi, err := ChiSquared([]int64{5, 5, 1}, []float64{1, 1, 0})
	noError(t, err)
	if !math.IsInf(chi.Statistic, 1) || chi.P != 0 || chi.DF != 1 {
		t.Errorf("what cannot be was observed: %v", chi)
	}
	million := make([]int64, 1_000_000)
	for i := range million {
		million[i] = int64(i%3 + 9)
	}
	if chi, err = ChiSquared(million, nil); err != nil || chi.P < 0.99 || chi.DF != 999_999 {
		t.Errorf("a million categories: %v, %v", chi, err)
	}
	if chi, err = ChiSquaredTwoSample(million, million); err != nil || chi.P != 1 {
		t.Errorf("a million equal categories: %v, %v", chi, err)
	}
	one, err := KolmogorovSmirnov([]float64{0.5}, identity)
	noError(t, err)
	if one.D != 0.5 || one.P != 1 || !one.Exact {
		t.Errorf("one value in the middle: %v", one)
	}
	tied := []float64{3, 3, 3, 3, 3}
	ks, err := KolmogorovSmirnovTwoSample(tied, tied)
	noError(t, err)
	cvm, err := CramerVonMisesTwoSample(tied, tied)
	noError(t, err)
	ad, err := AndersonDarling(tied, tied)
	noError(t, err)
	if ks.P != 1 || ks.D != 0 || cvm.P != 1 || ad.P != 1 {
		t.Errorf("all values equal: %v, %v, %v", ks, cvm, ad)
	}
	if ks, err = KolmogorovSmirnovTwoSample([]float64{1}, []float64{2}); err != nil || ks.D != 1 || ks.P != 1 {
		t.Errorf("one against one: %v, %v", ks, err)
	}
	if cvm, err = CramerVonMisesTwoSample([]float64{1}, []float64{2}); err != nil || !(cvm.P >= 0 && cvm.P <= 1) {
		t.Errorf("one against one: %v, %v", cvm, err)
	}
	if ks, err = KolmogorovSmirnovTwoSample([]float64{0, 0}, []float64{math.Copysign(0, -1)}); err != nil || ks.D != 0 {
		t.Errorf("0 and −0: %v, %v", ks, err)
	}
	if d, err := PoissonDispersion([]int64{0, 0, 0}); err != nil || d.P != 1 || d.Index != 1 {
		t.Errorf("no events: %v, %v", d, err)
	}
	mmd, err := MaximumMeanDiscrepancy([][]float64{{1}, {1}}, [][]float64{{1}, {1}}, 9, 1)
	if err != nil || mmd.P != 1 || mmd.Value != 0 {
		t.Errorf("equal rows: %v, %v", mmd, err)
	}
	if f, err := FisherExact(0, 0, 0, 0); err != nil || f.TwoSided != 1 {
		t.Errorf("an empty table: %v, %v", f, err)
	}
	if f, err := FisherExact(1_000_000, 0, 0, 1_000_000); err != nil || f.TwoSided != 0 || f.Less != 1 {
		t.Errorf("a table beyond all doubt: %v, %v", f, err)
	}
	if ByteEntropy(nil) != 0 || ByteEntropy([]byte("aaaa")) != 0 {
		t.Error("one byte has entropy")
	}
	var n Norm
	for range 30 {
		noError(t, n.Add(2, 10))
	}
	if c, err := n.Compare([]float64{5}, []int{10}); err != nil || c.P != 1 || c.Z != 0 || c.Used != 1 {
		t.Errorf("a norm that does not vary: %v, %v", c, err)
	}
	if c, err := n.Compare([]float64{5}, []int{100}); err != nil || c.P != 1 || c.Used != 0 {
		t.Errorf("a bin without texts: %v, %v", c, err)
	}
	if s := SecondsOf([]int64{-1, 59_999, 60_000}); s[59] != 2 || s[0] != 1 {
		t.Errorf("seconds: %v", s)
	}
	if d := LastDigitsOf([]int64{5, 99, -123, 457, math.MinInt64}); d[3] != 1 || d[7] != 1 || d[8] != 1 || d[5] != 0 || d[9] != 0 {
		t.Errorf("last digits: %v", d)
	}
	b, err := Benford([]float64{0.001, -12, 0, 345, 9e5, 123})
	noError(t, err)
	if b.DF != 8 || b.LeastExpected > 0.3 {
		t.Errorf("Benford: %v", b)
	}
}

// TestDiscrepancyHasNoUnit: a test of rows in another unit is the same test, also where
// squares of distances underflow, or that of the kernel's width would.
func TestDiscrepancyHasNoUnit(t *testing.T) {
	sample := func(unit float64, from, to int) (rows [][]float64) {
		for k := from; k < to; k++ {
			rows = append(rows, []float64{float64(k) * unit, float64(k*k%7) * unit})
		}
		return rows
	}
	x, y := sample(1, 0, 12), sample(1, 3, 14)
	want, err := MaximumMeanDiscrepancy(x, y, 99, 1)
	noError(t, err)
	for _, power := range []int{-1074, -600, -515, 3, 490} {
		unit := math.Ldexp(1, power)
		got, err := MaximumMeanDiscrepancy(sample(unit, 0, 12), sample(unit, 3, 14), 99, 1)
		if err != nil || got.Value != want.Value || got.P != want.P || math.Abs(got.Sigma/unit-want.Sigma) > 0.5 {
			t.Errorf("in units of 2^%d: %+v, %v, want %+v", power, got, err, want)
		}
	}
	equal := sample(1e-155, 0, 12)
	if got, err := MaximumMeanDiscrepancy(equal, equal, 999, 1); err != nil || !(got.Value < 0) || got.P < 0.5 {
		t.Errorf("equal samples: %+v, %v", got, err)
	}
	// One row far away leaves the others as they are, or makes them all alike.
	for _, unit := range []float64{1e-20, 1e-155, 1e-290, 1e-305, 5e-324} {
		far := append(sample(unit, 0, 12), []float64{1, 1})
		got, err := MaximumMeanDiscrepancy(far, append(sample(unit, 0, 12), []float64{1, 1}), 999, 1)
		if err != nil || math.IsNaN(got.Value) || got.P < 0.5 {
			t.Errorf("a unit of %v and one row far away: %+v, %v", unit, got, err)
		}
	}
	// Of two pairs of distances half are 0, and the median's other half is the least.
	half := [][]float64{{0}, {5e-324}, {0}, {1e150}}
	if got, err := MaximumMeanDiscrepancy(half[:2], half[2:], 99, 1); err != nil || math.IsNaN(got.Value) || got.P < 0.05 {
		t.Errorf("distances of all sizes: %+v, %v", got, err)
	}
}

// TestStabilityOfHugeCounts: a cell whose counts add up to more than an int64 holds counts.
func TestStabilityOfHugeCounts(t *testing.T) {
	a, b := []int64{3, 1, 2}, []int64{3, 2, 1}
	want, err := StabilityIndex([]float64{3. / 6, 1. / 6, 2. / 6}, []float64{3. / 6, 2. / 6, 1. / 6})
	noError(t, err)
	for k := range a {
		a[k], b[k] = a[k]<<61, b[k]<<61
	}
	got, err := StabilityTest(a, b)
	noError(t, err)
	near(t, "the index of huge counts", got.Statistic, want, 1e-12)
	if got.DF != 2 {
		t.Errorf("%d degrees of freedom", got.DF)
	}
}
