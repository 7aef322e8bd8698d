package scoring

import (
	"github.com/assaynet/assay/protocol"
)

// Score is what a miner has earned, at the end of the last closed round.
type Score struct {
	Hotkey     protocol.Hotkey
	UID        uint16
	ValidShare Share
	// Value is what the miner's data is worth, in demand cells: see CellScore.
	Value float64
	// Weight is the miner's share of all weights, 0..1.
	Weight   float64
	Rejected bool     // in the stratum of silence, or in every cell
	Flags    []string // provable faults that still count
	Cells    []CellScore

	pay float64
}

// CellScore is the waterfall of one demand cell:
//
//	UniqueBytes = ProvenBytes · worth/(Draws + value_prior)
//	Value       = Demand · UniqueBytes · Resolved / (NetworkBytes + HalfBytes)
//	Pay         = Value · Standing.Lower^gamma, 0 when rejected
//
// worth sums, over byte-weighted draws with forgetting, valid · credit ·
// freshness. NetworkBytes is the sum of UniqueBytes over all miners, so a cell
// pays a diminishing amount in total, which is shared in proportion: splitting one
// miner into several changes nothing.
type CellScore struct {
	Name         string
	Demand       float64
	ProvenBytes  uint64
	Draws        float64 // byte-weighted draws that count, after forgetting
	Credit       float64 // mean share of first holding among them
	Freshness    float64 // mean
	UniqueBytes  float64
	NetworkBytes float64
	HalfBytes    float64
	Resolved     float64
	Value        float64
	Standing     Share
	Noise        float64 // η that Standing was corrected by
	LogE         float64 // of the reject verdict
	Rejected     bool
	Pay          float64
}

// Scores are those of every neuron of the last opened round that was ever asked,
// by uid.
func (s *State) Scores() []Score {
	if s.params == nil {
		return nil
	}
	network := s.network()
	var out []Score
	var sum float64
	for _, n := range s.last.Neurons {
		m := s.miners[n.Hotkey]
		if m == nil {
			continue
		}
		score := s.score(m, n.UID, network)
		sum += score.pay
		out = append(out, score)
	}
	for i := range out {
		if sum > 0 {
			out[i].Weight = out[i].pay / sum
		}
	}
	return out
}

// network is each cell's network-wide unique amount, over the neurons of the last
// round.
func (s *State) network() map[cellID]float64 {
	total := map[cellID]float64{}
	for _, n := range s.last.Neurons {
		if m := s.miners[n.Hotkey]; m != nil {
			for _, id := range m.sortedCells() {
				total[id] += m.cells[id].unique(s.params)
			}
		}
	}
	return total
}

func (c *cell) unique(p *Parameters) float64 {
	if c.worth == 0 {
		return 0
	}
	return float64(float64(c.sums.Bytes)*c.worth) / (c.drawn + p.ValuePrior)
}

func (s *State) score(m *miner, uid uint16, network map[cellID]float64) Score {
	score := Score{Hotkey: m.hotkey, UID: uid, Rejected: m.rejected(), Flags: m.flagged(s.last.Round, s.params.FlagRounds)}
	var eta, weight float64
	cells := 0 // that pay
	for _, id := range m.sortedCells() {
		c := s.cellScore(m.cells[id], id, network[id])
		if c.Name == "" {
			continue
		}
		score.Cells = append(score.Cells, c)
		if !c.Rejected {
			cells++
		}
		score.Value += c.Value
		score.pay += c.Pay
		eta += float64(c.Noise * float64(c.ProvenBytes))
		weight += float64(c.ProvenBytes)
	}
	if weight > 0 {
		eta /= weight
	}
	score.ValidShare = m.all.share(s.params, eta)
	score.Rejected = score.Rejected || len(score.Cells) > 0 && cells == 0
	if score.Rejected || len(score.Flags) > 0 {
		score.pay = 0
	}
	return score
}

// cellScore has no name when no program in force has the cell.
func (s *State) cellScore(c *cell, id cellID, network float64) CellScore {
	p := s.programOf(id.program)
	if p == nil || int(id.cell) >= p.CellCount() {
		return CellScore{}
	}
	eta := s.noise(id)
	out := CellScore{
		Name: p.Name + "/" + p.CellName(id.cell), Demand: p.Demand(id.cell), ProvenBytes: c.sums.Bytes, Draws: c.drawn,
		UniqueBytes: c.unique(s.params), NetworkBytes: network, HalfBytes: float64(p.Value.HalfBytes),
		Resolved: min(1, (c.decided+1)/(c.ended+1)/eta.Resolved),
		Standing: c.valid.share(s.params, eta.Mean), Noise: eta.Mean,
		LogE: c.test.logE, Rejected: c.test.rejected,
	}
	if c.drawn > 0 {
		out.Credit, out.Freshness = c.credit/c.drawn, c.fresh/c.drawn
	}
	out.Value = float64(float64(out.Demand*out.UniqueBytes)*out.Resolved) / (out.NetworkBytes + out.HalfBytes)
	if !out.Rejected {
		out.Pay = float64(out.Value * power(out.Standing.Lower, s.params.Gamma))
	}
	return out
}

// Vote is the weight vector that the record supports now: the uids that earned
// something, ascending, and their weights, the largest 65535. Both are empty when
// nobody has earned anything: then there is no vote.
//
//	weight = floor(65535 · pay/max(pay) + ½)
func (s *State) Vote() (uids, weights []uint16) {
	scores := s.Scores()
	var most float64
	for _, sc := range scores {
		most = max(most, sc.pay)
	}
	if most == 0 {
		return nil, nil
	}
	for _, sc := range scores {
		if w := uint16(float64(65535*(sc.pay/most)) + 0.5); w > 0 {
			uids, weights = append(uids, sc.UID), append(weights, w)
		}
	}
	return uids, weights
}
