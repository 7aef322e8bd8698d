package lab

import (
	"fmt"
	"math"
	"strconv"

	"github.com/assaynet/assay/scoring/kernel"
)

// count is how many values a whole parameter has.
func (p Parameter) count() float64 { return p.To - p.From + 1 }

// value is the value of a parameter at u in [0, 1], of six digits, so that a file shows
// what was measured. All values of a whole parameter have equal parts of [0, 1].
func (p Parameter) value(u float64) float64 {
	var x float64
	switch p.Scale {
	case Integer:
		return p.From + min(math.Floor(float64(u*p.count())), p.count()-1)
	case Log:
		low := kernel.Log(p.From)
		x = kernel.Exp(low + float64(u*(kernel.Log(p.To)-low)))
	default:
		x = p.From + float64(u*(p.To-p.From))
	}
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64); err == nil {
		x = rounded
	}
	switch {
	case u <= 0:
		return p.From
	case u >= 1:
		return p.To
	}
	return min(max(x, p.From), p.To)
}

// place is where in [0, 1] a value stands; outside its range, the nearer end.
func (p Parameter) place(x float64) float64 {
	x = min(max(x, p.From), p.To)
	switch p.Scale {
	case Integer:
		return (math.Round(x) - p.From + 0.5) / p.count()
	case Log:
		low := kernel.Log(p.From)
		return min(max((kernel.Log(x)-low)/(kernel.Log(p.To)-low), 0), 1)
	}
	return (x - p.From) / (p.To - p.From)
}

// at is the point of a place in the cube.
func (s *Space) at(cube []float64) Point {
	out := Point{}
	for i, p := range s.Parameters {
		out[p.Name] = p.value(cube[i])
	}
	return out
}

// Grid is every combination of the steps of each parameter, the last one running fastest.
// A whole parameter has no more steps than values.
func (s *Space) Grid() ([]Point, error) {
	var steps [][]float64
	total := 1
	for _, p := range s.Parameters {
		var values []float64
		n := p.Steps
		if p.Scale == Integer {
			n = int(min(float64(n), p.count()))
		}
		for k := range n {
			u := float64(k) / float64(n-1)
			if p.Scale == Integer {
				u = p.place(math.Round(p.From + float64(u*(p.To-p.From))))
			}
			values = append(values, p.value(u))
		}
		if total *= n; total > MaxPoints {
			return nil, fmt.Errorf("the grid has more than %d points: give parameters fewer steps, or draw Sobol points", MaxPoints)
		}
		steps = append(steps, values)
	}
	out := make([]Point, total)
	for i := range out {
		out[i] = Point{}
		rest := i
		for k := len(steps) - 1; k >= 0; k-- {
			out[i][s.Parameters[k].Name] = steps[k][rest%len(steps[k])]
			rest /= len(steps[k])
		}
	}
	return out, nil
}

// Sobol is the first points of a Sobol sequence, scrambled by a seed.
func (s *Space) Sobol(points int, seed uint64) ([]Point, error) {
	if points < 1 || points > MaxPoints {
		return nil, fmt.Errorf("%d points, want 1 to %d", points, MaxPoints)
	}
	q := newSobol(len(s.Parameters))
	out := make([]Point, points)
	for i := range out {
		out[i] = s.at(q.scrambled(uint32(i), seed))
	}
	return out, nil
}
