package scoring

import (
	"bytes"
	"slices"

	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/kernel"
	"github.com/assaynet/assay/scoring/standing"
)

// resolve moves every miner's standing by the questions and draws that have come to
// an end in a round.
func (s *State) resolve(r *round) {
	s.bounds = map[boundOf]float64{}
	alone := s.alone()
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		var rows []row
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
				if s.count(m, d) {
					rows = addRow(rows, d)
				}
			}
			if s.since(2) && d.passedAt == r.opened.Round && d.spot.Verdict == Pass && d.mode == protocol.DrawByte {
				// Credit is settled a round later at the earliest. A draw whose credit is known
				// already waits as long, so that what one had first is not counted sooner, or
				// later, than what others had.
				return false
			}
			if !s.credited(m, d, alone) {
				return false
			}
			m.remember(d)
			return true
		})
		s.judgeRows(m, rows)
	}
}

// count moves the standing of a draw's cell. A draw that stayed unknown says
// nothing of validity. One that lies in no program's cell is spread over the cells
// that do count: whoever fills an index with what is not asked for does not get
// fewer draws of what is.
//
// It reports whether the draw is a row that its round judges.
func (s *State) count(m *miner, d *draw) (row bool) {
	if d.spot.Verdict == Pass {
		s.offer(d)
	}
	d.raw = nil
	if d.spot.Verdict == Unknown {
		return s.paired() && d.spot.Reason == ReasonSpotVanished && m.cells[d.cell()] != nil
	}
	if d.mode == protocol.DrawCell && s.without(WithoutStrata) {
		return false
	}
	pass := d.spot.Verdict == Pass
	noise := s.noiseOfSeen(d)
	take(&m.all, pass, d.weight, noise, s.params.Forget)
	m.all.Checked++
	c := m.cells[d.cell()]
	if d.spot.Reason == ReasonOutside || c == nil {
		s.spread(m, owed{weight: d.weight})
		s.spreadChange(m, 1)
		return false
	}
	take(&c.valid, pass, d.weight, noise, s.params.Forget)
	c.valid.Checked++
	s.seeWhole(m, d.cell(), pass, d.weight, noise)
	if s.paired() {
		return true
	}
	eta := s.noiseBound(d)
	c.test.see(pass, s.params, eta, s.strata())
	c.change.see(pass, s.params, eta)
	return false
}

// taken reports whether the source took a page away, or changed it, after it had passed.
func (d *draw) taken() bool {
	return d.spot.Reason == ReasonSpotVanished || d.spot.Reason == ReasonSpotEdited
}

// noiseOfSeen is by how much a row that passed counts as a failure. Of a page that passed
// before, noise makes no row; so that what is drawn often does not look better than what
// is drawn once, by the correction that both get, the noise is put in here.
func (s *State) noiseOfSeen(d *draw) float64 {
	p := s.programOf(d.cell().program)
	if !s.paired() || !d.again || p == nil {
		return 0
	}
	return min(s.noise(d.cell()).Mean, p.Checks.Noise)
}

// take takes a row into a posterior.
func take(of *standing.Posterior, pass bool, weight, noise, forget float64) {
	if !pass || noise == 0 {
		of.See(pass, weight, forget)
		return
	}
	of.See(true, float64(weight*(1-noise)), forget)
	of.See(false, float64(weight*noise), forget)
}

// owed is a failed row: of all programs or, where the miner has something of the one
// that it was drawn from, of that one.
type owed struct {
	weight  float64
	program [8]byte
	named   bool
}

// owes is the row of a draw that was never answered. Else bytes of another program,
// which cost nothing, would take the rows of this one upon themselves.
func (s *State) owes(m *miner, d protocol.Draw, weight float64) owed {
	out := owed{weight: weight}
	if s.since(4) && (d.Mode == protocol.DrawByteOf || d.Mode == protocol.DrawCellOf) {
		out.program = protocol.ProgramOf(d.V)
		out.named = slices.ContainsFunc(m.sortedCells(), func(id cellID) bool { return id.program == out.program })
	}
	return out
}

// spread counts one failed row over cells, as their proven bytes are. Its weight is
// what it counts in standing; in what pay follows from it is one of the draws of its round, of
// which a share is taken.
func (s *State) spread(m *miner, row owed) {
	var total float64
	weight := row.weight
	ids := slices.DeleteFunc(slices.Clone(m.sortedCells()), func(id cellID) bool {
		return s.judging(id) || row.named && id.program != row.program // what labels are worth is no matter of bytes
	})
	for _, id := range ids {
		total += float64(m.cells[id].sums.Bytes)
	}
	if total == 0 {
		if len(m.owed) < owedKept {
			m.owed = append(m.owed, row)
		}
		return
	}
	for _, id := range ids {
		c := m.cells[id]
		if c.sums.Bytes == 0 {
			continue
		}
		w := float64(c.sums.Bytes) / total
		w = float64(w * weight)
		c.valid.See(false, w, s.params.Forget)
		s.seeWhole(m, id, false, w, 0)
		if s.since(4) {
			c.paid.fade(1 - float64(float64(weight*s.taken)*(1-s.params.Forget)))
		} else {
			c.paid.fade(1 - float64(w*(1-s.params.Forget)))
		}
		c.paid.drawn += float64(w * s.taken)
	}
}

