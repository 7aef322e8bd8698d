package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// Bounds of the section of a search.
const (
	maxNames    = 30      // parameters that are looked at, and measures
	maxTried    = 1 << 16 // points that are looked at
	maxPanels   = 12      // scatter plots
	maxMeasures = 4       // with a plot of effects each
	maxDots     = 150
)

// search is the points of a sweep or a search, with what was set and what was measured.
type search struct {
	points               []int
	parameters, measures []column
	unseen, later        int // names, and points, for which there was no room
}

// reached is a value with its bounds, at a point; NaN where there is none.
type reached struct{ value, lower, upper float64 }

// column is a parameter or a measure at each point.
type column struct {
	name  string
	cells []reached
	ranks []float64 // of the values, if all can be drawn
}

// effect is how a measure goes with a parameter: Spearman's rank correlation, with an
// interval at 95 % by Fisher's transformation.
type effect struct {
	parameter, measure *column
	rho, lower, upper  float64
	n                  int
}

// sensitivity is the section of a sweep or a search.
func sensitivity(d Data) *section {
	if len(d.Trials) == 0 {
		return nil
	}
	all := newSearch(d.Trials)
	var effects []effect
	for m := range all.measures {
		for p := range all.parameters {
			effects = append(effects, effectOf(&all.parameters[p], &all.measures[m]))
		}
	}
	s := &section{ID: "sensitivity", Subject: "Sensitivity", Finding: sensitivityFinding(effects, len(all.parameters), len(all.points)),
		Text: "A point is one set of parameters that was tried. The effect of a parameter on a measure is their rank correlation over the points (Spearman): 1 or −1 if the one always rises or falls with the other, 0 if there is no such trend. A bend in the middle does not show in it: look at the points."}
	for m := range all.measures[:min(len(all.measures), maxMeasures)] {
		if f, ok := effectFigure(effects, &all.measures[m]); ok {
			s.Figures = append(s.Figures, f)
		}
	}
	chosen := panels(effects, all.measures)
	for _, e := range chosen {
		s.Figures = append(s.Figures, scatter(e))
	}
	if len(chosen) < len(effects) {
		s.Text += fmt.Sprintf(" Of %s pairs of a measure and a parameter, %s are drawn point by point.", count(len(effects)), count(len(chosen)))
	}
	if all.unseen > 0 {
		s.Text += fmt.Sprintf(" %s were not looked at.", plural(all.unseen, "other name", "other names"))
	}
	if all.later > 0 {
		s.Text += fmt.Sprintf(" Of the points %s were looked at and %s, of the highest numbers, were not.", count(len(all.points)), count(all.later))
	}
	s.Tables = []listing{trialsTable(all)}
	if len(effects) > 0 {
		s.Tables = []listing{effectsTable(effects), trialsTable(all)}
	}
	return s
}

// newSearch gathers rows by point, and names in the order in which they come.
func newSearch(rows []lab.Trial) search {
	var s search
	at := map[int]int{}
	for _, r := range rows {
		if _, ok := at[r.Point]; !ok {
			at[r.Point] = 0
			s.points = append(s.points, r.Point)
		}
	}
	slices.Sort(s.points)
	s.later = max(0, len(s.points)-maxTried)
	s.points = s.points[:len(s.points)-s.later]
	clear(at)
	for i, p := range s.points {
		at[p] = i
	}
	named, unseen := map[[2]string]int{}, map[[2]string]bool{}
	for _, r := range rows {
		of := &s.parameters
		if r.Type == "measure" {
			of = &s.measures
		} else if r.Type != "parameter" {
			continue
		}
		point, kept := at[r.Point]
		if !kept {
			continue
		}
		key := [2]string{r.Type, r.Name}
		i, ok := named[key]
		if !ok && len(*of) == maxNames {
			unseen[key] = true
			continue
		}
		if !ok {
			i = len(*of)
			named[key] = i
			*of = append(*of, column{name: r.Name, cells: slices.Repeat([]reached{{math.NaN(), math.NaN(), math.NaN()}}, len(s.points))})
		}
		(*of)[i].cells[point] = reached{r.Value, r.Lower, r.Upper}
	}
	for _, columns := range [][]column{s.parameters, s.measures} {
		for i := range columns {
			columns[i].rank()
		}
	}
	s.unseen = len(unseen)
	return s
}

// rank ranks a column in which nothing is missing.
func (c *column) rank() {
	values := make([]float64, len(c.cells))
	for i, r := range c.cells {
		if values[i] = r.value; !drawable(r.value) {
			return
		}
	}
	c.ranks = ranks(values)
}

// pairs are the values of a parameter and a measure at the points that have both.
func (e effect) pairs() (points []point) {
	for i, p := range e.parameter.cells {
		if m := e.measure.cells[i]; drawable(p.value) && drawable(m.value) {
			points = append(points, point{p.value, m.value, m.lower, m.upper})
		}
	}
	return points
}

func effectOf(parameter, measure *column) effect {
	e := effect{parameter: parameter, measure: measure, n: len(parameter.cells), lower: math.NaN(), upper: math.NaN()}
	x, y := parameter.ranks, measure.ranks
	if x == nil || y == nil {
		points := e.pairs()
		e.n = len(points)
		x, y = make([]float64, e.n), make([]float64, e.n)
		for i, p := range points {
			x[i], y[i] = p.x, p.y
		}
		x, y = ranks(x), ranks(y)
	}
	e.rho = correlation(x, y)
	if e.n > 3 && math.Abs(e.rho) < 1 {
		half := 1.96 / math.Sqrt(float64(e.n-3))
		z := math.Atanh(e.rho)
		e.lower, e.upper = math.Tanh(z-half), math.Tanh(z+half)
	}
	return e
}

// ranks are the places of values in their order; equal ones share the mean of theirs.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}

// correlation is Pearson's; NaN where one side does not vary.
func correlation(x, y []float64) float64 {
	n := float64(len(x))
	var mx, my, sxy, sxx, syy float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	for i := range x {
		sxy, sxx, syy = sxy+(x[i]-mx)*(y[i]-my), sxx+(x[i]-mx)*(x[i]-mx), syy+(y[i]-my)*(y[i]-my)
	}
	if !(sxx > 0) || !(syy > 0) {
		return math.NaN()
	}
	return min(max(sxy/math.Sqrt(sxx*syy), -1), 1)
}

func sensitivityFinding(effects []effect, parameters, points int) string {
	// The first measure that varies with anything: one that costs are counted by may not.
	var known []effect
	for _, e := range effects {
		if !math.IsNaN(e.rho) && (len(known) == 0 || e.measure == known[0].measure) {
			known = append(known, e)
		}
	}
	tried := plural(points, "point", "points") + " of " + plural(parameters, "parameter", "parameters")
	if len(known) == 0 {
		return "Of " + tried + " none shows how a measure depends on a parameter"
	}
	slices.SortStableFunc(known, stronger)
	says := func(e effect) string {
		return short(e.parameter.name) + " (rank correlation " + ratio(e.rho) + ")"
	}
	name := short(known[0].measure.name)
	if len(known) == 1 {
		return fmt.Sprintf("Over %s, %s goes with %s", tried, name, says(known[0]))
	}
	return fmt.Sprintf("Over %s, %s depends most on %s and least on %s", tried, name, says(known[0]), says(known[len(known)-1]))
}

// stronger puts the strongest effects first.
func stronger(a, b effect) int { return -cmp.Compare(math.Abs(a.rho), math.Abs(b.rho)) }
