package forgery

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

// hypotheses are the p-values of m one-sided normal tests of which the first are true.
// With dependence all share a part of their noise; negative makes every other test
// look the other way.
type hypotheses struct {
	name                   string
	m, true                int
	effect, shared         float64
	negative, worst, notBH bool
}

const falseDiscoveries = 0.1

func (h hypotheses) draw(r *kernel.Random, p []float64) {
	if h.worst {
		drawWorst(r, p)
		return
	}
	common := r.Normal()
	for i := range p {
		z := math.Sqrt(h.shared)*common + math.Sqrt(1-h.shared)*r.Normal()
		if h.negative && i%2 == 1 {
			z = -math.Sqrt(h.shared)*common + math.Sqrt(1-h.shared)*r.Normal()
		}
		if i >= h.true {
			z += h.effect
		}
		p[i] = kernel.NormalSurvival(z)
	}
}

// drawWorst draws uniform p-values that depend on one another so that BH's false
// discovery rate is q·(1 + ½ + … + 1/m) (Guo and Rao 2008): with chance q/j, for j = 1 to
// m, a random j of them are equal and between (j−1)q/m and jq/m, and all others above q.
func drawWorst(r *kernel.Random, p []float64) {
	const q = falseDiscoveries
	for i := range p {
		p[i] = q + (1-q)*r.Float64()
	}
	m, u := float64(len(p)), r.Float64()
	for j := 1.0; j <= m; j++ {
		if u -= q / j; u < 0 {
			low := (j - 1 + r.Float64()) * q / m
			for _, i := range r.Perm(len(p))[:int(j)] {
				p[i] = low
			}
			return
		}
	}
}

// discoveries are the false and all rejections of a p-value at most adjusted q.
func discoveries(adjusted []float64, q float64, trues int) (share float64, found bool) {
	var false, all float64
	for i, p := range adjusted {
		if p <= q {
			all++
			if i < trues {
				false++
			}
		}
	}
	return false / max(all, 1), all > false
}

// TestFalseDiscoveryRates simulates the false discovery rate of the three procedures,
// under independence and under dependence of both signs.
func TestFalseDiscoveryRates(t *testing.T) {
	t.Parallel()
	const q = falseDiscoveries
	for _, h := range []hypotheses{
		{name: "independent", m: 20, true: 15, effect: 3},
		{name: "all true", m: 20, true: 20},
		{name: "positively dependent", m: 20, true: 15, effect: 3, shared: 0.6},
		{name: "dependent with both signs", m: 20, true: 15, effect: 3, shared: 0.9, negative: true, notBH: true},
		{name: "the law that is worst for BH", m: 20, true: 20, worst: true, notBH: true},
	} {
		r := kernel.NewRandom(21)
		p, logs := make([]float64, h.m), make([]float64, h.m)
		var bh, by, eb float64
		for range runs {
			h.draw(r, p)
			adjusted, _, err := BenjaminiHochberg(p, q)
			noError(t, err)
			share, _ := discoveries(adjusted, q, h.true)
			bh += share / runs
			adjusted, _, err = BenjaminiYekutieli(p, q)
			noError(t, err)
			share, _ = discoveries(adjusted, q, h.true)
			by += share / runs
			for i := range p {
				logs[i], err = CalibratePower(p[i], 0.2)
				noError(t, err)
			}
			rejected, _, err := EBenjaminiHochberg(logs, q)
			noError(t, err)
			wrong := 0
			for _, i := range rejected {
				if i < h.true {
					wrong++
				}
			}
			eb += float64(wrong) / float64(max(1, len(rejected))) / runs
		}
		t.Logf("%s: BH %.4f, BY %.4f, e-BH %.4f", h.name, bh, by, eb)
		if !h.notBH && bh > most(q) {
			t.Errorf("%s: the rate of BH is %.4f, above %v", h.name, bh, q)
		}
		if h.worst && bh < 3*q {
			t.Errorf("%s: the rate of BH is %.4f, which should be %.4f", h.name, bh, 3.6*q)
		}
		if by > most(q) || eb > most(q) {
			t.Errorf("%s: the rate of BY is %.4f and of e-BH %.4f, above %v", h.name, by, eb, q)
		}
	}
}

