package report

import (
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a heat map, and up to how many validators have a column in the table.
const (
	maxHeatRows    = 64
	maxHeatColumns = 256
	maxHeatTable   = 8
	heatWidth      = 1120.0
	heatLevels     = 8
)

// heat is a drawing of a matrix, in steps of colour.
type heat struct {
	title string
	m     matrix
}

// box is where the cells are.
type box struct{ x0, y0, x1, y1, wide, high float64 }

func (h heat) draw(number int) template.HTML {
	rows, columns := float64(len(h.m.validators)), float64(len(h.m.miners))
	longest := 0
	for _, v := range h.m.validators {
		longest = max(longest, utf8.RuneCountInString(short(v)))
	}
	b := box{x0: 20 + 6.5*float64(longest), y0: 20, high: min(30, max(12, 360/rows))}
	b.wide = min(60, (heatWidth-b.x0-10)/columns)
	b.x1, b.y1 = b.x0+b.wide*columns, b.y0+b.high*rows
	foot := h.foot(b.wide)
	d := &drawing{width: heatWidth, height: b.y1 + foot + 66}
	most := 0.0
	for _, v := range h.m.validators {
		for _, m := range h.m.miners {
			most = max(most, h.m.cells[[2]string{v, m}])
		}
	}
	d.say("n", "start", 4, 10, "validator")
	for level, path := range h.cells(most, b) {
		if path != "" {
			d.b.WriteString(`<path class="h` + strconv.Itoa(level) + `" d="` + path + `"/>` + "\n")
		}
	}
	for j := 1.0; j < columns && b.wide >= 6; j++ {
		d.put(`<path class="gap" d="M%s %sV%s"/>`, b.x0+j*b.wide, b.y0, b.y1)
	}
	for i := 1.0; i < rows; i++ {
		d.put(`<path class="gap" d="M%s %sH%s"/>`, b.x0, b.y0+i*b.high, b.x1)
	}
	d.put(`<rect class="box" x="%s" y="%s" width="%s" height="%s"/>`, b.x0, b.y0, b.x1-b.x0, b.y1-b.y0)
	h.words(d, most, b)
	if b.wide >= narrowest {
		h.names(d, b)
	} else {
		h.kinds(d, b)
	}
	d.scale(most, b.x0, b.y1+foot)
	return d.done(number, h.title, "A matrix of validators by miners; the colour of a cell is the weight. The numbers are in the table below.")
}

// narrowest is how wide a column is that has room for a name.
const narrowest = 13

// foot is the height of what is written below the cells.
func (h heat) foot(wide float64) float64 {
	if wide < narrowest {
		return 30
	}
	longest := 0
	for _, m := range h.m.miners {
		longest = max(longest, utf8.RuneCountInString(clean(m, 22)))
	}
	return 22 + 6.2*float64(longest)
}

// words are the names of the validators, and the numbers in the cells where there is room.
func (h heat) words(d *drawing, most float64, b box) {
	for i, v := range h.m.validators {
		y := b.y0 + (float64(i)+0.5)*b.high + 4
		d.say("k", "end", b.x0-8, y, short(v))
		for j, m := range h.m.miners {
			if w := h.m.cells[[2]string{v, m}]; b.wide >= 24 && len(h.m.validators)*len(h.m.miners) <= maxRows {
				d.say("c v"+strconv.Itoa(level(w, most)), "middle", b.x0+(float64(j)+0.5)*b.wide, y, strings.TrimSuffix(percent(w), " %"))
			}
		}
	}
}

// names are those of the miners, upright below the cells.
func (h heat) names(d *drawing, b box) {
	for j, m := range h.m.miners {
		d.b.WriteString(`<g transform="translate(` + px(b.x0+(float64(j)+0.5)*b.wide+4) + ` ` + px(b.y1+8) + `) rotate(-90)">`)
		d.say("k", "end", 0, 0, clean(m, 22))
		d.b.WriteString("</g>\n")
	}
}

// cells are the paths of the cells of each step.
func (h heat) cells(most float64, in box) [heatLevels + 1]string {
	var paths [heatLevels + 1]strings.Builder
	for i, v := range h.m.validators {
		for j := 0; j < len(h.m.miners); {
			at, run := level(h.m.cells[[2]string{v, h.m.miners[j]}], most), 1
			for j+run < len(h.m.miners) && level(h.m.cells[[2]string{v, h.m.miners[j+run]}], most) == at {
				run++
			}
			b := &paths[at]
			w := px(float64(run) * in.wide)
			b.WriteString("M" + px(in.x0+float64(j)*in.wide) + " " + px(in.y0+float64(i)*in.high) + "h" + w + "v" + px(in.high) + "h-" + w + "z")
			j += run
		}
	}
	var out [heatLevels + 1]string
	for i := range paths {
		out[i] = paths[i].String()
	}
	return out
}

// level is the step of a weight: 0 of none, else from 1 to heatLevels.
func level(w, most float64) int {
	if !(w > 0) {
		return 0
	}
	return min(heatLevels, 1+int(math.Floor(heatLevels*w/most)))
}

// kinds names the groups of miners below the cells, where there is room.
func (h heat) kinds(d *drawing, in box) {
	for from := 0; from < len(h.m.miners); {
		to, kind := from, h.m.kinds[h.m.miners[from]]
		for to < len(h.m.miners) && h.m.kinds[h.m.miners[to]] == kind {
			to++
		}
		a, b := in.x0+float64(from)*in.wide, in.x0+float64(to)*in.wide
		d.put(`<path class="a" d="M%s %sv4H%sv-4"/>`, a+1, in.y1+3, b-1)
		if kind != "" && wordsWidth(short(kind)) < b-a {
			d.say("t", "middle", (a+b)/2, in.y1+20, short(kind))
		}
		from = to
	}
}

// scale is the legend of the steps.
func (d *drawing) scale(most, x0, y float64) {
	d.say("n", "start", x0, y+10, "miners; weight in % of a validator's vote:")
	x, y := x0, y+20
	for i := range heatLevels + 1 {
		d.put(`<rect class="h`+strconv.Itoa(i)+`" x="%s" y="%s" width="66" height="14"/>`, x, y)
		d.put(`<rect class="box" x="%s" y="%s" width="66" height="14"/>`, x, y)
		text := "0"
		if i > 0 {
			text = "to " + percent(most*float64(i)/heatLevels)
		}
		d.say("t", "middle", x+33, y+28, text)
		x += 72
	}
}
