package truth

import (
	"math"
	"slices"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// attacked replaces the labels of a share of the workers by a signal that they share and
// that has nothing to do with the truth: a hash of the task.
func attacked(t *testing.T, d *dataSet, share float64, random *kernel.Random) *Labels {
	t.Helper()
	l := d.labels
	bad := random.Perm(l.workers)[:int(math.Round(share*float64(l.workers)))]
	signal := make([]int32, l.tasks)
	for i := range signal {
		signal[i] = int32(random.Intn(l.classes))
	}
	var task, worker, class []int32
	for i := range l.tasks {
		workers, classes := l.row(i)
		for j, w := range workers {
			c := classes[j]
			if slices.Contains(bad, int(w)) {
				c = signal[i]
			}
			task, worker, class = append(task, int32(i)), append(worker, w), append(class, c)
		}
	}
	return mustLabels(t, l.tasks, l.workers, l.classes, task, worker, class)
}

// someGold makes a share of the tasks gold.
func someGold(d *dataSet, share float64, random *kernel.Random) []int32 {
	gold := make([]int32, d.labels.tasks)
	for i := range gold {
		gold[i] = -1
		if random.Float64() < share {
			if k, known := d.truth[i]; known {
				gold[i] = int32(k)
			}
		}
	}
	return gold
}

// Workers who share a signal pull Dawid–Skene to it; a twentieth of the tasks as gold, from
// which it then starts, brings it back. The reference measured .477 and .954 on d_possent with
// 30 % of the workers, and .487 and .953 with 45 %. Here are medians of runs, because a run
// whose attackers happen to give most of the labels is lost with gold or without.
func TestGoldResistsASharedSignal(t *testing.T) {
	d := read(t, dataFolder(t, "d_possent"), "d_possent", "d_possent.labels.csv", "d_possent.truth.csv")
	for _, share := range []float64{0.3, 0.45} {
		var without, with []float64
		for seed := range uint64(11) {
			random := kernel.NewRandom(seed)
			l := attacked(t, d, share, random)
			without = append(without, d.accuracy(infer(t, l, DawidSkeneMAP, Options{})))
			with = append(with, d.accuracy(infer(t, l, DawidSkeneMAP, Options{Gold: someGold(d, 0.05, random)})))
		}
		slices.Sort(without)
		slices.Sort(with)
		t.Logf("%v of the workers share a signal: accuracy %.3f, with gold %.3f", share, without[5], with[5])
		if with[5] < 0.94 || without[5] > 0.6 {
			t.Errorf("%v of the workers share a signal: accuracy %.3f, with gold %.3f", share, without[5], with[5])
		}
	}
}

// A worker's posterior on gold is Beta(1.5 + c, 1.5 + n − c), whatever the gold weight and the method.
func TestWorkersOnGold(t *testing.T) {
	task, worker, class := []int32{0, 1, 2, 3, 0, 1, 2, 3}, []int32{0, 0, 0, 0, 1, 1, 1, 1}, []int32{0, 1, 1, 0, 1, 0, 1, 0}
	l := mustLabels(t, 4, 3, 2, task, worker, class)
	o := Options{Gold: []int32{0, 1, 0, -1}, GoldWeight: 3}
	for _, m := range confusionMethods() {
		r := infer(t, l, m, o)
		if got := r.Workers[0]; got != (Worker{Labels: 4, Gold: 3, Correct: 2, Judged: 3}) || math.Abs(got.Accuracy()-3.5/6) > 1e-15 {
			t.Errorf("%s: the first worker is %+v", m, got)
		}
		if got := r.Workers[1]; got != (Worker{Labels: 4, Gold: 3, Correct: 0, Judged: 3}) || math.Abs(got.Accuracy()-1.5/6) > 1e-15 {
			t.Errorf("%s: the second worker is %+v", m, got)
		}
		low, high := r.Workers[2].Interval(0.95)
		if got := r.Workers[2]; got != (Worker{}) || got.Accuracy() != 0.5 || math.Abs(low+high-1) > 1e-12 {
			t.Errorf("%s: the worker without labels is %+v in [%v, %v]", m, got, low, high)
		}
	}
	// Beta(9.5, 3.5): R's qbeta(c(.025, .975), 9.5, 3.5).
	low, high := Worker{Gold: 10, Correct: 8, Judged: 10}.Interval(0.95)
	if math.Abs(kernel.BetaCDF(9.5, 3.5, low)-0.025) > 1e-12 || math.Abs(kernel.BetaCDF(9.5, 3.5, high)-0.975) > 1e-12 {
		t.Errorf("interval [%v, %v]", low, high)
	}
}

// The interval is that of the bisection in package kernel, whatever the counts.
func TestInterval(t *testing.T) {
	random := kernel.NewRandom(4)
	for range 2000 {
		n := kernel.Exp(16 * random.Float64())
		w := Worker{Correct: n * random.Float64(), Judged: n}
		switch random.Intn(4) {
		case 0:
			w.Correct = 0
		case 1:
			w.Correct = n
		}
		low, high := w.Interval(0.95)
		a, b := abilityPrior+w.Correct, abilityPrior+w.Judged-w.Correct
		if lower, upper := kernel.BetaQuantile(a, b, 0.025), kernel.BetaQuantile(a, b, 0.975); math.Abs(low-lower) > 1e-12 || math.Abs(high-upper) > 1e-12 {
			t.Errorf("%+v: [%v, %v], by bisection [%v, %v]", w, low, high, lower, upper)
		}
	}
	for _, level := range []float64{0, 1, -1, 2, math.NaN(), math.Inf(1)} {
		if low, high := (Worker{}).Interval(level); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("level %v: [%v, %v]", level, low, high)
		}
	}
}

