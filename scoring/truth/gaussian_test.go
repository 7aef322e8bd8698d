package truth

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// simulateNumbers draws labels of workers with the given standard deviations, each of
// whom labels a task with the given chance.
func simulateNumbers(t testing.TB, random *kernel.Random, tasks int, sd []float64, chance float64) (*NumericLabels, []float64) {
	t.Helper()
	var task, worker []int32
	var value, truth []float64
	for i := range int32(tasks) {
		mu := 10 * random.Normal()
		truth = append(truth, mu)
		for w, s := range sd {
			if random.Float64() < chance {
				task, worker, value = append(task, i), append(worker, int32(w)), append(value, mu+s*random.Normal())
			}
		}
	}
	return numbers(t, tasks, len(sd), task, worker, value), truth
}

// rmse is the root of the mean squared error, and covered the share of bounds that hold the truth.
func rmse(e *Estimates, truth []float64) (rmse, covered float64) {
	n := 0.0
	for i, v := range e.Tasks {
		if v.Labels > 0 {
			n++
			rmse += (v.Value - truth[i]) * (v.Value - truth[i])
			if v.Lower <= truth[i] && truth[i] <= v.Upper {
				covered++
			}
		}
	}
	return math.Sqrt(rmse / n), covered / n
}

// With workers from exact to wild, the precisions are found, the Gaussian is far better than
// the mean and its bounds hold. (On 4,000 tasks a share of .95 has a standard error of .0034.)
func TestGaussianUsesPrecisions(t *testing.T) {
	sd := []float64{0.2, 0.5, 1, 1, 2, 4, 8, 8}
	l, truth := simulateNumbers(t, kernel.NewRandom(7), 4000, sd, 0.6)
	e := estimate(t, l, Gaussian)
	for w, s := range sd {
		if got := e.Workers[w].SD; math.Abs(got-s) > max(0.1, 0.06*s) {
			t.Errorf("worker %d has spread %.3f, was drawn with %v", w, got, s)
		}
	}
	off := map[NumericMethod]float64{}
	for _, m := range NumericMethods() {
		got, covered := rmse(estimate(t, l, m), truth)
		off[m] = got
		if covered < 0.93 {
			t.Errorf("%s: the bounds hold %.3f of the tasks", m, covered)
		}
	}
	if off[Gaussian] > off[Mean]/3 || off[Median] > off[Mean] || off[Gaussian] > off[Median] {
		t.Errorf("root mean squared errors %v", off)
	}
}

// With equal workers the mean is best, the Gaussian nearly equals it, and the bounds of
// all methods hold.
func TestNumbersOfEqualWorkers(t *testing.T) {
	l, truth := simulateNumbers(t, kernel.NewRandom(8), 2000, slices.Repeat([]float64{2}, 9), 0.6)
	best, _ := rmse(estimate(t, l, Mean), truth)
	for _, c := range []struct {
		method NumericMethod
		most   float64 // of the error relative to the mean's; the median's is at most √(π/2)
	}{{Mean, 1}, {Gaussian, 1.01}, {Trimmed, 1.1}, {Median, 1.254}} {
		off, covered := rmse(estimate(t, l, c.method), truth)
		if off > c.most*best || covered < 0.93 || covered > 0.985 {
			t.Errorf("%s: root mean squared error %.4f, the mean's is %.4f; the bounds hold %.3f", c.method, off, best, covered)
		}
	}
}

// gaussianTwin is EM by the formulas, with squares and sums in no particular care.
func gaussianTwin(l *NumericLabels, passes int) (value, variance []float64) {
	value, variance = make([]float64, l.tasks), make([]float64, l.workers)
	pooled := math.Pow(estimate(panics{}, l, Mean).SD, 2)
	var all []float64
	for _, w := range estimate(panics{}, l, Median).Workers {
		all = append(all, w.SD*w.SD)
	}
	slices.Sort(all)
	typical := all[len(all)/2]
	for w := range variance {
		variance[w] = pooled
	}
	for pass := range passes {
		sum, n := make([]float64, l.workers), make([]float64, l.workers)
		for t := range value {
			workers, values := l.row(t)
			top, precision := 0.0, 0.0
			for i, w := range workers {
				top, precision = top+values[i]/variance[w], precision+1/variance[w]
			}
			value[t] = top / precision
			for i, w := range workers {
				if len(workers) > 1 {
					sum[w] += math.Pow(values[i]-value[t], 2) + 1/precision
					n[w]++
				}
			}
		}
		if pass < passes-1 {
			for w := range variance {
				variance[w] = (sum[w] + typical) / (n[w] + 1)
			}
		}
	}
	return value, variance
}

type panics struct{}

func (panics) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func TestGaussianEqualsItsTwin(t *testing.T) {
	l, _ := simulateNumbers(t, kernel.NewRandom(12), 200, []float64{0.1, 1, 1, 3, 10}, 0.5)
	e, err := Estimate(l, Gaussian, NumericOptions{Iterations: 40, Tolerance: -1})
	if err != nil {
		t.Fatal(err)
	}
	value, variance := gaussianTwin(l, 40)
	for i, v := range e.Tasks {
		if v.Labels > 0 && math.Abs(v.Value-value[i]) > 1e-9 {
			t.Errorf("task %d is %v, by the twin %v", i, v.Value, value[i])
		}
	}
	for w, x := range e.Workers {
		if math.Abs(x.SD-math.Sqrt(variance[w])) > 1e-9 {
			t.Errorf("worker %d has spread %v, by the twin %v", w, x.SD, math.Sqrt(variance[w]))
		}
	}
	if again, err := Estimate(l, Gaussian, NumericOptions{Iterations: 40, Tolerance: -1}); err != nil || !reflect.DeepEqual(e.Trace, again.Trace) {
		t.Error("the same again gives other bits")
	}
}

func BenchmarkGaussian(b *testing.B) {
	l, _ := simulateNumbers(b, kernel.NewRandom(1), 20000, slices.Repeat([]float64{0.5, 1, 2, 4}, 5), 0.25)
	b.Run("ours, 50 passes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Estimate(l, Gaussian, NumericOptions{Iterations: 50, Tolerance: -1}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("twin, 50 passes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			gaussianTwin(l, 50)
		}
	})
}
