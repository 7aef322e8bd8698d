package preference

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// battles are games without ties as arrays.
type battles struct {
	left, right []int32
	outcome     []Outcome
}

func (b *battles) table(t testing.TB) *Table {
	table := new(Table)
	for i, o := range b.outcome {
		if err := table.Add(Game{int(b.left[i]), int(b.right[i]), o, NoRater}, 1); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

// generated are n battles among players of standard normal strengths, of the shape of
// the reference's input generator.
func generated(n, players int) *battles {
	r := kernel.NewRandom(2)
	theta := make([]float64, players)
	for i := range theta {
		theta[i] = r.Normal()
	}
	b := new(battles)
	for range n {
		i, j := r.Intn(players), r.Intn(players-1)
		if j >= i {
			j++
		}
		o := RightWins
		if r.Float64() < kernel.Logistic(theta[i]-theta[j]) {
			o = LeftWins
		}
		b.left, b.right, b.outcome = append(b.left, int32(i)), append(b.right, int32(j)), append(b.outcome, o)
	}
	return b
}

// stored reads a file of the reference's input generator from the folder that
// STATISTICS_INPUTS names, and nil if that is not set.
func stored(t testing.TB, name string) *battles {
	folder := os.Getenv("STATISTICS_INPUTS")
	if folder == "" {
		return nil
	}
	b := new(battles)
	for _, r := range rows(t, filepath.Join(folder, name)) {
		o := LeftWins
		if r[2] == r[1] {
			o = RightWins
		}
		b.left, b.right, b.outcome = append(b.left, int32(number(t, r[0]))), append(b.right, int32(number(t, r[1]))), append(b.outcome, o)
	}
	return b
}

// Strengths of the generated battles by choix (its mm, ilsr and opt agree), and the mean
// standard deviation of FastChat's bootstrap of 100 refits.
func TestStoredBattles(t *testing.T) {
	for name, want := range map[string][3]float64{"battles_1e5.csv": {2.58379, -.42395, .61897}, "battles_1e6.csv": {2.61148, -.42606, .64270}} {
		b := stored(t, name)
		if b == nil {
			t.Skip("set STATISTICS_INPUTS to a folder made by the reference's generate_inputs.py")
		}
		f := fitted(t, b.table(t), Options{})
		for i, w := range want {
			near(t, name, f.Strengths[i], w, 6e-6)
		}
		if name != "battles_1e6.csv" {
			continue
		}
		boot, err := f.Bootstrap(100, 1)
		if err != nil {
			t.Fatal(err)
		}
		fisher, mean, meanFisher := f.Fisher(), 0.0, 0.0
		for i := range f.Strengths {
			mean += boot.Error(i) / float64(len(f.Strengths))
			meanFisher += fisher.Error(i) / float64(len(f.Strengths))
		}
		near(t, "mean standard deviation of 100 refits", mean, .01673, .0005)
		near(t, "mean standard error by the information", meanFisher, .01673, .0005)
	}
}

// perGame is the naive twin: Hunter's minorization (2004), game by game, until a pass
// moves no strength by more than the tolerance.
func perGame(b *battles, players int, tolerance float64) []float64 {
	gamma, next, wins := make([]float64, players), make([]float64, players), make([]float64, players)
	for i := range gamma {
		gamma[i] = 1
	}
	for i, o := range b.outcome {
		if o == LeftWins {
			wins[b.left[i]]++
		} else {
			wins[b.right[i]]++
		}
	}
	for moved := 1.0; moved > tolerance; {
		clear(next)
		for i := range b.outcome {
			l, r := b.left[i], b.right[i]
			v := 1 / (gamma[l] + gamma[r])
			next[l] += v
			next[r] += v
		}
		mean := 0.0
		for i := range gamma {
			next[i] = wins[i] / next[i]
			mean += math.Log(next[i]) / float64(players)
		}
		moved = 0
		for i := range gamma {
			next[i] *= math.Exp(-mean)
			moved = max(moved, math.Abs(math.Log(next[i]/gamma[i])))
		}
		gamma, next = next, gamma
	}
	out := make([]float64, players)
	for i, g := range gamma {
		out[i] = math.Log(g)
	}
	return out
}

func million(b *testing.B) *battles {
	if s := stored(b, "battles_1e6.csv"); s != nil {
		return s
	}
	return generated(1e6, 100)
}

func BenchmarkBradleyTerry(b *testing.B) {
	in := million(b)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			fitted(b, in.table(b), Options{})
		}
	})
	b.Run("aggregation", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			in.table(b)
		}
	})
	b.Run("naive MM to 1e-6", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			perGame(in, 100, 1e-6)
		}
	})
	b.Run("read once", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			sum := 0
			for i, o := range in.outcome {
				sum += int(in.left[i]) + int(in.right[i]) + int(o)
			}
			if sum == 0 {
				b.Fatal("nothing read")
			}
		}
	})
	f := fitted(b, in.table(b), Options{})
	b.Run("bootstrap of 100 refits", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := f.Bootstrap(100, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sandwich", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := f.Sandwich(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// As many items as are allowed, each with 200 games, by 500 raters.
func BenchmarkMostItems(b *testing.B) {
	table := new(Table)
	r := kernel.NewRandom(1)
	for k := range 200_000 {
		i := r.Intn(MaxItems)
		j := (i + 1 + r.Intn(MaxItems-1)) % MaxItems
		o := RightWins
		if r.Float64() < kernel.Logistic(float64(i-j)/700) {
			o = LeftWins
		}
		if err := table.Add(Game{i, j, o, k % 500}, 1); err != nil {
			b.Fatal(err)
		}
	}
	f := fitted(b, table, Options{})
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"fit", func() error { _, err := BradleyTerry(table, Options{}); return err }},
		{"information", func() error { f.Fisher(); return nil }},
		{"sandwich", func() error { _, err := f.Sandwich(); return err }},
		{"crowd", func() error { _, err := CrowdBradleyTerry(table, nil); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				if err := c.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
