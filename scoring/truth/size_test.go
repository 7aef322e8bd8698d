package truth

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// labelsEach returns n labels, of which the i-th is of[0](i), of[1](i) and of[2](i).
func labelsEach(t testing.TB, n int, tasks, workers, classes int, of func(i int) (task, worker, class int)) *Labels {
	t.Helper()
	var task, worker, class []int32
	for i := range n {
		a, b, c := of(i)
		task, worker, class = append(task, int32(a)), append(worker, int32(b)), append(class, int32(c))
	}
	return mustLabels(t, tasks, workers, classes, task, worker, class)
}

// Shapes that a quadratic loop somewhere would not get through: as many labels of one task,
// by one worker or by many, of other classes or of two, and as many classes.
func TestLopsidedLabels(t *testing.T) {
	const n, fewer = 200_000, 40_000
	for _, c := range []struct {
		name   string
		labels *Labels
		gold   bool
	}{
		{"one task, a class and a worker for each label", labelsEach(t, n, 1, n, n, func(i int) (int, int, int) { return 0, i, i }), false},
		{"one task and one worker, a class for each label", labelsEach(t, fewer, 1, 1, fewer, func(i int) (int, int, int) { return 0, 0, i }), false},
		{"one task, one worker and two classes", labelsEach(t, fewer, 1, 1, 2, func(i int) (int, int, int) { return 0, 0, i % 2 }), false},
		{"one worker, a class for each label", labelsEach(t, fewer, fewer/2, 1, fewer, func(i int) (int, int, int) { return i / 2, 0, i }), false},
		{"a task, a worker and a class for each label", labelsEach(t, fewer, fewer, fewer, fewer, func(i int) (int, int, int) { return i, i, i }), false},
		{"gold that leaves most classes tied", labelsEach(t, fewer, fewer, 2, fewer, func(i int) (int, int, int) { return i, i % 2, i }), true},
	} {
		o := Options{Iterations: 1}
		if c.gold {
			o.Gold = make([]int32, fewer)
			for i := range o.Gold {
				o.Gold[i] = int32((i + 1) % fewer)
			}
		}
		for _, m := range Methods() {
			r, err := Infer(c.labels, m, o)
			if err != nil {
				if !as[*SizeError](err) {
					t.Errorf("%s: %s: %v", c.name, m, err)
				}
				continue
			}
			for i := range c.labels.tasks {
				if k, p := r.Posterior.Best(i); k < 0 || !(p > 0 && p <= 1+1e-9) {
					t.Fatalf("%s: %s: class %d with probability %v", c.name, m, k, p)
				}
			}
		}
	}
}

func as[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// A refusal names each method that takes the labels, and no other.
func TestSizeErrorNamesWhatWorks(t *testing.T) {
	for _, c := range []struct {
		name    string
		refused []Method
		labels  *Labels
	}{
		{"many confusions", []Method{DawidSkene, DawidSkeneMAP, IBCC}, labelsEach(t, 20000, 1, 2, 10000, func(i int) (int, int, int) { return 0, i % 2, i / 2 })},
		{"many classes", []Method{DawidSkene, DawidSkeneMAP, IBCC, BWA}, labelsEach(t, 30000, 30000, 2, 30000, func(i int) (int, int, int) { return i, i % 2, i })},
		{"much work in a pass", []Method{DawidSkene, DawidSkeneMAP, IBCC, BWA}, labelsEach(t, 400_000, 8000, 1, 8000, func(i int) (int, int, int) { return i % 8000, 0, i * 7 % 8000 })},
	} {
		for _, m := range Methods() {
			_, err := Infer(c.labels, m, Options{Iterations: 1})
			if !slices.Contains(c.refused, m) {
				if err != nil {
					t.Errorf("%s: %s: %v", c.name, m, err)
				}
				continue
			}
			size, ok := errors.AsType[*SizeError](err)
			if !ok || size.Method != m || size.Cells <= size.Limit {
				t.Fatalf("%s: %s: %v", c.name, m, err)
			}
			_, advice, _ := strings.Cut(err.Error(), "or use another method: ")
			for _, other := range Methods() {
				works := other != Auto && !slices.Contains(c.refused, other)
				if works != slices.Contains(strings.Split(advice, ", "), string(other)) {
					t.Errorf("%s: %s works: %v, but the error says %q", c.name, other, works, advice)
				}
			}
		}
	}
}

// The credit of a class is one divided by the number of classes that are as probable as the
// best, counted one by one.
func TestCredit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		classes += rapid.IntRange(0, 3).Draw(t, "classes that nobody gave")
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		o := Options{Iterations: rapid.IntRange(1, 30).Draw(t, "passes")}
		if rapid.Bool().Draw(t, "with gold") {
			o.Gold = goldOf(t, tasks, classes)
		}
		for _, m := range []Method{Majority, OneCoin, BWA} {
			r, err := Infer(l, m, o)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tasks {
				_, best := r.Posterior.Best(i)
				n := 0.0
				for k := range classes {
					if r.Posterior.At(i, k) >= best-tieWidth {
						n++
					}
				}
				for k := range classes {
					want := 0.0
					if r.Posterior.At(i, k) >= best-tieWidth {
						want = 1 / n
					}
					if got := r.Posterior.credit(i, k); got != want {
						t.Fatalf("%s: task %d, class %d: %v, want %v", m, i, k, got, want)
					}
				}
			}
		}
	})
}
