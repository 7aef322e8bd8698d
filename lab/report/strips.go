package report

import (
	"html/template"
	"math"
	"slices"
)

// strips is a drawing of one interval a row, such as a forest plot.
type strips struct {
	title, desc string
	width       float64
	beyond      string // what an infinite value means
	x           axis
	rows        []strip
	guides      []guide // at a value of x
}

// strip is a row. What is NaN is not drawn; an infinite bound is an arrow to the edge.
type strip struct {
	name         string
	note         string // at the right
	look         int
	at           float64
	lower, upper float64
	from, to     float64 // of a box
}

// Sizes of strips, in pixels at full size.
const (
	wideStrips  = 780.0
	stripsWidth = 560.0
	stripHeight = 21.0
	stripsTop   = 24.0
)

// draw makes the SVG of the rows.
func (s strips) draw(number int) template.HTML {
	var xs extremes
	for _, r := range s.rows {
		xs.add(r.at, r.lower, r.upper, r.from, r.to)
	}
	for _, g := range s.guides {
		xs.add(g.at)
	}
	before, behind := 24.0, 24.0
	for _, r := range s.rows {
		before, behind = max(before, 16+wordsWidth(r.name)), max(behind, 20+wordsWidth(r.note))
	}
	edge, room := s.width-behind, 0.0
	if slices.ContainsFunc(s.rows, strip.endless) {
		room = 42
	}
	height := float64(len(s.rows)) * stripHeight
	d := &drawing{width: s.width, height: stripsTop + height + 46}
	f := frame{x0: before, x1: edge - room, y0: stripsTop, y1: stripsTop + height, x: s.x.fit(xs)}
	if room > 0 {
		d.put(`<path class="a" d="M%s %sV%sM%s %sH%s"/>`, edge, f.y0, f.y1, f.x1+6, f.y1, edge)
		d.say("t", "middle", edge, f.y1+16, s.beyond)
	}
	last := math.Inf(-1)
	for _, t := range f.x.ticks() {
		x := f.x0 + t.at*(f.x1-f.x0)
		d.put(`<path class="g" d="M%s %sV%s"/>`, x, f.y0, f.y1)
		if half := wordsWidth(t.text) / 2; x-half > last {
			d.say("t", "middle", x, f.y1+16, t.text)
			last = x + half + 6
		}
	}
	d.put(`<path class="a" d="M%s %sH%s"/>`, f.x0, f.y1, f.x1)
	d.say("n", "middle", (f.x0+f.x1)/2, f.y1+36, s.x.name)
	for _, g := range s.guides {
		d.put(`<path class="r" d="M%s %sV%s"/>`, f.px(g.at), f.y0-4, f.y1)
		anchor := "start"
		if g.at == 1 {
			anchor = "end"
		}
		d.say("q", anchor, f.px(g.at), f.y0-9, g.name)
	}
	for i, r := range s.rows {
		d.strip(f, r, f.y0+(float64(i)+0.5)*stripHeight, edge)
	}
	return d.done(number, s.title, s.desc)
}

// endless reports whether a value of the row has no place on the axis, but beyond it.
func (r strip) endless() bool {
	return math.IsInf(r.at, 1) || math.IsInf(r.upper, 1) || math.IsInf(r.to, 1)
}

// strip draws a row at the height y. What is infinite is drawn to the edge.
func (d *drawing) strip(f frame, r strip, y, edge float64) {
	d.say("k", "end", f.x0-10, y+4, r.name)
	d.say("t", "start", edge+12, y+4, r.note)
	d.b.WriteString(`<g class="` + look(r.look) + `">`)
	defer d.b.WriteString("</g>\n")
	place := func(x float64) float64 {
		if math.IsInf(x, 1) {
			return edge
		}
		return f.px(x)
	}
	if r.endless() {
		d.put(`<path class="e" d="M%s %sl6 4.5l-6 4.5"/>`, edge-6, y-4.5)
	}
	if !math.IsNaN(r.lower) && !math.IsNaN(r.upper) {
		d.put(`<path class="e" d="M%s %sH%s"/>`, place(r.lower), y, place(r.upper))
	}
	if !math.IsNaN(r.from) && !math.IsNaN(r.to) && place(r.from) < edge {
		d.put(`<rect class="w" x="%s" y="%s" width="%s" height="10"/>`, place(r.from), y-5, max(1, place(r.to)-place(r.from)))
	}
	if !math.IsNaN(r.at) && !math.IsInf(r.at, 0) {
		d.mark(r.look, f.px(r.at), y)
	}
}
