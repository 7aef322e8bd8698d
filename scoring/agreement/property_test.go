package agreement

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

// drawLabels is labels with missing ones, of a few raters, units and values.
func drawLabels(t *rapid.T) labelled {
	l := labelled{units: rapid.IntRange(1, 12).Draw(t, "units"), values: rapid.IntRange(1, 6).Draw(t, "values")}
	for i := range rapid.IntRange(0, 60).Draw(t, "labels") {
		l.unit = append(l.unit, int32(rapid.IntRange(0, l.units-1).Draw(t, "unit")))
		l.value = append(l.value, int32(rapid.IntRange(0, l.values-1).Draw(t, "value")))
		l.rater = append(l.rater, int32(i))
	}
	for v := range l.values {
		l.scale = append(l.scale, float64(v)+rapid.Float64Range(0, 0.9).Draw(t, "number"))
	}
	return l
}

// alphaOf is NaN where alpha is not defined.
func alphaOf(t *rapid.T, l labelled, level Level) float64 {
	table, err := Tabulate(l.units, l.values, l.unit, l.value)
	if err != nil {
		t.Fatal(err)
	}
	a, err := table.Alpha(level, l.scale)
	if err != nil {
		return math.NaN()
	}
	return a
}

func same(t *rapid.T, what string, got, want, tolerance float64) {
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > tolerance {
		t.Fatalf("%s: %v, want %v ± %g", what, got, want, tolerance)
	}
}

func TestAlphaIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLabels(t)
		for level := Nominal; level <= Ratio; level++ {
			same(t, level.String(), alphaOf(t, l, level), twinAlpha(l, level), 1e-9)
		}
	})
}

// TestOrderChangesNothing is about raters, units and rows: to the bit, intervals
// included.
func TestOrderChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLabels(t)
		random := kernel.NewRandom(rapid.Uint64().Draw(t, "seed"))
		m := l
		m.unit, m.value = slices.Clone(l.unit), slices.Clone(l.value)
		random.Shuffle(len(m.unit), func(i, j int) {
			m.unit[i], m.unit[j] = m.unit[j], m.unit[i]
			m.value[i], m.value[j] = m.value[j], m.value[i]
		})
		renamed := random.Perm(l.units)
		for i, u := range m.unit {
			m.unit[i] = int32(renamed[u])
		}
		level := Level(rapid.IntRange(0, 3).Draw(t, "level"))
		same(t, "alpha", alphaOf(t, m, level), alphaOf(t, l, level), 0)
		a, errA := interval(l, level)
		b, errB := interval(m, level)
		if a != b || (errA == nil) != (errB == nil) {
			t.Fatalf("interval: %v %v, want %v %v", b, errB, a, errA)
		}
	})
}

func interval(l labelled, level Level) (Bounds, error) {
	table, err := Tabulate(l.units, l.values, l.unit, l.value)
	if err != nil {
		return Bounds{}, err
	}
	return table.AlphaInterval(level, l.scale, Bootstrap{Replicates: 20, Confidence: 0.9, Seed: 3})
}

func TestNamesAndUnitsOfMeasurementChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLabels(t)
		renamed := kernel.NewRandom(rapid.Uint64().Draw(t, "seed")).Perm(l.values)
		m := l
		m.value = slices.Clone(l.value)
		for i, v := range m.value {
			m.value[i] = int32(renamed[v])
		}
		same(t, "nominal, renamed", alphaOf(t, m, Nominal), alphaOf(t, l, Nominal), 1e-12)

		by, shift := rapid.Float64Range(-1e6, 1e6).Filter(func(x float64) bool { return math.Abs(x) > 1e-3 }).Draw(t, "by"), rapid.Float64Range(-100, 100).Draw(t, "shift")
		m = l
		m.scale = slices.Clone(l.scale)
		for v := range m.scale {
			m.scale[v] = by * (m.scale[v] + shift)
		}
		same(t, "interval, mapped", alphaOf(t, m, Interval), alphaOf(t, l, Interval), 1e-9)
		for v := range m.scale {
			m.scale[v] = math.Abs(by) * l.scale[v]
		}
		same(t, "ratio, scaled", alphaOf(t, m, Ratio), alphaOf(t, l, Ratio), 1e-9)
		for v := range m.scale {
			m.scale[v] = math.Exp(l.scale[v])
		}
		same(t, "ordinal, stretched", alphaOf(t, m, Ordinal), alphaOf(t, l, Ordinal), 0)
	})
}

// Twice the units leave D_o as it is, and D_e loses the pairs of a label with itself:
// 1 − α' = (1 − α)·(2n−1)/(2n−2).
func TestTwiceTheUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLabels(t)
		m := l
		m.units, m.unit, m.value = 2*l.units, slices.Clone(l.unit), slices.Concat(l.value, l.value)
		size := map[int32]int{}
		for _, u := range l.unit {
			m.unit = append(m.unit, u+int32(l.units))
			size[u]++
		}
		n := 0.0
		for _, k := range size {
			if k > 1 {
				n += float64(k)
			}
		}
		for level := Nominal; level <= Ratio; level++ {
			a := alphaOf(t, l, level)
			same(t, level.String(), alphaOf(t, m, level), 1-(1-a)*(2*n-1)/(2*n-2), 1e-9)
		}
	})
}

func TestPerfectAgreementIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLabels(t)
		one := make([]int32, l.units)
		for u := range one {
			one[u] = int32(rapid.IntRange(0, l.values-1).Draw(t, "value of a unit"))
		}
		for i, u := range l.unit {
			l.value[i] = one[u]
		}
		for level := Nominal; level <= Ratio; level++ {
			if a := alphaOf(t, l, level); !math.IsNaN(a) && a != 1 {
				t.Fatalf("%v: %v, want 1", level, a)
			}
		}
	})
}

func TestKappasAreTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := labelled{units: rapid.IntRange(1, 8).Draw(t, "units"), values: rapid.IntRange(2, 5).Draw(t, "values")}
		m := rapid.IntRange(2, 5).Draw(t, "raters")
		code := rapid.Int32Range(0, int32(l.values-1))
		for u := range l.units {
			for range m {
				l.unit, l.value = append(l.unit, int32(u)), append(l.value, code.Draw(t, "value"))
			}
		}
		table, err := Tabulate(l.units, l.values, l.unit, l.value)
		if err != nil {
			t.Fatal(err)
		}
		got := math.NaN()
		if f, err := table.FleissKappa(); err == nil {
			got = f.Value
		}
		same(t, "Fleiss", got, twinFleiss(l, m), 1e-9)

		first := rapid.SliceOfN(code, 1, 30).Draw(t, "first")
		second := rapid.SliceOfN(code, len(first), len(first)).Draw(t, "second")
		for w := Unweighted; w <= Quadratic; w++ {
			c, err := CohenKappa(l.values, first, second, w)
			if both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(first, second)))); len(both) == 1 || err != nil {
				if (len(both) == 1) != isUndefined(err) {
					t.Fatalf("weights %d of the values %v: error %v", w, both, err)
				}
				continue
			}
			want := twinCohen(l.values, first, second, w)
			same(t, "Cohen", c.Kappa, want.Kappa, 1e-9)
			same(t, "standard error", c.StandardError, want.StandardError, 1e-6)
		}
	})
}
