package truth

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// confusionMethods are the methods that this file checks.
func confusionMethods() []Method {
	return []Method{Majority, Wawa, OneCoin, DawidSkene, DawidSkeneMAP, IBCC, BWA, Auto}
}

// On any labels, gold and options there are probabilities that sum to one, gold is kept, the
// objective never falls, and the same labels in any order of the rows give the same bits.
func TestAnyLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		o := Options{Iterations: rapid.IntRange(1, 60).Draw(t, "iterations"), GoldWeight: rapid.SampledFrom([]float64{0, 0.5, 1, 100}).Draw(t, "weight")}
		if rapid.Bool().Draw(t, "with gold") {
			o.Gold = goldOf(t, tasks, classes)
		}
		order := rapid.Permutation(indices(len(task))).Draw(t, "order")
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		other := mustLabels(t, tasks, workers, classes, permuted(task, order), permuted(worker, order), permuted(class, order))
		for _, m := range confusionMethods() {
			r, err := Infer(l, m, o)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, l, o, r)
			again, err := Infer(other, m, o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r, again) {
				t.Fatalf("%s: another order of the rows changes the result", m)
			}
		}
	})
}

func checkResult(t *rapid.T, l *Labels, o Options, r *Result) {
	for task := range l.tasks {
		sum := 0.0
		best, most := r.Posterior.Best(task)
		for k := range l.classes {
			p := r.Posterior.At(task, k)
			if !(p >= 0 && p <= 1+1e-12) || p > most || p == most && k < best {
				t.Fatalf("%s: P(task %d is %d) is %v, and %d is said to be best with %v", r.Method, task, k, p, best, most)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("%s: the probabilities of task %d sum to %v", r.Method, task, sum)
		}
		if g := o.gold(task); g >= 0 && (r.Posterior.At(task, g) != 1 || best != g) {
			t.Fatalf("%s: gold task %d is %v", r.Method, task, r.Posterior.At(task, g))
		}
	}
	for w, x := range r.Workers {
		low, high := x.Interval(0.95)
		if !(0 <= low && low <= x.Accuracy() && x.Accuracy() <= high && high <= 1) || x.Labels != int(l.given[w]) {
			t.Fatalf("%s: worker %d is %+v with accuracy %v in [%v, %v]", r.Method, w, x, x.Accuracy(), low, high)
		}
	}
	for i := 1; i < len(r.Trace); i++ {
		if gap := r.Trace[i-1] - r.Trace[i]; !(gap <= 1e-10*(1+math.Abs(r.Trace[i]))) {
			t.Fatalf("%s: the %s falls by %g at pass %d", r.Method, r.Objective, gap, i+1)
		}
	}
}

// Other numbers for tasks, workers and classes permute the result. Majority keeps all bits.
// For the others the order of sums changes, and with it the last digits, which each pass
// near a saddle point magnifies.
func TestOtherNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		pt, pw, pc := rapid.Permutation(indices(tasks)).Draw(t, "tasks"), rapid.Permutation(indices(workers)).Draw(t, "workers"), rapid.Permutation(indices(classes)).Draw(t, "classes")
		l := mustLabels(t, tasks, workers, classes, task, worker, class)
		other := mustLabels(t, tasks, workers, classes, renumbered(task, pt), renumbered(worker, pw), renumbered(class, pc))
		o := Options{Iterations: 5, Tolerance: -1}
		renamed := o
		if rapid.Bool().Draw(t, "with gold") {
			o.Gold = goldOf(t, tasks, classes)
			renamed.Gold = make([]int32, tasks)
			for i, g := range o.Gold {
				renamed.Gold[pt[i]] = g
				if g >= 0 {
					renamed.Gold[pt[i]] = int32(pc[g])
				}
			}
		}
		for _, m := range []Method{Majority, Wawa, OneCoin, DawidSkene, DawidSkeneMAP, IBCC, BWA} {
			a, err := Infer(l, m, o)
			if err != nil {
				t.Fatal(err)
			}
			b, err := Infer(other, m, renamed)
			if err != nil {
				t.Fatal(err)
			}
			width := 1e-9
			if m == Majority {
				width = 0
			}
			for i := range tasks {
				for k := range classes {
					if x, y := a.Posterior.At(i, k), b.Posterior.At(pt[i], pc[k]); math.Abs(x-y) > width {
						t.Fatalf("%s: P(task %d is %d) is %v, and %v by other numbers", m, i, k, x, y)
					}
				}
			}
			for w := range workers {
				if x, y := a.Workers[w], b.Workers[pw[w]]; math.Abs(x.Correct-y.Correct) > 1e-8 || x.Judged != y.Judged || x.Gold != y.Gold {
					t.Fatalf("%s: worker %d is %+v, and %+v by other numbers", m, w, x, y)
				}
			}
		}
	})
}

// Observations added in two steps, in either order, are the same set as all at once. Every
// method depends on the set alone.
func TestIncrementalEqualsBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		cut := rapid.IntRange(0, len(task)).Draw(t, "cut")
		whole := mustLabels(t, tasks, workers, classes, task, worker, class)
		swapped := mustLabels(t, tasks, workers, classes, slices.Concat(task[cut:], task[:cut]), slices.Concat(worker[cut:], worker[:cut]), slices.Concat(class[cut:], class[:cut]))
		if !reflect.DeepEqual(whole, swapped) {
			t.Fatal("the second part first makes another set")
		}
		// Counts of votes of the two parts add up to those of the whole, bit for bit.
		votes := func(from, to int) []float64 {
			counts := make([]float64, tasks*classes)
			if from == to {
				return counts
			}
			part := mustLabels(t, tasks, workers, classes, task[from:to], worker[from:to], class[from:to])
			r := majority(part, Options{})
			for i := range tasks {
				for k := range classes {
					counts[i*classes+k] = math.Round(r.Posterior.At(i, k) * float64(part.start[i+1]-part.start[i]))
				}
			}
			return counts
		}
		first, second, all := votes(0, cut), votes(cut, len(task)), votes(0, len(task))
		for i := range all {
			if first[i]+second[i] != all[i] {
				t.Fatalf("%v and %v votes are %v together", first[i], second[i], all[i])
			}
		}
	})
}

// One more right gold answer, whether it was wrong before or is new, never lowers a worker's
// mean or either end of the interval.
func TestRightGoldAnswersNeverHurt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, workers, classes, task, worker, class := observationsOf(t)
		o := Options{Gold: goldOf(t, tasks, classes)}
		at := rapid.IntRange(0, len(task)-1).Draw(t, "answer")
		o.Gold[task[at]] = int32(rapid.IntRange(0, classes-1).Draw(t, "truth"))
		truth, who := o.Gold[task[at]], worker[at]
		before := majority(mustLabels(t, tasks, workers, classes, task, worker, class), o).Workers[who]

		corrected := slices.Clone(class)
		corrected[at] = truth
		more := majority(mustLabels(t, tasks, workers, classes, append(slices.Clone(task), task[at]), append(slices.Clone(worker), who), append(slices.Clone(class), truth)), o).Workers[who]
		for _, after := range []Worker{majority(mustLabels(t, tasks, workers, classes, task, worker, corrected), o).Workers[who], more} {
			low, high := before.Interval(0.95)
			lower, higher := after.Interval(0.95)
			if after.Accuracy() < before.Accuracy() || lower < low-1e-12 || higher < high-1e-12 {
				t.Fatalf("%+v becomes %+v by a right answer", before, after)
			}
		}
	})
}
