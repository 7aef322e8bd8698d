package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/scoring/acceptance"
)

// anyDecision is the name of the curve of all decisions together.
const anyDecision = "any of these"

// accused is the section of true and false decisions: the receiver operating characteristic.
// It needs to know of all actors, also of those that nothing happened to.
func accused(d Data) *section {
	p := newPopulation(d.Actors)
	if d.Events == nil || len(p.miners) == 0 {
		return nil
	}
	first := firstDecisions(d.Events, p)
	total := map[bool]int{}
	for _, k := range p.miners {
		total[k != honest]++
	}
	s := &section{ID: "roc", Subject: "True and false decisions (ROC)", Finding: accusedFinding(first[anyDecision], total),
		Text: "An actor is decided against when at least one validator rejects, alarms or flags it. A true positive is an adversary, a false positive an honest miner; each actor of each run counts once. Intervals are exact at 95 % (Clopper and Pearson)."}
	if total[true] > 0 && total[false] > 0 {
		c := chart{title: s.Finding, desc: "Share of adversaries decided against, against the share of honest miners decided against, as epochs pass.",
			x: axis{name: "false-positive rate (% of honest miners)", percent: true}, y: axis{name: "true-positive rate (% of adversaries)", percent: true, from: 0, to: 1},
			guides: []guide{{slope: 1, name: "chance"}}}
		for i, name := range decisionNames() {
			if len(first[name]) > 0 {
				c.series = append(c.series, rocSeries(name, i, first[name], total)...)
			}
		}
		s.Figures = []figure{{draw: c.draw, Caption: "A curve follows one kind of decision through time: at each epoch it has the rates up to then, from nothing decided at the lower left. The mark is the end of the run; that of all decisions has the intervals of both rates. The axis of false positives ends where the data do."}}
	}
	s.Tables = []listing{accusedTable(p, first)}
	return s
}

func decisionNames() []string { return []string{anyDecision, "rejected", "alarmed", "flagged"} }

// decided is when the first decision against an actor fell.
type decided struct {
	epoch     uint64
	adversary bool
}

// firstDecisions are by the kind of decision, and for each actor of the population.
func firstDecisions(events []lab.Event, p population) map[string]map[miner]decided {
	out := map[string]map[miner]decided{}
	for _, e := range events {
		m := miner{e.Run, e.Actor}
		kind, known := p.miners[m]
		if !known || !decisive(e.Event) {
			continue
		}
		for _, name := range []string{anyDecision, e.Event} {
			if out[name] == nil {
				out[name] = map[miner]decided{}
			}
			if was, ok := out[name][m]; !ok || e.Epoch < was.epoch {
				out[name][m] = decided{e.Epoch, kind != honest}
			}
		}
	}
	return out
}

// rocSeries is the curve of one kind of decision, and its end with an interval.
func rocSeries(name string, look int, first map[miner]decided, total map[bool]int) []series {
	times := make([]decided, 0, len(first))
	for _, t := range first {
		times = append(times, t)
	}
	slices.SortFunc(times, func(a, b decided) int { return cmp.Compare(a.epoch, b.epoch) })
	nan := math.NaN()
	points := []point{{0, 0, nan, nan}}
	hits := map[bool]int{}
	for i, t := range times {
		hits[t.adversary]++
		if i+1 == len(times) || times[i+1].epoch != t.epoch {
			points = append(points, point{rate(hits[false], total[false]), rate(hits[true], total[true]), nan, nan})
		}
	}
	end := points[len(points)-1]
	end.lower, end.upper = exact(hits[true], total[true])
	curve := series{name: name, look: look, line: true, quiet: true}
	for _, i := range thin(len(points), maxPoints) {
		curve.points = append(curve.points, points[i])
	}
	mark := series{name: name, look: look, points: []point{end}, marks: true}
	if name != anyDecision {
		return []series{curve, mark}
	}
	mark.bars = true
	lower, upper := exact(hits[false], total[false])
	along := []point{{lower, end.y, nan, nan}, {upper, end.y, nan, nan}}
	return []series{curve, mark, {look: look, points: along, span: true, quiet: true}}
}

func rate(n, of int) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

// exact is the interval of a share at 95 %; NaN where nothing was counted.
func exact(n, of int) (lower, upper float64) {
	lower, upper, err := acceptance.ClopperPearson(n, of, 0.05)
	if err != nil {
		return math.NaN(), math.NaN()
	}
	return lower, upper
}

func accusedFinding(first map[miner]decided, total map[bool]int) string {
	hits := map[bool]int{}
	for _, t := range first {
		hits[t.adversary]++
	}
	share := func(adversary bool) string {
		lower, upper := exact(hits[adversary], total[adversary])
		return percent(rate(hits[adversary], total[adversary])) + " of " + map[bool]string{true: "adversaries", false: "honest miners"}[adversary] + interval(lower, upper, percent)
	}
	const what = "rejected, alarmed or flagged"
	switch {
	case total[true] == 0:
		return fmt.Sprintf("%s are %s", share(false), what)
	case total[false] == 0:
		return fmt.Sprintf("%s are %s", share(true), what)
	}
	return fmt.Sprintf("%s and %s are %s", share(true), share(false), what)
}

func accusedTable(p population, first map[string]map[miner]decided) listing {
	l := listing{Caption: "Decisions by kind of actor, at the end of the runs", Words: 1,
		Columns: []string{"kind", "actors in all runs", "rejected", "alarmed", "flagged", "any of these", "rate", "lower", "upper"}}
	kinds := map[string]int{}
	hits := map[string]map[string]int{}
	for m, k := range p.miners {
		kinds[k]++
		if hits[k] == nil {
			hits[k] = map[string]int{}
		}
		for _, name := range decisionNames() {
			if _, ok := first[name][m]; ok {
				hits[k][name]++
			}
		}
	}
	for _, k := range kindsOf(kinds) {
		h := hits[k]
		lower, upper := exact(h[anyDecision], kinds[k])
		l.add(full(k), count(kinds[k]), count(h["rejected"]), count(h["alarmed"]), count(h["flagged"]), count(h[anyDecision]), percent(rate(h[anyDecision], kinds[k])), percent(lower), percent(upper))
	}
	l.cut(lab.TableEvents+".csv", len(l.Rows))
	return l
}
