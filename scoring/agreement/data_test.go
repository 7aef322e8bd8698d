package agreement

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// labelled is a set of labels as tests have them: codes are the labels' numbers less
// the lowest.
type labelled struct {
	units, values       int
	unit, rater, value  []int32
	scale               []float64
	raterNames, taskIDs map[string]int32
}

// readLabels reads a file with the columns task, worker and label, where labels are
// whole numbers.
func readLabels(t testing.TB, path string) labelled {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	l := labelled{raterNames: map[string]int32{}, taskIDs: map[string]int32{}}
	var labels []int
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		l.unit = append(l.unit, intern(l.taskIDs, row[0]))
		l.rater = append(l.rater, intern(l.raterNames, row[1]))
		labels = append(labels, n)
	}
	lowest, highest := labels[0], labels[0]
	for _, n := range labels {
		lowest, highest = min(lowest, n), max(highest, n)
	}
	for _, n := range labels {
		l.value = append(l.value, int32(n-lowest))
	}
	for n := lowest; n <= highest; n++ {
		l.scale = append(l.scale, float64(n))
	}
	l.units, l.values = len(l.taskIDs), len(l.scale)
	return l
}

func intern(names map[string]int32, name string) int32 {
	n, ok := names[name]
	if !ok {
		n = int32(len(names))
		names[name] = n
	}
	return n
}

// sharedData is a file of the data folder beside the checkout.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", "data", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("the data folder with %s is not beside this checkout", name)
		}
	}
}

func (l labelled) table(t testing.TB) *Table {
	t.Helper()
	table, err := Tabulate(l.units, l.values, l.unit, l.value)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// sheet is labels written as rows of raters and columns of units, 0 where there is
// none and else the code plus one.
func sheet(rows ...[]int) labelled {
	l := labelled{units: len(rows[0])}
	for r, row := range rows {
		for u, v := range row {
			if v == 0 {
				continue
			}
			l.unit, l.rater, l.value = append(l.unit, int32(u)), append(l.rater, int32(r)), append(l.value, int32(v-1))
			l.values = max(l.values, v)
		}
	}
	for v := range l.values {
		l.scale = append(l.scale, float64(v+1))
	}
	return l
}
