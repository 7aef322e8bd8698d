package scoring

import (
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/weights"
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
	Away     bool     // answered no draws lately: is not paid
	OnTrial  bool     // turned bad in every cell that is not rejected
	Watched  bool     // is drawn from more often, which costs no pay
	Flags    []string // provable faults that still count
	Cells    []CellScore
	Wholes   []WholeScore // by the rules of fold version 4, by program

	pay float64
}

// CellScore is the waterfall of one demand cell:
//
//	UniqueBytes = min(ProvenBytes · worth, amount) / (Draws + value_prior) · Resolved
//	Value       = Demand · UniqueBytes / (NetworkBytes + HalfBytes)
//	Pay         = Value · Standing.Lower^gamma, 0 when rejected or on trial
//
// worth sums, over byte-weighted draws with forgetting, valid · credit ·
// freshness; amount sums worth times the cell's proven bytes when it was drawn, so
// that bytes count only as far as draws of them were judged. NetworkBytes is the
// sum of UniqueBytes over all miners that are paid, so a cell pays a diminishing
// amount in total, which is shared in proportion: splitting one miner into several
// changes nothing.
//
// In the cell of a labelling program the amount is work: Unique is the tasks that the
// miner answered per round, as a share of what the program allows, Network their sum
// over the miners that are paid, Half the program's, Draws the tasks that it was asked
// lately and Freshness the share of them that it answered, and
//
//	Pay = Value · Skill^gamma, Skill = max(0, 2 · Standing.Lower − 1)
//
// for miners that passed the program's exam.
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
	LogE         float64 // of the reject verdict: the larger of the cell's and of its program's as a whole
	Rejected     bool
	CUSUM        float64 // of the watch for change, likewise
	OnTrial      bool    // it turned bad, and pays nothing until it is good again
	Judges       bool    // the cell is of a labelling program
	Skill        float64 // of its labels, lower bound
	Passed       bool    // the exam of the labelling program
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
		if m := s.miners[n.Hotkey]; m != nil && s.counts(m) {
			for _, id := range m.sortedCells() {
				switch c := m.cells[id]; {
				case s.without(WithoutClaims) && !s.judging(id):
					total[id] += float64(c.sums.Bytes)
				case s.earns(m, id, c):
					total[id] += s.amount(m, id, c)
				}
			}
		}
	}
	return total
}

// earns reports whether a cell of a miner can earn: it pays, and in a labelling program
// the miner works.
func (s *State) earns(m *miner, id cellID, c *cell) bool {
	p := s.programOf(id.program)
	return s.pays(m, id, c) && (p == nil || !p.Judges() || s.works(p, m.hotkey))
}

// amount is the unique bytes of a cell, or the work in that of a labelling program.
func (s *State) amount(m *miner, id cellID, c *cell) float64 {
	if p := s.programOf(id.program); p != nil && p.Judges() {
		return s.work(p, c)
	}
	return s.unique(m, id, c, s.noise(id))
}

// work is how many tasks a miner answers in a round, as a share of what the program
// allows; drawn counts rounds.
func (s *State) work(p *program.Program, c *cell) float64 {
	return min(1, c.paid.amount/float64(float64(p.Labelling.Tasks)*(c.paid.drawn+s.params.ValuePrior)))
}

// counts reports whether a miner is paid at all: it is neither flagged nor rejected
// for silence, and answered draws lately.
func (s *State) counts(m *miner) bool {
	return !m.rejected() && !s.away(m) && len(m.flagged(s.last.Round, s.params.FlagRounds)) == 0
}

func (s *State) away(m *miner) bool {
	return !s.lately(m.drawnAt) && !s.without(WithoutUnanswered)
}

// resolved is the share of byte-weighted draws that could be decided, relative to
// that of the controls.
func (c *cell) resolved(eta noise) float64 {
	return min(1, (c.paid.decided+1)/(c.paid.ended+1)/eta.Resolved)
}

