package peer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
	"pgregory.net/rapid"
)

// rules are the three payments, with the parameters that tests use.
var rules = []struct {
	name string
	run  func(*Reports) ([]Score, error)
}{
	{"correlated agreement", func(r *Reports) ([]Score, error) { return CorrelatedAgreement(r, 1) }},
	{"truth serum", func(r *Reports) ([]Score, error) { return TruthSerum(r, 1) }},
	{"determinants", DeterminantInformation},
}

func drawWorld(t *rapid.T, repeats bool) world {
	w := world{tasks: rapid.IntRange(1, 14).Draw(t, "tasks"), workers: rapid.IntRange(1, 6).Draw(t, "workers"), classes: rapid.IntRange(1, 3).Draw(t, "classes")}
	seen := map[[2]int]bool{}
	for range rapid.IntRange(0, 70).Draw(t, "reports") {
		at := [2]int{rapid.IntRange(0, w.tasks-1).Draw(t, "task"), rapid.IntRange(0, w.workers-1).Draw(t, "worker")}
		if seen[at] && !repeats {
			continue
		}
		seen[at] = true
		w.task, w.worker = append(w.task, int32(at[0])), append(w.worker, int32(at[1]))
		w.label = append(w.label, int32(rapid.IntRange(0, w.classes-1).Draw(t, "label")))
	}
	return w
}

// failer is a test, of this package's own or a random one.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func values(t failer, scores []Score, err error) []float64 {
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, s := range scores {
		if math.IsNaN(s.Value) || !(s.StandardError >= 0) || (s.Tasks == 0) != (s.Peers == 0) {
			t.Fatalf("score %+v", s)
		}
		out = append(out, s.Value)
	}
	return out
}

func TestScoresAreTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, false)
		r := w.reports(rt)
		for i, want := range [][]float64{twinCorrelated(w, r, 1), twinSerum(w, 1), twinDeterminant(w)} {
			scores, err := rules[i].run(r)
			for j, got := range values(rt, scores, err) {
				if math.Abs(got-want[j]) > 1e-9*(1+math.Abs(want[j])) {
					rt.Fatalf("%s of worker %d: %v, want %v", rules[i].name, j, got, want[j])
				}
			}
		}
	})
}

// TestOneWorkersRepeats: what is surprising is so of two workers, and a worker who says
// a thing often about one task makes it no more so.
func TestOneWorkersRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, true)
		r := w.reports(t)
		half := r.halves(1)
		for h := range uint8(2) {
			got, want := r.surprising(half, h), twinSurprising(w, half, h)
			for a := range w.classes {
				for b := range w.classes {
					if got[a*w.classes+b] != want[int32(a)][int32(b)] {
						t.Fatalf("half %d: %v, want %v", h, got, want)
					}
				}
			}
		}
	})
	// Two workers always differ. One of them reports four times.
	w := world{tasks: 4, workers: 2, classes: 2}
	for task := range int32(4) {
		label := task / 2 // of the tasks, one in two
		w.task, w.worker, w.label = append(w.task, task), append(w.worker, 1), append(w.label, 1-label)
		for range 4 {
			w.task, w.worker, w.label = append(w.task, task), append(w.worker, 0), append(w.label, label)
		}
	}
	if got := w.reports(t).surprising(make([]uint8, 4), 0); !slices.Equal(got, []bool{false, true, true, false}) {
		t.Errorf("workers who always differ: %v", got)
	}
}

// TestOrderChangesNothing is to the bit, with repeated reports too.
func TestOrderChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, true)
		v := w
		v.task, v.worker, v.label = slices.Clone(w.task), slices.Clone(w.worker), slices.Clone(w.label)
		kernel.NewRandom(rapid.Uint64().Draw(rt, "seed")).Shuffle(len(v.task), func(i, j int) {
			v.task[i], v.task[j] = v.task[j], v.task[i]
			v.worker[i], v.worker[j] = v.worker[j], v.worker[i]
			v.label[i], v.label[j] = v.label[j], v.label[i]
		})
		for _, rule := range rules {
			a, errA := rule.run(w.reports(rt))
			b, errB := rule.run(v.reports(rt))
			if errA != nil || errB != nil || !slices.Equal(a, b) {
				rt.Fatalf("%s: %v %v, want %v %v", rule.name, b, errB, a, errA)
			}
		}
		a, errA := ExcessAgreement(w.reports(rt), 2)
		b, errB := ExcessAgreement(v.reports(rt), 2)
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			rt.Fatalf("pairs: %v %v, want %v %v", b, errB, a, errA)
		}
	})
}

// Names of classes and of workers do not matter, nor does the order of tasks to the
// serum.
func TestNamesChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, true)
		random := kernel.NewRandom(rapid.Uint64().Draw(rt, "seed"))
		classes, workers := random.Perm(w.classes), random.Perm(w.workers)
		v := w
		v.worker, v.label = slices.Clone(w.worker), slices.Clone(w.label)
		for i := range v.label {
			v.label[i], v.worker[i] = int32(classes[w.label[i]]), int32(workers[w.worker[i]])
		}
		for _, rule := range rules {
			scores, err := rule.run(w.reports(rt))
			a := values(rt, scores, err)
			scores, err = rule.run(v.reports(rt))
			b := values(rt, scores, err)
			for i := range a {
				if got := b[workers[i]]; math.Abs(got-a[i]) > 1e-9*(1+math.Abs(a[i])) {
					rt.Fatalf("%s of worker %d: %v, renamed %v", rule.name, i, a[i], got)
				}
			}
		}
	})
}

