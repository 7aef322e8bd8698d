package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// limit is the upper bound of a ratio up to which an adversary does not pay.
const limit = 1.02

// verdicts is the section of the adversaries, each in its worst case.
func verdicts(d Data) *section {
	if len(d.Verdicts) == 0 {
		return nil
	}
	rows := slices.Clone(d.Verdicts)
	slices.SortStableFunc(rows, func(a, b lab.Verdict) int {
		return cmp.Or(-cmp.Compare(worst(a), worst(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Settings, b.Settings))
	})
	s := &section{ID: "verdicts", Subject: "Verdicts on the zoo", Finding: verdictsFinding(rows),
		Text: "Each adversary has its pay over that of the honest work which it displaces, in its worst case over its own settings, with bounds at 95 %. It pays if the upper bound is above 1.02. " +
			"An attack on the wire has no ratio: it is judged by the outcome that the validator records."}
	plot := strips{title: s.Finding, desc: "One row for each adversary: its ratio of pay, and the interval. A vertical line stands at 1.02.",
		x: axis{name: "pay / pay of the honest work that it displaces (ratio)"}, width: wideStrips, beyond: "unbounded", guides: []guide{{at: 1, name: "honest pay "}, {at: limit, name: " 1.02"}}}
	for _, v := range rows {
		if !math.IsNaN(worst(v)) && len(plot.rows) < maxStrips {
			plot.rows = append(plot.rows, verdictStrip(v))
		}
	}
	if len(plot.rows) > 0 {
		s.Figures = []figure{{draw: plot.draw, Class: "mid", Caption: verdictsCaption(rows, len(plot.rows))}}
	}
	s.Tables = []listing{verdictsTable(rows)}
	if len(d.Limits) > 0 {
		s.Tables = append(s.Tables, limitsTable(d.Limits))
	}
	return s
}

// worst is the upper bound of a ratio, or the ratio where there is none.
func worst(v lab.Verdict) float64 {
	if math.IsNaN(v.Ratio) || v.Outcome != "" {
		return math.NaN()
	}
	if math.IsNaN(v.Upper) {
		return v.Ratio
	}
	return v.Upper
}

func verdictStrip(v lab.Verdict) strip {
	r := strip{name: short(v.Name), at: v.Ratio, lower: v.Lower, upper: v.Upper, from: math.NaN(), to: math.NaN(), look: 1,
		note: ratio(v.Ratio) + interval(v.Lower, v.Upper, ratio)}
	if v.Pays {
		r.look, r.note = 2, r.note+" pays"
	}
	return r
}

func verdictsCaption(rows []lab.Verdict, drawn int) string {
	ratios, bold := 0, 0
	for _, v := range rows {
		if w := worst(v); !math.IsNaN(w) {
			ratios++
			if w > limit != v.Pays {
				bold++
			}
		}
	}
	text := "Triangles pay, squares do not; a bar is the interval at 95 %. Sorted by the upper bound. The dotted lines are at 1, the honest pay, and at 1.02."
	if drawn < ratios {
		text += fmt.Sprintf(" Drawn are the first %d of %d.", drawn, ratios)
	}
	if bold > 0 {
		text += fmt.Sprintf(" Of %s the run's verdict is not what the upper bound says.", plural(bold, "adversary", "adversaries"))
	}
	return text
}

// verdictsFinding is the title: who pays, or who comes nearest.
func verdictsFinding(rows []lab.Verdict) string {
	var pay []string
	paying, best := 0, -1
	for i, v := range rows {
		if v.Pays {
			paying++
			if len(pay) < 3 {
				pay = append(pay, verdictName(v))
			}
		}
		if best < 0 && !math.IsNaN(worst(v)) {
			best = i
		}
	}
	of := plural(len(rows), "adversary", "adversaries")
	switch {
	case paying == 1:
		return fmt.Sprintf("1 of %s pays: %s", of, pay[0])
	case paying > len(pay):
		return fmt.Sprintf("%s of %s pay, among them %s", count(paying), of, listed(pay))
	case paying > 0:
		return fmt.Sprintf("%s of %s pay: %s", count(paying), of, listed(pay))
	case best < 0 && len(rows) == 1:
		return short(rows[0].Name) + " does not pay"
	case best < 0:
		return fmt.Sprintf("None of %s pays", of)
	}
	v := rows[best]
	if len(rows) == 1 {
		return fmt.Sprintf("%s does not pay: it earns %s of honest pay%s", short(v.Name), ratio(v.Ratio), interval(v.Lower, v.Upper, ratio))
	}
	return fmt.Sprintf("None of %s pays: %s, with the highest bound, earns %s of honest pay%s", of, short(v.Name), ratio(v.Ratio), interval(v.Lower, v.Upper, ratio))
}

func verdictName(v lab.Verdict) string {
	if math.IsNaN(worst(v)) {
		return short(v.Name)
	}
	return short(v.Name) + " with " + ratio(v.Ratio) + interval(v.Lower, v.Upper, ratio)
}

func verdictsTable(rows []lab.Verdict) listing {
	l := listing{Caption: "Verdicts on the zoo: ratio, interval and time until detection", Words: 4,
		Columns: []string{"adversary", "verdict", "worst settings", "outcome on the wire", "ratio", "lower", "upper", "detected, items", "detected, epochs"}}
	for _, v := range rows {
		verdict := "does not pay"
		if v.Pays {
			verdict = "pays"
		}
		cells := []string{full(v.Name), verdict, orNone(v.Settings), orNone(v.Outcome), ratio3(v.Ratio), ratio3(v.Lower), ratio3(v.Upper), never(v.DetectedItems), never(v.DetectedEpochs)}
		if v.Outcome != "" {
			for i := 4; i < len(cells); i++ {
				cells[i] = "–"
			}
		}
		l.add(cells...)
	}
	l.cut(lab.TableVerdicts+".csv", len(l.Rows))
	return l
}

// limitsTable lists what has no verdict.
func limitsTable(rows []lab.Verdict) listing {
	l := listing{Caption: "Known limits, which nothing stands against and which have no verdict", Words: 2, Columns: []string{"adversary", "settings", "ratio", "lower", "upper"}}
	for _, v := range rows {
		l.add(full(v.Name), orNone(v.Settings), ratio3(v.Ratio), ratio3(v.Lower), ratio3(v.Upper))
	}
	l.cut(lab.TableLimits+".csv", len(l.Rows))
	return l
}

// ratio3 is a ratio with three digits after the point, so that 1.02 can be told from 1.024.
func ratio3(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) >= 1e6 {
		return number(x)
	}
	return minus(fmt.Sprintf("%.3f", x))
}

// never is a time of detection, which is missing where there was none.
func never(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 1) {
		return "never"
	}
	return number(x)
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return full(s)
}
