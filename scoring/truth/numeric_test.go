package truth

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func numbers(t interface{ Fatal(...any) }, tasks, workers int, task, worker []int32, value []float64) *NumericLabels {
	l, err := NewNumericLabels(tasks, workers, task, worker, value)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func estimate(t interface{ Fatal(...any) }, l *NumericLabels, m NumericMethod) *Estimates {
	e, err := Estimate(l, m, NumericOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ofOneTask is the value of a task with these labels, one of each worker.
func ofOneTask(t testing.TB, m NumericMethod, values ...float64) TaskValue {
	t.Helper()
	task, worker := make([]int32, len(values)), make([]int32, len(values))
	for i := range worker {
		worker[i] = int32(i)
	}
	return estimate(t, numbers(t, 1, len(values), task, worker, values), m).Tasks[0]
}

func TestLocations(t *testing.T) {
	for _, c := range []struct {
		method NumericMethod
		values []float64
		want   float64
	}{
		{Mean, []float64{7}, 7},
		{Mean, []float64{1, 2, 6}, 3},
		{Mean, []float64{1e15 + 1, 1e15 + 2, 1e15 + 3}, 1e15 + 2},
		{Mean, []float64{1e100, 1e100, -1e100, -1e100}, 0},
		{Median, []float64{9, 1, 2}, 2},
		{Median, []float64{9, 1, 2, 4}, 3},
		{Median, []float64{-5}, -5},
		{Trimmed, []float64{1, 2, 3, 100}, 26.5},                   // a fifth of four is none
		{Trimmed, []float64{100, 1, 2, 3, -50}, 2},                 // one off each end
		{Trimmed, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1000}, 5.5}, // two off each end
		{Gaussian, []float64{4, 4, 4}, 4},
		{Gaussian, []float64{7}, 7},
	} {
		if got := ofOneTask(t, c.method, c.values...).Value; got != c.want {
			t.Errorf("%s of %v is %v, want %v", c.method, c.values, got, c.want)
		}
	}
}

// The bounds of a mean are those of Student's t; 12.706 and 4.3027 are its tabled quantiles.
func TestBoundsOfMeans(t *testing.T) {
	for _, c := range []struct {
		values     []float64
		err, reach float64
	}{
		{[]float64{1, 3}, 1, 12.7062},
		{[]float64{1, 2, 3}, 1 / math.Sqrt(3), 4.30265},
	} {
		v := ofOneTask(t, Mean, c.values...)
		if math.Abs(v.Error-c.err) > 1e-12 || math.Abs(v.Upper-v.Value-c.reach*c.err) > 1e-4 || math.Abs(v.Upper+v.Lower-2*v.Value) > 1e-9 {
			t.Errorf("%v: %+v", c.values, v)
		}
	}
	for _, df := range []int{1, 2, 5, 30, 1000, 10000, 10001, 1 << 40} {
		want := distuv.StudentsT{Sigma: 1, Nu: float64(df)}.Quantile(0.975)
		if got := studentQuantile(df); math.Abs(got-want) > 3e-4*want {
			t.Errorf("t quantile with %d degrees of freedom is %v, want %v", df, got, want)
		}
	}
}

func TestNothingToTellErrorsFrom(t *testing.T) {
	l := numbers(t, 3, 2, []int32{0, 1}, []int32{0, 1}, []float64{5, -2})
	for _, m := range NumericMethods() {
		e := estimate(t, l, m)
		for i, want := range []float64{5, -2} {
			if v := e.Tasks[i]; v.Value != want || !math.IsInf(v.Error, 1) || !math.IsInf(v.Lower, -1) || !math.IsInf(v.Upper, 1) {
				t.Errorf("%s: a single label gives %+v", m, v)
			}
		}
		if v := e.Tasks[2]; v.Labels != 0 || !math.IsNaN(v.Value) || !math.IsNaN(v.Lower) {
			t.Errorf("%s: a task without labels has %+v", m, v)
		}
		if !math.IsInf(e.SD, 1) || e.Freedom != 0 || !math.IsInf(e.Workers[0].SD, 1) {
			t.Errorf("%s: spread %v of %d", m, e.SD, e.Freedom)
		}
	}
}

func TestEqualNumbersHaveNoSpread(t *testing.T) {
	l := numbers(t, 2, 2, []int32{0, 0, 1, 1}, []int32{0, 1, 0, 1}, []float64{3, 3, -1, -1})
	for _, m := range NumericMethods() {
		e := estimate(t, l, m)
		if v := e.Tasks[1]; v.Value != -1 || v.Lower != -1 || v.Upper != -1 || e.SD != 0 || e.Workers[1].SD != 0 {
			t.Errorf("%s: %+v, spread %v", m, v, e.SD)
		}
	}
	// One worker who is always exact has a variance above zero, so that EM ends with numbers.
	task, worker, value := []int32{}, []int32{}, []float64{}
	for i := range int32(40) {
		for w := range int32(2) {
			task, worker, value = append(task, i), append(worker, w), append(value, float64(i))
		}
		task, worker, value = append(task, i), append(worker, 2), append(value, float64(i)+float64(i%3)-1)
	}
	e := estimate(t, numbers(t, 40, 3, task, worker, value), Gaussian)
	for w, x := range e.Workers {
		if !(x.SD > 0) || w < 2 && x.SD > e.Workers[2].SD/2 {
			t.Errorf("worker %d has spread %v", w, x.SD)
		}
	}
}

func TestNumericLabelsRefuse(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  string
	}{
		{math.NaN(), "observation 1 is NaN"}, {math.Inf(1), "observation 1 is +Inf"}, {math.Inf(-1), "observation 1 is -Inf"}, {1e101, "observation 1 is 1e+101"},
	} {
		if _, err := NewNumericLabels(1, 1, []int32{0, 0}, []int32{0, 0}, []float64{0, c.value}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.value, err)
		}
	}
	if _, err := NewNumericLabels(1, 1, nil, nil, nil); err == nil {
		t.Error("no observations were taken")
	}
	if _, err := NewNumericLabels(1, 1, []int32{1}, []int32{0}, []float64{0}); err == nil || !strings.Contains(err.Error(), "task 1") {
		t.Errorf("a task out of range: %v", err)
	}
	l := numbers(t, 1, 1, []int32{0}, []int32{0}, []float64{1})
	for _, o := range []NumericOptions{{Iterations: -1}, {Tolerance: math.NaN()}} {
		if _, err := Estimate(l, Gaussian, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := Estimate(l, "mode", NumericOptions{}); err == nil || !strings.Contains(err.Error(), "mean median trimmed gaussian") {
		t.Errorf("an unknown method: %v", err)
	}
}

// numbersOf draws a small set of numeric labels.
func numbersOf(t *rapid.T) (tasks, workers int, task, worker []int32, value []float64) {
	tasks, workers = rapid.IntRange(1, 6).Draw(t, "tasks"), rapid.IntRange(1, 5).Draw(t, "workers")
	for range rapid.IntRange(1, 40).Draw(t, "observations") {
		task = append(task, int32(rapid.IntRange(0, tasks-1).Draw(t, "task")))
		worker = append(worker, int32(rapid.IntRange(0, workers-1).Draw(t, "worker")))
		value = append(value, float64(rapid.IntRange(-50, 50).Draw(t, "value"))/4)
	}
	return tasks, workers, task, worker, value
}

// In any order of the rows the bits are the same, every value is between the least and the
// greatest label, and the objective of the Gaussian never falls.
func TestNumbersInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, task, worker, value := numbersOf(t)
		l := numbers(t, tasks, workers, task, worker, value)
		order := rapid.Permutation(indices(len(task))).Draw(t, "order")
		other := numbers(t, tasks, workers, permuted(task, order), permuted(worker, order), permuted(value, order))
		for _, m := range NumericMethods() {
			e, again := estimate(t, l, m), estimate(t, other, m)
			if fmt.Sprintf("%v", *e) != fmt.Sprintf("%v", *again) {
				t.Fatalf("%s: %v, and in another order %v", m, e, again)
			}
			if err := sensible(l, e); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func sensible(l *NumericLabels, e *Estimates) error {
	for i := range l.tasks {
		_, values := l.row(i)
		if len(values) == 0 {
			continue
		}
		v := e.Tasks[i]
		if low, high := slices.Min(values), slices.Max(values); !(v.Value >= low-1e-9 && v.Value <= high+1e-9) {
			return fmt.Errorf("%s: value %v of %v", e.Method, v.Value, values)
		}
		if !(v.Lower <= v.Value && v.Value <= v.Upper) {
			return fmt.Errorf("%s: %v is not within %v to %v", e.Method, v.Value, v.Lower, v.Upper)
		}
	}
	for i := 1; i < len(e.Trace); i++ {
		if gap := e.Trace[i-1] - e.Trace[i]; !(gap <= 1e-10*(1+math.Abs(e.Trace[i]))) {
			return errors.New("the log-posterior falls")
		}
	}
	return nil
}

// Labels in another unit give the values in that unit.
func TestNumbersInAnotherUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, task, worker, value := numbersOf(t)
		scale := rapid.SampledFrom([]float64{-3, -0.001, 0.5, 7, 1e6}).Draw(t, "scale")
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		moved := make([]float64, len(value))
		for i, x := range value {
			moved[i] = scale*x + shift
		}
		l, other := numbers(t, tasks, workers, task, worker, value), numbers(t, tasks, workers, task, worker, moved)
		for _, m := range NumericMethods() {
			e, o := estimate(t, l, m), estimate(t, other, m)
			for i, v := range e.Tasks {
				if v.Labels == 0 {
					continue
				}
				want, slack := scale*v.Value+shift, 1e-4*math.Abs(scale)+1e-9
				if math.Abs(o.Tasks[i].Value-want) > slack {
					t.Fatalf("%s: value %v of task %d, want %v", m, o.Tasks[i].Value, i, want)
				}
				if want := math.Abs(scale) * v.Error; !math.IsInf(want, 1) && math.Abs(o.Tasks[i].Error-want) > slack {
					t.Fatalf("%s: error %v of task %d, want %v", m, o.Tasks[i].Error, i, want)
				}
			}
		}
	})
}

// A few absurd numbers carry the mean away, and not the median and the trimmed mean.
func TestMedianWithstandsAbsurdNumbers(t *testing.T) {
	for _, m := range []NumericMethod{Median, Trimmed} {
		if v := ofOneTask(t, m, 10, 11, 12, 13, 1e9).Value; v < 11 || v > 13 {
			t.Errorf("%s is %v", m, v)
		}
	}
	if v := ofOneTask(t, Mean, 10, 11, 12, 13, 1e9).Value; v < 1e8 {
		t.Errorf("mean is %v", v)
	}
}
