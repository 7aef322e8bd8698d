package main

import (
	"strings"

	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/counterfactual"
)

// The runs of a comparison's tables: the record under its own rules, and under the others.
const (
	runRecorded = 0
	runOther    = 1
)

// otherTables are a comparison in the form of the lab's tables.
type otherTables struct {
	actors  []runs.Actor
	weights []runs.Weight
	events  []runs.Event
}

// tablesOf are the tables of a comparison. A record has no pay: what the chain made of a
// vote follows from all validators' votes. An event is a decision that stands under one
// set of rules and not under the other.
func tablesOf(c *counterfactual.Comparison) otherTables {
	var out otherTables
	names := map[uint16]string{}
	validator := c.Validator.String()
	for run := runRecorded; run <= runOther; run++ {
		out.actors = append(out.actors, runs.Actor{Run: run, Actor: validator, Role: "validator", Kind: "recorded", Keys: 1})
		for _, m := range c.Miners {
			out.actors = append(out.actors, runs.Actor{Run: run, Actor: m.Hotkey.String(), Role: "miner", Kind: "recorded", Keys: 1})
		}
		for _, v := range c.Votes {
			for _, n := range v.Neurons {
				names[n.UID] = n.Hotkey.String()
			}
			w := v.Recorded
			if run == runOther {
				w = v.Other
			}
			for _, uid := range w.UIDs {
				out.weights = append(out.weights, runs.Weight{Run: run, Epoch: v.Epoch, Validator: validator, Miner: names[uid], Weight: w.Of(uid)})
			}
		}
		for _, d := range c.Decisions {
			side := d.Recorded
			if run == runOther {
				side = d.Other
			}
			if !side.Stands || d.Agree {
				continue
			}
			out.events = append(out.events, runs.Event{
				Run: run, Epoch: d.Epoch, Round: d.Round, Validator: validator, Actor: d.Hotkey, Kind: "recorded", Event: eventOf(d), Items: side.Rows,
			})
		}
	}
	return out
}

// eventOf is a decision in the words of the table of events.
func eventOf(d counterfactual.Decision) string {
	if d.What == counterfactual.OnTrial {
		return "alarmed"
	}
	return strings.ReplaceAll(d.What, " ", "_")
}
