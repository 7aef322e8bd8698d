package scoring

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assaynet/assay/evidence"
	"github.com/assaynet/assay/item"
	"github.com/assaynet/assay/program"
	"github.com/assaynet/assay/protocol"
)

// settle applies a closed round: what was answered, what was claimed, what was
// seen, and then every draw that has come to a decision.
func (s *State) settle(r *round) error {
	r.cutOff = s.cutOff(r)
	r.pinned = s.pinned()
	s.meetOwners(r.opened.Neurons)
	s.settleTasks(r)
	for _, x := range r.exchanges {
		m := s.miners[x.Miner]
		if m == nil {
			m = newMiner(x.Miner)
			s.miners[x.Miner], s.order = m, nil
		}
		m.lastSeen = r.opened.Round
		if serves(x) {
			m.served = r.opened.Round
		}
		// Last call first: what was asked is judged by the roots known when it was
		// asked, before the root that this round showed displaces old ones.
		for i := len(x.Calls) - 1; i >= 0; i-- {
			if err := s.settleCall(r, m, &x.Calls[i]); err != nil {
				return fmt.Errorf("call %d to %s: %w", i, x.Miner.Short(), err)
			}
		}
	}
	s.pin(r)
	s.untaken(r)
	s.credits.settle(r.asks, s.allAsked(r.opened.Round), s.params.MaxTries)
	s.observe(r)
	s.settleReference(r)
	s.fade(r.opened.Time)
	s.resolve(r)
	s.settleTruths(r)
	s.judge(r)
	s.announce(r.opened.Round)
	s.forget(r.opened)
	return nil
}

// Heard has the open round settle who had items first by the keys that were in fact asked
// for in it. Where a record is folded under other parameters than it was made by, the
// state would have asked for others, which nobody answered: these are left out of what pay
// follows from, and counted. With the state's own keys it changes nothing.
func (s *State) Heard(asks []protocol.ClaimAsk) (unasked int) {
	if s.open == nil {
		return 0
	}
	unasked = s.credits.heard(s.open.asks, asks)
	s.open.asks = asks
	return unasked
}

// fade lets a closed round pass over everything that standing and pay follow from.
// While a miner is drawn from, only draws forget, each the ones before it: then what is
// left of them is as much for a key that is drawn from seldom in each of many cells as
// for one that has one cell, and nobody gains in the long run by a key for each cell.
// What was fresh when it was drawn ages meanwhile.
func (s *State) fade(now int64) {
	aged := now - s.agedTo
	if s.agedTo = now; aged == now {
		aged = 0 // the first round
	}
	left := map[*program.Program]float64{} // of the freshness of a program's items
	for _, p := range s.programs {
		left[p] = freshness(p, 0, aged)
	}
	for _, m := range s.miners {
		rounds := (!s.since(2) || !s.lately(m.drawnAt)) && !s.without(WithoutUnanswered)
		if rounds {
			m.all.Fade(s.params.ForgetRound)
			for _, w := range m.wholes {
				w.valid.Fade(s.params.ForgetRound)
			}
		}
		for id, c := range m.cells {
			if s.judging(id) {
				s.fadeLabels(c, rounds)
				if p := s.programOf(id.program); rounds && p != nil {
					s.book(p.Name).rater(m.hotkey).fade(s.params.ForgetRound)
				}
				continue
			}
			if rounds || c.sums.Bytes == 0 {
				c.valid.Fade(s.params.ForgetRound)
				if rounds || !s.since(4) || s.without(WithoutWaiting) { // draws let all cells of a program forget together
					c.paid.fade(s.params.ForgetRound)
				}
			}
			if p := s.programOf(id.program); s.since(2) && p != nil && !s.without(WithoutFreshness) {
				c.paid.age(left[p])
			}
			if c.sums.Bytes == 0 && c.paid.ended < 0.01 && !s.remembers(c) && !s.waits(m, id) {
				m.dropCell(id)
			}
		}
	}
}

// waits reports whether a draw of a cell is still to come to its end, by the rules of fold
// version 4: else who takes a cell away would choose which of its draws count.
func (s *State) waits(m *miner, id cellID) bool {
	return s.since(4) && !s.without(WithoutWaiting) && slices.ContainsFunc(m.draws, func(d *draw) bool { return d.cell() == id })
}