// A crowd of three good workers a task, and a spammer, alone or many times over under other names
// or by repeated rows.
func TestDuplicatesOfASpammerGainNothing(t *testing.T) {
	random := kernel.NewRandom(4)
	const tasks, good, classes = 600, 12, 4
	var task, worker, class []int32
	truth := make([]int32, tasks)
	spam := make([]int32, tasks)
	for i := range int32(tasks) {
		truth[i], spam[i] = i%classes, int32(random.Intn(classes))
		for j := range int32(5) {
			x := truth[i]
			if random.Float64() > 0.85 {
				x = int32(random.Intn(classes))
			}
			task, worker, class = append(task, i), append(worker, (i+j*3)%good), append(class, x)
		}
	}
	with := func(names, repeats int) *Labels {
		a, b, c := slices.Clone(task), slices.Clone(worker), slices.Clone(class)
		for i := range int32(tasks) {
			for n := range int32(names) {
				for range repeats {
					a, b, c = append(a, i), append(b, good+n), append(c, spam[i])
				}
			}
		}
		return mustLabels(t, tasks, good+2, classes, a, b, c)
	}
	for _, m := range []Method{OneCoin, DawidSkene, DawidSkeneMAP, IBCC} {
		alone := infer(t, with(1, 1), m, Options{}).Workers[good].Accuracy()
		if math.Abs(alone-0.25) > 0.05 {
			t.Errorf("%s: a random worker has accuracy %.3f, chance is .25", m, alone)
		}
		for _, l := range []*Labels{with(2, 1), with(1, 2)} {
			if got := infer(t, l, m, Options{}).Workers[good].Accuracy(); got > alone+0.02 {
				t.Errorf("%s: a spammer alone has accuracy %.3f, and doubled %.3f", m, alone, got)
			}
		}
	}
	// A constant worker is right at one task in four.
	for i := range spam {
		spam[i] = 0
	}
	for _, m := range []Method{Majority, Wawa, OneCoin, DawidSkene, DawidSkeneMAP, IBCC, BWA} {
		r := infer(t, with(1, 1), m, Options{})
		if got := r.Workers[good].Accuracy(); math.Abs(got-0.25) > 0.05 && m != Majority && m != Wawa {
			t.Errorf("%s: a constant worker has accuracy %.3f, chance is .25", m, got)
		}
		gold := infer(t, with(1, 1), m, Options{Gold: truth})
		if got := gold.Workers[good].Accuracy(); math.Abs(got-151.5/603) > 1e-12 {
			t.Errorf("%s: on gold a constant worker has accuracy %.4f, 150 of 600 are right", m, got)
		}
	}
}
