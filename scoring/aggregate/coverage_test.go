package aggregate

import (
	"math"
	"sync"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// trial is one made-up program: the true shares of right labels among those that are not
// gold, and what was stated.
type trial struct {
	labels, majority float64
	stated           Accuracy
	method           string
	everyone         bool
	early            int // answers that count although their miner had not passed then
	err              error
}

func try(seed uint64) trial {
	w := simulate(kernel.NewRandom(seed))
	out, err := Labels(w.program, w.records...)
	if err != nil {
		return trial{err: err}
	}
	x := trial{stated: out.Accuracy, method: out.Method, everyone: out.Everyone}
	for _, task := range out.Tasks {
		for _, a := range w.tasks[task.At].Answers {
			if !a.Passed && out.Counts(w.program, a) {
				x.early++
			}
		}
		switch {
		case task.Gold:
			continue
		case task.Label == w.truth[task.At]:
			x.labels++
		}
		if task.Majority == w.truth[task.At] {
			x.majority++
		}
	}
	x.labels /= float64(out.Accuracy.Others)
	x.majority /= float64(out.Accuracy.Others)
	return x
}

// tally sums trials up.
type tally struct {
	covered, better, halfPoint, everyone, early int
	width, gain, high                           float64
	methods                                     map[string]int
}

func (y *tally) add(x trial) {
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	count(&y.covered, x.stated.Lower <= x.labels && x.labels <= x.stated.Upper)
	count(&y.better, x.labels > x.majority)
	count(&y.halfPoint, x.labels < x.majority-0.005)
	count(&y.everyone, x.everyone)
	count(&y.early, !x.everyone && x.early > 0)
	y.width += x.stated.Upper - x.stated.Lower
	y.gain += x.labels - x.majority
	y.high += x.stated.Share - x.labels
	y.methods[x.method]++
}

// Of 1,000 made-up programs, the stated interval holds the true accuracy of the labels
// that are not gold in at least as many as it promises, less what chance takes from 1,000
// runs, although raters pass by the gold that states it; and the labels are better than
// the majority's.
func TestStatedAccuracyCovers(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 100
	}
	trials := make([]trial, runs)
	var all sync.WaitGroup
	for half := range 2 {
		all.Go(func() {
			for i := half; i < runs; i += 2 {
				trials[i] = try(uint64(20260000 + i))
			}
		})
	}
	all.Wait()
	y, n := tally{methods: map[string]int{}}, float64(runs)
	for _, x := range trials {
		if x.err != nil {
			t.Fatal(x.err)
		}
		y.add(x)
	}
	t.Logf("%d runs: covered %.4f, mean width %.3f, stated too high by %.4f in the mean", runs, float64(y.covered)/n, y.width/n, y.high/n)
	t.Logf("better than the majority in %d, by %.3f in the mean, more than half a point worse in %d; methods %v", y.better, y.gain/n, y.halfPoint, y.methods)
	t.Logf("all count in %d, and in %d answers from before the exam", y.everyone, y.early)
	chance := func(p float64) float64 { return 2.33 * math.Sqrt(p*(1-p)*n) } // of a count, at level 0.01
	if float64(y.covered) < 0.95*n-chance(0.95) {
		t.Errorf("the intervals cover in %d of %d runs", y.covered, runs)
	}
	if math.Abs(y.high) > 0.005*n+float64(0.1*math.Sqrt(n)) {
		t.Errorf("the gold that raters passed by states the accuracy too high by %.4f in the mean", y.high/n)
	}
	if y.everyone == 0 || float64(y.early) < 0.9*float64(runs-y.everyone) {
		t.Errorf("all count in %d of %d runs, and answers from before the exam in %d", y.everyone, runs, y.early)
	}
	if float64(y.better) < 0.95*n-chance(0.95) || float64(y.halfPoint) > 0.02*n+chance(0.02) {
		t.Errorf("the labels beat the majority in %d of %d runs, and are worse by more than half a point in %d", y.better, runs, y.halfPoint)
	}
}
