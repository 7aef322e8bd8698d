package truth

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// observationsOf draws a small set of labels, as NewLabels takes them.
func observationsOf(t *rapid.T) (tasks, workers, classes int, task, worker, class []int32) {
	tasks, workers, classes = rapid.IntRange(1, 8).Draw(t, "tasks"), rapid.IntRange(1, 6).Draw(t, "workers"), rapid.IntRange(1, 5).Draw(t, "classes")
	for range rapid.IntRange(1, 40).Draw(t, "observations") {
		task = append(task, int32(rapid.IntRange(0, tasks-1).Draw(t, "task")))
		worker = append(worker, int32(rapid.IntRange(0, workers-1).Draw(t, "worker")))
		class = append(class, int32(rapid.IntRange(0, classes-1).Draw(t, "class")))
	}
	return tasks, workers, classes, task, worker, class
}

func goldOf(t *rapid.T, tasks, classes int) []int32 {
	gold := make([]int32, tasks)
	for i := range gold {
		gold[i] = int32(rapid.IntRange(-1, classes-1).Draw(t, "gold"))
	}
	return gold
}

func mustLabels(t interface{ Fatal(...any) }, tasks, workers, classes int, task, worker, class []int32) *Labels {
	l, err := NewLabels(tasks, workers, classes, task, worker, class)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// On any labels, gold, options and seed there are probabilities that sum to one, gold is
// kept, the objective never falls, and the same again gives the same bits, in any order of the rows.
func TestGLADAndMACEOnAnyLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		o := Options{Gold: goldOf(t, tasks, classes), Iterations: rapid.IntRange(1, 60).Draw(t, "iterations"), Seed: rapid.Uint64().Draw(t, "seed"),
			GoldWeight: rapid.SampledFrom([]float64{0, 0.5, 1, 1e6}).Draw(t, "weight")}
		for _, m := range []Method{GLAD, MACE} {
			r, err := Infer(mustLabels(t, tasks, workers, classes, task, worker, class), m, o)
			if err != nil {
				t.Fatal(err)
			}
			for task := range tasks {
				sum := 0.0
				for k := range classes {
					p := r.Posterior.At(task, k)
					if !(p >= 0 && p <= 1+1e-12) {
						t.Fatalf("%s: P(task %d is %d) is %v", m, task, k, p)
					}
					sum += p
				}
				if math.Abs(sum-1) > 1e-9 {
					t.Fatalf("%s: the probabilities of task %d sum to %v", m, task, sum)
				}
				if g := o.Gold[task]; g >= 0 && r.Posterior.At(task, int(g)) != 1 {
					t.Fatalf("%s: gold task %d is %v", m, task, r.Posterior.At(task, int(g)))
				}
			}
			for i := 1; i < len(r.Trace); i++ {
				if gap := r.Trace[i-1] - r.Trace[i]; !(gap <= 1e-11*(1+math.Abs(r.Trace[i]))+1e-13*o.goldWeight()*float64(len(task))) {
					t.Fatalf("%s: the %s falls by %g", m, r.Objective, gap)
				}
			}
			order := rapid.Permutation(indices(len(task))).Draw(t, "order")
			again, err := Infer(mustLabels(t, tasks, workers, classes, permuted(task, order), permuted(worker, order), permuted(class, order)), m, o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r, again) {
				t.Fatalf("%s: another order of the rows changes the result", m)
			}
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

func permuted[T any](x []T, order []int) []T {
	out := make([]T, len(x))
	for i, from := range order {
		out[i] = x[from]
	}
	return out
}

// Other numbers for tasks, workers and classes change only rounding.
func TestGLADDoesNotSeeNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		pt, pw, pc := rapid.Permutation(indices(tasks)).Draw(t, "pt"), rapid.Permutation(indices(workers)).Draw(t, "pw"), rapid.Permutation(indices(classes)).Draw(t, "pc")
		o := Options{Iterations: 20, Tolerance: -1}
		r, err := Infer(mustLabels(t, tasks, workers, classes, task, worker, class), GLAD, o)
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := Infer(mustLabels(t, tasks, workers, classes, renumbered(task, pt), renumbered(worker, pw), renumbered(class, pc)), GLAD, o)
		if err != nil {
			t.Fatal(err)
		}
		for task := range tasks {
			for k := range classes {
				if a, b := r.Posterior.At(task, k), renamed.Posterior.At(pt[task], pc[k]); math.Abs(a-b) > 1e-9 {
					t.Fatalf("P(task %d is %d) is %v, and %v by other numbers", task, k, a, b)
				}
			}
		}
	})
}

func renumbered(x []int32, to []int) []int32 {
	out := make([]int32, len(x))
	for i, v := range x {
		out[i] = int32(to[v])
	}
	return out
}
