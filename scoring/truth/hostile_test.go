package truth

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestBadLabels(t *testing.T) {
	one := []int32{0}
	for _, c := range []struct {
		name                    string
		tasks, workers, classes int
		task, worker, class     []int32
		want                    string
	}{
		{"nothing", 1, 1, 1, nil, nil, nil, "at least one"},
		{"ragged", 1, 1, 1, one, one, nil, "equally many"},
		{"no tasks", 0, 1, 1, one, one, one, "values of task is 0"},
		{"no workers", 1, 0, 1, one, one, one, "values of worker is 0"},
		{"no classes", 1, 1, 0, one, one, one, "values of class is 0"},
		{"negative number of tasks", -1, 1, 1, one, one, one, "values of task is -1"},
		{"too many tasks", math.MaxInt, 1, 1, one, one, one, "must be from 1 to"},
		{"task too large", 1, 1, 1, []int32{1}, one, one, "observation 0 has task 1"},
		{"negative worker", 1, 1, 1, []int32{0, 0}, []int32{0, -1}, []int32{0, 0}, "observation 1 has worker -1"},
		{"class too large", 1, 1, 2, one, one, []int32{2}, "must be from 0 to 1"},
	} {
		l, err := NewLabels(c.tasks, c.workers, c.classes, c.task, c.worker, c.class)
		if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestBadOptions(t *testing.T) {
	l := mustLabels(t, 2, 1, 2, []int32{0, 1}, []int32{0, 0}, []int32{0, 1})
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Iterations: -1}, "iterations are -1"},
		{Options{Tolerance: math.NaN()}, "tolerance is NaN"},
		{Options{Tolerance: math.Inf(1)}, "tolerance is +Inf"},
		{Options{GoldWeight: -1}, "gold weight is -1"},
		{Options{GoldWeight: math.NaN()}, "gold weight is NaN"},
		{Options{GoldWeight: 1e300}, "gold weight is 1e+300"},
		{Options{Gold: []int32{0}}, "gold has 1 classes"},
		{Options{Gold: []int32{0, 2}}, "gold of task 1 is class 2"},
		{Options{Gold: []int32{-2, 0}}, "gold of task 0 is class -2"},
	} {
		if r, err := Infer(l, Majority, c.o); err == nil || r != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error with %q", c.o, err, c.want)
		}
	}
	if _, err := Infer(l, "guess", Options{}); err == nil || !strings.Contains(err.Error(), `no method "guess"`) {
		t.Errorf("an unknown method: %v", err)
	}
}

// One of everything, a task without labels, one class, one worker: every method has an
// answer, and a task without labels has the frequencies of the classes.
func TestDegenerateLabels(t *testing.T) {
	for _, m := range Methods() {
		r := infer(t, mustLabels(t, 1, 1, 1, []int32{0}, []int32{0}, []int32{0}), m, Options{})
		if k, p := r.Posterior.Best(0); k != 0 || math.Abs(p-1) > 1e-12 {
			t.Errorf("%s: one of everything is class %d with %v", m, k, p)
		}
		r = infer(t, mustLabels(t, 3, 2, 3, []int32{0, 0, 1}, []int32{0, 1, 0}, []int32{2, 2, 2}), m, Options{})
		if k, _ := r.Posterior.Best(0); k != 2 {
			t.Errorf("%s: two equal labels make class %d", m, k)
		}
		sum := 0.0
		for k := range 3 {
			sum += r.Posterior.At(2, k)
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("%s: the probabilities of a task without labels sum to %v", m, sum)
		}
		r = infer(t, mustLabels(t, 4, 1, 2, []int32{0, 1, 2, 3}, []int32{0, 0, 0, 0}, []int32{0, 1, 0, 1}), m, Options{})
		for i, want := range []int{0, 1, 0, 1} {
			if r.Posterior.At(i, want) < 0.5-1e-9 {
				t.Errorf("%s: a lone worker's label of task %d has probability %v", m, i, r.Posterior.At(i, want))
			}
		}
	}
}

// A million distinct labels: methods that keep tables by class say what they would need, and
// the others answer.
func TestMillionClasses(t *testing.T) {
	const n = 1_000_000
	task, worker, class := make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range int32(n) {
		task[i], worker[i], class[i] = i/5, i%1000, i
	}
	class[1], class[2] = class[0], class[0]
	l := mustLabels(t, n/5, 1000, n, task, worker, class)
	for _, m := range []Method{DawidSkene, DawidSkeneMAP, IBCC, BWA} {
		_, err := Infer(l, m, Options{})
		var size *SizeError
		if !errors.As(err, &size) || size.Method != m || size.Cells != n/5*n || size.Classes != n {
			t.Fatalf("%s: %v", m, err)
		}
		for _, part := range []string{string(m), "200000000000", "200000 tasks", "1000 workers", "1000000 classes", "one-coin"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %q does not say %q", m, err, part)
			}
		}
	}
	for _, m := range []Method{Majority, Wawa, OneCoin} {
		r := infer(t, l, m, Options{Iterations: 3})
		if k, _ := r.Posterior.Best(0); k != 0 {
			t.Errorf("%s: three of five labels are class 0, the result is %d", m, k)
		}
	}
	if r := infer(t, l, Auto, Options{Iterations: 3}); r.Method != OneCoin || !strings.Contains(r.Why, "1000000 classes are too many") {
		t.Errorf("auto chooses %s: %s", r.Method, r.Why)
	}
}

// Tables of confusions are bounded by what workers gave, and refused beyond that.
func TestManyConfusions(t *testing.T) {
	const classes, workers = 6000, 6000
	var task, worker, class []int32
	for i := range int32(workers) {
		task, worker, class = append(task, 0, 0), append(worker, i, i), append(class, i, (i+1)%classes)
	}
	l := mustLabels(t, 1, workers, classes, task, worker, class)
	_, err := Infer(l, DawidSkene, Options{})
	var size *SizeError
	if !errors.As(err, &size) || size.Cells != 2*workers*classes || size.Limit != maxCells {
		t.Errorf("%v", err)
	}
	few := mustLabels(t, 1, workers, classes, task[:100], worker[:100], class[:100])
	if r, err := Infer(few, DawidSkeneMAP, Options{}); err != nil || r.Iterations == 0 {
		t.Errorf("few labels of many classes: %v", err)
	}
}

// A method that is stopped by its cap says so.
func TestConverged(t *testing.T) {
	l := simulate(t, 2000, 3).labels
	for _, m := range Methods() {
		if !infer(t, l, m, Options{}).Converged {
			t.Errorf("%s: it did not converge", m)
		}
		once := m == Majority || m == Wawa
		if r := infer(t, l, m, Options{Iterations: 2}); r.Converged != once || r.Iterations > 2 {
			t.Errorf("%s: converged after two passes: %v", m, r.Converged)
		}
	}
}

func TestNoLabels(t *testing.T) {
	for _, l := range []*Labels{nil, {}} {
		for _, m := range Methods() {
			if _, err := Infer(l, m, Options{}); err == nil || !strings.Contains(err.Error(), "there are no labels") {
				t.Errorf("%s: %v", m, err)
			}
		}
	}
}
