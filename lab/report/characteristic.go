package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// rule is an acceptance rule with its points, from the lowest valid share up.
type rule struct {
	name string
	rows []lab.Characteristic
}

// rules are in the order in which the table names them.
func rules(rows []lab.Characteristic) []rule {
	var out []rule
	at := map[string]int{}
	for _, r := range rows {
		i, ok := at[r.Rule]
		if !ok {
			i = len(out)
			at[r.Rule] = i
			out = append(out, rule{name: r.Rule})
		}
		out[i].rows = append(out[i].rows, r)
	}
	for _, r := range out {
		slices.SortStableFunc(r.rows, func(a, b lab.Characteristic) int { return cmp.Compare(a.Valid, b.Valid) })
	}
	return out
}

// characteristic is the section of the acceptance test: theory against simulation, and the
// rules of others beside it.
func characteristic(d Data) *section {
	if len(d.Characteristics) == 0 {
		return nil
	}
	all := rules(d.Characteristics)
	shown := all[:min(len(all), looks)]
	s := &section{ID: "characteristic", Subject: "Acceptance test", Finding: characteristicFinding(all),
		Text: "A rule accepts or rejects a miner by items that are drawn and fetched again. A good rule accepts who is nearly all valid and rejects who is not, for few items. " + agreement(all)}
	accept := chart{title: s.Finding, desc: "Chance of acceptance against the true share of valid items, for each rule.",
		x: axis{name: "true share of valid items (%)", percent: true}, y: axis{name: "chance to be accepted (%)", percent: true, from: 0, to: 1}}
	items := chart{title: "Expected items until the decision", desc: "Expected number of items against the true share of valid items, for each rule.",
		x: accept.x, y: axis{name: "items until the decision (mean)"}}
	for i, r := range shown {
		accept.series = append(accept.series, r.series(i, func(c lab.Characteristic) point { return point{c.Valid, c.Theory, math.NaN(), math.NaN()} },
			func(c lab.Characteristic) point { return point{c.Valid, c.Simulated, c.Lower, c.Upper} })...)
		items.series = append(items.series, r.series(i, func(c lab.Characteristic) point { return point{c.Valid, c.ItemsTheory, math.NaN(), math.NaN()} },
			func(c lab.Characteristic) point { return point{c.Valid, c.ItemsSimulated, math.NaN(), math.NaN()} })...)
	}
	left := ""
	if len(shown) < len(all) {
		left = fmt.Sprintf(" Drawn are the first %d of %d rules.", len(shown), len(all))
	}
	s.Figures = []figure{
		{draw: accept.draw, Caption: "Lines are theory, shapes are simulation with its interval at 95 %." + left},
		{draw: items.draw, Caption: "Lines are theory, shapes are means of the simulation." + left},
	}
	s.Tables = []listing{characteristicTable(all)}
	if c, l, base, ok := equalCost(shown); ok {
		s.Figures = append(s.Figures, figure{draw: c.draw, Caption: fmt.Sprintf("At equal cost: for the items that “%s” needs on average, another rule of fewer items is run as often as they allow, and accepts who passes each time (chance to the power of items / items). It has no point where one run costs more. From theory.", base)})
		s.Tables = append(s.Tables, l)
	}
	return s
}

// series are the line of theory and the shapes of simulation of a rule.
func (r rule) series(look int, theory, simulated func(lab.Characteristic) point) []series {
	line := series{name: short(r.name), look: look, line: true, quiet: true}
	marks := series{name: short(r.name), look: look, marks: true, bars: true}
	for _, i := range thin(len(r.rows), maxPoints) {
		line.points = append(line.points, theory(r.rows[i]))
	}
	for _, i := range thin(len(r.rows), 25) {
		marks.points = append(marks.points, simulated(r.rows[i]))
	}
	return []series{line, marks}
}

// near is the row whose valid share is next to one.
func (r rule) near(valid float64) lab.Characteristic {
	best := r.rows[0]
	for _, c := range r.rows {
		if math.Abs(c.Valid-valid) < math.Abs(best.Valid-valid)-1e-9 {
			best = c
		}
	}
	return best
}

