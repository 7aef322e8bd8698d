package truth

import (
	"math"
	"reflect"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// Four of seven workers always say class 0, and three are right nine times in ten. The
// majority is class 0 nearly everywhere; MACE finds out who spams.
func TestMACEFindsSpammers(t *testing.T) {
	random := kernel.NewRandom(11)
	var task, worker, class, truth []int32
	for i := range int32(300) {
		y := int32(random.Intn(3))
		truth = append(truth, y)
		for w := range int32(7) {
			x := int32(0)
			if w >= 4 {
				x = y
				if random.Float64() > 0.9 {
					x = int32(random.Intn(3))
				}
			}
			task, worker, class = append(task, i), append(worker, w), append(class, x)
		}
	}
	l := mustLabels(t, 300, 7, 3, task, worker, class)
	right := map[Method]int{}
	for _, m := range []Method{Majority, MACE} {
		r := infer(t, l, m, Options{})
		for i, y := range truth {
			if k, _ := r.Posterior.Best(i); int32(k) == y {
				right[m]++
			}
		}
	}
	if right[MACE] < 285 || right[Majority] > 150 {
		t.Errorf("%d of 300 are right by MACE and %d by majority", right[MACE], right[Majority])
	}
	fit := newMACE(l, Options{})
	fit.startFromShares()
	fit.run(&Result{}, Options{Iterations: 50})
	for w, known := range fit.counts.known {
		if share := known / 300; w < 4 && share > 0.4 || w >= 4 && share < 0.7 {
			t.Errorf("worker %d knows %.2f of the labels", w, share)
		}
	}
}

// Six workers of eight agree on wrong labels. A little gold tells whom to believe.
func TestGoldOverturnsAMajority(t *testing.T) {
	random := kernel.NewRandom(2)
	var task, worker, class, truth []int32
	for i := range int32(200) {
		y := int32(random.Intn(2))
		truth = append(truth, y)
		for w := range int32(8) {
			x := y
			if w < 6 && random.Float64() < 0.8 || w >= 6 && random.Float64() < 0.02 {
				x = 1 - y
			}
			task, worker, class = append(task, i), append(worker, w), append(class, x)
		}
	}
	l := mustLabels(t, 200, 8, 2, task, worker, class)
	gold := make([]int32, 200)
	for i := range gold {
		gold[i] = -1
		if i < 20 {
			gold[i] = truth[i]
		}
	}
	r := infer(t, l, GLAD, Options{Gold: gold})
	right := 0
	for i := 20; i < 200; i++ {
		if k, _ := r.Posterior.Best(i); int32(k) == truth[i] {
			right++
		}
	}
	if right < 171 {
		t.Errorf("GLAD: %d of 180 are right with gold", right)
	}
	for i := range 20 {
		if r.Posterior.At(i, int(truth[i])) != 1 {
			t.Errorf("gold task %d is not kept", i)
		}
	}
}

// What is degenerate has an answer that follows from the model, and no NaN.
func TestGLADAndMACEOnDegenerateLabels(t *testing.T) {
	for _, c := range []struct {
		name                    string
		tasks, workers, classes int
		task, worker, class     []int32
		gold                    []int32
	}{
		{"one label", 1, 1, 2, []int32{0}, []int32{0}, []int32{1}, nil},
		{"one class", 3, 2, 1, []int32{0, 1, 2}, []int32{0, 1, 1}, []int32{0, 0, 0}, nil},
		{"one worker", 3, 1, 3, []int32{0, 1, 2}, []int32{0, 0, 0}, []int32{0, 1, 2}, nil},
		{"a task and a worker without labels", 3, 3, 2, []int32{0, 2}, []int32{0, 2}, []int32{1, 1}, nil},
		{"all tasks are gold", 2, 2, 2, []int32{0, 0, 1}, []int32{0, 1, 0}, []int32{0, 1, 1}, []int32{1, 0}},
		{"gold is a class without labels", 1, 2, 3, []int32{0, 0}, []int32{0, 1}, []int32{0, 1}, []int32{2}},
		{"a worker repeats a label", 1, 2, 2, []int32{0, 0, 0, 0, 0}, []int32{0, 0, 0, 0, 1}, []int32{1, 1, 1, 1, 0}, nil},
		{"a million classes", 2, 3, 1 << 20, []int32{0, 0, 0, 1}, []int32{0, 1, 2, 1}, []int32{7, 7, 9, 1<<20 - 1}, nil},
	} {
		l := mustLabels(t, c.tasks, c.workers, c.classes, c.task, c.worker, c.class)
		for _, m := range []Method{GLAD, MACE} {
			r := infer(t, l, m, Options{Gold: c.gold})
			neverFalls(t, r)
			for i := range c.tasks {
				if k, p := r.Posterior.Best(i); !(p > 0 && p <= 1) || c.gold != nil && k != int(c.gold[i]) {
					t.Errorf("%s: %s: task %d is %d with probability %v", c.name, m, i, k, p)
				}
			}
			for w, x := range r.Workers {
				if a := x.Accuracy(); !(a > 0 && a < 1) {
					t.Errorf("%s: %s: accuracy of worker %d is %v", c.name, m, w, a)
				}
			}
		}
	}
}

// Restarts matter, so they must be the seed's alone: equal seeds give equal bits.
func TestMACERestartsAreOfTheSeed(t *testing.T) {
	l := read(t, dataFolder(t, "cf"), "cf", "cf.labels.csv", "cf.truth.csv").labels
	a, b := infer(t, l, MACE, Options{Seed: 4}), infer(t, l, MACE, Options{Seed: 4})
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gave two results")
	}
	alone := newMACE(l, Options{})
	alone.startFromShares()
	first := &Result{}
	alone.run(first, Options{})
	better := false
	for seed := range uint64(3) {
		r := infer(t, l, MACE, Options{Seed: seed})
		if r.LogLikelihood < first.LogLikelihood-1e-6*math.Abs(first.LogLikelihood) {
			t.Errorf("seed %d: the best of ten starts, %.6f, is worse than one of them, %.6f", seed, r.LogLikelihood, first.LogLikelihood)
		}
		better = better || r.LogLikelihood > first.LogLikelihood+1e-2
	}
	if !better {
		t.Error("no restart found a better fit than the vote shares did, so the restarts are not tried")
	}
}
