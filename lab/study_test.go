package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/assaynet/assay/scoring/kernel"
)

// toy is a space of n parameters x0, x1, ... from -5 to 10 without a base.
func toy(n int, constraints ...Constraint) *Space {
	s := &Space{Minimise: []Term{{Reference{"f", ""}, 1}}, Constraints: constraints}
	for i := range n {
		s.Parameters = append(s.Parameters, Parameter{"x" + strconv.Itoa(i), -5, 10, Linear, 3})
	}
	return s
}

// of measures a function without noise.
func of(functions map[string]func(x []float64) float64) Measure {
	return func(_ context.Context, p Point, _ uint64) (Measures, error) {
		out := Measures{}
		for name, f := range functions {
			x := make([]float64, len(p))
			for i := range x {
				x[i] = p["x"+strconv.Itoa(i)]
			}
			v := f(x)
			out[name] = Interval{v, v, v}
		}
		return out, nil
	}
}

func sphere(x []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += (v - float64(i)) * (v - float64(i))
	}
	return sum
}

func rosenbrock(x []float64) float64 {
	sum := 0.0
	for i := range len(x) - 1 {
		sum += 100*math.Pow(x[i+1]-x[i]*x[i], 2) + math.Pow(1-x[i], 2)
	}
	return sum
}

// tune finds the best point with so many points.
func tune(t *testing.T, s *Study, points int) *Result {
	t.Helper()
	if s.Runs == 0 {
		s.Runs = 1
	}
	f := mustCreate(t, inMemory(t), manifest())
	r, err := s.Tune(t.Context(), f, points)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestKnownOptima searches where the answer is known, with three seeds each.
func TestKnownOptima(t *testing.T) {
	sum := func(x []float64) float64 {
		s := 0.0
		for _, v := range x {
			s += v
		}
		return s
	}
	whole := toy(3)
	for i := range whole.Parameters {
		whole.Parameters[i].Scale = Integer
	}
	mixedScales := toy(3)
	mixedScales.Parameters[0].Scale = Integer
	mixedScales.Parameters[1] = Parameter{"x1", 1e-6, 1e3, Log, 3}
	for _, c := range []struct {
		name   string
		space  *Space
		f      map[string]func([]float64) float64
		points int
		want   []float64
		within float64
	}{
		{"sphere", toy(5), map[string]func([]float64) float64{"f": sphere}, 1200, []float64{0, 1, 2, 3, 4}, 1e-2},
		{"Rosenbrock", toy(2), map[string]func([]float64) float64{"f": rosenbrock}, 1200, []float64{1, 1}, 2e-2},
		{"on the border", toy(3), map[string]func([]float64) float64{"f": sum}, 400, []float64{-5, -5, -5}, 1e-2},
		// The least x0² + x1² with x0 + x1 >= 3 is at (1.5, 1.5), on the constraint.
		{"constrained", toy(2, Constraint{Reference{"g", ""}, false, 3}), map[string]func([]float64) float64{"f": func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] }, "g": sum}, 800, []float64{1.5, 1.5}, 5e-2},
		// Only a disc of radius 1 about (8, 8) is feasible: a 200th of the square.
		{"hard to be feasible", toy(2, Constraint{Reference{"g", ""}, true, 1}), map[string]func([]float64) float64{"f": sum, "g": func(x []float64) float64 { return math.Hypot(x[0]-8, x[1]-8) }}, 800, []float64{8 - math.Sqrt2/2, 8 - math.Sqrt2/2}, 8e-2},
		{"whole numbers", whole, map[string]func([]float64) float64{"f": sphere}, 600, []float64{0, 1, 2}, 0},
		{"mixed", mixedScales, map[string]func([]float64) float64{"f": func(x []float64) float64 {
			return math.Pow(x[0]-7, 2) + math.Pow(math.Log10(x[1])+2, 2) + math.Pow(x[2]-0.5, 2) + 0.3*math.Abs(x[0]-7)*math.Abs(x[2])
		}}, 900, []float64{7, 0.01, 0.5}, 2e-2},
	} {
		for seed := range uint64(3) {
			r := tune(t, &Study{Space: c.space, Measure: of(c.f), Seed: seed, Workers: 1}, c.points)
			if len(r.Trials) != c.points || r.Best == nil {
				t.Fatalf("%s: %d trials, best %v", c.name, len(r.Trials), r.Best)
			}
			for i, want := range c.want {
				if got := r.Best.Point["x"+strconv.Itoa(i)]; math.Abs(got-want) > c.within {
					t.Errorf("%s, seed %d: x%d is %v, want %v", c.name, seed, i, got, want)
				}
			}
		}
	}
}

