package scoring

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/protocol"
	"github.com/assaynet/assay/scoring/forgery"
)

// feature is something of an item that a forger gets wrong without noticing: a
// category of few.
type feature struct {
	categories int
	of         func(*draw) int
	from       func(*draw) bool // draws that it may be taken from
}

const featureCount = 2

// features are what the watch compares: the second of the source time, which who
// invents times rounds, and the size by powers of two. Sizes are those of draws by
// cell only, since draws by bytes take the large items of a small stock first.
func features() [featureCount]feature {
	return [featureCount]feature{
		{60, func(d *draw) int { return int((d.time%60 + 60) % 60) }, func(*draw) bool { return true }},
		{24, func(d *draw) int { return min(bits.Len64(d.bytes), 23) }, func(d *draw) bool { return d.mode == protocol.DrawCell }},
	}
}

// histograms are of what was drawn in one cell, of one miner or of several, one for each
// feature.
type histograms [featureCount]forgery.Categorical

// habits are the histograms of one miner, and what they tell against it.
type habits struct {
	counts  histograms
	against [featureCount]forgery.EProcess
	counted [featureCount]counted
}

// counted knows which items were counted, so that each counts once, however often it
// is drawn: the same few items again and again are not the law that they came from. It
// keeps the ids below a limit, and counts no others; when it is full, the limit is
// halved.
type counted struct {
	ids    []uint64 // beginnings of ids
	halved int
}

const countedKept = 256

// first reports whether an item counts, and notes it.
func (c *counted) first(id item.Hash) bool {
	short := binary.BigEndian.Uint64(id[:])
	if bits.LeadingZeros64(short) < c.halved || slices.Contains(c.ids, short) {
		return false
	}
	c.ids = append(c.ids, short)
	for len(c.ids) > countedKept {
		c.halved++
		c.ids = slices.DeleteFunc(c.ids, func(id uint64) bool { return bits.LeadingZeros64(id) < c.halved })
	}
	return true
}

func newHistograms() (h histograms) {
	for i, f := range features() {
		h[i], _ = forgery.NewCategorical(f.categories) // a constant that is allowed
	}
	return h
}

// add counts a draw, for the features for which it counts to a miner's own habits.
func (h *histograms) add(d *draw, own *habits) {
	for i, f := range features() {
		if f.from(d) && own.counted[i].first(d.id) {
			h[i].Add(f.of(d)) // within the categories by construction
		}
	}
}

// merge adds another's histograms; equal features have equal categories.
func (h *histograms) merge(o *histograms) {
	for i := range h {
		h[i].Merge(&o[i])
	}
}

// without is the histograms of all others.
func (h *histograms) without(o *histograms) histograms {
	out := *h
	for i := range h {
		out[i], _ = h[i].Without(&o[i]) // those of one are in those of all
	}
	return out
}

// block is what was drawn in one cell in one round, by miner.
type block map[protocol.Hotkey]*histograms

// observe takes what was drawn in a round into every miner's habits, and watches those
// who differ from all others. Only like is compared with like: the same cell, in the
// same round. What two miners both were drawn tells them not apart and is left out.
func (s *State) observe(r *round) {
	if s.params.WatchRate == 0 {
		s.watched = nil
		return
	}
	s.forgetHabits(r.opened.Round)
	for id, b := range s.blocks(r.opened.Round) {
		s.compare(id, b)
	}
	s.watched = s.suspects()
}

// forgetHabits drops those of miners that were not asked for long, to bound memory.
func (s *State) forgetHabits(round uint64) {
	for _, m := range s.miners {
		if m.lastSeen+s.params.ClaimMemory < round {
			for _, c := range m.cells {
				c.habits = nil
			}
		}
	}
}

// compare moves the evidence of every miner of a block, each against the others who
// are not watched: one who differs must not make all others differ from the whole.
func (s *State) compare(id cellID, b block) {
	pool, fresh := newHistograms(), newHistograms()
	for h, m := range s.miners {
		if c := m.cells[id]; c != nil && c.habits != nil && !s.watched[h] {
			pool.merge(&c.habits.counts)
		}
		if b[h] != nil && !s.watched[h] {
			fresh.merge(b[h])
		}
	}
	for h, drawn := range b {
		c := s.miners[h].cells[id]
		others, theirs := pool, fresh
		if !s.watched[h] {
			others, theirs = pool.without(&c.habits.counts), fresh.without(drawn)
		}
		for i := range c.habits.against {
			c.habits.against[i].Observe(&c.habits.counts[i], &others[i], &drawn[i], &theirs[i])
		}
	}
	for h, drawn := range b {
		s.miners[h].cells[id].habits.counts.merge(drawn)
	}
}

