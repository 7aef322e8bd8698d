package forgery

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// vectors are the entries of testdata/testvectors.json that belong here: scipy 1.10.1
// and R 4.2.2. Statistics agree to 1e-10 relative, p-values of limit laws to 1e-6,
// interpolated ones to 1e-3.
type vectors struct {
	LCG struct {
		First []float64 `json:"seed42_first5"`
	} `json:"lcg"`
	KS1, KSPower, KSExp, KS2, CVM1, CVM2, AD, Conditional struct {
		D, W2, T, A2 float64
		Exact        float64 `json:"p_exact"`
		Asymptotic   float64 `json:"p_asymp"`
		P            float64 `json:"p"`
		Capped       float64 `json:"p_capped"`
	}
	Digits struct {
		Obs     []int64
		Chi2, P float64
		DF      int
	} `json:"chisq_lastdigit"`
	G struct{ G, P float64 } `json:"gtest_lastdigit"`
	B struct {
		Obs    []int64
		P      []float64
		Chi2   float64
		PValue float64 `json:"pvalue"`
		MAD    float64
	} `json:"benford"`
	Dispersion struct {
		Bins   int
		Counts []int64
		Index  float64
		Chi2   float64
		P      float64 `json:"p_two"`
	} `json:"poisson_dispersion"`
	PSI struct {
		P, Q []float64
		PSI  float64
		KL   float64 `json:"kl_pq"`
		JS   float64 `json:"js_nats"`
	} `json:"psi"`
	MMD struct {
		N, M  int
		Sigma float64
		MMD   float64 `json:"mmd2u"`
	} `json:"mmd2u"`
	BH struct {
		P, BH, BY []float64
		Rejected  int `json:"rejected_at_05"`
	} `json:"bh1995"`
	EBH struct {
		E         []float64
		Alpha     float64
		K         int
		Threshold float64
	} `json:"ebh"`
	Fisher struct {
		Table        [2][2]int64
		Two, Greater float64
	} `json:"fisher"`
	Compress struct {
		N       int
		Zlib6   int
		Entropy float64 `json:"byte_entropy_bits"`
	} `json:"compress"`
}

func readVectors(t *testing.T) *vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/testvectors.json")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("ks1_uniform_seed42_n200", "KS1", "ks1_uniform_v^1.3_seed43_n150", "KSPower", "ks1_exp_scale3", "KSExp",
		"ks2_seed42n200_vs_w", "KS2", "cvm1_uniform", "CVM1", "cvm2", "CVM2", "ad_ksamp2", "AD", "poisson_conditional_ks", "Conditional")
	var v vectors
	if err := json.Unmarshal([]byte(names.Replace(string(b))), &v); err != nil {
		t.Fatal(err)
	}
	return &v
}

// congruential is the generator of the vectors: x ← 6364136223846793005·x +
// 1442695040888963407 mod 2^64, u = (x >> 11)/2^53, the first output after one step.
func congruential(seed uint64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		seed = 6364136223846793005*seed + 1442695040888963407
		out[i] = float64(seed>>11) * 0x1p-53
	}
	return out
}

// near fails unless got is within a relative tolerance of want.
func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %.17g, want %.17g within %g", what, got, want, tolerance)
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	statistic    = 1e-10
	asymptotic   = 1e-6
	interpolated = 1e-3
)

// The samples of the vectors: 200 uniform numbers, and 150 of another seed to the power
// 1.3.
func samples() (u, w []float64) {
	w = congruential(43, 150)
	for i, v := range w {
		w[i] = math.Pow(v, 1.3)
	}
	return congruential(42, 200), w
}

func identity(x float64) float64 { return x }

// arrivals are the sums of −ln(1−u): a Poisson process of rate 1.
func arrivals() []float64 {
	u, _ := samples()
	var at float64
	for i, v := range u {
		at -= math.Log1p(-v)
		u[i] = at
	}
	return u
}

