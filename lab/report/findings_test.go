package report

import (
	"fmt"
	"math"
	"testing"

	"github.com/assaynet/assay/lab"
)

// TestFindings holds the sentences of each section against data of which they are known.
func TestFindings(t *testing.T) {
	nan := math.NaN()
	wire := lab.Verdict{Name: "zip-bomb", Ratio: nan, Lower: nan, Upper: nan, Outcome: "malformed"}
	copier := lab.Verdict{Name: "sybil-copy", Ratio: 0.31, Lower: 0.25, Upper: 0.37}
	payer := lab.Verdict{Name: "whitewash", Ratio: 1.04, Lower: 1.01, Upper: 1.07, Pays: true}
	edge := lab.Verdict{Name: "milk", Ratio: 1, Lower: 0.99, Upper: 1.01}
	fakes := func(f, ratio, lower, upper float64) lab.Share {
		return lab.Share{Fakes: f, Ratio: ratio, Lower: lower, Upper: upper, Runs: 10}
	}
	people := []lab.Actor{{Actor: "a", Role: "miner", Kind: honest, Keys: 1}, {Actor: "b", Role: "miner", Kind: "milk", Keys: 2}, {Actor: "c", Role: "miner", Kind: "stale", Keys: 1},
		{Actor: "v", Role: "validator", Kind: honest, Keys: 1}, {Actor: "u", Role: "validator", Kind: "lazy-validator", Keys: 1}}
	event := func(actor, kind, event string, items uint64) lab.Event {
		return lab.Event{Epoch: 4, Round: 60, Validator: "v", Actor: actor, Kind: kind, Event: event, Items: items, Epochs: 3}
	}
	for i, c := range []struct {
		data Data
		id   string
		want string
	}{
		{Data{Verdicts: []lab.Verdict{copier, edge, wire}}, "verdicts", "None of 3 adversaries pays: milk, with the highest bound, earns 1.00 of honest pay (0.99–1.01)"},
		{Data{Verdicts: []lab.Verdict{copier}}, "verdicts", "sybil-copy does not pay: it earns 0.31 of honest pay (0.25–0.37)"},
		{Data{Verdicts: []lab.Verdict{copier, payer}}, "verdicts", "1 of 2 adversaries pays: whitewash with 1.04 (1.01–1.07)"},
		{Data{Verdicts: []lab.Verdict{payer, payer, payer, payer, wire}}, "verdicts", "4 of 5 adversaries pay, among them whitewash with 1.04 (1.01–1.07), whitewash with 1.04 (1.01–1.07) and whitewash with 1.04 (1.01–1.07)"},
		{Data{Verdicts: []lab.Verdict{wire}}, "verdicts", "zip-bomb does not pay"},
		{Data{Verdicts: []lab.Verdict{wire, wire}}, "verdicts", "None of 2 adversaries pays"},
		{Data{Shares: []lab.Share{fakes(0.5, 0.05, 0.01, 0.1), fakes(0.2, 0.31, 0.25, 0.37), fakes(0, 1, 0.98, 1.03)}}, "shares", "Fakes of 20 % earn 0.31 of honest pay (0.25–0.37)"},
		{Data{Shares: []lab.Share{fakes(0.02, 1.01, 0.97, 1.05), fakes(0.2, 0.31, 0.25, 0.37)}}, "shares", "Fakes of 2 % pay: they may earn 1.01 of honest pay (0.97–1.05)"},
		{Data{Shares: []lab.Share{fakes(0, 1, 1, 1), fakes(0.1, nan, nan, nan)}}, "shares", "What fakes earn is not known"},
		{Data{Pay: []lab.Pay{{Epoch: 1, Actor: "a", Kind: honest, Incentive: 0.5}, {Epoch: 2, Actor: "a", Kind: honest, Incentive: 0.8}, {Epoch: 2, Actor: "b", Kind: "milk", Incentive: 0.2}}}, "incentive",
			"In epoch 2 an honest miner gets 80 % of incentive, and milk, the best paid adversary, 20 %"},
		{Data{Pay: []lab.Pay{{Epoch: 2, Actor: "a", Kind: honest, Incentive: 0.8}, {Run: 1, Epoch: 2, Actor: "a", Kind: honest, Incentive: 0.9}}}, "incentive", "In epoch 2 an honest miner gets 85 % (80–90 %) of incentive"},
		{Data{Pay: []lab.Pay{{Epoch: 2, Actor: "b", Kind: "milk", Incentive: 0.2}}}, "incentive", "In epoch 2 milk gets most, 20 % of incentive"},
		{Data{Pay: []lab.Pay{{Incentive: nan}}}, "incentive", "What the chain paid is not known"},
		{Data{Actors: people, Weights: []lab.Weight{{Validator: "v", Miner: "a", Weight: 0.75}, {Validator: "v", Miner: "b", Weight: 0.25}, {Validator: "u", Miner: "a", Weight: 1}}}, "weights",
			"Honest miners hold 87.5 % of the votes; validators differ on a miner by at most 25 % of all weight (a)"},
		{Data{Weights: []lab.Weight{{Validator: "v", Miner: "a", Weight: 1}}}, "weights", "There is one validator"},
		{Data{Trust: []lab.Trust{{Validator: "v", Kind: honest, Stake: 1, VTrust: 0.97, Fetches: 932}}}, "validators", "The vtrust of honest validators is 0.97 in epoch 0; each fetches 932 pages in it"},
		{Data{Actors: people, Events: []lab.Event{event("b", "milk", "watched", 3), event("b", "milk", "rejected", 24), event("b", "milk", "alarmed", 30)}}, "detection",
			"The median validator decides against milk after 24 items and 3 epochs; most never decide against stale"},
		{Data{Events: []lab.Event{event("b", "milk", "rejected", 24), event("c", "stale", "flagged", 1)}}, "detection",
			"The median validator decides against stale after 1 item and against milk, the slowest seen, after 24 items"},
		{Data{Actors: people, Events: []lab.Event{event("a", honest, "rejected", 24)}}, "detection", "Most validators never decide against milk and stale"},
		{Data{Actors: people, Events: []lab.Event{event("b", "milk", "rejected", 24)}}, "roc",
			"50 % of adversaries (1.3–98.7 %) and 0 % of honest miners (0–97.5 %) are rejected, alarmed or flagged"},
		{Data{Actors: people, Events: []lab.Event{}}, "detection", "Most validators never decide against milk and stale"},
		{Data{Actors: people[:1], Events: []lab.Event{}}, "roc", "0 % of honest miners (0–97.5 %) are rejected, alarmed or flagged"},
		{Data{Characteristics: []lab.Characteristic{
			{Rule: "sequential", Valid: 0.8, Theory: 0.0095, ItemsTheory: 36.3}, {Rule: "sequential", Valid: 0.95, Theory: 0.994, ItemsTheory: 48.9}, {Rule: "sn13", Valid: 0.8, Theory: 0.63, ItemsTheory: 20}}},
			"characteristic", "Of miners with 80 % valid items, “sequential” accepts 0.95 % for 36.3 items; “sn13” 63 % for 20 items"},
		{Data{Trials: sweep([]float64{1, 2, 3, 4}, []float64{4, 1, 3, 2}, []float64{8, 6, 4, 2})}, "sensitivity",
			"Over 4 points of 2 parameters, ratio depends most on draws (rank correlation −1.00) and least on bad (rank correlation 0.40)"},
		{Data{Trials: sweep([]float64{1}, []float64{4}, []float64{8})}, "sensitivity", "Of 1 point of 2 parameters none shows how a measure depends on a parameter"},
		{Data{Actors: people}, "actors", "In 1 run there were 1 honest miner, 2 adversaries and 2 validators"},
	} {
		t.Run(fmt.Sprint(i, " ", c.id), func(t *testing.T) {
			if got := findings(t, render(t, c.data))[c.id]; got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// sweep is a search over draws and bad, with one measure.
func sweep(draws, bad, ratio []float64) []lab.Trial {
	var out []lab.Trial
	for i := range draws {
		out = append(out, lab.Trial{Point: i, Type: "parameter", Name: "draws", Value: draws[i]}, lab.Trial{Point: i, Type: "parameter", Name: "bad", Value: bad[i]},
			lab.Trial{Point: i, Type: "measure", Name: "ratio", Value: ratio[i], Lower: ratio[i] - 1, Upper: ratio[i] + 1})
	}
	return out
}

func TestEqualCost(t *testing.T) {
	all := rules([]lab.Characteristic{
		{Rule: "sn13", Valid: 0.8, Theory: 0.63, ItemsTheory: 20}, {Rule: "sn13", Valid: 0.5, Theory: 0.006, ItemsTheory: 20},
		{Rule: "sequential", Valid: 0.8, Theory: 0.0095, ItemsTheory: 40}, {Rule: "sequential", Valid: 0.5, Theory: 0.001, ItemsTheory: 8.5}})
	c, l, name, ok := equalCost(all)
	if !ok || name != "sequential" || len(c.series) != 2 || len(l.Rows) != 3 {
		t.Fatal(ok, name, c.series, l.Rows)
	}
	// Two runs of 20 for 40 items; at 50 % the 8.5 items do not pay one.
	if p := c.series[0].points; len(p) != 1 || p[0].x != 0.8 || math.Abs(p[0].y-0.63*0.63) > 1e-12 {
		t.Error(p)
	}
	if p := c.series[1].points; len(p) != 2 || p[0].y != 0.001 || p[1].y != 0.0095 {
		t.Error(p)
	}
}

func TestCurvesTakeMedians(t *testing.T) {
	var pay []reading
	for run, x := range []float64{0.1, 0.2, 0.6} {
		pay = append(pay, reading{run, 1, "milk", x}, reading{run, 1, "milk", 0}, reading{run, 1, honest, 0.5})
	}
	pay = append(pay, reading{0, 2, "milk", math.NaN()})
	got, runs := curves(len(pay), func(i int) reading { return pay[i] })
	if runs != 3 || len(got) != 2 || got[0].kind != honest || len(got[1].points) != 2 {
		t.Fatal(runs, got)
	}
	if p := got[1].points[0]; p.median != 0.1 || p.lower != 0.05 || p.upper != 0.3 {
		t.Error(p)
	}
	if p := got[1].last(); p.epoch != 1 || !math.IsNaN(got[1].points[1].median) {
		t.Error(p)
	}
}

func TestQuantiles(t *testing.T) {
	s := newSpread([]float64{3, 1, math.NaN(), 2}, 2) // 1, 2, 3 and two that never came
	for q, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.125: 1.5, 0.6: math.Inf(1), 1: math.Inf(1)} {
		if got := s.quantile(q); got != want {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	if got := newSpread(nil, 0).median(); !math.IsNaN(got) {
		t.Error(got)
	}
}