// TestRestartsFindTheOtherValley: a wide valley that is shallow, and a narrow deep one.
func TestRestartsFindTheOtherValley(t *testing.T) {
	f := map[string]func([]float64) float64{"f": func(x []float64) float64 {
		return min(1+0.01*((x[0]-6)*(x[0]-6)+(x[1]-6)*(x[1]-6)), 0.2*((x[0]+3)*(x[0]+3)+(x[1]+3)*(x[1]+3)))
	}}
	for seed := range uint64(5) {
		if r := tune(t, &Study{Space: toy(2), Measure: of(f), Seed: seed, Workers: 1}, 5000); r.Best.Objective > 1e-3 {
			t.Errorf("seed %d: %v at %v", seed, r.Best.Objective, r.Best.Point)
		}
	}
}

// TestStepSizeAdapts is what gonum's method does not do: from a start far too wide for it,
// the search comes to rest in logarithmic time.
func TestStepSizeAdapts(t *testing.T) {
	c := newCMA([]float64{0.9, 0.9, 0.9}, make([]float64, 3), 7, kernel.NewRandom(1))
	for c.generation < 150 && !c.done() {
		points := c.ask()
		order := []int{0, 1, 2, 3, 4, 5, 6}
		slices.SortFunc(order, func(a, b int) int {
			if product(points[a], points[a]) < product(points[b], points[b]) {
				return -1
			}
			return 1
		})
		c.tell(order)
	}
	if !c.done() || product(c.mean, c.mean) > 1e-9 {
		t.Errorf("generation %d: step %v, mean %v", c.generation, c.sigma, c.mean)
	}
}

func TestEigen(t *testing.T) {
	random := kernel.NewRandom(1)
	for n := 1; n <= 20; n++ {
		a := identity(n)
		for i := range n {
			for j := range i + 1 {
				a[i][j] = random.Normal()
				a[j][i] = a[i][j]
			}
		}
		vectors, values := eigen(a)
		for j, v := range values {
			column := make([]float64, n)
			for i := range column {
				column[i] = vectors[i][j]
			}
			for i := range a {
				if math.Abs(product(a[i], column)-v*column[i]) > 1e-12*float64(n) {
					t.Errorf("n = %d: %v is no eigenvalue", n, v)
				}
			}
			if math.Abs(product(column, column)-1) > 1e-12 {
				t.Errorf("n = %d: a vector of another length", n)
			}
		}
	}
}

// TestOrder is Deb's rules, one by one.
func TestOrder(t *testing.T) {
	nan := math.NaN()
	want := []*Trialled{
		{Number: 5, Objective: 1}, {Number: 6, Objective: 1}, {Number: 4, Objective: 9},
		{Number: 3, Objective: 0, Violation: 0.1}, {Number: 2, Objective: -9, Violation: 3}, {Number: 9, Objective: nan, Violation: 4},
		{Number: 1, Objective: nan}, {Number: 0, Invalid: "no file"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, better)
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("place %d has number %d, want %d", i, got[i].Number, want[i].Number)
		}
	}
}

func TestViolation(t *testing.T) {
	most, least, zero := Constraint{Reference{"f", ""}, true, 0.01}, Constraint{Reference{"f", "lower"}, false, 2}, Constraint{Reference{"f", "upper"}, true, 0}
	for _, c := range []struct {
		constraint Constraint
		measured   Interval
		want       float64
	}{
		{most, Interval{0.01, 0, 1}, 0}, {most, Interval{0.02, 0, 1}, 1}, {least, Interval{5, 1, 6}, 0.5}, {least, Interval{5, 2, 6}, 0},
		{zero, Interval{-1, -2, 3}, 3}, {most, Interval{math.NaN(), 0, 0}, math.Inf(1)},
	} {
		if got := c.constraint.violation(Measures{"f": c.measured}); math.Abs(got-c.want) > 1e-12 && got != c.want {
			t.Errorf("%+v of %+v: %v, want %v", c.constraint, c.measured, got, c.want)
		}
	}
}

