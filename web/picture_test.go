package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// drawnCell is a cell with two steps and a test of two curves.
func drawnCell() Cell {
	return Cell{
		Product: "forum", Name: "forum/forum/fork",
		Steps: []Step{{"all that it holds", "demand 1.0 × 50 %", 0.5}, {"unique, valid, fresh", "40 % of its bytes", 0.2}, {"pay", "rejected: pays nothing", 0}},
		Test: &Test{
			Curves: []Curve{
				{"rejected for good within 500 rows", []Point{{0, 1}, {0.5, 1}, {0.75, 0.8}, {0.8, 0.5}, {0.95, 0.01}, {1, 0}}},
				{"on trial within 500 rows", []Point{{0, 1}, {0.5, 1}, {0.75, 0.9}, {0.8, 0.7}, {0.95, 0.02}, {1, 0.0001}}},
			},
			Marks: []Mark{{"bad", 0.8}, {"good", 0.95}}, Note: "at a known noise", Mean: 0.93, Lower: 0.85, Upper: 0.97, Checked: 61,
		},
	}
}

// A miner's page has its cells as pictures that say the same in words, and a table behind.
func TestCellsAreDrawn(t *testing.T) {
	view := func() View {
		v := sample()
		v.Cells = func(uint16) []Cell {
			return []Cell{drawnCell(), {Product: "other", Name: "other/labels", Steps: []Step{{"value", "", 0}}}, {Product: "absent", Name: "never shown"}}
		}
		return v
	}
	_, url := serve(t, view)
	_, body, _ := get(t, url+"/miner/1")
	for _, want := range []string{
		`aria-label="waterfall of forum/forum/fork: all that it holds: 0.50000, then unique, valid, fresh: 0.20000, then pay: 0.00000"`,
		`<rect class="kept" x="0" y="19" width="360" height="14"/>`, `<rect class="kept" x="0" y="59" width="144" height="14"/>`, `<rect class="lost" x="144" y="59" width="216"`,
		"operating characteristic, by the true valid share: rejected for good within 500 rows, on trial within 500 rows; its standing 0.930 [0.850, 0.970]",
		`class="curve dash-1"`, "bad 0.800, good 0.950", "at a known noise", `<details data-key="forum/forum/fork">`,
		"<th scope=\"row\" class=\"n\">0.80</th><td class=\"n\">50.0\u00a0%</td><td class=\"n\">70.0\u00a0%</td>", "<td class=\"n\">&lt;0.1\u00a0%</td>", "0.00000", "other/labels",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(body, "never shown") || strings.Contains(body, "NaN") {
		t.Error("the page has a cell of no section, or no number")
	}
	if strings.Index(body, "forum/forum/fork") > strings.Index(body, "forum/fork</th>") && strings.Contains(body, "forum/fork</th>") {
		t.Error("the picture comes after the rows")
	}
}

// Whatever a view says, pictures stay within their boxes, and what a stranger wrote is
// escaped.
func TestPicturesOfOddNumbers(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 1e-9, 0.3, 1, 7}
	number := regexp.MustCompile(`-?[0-9.]+`)
	for _, x := range odd {
		for _, y := range odd {
			c := Cell{Product: "forum", Name: hostile, Steps: []Step{{hostile, hostile, x}, {"b", "", y}, {"c", "", x}}, Test: &Test{
				Curves: []Curve{{hostile, []Point{{x, y}, {0.8, y}, {y, x}}}, {"none", nil}}, Marks: []Mark{{hostile, x}, {"m", y}}, Mean: x, Lower: y, Upper: x, Checked: 1,
			}}
			f := newFall(c)
			for _, s := range f.Steps {
				for _, text := range []string{s.Width, s.Lost, s.LostWidth} {
					if w, err := strconv.ParseFloat(text, 64); err != nil || w < 0 || w > fallWidth {
						t.Errorf("%v, %v: a bar of %s", x, y, text)
					}
				}
			}
			p := newPlot(c.Test)
			for _, curve := range p.Curves {
				for _, n := range number.FindAllString(curve.Path, -1) {
					if at, err := strconv.ParseFloat(n, 64); err != nil || at < 0 || at > plotWidth {
						t.Errorf("%v, %v: a path %s", x, y, curve.Path)
					}
				}
			}
			for _, text := range []string{p.Band.X, p.Band.Width, p.Band.Mean, p.Band.At} {
				if at, err := strconv.ParseFloat(text, 64); err != nil || at < 0 || at > plotWidth {
					t.Errorf("%v, %v: a band %+v", x, y, p.Band)
				}
			}
			_, url := serve(t, func() View {
				v := sample()
				v.Waterfall = func(uint16) ([]Row, bool) { return []Row{{Product: "forum", Term: "x"}}, true }
				v.Cells = func(uint16) []Cell { return []Cell{c} }
				return v
			})
			if code, body, _ := get(t, url+"/miner/1"); code != 200 || strings.Contains(body, "alert(1)</script>") || strings.Contains(body, "NaN") || strings.Contains(body, "Inf") {
				t.Errorf("%v, %v: %d", x, y, code)
			}
		}
	}
}

// The axis begins where the miner's standing and the marks are in sight.
func TestAxisShowsWhatIsOnIt(t *testing.T) {
	for lower, begin := range map[float64]string{0.9: "0.7", 0.71: "0.5", 0.3: "0"} {
		c := drawnCell().Test
		c.Lower = lower
		if p := newPlot(c); p.Across[0].Name != begin || p.Across[len(p.Across)-1].Name != "1" {
			t.Errorf("a lower bound of %v: the axis is %v", lower, p.Across)
		}
	}
	c := drawnCell().Test
	c.Checked = 0
	if p := newPlot(c); p.Band != nil || strings.Contains(p.Label, "standing") {
		t.Errorf("a miner that was never checked has a standing: %+v", p.Band)
	}
}
