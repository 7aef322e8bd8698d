package report

import (
	"fmt"
	"math"

	"github.com/assaynet/assay/lab"
)

// incentives is the section of pay over the epochs.
func incentives(d Data) *section {
	if len(d.Pay) == 0 {
		return nil
	}
	all, runs := curves(len(d.Pay), func(i int) reading {
		r := d.Pay[i]
		return reading{r.Run, r.Epoch, r.Kind, r.Incentive}
	})
	s := &section{ID: "incentive", Subject: "Incentive over epochs", Finding: incentiveFinding(all),
		Text: "Incentive is the share of all miners' pay that the chain gives an actor in an epoch. An actor is a miner, or all keys of one owner together; a curve is the mean over the actors of a kind in a run, and of that the median over runs."}
	s.Figures, s.Tables = curveFigures(all, runs, chart{title: s.Finding, desc: "Incentive per actor against the epoch, a curve for each kind.",
		x: axis{name: "epoch (360 blocks)"}, y: axis{name: "incentive per actor (% of all)", percent: true}}, lab.TablePay, percent)
	actors, _ := curves(len(d.Pay), func(i int) reading {
		r := d.Pay[i]
		return reading{r.Run, r.Epoch, r.Actor, r.Incentive}
	})
	if n := len(actors); n > len(all) && n <= maxActors {
		figures, tables := curveFigures(actors, runs, chart{title: "Incentive of each actor", desc: "Incentive against the epoch, a curve for each actor.",
			x: axis{name: "epoch (360 blocks)"}, y: axis{name: "incentive of an actor (% of all)", percent: true}}, lab.TablePay, percent)
		tables[0].Caption = "Each actor: median and band over runs"
		s.Figures, s.Tables = append(s.Figures, figures...), append(s.Tables, tables...)
	} else if n > maxActors {
		s.Text += fmt.Sprintf(" The %s actors are not drawn one by one.", count(n))
	}
	return s
}

// maxActors is up to how many actors have a curve each.
const maxActors = 12

// curveFigures are the drawings of curves, and the table behind them.
func curveFigures(all []curve, runs int, base chart, table string, show func(float64) string) ([]figure, []listing) {
	drawn, leftOut := charts(all, base)
	var figures []figure
	for i, c := range drawn {
		text := "Median over runs; " + bandName(runs) + "."
		if len(drawn) > 1 {
			text = fmt.Sprintf("Part %d of %d. ", i+1, len(drawn)) + text
		}
		if n := longest(all); n > maxPoints {
			text += fmt.Sprintf(" Drawn are %s of %s epochs, at equal distances.", count(maxPoints), count(n))
		}
		if leftOut > 0 {
			text += fmt.Sprintf(" The %s with the least are not drawn.", plural(leftOut, "kind", "kinds"))
		}
		figures = append(figures, figure{draw: c.draw, Caption: text})
	}
	l := listing{Caption: "Each kind: median and band over runs", Columns: []string{"kind", "epoch", "median", "lower", "upper"}, Words: 1}
	each := max(2, maxRows/2/max(1, len(all)))
	rows := 0
	for _, c := range all {
		rows += len(c.points)
		for _, i := range thin(len(c.points), each) {
			p := c.points[i]
			l.add(full(c.kind), count(p.epoch), show(p.median), show(p.lower), show(p.upper))
		}
	}
	l.cut(table+".csv", len(l.Rows))
	if l.LeftOut == "" && len(l.Rows) < rows {
		l.LeftOut = fmt.Sprintf("%s of %s rows, at equal distances of epochs; all follow from %s.csv.", count(len(l.Rows)), count(rows), table)
	}
	return figures, []listing{l}
}

// incentiveFinding compares the honest with the best paid adversary, at the end.
func incentiveFinding(all []curve) string {
	var base, best *curve
	for i := range all {
		switch c := &all[i]; {
		case math.IsNaN(c.last().median):
		case c.kind == honest:
			base = c
		case best == nil:
			best = c
		}
	}
	gets := func(c *curve) string {
		p := c.last()
		return percent(p.median) + interval(p.lower, p.upper, percent)
	}
	switch {
	case base == nil && best == nil:
		return "What the chain paid is not known"
	case best == nil:
		return fmt.Sprintf("In epoch %s an honest miner gets %s of incentive", count(base.last().epoch), gets(base))
	case base == nil:
		return fmt.Sprintf("In epoch %s %s gets most, %s of incentive", count(best.last().epoch), short(best.kind), gets(best))
	}
	return fmt.Sprintf("In epoch %s an honest miner gets %s of incentive, and %s, the best paid adversary, %s", count(base.last().epoch), gets(base), short(best.kind), gets(best))
}
