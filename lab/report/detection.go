package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
)

// seen is the first decision of a validator against an actor.
type seen struct {
	epoch, round  uint64
	items, epochs float64
}

// delays are the items and epochs that validators needed, for a kind of adversary. A
// validator that never decided needed infinitely many.
type delays struct {
	kind          string
	items, epochs spread
}

// detection is the section of how long adversaries go unseen.
func detection(d Data) *section {
	all, known := delaysOf(d)
	if len(all) == 0 {
		return nil
	}
	s := &section{ID: "detection", Subject: "Time until detection", Finding: detectionFinding(all),
		Text: "An adversary is detected by a validator when that rejects, alarms or flags it for the first time. Items are those that this validator had checked of it, epochs are since its key was registered. Each pair of an honest validator and an adversary, in each run, counts once."}
	if !known {
		s.Text += " The run has no table of actors, so pairs without a decision are not known and not counted."
	}
	drawn := all[:min(len(all), maxStrips)]
	for _, part := range []struct {
		name, unit string
		of         func(delays) spread
	}{{"items", "items checked until the decision", func(d delays) spread { return d.items }}, {"epochs", "epochs from the first lie to the decision", func(d delays) spread { return d.epochs }}} {
		plot := strips{title: "Detection in " + part.name + ": " + s.Finding, desc: "One row for each kind of adversary: the middle half in a box, the median as a mark, and the middle 90 % as a line.",
			width: wideStrips, beyond: "never", x: axis{name: part.unit, log: true}}
		for _, k := range drawn {
			v := part.of(k)
			plot.rows = append(plot.rows, strip{name: short(k.kind), look: 1, at: v.median(), lower: v.quantile(0.05), upper: v.quantile(0.95), from: v.quantile(0.25), to: v.quantile(0.75),
				note: never(v.median()) + neverShare(k)})
		}
		text := "A box holds the middle half of the pairs, the square is the median, and the line holds the middle 90 %; what goes on to an arrow at the right was never decided. At the right stands the median, and how many pairs never decided."
		if len(drawn) < len(all) {
			text += fmt.Sprintf(" Drawn are %d of %d kinds.", len(drawn), len(all))
		}
		s.Figures = append(s.Figures, figure{draw: plot.draw, Class: "mid", Caption: text})
	}
	s.Tables = []listing{detectionTable(all)}
	return s
}

func neverShare(k delays) string {
	if n := k.items.endless; n > 0 && n < k.items.size() {
		return ", never " + percent(rate(n, k.items.size()))
	}
	return ""
}

// pair is a validator and an actor that it may decide against.
type pair struct {
	miner
	validator string
}

// delaysOf gathers first decisions by kind, the fastest kind first. known is false where it
// cannot be told who was never seen.
func delaysOf(d Data) (all []delays, known bool) {
	if d.Events == nil {
		return nil, false
	}
	people := newPopulation(d.Actors)
	known = len(people.validators) > 0
	items, epochs, missed := map[string][]float64{}, map[string][]float64{}, map[string]int{}
	for m, k := range people.miners {
		if n := len(people.validators[m.run]); k != honest && n > 0 {
			missed[k] += n
			items[k] = nil
		}
	}
	first, kinds := firstSeen(d.Events, people)
	for p, s := range first {
		k := kinds[p.miner]
		items[k], epochs[k] = append(items[k], s.items), append(epochs[k], s.epochs)
		if _, counted := people.miners[p.miner]; counted {
			missed[k]--
		}
	}
	for _, k := range kindsOf(items) {
		never := max(0, missed[k])
		all = append(all, delays{k, newSpread(items[k], never), newSpread(epochs[k], never)})
	}
	slices.SortStableFunc(all, func(a, b delays) int { return cmp.Compare(a.items.median(), b.items.median()) })
	return all, known
}

// firstSeen are the first decisions of validators against adversaries, and the kinds of
// these. Where the run says who is an honest validator, no others count.
func firstSeen(events []lab.Event, people population) (map[pair]seen, map[miner]string) {
	first, kinds := map[pair]seen{}, map[miner]string{}
	for _, e := range events {
		p := pair{miner{e.Run, e.Actor}, e.Validator}
		kind, known := people.miners[p.miner]
		if !known {
			kind = e.Kind
		}
		if kind == honest || !decisive(e.Event) || len(people.validators) > 0 && !people.validators[e.Run][e.Validator] {
			continue
		}
		kinds[p.miner] = kind
		was, ok := first[p]
		if !ok || cmp.Or(cmp.Compare(e.Epoch, was.epoch), cmp.Compare(e.Round, was.round), cmp.Compare(float64(e.Items), was.items)) < 0 {
			first[p] = seen{e.Epoch, e.Round, float64(e.Items), float64(e.Epochs)}
		}
	}
	return first, kinds
}

func detectionFinding(all []delays) string {
	var found []delays
	var missed []string
	for _, k := range all {
		if math.IsInf(k.items.median(), 1) {
			missed = append(missed, short(k.kind))
			continue
		}
		found = append(found, k)
	}
	if n := len(missed); n > 3 {
		missed = append(missed[:2:2], count(n-2)+" others")
	}
	after := func(k delays) string { return plural(uint64(math.Round(k.items.median())), "item", "items") }
	var text string
	switch n := len(found); {
	case n == 0:
		return "Most validators never decide against " + listed(missed)
	case n == 1:
		text = fmt.Sprintf("The median validator decides against %s after %s and %s", short(found[0].kind), after(found[0]), plural(uint64(math.Round(found[0].epochs.median())), "epoch", "epochs"))
	default:
		text = fmt.Sprintf("The median validator decides against %s after %s and against %s, the slowest seen, after %s", short(found[0].kind), after(found[0]), short(found[n-1].kind), after(found[n-1]))
	}
	if len(missed) > 0 {
		text += "; most never decide against " + listed(missed)
	}
	return text
}

func detectionTable(all []delays) listing {
	l := listing{Caption: "Time until detection, by kind of adversary", Words: 1,
		Columns: []string{"adversary", "pairs", "never", "items, 5 %", "items, 25 %", "items, median", "items, 75 %", "items, 95 %", "epochs, 5 %", "epochs, 25 %", "epochs, median", "epochs, 75 %", "epochs, 95 %"}}
	for _, k := range all {
		cells := []string{full(k.kind), count(k.items.size()), count(k.items.endless)}
		for _, v := range []spread{k.items, k.epochs} {
			for _, q := range []float64{0.05, 0.25, 0.5, 0.75, 0.95} {
				cells = append(cells, never(v.quantile(q)))
			}
		}
		l.add(cells...)
	}
	l.cut(lab.TableEvents+".csv", len(l.Rows))
	return l
}