// TestProceduresFind is that the procedures reject what is plain.
func TestProceduresFind(t *testing.T) {
	r, h := kernel.NewRandom(22), hypotheses{m: 20, true: 15, effect: 6}
	p, logs := make([]float64, h.m), make([]float64, h.m)
	for range 100 {
		h.draw(r, p)
		adjusted, n, err := BenjaminiYekutieli(p, 0.1)
		noError(t, err)
		if _, found := discoveries(adjusted, 0.1, h.true); !found || n < 2 {
			t.Fatalf("BY rejects %d, of %v", n, p)
		}
		for i := range p {
			logs[i], err = CalibrateMixture(p[i])
			noError(t, err)
		}
		if rejected, _, err := EBenjaminiHochberg(logs, 0.1); err != nil || len(rejected) < 2 {
			t.Fatalf("e-BH rejects %v of %v, %v", rejected, logs, err)
		}
	}
}

// slowStepUp is the definition: the least m·p_(j)·factor/j over the ranks at or above.
func slowStepUp(p []float64, factor float64) []float64 {
	sorted := slices.Sorted(slices.Values(p))
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = 1
		for j, w := range sorted {
			if w >= v {
				out[i] = min(out[i], factor*w*float64(len(p))/float64(j+1))
			}
		}
	}
	return out
}

func TestStepUpProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(rt, "p")
		q := rapid.Float64Range(0, 1).Draw(rt, "q")
		bh, n, err := BenjaminiHochberg(p, q)
		noError(t, err)
		by, m, err := BenjaminiYekutieli(p, q)
		noError(t, err)
		slow := slowStepUp(p, 1)
		count := 0
		for i := range p {
			if math.Abs(bh[i]-slow[i]) > 1e-12 || bh[i] < p[i]-1e-15 || bh[i] > 1 || by[i] < bh[i] {
				rt.Fatalf("p %v is adjusted to %v and %v, want %v", p[i], bh[i], by[i], slow[i])
			}
			if bh[i] <= q {
				count++
			}
			for j := range p {
				if p[i] <= p[j] && bh[i] > bh[j] {
					rt.Fatalf("adjusted values are not in the order of p: %v of %v, %v of %v", bh[i], p[i], bh[j], p[j])
				}
			}
		}
		if n != count || m > n {
			rt.Fatalf("%d and %d rejected, want %d and no more", n, m, count)
		}
		// A smaller p-value never takes a rejection away.
		smaller := slices.Clone(p)
		smaller[0] /= 2
		if _, more, err := BenjaminiHochberg(smaller, q); err != nil || more < n {
			rt.Fatalf("%d rejected, and %d after a p-value fell: %v", n, more, err)
		}
		// Order does not matter.
		slices.Reverse(p)
		back, _, err := BenjaminiHochberg(p, q)
		noError(t, err)
		slices.Reverse(back)
		if !slices.Equal(back, bh) {
			rt.Fatalf("reversed: %v, want %v", back, bh)
		}
	})
}

// TestCalibratorsHaveMeanOne integrates the e-values of a uniform p over t = −ln p.
func TestCalibratorsHaveMeanOne(t *testing.T) {
	power := func(p float64) (float64, error) { return CalibratePower(p, 0.5) }
	for name, calibrate := range map[string]func(float64) (float64, error){"power": power, "mixture": CalibrateMixture} {
		var mean, last float64
		const step = 4e-3
		for x := step / 2; x < 500; x += step {
			log, err := calibrate(math.Exp(-x))
			noError(t, err)
			mean += step * math.Exp(log-x)
			if log < last-1e-9 && x > step {
				t.Fatalf("%s: the e-value falls from %v to %v as p falls", name, last, log)
			}
			last = log
		}
		// The mixture's mean has the tail 1/500 beyond the integral's end.
		if mean > 1.0001 || mean < 0.9975 {
			t.Errorf("%s: the mean e-value is %v, want 1", name, mean)
		}
	}
	for _, p := range []float64{0.9, 0.5, 0.01} {
		log, err := CalibrateMixture(p)
		noError(t, err)
		near(t, "mixture", math.Exp(log), (1-p+p*math.Log(p))/(p*math.Log(p)*math.Log(p)), 1e-10)
	}
	if log, err := CalibrateMixture(1); err != nil || log != -math.Ln2 {
		t.Errorf("at p = 1 the mixture is e^%v, want ½", log)
	}
	if log, err := CalibrateMixture(0); err != nil || !math.IsInf(log, 1) {
		t.Errorf("at p = 0 the mixture is e^%v, want +Inf", log)
	}
}

