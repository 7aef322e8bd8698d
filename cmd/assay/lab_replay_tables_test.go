package main

import (
	"fmt"
	"testing"

	"github.com/assaynet/assay/evidence"
	runs "github.com/assaynet/assay/lab"
	"github.com/assaynet/assay/lab/counterfactual"
	"github.com/assaynet/assay/protocol"
)

func TestTablesOfAComparison(t *testing.T) {
	a, b := protocol.Hotkey{1}, protocol.Hotkey{2}
	vote := counterfactual.Vote{
		Epoch: 4, Neurons: []evidence.Neuron{{UID: 3, Hotkey: a}, {UID: 5, Hotkey: b}},
		Recorded: counterfactual.Weights{UIDs: []uint16{3, 5}, Values: []uint16{65535, 21845}},
		Other:    counterfactual.Weights{UIDs: []uint16{5}, Values: []uint16{65535}},
	}
	decision := counterfactual.Decision{
		Round: 50, Epoch: 3, UID: 3, Hotkey: a.String(), Cell: "forum/forum/fork", What: counterfactual.OnTrial,
		Other: counterfactual.Side{Stands: true, Rows: 61},
	}
	again := decision
	again.Agree, again.Recorded.Stands = true, true
	c := &counterfactual.Comparison{
		Validator: protocol.Hotkey{9}, Votes: []counterfactual.Vote{vote}, Decisions: []counterfactual.Decision{decision, again},
		Miners: []counterfactual.Miner{{Hotkey: a, UID: 3, Epochs: 1}, {Hotkey: b, UID: 5, Epochs: 1}},
	}
	got := tablesOf(c)
	v := c.Validator.String()
	if want := fmt.Sprint([]runs.Weight{
		{Epoch: 4, Validator: v, Miner: a.String(), Weight: 0.75}, {Epoch: 4, Validator: v, Miner: b.String(), Weight: 0.25},
		{Run: 1, Epoch: 4, Validator: v, Miner: b.String(), Weight: 1},
	}); fmt.Sprint(got.weights) != want {
		t.Errorf("weights %v, want %s", got.weights, want)
	}
	if want := fmt.Sprint([]runs.Event{{Run: 1, Epoch: 3, Round: 50, Validator: v, Actor: a.String(), Kind: "recorded", Event: "alarmed", Items: 61}}); fmt.Sprint(got.events) != want {
		t.Errorf("events %v, want %s", got.events, want)
	}
	if len(got.actors) != 6 || got.actors[3].Role != "validator" || got.actors[5].Actor != b.String() {
		t.Errorf("actors %v", got.actors)
	}
}
