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
	// Parts are the open questions, or else new draws under Newest and the reveals that
	// are due.
	Parts []protocol.Part
	// Work is what it is asked as a labeller, one for each program.
	Work []Work
}

// MakePlan is the plan of a round, a pure function of the round's seed, the record
// so far, the metagraph in Opened and the tasks that labellers are asked. Live and
// replay share it.
//
// Every neuron that serves an axon is asked, except the validator itself.
func MakePlan(seed item.Hash, state *scoring.State, opened *evidence.Opened, tasks []*evidence.Tasks) Plan {
	started, _ := state.Started()
	p := Plan{Asks: state.Asks(), Refetch: state.Refetch()}
	for _, n := range opened.Neurons {
		if n.Serving && n.Hotkey != started.Validator {
			p.Miners = append(p.Miners, planMiner(seed, state, n, opened))
		}
	}
	handOut(seed, state, opened, tasks, p.Miners)
	for _, h := range hostsOf(state.Programs()) {
		p.Hosts = append(p.Hosts, h.name)
		pool := slices.Clone(state.KnownGood(h.name))
		p.Controls = append(p.Controls, choose(newStream(seed, purposeControl, []byte(h.name)), pool, h.controls)...)
	}
	return p
}

func planMiner(seed item.Hash, state *scoring.State, n evidence.Neuron, opened *evidence.Opened) MinerPlan {
	m := MinerPlan{UID: n.UID, Hotkey: n.Hotkey}
	newest, ok := state.Newest(n.Hotkey)
	if !ok {
		return m
	}
	m.Newest, m.Round, m.Block = newest.Root.Seq, newest.Round, newest.Block
	m.Parts = state.Questions(n.Hotkey)
	if len(m.Parts) > 0 {
		return m
	}
	if newest.Root.Count == 0 { // there is nothing to draw from
		m.Parts = reveals(state, n.Hotkey, opened.Round)
		return m
	}
	s := newStream(seed, purposeDraw, n.Hotkey[:])
	if opened.Fold < 3 { // draws were from the whole index
		m.Parts = []protocol.Part{{Seq: newest.Root.Seq, Draws: drawFor(s, state.Draws(n.Hotkey))}}
		return m
	}
	part := protocol.Part{Seq: newest.Root.Seq}
	for _, p := range state.DrawsOf(n.Hotkey) {
		part.Draws = append(part.Draws, within(p.Program, drawFor(s, p.Count))...)
	}
	if len(part.Draws) > 0 {
		m.Parts = append(m.Parts, part)
	}
	m.Parts = append(m.Parts, reveals(state, n.Hotkey, opened.Round)...)
	return m
}

// within makes draws from a whole index draws from one program's part of it.
func within(program [8]byte, draws []protocol.Draw) []protocol.Draw {
	for i, d := range draws {
		mode := protocol.DrawByteOf
		if d.Mode == protocol.DrawCell {
			mode = protocol.DrawCellOf
		}
		draws[i] = protocol.Draw{Mode: mode, U: d.U, V: protocol.ProgramWord(program)}
	}
	return draws
}

// reveals are the questions for answers that are due, in as many parts as there are
// roots that they stand under, as far as one request takes them.
func reveals(state *scoring.State, h protocol.Hotkey, round uint64) []protocol.Part {
	var parts []protocol.Part
	for _, r := range state.Reveals(h, round) {
		i := slices.IndexFunc(parts, func(p protocol.Part) bool { return p.Seq == r.Seq })
		if i < 0 {
			if len(parts) == protocol.MaxParts-1 {
				continue // in the next round
			}
			i = len(parts)
			parts = append(parts, protocol.Part{Seq: r.Seq})
		}
		if len(parts[i].Draws) < revealsAtOnce {
			parts[i].Draws = append(parts[i].Draws, r.Draw)
		}
	}
	return parts
}

// revealsAtOnce is how many assignments one part asks for: with twice as many tasks as
// each may have, their leaves stay within an answer's items.
const revealsAtOnce = 3

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