// TestCombine: Student's quantile of 4 degrees of freedom is 2.776445 (tables), and the
// wider interval wins on each side.
func TestCombine(t *testing.T) {
	var runs []Measures
	for _, v := range []float64{1, 2, 3, 4, 5} {
		runs = append(runs, Measures{"f": {v, v, v + 10}})
	}
	got, err := combine(runs)
	half := 2.776445105 * math.Sqrt(2.5/5)
	if err != nil || math.Abs(got["f"].Value-3) > 1e-12 || math.Abs(got["f"].Lower-(3-half)) > 1e-6 || math.Abs(got["f"].Upper-(3+10/math.Sqrt(5))) > 1e-9 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := combine([]Measures{{"f": {}}, {"g": {}}}); err == nil {
		t.Error("runs with other measures are joined")
	}
	if got, err := combine([]Measures{{"f": {1, 0.5, 2}}}); err != nil || got["f"] != (Interval{1, 0.5, 2}) {
		t.Errorf("%v, %v", got, err)
	}
	inf, nan := math.Inf(1), math.NaN()
	if got, err := combine([]Measures{{"f": {1, -inf, inf}, "g": {nan, nan, nan}}}); err != nil || fmt.Sprint(got) != "map[f:{1 NaN NaN} g:{NaN NaN NaN}]" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := combine([]Measures{{"f": {1, -inf, inf}}, {"f": {3, nan, nan}}}); err != nil || math.Abs(got["f"].Upper-(2+12.7062047)) > 1e-6 {
		t.Errorf("%v, %v", got, err)
	}
}

// noisy is a toy whose luck belongs to the seed: far larger than what differs between
// points, but the same for all.
func noisy(calls *atomic.Int64, seeds *sync.Map) Measure {
	f := of(map[string]func([]float64) float64{"f": sphere, "g": func(x []float64) float64 { return x[0] }})
	return func(ctx context.Context, p Point, seed uint64) (Measures, error) {
		if calls != nil {
			calls.Add(1)
		}
		if seeds != nil {
			seeds.Store(seed, true)
		}
		m, err := f(ctx, p, seed)
		luck := 1000 * kernel.NewRandom(seed).Normal()
		v := m["f"].Value + luck
		m["f"] = Interval{v, v - 1, v + 1}
		return m, err
	}
}

func TestCommonRandomNumbers(t *testing.T) {
	var seeds sync.Map
	r := tune(t, &Study{Space: toy(3), Measure: noisy(nil, &seeds), Seed: 1, Runs: 2}, 500)
	if sphere([]float64{r.Best.Point["x0"], r.Best.Point["x1"], r.Best.Point["x2"]}) > 1e-2 {
		t.Errorf("the luck hides the points: %v", r.Best.Point)
	}
	n := 0
	seeds.Range(func(any, any) bool { n++; return true })
	if n != 4 { // two for all points, and two fresh ones for the best
		t.Errorf("%d seeds", n)
	}
	if r.Confirmed == nil || r.Confirmed.Number != r.Best.Number || r.Confirmed.Objective == r.Best.Objective {
		t.Errorf("the best point is not measured afresh: %+v", r.Confirmed)
	}
}

