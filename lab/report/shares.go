package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// shares is the section of pay against the share of fakes.
func shares(d Data) *section {
	if len(d.Shares) == 0 {
		return nil
	}
	rows := slices.Clone(d.Shares)
	slices.SortStableFunc(rows, func(a, b lab.Share) int { return cmp.Compare(a.Fakes, b.Fakes) })
	s := &section{ID: "shares", Subject: "Pay against fakes", Finding: sharesFinding(rows),
		Text: "A miner that mixes fakes into honest rows is paid this much of what the same miner is paid without them. Below the slanting line it loses more than what it made up."}
	line := series{name: "simulated, with 95 % interval", look: 1, line: true, bars: true, marks: true}
	for _, i := range thin(len(rows), maxPoints) {
		r := rows[i]
		line.points = append(line.points, point{r.Fakes, r.Ratio, r.Lower, r.Upper})
	}
	c := chart{title: s.Finding, desc: "Pay as a ratio to honest pay, against the share of fakes, with intervals.",
		x: axis{name: "share of fakes among the miner's items (%)", percent: true}, y: axis{name: "pay / honest pay (ratio)"},
		series: []series{line}, guides: []guide{{at: 1, name: "honest pay"}, {at: 1, slope: -1, name: "its honest rows alone"}}}
	s.Figures = []figure{{draw: c.draw, Caption: "Each bar is an interval at 95 % over the runs of its point." + drawnOf(len(line.points), len(rows))}}
	l := listing{Caption: "Pay against the share of fakes", Columns: []string{"fakes", "ratio", "lower", "upper", "runs"}}
	for _, r := range rows {
		l.add(percent(r.Fakes), ratio3(r.Ratio), ratio3(r.Lower), ratio3(r.Upper), count(r.Runs))
	}
	l.cut(lab.TableShares+".csv", len(l.Rows))
	s.Tables = []listing{l}
	return s
}

// drawnOf says that a drawing was thinned.
func drawnOf(drawn, all int) string {
	if drawn >= all {
		return ""
	}
	return fmt.Sprintf(" Drawn are %s of %s points, at equal distances.", count(drawn), count(all))
}

// sharesFinding states the share that pays most, if one pays, and else that next to 20 %.
func sharesFinding(rows []lab.Share) string {
	pick, pays := -1, false
	for i, r := range rows {
		if math.IsNaN(r.Ratio) || !(r.Fakes > 0) {
			continue
		}
		over := r.Upper > limit
		switch {
		case pick < 0, over && !pays,
			over && rows[pick].Upper < r.Upper,
			!pays && math.Abs(r.Fakes-0.2) < math.Abs(rows[pick].Fakes-0.2)-1e-9:
			pick, pays = i, pays || over
		}
	}
	if pick < 0 {
		return "What fakes earn is not known"
	}
	r := rows[pick]
	earns := fmt.Sprintf("%s of honest pay%s", ratio(r.Ratio), interval(r.Lower, r.Upper, ratio))
	if pays {
		return fmt.Sprintf("Fakes of %s pay: they may earn %s", percent(r.Fakes), earns)
	}
	return fmt.Sprintf("Fakes of %s earn %s", percent(r.Fakes), earns)
}