// blocks gathers the draws of a round that hold an item of the cell's kind.
func (s *State) blocks(round uint64) map[cellID]block {
	times, draws := map[item.Hash]int{}, 0
	s.drawnIn(round, func(_ *miner, d *draw) {
		times[d.id]++
		draws++
	})
	s.room = slices.Grow(s.room[:0], draws) // so that it does not move
	out := map[cellID]block{}
	s.drawnIn(round, func(m *miner, d *draw) {
		c := m.cells[d.cell()]
		if c.habits == nil {
			c.habits = &habits{counts: newHistograms()}
		}
		if times[d.id] > 1 {
			return
		}
		b := out[d.cell()]
		if b == nil {
			b = block{}
			out[d.cell()] = b
		}
		if b[m.hotkey] == nil {
			s.room = append(s.room, newHistograms())
			b[m.hotkey] = &s.room[len(s.room)-1]
		}
		b[m.hotkey].add(d, c.habits)
	})
	return out
}

// drawnIn visits the draws of a round whose item could be read, in a cell that the
// miner has.
func (s *State) drawnIn(round uint64, visit func(*miner, *draw)) {
	for _, h := range s.sortedMiners() {
		m := s.miners[h]
		for _, d := range m.draws {
			if d.round == round && d.time != 0 && m.cells[d.cell()] != nil {
				visit(m, d)
			}
		}
	}
}

// suspects are the miners whose evidence, averaged over all cells of the programs and
// over features, is among the largest by the e-value form of Benjamini and Hochberg's
// rule. A cell that a miner does not have counts as 1, which is no evidence: a mean
// over the cells that happen to be there would not be one of e-values.
func (s *State) suspects() map[protocol.Hotkey]bool {
	var hotkeys []protocol.Hotkey
	var evidence []float64
	for _, h := range s.sortedMiners() {
		logs := make([]float64, featureCount*s.cellCount())
		m, n := s.miners[h], 0
		for _, id := range m.sortedCells() {
			if c := m.cells[id]; c.habits != nil && s.demanded(id) {
				for i := range c.habits.against {
					logs[n] = c.habits.against[i].Log()
					n++
				}
			}
		}
		if n == 0 {
			continue
		}
		if mean, err := forgery.LogMean(logs); err == nil {
			hotkeys, evidence = append(hotkeys, h), append(evidence, mean)
		}
	}
	out := map[protocol.Hotkey]bool{}
	if chosen, _, err := forgery.EBenjaminiHochberg(evidence, s.params.WatchRate); err == nil {
		for _, i := range chosen {
			out[hotkeys[i]] = true
		}
	}
	return out
}

// Draws is how many items of a miner are drawn in a round: as many as the programs
// want, and of one that is watched Parameters.WatchFactor times as many, as far as they
// certainly fit into an answer.
func (s *State) Draws(h protocol.Hotkey) int {
	n := s.usualDraws()
	if !s.watched[h] || s.params.WatchRate == 0 {
		return n
	}
	most := protocol.MaxDraws
	for _, p := range s.programs {
		if !p.Judges() {
			most = min(most, p.MostDraws())
		}
	}
	return max(n, min(most, n*s.params.WatchFactor))
}

// DrawsOf divides the draws of a miner among the programs that collect, as they want
// them, in the order of the record.
func (s *State) DrawsOf(h protocol.Hotkey) []ProgramDraws {
	left, usual := s.Draws(h), 0
	for _, p := range s.programs {
		usual += p.Checks.Draws
	}
	total := left
	var out []ProgramDraws
	for _, p := range s.programs {
		if p.Judges() {
			continue
		}
		n := min(left, (total*p.Checks.Draws+usual-1)/usual)
		left -= n
		out = append(out, ProgramDraws{p.ID(), n})
	}
	return out
}

// ProgramDraws is how many items of one program are drawn.
type ProgramDraws struct {
	Program [8]byte
	Count   int
}

func (s *State) usualDraws() int {
	n := 0
	for _, p := range s.programs {
		n += p.Checks.Draws
	}
	return min(n, protocol.MaxDraws)
}

// weight is what one draw of a part counts in what pay follows from: together the
// draws of a part count no more than those of a usual one, so that being watched
// neither pays nor costs. For the verdicts each is a row.
func (s *State) weight(part protocol.Part) float64 {
	if usual, n := s.usualDraws(), sampled(part); s.since(2) && n > usual {
		return float64(usual) / float64(n)
	}
	return 1
}

// sampled is how many draws of a part sample items; the others open whole buckets.
func sampled(part protocol.Part) int {
	n := 0
	for _, d := range part.Draws {
		if d.Mode != protocol.DrawBucket {
			n++
		}
	}
	return n
}