func (s *State) score(m *miner, uid uint16, network map[cellID]float64) Score {
	score := Score{Hotkey: m.hotkey, UID: uid, Rejected: m.rejected(), Away: s.away(m), Watched: s.watched[m.hotkey], Flags: m.flagged(s.last.Round, s.params.FlagRounds)}
	var eta, weight float64
	var kept, pay int // cells that are not rejected, and that pay
	var whole wholeLower
	for _, id := range m.sortedCells() {
		c := s.cellScore(m, m.cells[id], id, network[id], &whole)
		if c.Name == "" {
			continue
		}
		score.Cells = append(score.Cells, c)
		if !c.Rejected {
			kept++
			if !c.OnTrial {
				pay++
			}
		}
		score.Value += c.Value
		score.pay += c.Pay
		eta += float64(c.Noise * float64(c.ProvenBytes))
		weight += float64(c.ProvenBytes)
	}
	if weight > 0 {
		eta /= weight
	}
	score.Wholes = s.wholeScores(m)
	score.ValidShare = s.params.standing().Share(m.all, eta)
	score.Rejected = score.Rejected || len(score.Cells) > 0 && kept == 0
	score.OnTrial = kept > 0 && pay == 0
	if !s.counts(m) {
		score.pay = 0
	}
	return score
}

// cellScore has no name when no program in force has the cell.
func (s *State) cellScore(m *miner, c *cell, id cellID, network float64, whole *wholeLower) CellScore {
	p := s.programOf(id.program)
	if p == nil || int(id.cell) >= p.CellCount() {
		return CellScore{}
	}
	if p.Judges() {
		return s.labelScore(m, c, p, network)
	}
	eta, v := s.noise(id), s.verdict(m, id, c)
	out := CellScore{
		Name: p.Name + "/" + p.CellName(id.cell), Demand: p.Demand(id.cell), ProvenBytes: c.sums.Bytes, Draws: c.paid.drawn,
		UniqueBytes: s.unique(m, id, c, eta), NetworkBytes: network, HalfBytes: float64(p.Value.HalfBytes),
		Resolved: c.resolved(eta),
		Standing: s.cellStanding(m, id, c, min(eta.Mean, p.Checks.Noise), whole), Noise: eta.Mean,
		LogE: v.logE, Rejected: v.rejected, CUSUM: v.cusum, OnTrial: v.onTrial,
	}
	if c.paid.drawn > 0 {
		out.Credit, out.Freshness = c.paid.credit/c.paid.drawn, c.paid.fresh/c.paid.drawn
	}
	if s.without(WithoutTotal) {
		out.NetworkBytes = out.UniqueBytes
	}
	out.Value = float64(out.Demand*out.UniqueBytes) / (out.NetworkBytes + out.HalfBytes)
	if !v.rejected && !v.onTrial {
		out.Pay = float64(out.Value * kernel.Power(out.Standing.Lower, s.params.Gamma))
	}
	return out
}

// labelScore is the waterfall of a labelling program.
func (s *State) labelScore(m *miner, c *cell, p *program.Program, network float64) CellScore {
	v := s.verdict(m, labelCell(p), c)
	out := CellScore{
		Name: p.Name + "/" + p.CellName(0), Demand: p.Demand(0), ProvenBytes: c.sums.Bytes, Draws: c.paid.ended,
		UniqueBytes: s.work(p, c), NetworkBytes: network, HalfBytes: p.Labelling.Half, Resolved: 1, Credit: 1,
		Standing: s.labelShare(p, m.hotkey, c), LogE: v.logE, Rejected: v.rejected,
		CUSUM: v.cusum, OnTrial: v.onTrial, Judges: true, Passed: s.passed(p, m.hotkey),
	}
	if c.paid.ended > 0 {
		out.Freshness = c.paid.fresh / c.paid.ended
	}
	out.Skill = skill(out.Standing.Lower)
	out.Value = float64(out.Demand*out.UniqueBytes) / (out.NetworkBytes + out.HalfBytes)
	if !v.rejected && !v.onTrial && s.works(p, m.hotkey) {
		out.Pay = float64(out.Value * kernel.Power(out.Skill, s.params.Gamma))
	}
	return out
}

// Vote is the weight vector that the record supports now: the uids that earned
// something, ascending, and their weights, the largest 65535. Both are empty when
// nobody has earned anything: then there is no vote. weights.Quantise has the rule.
func (s *State) Vote() (uids, vote []uint16) {
	scores := s.Scores()
	pay := make([]float64, len(scores))
	for i, sc := range scores {
		pay[i] = sc.pay
	}
	for i, w := range weights.Quantise(pay) {
		if w > 0 {
			uids, vote = append(uids, scores[i].UID), append(vote, w)
		}
	}
	return uids, vote
}
