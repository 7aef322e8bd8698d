package lab

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"github.com/assaynet/assay/scoring/kernel"
)

// Tune searches for the best point by CMA-ES, with as many points as are given: the base
// of the space first, then generations around it. When that has converged it starts again
// elsewhere, with generations of the default size and twice, four and eight times as many
// points, the larger the rarer, so that many short searches and few broad ones have about
// as many points each (the aim of Hansen's BIPOP, GECCO 2009). It writes what Sweep writes,
// and goes on as Sweep does.
func (s *Study) Tune(ctx context.Context, f *Folder, points int) (*Result, error) {
	if points < 2 || points > MaxPoints {
		return nil, fmt.Errorf("%d points, want 2 to %d", points, MaxPoints)
	}
	return s.work(ctx, f, points, func(ctx context.Context) ([]*Trialled, error) { return s.search(ctx, points) })
}

// search is the search by CMA-ES. It is a function of the seed and of what is measured, so
// one that was cut comes the same way again, faster.
func (s *Study) search(ctx context.Context, points int) ([]*Trialled, error) {
	random := kernel.NewRandom(mixed(s.Seed ^ mixed(uint64(len(s.Space.Parameters)))))
	mean, steps := s.Space.start()
	lambda, starts := population(len(mean)), uint(0)
	trials := []*Trialled{{Point: s.Space.at(mean)}}
	if err := s.measure(ctx, trials, 0); err != nil {
		return nil, err
	}
	for c := newCMA(mean, steps, lambda, random); len(trials) < points; {
		var generation []*Trialled
		for _, x := range c.ask()[:min(c.lambda, points-len(trials))] {
			generation = append(generation, &Trialled{Number: len(trials) + len(generation), Point: s.Space.at(x)})
		}
		if err := s.measure(ctx, generation, 0); err != nil {
			return nil, err
		}
		trials = append(trials, generation...)
		if len(generation) < c.lambda {
			break
		}
		c.tell(order(generation))
		if c.done() || flat(generation) {
			for i := range mean {
				mean[i] = random.Float64()
			}
			starts++
			c = newCMA(mean, steps, lambda<<min(bits.TrailingZeros(starts), 3), random)
		}
	}
	return trials, nil
}

// start is where a search starts, and the widths of whole parameters' values.
func (s *Space) start() (mean, steps []float64) {
	for _, p := range s.Parameters {
		m, step := 0.5, 0.0
		if s.base != nil {
			m = p.place(s.base.Value(p.Name))
		}
		if p.Scale == Integer {
			step = 1 / p.count()
		}
		mean, steps = append(mean, m), append(steps, step)
	}
	return mean, steps
}

// order is the points of a generation from the best to the worst.
func order(generation []*Trialled) []int {
	out := make([]int, len(generation))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return better(generation[a], generation[b]) })
	return out
}

// flat reports whether all points of a generation are the same one.
func flat(generation []*Trialled) bool {
	return !slices.ContainsFunc(generation, func(t *Trialled) bool { return key(t.Point) != key(generation[0].Point) })
}
