package truth

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// dataSet is labels with the truth of some tasks.
type dataSet struct {
	name   string
	labels *Labels
	truth  map[int]int // class of a task
}

// shared returns the folder of data that may not be copied into this repository, or "".
func shared() string {
	for dir := ".."; len(dir) < 40; dir = filepath.Join("..", dir) {
		if p := filepath.Join(dir, "shared", "data"); exists(p) {
			return p
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readRows reads a CSV file without its header.
func readRows(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	var rows [][]string
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		if !first {
			rows = append(rows, row)
		}
	}
}

// names numbers strings in the order in which they are first seen.
type names map[string]int32

func (n names) number(s string) int32 {
	k, ok := n[s]
	if !ok {
		k = int32(len(n))
		n[s] = k
	}
	return k
}

// read reads NAME.labels.csv and NAME.truth.csv, if there is one, of a folder.
func read(t testing.TB, folder, name, labels, truth string) *dataSet {
	t.Helper()
	rows := readRows(t, filepath.Join(folder, labels))
	tasks, workers := names{}, names{}
	var task, worker, class []int32
	classes := 0
	for _, row := range rows {
		k, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		task, worker, class = append(task, tasks.number(row[0])), append(worker, workers.number(row[1])), append(class, int32(k))
		classes = max(classes, k+1)
	}
	d := &dataSet{name: name, truth: map[int]int{}}
	if truth != "" {
		for _, row := range readRows(t, filepath.Join(folder, truth)) {
			k, err := strconv.Atoi(row[1])
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := tasks[row[0]]; ok {
				d.truth[int(n)] = k
				classes = max(classes, k+1)
			}
		}
	}
	l, err := NewLabels(len(tasks), len(workers), classes, task, worker, class)
	if err != nil {
		t.Fatal(err)
	}
	d.labels = l
	return d
}

// accuracy is the share of tasks with known truth whose best class is right. A tie of n
// classes counts 1/n if one of them is right.
func (d *dataSet) accuracy(r *Result) float64 {
	right := 0.0
	for t, k := range d.truth {
		right += r.Posterior.credit(t, k)
	}
	return right / float64(len(d.truth))
}

// firstAccuracy lets the first of tied classes win.
func (d *dataSet) firstAccuracy(r *Result) float64 {
	right := 0
	for t, k := range d.truth {
		if best, _ := r.Posterior.Best(t); best == k {
			right++
		}
	}
	return float64(right) / float64(len(d.truth))
}
