package report

import (
	"math"
	"strconv"
)

// axis is a direction of a drawing.
type axis struct {
	name     string // with its unit
	from, to float64
	log      bool
	percent  bool // values are shares, shown in percent
}

// fit makes the axis hold what can be drawn of it, with whole steps at the ends. It stays one
// of logarithms only if all values are above 0.
func (a axis) fit(e extremes) axis {
	if !e.some {
		e = extremes{0, 1, true}
	}
	a.from, a.to = e.least, e.greatest
	if a.log = a.log && a.from > 0; a.log {
		a.from, a.to = math.Pow(10, math.Floor(math.Log10(a.from)+1e-9)), math.Pow(10, math.Ceil(math.Log10(a.to)-1e-9))
		if a.from == a.to {
			a.to *= 10
		}
		return a
	}
	if a.from > 0 && a.from < a.to/2 {
		a.from = 0
	}
	if a.to-a.from <= 1e-9*max(math.Abs(a.from), math.Abs(a.to)) {
		half := max(math.Abs(a.from)/2, 0.5)
		a.from, a.to = a.from-half, a.to+half
		if e.least >= 0 {
			a.from = max(a.from, 0)
		}
	}
	step := a.step()
	a.from, a.to = step*math.Floor(a.from/step+1e-9), step*math.Ceil(a.to/step-1e-9)
	return a
}

// step is the distance of ticks: 1, 2 or 5 times a power of ten, four to eight on an axis.
func (a axis) step() float64 {
	raw := (a.to - a.from) / 5
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	switch m := raw / power; {
	case m < 1.5:
		return power
	case m < 3.5:
		return 2 * power
	case m < 7.5:
		return 5 * power
	}
	return 10 * power
}

// at is the place of x on the axis, from 0 to 1; what lies outside is put at its end.
func (a axis) at(x float64) float64 {
	from, to := a.from, a.to
	if a.log {
		if x <= 0 {
			return 0
		}
		x, from, to = math.Log10(x), math.Log10(from), math.Log10(to)
	}
	return min(max((x-from)/(to-from), 0), 1)
}

// tick is a mark on an axis.
type tick struct {
	at   float64
	text string
}

// ticks are the marks of the axis.
func (a axis) ticks() []tick {
	var out []tick
	if a.log {
		decades := math.Round(math.Log10(a.to / a.from))
		stride := math.Ceil(decades / 6)
		for k := 0.0; k <= decades; k += stride {
			x := a.from * math.Pow(10, k)
			out = append(out, tick{a.at(x), a.label(x, x)})
			for _, m := range []float64{2, 5} {
				if decades <= 2 && x*m < a.to {
					out = append(out, tick{a.at(x * m), a.label(x*m, x)})
				}
			}
		}
		return out
	}
	step := a.step()
	for k := math.Ceil(a.from/step - 1e-9); k <= math.Floor(a.to/step+1e-9) && len(out) < 20; k++ {
		out = append(out, tick{a.at(k * step), a.label(k*step, step)})
	}
	return out
}

// label writes a value with as many digits as a step needs.
func (a axis) label(x, step float64) string {
	unit := ""
	if a.percent {
		x, step, unit = 100*x, 100*step, " %"
	}
	if math.Abs(x) < step/2 {
		return "0" + unit
	}
	if math.Abs(x) >= 1e7 || step < 1e-5 {
		return minus(strconv.FormatFloat(x, 'g', 3, 64)) + unit
	}
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	return minus(thousandsAbove(strconv.FormatFloat(x, 'f', digits, 64))) + unit
}

// thousandsAbove puts commas into whole numbers alone.
func thousandsAbove(s string) string {
	for _, r := range s {
		if r == '.' {
			return s
		}
	}
	return thousands(s)
}
