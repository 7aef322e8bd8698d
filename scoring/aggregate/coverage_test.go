package aggregate

import (
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
	err              error
}

func try(seed uint64) trial {
	w := simulate(kernel.NewRandom(seed))
	out, err := Labels(w.program, w.tasks)
	if err != nil {
		return trial{err: err}
	}
	x := trial{stated: out.Accuracy, method: out.Method}
	for _, task := range out.Tasks {
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

// Of 1,000 made-up programs, the stated interval holds the true accuracy of the labels
// that are not gold in at least as many as it promises, less what chance takes from 1,000
// runs; and the labels are better than the majority's.
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
	covered, better, halfPoint, width, gain := 0, 0, 0, 0.0, 0.0
	methods := map[string]int{}
	for _, x := range trials {
		if x.err != nil {
			t.Fatal(x.err)
		}
		if x.stated.Lower <= x.labels && x.labels <= x.stated.Upper {
			covered++
		}
		if x.labels > x.majority {
			better++
		}
		if x.labels < x.majority-0.005 {
			halfPoint++
		}
		width += x.stated.Upper - x.stated.Lower
		gain += x.labels - x.majority
		methods[x.method]++
	}
	n := float64(runs)
	t.Logf("%d runs: covered %.4f, mean width %.3f; better than the majority in %d, by %.3f in the mean, more than half a point worse in %d; methods %v",
		runs, float64(covered)/n, width/n, better, gain/n, halfPoint, methods)
	if float64(covered) < 0.934*n {
		t.Errorf("the intervals cover in %d of %d runs", covered, runs)
	}
	if float64(better) < 0.93*n || float64(halfPoint) > 0.02*n {
		t.Errorf("the labels beat the majority in %d of %d runs, and are worse by more than half a point in %d", better, runs, halfPoint)
	}
}
