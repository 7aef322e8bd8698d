package simulate

import (
	"slices"

	"github.com/assaynet/assay/zoo"
)

// Voter decides the row of a validator at the end of an epoch, by what everyone can read.
// The cheating ones are in package zoo. An honest one does not look at it: its row is
// scoring.State.Vote.
type Voter interface {
	Vote(p *zoo.Public) (uids, weights []uint16)
}

// VoterFunc is a function as a Voter.
type VoterFunc func(p *zoo.Public) (uids, weights []uint16)

// Vote implements Voter.
func (f VoterFunc) Vote(p *zoo.Public) (uids, weights []uint16) { return f(p) }

// Public fills in what everyone can read now, where last is the latest epoch, nil before
// the first one. Miners are the neurons that serve. What p holds of earlier calls is used
// again; Self is left to the caller.
func (c *Chain) Public(p *zoo.Public, last *Epoch) {
	n := c.in.N
	p.Epoch, p.Miners = c.index, p.Miners[:0]
	for uid, serves := range c.serving {
		if serves {
			p.Miners = append(p.Miners, uint16(uid))
		}
	}
	if last == nil {
		last = &Epoch{}
	}
	p.Consensus, p.Incentive = sized(p.Consensus, last.Consensus, n), sized(p.Incentive, last.Incentive, n)
	p.Dividends, p.VTrust = sized(p.Dividends, last.Dividends, n), sized(p.VTrust, last.VTrust, n)
	had := p.Ballots
	p.Ballots = p.Ballots[:0]
	for uid, row := range c.in.Weights {
		if len(row) == 0 {
			continue
		}
		var weights []float64
		if k := len(p.Ballots); k < cap(had) {
			weights = had[:cap(had)][k].Weights
		}
		b := zoo.Ballot{UID: uint16(uid), Weights: sized(weights, nil, n), Made: c.public[uid].epoch}
		if uid < len(last.Stake) {
			b.Stake = last.Stake[uid]
		}
		sum := 0.0
		for _, cell := range row {
			sum += float64(cell.Value)
		}
		for _, cell := range row {
			if sum > 0 && int(cell.Column) < n {
				b.Weights[cell.Column] = float64(cell.Value) / sum
			}
		}
		p.Ballots = append(p.Ballots, b)
	}
}

// sized is from with n entries, in the place of to.
func sized(to, from []float64, n int) []float64 {
	to = slices.Grow(to[:0], n)[:n]
	clear(to[copy(to, from):])
	return to
}

// MedianTrust is the median of the trust that an epoch left to validators, the lower of
// the two in the middle.
func (e *Epoch) MedianTrust(uids []uint16) float64 {
	trust := make([]float64, 0, len(uids))
	for _, uid := range uids {
		if int(uid) < len(e.VTrust) {
			trust = append(trust, e.VTrust[uid])
		}
	}
	if len(trust) == 0 {
		return 0
	}
	slices.Sort(trust)
	return trust[(len(trust)-1)/2]
}
