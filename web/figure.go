package web

import (
	"fmt"
	"math"
	"strings"
)

// Verdict is what the page says of a miner: a sign and a word, and a class for
// the colour, which is never the only sign.
type Verdict struct {
	Class, Sign, Word, Meaning string
}

// legend lists the verdicts that a page can show.
func legend() []Verdict {
	return []Verdict{
		{"good", "✓", "earning", "has a weight above zero"},
		{"new", "…", "new", "nothing checked yet"},
		{"idle", "○", "unpaid", "checked, but earns nothing yet"},
		{"bad", "✗", "rejected", "too many items failed, or questions stayed unanswered, for an honest miner, by a test with a stated error rate"},
		{"bad", "!", "on trial", "turned bad; pays nothing until what it serves is good again"},
		{"bad", "⚑", "flagged", "a provable fault, signed by the miner itself"},
	}
}

func verdictOf(s *Score) Verdict {
	l := legend()
	switch {
	case len(s.Flags) > 0:
		return l[5]
	case s.Rejected:
		return l[3]
	case s.OnTrial:
		return l[4]
	case s.Weight > 0:
		return l[0]
	case s.Checked == 0:
		return l[1]
	default:
		return l[2]
	}
}

// Size of the drawings, in pixels.
const (
	whiskerWidth  = 64.0
	whiskerMargin = 4.0
	barWidth      = 36.0
)

// Whisker is the drawing of an estimate with its interval on a scale of 0 to 1.
type Whisker struct {
	Low, Mean, Width string // in pixels
	Label            string
}

func newWhisker(s *Score) Whisker {
	const scale = whiskerWidth - 2*whiskerMargin
	return Whisker{
		Low: pixels(whiskerMargin + clamp(s.Lower)*scale), Mean: pixels(whiskerMargin + clamp(s.Mean)*scale - 1),
		Width: pixels(max(1, (clamp(s.Upper)-clamp(s.Lower))*scale)),
		Label: fmt.Sprintf("valid share %.3f, interval %.3f to %.3f, from %d checked", s.Mean, s.Lower, s.Upper, s.Checked),
	}
}

// Bar is the width of a bar for a share of a full one.
type Bar struct{ Width string }

func newBar(x, full float64) Bar {
	if full <= 0 {
		return Bar{"0"}
	}
	return Bar{pixels(clamp(x/full) * barWidth)}
}

func clamp(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, 0), 1)
}

func pixels(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

// topIncentive scales the incentive bars.
func topIncentive(v View) float64 {
	top := 0.0
	for _, n := range v.Neurons {
		top = max(top, n.Incentive)
	}
	return top
}
