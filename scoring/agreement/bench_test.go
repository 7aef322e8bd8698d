package agreement

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// millionLabels is the generated file of the name when the environment says where
// such files are, and else labels of the same shape: 4 values, 5 labels a unit, and
// skills of a Beta(8, 3), here about it by a mean of uniform numbers.
func millionLabels(b testing.TB, units int) labelled {
	l := labelled{units: units, values: 4, scale: []float64{1, 2, 3, 4}}
	random := kernel.NewRandom(1)
	skills := make([]float64, 5000)
	for w := range skills {
		skills[w] = .46 + .27*(random.Float64()+random.Float64())
	}
	for u := range units {
		truth := random.Intn(4)
		for range 5 {
			v := truth
			if random.Float64() >= skills[random.Intn(len(skills))] {
				v = (truth + 1 + random.Intn(3)) % 4
			}
			l.unit, l.value = append(l.unit, int32(u)), append(l.value, int32(v))
		}
	}
	return l
}

// generated is a file of the folder of generated inputs.
func generated(t testing.TB, name string) labelled {
	t.Helper()
	dir := os.Getenv("STATISTICS_INPUTS")
	if dir == "" {
		t.Skip("STATISTICS_INPUTS does not name a folder of generated inputs")
	}
	return readLabels(t, filepath.Join(dir, name))
}

// The value of fast-krippendorff on the generated million labels.
func TestAlphaOfMillionLabels(t *testing.T) {
	a, err := generated(t, "labels_1e6.csv").table(t).Alpha(Nominal, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alpha", a, .403963, 5e-7)
}

func BenchmarkAlphaMillionLabels(b *testing.B) {
	l := millionLabels(b, 200_000)
	for _, level := range []Level{Nominal, Ordinal, Interval, Ratio} {
		b.Run(level.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table, err := Tabulate(l.units, l.values, l.unit, l.value)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := table.Alpha(level, l.scale); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("twin", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			twinAlpha(l, Nominal)
		}
	})
	b.Run("reading once", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := int32(0)
			for i, u := range l.unit {
				sum += u ^ l.value[i]
			}
			if sum == 1 {
				b.Fatal(sum)
			}
		}
	})
}

// Rows in random order need to be sorted by unit first.
func BenchmarkAlphaMillionLabelsShuffled(b *testing.B) {
	l := millionLabels(b, 200_000)
	kernel.NewRandom(2).Shuffle(len(l.unit), func(i, j int) {
		l.unit[i], l.unit[j] = l.unit[j], l.unit[i]
		l.value[i], l.value[j] = l.value[j], l.value[i]
	})
	b.ReportAllocs()
	for b.Loop() {
		table, err := Tabulate(l.units, l.values, l.unit, l.value)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := table.Alpha(Nominal, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInterval(b *testing.B) {
	l := millionLabels(b, 200_000)
	table := l.table(b)
	b.Run("patterns", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := table.AlphaInterval(Nominal, nil, Bootstrap{1000, .95, 1}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("distinct values", func(b *testing.B) {
		wide := labelled{units: 2000, values: 10_000}
		for i := range wide.values {
			wide.unit, wide.value, wide.scale = append(wide.unit, int32(i/5)), append(wide.value, int32(i)), append(wide.scale, float64(i*i))
		}
		table := wide.table(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := table.AlphaInterval(Interval, wide.scale, Bootstrap{1000, .95, 1}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