// Of one sample, scipy's "exact" p-values are approximations of about 1e-6: by Pelz and
// Good's expansion for n = 200, and twice the one-sided chance for n = 150. Each is
// reproduced by the same formula to 1e-10. What the tests report is compared with
// Durbin's matrix in decimal arithmetic of 80 digits, made for this test.
func TestVectorsOfKolmogorovSmirnov(t *testing.T) {
	v := readVectors(t)
	u, w := samples()
	for i, want := range v.LCG.First {
		near(t, "the generator", u[i], want, 1e-15)
	}
	one, err := KolmogorovSmirnov(u, identity)
	noError(t, err)
	near(t, "D of one sample", one.D, v.KS1.D, statistic)
	near(t, "exact p of one sample", one.P, 0.29326959841770655624, statistic)
	near(t, "Pelz and Good's p of one sample", 1-pelzGood(200, one.D), v.KS1.Exact, statistic)
	near(t, "limit p of one sample", one.Limit, v.KS1.Asymptotic, asymptotic)

	power, err := KolmogorovSmirnov(w, identity)
	noError(t, err)
	near(t, "D of u^1.3", power.D, v.KSPower.D, statistic)
	near(t, "p of u^1.3", power.P, 0.01455134796362713562, statistic)
	near(t, "twice the one-sided p of u^1.3", 2*smirnovOneSided(150, power.D), v.KSPower.Exact, statistic)

	scaled := make([]float64, len(u))
	for i, x := range u {
		scaled[i] = -3 * math.Log1p(-x)
	}
	exponential, err := KolmogorovSmirnov(scaled, func(x float64) float64 { return -math.Expm1(-x / 3) })
	noError(t, err)
	near(t, "D of exponentials", exponential.D, v.KSExp.D, statistic)
	near(t, "p of exponentials", 1-pelzGood(200, exponential.D), v.KSExp.Exact, statistic)

	two, err := KolmogorovSmirnovTwoSample(u, w)
	noError(t, err)
	near(t, "D of two samples", two.D, v.KS2.D, statistic)
	near(t, "exact p of two samples", two.P, v.KS2.Exact, statistic)
	near(t, "limit p of two samples", two.Limit, v.KS2.Asymptotic, asymptotic)
}

func TestVectorsOfSquaredDistances(t *testing.T) {
	v := readVectors(t)
	u, w := samples()
	one, err := CramerVonMises(u, identity)
	noError(t, err)
	near(t, "W²", one.Value, v.CVM1.W2, statistic)
	near(t, "p of W²", one.P, v.CVM1.P, statistic)
	two, err := CramerVonMisesTwoSample(u, w)
	noError(t, err)
	near(t, "T", two.Value, v.CVM2.T, statistic)
	near(t, "p of T", two.P, v.CVM2.Asymptotic, asymptotic)
	ad, err := AndersonDarling(u, w)
	noError(t, err)
	near(t, "A²", ad.Value, v.AD.A2, statistic)
	near(t, "p of A²", ad.P, v.AD.Capped, interpolated)
}

func TestVectorsOfCounts(t *testing.T) {
	v := readVectors(t)
	chi, err := ChiSquared(v.Digits.Obs, nil)
	noError(t, err)
	near(t, "χ²", chi.Statistic, v.Digits.Chi2, statistic)
	near(t, "p of χ²", chi.P, v.Digits.P, statistic)
	if chi.DF != v.Digits.DF {
		t.Errorf("%d degrees of freedom, want %d", chi.DF, v.Digits.DF)
	}
	g, err := GTest(v.Digits.Obs, nil)
	noError(t, err)
	near(t, "G", g.Statistic, v.G.G, statistic)
	near(t, "p of G", g.P, v.G.P, statistic)
	b, err := BenfordCounts(v.B.Obs)
	noError(t, err)
	near(t, "Benford's χ²", b.Statistic, v.B.Chi2, statistic)
	near(t, "Benford's p", b.P, v.B.PValue, statistic)
	near(t, "Benford's MAD", b.MAD, v.B.MAD, statistic)
	given, err := ChiSquared(v.B.Obs, v.B.P)
	noError(t, err)
	near(t, "χ² of given probabilities", given.Statistic, v.B.Chi2, statistic)
	f, err := FisherExact(v.Fisher.Table[0][0], v.Fisher.Table[0][1], v.Fisher.Table[1][0], v.Fisher.Table[1][1])
	noError(t, err)
	near(t, "Fisher's two-sided p", f.TwoSided, v.Fisher.Two, statistic)
	near(t, "Fisher's p of greater", f.Greater, v.Fisher.Greater, statistic)
}

