package peer

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// world is reports as tests make and change them.
type world struct {
	tasks, workers, classes int
	task, worker, label     []int32
}

func (w world) reports(t failer) *Reports {
	t.Helper()
	r, err := NewReports(w.tasks, w.workers, w.classes, w.task, w.worker, w.label)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// population is how honest reports are drawn: each task has a true class, each of
// `voters` workers drawn for it gives it with his own skill, and else another.
type population struct{ tasks, workers, classes, voters int }

func (p population) draw(random *kernel.Random) world {
	w := world{tasks: p.tasks, workers: p.workers, classes: p.classes}
	skill := make([]float64, p.workers)
	for i := range skill {
		skill[i] = .5 + .45*random.Float64()
	}
	for t := range p.tasks {
		truth := random.Intn(p.classes)
		for _, i := range random.Perm(p.workers)[:p.voters] {
			label := truth
			if random.Float64() >= skill[i] {
				label = (truth + 1 + random.Intn(p.classes-1)) % p.classes
			}
			w.task, w.worker, w.label = append(w.task, int32(t)), append(w.worker, int32(i)), append(w.label, int32(label))
		}
	}
	return w
}

// attack is the world with some workers' labels replaced.
func (w world) attack(attackers []bool, label func(task, worker int32, was int32) int32) world {
	w.label = slices.Clone(w.label)
	for i, a := range w.worker {
		if attackers[a] {
			w.label[i] = label(w.task[i], a, w.label[i])
		}
	}
	return w
}

// some draws a share of the workers.
func (w world) some(random *kernel.Random, share float64) []bool {
	out := make([]bool, w.workers)
	for _, i := range random.Perm(w.workers)[:int(share*float64(w.workers)+.5)] {
		out[i] = true
	}
	return out
}

// commonest is the label that most reports have.
func (w world) commonest() int32 {
	count := make([]int, w.classes)
	for _, x := range w.label {
		count[x]++
	}
	return int32(slices.Index(count, slices.Max(count)))
}

// readWorld reads a labelled set of the data folder beside the checkout.
func readWorld(t testing.TB, name string) world {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		f, err := os.Open(filepath.Join(dir, "shared", "data", name+".labels.csv"))
		if err == nil {
			defer f.Close()
			rows, err := csv.NewReader(f).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return fromRows(t, rows[1:])
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("the data folder with %s.labels.csv is not beside this checkout", name)
		}
	}
}

func fromRows(t testing.TB, rows [][]string) world {
	t.Helper()
	w := world{}
	tasks, workers := map[string]int32{}, map[string]int32{}
	number := func(names map[string]int32, name string) int32 {
		n, ok := names[name]
		if !ok {
			n = int32(len(names))
			names[name] = n
		}
		return n
	}
	for _, row := range rows {
		label, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		w.task, w.worker, w.label = append(w.task, number(tasks, row[0])), append(w.worker, number(workers, row[1])), append(w.label, int32(label))
		w.classes = max(w.classes, label+1)
	}
	w.tasks, w.workers = len(tasks), len(workers)
	return w
}
