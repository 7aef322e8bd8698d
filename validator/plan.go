package validator

import (
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring"
)

// cellEvery is the share of draws that are uniform over cells and leaves rather
// than over bytes: of every five consecutive draws, one.
const cellEvery = 5

// Plan is who is asked for what in a round, and which pages are fetched for
// reasons other than a draw of this round.
type Plan struct {
	Miners []MinerPlan // by uid
	// Asks are the keys whose first holder is to be settled; all are asked the same.
	Asks []protocol.ClaimAsk
	// Controls are known-good pages, Refetch those whose last fetch failed.
	Controls, Refetch []string
	// Hosts are the hosts that the programs name. No other is fetched from.
	Hosts []string
}

// MinerPlan is what one miner is asked.
type MinerPlan struct {
	UID    uint16
	Hotkey protocol.Hotkey
	// Newest is the sequence number of the newest root receipted before this
	// round; 0 before the first. Round and Block are those of its receipt.
	Newest, Round, Block uint64
	// Parts are the open questions, or else new draws under Newest.
	Parts []protocol.Part
}

// MakePlan is the plan of a round, a pure function of the round's seed, the record
// so far and the metagraph in Opened. Live and replay share it.
//
// Every neuron that serves an axon is asked, except the validator itself.
func MakePlan(seed item.Hash, state *scoring.State, opened *evidence.Opened) Plan {
	started, _ := state.Started()
	p := Plan{Asks: state.Asks(), Refetch: state.Refetch()}
	for _, n := range opened.Neurons {
		if n.Serving && n.Hotkey != started.Validator {
			p.Miners = append(p.Miners, planMiner(seed, state, n))
		}
	}
	for _, h := range hostsOf(state.Programs()) {
		p.Hosts = append(p.Hosts, h.name)
		pool := slices.Clone(state.KnownGood(h.name))
		p.Controls = append(p.Controls, choose(newStream(seed, purposeControl, []byte(h.name)), pool, h.controls)...)
	}
	return p
}

func planMiner(seed item.Hash, state *scoring.State, n evidence.Neuron) MinerPlan {
	m := MinerPlan{UID: n.UID, Hotkey: n.Hotkey}
	newest, ok := state.Newest(n.Hotkey)
	if !ok {
		return m
	}
	m.Newest, m.Round, m.Block = newest.Root.Seq, newest.Round, newest.Block
	m.Parts = state.Questions(n.Hotkey)
	if len(m.Parts) == 0 && newest.Root.Count > 0 {
		m.Parts = []protocol.Part{{Seq: newest.Root.Seq, Draws: drawFor(newStream(seed, purposeDraw, n.Hotkey[:]), state.Draws(n.Hotkey))}}
	}
	return m
}

// drawFor makes n draws. Where the run of five begins is random, so that the share
// of each mode holds over rounds too.
func drawFor(s *stream, n int) []protocol.Draw {
	draws := make([]protocol.Draw, n)
	phase := s.below(cellEvery)
	for i := range draws {
		mode := protocol.DrawByte
		if (i+phase)%cellEvery == 0 {
			mode = protocol.DrawCell
		}
		draws[i] = protocol.Draw{Mode: mode, U: s.next(), V: s.next()}
	}
	return draws
}

type host struct {
	name     string
	controls int
}

// hostsOf are the hosts of all programs, in their order, with the most controls
// that any program wants there.
func hostsOf(programs []*program.Program) []host {
	var hosts []host
	for _, p := range programs {
		for _, s := range p.Sources {
			for _, name := range s.Hosts {
				i := slices.IndexFunc(hosts, func(h host) bool { return h.name == name })
				if i < 0 {
					hosts = append(hosts, host{name, p.Checks.Controls})
				} else {
					hosts[i].controls = max(hosts[i].controls, p.Checks.Controls)
				}
			}
		}
	}
	return hosts
}
