package acceptance

import (
	"math"
	"testing"
)

// design is the one of the published tables.
func design() Design { return Design{Good: 0.95, Bad: 0.80, Alpha: 0.01, Beta: 0.01} }

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

func characteristic(t *testing.T, d Design, theta float64) Characteristic {
	t.Helper()
	c, err := d.Characteristic(theta)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The smallest plans of the reference: binomial, and hypergeometric by corpus.
func TestPlans(t *testing.T) {
	p, err := design().Plan()
	if err != nil || p.N != 96 || p.AcceptFailures != 10 {
		t.Fatalf("%+v, %v, want 96 rows and 10 failures", p, err)
	}
	near(t, "P(reject good)", p.RejectGood, 0.0086, 5e-5)
	near(t, "P(accept bad)", p.AcceptBad, 0.0093, 5e-5)
	for population, n := range map[int]int{50: 29, 100: 51, 200: 68, 500: 79, 1000: 87, 10_000: 96} {
		d := design()
		d.Population = population
		if p, err := d.Plan(); err != nil || p.N != n {
			t.Errorf("of %d rows: %+v, %v, want %d", population, p, err, n)
		}
	}
}

// The table of the exact characteristic. Its digits are those printed.
func TestTableOfTheCharacteristic(t *testing.T) {
	for _, row := range []struct {
		theta, asn, asnDigit float64
		median, p95          int
		reject, rejectDigit  float64
	}{
		{1.00, 27, 1e-9, 27, 27, 0, 0},
		{0.99, 29.7, 0.05, 27, 36, 2e-6, 5e-7},
		{0.95, 48.921, 5e-4, 45, 100, 0.006031, 5e-7},
		{0.92, 79.3, 0.05, 64, 190, 0.095, 5e-4},
		{0.89, 100.422, 5e-4, 78, 263, 0.474, 5e-4},
		{0.85, 67.2, 0.05, 52, 172, 0.900, 5e-4},
		{0.80, 36.258, 5e-4, 30, 87, 1 - 0.009476, 5e-7},
		{0.50, 8.5, 0.05, 7, 16, 1, 5e-4},
	} {
		c := characteristic(t, design(), row.theta)
		near(t, "ASN", c.ASN, row.asn, row.asnDigit)
		near(t, "P(reject)", c.Reject, row.reject, row.rejectDigit)
		near(t, "P(accept)", c.Accept, 1-c.Reject, 1e-12)
		if c.Quantile(0.5) != row.median || c.Quantile(0.95) != row.p95 {
			t.Errorf("at %v: median %d, 95 %% %d, want %d and %d", row.theta, c.Quantile(0.5), c.Quantile(0.95), row.median, row.p95)
		}
	}
}

func TestTruncatedTests(t *testing.T) {
	for _, c := range []struct {
		cap             int
		boundary        float64
		alpha, beta     float64
		asnGood, asnBad float64
	}{
		{cap: 200, alpha: 0.0061, beta: 0.0096},
		{cap: 120, boundary: 5, alpha: 0.0058, beta: 0.0093, asnGood: 53.4, asnBad: 38.6},
	} {
		d := design()
		d.Cap, d.Boundary = c.cap, c.boundary
		good, bad := characteristic(t, d, d.Good), characteristic(t, d, d.Bad)
		near(t, "P(reject good)", good.Reject, c.alpha, 5e-5)
		near(t, "P(accept bad)", bad.Accept, c.beta, 5e-5)
		if c.asnGood > 0 {
			near(t, "ASN of good", good.ASN, c.asnGood, 0.05)
			near(t, "ASN of bad", bad.ASN, c.asnBad, 0.05)
		}
	}
	d := design()
	d.Cap = 93
	near(t, "P(accept bad) at a cap of 93", characteristic(t, d, d.Bad).Accept, 0.018, 2e-3)
}

func TestHypergeometricTests(t *testing.T) {
	for _, c := range []struct {
		population int
		good, bad  float64
	}{{50, 24.6, 13.9}, {100, 34.2, 22.6}, {200, 40.0, 27.6}, {1000, 47.0, 33.9}} {
		d := design()
		d.Population = c.population
		near(t, "ASN of good", characteristic(t, d, d.Good).ASN, c.good, 0.05)
		near(t, "ASN of bad", characteristic(t, d, d.Bad).ASN, c.bad, 0.05)
	}
}

// TestBinomialRatioWithoutReplacement is what the hypergeometric ratio gains.
func TestBinomialRatioWithoutReplacement(t *testing.T) {
	d := design()
	lower, upper := d.Boundaries()
	for _, c := range []struct {
		defects int
		asn     float64
	}{{5, 45.2}, {20, 31.6}} {
		p, err := cross(d.ladder(), lower, upper, 100, func(n, failures int) float64 { return float64(c.defects-failures) / float64(100-n) })
		if err != nil {
			t.Fatal(err)
		}
		near(t, "ASN", p.characteristic().ASN, c.asn, 0.05)
	}
}

func TestWaldsApproximation(t *testing.T) {
	lower, upper := design().Boundaries()
	near(t, "lower boundary", lower, -4.59512, 5e-6)
	near(t, "upper boundary", upper, 4.59512, 5e-6)
	pass, failure := design().steps()
	near(t, "step of a pass", pass, -0.171850, 5e-7)
	near(t, "step of a failure", failure, 1.386294, 5e-7)
	for _, c := range []struct{ theta, reject, asn float64 }{{0.95, 0.01, 47.94}, {0.80, 0.99, 32.22}, {0.89, 0.4956, 88.70}} {
		reject, asn, err := design().Wald(c.theta)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "ASN", asn, c.asn, 5e-3)
		near(t, "P(reject)", reject, c.reject, 5e-5)
	}
	// Without drift, and where no failure or no pass comes.
	still := -failure / (pass - failure)
	reject, asn, err := design().Wald(still)
	if err != nil {
		t.Fatal(err)
	}
	beside, around, _ := design().Wald(still + 1e-7)
	near(t, "ASN without drift", asn, around, 1e-3)
	near(t, "P(reject) without drift", reject, beside, 1e-5)
	for theta, want := range map[float64]float64{1: -lower / -pass, 0: upper / failure} {
		_, asn, err := design().Wald(theta)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "ASN of a sure walk", asn, want, 1e-9)
	}
}

// The run lengths of the reference. Those in control are long and were simulated
// there with a few hundred runs: to 7 %, and TestRunLengthsBySimulation is sharper.
func TestRunLengths(t *testing.T) {
	for _, c := range []struct{ threshold, theta, average, tolerance float64 }{
		{5, 0.95, 2600, 180}, {6, 0.95, 7800, 550}, {7, 0.95, 22_500, 1575}, {6, 0.80, 40, 0.5}, {6, 0.50, 10.6, 0.1}, {6, 0, 5, 1e-9},
	} {
		r := runLength(t, c.threshold, c.theta)
		near(t, "average run length", r.Average, c.average, c.tolerance)
	}
	within, err := runLength(t, 6, 0.97).AlarmWithin(10_000)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "P(alarm in 10,000 rows at 0.97)", within, 0.075, 0.01)
	within, err = runLength(t, 8, 0.97).AlarmWithin(10_000)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the same with h=8", within, 0, 0.02)
}

func runLength(t *testing.T, threshold, theta float64) RunLength {
	t.Helper()
	c, err := NewCUSUM(0.95, 0.80, threshold)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.RunLength(theta)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