// owedKept is how many rows are owed at most; earlier ones would be forgotten anyway.
const owedKept = 256

// credited moves what pay follows from by a byte-weighted draw, once it is known
// who had the item first. What failed is worth nothing, whoever had it first; what
// could not be decided is worth nothing and lowers the resolved share.
func (s *State) credited(m *miner, d *draw, alone map[holding]float64) bool {
	c := m.cells[d.cell()]
	if d.mode != protocol.DrawByte || d.left || c == nil {
		return true
	}
	if d.spot.Verdict == Pass {
		holders, known, gone := s.credits.holding(d.key)
		if gone {
			return true
		}
		if !known {
			return false
		}
		if s.since(2) && len(holders) > 1 { // in one order, whoever was heard first: a sum runs over them
			holders = slices.SortedFunc(slices.Values(holders), func(x, y protocol.Hotkey) int { return bytes.Compare(x[:], y[:]) })
		}
		if s.since(4) && !s.without(WithoutPrecedence) {
			holders = s.credits.foremost(s.credits.entries[d.key], holders)
		}
		d.credit = divide(d.cell(), m.hotkey, holders, alone)
		d.alone = len(holders) == 1 && holders[0] == m.hotkey
		if s.without(WithoutCredit) {
			d.credit = 1
		}
	}
	if p := s.programOf(d.cell().program); s.since(2) && p != nil {
		d.fresh = s.freshness(p, d.time, s.last.Time) // it may have waited
	}
	passed := d.spot.Verdict == Pass
	if d.spot.Verdict == Fail && s.without(WithoutValid) || d.spot.Verdict == Unknown && s.without(WithoutResolved) {
		passed, d.credit = true, 1
	}
	keep := s.params.Forget
	if d.weight < 1 {
		keep = 1 - float64(d.weight*(1-keep))
	}
	if s.since(4) {
		m.fadePaid(d.cell().program, keep)
	} else {
		c.paid.fade(keep)
	}
	c.paid.see(d, passed, d.spot.Verdict != Unknown || s.since(4) && d.taken())
	return true
}

// see takes a draw that has come to its end, and is worth something if it passed.
func (t *tally) see(d *draw, passed, decided bool) {
	t.drawn += d.weight
	t.ended += d.weight
	t.fresh += float64(d.fresh * d.weight)
	t.credit += float64(d.credit * d.weight)
	if decided {
		t.decided += d.weight
	}
	if !passed {
		return
	}
	worth := float64(float64(d.credit*d.fresh) * d.weight)
	t.worth += worth
	t.amount += float64(worth * float64(d.amount))
	if d.alone {
		t.alone += float64(float64(d.amount) * d.weight)
	}
}

// holding names a miner in a cell.
type holding struct {
	cell   cellID
	hotkey protocol.Hotkey
}

// alone is how many bytes each miner that counts was alone to hold first, per cell:
// what a tie is divided by.
func (s *State) alone() map[holding]float64 {
	out := s.ties
	clear(out)
	for h, m := range s.miners {
		if !s.counts(m) {
			continue
		}
		for id, c := range m.cells {
			if c.paid.alone > 0 && s.pays(m, id, c) {
				out[holding{id, h}] = c.paid.alone / s.drawsOver(m, id, c)
			}
		}
	}
	return out
}

// divide is a miner's credit for an item: 1 for the only earliest holder, 0 for who
// is not among them. Where n are equally early, each has
//
//	½·alone/Σ alone + ½·2^(−n),
//
// alone being the bytes that it was alone to hold first in the cell. The first term
// is linear, so several keys of one owner get together what one would; the second
// falls so fast that N keys get N·2^(−N−rest), which never grows with N. Together a
// tie never pays more than an item held alone.
func divide(id cellID, m protocol.Hotkey, holders []protocol.Hotkey, alone map[holding]float64) float64 {
	switch {
	case !slices.Contains(holders, m):
		return 0
	case len(holders) == 1:
		return 1
	}
	var sum, share float64
	for _, h := range holders {
		sum += alone[holding{id, h}]
	}
	if sum > 0 {
		share = float64(0.5*alone[holding{id, m}]) / sum
	}
	return share + kernel.Power(0.5, len(holders)+1)
}

func (d *draw) cell() cellID {
	b := d.key.Bucket()
	return cellID{b.Program, b.Cell}
}

// unanswered counts a question that was put as often as allowed. Each of its draws
// is a failure of standing, and for the watch for change, spread over the cells as their
// proven bytes are, since where it would have landed is not known. In the reject verdict the question is
// one failure of the stratum of silence, however many draws it held: they share
// one cause.
func (s *State) unanswered(m *miner, q question, round uint64) {
	if s.without(WithoutUnanswered) {
		return
	}
	weight := s.weight(q.part)
	rows := 0
	for _, d := range q.part.Draws {
		if d.Mode == protocol.DrawBucket {
			s.unrevealed(m.hotkey, d)
			continue
		}
		rows++
		m.all.See(false, weight, s.params.Forget)
		m.all.Checked++
		s.spread(m, s.owes(m, d, weight))
		m.remember(&draw{round: round, seq: q.part.Seq, spot: Finding{Fail, ReasonUnanswered}})
	}
	s.spreadChange(m, rows)
	m.silence.see(false, s.params, 0, s.strata())
}

