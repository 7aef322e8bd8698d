package agreement

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

func TestUndefined(t *testing.T) {
	for name, l := range map[string]labelled{
		"nothing":          {},
		"one rater":        sheet([]int{1, 2, 3, 1}),
		"nothing to pair":  sheet([]int{1, 0, 2, 0}, []int{0, 2, 0, 1}),
		"one value":        sheet([]int{1, 1, 1}, []int{1, 1, 1}),
		"one value paired": sheet([]int{1, 1, 2}, []int{1, 1, 0}),
	} {
		table, err := Tabulate(l.units, l.values, l.unit, l.value)
		if err != nil {
			t.Fatal(err)
		}
		for level := Nominal; level <= Ratio; level++ {
			if a, err := table.Alpha(level, l.scale); !isUndefined(err) {
				t.Errorf("%s, %v: alpha %v, error %v", name, level, a, err)
			}
			if b, err := table.AlphaInterval(level, l.scale, Bootstrap{100, .95, 1}); !isUndefined(err) {
				t.Errorf("%s, %v: interval %v, error %v", name, level, b, err)
			}
		}
		if f, err := table.FleissKappa(); !isUndefined(err) {
			t.Errorf("%s: kappa %v, error %v", name, f, err)
		}
	}
}

func isUndefined(err error) bool {
	_, ok := errors.AsType[*UndefinedError](err)
	return ok && strings.Contains(err.Error(), "is not defined: ")
}

func TestNoIntervalOfOneUnit(t *testing.T) {
	l := sheet([]int{1, 2}, []int{2, 0})
	if _, err := l.table(t).AlphaInterval(Nominal, nil, Bootstrap{100, .95, 1}); !isUndefined(err) {
		t.Errorf("error %v", err)
	}
}

// Of two units with one value each, half of the resamples have one value only.
func TestIntervalSkipsResamplesWithoutVariation(t *testing.T) {
	l := sheet([]int{1, 2, 1}, []int{1, 2, 1})
	b, err := l.table(t).AlphaInterval(Nominal, nil, Bootstrap{1000, .95, 1})
	if err != nil || b.Lower != 1 || b.Upper != 1 || b.Skipped < 250 || b.Skipped > 420 { // 9 of 27 are expected
		t.Errorf("%+v, error %v", b, err)
	}
}

