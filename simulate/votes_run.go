package simulate

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/weights"
	"github.com/assaynet/assay/zoo"
)

// tally is what one run paid, in rao, after its warm-up.
type tally struct{ honest, cheat, miners, own, trust, cheatTrust float64 }

// subnet is one run.
type subnet struct {
	VoteTrial
	chain   *Chain
	rng     *rand.Rand   // of the miners
	errors  []*rand.Rand // of each validator's measurements
	quality []float64    // per miner, own ones last
	found   [][]float64  // per validator, the cheat last: its row of miners
	public  zoo.Public
}

func (x VoteTrial) play(run uint64, cheat Cheat) (out tally, err error) {
	s, err := x.open(run)
	if err != nil {
		return out, err
	}
	var voter Voter
	if cheat != nil {
		voter = cheat(zoo.Means{
			Own:     s.uids(x.Honest+1+x.Miners, x.Own),
			Measure: VoterFunc(func(*zoo.Public) ([]uint16, []uint16) { return s.measure(x.Honest) }),
		})
	}
	honest := s.uids(0, x.Honest)
	var last *Epoch
	for e := range x.Epochs {
		if e < x.Settle {
			err = s.epoch(last, nil)
		} else {
			err = s.epoch(last, voter)
		}
		if err != nil {
			return out, err
		}
		if last, err = s.chain.Epoch(uint64(e+1) * uint64(x.Chain.Tempo)); err != nil {
			return out, err
		}
		if e >= x.WarmUp {
			out.add(x, last, honest)
		}
	}
	return out, nil
}

func (t *tally) add(x VoteTrial, e *Epoch, honest []uint16) {
	for uid := range e.MinerEmission {
		switch v, m := float64(e.ValidatorEmission[uid]), float64(e.MinerEmission[uid]); {
		case uid < x.Honest:
			t.honest += v
		case uid == x.Honest:
			t.cheat += v
		case uid < x.Honest+1+x.Miners:
			t.miners += m
		default:
			t.own += m
		}
	}
	t.trust += e.MedianTrust(honest)
	t.cheatTrust += e.VTrust[x.Honest]
}

// open registers everyone: honest validators, the cheat, honest miners, the cheat's.
func (x VoteTrial) open(run uint64) (*subnet, error) {
	const total = 1e15 // rao
	s := &subnet{
		VoteTrial: x, chain: NewChain(x.Chain), rng: rand.New(rand.NewPCG(x.Seed, run<<16)),
		quality: make([]float64, x.Miners+x.Own), found: make([][]float64, x.Honest+1),
	}
	for i := range x.Honest + 1 + x.Miners + x.Own {
		var stake float64
		switch {
		case i < x.Honest:
			stake = total * (1 - x.Stake) / float64(x.Honest)
		case i == x.Honest:
			stake = total * x.Stake
		}
		if i <= x.Honest {
			s.errors = append(s.errors, rand.New(rand.NewPCG(x.Seed, run<<16+uint64(i)+1)))
		}
		if _, _, err := s.chain.Register(numbered(i), uint64(stake), 0); err != nil {
			return nil, err
		}
		if i > x.Honest {
			if err := s.chain.Serve(numbered(i), true); err != nil {
				return nil, err
			}
		}
	}
	for j := range s.quality {
		if s.quality[j] = s.draw(); j >= x.Miners {
			s.quality[j] = x.OwnQuality * meanQuality()
		}
	}
	return s, nil
}

// numbered is the i-th hotkey, in an order of its own.
func numbered(i int) (h protocol.Hotkey) {
	binary.BigEndian.PutUint64(h[:], uint64(i)+1)
	return h
}

func (*subnet) uids(first, n int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = uint16(first + i)
	}
	return out
}

// spread is the best quality of a miner over the least.
const spread = 20

// draw is the quality of a miner; meanQuality what it is in the mean.
func (s *subnet) draw() float64 { return math.Pow(spread, s.rng.Float64()) }
func meanQuality() float64      { return (spread - 1) / math.Log(spread) }

// epoch is what happens between two epochs of the chain: qualities change, and in the
// middle everyone votes, the cheat last.
func (s *subnet) epoch(last *Epoch, cheat Voter) error {
	change := 1 - math.Pow(1-s.Change, 1/float64(max(s.Chain.RevealPeriod, 1)))
	for j := range s.Miners {
		if s.rng.Float64() < change {
			s.quality[j] = s.draw()
		}
	}
	block := s.chain.Block() + uint64(s.Chain.Tempo)/2
	for i := range s.Honest {
		uids, votes := s.measure(i)
		if err := s.chain.Vote(numbered(i), uids, votes, block); err != nil {
			return err
		}
	}
	if cheat == nil {
		uids, votes := s.measure(s.Honest)
		return s.chain.Vote(numbered(s.Honest), uids, votes, block)
	}
	s.chain.Public(&s.public, last)
	s.public.Self = uint16(s.Honest)
	uids, votes := cheat.Vote(&s.public)
	if len(uids) == 0 {
		return nil
	}
	return s.chain.Vote(numbered(s.Honest), uids, votes, block)
}

// measure is what validator i finds and votes now.
func (s *subnet) measure(i int) (uids, votes []uint16) {
	row := s.found[i]
	memory := s.Memory
	if row == nil {
		row, memory = make([]float64, len(s.quality)), 0
		s.found[i] = row
	}
	for j, q := range s.quality {
		now := q * max(0, 1+s.Noise*s.errors[i].NormFloat64())
		row[j] = memory*row[j] + (1-memory)*now
	}
	for j, w := range weights.Quantise(row) {
		if w > 0 {
			uids, votes = append(uids, uint16(s.Honest+1+j)), append(votes, w)
		}
	}
	return slices.Clip(uids), votes
}
