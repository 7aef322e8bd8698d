package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Study is a sweep over points or a search for better ones.
//
// All points are measured with the same seeds: what differs between two points is then the
// points and not the luck (common random numbers). The best point of many is the luckiest
// too, so it is measured once more at the end, with seeds that chose nothing.
//
// Points are put in order by the rules of K. Deb, "An efficient constraint handling method
// for genetic algorithms" (Computer Methods in Applied Mechanics and Engineering 186,
// 2000): one that keeps all constraints is better than one that breaks any, of two that
// keep them the one with the lesser objective is, and of two that break them the one that
// does so by less. CMA-ES takes nothing from its points but their order, so these rules
// need no penalty whose weight would have to be tuned as well, and where no point is
// feasible yet they lead to one.
type Study struct {
	Space   *Space
	Measure Measure
	Seed    uint64
	Runs    int // that each point is measured with, each with a seed of its own
	Workers int // that measure side by side; 0 is as many as there are processors
	// Progress, if there is one, is told of each run that is done and how many there are,
	// by one goroutine at a time.
	Progress func(done, all int)

	log   *progress
	seen  map[string][]Measures // of the runs of a point, by its first run and its values
	count int                   // of the runs that are done
	all   int
}

// Trialled is a point with what was measured of it.
type Trialled struct {
	Number   int
	Point    Point
	Measures Measures
	// Invalid says why no parameter file can be made of the point, which is then not
	// measured.
	Invalid   string
	Objective float64
	Violation float64 // sum over the constraints, each in parts of its limit
}

// Feasible reports whether a point keeps all constraints.
func (t *Trialled) Feasible() bool {
	return t.Invalid == "" && t.Violation == 0 && !math.IsNaN(t.Objective)
}

// better orders points, the best first; equal ones by their numbers.
func better(a, b *Trialled) int {
	rank := func(t *Trialled) int {
		switch {
		case t.Invalid != "":
			return 3
		case t.Feasible():
			return 0
		case math.IsNaN(t.Objective) && t.Violation == 0:
			return 2
		}
		return 1
	}
	value := func(t *Trialled) float64 {
		if rank(t) == 0 {
			return t.Objective
		}
		return t.Violation
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(value(a), value(b)), cmp.Compare(a.Number, b.Number))
}

// Result is what a study found.
type Result struct {
	Trials []*Trialled // in the order of their numbers
	Best   *Trialled   // nil where no point is feasible
	// Confirmed is Best, measured with seeds that did not choose it.
	Confirmed *Trialled
}

// Sweep measures points, and writes the table of trials and, where there is a feasible
// point, best.yaml. It goes on where an earlier call in the same folder was cut, with the
// same result. The caller finishes the folder.
func (s *Study) Sweep(ctx context.Context, f *Folder, points []Point) (*Result, error) {
	if len(points) == 0 || len(points) > MaxPoints {
		return nil, fmt.Errorf("%d points, want 1 to %d", len(points), MaxPoints)
	}
	return s.work(ctx, f, len(points), func(ctx context.Context) ([]*Trialled, error) {
		var trials []*Trialled
		for i, p := range points {
			trials = append(trials, &Trialled{Number: i, Point: p})
		}
		return trials, s.measure(ctx, trials, 0)
	})
}

// work does what sweeps and searches have in common.
func (s *Study) work(ctx context.Context, f *Folder, points int, find func(context.Context) ([]*Trialled, error)) (_ *Result, err error) {
	if s.Runs < 1 || s.Runs > MaxRuns || (points+1)*s.Runs > maxJobs {
		return nil, fmt.Errorf("%d runs of each of %d points, want 1 to %d runs and at most %d in all", s.Runs, points, MaxRuns, maxJobs)
	}
	if s.log, err = openProgress(f); err != nil {
		return nil, advise(err)
	}
	defer func() { err = errors.Join(err, s.log.close()) }()
	s.seen, s.count, s.all = map[string][]Measures{}, 0, (points+1)*s.Runs
	r := new(Result)
	if r.Trials, err = find(ctx); err != nil {
		return nil, err
	}
	if best := slices.MinFunc(r.Trials, better); best.Feasible() {
		r.Best = best
		r.Confirmed = &Trialled{Number: best.Number, Point: best.Point}
		if err := s.measure(ctx, []*Trialled{r.Confirmed}, s.Runs); err != nil {
			return nil, err
		}
	}
	return r, s.write(f, r)
}

// measure measures points with the seeds from a first one on, each run side by side with
// the others. A point that equals an earlier one shares its measures.
func (s *Study) measure(ctx context.Context, trials []*Trialled, first int) error {
	workers := s.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	var mu sync.Mutex
	for _, t := range trials {
		name := fmt.Sprint(first, " ", key(t.Point))
		if s.seen[name] != nil || s.invalid(t) {
			s.tell(&mu, s.Runs)
			continue
		}
		runs := make([]Measures, s.Runs)
		s.seen[name] = runs
		for r := range s.Runs {
			group.Go(func() (err error) {
				if within.Err() != nil {
					return context.Cause(within)
				}
				runs[r], err = s.once(within, job{t.Number, first + r}, t.Point)
				s.tell(&mu, 1)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, t := range trials {
		if t.Invalid != "" {
			continue
		}
		var err error
		if t.Measures, err = combine(s.seen[fmt.Sprint(first, " ", key(t.Point))]); err == nil {
			err = s.Space.judge(t)
		}
		if err != nil {
			return fmt.Errorf("point %d: %w", t.Number, err)
		}
	}
	return nil
}

// invalid notes why a point makes no parameter file.
func (s *Study) invalid(t *Trialled) bool {
	if s.Space.base == nil {
		return false
	}
	if _, err := s.Space.base.With(t.Point); err != nil {
		t.Invalid = err.Error()
	}
	return t.Invalid != ""
}

// once measures one run of a point, unless that was done before.
func (s *Study) once(ctx context.Context, j job, at Point) (Measures, error) {
	m, known, err := s.log.measures(j, at)
	if known || err != nil {
		return m, err
	}
	if m, err = s.Measure(ctx, at, s.seed(j.run)); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("measure point %d, run %d: %w", j.point, j.run, err)
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("measure point %d, run %d: nothing was measured", j.point, j.run)
	}
	return m, s.log.add(j, at, m)
}

// seed is that of a run, the same for all points.
func (s *Study) seed(run int) uint64 { return mixed(mixed(s.Seed) + uint64(run)) }

func (s *Study) tell(mu *sync.Mutex, done int) {
	mu.Lock()
	defer mu.Unlock()
	if s.count += done; s.Progress != nil {
		s.Progress(s.count, s.all)
	}
}
