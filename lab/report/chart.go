package report

import (
	"html/template"
	"math"
	"slices"
	"strings"
)

// chart is a drawing of curves and points over two axes.
type chart struct {
	title, desc string
	x, y        axis
	series      []series
	guides      []guide
}

// series is what belongs together in a chart.
type series struct {
	name   string
	look   int
	points []point
	line   bool // joined by a line
	band   bool // the bounds are an area
	bars   bool // the bounds are a bar at each point
	marks  bool // with a shape at each point
	span   bool // joined by a plain thin line, as an interval along x is
	quiet  bool // not in the legend, as it belongs to another of the same look
}

// point is a value and its bounds, which are NaN where there are none.
type point struct{ x, y, lower, upper float64 }

// guide is a line that values are compared with: y = slope*x + at.
type guide struct {
	at, slope float64
	name      string
}

// Sizes of a chart, in pixels at full size.
const (
	chartWidth  = 560.0
	chartHeight = 330.0
	left        = 58.0
	top         = 30.0
	bottom      = 46.0
)

// frame is the part of a drawing in which values are.
type frame struct {
	x0, y0, x1, y1 float64
	x, y           axis
}

func (f frame) px(x float64) float64 { return f.x0 + f.x.at(x)*(f.x1-f.x0) }
func (f frame) py(y float64) float64 { return f.y1 - f.y.at(y)*(f.y1-f.y0) }

// draw makes the SVG of the chart. The legend stands at the right, in the order in which
// the series end.
func (c chart) draw(number int) template.HTML {
	var xs, ys extremes
	for _, s := range c.series {
		for _, p := range s.points {
			if drawable(p.x) && drawable(p.y) {
				xs.add(p.x)
				ys.add(p.y, p.lower, p.upper)
			}
		}
	}
	for _, g := range c.guides {
		if g.slope == 0 {
			ys.add(g.at)
		}
	}
	d := &drawing{width: chartWidth, height: chartHeight}
	f := frame{x0: left, y0: top, x1: chartWidth - 24, y1: chartHeight - bottom}
	if c.x.to == c.x.from {
		c.x = c.x.fit(xs)
	}
	if c.y.to == c.y.from {
		c.y = c.y.fit(ys)
	}
	f.x, f.y = c.x, c.y
	rows := d.legend(c.series, f)
	f.y0 += rows
	d.height += rows
	f.y1 += rows
	d.grid(f)
	for _, g := range c.guides {
		d.guide(f, g)
	}
	for _, s := range c.series {
		d.series(f, s)
	}
	return d.done(number, c.title, c.desc)
}

// legend writes the names of series above the frame, and returns the height that it took.
func (d *drawing) legend(all []series, f frame) float64 {
	x, y, some := f.x0, 10.0, false
	for _, s := range all {
		if s.quiet {
			continue
		}
		wide := 28 + wordsWidth(s.name)
		if some && x+wide > f.x1 {
			x, y = f.x0, y+18
		}
		d.sample(s.look, x, y, slices.ContainsFunc(all, func(o series) bool { return o.look == s.look && o.line }), s.marks)
		d.say("k", "start", x+27, y+4, s.name)
		x, some = x+wide+14, true
	}
	if !some {
		return 0
	}
	return y + 8
}

// grid draws the axes with their names.
func (d *drawing) grid(f frame) {
	for _, t := range f.y.ticks() {
		y := f.y1 - t.at*(f.y1-f.y0)
		d.put(`<path class="g" d="M%s %sH%s"/>`, f.x0, y, f.x1)
		d.say("t", "end", f.x0-7, y+4, t.text)
	}
	edge := math.Inf(-1)
	for _, t := range f.x.ticks() {
		x := f.x0 + t.at*(f.x1-f.x0)
		d.put(`<path class="a" d="M%s %sv5"/>`, x, f.y1)
		if half := wordsWidth(t.text) / 2; x-half > edge {
			d.say("t", "middle", x, f.y1+18, t.text)
			edge = x + half + 6
		}
	}
	d.put(`<path class="a" d="M%s %sH%s"/>`, f.x0, f.y1, f.x1)
	d.say("n", "start", 4, f.y0-11, f.y.name)
	d.say("n", "end", f.x1, f.y1+38, f.x.name)
}

// guide draws a line to compare with, and its name where there is room.
func (d *drawing) guide(f frame, g guide) {
	from, to := f.x.from, f.x.to
	if g.slope != 0 { // the part of it that is within the frame
		a, b := (f.y.from-g.at)/g.slope, (f.y.to-g.at)/g.slope
		from, to = max(from, min(a, b)), min(to, max(a, b))
	}
	y0, y1 := g.at+g.slope*from, g.at+g.slope*to
	if !(from < to) || min(y0, y1) < f.y.from-1e-9 || max(y0, y1) > f.y.to+1e-9 {
		return
	}
	d.put(`<path class="r" d="M%s %sL%s %s"/>`, f.px(from), f.py(y0), f.px(to), f.py(y1))
	if g.slope == 0 {
		d.say("q", "end", f.x1-2, f.py(y1)-5, g.name)
		return
	}
	mid := from + (to-from)*0.55
	d.say("q", "start", f.px(mid)+6, f.py(g.at+g.slope*mid)-6, g.name)
}

// series draws one.
func (d *drawing) series(f frame, s series) {
	d.b.WriteString(`<g class="` + look(s.look) + `">`)
	if s.band {
		d.band(f, s.points)
	}
	if s.line {
		d.curve("l", f, s.points)
	}
	if s.span {
		d.curve("e", f, s.points)
	}
	for _, p := range s.points {
		if !drawable(p.x) || !drawable(p.y) {
			continue
		}
		if s.bars && drawable(p.lower) && drawable(p.upper) {
			d.put(`<path class="e" d="M%s %sV%s"/>`, f.px(p.x), f.py(p.lower), f.py(p.upper))
		}
		if s.marks {
			d.mark(s.look, f.px(p.x), f.py(p.y))
		}
	}
	d.b.WriteString("</g>\n")
}

// curve joins points, and leaves a gap where a value is missing.
func (d *drawing) curve(class string, f frame, points []point) {
	var path strings.Builder
	pen := "M"
	for _, p := range points {
		if !drawable(p.x) || !drawable(p.y) {
			pen = "M"
			continue
		}
		path.WriteString(pen + px(f.px(p.x)) + " " + px(f.py(p.y)))
		pen = "L"
	}
	d.b.WriteString(`<path class="` + class + `" d="` + path.String() + `"/>`)
}

// band fills the area between the bounds of neighbouring points.
func (d *drawing) band(f frame, points []point) {
	for from := 0; from < len(points); {
		to := from
		for to < len(points) && drawable(points[to].lower) && drawable(points[to].upper) && drawable(points[to].x) {
			to++
		}
		if to-from > 1 {
			var path strings.Builder
			pen := "M"
			for _, p := range points[from:to] {
				path.WriteString(pen + px(f.px(p.x)) + " " + px(f.py(p.upper)))
				pen = "L"
			}
			for i := to - 1; i >= from; i-- {
				path.WriteString("L" + px(f.px(points[i].x)) + " " + px(f.py(points[i].lower)))
			}
			d.b.WriteString(`<path class="b" d="` + path.String() + `z"/>`)
		}
		from = max(to, from) + 1
	}
}