// lately reports whether a number of closed rounds was reached within the last
// Parameters.PresentRounds of them.
func (s *State) lately(closed uint64) bool { return closed+s.params.PresentRounds >= s.closed }

// remembers reports whether a cell holds a verdict, or evidence for one, that outlives
// what the miner serves in it. By the rules of fold version 1 only a verdict did.
func (s *State) remembers(c *cell) bool {
	if !s.since(2) {
		return c.test.rejected
	}
	return c.test.rejected || c.test.logE != 0 || c.change != change{}
}

func (s *State) settleCall(r *round, m *miner, c *evidence.Call) error {
	envelope, asked, err := c.Asked()
	if err != nil {
		return err
	}
	if envelope.Round != r.opened.Round || envelope.To != m.hotkey {
		return fmt.Errorf("the request is for round %d and %s", envelope.Round, envelope.To.Short())
	}
	if c.Outcome.Consequence().Provable {
		m.raise(flagOf(c.Outcome), r.opened.Round)
	}
	answered := c.Outcome == evidence.Answered
	switch req := asked.(type) {
	case *protocol.RootRequest:
		if answered {
			if err := m.settleRoot(c, r, s.kept(r, m)); err != nil || !s.without(WithoutSeen) {
				return err
			}
			m.state(m.roots[len(m.roots)-1].Root.Bytes)
			return nil
		}
	case *protocol.ItemsRequest:
		if answered {
			return s.settleItems(r, m, req, c)
		}
		m.missed(req.Parts, c.Outcome, r.cutOff)
	case *protocol.ClaimsRequest:
		if answered && m.served == r.opened.Round && s.mayClaim(m) {
			return s.settleClaims(r, m, req, c)
		}
	case *protocol.TasksRequest:
		return s.settleHandout(r, m, envelope.Digest(), req, c)
	}
	return nil
}

func flagOf(o evidence.Outcome) string {
	if o == evidence.BadProof {
		return FlagBadProof
	}
	return FlagMalformed
}

func (m *miner) settleRoot(c *evidence.Call, r *round, kept []uint64) error {
	root, err := c.Root()
	if err != nil {
		return err
	}
	m.receive(root, r.opened.Block, r.opened.Round, kept)
	return nil
}

// kept are the roots of a miner that are still needed: those that answers stand under, and
// those of draws that wait for their page. Else who numbers its roots so that one is
// forgotten would choose which draws count.
func (s *State) kept(r *round, m *miner) []uint64 {
	kept := slices.Clone(r.pinned[m.hotkey])
	if !s.since(4) || s.without(WithoutWaiting) {
		return kept
	}
	for _, d := range m.draws {
		if !d.entered {
			kept = append(kept, d.seq)
		}
	}
	return kept
}

// state takes a miner's word for its bytes: its cells share what its newest root states.
func (m *miner) state(stated uint64) {
	var total float64
	for _, c := range m.cells {
		total += float64(c.sums.Bytes)
	}
	for _, c := range m.cells {
		if total > 0 {
			c.sums.Bytes = uint64(float64(c.sums.Bytes) / total * float64(stated))
		}
	}
}

func (s *State) settleItems(r *round, m *miner, req *protocol.ItemsRequest, c *evidence.Call) error {
	parts, err := c.Items(req, m.rootOf)
	if err != nil {
		return err
	}
	for i, part := range parts {
		m.answered(req.Parts[i])
		if len(part.Drawn) > 0 || s.since(3) && len(req.Parts[i].Draws) > 0 {
			m.silence.see(true, s.params, 0, s.strata())
		}
		s.amounts(m, part.Cells)
		s.revealed(r, m, req.Parts[i], part)
		for _, d := range part.Drawn {
			if d.Draw.Mode != protocol.DrawBucket {
				s.begin(r, m, part.Seq, d, s.weight(req.Parts[i]))
			}
		}
		if len(part.Drawn) > 0 {
			m.drawnAt = s.closed
		}
	}
	return nil
}

// revealed takes the buckets of a part that were opened.
func (s *State) revealed(r *round, m *miner, asked protocol.Part, part evidence.DrawnPart) {
	for i, d := range asked.Draws {
		if d.Mode != protocol.DrawBucket {
			continue
		}
		leaves := slices.DeleteFunc(slices.Clone(part.Drawn), func(x evidence.Drawn) bool { return x.Index != i })
		s.reveal(r, m, d, leaves)
	}
}

