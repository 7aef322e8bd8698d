package agreement

import (
	"math"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// population is one of units: each has one of three true values, and each of
// `labels` raters gives it with probability `skill`, and else any value by `prior`.
type population struct {
	skill  float64
	labels int
}

var prior = [...]float64{.5, .3, .2}

func (p population) draw(random *kernel.Random, units int) labelled {
	l := labelled{units: units, values: len(prior), scale: []float64{1, 2, 4}}
	pick := func() int32 {
		u := random.Float64()
		for v, q := range prior {
			if u -= q; u < 0 {
				return int32(v)
			}
		}
		return int32(len(prior) - 1)
	}
	for u := range units {
		truth := pick()
		for range p.labels {
			v := pick()
			if random.Float64() < p.skill {
				v = truth
			}
			l.unit, l.value = append(l.unit, int32(u)), append(l.value, v)
		}
	}
	return l
}

// alpha of the whole population: two labels of a unit are both the truth with
// probability skill², and else are as independent as labels of two units.
func (p population) alpha() float64 { return p.skill * p.skill }

// TestIntervalCovers simulates how often the interval at 0.95 holds alpha of the
// population. The percentile interval is too narrow for few units; the figures are
// those that AlphaInterval's comment states, to within about three standard errors of
// the simulation.
func TestIntervalCovers(t *testing.T) {
	for _, c := range []struct {
		name         string
		p            population
		level        Level
		units, runs  int
		lowest, most float64
	}{
		{"10 units", population{.7, 3}, Nominal, 10, 10_000, .875, .897},
		{"20 units", population{.7, 3}, Nominal, 20, 10_000, .915, .932},
		{"100 units", population{.7, 3}, Nominal, 100, 4000, .93, .955},
		{"100 units, interval level", population{.7, 3}, Interval, 100, 2000, .93, .965},
		{"100 units, ordinal level", population{.7, 3}, Ordinal, 100, 2000, .93, .965},
		{"50 units, labels independent", population{0, 4}, Nominal, 50, 4000, .915, .945},
	} {
		random := kernel.NewRandom(11)
		covered, sum := 0, 0.0
		for run := range c.runs {
			l := c.p.draw(random, c.units)
			table := l.table(t)
			a, err := table.Alpha(c.level, l.scale)
			if err != nil {
				t.Fatal(err)
			}
			b, err := table.AlphaInterval(c.level, l.scale, Bootstrap{Replicates: 400, Confidence: .95, Seed: uint64(run)})
			if err != nil {
				t.Fatal(err)
			}
			sum += a / float64(c.runs)
			if b.Lower <= c.p.alpha() && c.p.alpha() <= b.Upper {
				covered++
			}
		}
		share := float64(covered) / float64(c.runs)
		t.Logf("%s: coverage %.4f, mean alpha %.4f of %.4f", c.name, share, sum, c.p.alpha())
		if share < c.lowest || share > c.most {
			t.Errorf("%s: coverage %.4f, want %.3f to %.3f", c.name, share, c.lowest, c.most)
		}
		if bias := sum - c.p.alpha(); math.Abs(bias) > .5/float64(c.units) {
			t.Errorf("%s: alpha is off by %.4f in the mean", c.name, bias)
		}
	}
}

// TestResamplers compares the two ways to draw a resample: patterns by binomial
// variables, and units one by one.
func TestResamplers(t *testing.T) {
	l := population{.7, 3}.draw(kernel.NewRandom(1), 5000)
	table := l.table(t)
	fast := table.resampler(kernel.NewRandom(2))
	if fast.owner != nil {
		t.Fatal("units are drawn one by one")
	}
	slow := *fast
	for p := range table.patterns {
		for range table.patterns[p].units {
			slow.owner = append(slow.owner, int32(p))
		}
	}
	for _, c := range []struct {
		name string
		r    *resampler
		runs int
	}{{"patterns", fast, 10_000}, {"units", &slow, 1000}} {
		runs := float64(c.runs)
		mean, square := make([]float64, len(table.patterns)), make([]float64, len(table.patterns))
		times := make([]int32, len(table.patterns))
		for range c.runs {
			c.r.into(times)
			total := 0
			for p, k := range times {
				total += int(k)
				mean[p] += float64(k) / runs
				square[p] += float64(k) * float64(k) / runs
			}
			if total != l.units {
				t.Fatalf("%s: %d units were drawn, want %d", c.name, total, l.units)
			}
		}
		for p, pat := range table.patterns {
			n, q := float64(l.units), float64(pat.units)/float64(l.units)
			sd := math.Sqrt(n * q * (1 - q))
			near(t, "mean by "+c.name, mean[p], n*q, 4.5*sd/math.Sqrt(runs))
			near(t, "deviation by "+c.name, math.Sqrt(square[p]-mean[p]*mean[p])/sd, 1, 4.5*math.Sqrt(.5/runs))
		}
	}
}

// The shares of each number of successes are those of the binomial distribution.
func TestBinomial(t *testing.T) {
	const runs = 40_000
	for _, c := range []struct {
		n int
		p float64
	}{{1, .3}, {12, .5}, {12, .01}, {40, .97}, {300, .1}} {
		random, seen := kernel.NewRandom(8), make([]float64, c.n+1)
		for range runs {
			seen[binomial(random, c.n, c.p)]++
		}
		for k, got := range seen {
			q := math.Exp(kernel.LogChoose(float64(c.n), float64(k)) + float64(k)*math.Log(c.p) + float64(c.n-k)*math.Log1p(-c.p))
			if sd := math.Sqrt(runs * q * (1 - q)); math.Abs(got-runs*q) > 4.5*sd+1 {
				t.Errorf("%d of %d at %v: %v times in %d, want %.1f", k, c.n, c.p, got, runs, runs*q)
			}
		}
	}
}
