package forgery

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func rowsOf(v []Violation) []int {
	var out []int
	for _, x := range v {
		out = append(out, x.Row)
	}
	return out
}

func TestSnowflakes(t *testing.T) {
	// A public post of 28 June 2022, 16:07:40.105 UTC.
	if got := SnowflakeTime(1541815603606036480); got != 1656432460105 {
		t.Errorf("the id encodes %d, want 1656432460105", got)
	}
	ids := []uint64{1541815603606036480, 1541815603606036480, 1541815603606036480, 0, 1<<64 - 1, 12345}
	claimed := []int64{1656432460000, 1656432520105, 1656432520106, snowflakeEpoch, 0, -1 << 63}
	v, err := CheckSnowflakes(ids, claimed, 60_000)
	noError(t, err)
	if !slices.Equal(rowsOf(v), []int{2, 4, 5}) {
		t.Errorf("failed: %v", v)
	}
	if !strings.Contains(v[0].What, "1541815603606036480") || !strings.Contains(v[0].What, "1656432520106") {
		t.Errorf("the violation does not say what failed: %s", v[0].What)
	}
}

func TestAscendingIDs(t *testing.T) {
	authors := []string{"a", "b", "a", "a", "b", "a", "a"}
	created := []int64{100, 100, 200, 300, 50, 300, 400}
	ids := []uint64{10, 5, 20, 15, 4, 30, 30}
	v, err := CheckAscendingIDs(authors, created, ids)
	noError(t, err)
	// 15 at 300 is below 20 at 200; 30 at 400 equals 30 at 300.
	if !slices.Equal(rowsOf(v), []int{3, 6}) {
		t.Errorf("failed: %v", v)
	}
	equal, err := CheckAscendingIDs([]string{"a", "a"}, []int64{7, 7}, []uint64{9, 3})
	noError(t, err)
	if len(equal) != 0 {
		t.Errorf("equal times have no order: %v", equal)
	}
}

func TestCounts(t *testing.T) {
	items := []string{"x", "x", "x", "y", "y", "x"}
	scraped := []int64{3, 1, 2, 1, 1, 4}
	counts := []int64{10, 5, 12, 3, 2, -1}
	v, err := CheckCounts(items, scraped, counts)
	noError(t, err)
	if !slices.Equal(rowsOf(v), []int{0, 5}) {
		t.Errorf("failed: %v", v)
	}
}

func TestOrder(t *testing.T) {
	v, err := CheckOrder([]int64{1, 1, 3}, []int64{1, 5, 2}, []int64{1, 4, 9})
	noError(t, err)
	if !slices.Equal(rowsOf(v), []int{1, 2}) {
		t.Errorf("failed: %v", v)
	}
}

// TestInvariantsHoldForTheHonest, in any order of rows; and a row's own forgery is found.
func TestInvariantsHoldForTheHonest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(rt, "rows")
		at := int64(1_600_000_000_000)
		authors, created, ids, counts := make([]string, n), make([]int64, n), make([]uint64, n), make([]int64, n)
		var views int64
		for i := range n {
			at += rapid.Int64Range(1, 1e9).Draw(rt, "gap")
			views += rapid.Int64Range(0, 100).Draw(rt, "views")
			authors[i], created[i], counts[i] = "a", at, views
			ids[i] = uint64(at-snowflakeEpoch)<<22 | uint64(rapid.IntRange(0, 1<<22-1).Draw(rt, "machine"))
		}
		order := rapid.Permutation(indices(n)).Draw(rt, "order")
		authors, created, ids, counts = permuted(authors, order), permuted(created, order), permuted(ids, order), permuted(counts, order)
		check := func() (all int) {
			a, err := CheckAscendingIDs(authors, created, ids)
			noError(t, err)
			b, err := CheckSnowflakes(ids, created, 0)
			noError(t, err)
			c, err := CheckCounts(authors, created, counts)
			noError(t, err)
			return len(a) + len(b) + len(c)
		}
		if found := check(); found != 0 {
			rt.Fatalf("%d violations of honest rows", found)
		}
		i := rapid.IntRange(0, n-1).Draw(rt, "forged")
		created[i] += rapid.Int64Range(1, 1000).Draw(rt, "moved")
		if check() == 0 {
			rt.Fatalf("a moved time is not found")
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func permuted[T any](v []T, order []int) []T {
	out := make([]T, len(v))
	for i, j := range order {
		out[i] = v[j]
	}
	return out
}
