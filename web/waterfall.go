package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size of the drawing of a waterfall, in units of its view box.
const (
	fallWidth = 360.0
	fallRow   = 40.0 // of one step
	fallBar   = 14.0
	fallTop   = 19.0 // of the bar within its row
)

// Fall is the drawing of a waterfall: for each step a bar of what is left, and of what it
// takes off, hatched. All bars have the scale of the first step.
type Fall struct {
	Height string
	Steps  []FallStep
	Label  string // for who does not see it
}

// FallStep is one step of the drawing.
type FallStep struct {
	Term, Note string
	Left       string // as text
	Share      string // of the first step, as text
	Text, Bar  string // y of the text's line and of the bar
	Width      string // of what is left
	Lost       string // x of what the step takes off
	LostWidth  string
	Worthless  bool // nothing is left
}

func newFall(c Cell) Fall {
	f := Fall{Height: pixels(fallRow*float64(len(c.Steps)) - 4)}
	var words []string
	before := 1.0
	for i, s := range c.Steps {
		share := 0.0
		if full := c.Steps[0].Left; full > 0 {
			share = min(before, clamp(s.Left/full))
		}
		y := fallRow * float64(i)
		f.Steps = append(f.Steps, FallStep{
			Term: s.Term, Note: s.Note, Left: decimals(s.Left), Share: percent(share), Text: pixels(y + 12), Bar: pixels(y + fallTop),
			Width: pixels(share * fallWidth), Lost: pixels(share * fallWidth), LostWidth: pixels((before - share) * fallWidth), Worthless: share == 0,
		})
		words = append(words, fmt.Sprintf("%s: %s", shorten(s.Term, 60), decimals(s.Left)))
		before = share
	}
	f.Label = "waterfall of " + shorten(c.Name, 60) + ": " + strings.Join(words, ", then ")
	return f
}

// decimals is an amount of pay with five decimals, of which small ones have something to
// show.
func decimals(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return none
	case x > 0 && x < 0.00001:
		return "<0.00001"
	}
	return strconv.FormatFloat(x, 'f', 5, 64)
}