// everyFile runs a study in a folder and gives its files.
func everyFile(t *testing.T, dir string, study func(f *Folder) error) map[string]string {
	t.Helper()
	f := mustCreate(t, dir, manifest())
	if err := study(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return contents(t, dir)
}

// TestIndependentOfWorkers lets runs end in any order.
func TestIndependentOfWorkers(t *testing.T) {
	space := toy(3, Constraint{Reference{"g", ""}, false, 1})
	space.Parameters[2].Scale = Integer
	var files []map[string]string
	for _, workers := range []int{1, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		var turn atomic.Int64
		f := noisy(nil, nil)
		late := func(ctx context.Context, p Point, seed uint64) (Measures, error) {
			for range turn.Add(1) * 7919 % 13 {
				runtime.Gosched()
			}
			return f(ctx, p, seed)
		}
		last := 0
		s := &Study{Space: space, Measure: late, Seed: 5, Runs: 3, Workers: workers, Progress: func(done, all int) {
			if done < last || done > all || all != 121*3 {
				t.Errorf("%d of %d after %d", done, all, last)
			}
			last = done
		}}
		files = append(files, everyFile(t, inMemory(t), func(f *Folder) error {
			_, err := s.Tune(t.Context(), f, 120)
			return err
		}))
		if last != 121*3 {
			t.Errorf("progress ends at %d", last)
		}
	}
	if !reflect.DeepEqual(files[0], files[1]) {
		t.Error("the result depends on the workers")
	}
	if _, ok := files[0][progressFile]; ok {
		t.Error("a finished run keeps its progress")
	}
}

var errStop = errors.New("stopped")

// TestResume stops studies after each number of runs, tears what was written last, and goes
// on: the files are those of a study that was not stopped, and nothing is measured twice.
func TestResume(t *testing.T) {
	space := toy(2, Constraint{Reference{"g", ""}, false, 1})
	for name, work := range map[string]func(s *Study, f *Folder) (*Result, error){
		"sweep": func(s *Study, f *Folder) (*Result, error) {
			points, err := space.Sobol(9, s.Seed)
			if err != nil {
				return nil, err
			}
			return s.Sweep(t.Context(), f, points)
		},
		"tune": func(s *Study, f *Folder) (*Result, error) { return s.Tune(t.Context(), f, 18) },
	} {
		var calls atomic.Int64
		study := func(m Measure) *Study { return &Study{Space: space, Measure: m, Seed: 3, Runs: 2, Workers: 2} }
		want := everyFile(t, inMemory(t), func(f *Folder) error { _, err := work(study(noisy(&calls, nil)), f); return err })
		all := int(calls.Load())
		for stop := range all {
			dir := inMemory(t)
			f := mustCreate(t, dir, manifest())
			var done atomic.Int64
			measure := noisy(nil, nil)
			_, err := work(study(func(ctx context.Context, p Point, seed uint64) (Measures, error) {
				if int(done.Add(1)) > stop {
					return nil, errStop
				}
				return measure(ctx, p, seed)
			}), f)
			if !errors.Is(err, errStop) {
				t.Fatalf("%s stopped after %d: %v", name, stop, err)
			}
			f.Close()
			kept := tear(t, filepath.Join(dir, progressFile), stop%5)
			calls.Store(0)
			got := everyFile(t, dir, func(f *Folder) error { _, err := work(study(noisy(&calls, nil)), f); return err })
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s stopped after %d has other files", name, stop)
			}
			if int(calls.Load()) != all-kept {
				t.Errorf("%s stopped after %d: %d runs more, and %d of %d were kept", name, stop, calls.Load(), kept, all)
			}
		}
	}
}

// tear cuts the last line of a file in one of several ways and counts the whole ones.
func tear(t *testing.T, path string, how int) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(text, []byte("\n"))
	if how == 0 || lines == 0 {
		return lines
	}
	start := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	switch how {
	case 1:
		text = text[:len(text)-1] // only its end is missing
	case 2:
		text = text[:start+1]
	case 3:
		text = append(text[:(start+len(text))/2], make([]byte, 100)...) // a block of zeros
	case 4:
		text[start+30] ^= 1
		text = append(text, []byte(strings.Repeat("x", maxProgressLine+5))...)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return lines - 1
}

