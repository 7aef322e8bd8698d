package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// drawing is an SVG under construction. Words go into it by say and head alone, which
// escape them.
type drawing struct {
	b             strings.Builder
	width, height float64
}

// px is a length with a tenth of a pixel.
func px(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	s := strconv.FormatFloat(x, 'f', 1, 64)
	if s = strings.TrimSuffix(s, ".0"); s == "-0" {
		return "0"
	}
	return s
}

// put writes a tag, with numbers as lengths. The format is never made of data.
func (d *drawing) put(format string, lengths ...float64) {
	args := make([]any, len(lengths))
	for i, x := range lengths {
		args[i] = px(x)
	}
	fmt.Fprintf(&d.b, format, args...)
	d.b.WriteByte('\n')
}

// say writes words of a class at a place; anchor is start, middle or end.
func (d *drawing) say(class, anchor string, x, y float64, words string) {
	fmt.Fprintf(&d.b, `<text class="%s" x="%s" y="%s" text-anchor="%s">`, class, px(x), px(y), anchor)
	d.b.WriteString(template.HTMLEscapeString(words))
	d.b.WriteString("</text>\n")
}

// done is the whole SVG. number makes its ids different from those of others.
func (d *drawing) done(number int, title, desc string) template.HTML {
	id := "d" + strconv.Itoa(number)
	head := fmt.Sprintf(`<svg viewBox="0 0 %s %s" role="img" aria-labelledby="%st %sd">`+"\n"+`<title id="%st">%s</title><desc id="%sd">%s</desc>`+"\n",
		px(d.width), px(d.height), id, id, id, template.HTMLEscapeString(title), id, template.HTMLEscapeString(desc))
	return template.HTML(head + d.b.String() + "</svg>")
}

// looks is how many series can be told apart in one drawing. Each has a colour, a dash and
// a shape of its own; the colours are in the style sheet, after Okabe and Ito.
const looks = 6

// look is the class of a series: its colour and its dash.
func look(n int) string { return "s" + strconv.Itoa(n%looks) }

// mark draws the shape of a series.
func (d *drawing) mark(n int, x, y float64) {
	const r = 4.0
	switch n % looks {
	case 0:
		d.put(`<circle class="m" cx="%s" cy="%s" r="3.8"/>`, x, y)
	case 1:
		d.put(`<rect class="m" x="%s" y="%s" width="7" height="7"/>`, x-3.5, y-3.5)
	case 2:
		d.put(`<path class="m" d="M%s %sl4.6 8h-9.2z"/>`, x, y-5)
	case 3:
		d.put(`<path class="m" d="M%s %sl5 5l-5 5l-5-5z"/>`, x, y-5)
	case 4:
		d.put(`<path class="x" d="M%s %sl8 8m0-8l-8 8"/>`, x-r, y-r)
	case 5:
		d.put(`<path class="m" d="M%s %sl4.6-8h-9.2z"/>`, x, y+5)
	}
}

// sample draws what a series looks like, from x on.
func (d *drawing) sample(n int, x, y float64, line, marks bool) {
	d.b.WriteString(`<g class="` + look(n) + `">`)
	if line {
		d.put(`<path class="l" d="M%s %sh22"/>`, x, y)
	}
	if marks {
		d.mark(n, x+11, y)
	}
	d.b.WriteString("</g>\n")
}

// wordsWidth is about how wide words are in the type of a drawing.
func wordsWidth(words string) float64 { return 6.5 * float64(len([]rune(words))) }