// bad is the valid share at which rules are compared in words.
const bad = 0.8

func characteristicFinding(all []rule) string {
	first := all[0].near(bad)
	says := func(c lab.Characteristic) string {
		value := c.Theory
		if math.IsNaN(value) {
			value = c.Simulated
		}
		items := c.ItemsTheory
		if math.IsNaN(items) {
			items = c.ItemsSimulated
		}
		return fmt.Sprintf("%s for %s items", percent(value), number(items))
	}
	text := fmt.Sprintf("Of miners with %s valid items, “%s” accepts %s", percent(first.Valid), short(all[0].name), says(first))
	for _, r := range all[1:min(len(all), 3)] {
		if c := r.near(first.Valid); c.Valid == first.Valid {
			text += fmt.Sprintf("; “%s” %s", short(r.name), says(c))
		}
	}
	return text
}

// agreement says how many intervals of the simulation hold the theory.
func agreement(all []rule) string {
	held, n := 0, 0
	for _, r := range all {
		for _, c := range r.rows {
			if math.IsNaN(c.Theory) || math.IsNaN(c.Lower) || math.IsNaN(c.Upper) {
				continue
			}
			n++
			if c.Lower <= c.Theory+1e-12 && c.Theory-1e-12 <= c.Upper {
				held++
			}
		}
	}
	if n == 0 {
		return "There is no simulation to compare theory with."
	}
	return fmt.Sprintf("The theory lies within the simulation's interval at %s of %s points.", count(held), count(n))
}

func characteristicTable(all []rule) listing {
	l := listing{Caption: "Operating characteristic: theory and simulation", Words: 1,
		Columns: []string{"rule", "valid", "accepted, theory", "accepted, simulated", "lower", "upper", "items, theory", "items, simulated", "runs"}}
	for _, r := range all {
		for _, c := range r.rows {
			l.add(full(r.name), percent(c.Valid), percent(c.Theory), percent(c.Simulated), percent(c.Lower), percent(c.Upper), number(c.ItemsTheory), number(c.ItemsSimulated), count(c.Runs))
		}
	}
	l.cut(lab.TableCharacteristics+".csv", len(l.Rows))
	return l
}

// sequential is the place of the first rule whose items depend on what it is shown, and 0 if
// there is none.
func sequential(all []rule) int {
	for i, r := range all {
		var e extremes
		for _, c := range r.rows {
			e.add(c.ItemsTheory)
		}
		if e.greatest > 1.01*e.least {
			return i
		}
	}
	return 0
}

// equalCost compares the rules where each spends what the sequential one, which is named,
// spends on average.
func equalCost(all []rule) (c chart, l listing, name string, ok bool) {
	first := sequential(all)
	c = chart{title: "Chance of acceptance at equal cost", desc: "Chance of acceptance against the true share of valid items, each rule spending the items of the sequential one.",
		x: axis{name: "true share of valid items (%)", percent: true}, y: axis{name: "chance to be accepted, at equal cost (%)", percent: true, from: 0, to: 1}}
	l = listing{Caption: "Chance of acceptance at equal cost", Columns: []string{"rule", "valid", "items spent", "times it is run", "accepted"}, Words: 1}
	for i, r := range all {
		s := series{name: short(r.name), look: i, line: true, marks: len(r.rows) <= 25}
		for _, at := range thin(len(r.rows), maxPoints) {
			own := r.rows[at]
			base := all[first].near(own.Valid)
			times := base.ItemsTheory / own.ItemsTheory
			if i == first {
				times = 1
			}
			if base.Valid != own.Valid || !(times >= 1) || math.IsInf(times, 1) || math.IsNaN(own.Theory) {
				continue
			}
			chance := math.Pow(own.Theory, times)
			s.points = append(s.points, point{own.Valid, chance, math.NaN(), math.NaN()})
			l.add(full(r.name), percent(own.Valid), number(base.ItemsTheory), number(times), percent(chance))
		}
		if len(s.points) > 0 {
			c.series = append(c.series, s)
		}
	}
	l.cut(lab.TableCharacteristics+".csv", len(l.Rows))
	return c, l, short(all[first].name), len(c.series) > 1
}