// spreadChange lets rows that failed for one cause move the watch for change of all
// cells, as their proven bytes are. However many there are, they bring a cell no further
// than half-way to an alarm: one outage is no change.
func (s *State) spreadChange(m *miner, rows int) {
	if s.paired() {
		s.failWholes(m, rows)
		return
	}
	if s.params.ChangeAlarm == 0 || rows == 0 {
		return
	}
	var total float64
	for id, c := range m.cells {
		if !s.judging(id) {
			total += float64(c.sums.Bytes) // whole numbers: exact in any order
		}
	}
	for id, c := range m.cells {
		if c.sums.Bytes > 0 && !s.judging(id) {
			c.change.fail(float64(rows)*(float64(c.sums.Bytes)/total), s.params, s.cellBound(id))
		}
	}
}

func (m *miner) remember(d *draw) {
	m.recent = append(m.recent, d)
	if n := len(m.recent) - recentKept; n > 0 {
		m.recent = slices.Delete(m.recent, 0, n)
	}
}

// strata is how many tests a hotkey's alpha is divided over: one for each cell of
// the programs in force, one for silence, and by the rules of fold version 4 one for the
// whole of each source.
func (s *State) strata() int {
	n := 1 + s.cellCount()
	for _, p := range s.programs {
		if s.paired() {
			n += len(p.Sources)
		}
	}
	return n
}

// cellCount is how many cells the programs in force have.
func (s *State) cellCount() int {
	n := 0
	for _, p := range s.programs {
		n += p.CellCount()
	}
	return n
}

// noiseBound is the upper bound of the noise that a draw's outcome is judged by: of
// the host that its page stands on, or, by the rule of fold version 1, of all hosts of
// its source.
func (s *State) noiseBound(d *draw) float64 {
	if s.params.NoiseMiss == 0 {
		return s.noise(d.cell()).Upper
	}
	p := s.programOf(d.cell().program)
	if p == nil {
		return 1
	}
	return s.hostBound(d.host, p.Checks.Noise)
}

// cellBound is the largest bound of the hosts of a cell's source.
func (s *State) cellBound(id cellID) float64 {
	if s.params.NoiseMiss == 0 {
		return s.noise(id).Upper
	}
	p := s.programOf(id.program)
	if p == nil || p.Judges() || int(id.cell) >= p.CellCount() {
		return 1
	}
	most := 0.0
	for _, name := range p.Sources[int(id.cell)/len(p.Labels)].Hosts {
		most = max(most, s.hostBound(name, p.Checks.Noise))
	}
	return most
}

// hostBound is a host's bound in the round that is being settled: it is asked for at
// each row, and changes only with the controls.
func (s *State) hostBound(name string, stated float64) float64 {
	key := boundOf{name, stated}
	b, known := s.bounds[key]
	if !known {
		b = s.hosts[name].bound(s.params, stated, s.hostCount())
		s.bounds[key] = b
	}
	return b
}

type boundOf struct {
	host   string
	stated float64
}

// hostCount is how many hosts the chance of missing a bound is divided over: those
// that the programs in force name.
func (s *State) hostCount() int {
	names := map[string]bool{}
	for _, p := range s.programs {
		for _, source := range p.Sources {
			for _, h := range source.Hosts {
				names[h] = true
			}
		}
	}
	return len(names)
}

// noise is that of the cell's source: of its hosts together.
func (s *State) noise(id cellID) noise {
	p := s.programOf(id.program)
	if p == nil || p.Judges() || int(id.cell) >= p.CellCount() {
		var none *host
		return none.noise(s.params, 0)
	}
	var sum host
	for _, name := range p.Sources[int(id.cell)/len(p.Labels)].Hosts {
		if h := s.hosts[name]; h != nil {
			sum.add(h)
		}
	}
	return sum.noise(s.params, p.Checks.Noise)
}

// Receipted is a root, and the round and block in which this validator saw it first.
type Receipted struct {
	Root         protocol.SignedRoot
	Round, Block uint64
}

// Newest is the newest root of a miner that a closed round receipted.
func (s *State) Newest(h protocol.Hotkey) (Receipted, bool) {
	m := s.miners[h]
	if m == nil || len(m.roots) == 0 {
		return Receipted{}, false
	}
	return m.roots[len(m.roots)-1], true
}

// Root is a receipted root of a miner.
func (s *State) Root(h protocol.Hotkey, seq uint64) (Receipted, bool) {
	m := s.miners[h]
	if m == nil {
		return Receipted{}, false
	}
	return m.find(seq)
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
	var out []string
	if h := s.hosts[hostName]; h != nil {
		for _, k := range h.good {
			out = append(out, k.uri)
		}
	}
	return out
}
