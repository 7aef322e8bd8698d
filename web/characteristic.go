package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size of the drawing of an operating characteristic, in units of its view box.
const (
	plotWidth  = 360.0
	plotHeight = 184.0
	plotLeft   = 42.0
	plotRight  = 8.0
	plotTop    = 22.0
	plotBottom = 34.0
)

// dashes is how many kinds of lines curves are told apart by; see the style sheet.
const dashes = 3

// Plot is the drawing of an operating characteristic.
type Plot struct {
	Curves       []PlotCurve
	Across       []Tick // of valid shares
	Up           []Tick // of chances
	Marks        []Tick // shares that the test is made of
	Band         *PlotBand
	Label        string
	Left, Right  string // ends of the plot
	Above, Below string
	Middle       string    // across
	Rows         []PlotRow // the table behind it
	Names        []string  // its columns
	Note         string    // what the curves hold for
}

// PlotCurve is a line.
type PlotCurve struct {
	Name, Path string
	Dash       int
}

// Tick is a place on an axis with its name.
type Tick struct {
	At, Name string
	End      bool // the name ends at the place instead of standing over it
}

// PlotBand is a miner's standing: an interval, and a line at its mean.
type PlotBand struct {
	X, Width, Mean string
	Name           string
	At, Anchor     string // of the name
}

// PlotRow is a line of the table: a share, and the chance of each outcome.
type PlotRow struct {
	Share   string
	Chances []string
}

// scale maps shares from low to 1 onto the drawing.
type scale struct{ low float64 }

func (s scale) x(share float64) float64 {
	return plotLeft + clamp((clamp(share)-s.low)/(1-s.low))*(plotWidth-plotLeft-plotRight)
}

func (s scale) y(chance float64) float64 {
	return plotTop + (1-clamp(chance))*(plotHeight-plotTop-plotBottom)
}

// begin is where the axis begins: the share from which on the miner's standing and what
// the test is made of are in sight.
func (t *Test) begin() float64 {
	least := 1.0
	for _, m := range t.Marks {
		least = min(least, m.Share)
	}
	if t.Checked > 0 {
		least = min(least, t.Lower)
	}
	for _, low := range []float64{0.7, 0.5} {
		if least >= low+0.02 {
			return low
		}
	}
	return 0
}

func newPlot(t *Test) Plot {
	s := scale{t.begin()}
	p := Plot{
		Left: pixels(s.x(s.low)), Right: pixels(s.x(1)), Above: pixels(s.y(1)), Below: pixels(s.y(0)), Middle: pixels((s.x(s.low) + s.x(1)) / 2), Note: t.Note,
	}
	step := 0.1
	if s.low == 0 {
		step = 0.25
	}
	for i := 0; s.low+step*float64(i) < 1.01; i++ {
		x := s.low + step*float64(i)
		p.Across = append(p.Across, Tick{At: pixels(s.x(x)), Name: strconv.FormatFloat(math.Round(100*x)/100, 'f', -1, 64), End: x > 0.99})
	}
	for _, y := range []float64{0, 0.5, 1} {
		p.Up = append(p.Up, Tick{At: pixels(s.y(y)), Name: fmt.Sprintf("%.0f %%", 100*y)})
	}
	for _, m := range t.Marks {
		if m.Share >= s.low && m.Share <= 1 {
			p.Marks = append(p.Marks, Tick{At: pixels(s.x(m.Share)), Name: shorten(m.Name, 24) + " " + precise(m.Share)})
		}
	}
	var words []string
	for i, c := range t.Curves {
		p.Curves = append(p.Curves, PlotCurve{Name: c.Name, Path: s.path(c.Points), Dash: i % dashes})
		words = append(words, shorten(c.Name, 60))
	}
	p.Label = "operating characteristic, by the true valid share: " + strings.Join(words, ", ")
	if t.Checked > 0 {
		p.Band = s.band(t)
		p.Label += "; " + p.Band.Name
	}
	p.table(t)
	return p
}

// path is a line through the points from the scale's low end on.
func (s scale) path(points []Point) string {
	var b strings.Builder
	for _, q := range points {
		if !(q.X >= s.low && q.X <= 1) || math.IsNaN(q.Y) {
			continue
		}
		word := " L"
		if b.Len() == 0 {
			word = "M"
		}
		fmt.Fprintf(&b, "%s%s %s", word, pixels(s.x(q.X)), pixels(s.y(q.Y)))
	}
	return b.String()
}

func (s scale) band(t *Test) *PlotBand {
	from, to, mean := s.x(t.Lower), s.x(t.Upper), s.x(t.Mean)
	b := &PlotBand{
		X: pixels(from), Width: pixels(max(1, to-from)), Mean: pixels(mean), At: pixels(mean), Anchor: "middle",
		Name: fmt.Sprintf("its standing %s [%s, %s]", precise(t.Mean), precise(t.Lower), precise(t.Upper)),
	}
	// The name is about 170 units long.
	switch {
	case mean > plotWidth-90:
		b.At, b.Anchor = pixels(plotWidth-plotRight), "end"
	case mean < plotLeft+90:
		b.At, b.Anchor = pixels(plotLeft), "start"
	}
	return b
}

// table has the chances at some shares, those of the first curve's points that are
// multiples of a twentieth, and the marks.
func (p *Plot) table(t *Test) {
	if len(t.Curves) == 0 {
		return
	}
	for _, c := range t.Curves {
		p.Names = append(p.Names, c.Name)
	}
	for i, q := range t.Curves[0].Points {
		if twentieth := math.Round(20*q.X) / 20; math.Abs(q.X-twentieth) > 1e-9 && !t.marked(q.X) || q.X < 0.5 && math.Abs(10*q.X-math.Round(10*q.X)) > 1e-9 {
			continue
		}
		if !(q.X >= 0 && q.X <= 1) {
			continue
		}
		row := PlotRow{Share: fmt.Sprintf("%.2f", q.X)}
		for _, c := range t.Curves {
			if i < len(c.Points) {
				row.Chances = append(row.Chances, chance(c.Points[i].Y))
			}
		}
		p.Rows = append(p.Rows, row)
	}
}

func (t *Test) marked(x float64) bool {
	for _, m := range t.Marks {
		if math.Abs(m.Share-x) < 0.005 {
			return true
		}
	}
	return false
}

// precise is a share with three decimals, also 0 and 1.
func precise(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return none
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

// chance is a probability in per cent, of which small ones and those near 1 are no 0 and
// no 1.
func chance(x float64) string {
	switch {
	case math.IsNaN(x):
		return none
	case x > 0 && x < 0.0005:
		return "<0.1\u00a0%"
	case x < 1 && x > 0.9995:
		return ">99.9\u00a0%"
	}
	return fmt.Sprintf("%.1f\u00a0%%", 100*clamp(x))
}