// A worker who always says the same earns exactly nothing by two of the rules,
// whatever tasks he took.
func TestConstantEarnsNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, true)
		label := int32(rapid.IntRange(0, w.classes-1).Draw(rt, "constant"))
		for i := range w.label {
			if w.worker[i] == 0 {
				w.label[i] = label
			}
		}
		for _, rule := range []int{0, 2} {
			scores, err := rules[rule].run(w.reports(rt))
			if v := values(rt, scores, err)[0]; math.Abs(v) > 1e-12 {
				rt.Fatalf("%s: %v", rules[rule].name, v)
			}
		}
	})
}

// Pairs keep their bookkeeping: shared and agreed reports are those of the world, and
// chances are chances.
func TestPairsCount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, false)
		pairs, err := ExcessAgreement(w.reports(rt), 2)
		if err != nil {
			rt.Fatal(err)
		}
		shared, agreed := map[[2]int32]int{}, map[[2]int32]int{}
		for x := range w.task {
			for y := range w.task {
				if w.task[x] == w.task[y] && w.worker[x] < w.worker[y] {
					at := [2]int32{w.worker[x], w.worker[y]}
					shared[at]++
					if w.label[x] == w.label[y] {
						agreed[at]++
					}
				}
			}
		}
		for at, n := range shared {
			if n < 2 {
				delete(shared, at)
			}
		}
		if len(pairs) != len(shared) {
			rt.Fatalf("%d pairs, want %d", len(pairs), len(shared))
		}
		for _, p := range pairs {
			at := [2]int32{p.A, p.B}
			if p.Shared != shared[at] || p.Agreed != agreed[at] || !(p.P >= 0 && p.P <= 1) || !(p.Expected >= 0 && p.Expected <= float64(p.Shared)) || math.IsNaN(p.Z) {
				rt.Fatalf("%+v, want %d shared and %d agreed", p, shared[at], agreed[at])
			}
		}
	})
}

func TestUpperTailIsThatOfAllOutcomes(t *testing.T) {
	chances := []float64{.1, .5, .93, 0, .7, 1, .25}
	for k := range len(chances) + 2 {
		want := 0.0
		for outcome := range 1 << len(chances) {
			p, n := 1.0, 0
			for i, q := range chances {
				if outcome>>i&1 == 1 {
					p, n = p*q, n+1
				} else {
					p *= 1 - q
				}
			}
			if n >= k {
				want += p
			}
		}
		if got, _ := upperTail(chances, k, nil); math.Abs(got-want) > 1e-15 {
			t.Errorf("at least %d: %v, want %v", k, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		tasks, workers, classes int
		task, worker, label     []int32
		want                    string
	}{
		{1, 1, 1, []int32{0}, []int32{0}, nil, "1 tasks, 1 workers and 0 labels"},
		{1, 1, 1, []int32{1}, []int32{0}, []int32{0}, "report 0 has the task 1, want 0 to 0"},
		{1, 1, 1, []int32{0}, []int32{-1}, []int32{0}, "report 0 has the worker -1"},
		{1, 1, 1, []int32{0}, []int32{0}, []int32{7}, "report 0 has the label 7"},
		{1, 1, MaxTasks + 1, nil, nil, nil, "the number of labels is"},
		{-1, 1, 1, nil, nil, nil, "the number of tasks is -1"},
	} {
		if _, err := NewReports(c.tasks, c.workers, c.classes, c.task, c.worker, c.label); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	crowd := world{tasks: 1, workers: 12_000, classes: 1, task: make([]int32, 12_000), label: make([]int32, 12_000)}
	for i := range int32(12_000) {
		crowd.worker = append(crowd.worker, i)
	}
	if _, err := NewReports(1, 12_000, 1, crowd.task, crowd.worker, crowd.label); err == nil || !strings.Contains(err.Error(), "which has 12000 itself") {
		t.Errorf("a crowd on one task: error %v", err)
	}
	many := world{tasks: 1, workers: 40_000, classes: 300}.reports(t)
	if _, err := CorrelatedAgreement(many, 1); err == nil {
		t.Error("300 classes were taken for correlated agreement")
	}
	if _, err := DeterminantInformation(many); err == nil {
		t.Error("300 classes were taken for determinants")
	}
	if _, err := ExcessAgreement(many, 10); err == nil || !strings.Contains(err.Error(), "test a part of the workers") {
		t.Errorf("error %v", err)
	}
	for _, s := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := TruthSerum(many, s); err == nil {
			t.Errorf("the smoothing %v was taken", s)
		}
	}
	if _, err := ExcessAgreement(world{}.reports(t), 1); err == nil {
		t.Error("pairs with one shared task were tested")
	}
}

// Without evidence the value is 0 and its error without bound.
func TestNoEvidence(t *testing.T) {
	for name, w := range map[string]world{
		"nothing":       {},
		"no reports":    {tasks: 3, workers: 2, classes: 2},
		"one worker":    {3, 1, 2, []int32{0, 1, 2}, []int32{0, 0, 0}, []int32{0, 1, 0}},
		"nobody shares": {2, 2, 2, []int32{0, 1}, []int32{0, 1}, []int32{0, 1}},
	} {
		for _, rule := range rules {
			scores, err := rule.run(w.reports(t))
			if err != nil || len(scores) != w.workers {
				t.Fatalf("%s, %s: %d scores, error %v", name, rule.name, len(scores), err)
			}
			for _, s := range scores {
				if s != (Score{StandardError: math.Inf(1)}) {
					t.Errorf("%s, %s: %+v", name, rule.name, s)
				}
			}
		}
		if pairs, err := ExcessAgreement(w.reports(t), 2); err != nil || len(pairs) != 0 {
			t.Errorf("%s: pairs %v, error %v", name, pairs, err)
		}
	}
}
