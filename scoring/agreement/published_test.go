package agreement

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.9g, want %.9g ± %g", what, got, want, tolerance)
	}
}

// Values of the R package irr, printed with six decimals; Krippendorff (2011) has the
// first row as .743 .815 .849 .797, and the second is the example of the article
// "Krippendorff's alpha" of Wikipedia, which has .691 and .811.
func TestAlphaOfPublishedTables(t *testing.T) {
	wikipedia := sheet(
		[]int{0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3},
		[]int{1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0},
		[]int{0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4})
	for _, c := range []struct {
		name string
		l    labelled
		want [4]float64
	}{
		{"Krippendorff 4×12", readLabels(t, "testdata/kripp_4x12.labels.csv"), [4]float64{.743421, .815388, .849107, .797403}},
		{"Wikipedia 3×15", wikipedia, [4]float64{.691358, .806721, .810845, .808944}},
	} {
		for level, want := range c.want {
			got, err := c.l.table(t).Alpha(Level(level), c.l.scale)
			if err != nil {
				t.Fatal(err)
			}
			near(t, c.name+" "+Level(level).String(), got, want, 5e-7)
		}
	}
}

// Fleiss (1971) has .430 and by category .245 .245 .520 .471 .566; six decimals, z and
// alpha are irr's.
func TestFleissDiagnoses(t *testing.T) {
	table := readLabels(t, "testdata/fleiss_diagnoses.labels.csv").table(t)
	f, err := table.FleissKappa()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "kappa", f.Value, .430245, 5e-7)
	near(t, "z", f.Z, 17.6518, 5e-5)
	if f.Raters != 6 || len(f.Categories) != 5 {
		t.Errorf("%d raters and %d categories, want 6 and 5", f.Raters, len(f.Categories))
	}
	for c, want := range []float64{.245, .245, .520, .471, .566} {
		near(t, "kappa of a category", f.Categories[c].Value, want, 5e-4)
		near(t, "z of a category", f.Categories[c].Z, f.Categories[c].Value*math.Sqrt(30*6*5/2), 1e-9)
	}
	a, err := table.Alpha(Nominal, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alpha", a, .433410, 5e-7)
}

func TestAlphaOfOwnData(t *testing.T) {
	for name, want := range map[string]float64{"barzan": .405937, "rte": .241479, "bird": .125501} {
		t.Run(name, func(t *testing.T) {
			a, err := readLabels(t, sharedData(t, name+".labels.csv")).table(t).Alpha(Nominal, nil)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "alpha", a, want, 5e-7)
		})
	}
}

// Shrout and Fleiss (1979), table 2: .17 .29 .71; five decimals by the R package psych.
func TestShroutFleiss(t *testing.T) {
	got, err := IntraclassCorrelations([][]float64{{9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ICC(1)", got.One, .16574, 5e-6)
	near(t, "ICC(2)", got.Two, .28976, 5e-6)
	near(t, "ICC(3)", got.Three, .71484, 5e-6)
}

// crossed writes a table of counts out as pairs of values.
func crossed(counts ...[]int) (values int, first, second []int32) {
	for c, row := range counts {
		for k, n := range row {
			for range n {
				first, second = append(first, int32(c)), append(second, int32(k))
			}
		}
	}
	return len(counts), first, second
}

// The tables: the article "Cohen's kappa" of Wikipedia; Cohen (1968), 200 units, with
// .492; the answers of 91 couples in Agresti (1990), for which the R package vcd gives
// the 95 % intervals (−.005120399, .2637809) unweighted and (.083883432, .3908778) with
// linear weights; and an example of the SAS manual.
func TestCohenKappaOfPublishedTables(t *testing.T) {
	couples, manual := [][]int{{7, 7, 2, 3}, {2, 8, 3, 7}, {1, 5, 4, 9}, {2, 8, 9, 14}}, [][]int{{0, 4, 1}, {0, 8, 0}, {0, 1, 5}}
	const unknown, z = -1, 1.959963985
	for _, c := range []struct {
		name              string
		counts            [][]int
		weights           Weights
		kappa, se, within float64
	}{
		{"Wikipedia, grants", [][]int{{20, 5}, {10, 15}}, Unweighted, .4, unknown, 1e-12},
		{"Wikipedia, same agreement 1", [][]int{{45, 15}, {25, 15}}, Unweighted, .1304, unknown, 5e-5},
		{"Wikipedia, same agreement 2", [][]int{{25, 35}, {5, 35}}, Unweighted, .2593, unknown, 5e-5},
		{"Cohen 1968", [][]int{{88, 14, 18}, {10, 40, 10}, {2, 6, 12}}, Unweighted, .492, unknown, 5e-4},
		{"couples", couples, Unweighted, (.2637809 - .005120399) / 2, (.2637809 + .005120399) / 2 / z, 1e-7},
		{"couples", couples, Linear, (.3908778 + .083883432) / 2, (.3908778 - .083883432) / 2 / z, 1e-7},
		{"manual", manual, Unweighted, .4842, .1380, 5e-5},
		{"manual", manual, Linear, .4701, .1457, 5e-5},
	} {
		values, first, second := crossed(c.counts...)
		got, err := CohenKappa(values, first, second, c.weights)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name, got.Kappa, c.kappa, c.within)
		if c.se != unknown {
			near(t, c.name+", standard error", got.StandardError, c.se, c.within)
		}
	}
}

// The second and third rater of the table "anxiety" of the R package irr, whose values
// 1 2 3 4 6 are coded 0 to 4, and kappa2 of irr.
func TestCohenKappaOfAnxietyRatings(t *testing.T) {
	second := []int32{2, 4, 3, 4, 1, 3, 1, 3, 2, 2, 1, 2, 2, 2, 1, 1, 0, 2, 2, 3}
	third := []int32{1, 0, 3, 3, 2, 1, 0, 4, 0, 0, 0, 1, 2, 2, 0, 0, 2, 2, 1, 1}
	for w, want := range []float64{-.006289308, .1459075, .2520325} {
		got, err := CohenKappa(5, second, third, Weights(w))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "kappa", got.Kappa, want, 5e-8)
	}
}

// The example of the article "Fleiss' kappa" of Wikipedia: 10 units, 14 raters.
func TestFleissOfWikipedia(t *testing.T) {
	l := labelled{units: 10, values: 5}
	for u, row := range [][]int{{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1}, {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}} {
		for v, n := range row {
			for range n {
				l.unit, l.value = append(l.unit, int32(u)), append(l.value, int32(v))
			}
		}
	}
	f, err := l.table(t).FleissKappa()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "kappa", f.Value, .210, 5e-4)
}