func TestRefused(t *testing.T) {
	l := sheet([]int{1, 2, 3}, []int{1, 2, 2})
	table := l.table(t)
	for _, c := range []struct {
		level Level
		scale []float64
		want  string
	}{
		{Interval, nil, "each of the 3 values must stand for a number, there are 0"},
		{Interval, []float64{1, math.NaN(), 3}, "value 1 stands for NaN, want a finite number"},
		{Interval, []float64{1, 2, math.Inf(1)}, "value 2 stands for +Inf"},
		{Ratio, []float64{1, 2, -3}, "value 2 stands for -3, at the ratio level none may be negative"},
		{9, nil, "there is no level 9"},
	} {
		if _, err := table.Alpha(c.level, c.scale); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v of %v: error %v, want %q", c.level, c.scale, err, c.want)
		}
	}
	for _, b := range []Bootstrap{{0, .95, 1}, {MaxReplicates + 1, .95, 1}, {10, 0, 1}, {10, 1, 1}, {10, math.NaN(), 1}} {
		if _, err := table.AlphaInterval(Nominal, nil, b); err == nil {
			t.Errorf("%+v: no error", b)
		}
	}
	for _, c := range []struct {
		units, values int
		unit, value   []int32
		want          string
	}{
		{1, 1, []int32{0}, nil, "1 units of labels and 0 values"},
		{-1, 1, nil, nil, "there are -1 units"},
		{1, MaxUnits + 1, nil, nil, "values, want 0 to"},
		{2, 2, []int32{0, 2}, []int32{0, 0}, "label 1 is of unit 2, want 0 to 1"},
		{2, 2, []int32{0, 1}, []int32{0, -1}, "label 1 has value -1, want 0 to 1"},
	} {
		if _, err := Tabulate(c.units, c.values, c.unit, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := ParseLevel("Nominal"); err == nil {
		t.Error("the level Nominal was taken")
	}
	for level := Nominal; level <= Ratio; level++ {
		if l, err := ParseLevel(level.String()); err != nil || l != level {
			t.Errorf("%v: %v, error %v", level, l, err)
		}
	}
}

// The means of equal rows or columns are rounded: what is left of no variance is no
// correlation.
func TestIntraclassOfNoVariance(t *testing.T) {
	got, err := IntraclassCorrelations([][]float64{{1, 2, .7}, {1, 2, .7}, {1, 2, .7}})
	if err != nil || !math.IsNaN(got.Three) || got.Two != 0 || math.Abs(got.One+.5) > 1e-12 {
		t.Errorf("units that are alike: %+v, error %v", got, err)
	}
	got, err = IntraclassCorrelations([][]float64{{.7, .7, .7}, {1, 1, 1}, {2.1, 2.1, 2.1}})
	if err != nil || got != (Intraclass{1, 1, 1}) {
		t.Errorf("raters that are alike: %+v, error %v", got, err)
	}
}

// Two codes of one number, as "0.3" and "0.30", are one value at the levels of numbers,
// also where others are seen on units with one label only.
func TestCodesOfOneNumber(t *testing.T) {
	var l labelled
	l.values, l.scale = 4, []float64{8. / 41, 8. / 41, 0, 1}
	for _, labels := range [][]int32{{0, 1}, {0, 0}, {0, 1, 1}, {2}, {3}} {
		for _, v := range labels {
			l.unit, l.value = append(l.unit, int32(l.units)), append(l.value, v)
		}
		l.units++
	}
	for _, level := range []Level{Interval, Ratio} {
		if a, err := l.table(t).Alpha(level, l.scale); !isUndefined(err) {
			t.Errorf("%v: %v, error %v", level, a, err)
		}
	}
}

func TestOtherStatisticsRefuse(t *testing.T) {
	for _, c := range []struct {
		values        int
		first, second []int32
		weights       Weights
		want          string
	}{
		{2, []int32{0}, nil, Unweighted, "1 and 0 values"},
		{2, []int32{0}, []int32{2}, Unweighted, "unit 0 has the values 0 and 2, want 0 to 1"},
		{2, []int32{0}, []int32{1}, 3, "there are no weights 3"},
		{2, nil, nil, Linear, "is not defined: there are no units"},
		{2, []int32{1, 1}, []int32{1, 1}, Quadratic, "is not defined: both raters gave one"},
	} {
		if _, err := CohenKappa(c.values, c.first, c.second, c.weights); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	for _, c := range []struct {
		ratings [][]float64
		want    string
	}{
		{nil, "at least two units"},
		{[][]float64{{1}, {2}}, "at least two units and two raters"},
		{[][]float64{{1, 2}, {2}}, "unit 1 has 1 ratings and unit 0 has 2"},
		{[][]float64{{1, 2}, {2, math.NaN()}}, "unit 1 by rater 1 is NaN"},
		{[][]float64{{7, 7}, {7, 7}}, "all ratings are alike"},
	} {
		if _, err := IntraclassCorrelations(c.ratings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := sheet([]int{1, 2, 1}, []int{1, 2, 0}).table(t).FleissKappa(); !isUndefined(err) {
		t.Errorf("units of different sizes: error %v", err)
	}
	if _, err := sheet([]int{1, 2, 1}, []int{1, 2, 1}, []int{1, 0, 2}).table(t).FleissKappa(); !isUndefined(err) {
		t.Errorf("units of different sizes: error %v", err)
	}
}

// Zeros are points of a ratio scale: 0 and 0 agree, 0 and anything else are as far
// apart as can be. Numbers near the ends of what can be written do not overflow.
func TestExtremeScales(t *testing.T) {
	l := sheet([]int{1, 1, 2, 2, 3}, []int{1, 2, 2, 2, 3})
	for _, c := range []struct {
		level Level
		scale []float64
		like  []float64 // a tame scale with the same alpha
	}{
		{Ratio, []float64{0, 1, 2}, nil},
		{Ratio, []float64{0, 5e-324, 1}, []float64{0, 1e-100, 1}},
		{Ratio, []float64{1e308, 1.5e308, 1.7e308}, []float64{1, 1.5, 1.7}},
		{Interval, []float64{-1.7e308, 0, 1.7e308}, []float64{-1, 0, 1}},
		{Interval, []float64{0, 5e-324, 1e-323}, []float64{0, 1, 2}},
		{Interval, []float64{1e15, 1e15 + 1, 1e15 + 2}, []float64{0, 1, 2}},
	} {
		l.scale = c.scale
		got, err := l.table(t).Alpha(c.level, l.scale)
		if err != nil {
			t.Fatal(err)
		}
		if c.like != nil {
			l.scale = c.like
		}
		near(t, c.level.String(), got, twinAlpha(l, c.level), 1e-9)
	}
	a, err := l.table(t).Alpha(Interval, []float64{4, 4, 4})
	if !isUndefined(err) {
		t.Errorf("values that stand for one number: %v, error %v", a, err)
	}
	got, err := IntraclassCorrelations([][]float64{{-1.7e308, 1.7e308}, {1.7e308, 1.6e308}})
	if err != nil || math.IsNaN(got.One+got.Two+got.Three) {
		t.Errorf("%+v, error %v", got, err)
	}
}

// A million different values: in closed form at all levels but the ratio level, which
// says that it is too much.
func TestMillionDistinctValues(t *testing.T) {
	const n = 1_000_000
	random := kernel.NewRandom(5)
	l := labelled{units: n / 2, values: n}
	for i := range n {
		l.unit, l.value = append(l.unit, int32(i/2)), append(l.value, int32(i))
	}
	for range n {
		l.scale = append(l.scale, random.Float64())
	}
	table := l.table(t)
	for level, want := range []float64{0, .99999, 0, 0} {
		got, err := table.Alpha(Level(level), l.scale)
		if Level(level) == Ratio {
			if w, ok := errors.AsType[*WorkError](err); !ok || w.Steps < 4.9e11 || !strings.Contains(err.Error(), "round the values") {
				t.Errorf("ratio: %v, error %v", got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		near(t, Level(level).String(), got, want, .01)
	}
	if _, err := table.AlphaInterval(Interval, l.scale, Bootstrap{3, .95, 1}); err != nil {
		t.Error(err)
	}
	_, err := table.AlphaInterval(Interval, l.scale, Bootstrap{MaxReplicates, .95, 1})
	if w, ok := errors.AsType[*WorkError](err); !ok || w.Steps <= w.Most || !strings.Contains(err.Error(), "by 1048576 replicates would take ") || !strings.Contains(err.Error(), ": take at most ") {
		t.Errorf("as many replicates as there may be: %v", err)
	}
}

// A refused interval says how many replicates are allowed, and these are.
func TestReplicatesThatFit(t *testing.T) {
	l := labelled{units: 3000, values: 3000}
	for i := range 6000 {
		l.unit, l.value, l.scale = append(l.unit, int32(i/2)), append(l.value, int32(i%3000)), append(l.scale, float64(i))
	}
	l.scale = l.scale[:3000]
	_, err := l.table(t).AlphaInterval(Ratio, l.scale, Bootstrap{1000, .95, 1})
	w, ok := errors.AsType[*WorkError](err)
	if !ok {
		t.Fatal(err)
	}
	fit := 0
	if _, err := fmt.Sscanf(w.Hint, "take at most %d", &fit); err != nil || fit != int(w.Most/(w.Steps/1000)) || fit < 100 {
		t.Fatalf("%v: %d fit, %v", w, fit, err)
	}
	m, err := l.table(t).measure(Ratio, l.scale)
	if err != nil {
		t.Fatal(err)
	}
	draw := l.table(t).resampler(kernel.NewRandom(1))
	if m.checkReplicates(draw, fit) != nil || m.checkReplicates(draw, fit+1) == nil {
		t.Errorf("%d replicates are not the most that fit", fit)
	}
}