func TestChangedProgress(t *testing.T) {
	dir := inMemory(t)
	f := mustCreate(t, dir, manifest())
	s := &Study{Space: toy(2), Measure: noisy(nil, nil), Seed: 3, Runs: 1, Workers: 1}
	points := []Point{{"x0": 1, "x1": 1}, {"x0": 1, "x1": 2}, {"x0": 1, "x1": 3}}
	if _, err := s.Sweep(t.Context(), f, points); err != nil {
		t.Fatal(err)
	}
	points[1]["x1"] = 4
	if _, err := s.Sweep(t.Context(), f, points); err == nil || !strings.Contains(err.Error(), "point 1 is another one there, with x1 2, not 4") {
		t.Errorf("%v", err)
	}
	path := filepath.Join(dir, progressFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("x"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(t.Context(), f, points); err == nil || !strings.Contains(err.Error(), "line 1 was changed") {
		t.Errorf("%v", err)
	}
}

// smallStudy is a sweep whose steps on the disk are counted.
func smallStudy(dir string, stop int, halt func() error) (steps int, names []string, err error) {
	var mu sync.Mutex
	d := disk{dir: dir, before: func(step, name string) error {
		mu.Lock()
		defer mu.Unlock()
		steps++
		names = append(names, step+" "+name)
		if steps == stop {
			return halt()
		}
		return nil
	}}
	f, err := create(d, manifest())
	if err != nil {
		return steps, names, err
	}
	defer f.Close()
	s := &Study{Space: toy(1), Measure: noisy(nil, nil), Seed: 3, Runs: 2, Workers: 1}
	if _, err := s.Sweep(context.Background(), f, []Point{{"x0": 1}, {"x0": 2}, {"x0": 2}, {"x0": 0}}); err != nil {
		return steps, names, err
	}
	return steps, names, f.Finish()
}

// TestStudyCutAtEveryStep lets each step on the disk fail, and then end the process, and
// goes on.
func TestStudyCutAtEveryStep(t *testing.T) {
	if at := os.Getenv(crashAt); at != "" {
		stop, err := strconv.Atoi(at)
		if err != nil {
			t.Fatal(err)
		}
		smallStudy(os.Getenv(crashAt+"_DIR"), stop, func() error { os.Exit(99); return nil })
		return
	}
	whole := t.TempDir()
	steps, names, err := smallStudy(whole, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for stop := 1; stop <= steps; stop++ {
		for _, crash := range []bool{false, true} {
			dir := inMemory(t)
			if crash {
				cmd := exec.Command(os.Args[0], "-test.run=^TestStudyCutAtEveryStep$")
				cmd.Env = append(os.Environ(), crashAt+"="+strconv.Itoa(stop), crashAt+"_DIR="+dir)
				if cmd.Run(); cmd.ProcessState.ExitCode() != 99 {
					t.Fatalf("step %d: exit code %d", stop, cmd.ProcessState.ExitCode())
				}
			} else if _, _, err := smallStudy(dir, stop, func() error { return syscall.ENOSPC }); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
				t.Fatalf("step %d, %s: %v", stop, names[stop-1], err)
			}
			if _, _, err := smallStudy(dir, 0, nil); err != nil && !errors.Is(err, ErrFinished) {
				t.Errorf("after step %d, %s: %v", stop, names[stop-1], err)
			}
			if !reflect.DeepEqual(contents(t, dir), want) {
				t.Errorf("after step %d, %s, the study has other files", stop, names[stop-1])
			}
		}
	}
}

// TestWithParameters tunes the shipped parameters: points of which no parameter file can be
// made are passed over, and the best one is written as a file.
func TestWithParameters(t *testing.T) {
	base := shipped(t)
	s, err := ReadSpace([]byte("parameters:\n  good: {range: [0.6, 0.99]}\n  bad: {range: [0.1, 0.95]}\nminimise: {worst_ratio: 1}\n"), base, measureNames)
	if err != nil {
		t.Fatal(err)
	}
	measure := func(_ context.Context, p Point, _ uint64) (Measures, error) {
		if p["bad"] > p["good"]-0.01 {
			return nil, errors.New("measured what is no parameter file")
		}
		v := math.Abs(p["good"]-0.7) + math.Abs(p["bad"]-0.69) // at the edge of what can be
		return Measures{"worst_ratio": {v, v, v}}, nil
	}
	dir := inMemory(t)
	f := mustCreate(t, dir, manifest())
	r, err := (&Study{Space: s, Measure: measure, Seed: 2, Runs: 1}).Tune(t.Context(), f, 400)
	if err != nil {
		t.Fatal(err)
	}
	invalid := slices.IndexFunc(r.Trials, func(t *Trialled) bool { return t.Invalid != "" })
	if invalid < 0 || r.Trials[0].Point["good"] != base.Value("good") || r.Best.Objective > 0.02 {
		t.Errorf("invalid: %d, start: %v, best: %+v", invalid, r.Trials[0].Point, r.Best)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	f, err = Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ReadText(f, BestFile)
	best, err2 := NewBase([]byte(text))
	if err := errors.Join(err, err2); err != nil || best.Value("good") != r.Best.Point["good"] || best.Value("bad") != r.Best.Point["bad"] || !strings.Contains(text, "# Change: a CUSUM") {
		t.Errorf("%v, %s", err, text)
	}
	rows, err := Read[Trial](f, TableTrials)
	if err != nil || !slices.EqualFunc(rows, r.Rows(), func(a, b Trial) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if i := slices.IndexFunc(rows, func(t Trial) bool { return t.Point == invalid && t.Name == "objective" }); i < 0 || !math.IsNaN(rows[i].Value) {
		t.Error("an invalid point has an objective")
	}
	if rows[len(rows)-1].Type != "confirmed" {
		t.Errorf("%+v", rows[len(rows)-1])
	}
}

func TestNothingFeasible(t *testing.T) {
	r := tune(t, &Study{Space: toy(2, Constraint{Reference{"g", ""}, true, -100}), Measure: noisy(nil, nil), Seed: 1}, 30)
	if r.Best != nil || r.Confirmed != nil || len(r.Rows()) == 0 {
		t.Errorf("%+v", r.Best)
	}
}

func TestStudyRefuses(t *testing.T) {
	f := mustCreate(t, t.TempDir(), manifest())
	failing := func(context.Context, Point, uint64) (Measures, error) { return nil, errStop }
	nothing := func(context.Context, Point, uint64) (Measures, error) { return Measures{}, nil }
	other := of(map[string]func([]float64) float64{"h": sphere})
	stopped, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	for want, run := range map[string]func() error{
		"0 runs of each of 4 points": func() error {
			_, err := (&Study{Space: toy(1), Measure: failing}).Tune(t.Context(), f, 4)
			return err
		},
		"1 points, want 2": func() error {
			_, err := (&Study{Space: toy(1), Measure: failing, Runs: 1}).Tune(t.Context(), f, 1)
			return err
		},
		"0 points, want 1": func() error {
			_, err := (&Study{Space: toy(1), Measure: failing, Runs: 1}).Sweep(t.Context(), f, nil)
			return err
		},
		"measure point 0, run 0: stopped": func() error {
			_, err := (&Study{Space: toy(1), Measure: failing, Runs: 1}).Tune(t.Context(), f, 4)
			return err
		},
		"nothing was measured": func() error {
			_, err := (&Study{Space: toy(1), Measure: nothing, Runs: 1}).Tune(t.Context(), f, 4)
			return err
		},
		"point 0: f was not measured": func() error {
			_, err := (&Study{Space: toy(1), Measure: other, Runs: 1}).Tune(t.Context(), f, 4)
			return err
		},
		"stopped": func() error {
			_, err := (&Study{Space: toy(1), Measure: noisy(nil, nil), Runs: 1, Seed: 9}).Tune(stopped, f, 4)
			if !errors.Is(err, errStop) {
				return nil
			}
			return err
		},
	} {
		os.Remove(filepath.Join(f.Dir(), progressFile))
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestText(t *testing.T) {
	dir := inMemory(t)
	f := mustCreate(t, dir, manifest())
	for _, text := range []string{"a: 1\n", "a: 2\n", ""} {
		if err := WriteText(f, "a.yaml", text); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadText(f, "a.yaml"); err != nil || got != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, name := range []string{"manifest.json", "../a.yaml", "a", "trials.csv"} {
		if err := WriteText(f, name, ""); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if err := WriteText(f, "b.txt", "abc"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"abd", "abcd"} {
		if err := os.WriteFile(filepath.Join(dir, "b.txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadText(f, "b.txt"); err == nil || !strings.Contains(err.Error(), "changed or cut") {
			t.Errorf("%v", err)
		}
	}
	if _, err := ReadText(f, "c.txt"); err == nil {
		t.Error("a file that is not there")
	}
}

func FuzzProgressLine(f *testing.F) {
	text := `{"point":1,"run":2,"at":{"x":"1"},"Measures":{"f":["1","0","NaN"]}}`
	f.Add(checksum(text) + " " + text + "\n")
	f.Fuzz(func(t *testing.T, line string) {
		d, whole := readFinished(line)
		if whole && !strings.HasPrefix(line, checksum(strings.TrimSuffix(line[9:], "\n"))) {
			t.Errorf("%+v", d)
		}
	})
}
