package report

import (
	"cmp"
	"math"
	"slices"
)

// honest is the kind of who does not cheat.
const honest = "honest"

// reading is a value of somebody of a kind, in an epoch of a run.
type reading struct {
	run   int
	epoch uint64
	kind  string
	value float64
}

// curve is how a value went over the epochs, for a kind: in each run the mean over those of
// the kind, and of these the median and a band over runs.
type curve struct {
	kind   string
	points []epochPoint
}

type epochPoint struct {
	epoch                uint64
	median, lower, upper float64
}

// last is the value in the last epoch in which there is one.
func (c curve) last() epochPoint {
	for _, p := range slices.Backward(c.points) {
		if !math.IsNaN(p.median) {
			return p
		}
	}
	return epochPoint{median: math.NaN(), lower: math.NaN(), upper: math.NaN()}
}

// curves are those of all kinds, the honest first and then by the last value, downwards. They
// come with the number of runs.
func curves(rows int, at func(i int) reading) ([]curve, int) {
	places, sums, kinds, runs := gather(rows, at)
	out := make([]curve, len(kinds))
	for i, k := range kinds {
		out[i].kind = k
	}
	for from := 0; from < len(places); {
		p, to := places[from], from
		var values []float64
		for to < len(places) && places[to].kind == p.kind && places[to].epoch == p.epoch {
			values = append(values, sums[places[to].sum].value())
			to++
		}
		s := newSpread(values, 0)
		lower, upper := s.band()
		c := &out[p.kind]
		c.points = append(c.points, epochPoint{p.epoch, s.median(), lower, upper})
		from = to
	}
	slices.SortFunc(out, func(a, b curve) int {
		return cmp.Or(cmp.Compare(order(a.kind), order(b.kind)), -cmp.Compare(a.last().median, b.last().median), compareNames(a.kind, b.kind))
	})
	return out, runs
}

// place is where the sum of a kind is, in an epoch of a run.
type place struct {
	kind  int
	epoch uint64
	run   int
	sum   int
}

// gather adds up readings in the order of rows, and returns the sums' places in order, the
// names of the kinds, and the number of runs.
func gather(rows int, at func(i int) reading) (places []place, sums []mean, kinds []string, runs int) {
	found, named, seen := map[place]int{}, map[string]int{}, map[int]bool{}
	for i := range rows {
		r := at(i)
		k, ok := named[r.kind]
		if !ok {
			k = len(kinds)
			named[r.kind] = k
			kinds = append(kinds, r.kind)
		}
		p := place{kind: k, epoch: r.epoch, run: r.run}
		sum, ok := found[p]
		if !ok {
			sum = len(sums)
			found[p] = sum
			sums = append(sums, mean{})
			places = append(places, place{k, r.epoch, r.run, sum})
			seen[r.run] = true
		}
		sums[sum].add(r.value)
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.run, b.run))
	})
	return places, sums, kinds, len(seen)
}

// order puts the honest before others.
func order(kind string) int {
	if kind == honest {
		return 0
	}
	return 1
}

// charts draws curves, as many as can be told apart in one drawing; the honest ones are in
// each. It also says how many kinds found no room.
func charts(all []curve, base chart) (out []chart, leftOut int) {
	var first []series
	if len(all) > 0 && all[0].kind == honest {
		first, all = []series{curveSeries(all[0], 0)}, all[1:]
	}
	for {
		n := min(len(all), looks-1)
		c := base
		c.series = slices.Clone(first)
		for i, k := range all[:n] {
			c.series = append(c.series, curveSeries(k, i+1))
		}
		out, all = append(out, c), all[n:]
		if len(all) == 0 || len(out) == maxCharts {
			return out, len(all)
		}
	}
}

// curveSeries draws a curve of few enough points, with shapes at some of them.
func curveSeries(c curve, look int) series {
	s := series{name: short(c.kind), look: look, line: true, band: true, marks: len(c.points) == 1}
	for _, i := range thin(len(c.points), maxPoints) {
		p := c.points[i]
		s.points = append(s.points, point{float64(p.epoch), p.median, p.lower, p.upper})
	}
	return s
}

// longest is the number of points of the longest curve.
func longest(all []curve) int {
	n := 0
	for _, c := range all {
		n = max(n, len(c.points))
	}
	return n
}
