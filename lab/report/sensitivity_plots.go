package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// effectFigure draws the effects of all parameters on a measure, the strongest first.
func effectFigure(effects []effect, measure *column) (figure, bool) {
	rows := slices.DeleteFunc(slices.Clone(effects), func(e effect) bool { return e.measure != measure || math.IsNaN(e.rho) })
	if len(rows) == 0 {
		return figure{}, false
	}
	slices.SortStableFunc(rows, stronger)
	name := short(measure.name)
	plot := strips{title: "Effects on " + name, desc: "One row for each parameter: its rank correlation with the measure, with an interval.", width: stripsWidth,
		x: axis{name: "rank correlation with " + name + " (−1 to 1)"}, guides: []guide{{at: -1}, {at: 0}, {at: 1}}}
	for _, e := range rows {
		plot.rows = append(plot.rows, strip{name: short(e.parameter.name), look: 1, at: e.rho, lower: e.lower, upper: e.upper, from: math.NaN(), to: math.NaN(),
			note: ratio(e.rho) + interval(e.lower, e.upper, ratio)})
	}
	return figure{draw: plot.draw, Caption: fmt.Sprintf("Effects on %s, with intervals at 95 %% (Fisher), which are about right if points were drawn at random. A parameter or measure that did not vary has no effect and no row.", name)}, true
}

// panels are the pairs that are drawn: each parameter with the first measure, and then those
// of the strongest effects.
func panels(effects []effect, measures []column) []effect {
	known := slices.DeleteFunc(slices.Clone(effects), func(e effect) bool { return math.IsNaN(e.rho) })
	other := func(e effect) int {
		if e.measure == &measures[0] {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(known, func(a, b effect) int { return cmp.Or(cmp.Compare(other(a), other(b)), stronger(a, b)) })
	return known[:min(len(known), maxPanels)]
}

// scatter draws a measure against a parameter, and the medians where values repeat.
func scatter(e effect) figure {
	points := e.pairs()
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	dots := series{name: "points tried", look: 1, marks: true, bars: true}
	for _, i := range thin(len(points), maxDots) {
		dots.points = append(dots.points, points[i])
	}
	x, y := short(e.parameter.name), short(e.measure.name)
	c := chart{title: y + " against " + x, desc: fmt.Sprintf("Rank correlation %s over %s.", ratio(e.rho), plural(e.n, "point", "points")),
		x: axis{name: x, log: wide(points)}, y: axis{name: y}, series: []series{dots}}
	at := map[float64][]float64{}
	for _, p := range points {
		at[p.x] = append(at[p.x], p.y)
	}
	if len(at) > 1 && len(at) <= 20 && len(points) >= 2*len(at) {
		line := series{name: "median", look: 0, line: true}
		for _, x := range slices.Sorted(maps.Keys(at)) {
			line.points = append(line.points, point{x, newSpread(at[x], 0).median(), math.NaN(), math.NaN()})
		}
		c.series = append(c.series, line)
	}
	return figure{draw: c.draw, Caption: fmt.Sprintf("%s against %s, each in its own unit; rank correlation %s. Bars are intervals at 95 %%.%s", y, x, ratio(e.rho), drawnOf(len(dots.points), len(points)))}
}

// wide reports whether points, in order, spread over more than two powers of ten.
func wide(points []point) bool {
	return len(points) > 0 && points[0].x > 0 && points[len(points)-1].x > 100*points[0].x
}

func effectsTable(effects []effect) listing {
	l := listing{Caption: "Effect of each parameter on each measure", Columns: []string{"parameter", "measure", "rank correlation", "lower", "upper", "points"}, Words: 2}
	for _, e := range effects {
		l.add(full(e.parameter.name), full(e.measure.name), ratio(e.rho), ratio(e.lower), ratio(e.upper), count(e.n))
	}
	l.cut(lab.TableTrials+".csv", len(l.Rows))
	return l
}

// maxColumns bounds the parameters, and the measures, in the table of points.
const maxColumns = 10

func trialsTable(s search) listing {
	l := listing{Caption: "The points that were tried", Columns: []string{"point"}}
	shown := slices.Concat(s.parameters[:min(len(s.parameters), maxColumns)], s.measures[:min(len(s.measures), maxColumns)])
	for _, c := range shown {
		l.Columns = append(l.Columns, full(c.name))
	}
	for i, p := range s.points[:min(len(s.points), maxRows)] {
		cells := []string{count(p)}
		for _, c := range shown {
			cells = append(cells, number(c.cells[i].value))
		}
		l.add(cells...)
	}
	l.cut(lab.TableTrials+".csv", len(s.points)+s.later)
	if hidden := len(s.parameters) + len(s.measures) - len(shown); hidden > 0 {
		l.LeftOut += fmt.Sprintf(" %s have no column here.", plural(hidden, "name", "names"))
	}
	return l
}
