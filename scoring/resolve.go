package scoring

import (
	"slices"

	"github.com/assaynet/assay/protocol"
)

// resolve moves a miner's standing by every question and draw that has come to an
// end in a round.
func (s *State) resolve(m *miner, r *round) {
	m.questions = slices.DeleteFunc(m.questions, func(q question) bool {
		if q.tries < s.params.MaxTries {
			return false
		}
		s.unanswered(m, q, r.opened.Round)
		return true
	})
	m.draws = slices.DeleteFunc(m.draws, func(d *draw) bool {
		if d.spot.Verdict == Pending {
			return false
		}
		if !d.counted {
			d.counted = true
			s.count(m, d)
		}
		if !s.credited(m, d) {
			return false
		}
		m.remember(d)
		return true
	})
}

// count moves the standing of a draw's cell. A draw that stayed unknown says
// nothing of validity; it lowers the resolved share that value is multiplied by.
func (s *State) count(m *miner, d *draw) {
	id := d.cell()
	c := m.cell(id)
	forget := s.params.Forget
	c.ended = float64(c.ended*forget) + 1
	c.decided = float64(c.decided * forget)
	if d.spot.Verdict == Unknown {
		return
	}
	c.decided++
	pass := d.spot.Verdict == Pass
	for _, p := range []*posterior{&c.valid, &m.all} {
		p.see(pass, 1, forget)
		p.checked++
	}
	c.test.see(pass, s.params, s.noise(id).Upper, s.strata())
}

// credited moves the worth of the cell by a byte-weighted draw, once it is known
// who had the item first. What failed is worth nothing, whoever had it first.
func (s *State) credited(m *miner, d *draw) bool {
	if d.mode != protocol.DrawByte || d.spot.Verdict == Unknown {
		return true
	}
	pass := d.spot.Verdict == Pass
	if pass {
		var known bool
		if d.credit, known = s.credits.share(d.id, m.hotkey); !known {
			return false
		}
	}
	m.cell(d.cell()).worthOf(d, pass, s.params.Forget)
	return true
}

func (d *draw) cell() cellID {
	b := d.key.Bucket()
	return cellID{b.Program, b.Cell}
}

func (c *cell) worthOf(d *draw, pass bool, forget float64) {
	c.drawn = float64(c.drawn*forget) + 1
	c.credit = float64(c.credit*forget) + d.credit
	c.fresh = float64(c.fresh*forget) + d.fresh
	c.worth = float64(c.worth * forget)
	if pass {
		c.worth += float64(d.credit * d.fresh)
	}
}

// unanswered counts a question that was put as often as allowed. Each of its draws
// is a failure of standing, spread over the cells as their proven bytes are, since
// where it would have landed is not known. In the reject verdict the question is
// one failure of the stratum of silence, however many draws it held: they share
// one cause.
func (s *State) unanswered(m *miner, q question, round uint64) {
	var total float64
	for _, id := range m.sortedCells() {
		total += float64(m.cells[id].sums.Bytes)
	}
	for range q.part.Draws {
		m.all.see(false, 1, s.params.Forget)
		m.all.checked++
		for _, id := range m.sortedCells() {
			if c := m.cells[id]; total > 0 && c.sums.Bytes > 0 {
				c.valid.see(false, float64(c.sums.Bytes)/total, s.params.Forget)
			}
		}
		m.remember(&draw{round: round, seq: q.part.Seq, spot: Finding{Fail, ReasonUnanswered}})
	}
	m.silence.see(false, s.params, 0, s.strata())
}

func (m *miner) remember(d *draw) {
	m.recent = append(m.recent, d)
	if n := len(m.recent) - recentKept; n > 0 {
		m.recent = slices.Delete(m.recent, 0, n)
	}
}

// strata is how many tests a hotkey's alpha is divided over: one for each cell of
// the programs in force, and one for silence.
func (s *State) strata() int {
	n := 1
	for _, p := range s.programs {
		n += p.CellCount()
	}
	return n
}

// noise is that of the cell's source: of its hosts together.
func (s *State) noise(id cellID) noise {
	p := s.programOf(id.program)
	if p == nil || int(id.cell) >= p.CellCount() {
		var none *host
		return none.noise(s.params, 0)
	}
	var sum host
	for _, name := range p.Sources[int(id.cell)/len(p.Labels)].Hosts {
		if h := s.hosts[name]; h != nil {
			sum.found += h.found
			sum.gone += h.gone
			sum.tried += h.tried
			sum.decided += h.decided
		}
	}
	return sum.noise(s.params, p.Checks.Noise)
}

// Newest is the newest root of a miner that a closed round receipted.
func (s *State) Newest(h protocol.Hotkey) (protocol.SignedRoot, bool) {
	m := s.miners[h]
	if m == nil || len(m.roots) == 0 {
		return protocol.SignedRoot{}, false
	}
	return m.roots[len(m.roots)-1].root, true
}

// Root is a receipted root of a miner and the block of its receipt.
func (s *State) Root(h protocol.Hotkey, seq uint64) (protocol.SignedRoot, uint64, bool) {
	m := s.miners[h]
	if m == nil {
		return protocol.SignedRoot{}, 0, false
	}
	r, ok := m.find(seq)
	return r.root, r.block, ok
}

// Questions are a miner's open questions, to be asked again, oldest first. While
// there is one, the miner gets no new draws.
func (s *State) Questions(h protocol.Hotkey) []protocol.Part {
	m := s.miners[h]
	if m == nil {
		return nil
	}
	var out []protocol.Part
	for _, q := range m.questions[:min(len(m.questions), protocol.MaxParts)] {
		out = append(out, q.part)
	}
	return out
}

// Asks are the keys whose first holder is to be settled in the next round; every
// miner is asked the same.
func (s *State) Asks() []protocol.ClaimAsk {
	if s.params == nil {
		return nil
	}
	return s.credits.asks(s.params.ClaimsPerRound)
}

// Refetch are the pages that waiting draws still need, in byte order.
func (s *State) Refetch() []string {
	var out []string
	for _, m := range s.miners {
		for _, d := range m.draws {
			if d.spot.Verdict == Pending {
				out = append(out, d.uri)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// KnownGood are pages of a host that passed a spot check: what controls are drawn
// from.
func (s *State) KnownGood(hostName string) []string {
	if h := s.hosts[hostName]; h != nil {
		return slices.Clone(h.good)
	}
	return nil
}

// Sources are the hosts that the programs in force name, with how many controls
// each wants in a round.
func (s *State) Sources() []SourceHosts {
	var out []SourceHosts
	for _, p := range s.programs {
		for _, src := range p.Sources {
			out = append(out, SourceHosts{Hosts: src.Hosts, Controls: p.Checks.Controls})
		}
	}
	return out
}

// SourceHosts is one source of a program as the planning of controls needs it.
type SourceHosts struct {
	Hosts    []string
	Controls int
}