// TestAccountHoldsAtEveryTime simulates an account of 50 epochs' calibrated p-values.
func TestAccountHoldsAtEveryTime(t *testing.T) {
	r, alarms, trulyFound := kernel.NewRandom(23), 0, 0
	for range runs {
		var honest Account
		for range 50 {
			log, err := CalibratePower(1-r.Float64(), 0.5)
			noError(t, err)
			noError(t, honest.Multiply(log))
		}
		if honest.P() <= 0.05 {
			alarms++
		}
	}
	for range 100 {
		var forger Account
		for range 50 {
			log, err := CalibrateMixture(kernel.NormalSurvival(1.5 + r.Normal()))
			noError(t, err)
			noError(t, forger.Multiply(log))
		}
		if forger.P() <= 0.01 {
			trulyFound++
		}
	}
	if share := float64(alarms) / runs; share > most(0.05) {
		t.Errorf("%.4f of honest accounts ever have P ≤ 0.05", share)
	}
	if trulyFound < 95 {
		t.Errorf("%d of 100 forgers found", trulyFound)
	}
}

func TestEValues(t *testing.T) {
	mean, err := LogMean([]float64{math.Log(1), math.Log(3), math.Inf(-1), math.Log(8)})
	noError(t, err)
	near(t, "mean", math.Exp(mean), 3, 1e-14)
	for _, c := range []struct {
		in   []float64
		want float64
	}{{[]float64{math.Inf(-1)}, math.Inf(-1)}, {[]float64{math.Inf(1), 0}, math.Inf(1)}, {[]float64{5000, 5000}, 5000}} {
		if got, err := LogMean(c.in); err != nil || got != c.want {
			t.Errorf("the mean of %v is %v, %v; want %v", c.in, got, err, c.want)
		}
	}
	if rejected, threshold, err := EBenjaminiHochberg([]float64{0, 0}, 0.05); err != nil || rejected != nil || !math.IsInf(threshold, 1) {
		t.Errorf("nothing to reject: %v at %v, %v", rejected, threshold, err)
	}
	var a Account
	noError(t, a.Multiply(math.Inf(-1)))
	noError(t, a.Multiply(math.Inf(1)))
	if !math.IsInf(a.Log(), -1) || a.P() != 1 {
		t.Errorf("an account at 0 came to e^%v, P %v", a.Log(), a.P())
	}
	nan := math.NaN()
	if a.Multiply(nan) == nil {
		t.Error("an account took NaN")
	}
	for what, f := range map[string]func() error{
		"mean of none":      func() error { _, err := LogMean(nil); return err },
		"mean of NaN":       func() error { _, err := LogMean([]float64{nan}); return err },
		"e-BH of NaN":       func() error { _, _, err := EBenjaminiHochberg([]float64{nan}, 0.1); return err },
		"e-BH at 0":         func() error { _, _, err := EBenjaminiHochberg(nil, 0); return err },
		"e-BH at NaN":       func() error { _, _, err := EBenjaminiHochberg(nil, nan); return err },
		"BH of NaN":         func() error { _, _, err := BenjaminiHochberg([]float64{nan}, 0.1); return err },
		"BH of 1.5":         func() error { _, _, err := BenjaminiHochberg([]float64{1.5}, 0.1); return err },
		"BH at −1":          func() error { _, _, err := BenjaminiHochberg(nil, -1); return err },
		"BY of −1":          func() error { _, _, err := BenjaminiYekutieli([]float64{-1}, 0.1); return err },
		"power of NaN":      func() error { _, err := CalibratePower(nan, 0.5); return err },
		"power with κ of 1": func() error { _, err := CalibratePower(0.5, 1); return err },
		"mixture of NaN":    func() error { _, err := CalibrateMixture(nan); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if adjusted, n, err := BenjaminiHochberg(nil, 0.05); err != nil || len(adjusted) != 0 || n != 0 {
		t.Errorf("no p-values: %v, %d, %v", adjusted, n, err)
	}
}