// amounts takes the proven sums of every cell under a newly opened root. What
// stands in cells of no program in force is nobody's demand.
func (s *State) amounts(m *miner, cells []item.CellSums) {
	for _, c := range m.cells {
		c.sums = item.Sums{}
	}
	for _, c := range cells {
		if id := (cellID{c.Program, c.Cell}); s.demanded(id) {
			m.cell(id).sums = c.Sums
		}
	}
	owed := m.owed
	if m.owed = nil; s.since(2) {
		for _, row := range owed {
			s.spread(m, row)
		}
	}
}

// begin puts a drawn item on its way: the provable check at once, the spot check
// when the page has been fetched, the credit when all have been asked.
func (s *State) begin(r *round, m *miner, seq uint64, d evidence.Drawn, weight float64) {
	w := &draw{
		round: r.opened.Round, seq: seq, mode: plain(d.Draw.Mode), key: d.Leaf.Key, id: d.Leaf.Key.ID(), // the leaf commits to the item
		uri: d.Item.URI, host: program.Host(d.Item.URI), label: d.Item.Label, bytes: d.Leaf.Bytes, weight: weight,
	}
	m.draws = append(m.draws, w)
	p := s.programOf(d.Leaf.Key.Bucket().Program)
	if c := m.cells[w.cell()]; p != nil && c != nil {
		w.amount = s.amountOf(m, w.cell(), c)
	}
	if p == nil {
		w.spot = Finding{Fail, ReasonOutside}
		return
	}
	record, f := checkSchema(p, d.Leaf.Key, d.Item)
	if f.Verdict != Pass {
		w.spot = f
		m.raise(FlagSchema, r.opened.Round)
		return
	}
	if s.wanted(p.Name) {
		w.raw, _ = d.Item.Encode() // it was decoded, so it encodes
	}
	w.time = record.Time
	w.fresh = s.freshness(p, record.Time, r.opened.Time)
	if f := checkFreshness(p, record.Time, r.opened.Time); f.Verdict != Pass {
		w.spot = f
	}
}

func (s *State) settleClaims(r *round, m *miner, req *protocol.ClaimsRequest, c *evidence.Call) error {
	proven, err := c.Claims(req, m.rootOf)
	if err != nil {
		return err
	}
	for _, p := range proven {
		if rec, ok := m.find(p.Seq); ok {
			s.credits.claim(p.Key, m.hotkey, rec.Block, m.exact(p.Seq))
		}
	}
	return nil
}

// forget drops what no later round can need, so that a state stays bounded.
func (s *State) forget(o evidence.Opened) {
	if o.Round > s.params.ClaimMemory {
		s.credits.forget(o.Round - s.params.ClaimMemory)
		gone := func(h protocol.Hotkey) bool {
			m := s.miners[h]
			return m == nil || m.lastSeen+s.params.ClaimMemory < o.Round
		}
		s.credits.before.forget(gone)
		for _, p := range s.credits.circles.of { // each alone: any order
			p.forget(gone)
		}
		for _, m := range s.miners {
			if m.lastSeen+s.params.ClaimMemory < o.Round {
				m.judged = judgedRows{}
			}
		}
	}
	if len(s.miners) <= minersKept {
		return
	}
	present := map[protocol.Hotkey]bool{}
	for _, n := range o.Neurons {
		present[n.Hotkey] = true
	}
	absent := slices.DeleteFunc(slices.Clone(s.sortedMiners()), func(h protocol.Hotkey) bool { return present[h] })
	slices.SortStableFunc(absent, func(a, b protocol.Hotkey) int {
		return cmp.Compare(s.miners[a].lastSeen, s.miners[b].lastSeen)
	})
	for _, h := range absent[:min(len(absent), len(s.miners)-minersKept)] {
		delete(s.miners, h)
		s.order = nil
		for _, b := range s.books {
			delete(b.raters, h)
			for _, r := range b.raters {
				delete(r.peers, h)
			}
		}
	}
}

// plain is the mode of a draw as if its program were the whole index.
func plain(m protocol.DrawMode) protocol.DrawMode {
	switch m {
	case protocol.DrawByteOf:
		return protocol.DrawByte
	case protocol.DrawCellOf:
		return protocol.DrawCell
	}
	return m
}

// minersKept is how many hotkeys a state remembers. Beyond it those that left the
// subnet longest ago are forgotten; until then a key that comes back finds its
// verdicts again.
const minersKept = 4096
