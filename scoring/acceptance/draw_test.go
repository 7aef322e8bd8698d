package acceptance

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assaynet/assay/scoring/kernel"
)

func TestAllocation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 1000), rapid.IntRange(0, 1<<40)), 1, 12).Draw(t, "rows")
		n, floor := rapid.IntRange(0, 500).Draw(t, "n"), rapid.IntRange(0, 20).Draw(t, "floor")
		total, least := 0, 0
		for _, r := range rows {
			total += r
			least += min(r, floor)
		}
		out, err := Allocate(rows, n, floor)
		if n < least && n < total {
			if err == nil {
				t.Fatalf("%v does not suffice for the floors", n)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sum, free, freeRows := 0, 0, 0
		for i, k := range out {
			sum += k
			if k < min(rows[i], floor) || k > rows[i] {
				t.Fatalf("%d draws of %d rows with a floor of %d", k, rows[i], floor)
			}
			if k > min(rows[i], floor) {
				free += k
				freeRows += rows[i]
			}
			for j, other := range out {
				if rows[i] > rows[j] && k < other {
					t.Fatalf("%v: more draws for fewer rows: %v", rows, out)
				}
			}
		}
		if sum != min(n, total) {
			t.Fatalf("%d draws, want %d", sum, min(n, total))
		}
		for i, k := range out {
			if share := float64(free) * float64(rows[i]) / float64(max(freeRows, 1)); k > min(rows[i], floor) && math.Abs(float64(k)-share) >= 2 {
				t.Fatalf("%v: stratum %d has %d draws, its share is %v", out, i, k, share)
			}
		}
	})
}

// Without a floor each stratum has its quota rounded down or up.
func TestAllocationKeepsQuotas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.IntRange(0, 100_000), 1, 20).Draw(t, "rows")
		total := 0
		for _, r := range rows {
			total += r
		}
		n := rapid.IntRange(0, total).Draw(t, "n")
		out, err := Allocate(rows, n, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range out {
			if quota := n * rows[i] / max(total, 1); k != quota && k != quota+1 {
				t.Fatalf("%v of %v", out, rows)
			}
		}
	})
}

func TestDrawsAreDifferentRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.IntRange(1, 300).Draw(t, "population")
		n := rapid.IntRange(0, population).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		rows, err := Rows(kernel.NewRandom(seed), n, population)
		if err != nil {
			t.Fatal(err)
		}
		// The twin shuffles a list of all rows.
		all, random := make([]int, population), kernel.NewRandom(seed)
		for i := range all {
			all[i] = i
		}
		for i := range n {
			j := i + random.Intn(population-i)
			all[i], all[j] = all[j], all[i]
		}
		if !slices.Equal(rows, all[:n]) {
			t.Fatalf("%v, want %v", rows, all[:n])
		}
		sizes := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(t, "sizes")
		sizes[0]++
		b, err := NewBySize(sizes)
		if err != nil {
			t.Fatal(err)
		}
		var owner []int // of each byte
		for i, s := range sizes {
			owner = append(owner, slices.Repeat([]int{i}, s)...)
		}
		with, err := b.WithReplacement(kernel.NewRandom(seed), 50)
		if err != nil {
			t.Fatal(err)
		}
		random = kernel.NewRandom(seed)
		for _, row := range with {
			if want := owner[random.Intn(len(owner))]; row != want {
				t.Fatalf("row %d, want %d", row, want)
			}
		}
		sized := 0
		for _, s := range sizes {
			if s > 0 {
				sized++
			}
		}
		different, err := b.Different(kernel.NewRandom(seed), sized)
		if err != nil {
			t.Fatal(err)
		}
		random = kernel.NewRandom(seed)
		for _, row := range different {
			if want := owner[random.Intn(len(owner))]; row != want {
				t.Fatalf("row %d, want %d", row, want)
			}
			owner = slices.DeleteFunc(owner, func(o int) bool { return o == row })
		}
		if _, err := b.Different(kernel.NewRandom(seed), sized+1); err == nil {
			t.Fatal("more rows than have a size")
		}
	})
}

// The small sets are drawn equally often, in each order.
func TestDrawsAreUniform(t *testing.T) {
	random, counts := kernel.NewRandom(9), map[[2]int]int{}
	for range 12_000 {
		rows, err := Rows(random, 2, 4)
		if err != nil {
			t.Fatal(err)
		}
		counts[[2]int(rows)]++
	}
	for pair, n := range counts {
		near(t, "draws", float64(n), 1000, 130)
		if pair[0] == pair[1] {
			t.Error(pair)
		}
	}
	if len(counts) != 12 {
		t.Errorf("%d pairs", len(counts))
	}
	if rows, err := Rows(random, 3, math.MaxInt); err != nil || len(rows) != 3 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestAllocationExamples(t *testing.T) {
	for _, c := range []struct {
		rows     []int
		n, floor int
		want     []int
	}{
		{[]int{500, 300, 200}, 10, 0, []int{5, 3, 2}},
		{[]int{1, 1, 1}, 2, 0, []int{1, 1, 0}},
		{[]int{1000, 10, 2}, 20, 3, []int{15, 3, 2}},
		{[]int{5, 0, 3}, 100, 1, []int{5, 0, 3}},
		{[]int{math.MaxInt - 1, 1}, 10, 1, []int{9, 1}},
		{nil, 5, 1, nil},
	} {
		got, err := Allocate(c.rows, c.n, c.floor)
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("%v: %v, %v", c.rows, got, err)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%d draws of %v with a floor of %d: %v, want %v", c.n, c.rows, c.floor, got, c.want)
				break
			}
		}
	}
	if _, err := Allocate([]int{100, 100, 100}, 5, 2); err == nil || !strings.Contains(err.Error(), "5 draws do not suffice") {
		t.Error(err)
	}
}