func TestVectorsOfArrivals(t *testing.T) {
	v := readVectors(t)
	at := arrivals()
	parts := make([]float64, len(at)) // parts of 10 up to 200
	for i, x := range at {
		parts[i] = x / 200
	}
	counts, err := EqualParts(parts, v.Dispersion.Bins)
	noError(t, err)
	for i, n := range counts {
		if n != v.Dispersion.Counts[i] {
			t.Errorf("part %d has %d arrivals, want %d", i, n, v.Dispersion.Counts[i])
		}
	}
	d, err := PoissonDispersion(counts)
	noError(t, err)
	near(t, "index of dispersion", d.Index, v.Dispersion.Index, statistic)
	near(t, "its χ²", d.ChiSquare, v.Dispersion.Chi2, statistic)
	near(t, "its p", d.P, v.Dispersion.P, statistic)
	last := len(at) - 1
	k, err := ConditionalUniformity(at[:last], 0, at[last])
	noError(t, err)
	near(t, "D of arrivals", k.D, v.Conditional.D, statistic)
	near(t, "p of arrivals", k.P, 0.34984656318316403878, statistic)
	near(t, "Pelz and Good's p of arrivals", 1-pelzGood(199, k.D), v.Conditional.P, statistic)
}

func TestVectorsOfDivergences(t *testing.T) {
	v := readVectors(t)
	psi, err := StabilityIndex(v.PSI.P, v.PSI.Q)
	noError(t, err)
	near(t, "PSI", psi, v.PSI.PSI, statistic)
	kl, err := KullbackLeibler(v.PSI.P, v.PSI.Q)
	noError(t, err)
	near(t, "KL", kl, v.PSI.KL, statistic)
	js, err := JensenShannon(v.PSI.P, v.PSI.Q)
	noError(t, err)
	near(t, "JS", js, v.PSI.JS, statistic)
	u, w := samples()
	mmd, err := MaximumMeanDiscrepancy(columns(u[:v.MMD.N]), columns(w[:v.MMD.M]), 99, 1)
	noError(t, err)
	near(t, "σ", mmd.Sigma, v.MMD.Sigma, statistic)
	near(t, "MMD²", mmd.Value, v.MMD.MMD, statistic)
}

// columns makes rows of one value each.
func columns(x []float64) [][]float64 {
	out := make([][]float64, len(x))
	for i := range x {
		out[i] = x[i : i+1]
	}
	return out
}

func TestVectorsOfManyTests(t *testing.T) {
	v := readVectors(t)
	bh, rejected, err := BenjaminiHochberg(v.BH.P, 0.05)
	noError(t, err)
	if rejected != v.BH.Rejected {
		t.Errorf("Benjamini and Hochberg's example: %d rejected, want %d", rejected, v.BH.Rejected)
	}
	by, _, err := BenjaminiYekutieli(v.BH.P, 0.05)
	noError(t, err)
	for i := range v.BH.P {
		near(t, "BH", bh[i], v.BH.BH[i], statistic)
		near(t, "BY", by[i], v.BH.BY[i], statistic)
	}
	logs := make([]float64, len(v.EBH.E))
	for i, e := range v.EBH.E {
		logs[i] = kernel.Log(e)
	}
	out, threshold, err := EBenjaminiHochberg(logs, v.EBH.Alpha)
	noError(t, err)
	if len(out) != v.EBH.K || threshold != v.EBH.Threshold || out[0] != 0 {
		t.Errorf("e-BH rejects %v at %v, want %d at %v", out, threshold, v.EBH.K, v.EBH.Threshold)
	}
}

func TestVectorsOfText(t *testing.T) {
	v := readVectors(t)
	text := []byte(strings.Repeat("the quick brown fox jumps over the lazy dog ", 20))
	if len(text) != v.Compress.N {
		t.Fatalf("a text of %d bytes, want %d", len(text), v.Compress.N)
	}
	near(t, "entropy of bytes", ByteEntropy(text), v.Compress.Entropy, statistic)
	ratio, err := CompressionRatio(text)
	noError(t, err)
	near(t, "estimated size of zlib", ratio*float64(len(text)), float64(v.Compress.Zlib6), 0.05)
}
